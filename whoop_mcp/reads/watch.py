"""Notice what changed in the cache since a moment: which records, and where they lie in time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import times
from ..cache.coverage import floor_bound
from ..cache.database import Connection
from ..cache.snapshot import Snapshot
from ..times import Span, Window
from ..whoop.resources import COLLECTIONS


class Mark(NamedTuple):
    """Mark a moment of a cache. Whatever a reader would see otherwise makes another mark, but for
    what was only confirmed."""

    cache: str | None
    floor: str | None  # a purge moves it
    archived: str | None  # an import moves it: the export's date
    position: int  # in the change log
    runs: tuple[int, int]  # syncs begun and ended
    first: str  # when the earliest record began; none before it can be purged


class Change(NamedTuple):
    """One change of a record, with the time that the record takes up now, or took up before."""

    resource: str
    start: str | None  # null: a snapshot
    end: str | None  # null: it still runs
    updated_at: str

    def touches(self, window: Window) -> bool:
        """Tell whether the record lies in a window, at least in part, or did so before."""
        end = self.end or times.LATEST
        return self.start is None or (self.start < window.end and end > window.start)


class Changes(NamedTuple):
    """Hold what changed between two marks, as the log tells it, and where more may have."""

    records: Sequence[Change]
    syncs: bool
    pages: Window | None = None  # pages of this time may show another answer
    everything: bool = False  # this is another cache than it was


def mark(seen: Snapshot) -> Mark:
    """Mark the moment of a snapshot."""
    connection = seen.connection
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'").fetchone()
    begun, ended = connection.execute("SELECT count(*), count(completed_at) FROM runs").fetchone()
    return Mark(
        seen.identity,
        floor_bound(connection),
        seen.archived_as_of(),
        int(row[0]) if row else 0,
        (int(begun), int(ended)),
        min(_firsts(connection), default=times.LATEST),
    )


def _firsts(connection: Connection) -> Iterator[str]:
    for one in COLLECTIONS:  # each is one step in the index
        query = "SELECT min(start) FROM records WHERE resource = ? AND raw IS NOT NULL"
        (first,) = connection.execute(query, (one.name,)).fetchone()
        if first is not None:
            yield first


def changes(seen: Snapshot, since: Mark, now: Mark) -> Changes:
    """List what changed from one mark to the next, which is that of the snapshot."""
    if since.cache != now.cache or since.position > now.position:
        return Changes([], syncs=True, everything=True)
    found = [] if since.position == now.position else list(_changed(seen, since))
    pages = None
    if since.archived != now.archived:
        pages = Window(*times.EVER)
    elif since.floor != now.floor:
        pages = _between_floors(since, now)
    return Changes(found, since.runs != now.runs, pages)


def _between_floors(since: Mark, now: Mark) -> Window:
    """Find the time of which pages lost records, or say otherwise what is missing, as the floor
    moved: between the two floors, and of records that reach over the older one from before."""
    bounds = [Span(one, one).window() for one in (since.floor, now.floor) if one is not None]
    if len(bounds) < 2:
        return Window(times.EARLIEST, bounds[0].end)
    start = min(since.first, *(one.start for one in bounds))
    return Window(start, max(one.end for one in bounds))


def _changed(seen: Snapshot, since: Mark) -> Iterator[Change]:
    rows = seen.connection.execute(
        'SELECT c.resource, r.start, r."end", c.updated_at, c.diff FROM change_log c '
        "LEFT JOIN records r ON r.resource = c.resource AND r.id = c.id WHERE c.position > ?",
        (since.position,),
    )
    for resource, start, end, updated_at, diff in rows:
        now = Change(resource, start, end, updated_at)
        yield now
        told = json.loads(diff) if diff else {}
        if "start" in told or "end" in told:  # it was elsewhere before
            before = {name: told[name][0] for name in ("start", "end") if name in told}
            yield now._replace(**before)
