"""Notice what changed in the cache since a moment: which records, and where they lie in time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import times
from ..cache.coverage import floor_bound
from ..cache.snapshot import Snapshot
from ..times import Window


class Mark(NamedTuple):
    """Mark a moment of a cache. Whatever a reader would see otherwise makes another mark, but for
    what was only confirmed."""

    cache: str | None
    floor: str | None  # a purge moves it
    archived: str | None  # so does an import, of the export's date
    position: int  # in the change log
    runs: tuple[int, int]  # syncs begun and ended


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
    """Hold what changed between two marks; `anything` where more than the log tells may have."""

    records: Sequence[Change]
    syncs: bool
    anything: bool


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
    )


def changes(seen: Snapshot, since: Mark, now: Mark) -> Changes:
    """List what changed from one mark to the next, which is that of the snapshot."""
    other = since[:3] != now[:3] or since.position > now.position
    found = [] if other or since.position == now.position else list(_changed(seen, since))
    return Changes(found, since.runs != now.runs, other)


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
