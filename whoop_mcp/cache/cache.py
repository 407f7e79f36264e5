"""The mirror on disk: raw records with their flat form, saved whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import times
from ..errors import CacheError
from ..times import Window, gaps
from ..whoop.fields import Raw
from ..whoop.resources import Resource
from . import agreement, archived, ask_again, coverage, selection
from .access import IDLE, Database, LoginInUse
from .database import Connection, check_owner, meta, set_meta
from .query_process import Processes
from .save import VANISHED, Findings, Ledger
from .snapshot import Snapshot


class Cache:
    """One WHOOP user's records in one file. Creating the object touches nothing.

    `login` tells whose login is in use (None: no one knows); `clock` tells the time; `max_age` is
    for how many seconds what WHOOP said counts as its present.
    """

    def __init__(
        self,
        path: Path,
        *,
        login: LoginInUse | None = None,
        clock: times.Clock = times.now,
        max_age: float = 600.0,
    ) -> None:
        self.path = path
        self.max_age = max_age
        self.clock = clock
        self.queries = Processes()
        self.database = Database(path, login, clock)
        self.login = self.database.login

    def held(self) -> AbstractContextManager[None]:
        """Keep the file open until the block ends, instead of opening it for each act on it."""
        return self.database.held()

    def keep_open(self) -> None:
        """Keep the file open between acts, too, as a server does: to open it takes the longest."""
        self.database.keep_open(IDLE)
        self.queries.keep(IDLE)

    def close(self) -> None:
        """Close the file where no act uses it; from now on each act opens it itself."""
        self.queries.close()
        self.database.close()

    def recent(self, now: str) -> str:
        """Tell since when what WHOOP said counts as its present."""
        return times.plus(now, seconds=-self.max_age)

    # ── writing ──

    def save(self, *findings: Findings) -> tuple[dict[str, Counter[str]], list[str]]:
        """Store what was found, log what changed, and note what was seen whole, all or nothing.

        Answers how many were created, updated, deleted, unchanged and skipped per resource name,
        and why each skipped one was.
        CacheError when the records are another user's than the cache or an export in it, or the
        cache was emptied meanwhile.
        """
        try:
            return self._save(findings)
        except agreement.AnothersExport as problem:
            with self.database.writing() as connection:
                agreement.refuse(connection, problem.found)
            raise

    def _save(self, findings: tuple[Findings, ...]) -> tuple[dict[str, Counter[str]], list[str]]:
        user = self.login.user()
        with self.database.writing() as connection:
            identity = meta(connection, "cache_id")
            if any(found.cache_id not in (None, identity) for found in findings):
                raise CacheError(
                    "The cache was emptied while it was being filled.", hint="Sync again."
                )
            now = self.clock()
            # Whoever asked by a clock that was ahead asked in no future, and saw none.
            findings = tuple(replace(one, asked_at=min(one.asked_at, now)) for one in findings)
            shown = archived.shown(connection)
            if shown:
                agreement.check(connection, findings)
            ledger = Ledger(connection, now, user)
            for found in findings:
                ledger.enter(found)
            ledger.settle()
            for found in findings:
                for window in _known(connection, found):
                    seen = Window(window.start, min(window.end, now))
                    coverage.cover(connection, found.resource, seen, found.seen_at, now)
            if shown:
                for name, count in archived.settle(connection, findings, shown, now).items():
                    ledger.tallies[name]["replaced"] += count
        return ledger.tallies, ledger.skipped

    def remember(self, key: str, value: str | None) -> None:
        """Keep a note of the mirror's own (how far a pass has come); None forgets it."""
        with self.database.writing() as connection:
            set_meta(connection, key, value)

    def vanished_before(self, since: str) -> bool:
        """Note that WHOOP shows no record at all; whether that was so an hour before `since`, too.

        The note stays in the file, for whichever process looks next, until a record is shown.
        """
        with self.database.writing() as connection:
            first, now = meta(connection, VANISHED), self.clock()
            if first is None or first > now:  # from a clock that was ahead
                set_meta(connection, VANISHED, now)
                return False
            return times.plus(first, hours=1) <= since

    # ── reading ──

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """Read the cache at one moment, for a whole answer. Ask WHOOP nothing in the block."""
        with self.database.reading() as connection:
            identity = meta(connection, "cache_id")  # the first thing read fixes the moment,
            now = self.clock()  # and after it nothing that is seen was confirmed later than now
            yield Snapshot(connection, now, self.max_age, identity)

    def recall(self, key: str) -> str | None:
        """Get a note kept by `remember`, or None."""
        with self.reading() as seen:
            return seen.recall(key)

    def check_owner(self, user: int) -> None:
        """Raise CacheError when the cache belongs to another WHOOP user."""
        with self.database.reading() as connection:
            check_owner(connection, user)

    def require_content(self, *, journal: bool = False) -> None:
        """Raise CacheEmpty when nothing is held and nothing covered; an entry in the `journal`
        counts where it is asked for."""
        with self.reading() as seen:
            seen.require_content(journal=journal)

    def get(self, resource: Resource, key: str) -> dict[str, Any] | None:
        """Get a record's flat form, or None when it is not held or known to be deleted."""
        with self.reading() as seen:
            return seen.get(resource, key)

    def raw(self, resource: Resource, key: str) -> Raw | None:
        """Get WHOOP's own JSON of a record, or None."""
        with self.reading() as seen:
            return seen.raw(resource, key)

    def doubted(self, resource: Resource) -> list[str]:
        """Get the ids of what is to be asked for again, those first whose turn it is."""
        with self.database.reading() as connection:
            return ask_again.queue(connection, resource)

    def recoveries_of(self, sleeps: list[str]) -> list[str]:
        """Get the ids of the recoveries that name one of these sleeps."""
        with self.database.reading() as connection:
            return [
                key
                for sleep in sleeps
                for (key,) in connection.execute(
                    "SELECT id FROM records WHERE sleep_id = ? AND +resource = 'recoveries' "
                    "AND raw IS NOT NULL AND source = 'api'",
                    (sleep,),
                )
            ]


def _known(connection: Connection, found: Findings) -> list[Window]:
    """Tell what is known of a window seen whole: not the hours of records that came into it while
    it was being asked for (a recovery with its sleep), which nobody has looked at there."""
    if found.window is None:
        return []
    if found.accounted is None:
        return [found.window]
    held = selection.within(connection, found.resource, found.window, found.lowest)
    newest_first = found.accounted[::-1]  # almost all that is held was shown by the last page
    strangers = [
        Window(*when)
        for key, *when in held.values()
        if not any(key in some for some in newest_first)
    ]
    return gaps(found.window, strangers)
