"""Write the records of an export in place of those that older exports told of the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from .. import times
from ..times import Window
from ..whoop.records import flat
from ..whoop.resources import CYCLES, WORKOUTS, Resource
from . import archived, dates
from .archived import Archived
from .database import Connection
from .rows import as_json

_BATCH = 500  # rows that are written by one statement


class _Row(NamedTuple):
    """Hold a record as `_PUT` writes it."""

    resource: str
    id: str
    start: str
    end: str | None
    zone: int
    seconds: float
    cycle_id: str | None
    sleep_id: str | None
    final: bool
    raw: str
    flat: str
    asked_at: str
    local_date: str | float | None
    utc_date: str | float | None
    share: str | float | None

    def said(self) -> int:
        """Make the hash of what the export says of it, by which it is known again."""
        return hash((self.raw, self.flat, self.asked_at))


_COLUMNS = ", ".join(f'"{name}"' for name in _Row._fields)
_PUT = (
    f"INSERT OR REPLACE INTO records ({_COLUMNS}, changed_at, change, source) "
    f"VALUES ({'?, ' * len(_Row._fields)}'', 0, 'export')"
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
    told, rows_of = iter(told), _Rows(resource, as_of)
    while some := list(islice(told, _BATCH)):
        rows, before = [], []
        for one in some:
            row = rows_of.row(one)
            said, within = held.pop(row.id, (None, False))
            if said is None or said != row.said():
                rows.append(row)
                before += [row.id] if within else []
        archived.take_away(connection, resource, before)
        connection.executemany(_PUT, rows)
        if resource is WORKOUTS:
            changes.workout_dates.update(str(row.local_date) for row in rows)
        elif resource is not CYCLES:
            dates.lift(connection, {row.cycle_id for row in rows})
    archived.take_away(connection, resource, [key for key, (_, within) in held.items() if within])


class _Rows:
    """Make rows of an export's records, for `_PUT`."""

    def __init__(self, resource: Resource, as_of: str) -> None:
        self._resource = resource
        self._as_of = as_of
        self._offsets: dict[str | None, int] = {}

    def row(self, one: Archived) -> _Row:
        found = flat(one.record)
        start, end, zone = found["start"], found["end"], found["timezone_offset"]
        if (minutes := self._offsets.get(zone)) is None:
            minutes = self._offsets[zone] = times.offset(zone)
        cycle = found[self._resource.cycle_field] if self._resource.cycle_field else None
        local_date, utc_date, share = dates.own_columns(one.record)
        return _Row(
            resource=self._resource.name,
            id=str(found[self._resource.id_field]),
            start=start,
            end=end,
            zone=minutes,
            seconds=times.seconds(start, end) if end else 0.0,
            cycle_id=None if cycle is None else str(cycle),
            sleep_id=found.get("sleep_id"),
            final=end is not None,
            raw=one.cells,
            flat=as_json(found),
            asked_at=self._as_of,
            local_date=local_date,
            utc_date=utc_date,
            share=share,
        )
