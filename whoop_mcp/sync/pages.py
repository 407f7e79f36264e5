"""Store the pages that a sync's readers bring, those that wait together in one transaction.

Most of what a transaction costs it costs once, however many pages it stores. A page waits until
there are enough, until somebody needs it stored, or until it has waited long enough; that it is
stored, and whatever it shows to be whole, is said only after the transaction.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from ..cache.cache import Cache
from ..cache.database import Unusable
from ..cache.save import Findings
from ..errors import SyncError, WhoopError
from .inquiry import Tally

log = logging.getLogger(__name__)

_ENOUGH = 16  # pages that are stored at once; beyond, a page costs hardly less
_LONG = 0.2  # seconds that a page waits, well below the second that it may


class Receipt:
    """What one page taught, until it is stored, and what became of that."""

    def __init__(self, findings: Sequence[Findings], after: Receipt | None = None) -> None:
        self.findings = findings  # until then
        self.after = after  # the page whose records what this one claims to be whole counts on
        self.came = time.monotonic()
        self.is_settled = False  # stored, or refused
        self.error: BaseException | None = None


class Pages:
    """The pages of one call's readers, in the order they came. Several threads may use it.

    With `gather` a page may wait for others; somebody has to call `store_overdue` a few times a
    second then.
    """

    def __init__(self, cache: Cache, tally: Tally, *, gather: bool = False) -> None:
        self._cache, self._tally = cache, tally
        self._enough = _ENOUGH if gather else 1
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._waiting: list[Receipt] = []

    def put(self, *findings: Findings, after: Receipt | None = None) -> Receipt:
        """Have a page stored, now or soon, but not unless the one that it comes `after` is;
        `settle` tells how that went."""
        page = Receipt(findings, after)
        with self._lock:
            self._waiting.append(page)
            enough = len(self._waiting) >= self._enough
        if enough:
            self._store_all()
        return page

    def settle(self, page: Receipt) -> None:
        """See to it that a page is stored. Raises what storing it raised."""
        if not page.is_settled:
            self._store_all()
        if page.error is not None:
            raise page.error
        if not page.is_settled:  # whoever was to store it was stopped
            raise _lost()

    def store_overdue(self) -> None:
        """Store all pages if one of them has waited for long; whose page fails, is told by
        `settle`."""
        with self._lock:
            overdue = bool(self._waiting) and time.monotonic() - self._waiting[0].came >= _LONG
        if overdue:
            self._store_all()

    def _store_all(self) -> None:
        with self._storing:  # whoever waits here finds his page stored with another's, mostly
            with self._lock:
                pages, self._waiting = self._waiting, []
            if pages:
                self._store(pages)

    def _store(self, pages: Sequence[Receipt]) -> None:
        """Store some pages; if the cache refuses one, each by itself."""
        pages = self._founded(pages)
        if not pages:
            return
        try:
            counts, skipped = self._cache.save(*(one for page in pages for one in page.findings))
        except WhoopError as problem:
            if len(pages) > 1 and not isinstance(problem, Unusable):
                try:
                    for page in pages:
                        self._store([page])
                except BaseException as stopped:
                    _settled([page for page in pages if not page.is_settled], stopped)
                    raise
                return
            _settled(pages, problem)
        except BaseException as problem:
            _settled(pages, problem)
            raise
        else:
            for name, tally in counts.items():
                self._tally.add(name, tally)
            for one in skipped:
                log.warning("Skipped a malformed %s.", one)
                self._tally.warn(f"Skipped a malformed {one}.")
            _settled(pages, None)

    @staticmethod
    def _founded(pages: Sequence[Receipt]) -> list[Receipt]:
        """List the pages whose page before is stored, or is to be with them; refuse the others."""
        founded: list[Receipt] = []
        for page in pages:
            before = page.after
            if before is None or before in founded or (before.is_settled and before.error is None):
                founded.append(page)
            else:
                _settled([page], before.error or _lost())
        return founded


def _lost() -> SyncError:
    return SyncError("A page of the sync was not stored.", hint="Sync again.")


def _settled(pages: Sequence[Receipt], problem: BaseException | None) -> None:
    for page in pages:
        page.findings, page.after = (), None  # whoever keeps the receipt need not keep the records
        page.error, page.is_settled = problem, True
