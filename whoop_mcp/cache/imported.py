"""Write the records of an export in place of those that older exports told of the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from .. import times
from ..times import Window
from ..whoop.records import flat
from ..whoop.resources import CYCLES, WORKOUTS, Resource
from . import archived, dates
from .archived import Archived
from .database import Connection
from .rows import as_json

_BATCH = 500  # rows that are written by one statement
_PUT = (
    'INSERT OR REPLACE INTO records (resource, id, start, "end", zone, seconds, cycle_id, '
    "sleep_id, final, raw, flat, asked_at, local_date, utc_date, share, changed_at, change, source)"
    f" VALUES ({'?, ' * 15}'', 0, 'export')"
)


def put(
    connection: Connection,
    resource: Resource,
    told: Iterable[Archived],
    instead_of: Sequence[Window],
    as_of: str,
    changes: dates.Changes,
) -> None:
    """Keep the records of an export in place of those that older exports told of some windows, in
    the transaction under way. No event tells of it, and what is held just so is left as it is."""
    held = {  # what it says, and whether it stands where the export tells of everything
        key: (hash((*said,)), times.covers(instead_of, start))
        for key, start, *said in connection.execute(
            "SELECT id, start, raw, flat, asked_at FROM records "
            "WHERE resource = ? AND source = 'export'",
            (resource.name,),
        )
    }
    told, kept = iter(told), _Rows(resource, as_of)
    while some := list(islice(told, _BATCH)):
        rows, before = [], []
        for one in some:
            row = kept.row(one)
            said, within = held.pop(row[1], (None, False))
            if said is None or said != hash(row[9:12]):
                rows.append(row)
                before += [row[1]] if within else []
        archived.take_away(connection, resource, before)
        connection.executemany(_PUT, rows)
        if resource is WORKOUTS:
            changes.workout_dates.update(row[12] for row in rows)
        elif resource is not CYCLES:
            dates.lift(connection, {row[6] for row in rows})
    archived.take_away(connection, resource, [key for key, (_, within) in held.items() if within])


class _Rows:
    """Make rows of an export's records, for `_PUT`."""

    def __init__(self, resource: Resource, as_of: str) -> None:
        self._resource = resource
        self._as_of = as_of
        self._offsets: dict[str | None, int] = {}

    def row(self, one: Archived) -> tuple[Any, ...]:
        found = flat(one.record)
        start, end, zone = found["start"], found["end"], found["timezone_offset"]
        if (minutes := self._offsets.get(zone)) is None:
            minutes = self._offsets[zone] = times.offset(zone)
        cycle = found[self._resource.cycle_field] if self._resource.cycle_field else None
        return (
            *(self._resource.name, str(found[self._resource.id_field]), start, end, minutes),
            times.seconds(start, end) if end else 0.0,
            None if cycle is None else str(cycle),
            found.get("sleep_id"),
            end is not None,
            *(one.cells, as_json(found), self._as_of),
            *dates.own_columns(one.record),
        )
