"""Read a window of WHOOP's records whole, so that what it does not show is truly gone.

WHOOP's page tokens are offsets: a record that is deleted while one pages makes another slip
through. So each page is asked for by time instead, as the newest records up to where the last
page ended; one page is one moment, and nothing can shift between two.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from .. import times
from ..cache import intake, lookup, selection
from ..cache.intake import Came
from ..cache.save import Findings
from ..errors import AuthFailed, RateLimited, UpstreamError
from ..times import Window
from ..whoop.fields import Raw
from . import listing
from .asking import Questions, Sent
from .inquiry import Inquiry
from .listing import Listing
from .pages import Pages, Receipt


class _Page(NamedTuple):
    """Hold a page, and what the cache has where it was read."""

    asked_at: str
    listing: Listing
    whole: Window  # what it would show to be whole
    ends: str  # where it ends; an empty text: the next one cannot be asked for by that
    reach: str  # a moment before all of its records
    touched: dict[str, str]  # when WHOOP last touched those that are held otherwise
    parents: list[str | None] | None  # of its records, as these are read; None: some are held
    expected: set[str]  # the ids that are to be seen in that

    @property
    def is_lowest(self) -> bool:
        """Tell whether no page follows."""
        return self.listing.next_token is None


class Descent:
    """Read a window, once, newest first, as far as its pages can be told apart by time and the
    first that cannot. When all `pages` were taken, `rest` is what is left, to be read by itself.

    `upper` is where WHOOP is asked to end; None: at its present. What is read, and into which
    cache, is what the questions are about.
    """

    def __init__(
        self,
        window: Window,
        upper: str | None,
        questions: Questions,
        inquiry: Inquiry,
        pages: Pages,
    ) -> None:
        self.rest: Window | None = None
        self._window, self._upper = window, upper
        self._questions, self._inquiry, self._store = questions, inquiry, pages
        self._cache, self._resource = questions.cache, questions.resource
        self._cache_id = self._cache.recall("cache_id")
        self._claimed = window.end  # up to where the next page is claimed
        self._seen = set[str]()
        self._seen_by: list[Set[str]] = []  # page by page: none accounts for what comes after it
        self._shown: dict[str, Raw] = {}
        self._lower: str | None = None  # where the page before ended,
        self._asked_before: str | None = None  # when it was asked for,
        self._before: Receipt | None = None  # and what becomes of it
        self._sent: Sent | None = None  # the question for the next one

    def pages(self) -> Generator[tuple[Window, Receipt], None, None]:
        """Yield each page as it is to be stored, with the stretch that it shows to be whole.

        Raises what asking WHOOP or storing raises.
        """
        try:
            while True:
                page = self._newest()
                if not page.ends:
                    page = self._by_token(page.reach)
                yield page.whole, self._put(page)
                if page.is_lowest:
                    return
        finally:
            sent, self._sent = self._sent, None
            if sent is not None:
                self._questions.drop(sent)

    def _newest(self) -> _Page:
        sent, self._sent = self._sent, None  # from here on whoever asks drops it, if need be
        asked_at, page = self._questions.newest(
            self._window.start, self._upper, self._cache_id, sent
        )
        if self._upper is None:
            self._claimed = asked_at
        return self._looked_up(asked_at, page)

    def _by_token(self, reach: str) -> _Page:
        """Read what cannot be told apart by time by WHOOP's page tokens, no further than need
        be."""
        if self._window.start < reach < self._window.end:
            self.rest = Window(self._window.start, reach)
            self._window = Window(reach, self._window.end)
        asked_at = self._cache.clock()
        ask = partial(self._questions.page, self._window.start, self._upper)
        return self._looked_up(asked_at, listing.by_token(self._resource, ask))

    def _looked_up(self, asked_at: str, page: Listing) -> _Page:
        """Note what a page shows, and look at what is held of it and where it was read, all at one
        moment."""
        self._seen.update(page.by_key)
        self._seen_by.append(page.by_key.keys())
        window, lowest = self._window, page.next_token is None
        # A long record may reach up from the next page, so a page is known whole only when the one
        # below it has come.
        start = window.start if lowest else self._lower or self._claimed
        whole = Window(start, self._claimed)
        with self._cache.database.reading() as connection:
            ends = listing.end(connection, self._resource, page, window, self._upper)
            touched, known = lookup.touched(connection, self._resource, page.by_key)
            return _Page(
                asked_at,
                page,
                whole,
                ends,
                ends or listing.reach(connection, self._resource, page, window),
                touched,
                None if known else intake.parent_texts(connection, self._resource, page.records),
                {*selection.within(connection, self._resource, whole, lowest)},
            )

    def _put(self, page: _Page) -> Receipt:
        """Ask for the next page, then have this one stored."""
        asked_before = self._asked_before
        if not page.is_lowest:
            self._lower, self._asked_before = page.ends, page.asked_at
            self._upper = times.plus(page.ends, milliseconds=1)
            self._sent = self._questions.send(self._window.start, self._upper)
        raws, doubtful = self._inquiry.agreed(page.listing, page.touched, self._shown)
        same = raws is page.listing.records
        findings = Findings(
            self._resource,
            page.asked_at,
            raws,
            window=page.whole,
            asked_first=asked_before,
            accounted=(*self._seen_by, page.expected),
            lowest=page.is_lowest,
            cache_id=self._cache_id,
            doubtful=doubtful,
            came=self._come(raws, page.parents) if same else None,
        )
        self._before = self._settle_and_put(findings, page.expected)
        self._claimed = page.whole.start
        return self._before

    def _come(self, raws: Sequence[Raw], parents: list[str | None] | None) -> Came | None:
        """Read a page's records before they are stored, while WHOOP looks for the next page; None
        where some are held, as most of these are the same and need not be read."""
        if parents is None:
            return None
        return Came(intake.read_beside(self._resource, raws, parents), parents)

    def _settle_and_put(self, page: Findings, expected: set[str]) -> Receipt:
        """Settle what was expected in a page's window and has not been seen, and have it stored.

        The window is filled by the page before as well, without which this one is not stored.
        """
        followers: list[Findings] = []
        if page.window is not None and expected - self._seen:
            try:
                answers, settled = self._inquiry.settle(expected, self._seen, page.window)
                followers = self._inquiry.followers(answers.gone)
            except (UpstreamError, RateLimited, AuthFailed):
                bare = replace(page, window=None, accounted=None, lowest=False)
                self._store.settle(self._store.put(bare))
                raise
            page = replace(
                page,
                raws=[*page.raws, *answers.raws],
                gone=answers.gone,
                window=page.window if settled else None,
                doubtful={**page.doubtful, **answers.doubtful},
                came=None if answers.raws else page.came,
            )
        return self._store.put(page, *followers, after=self._before)
