"""Read and write the rows of `records`: what is held of a record, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import times
from ..whoop.fields import Raw
from ..whoop.records import BodyMeasurement, Profile, Record
from ..whoop.resources import Resource
from . import dates
from .database import Connection
from .schema import DATE_COLUMNS

# What came as JSON goes round in no circle, which takes a while to look for.
as_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""Spell JSON as the cache keeps it, so that equal records are equal texts."""


def each_as_json(
    objects: Sequence[Mapping[str, Any]], spell: Callable[[object], str] = as_json
) -> list[str]:
    """Spell each of some objects: all by one call, which takes less time, and then cut apart."""
    texts = spell(objects)[2:-2].split("},{")
    # No two of these marks can overlap: as many parts as there are objects are the objects' own.
    if len(texts) != len(objects):
        return [spell(one) for one in objects]
    return [f"{{{text}}}" for text in texts]


DERIVED = ("start", '"end"', "zone", "seconds", "cycle_id", "sleep_id", "final")
"""The columns that follow from a raw record and its parent."""


class Held(NamedTuple):
    """Hold what the cache has of a record."""

    raw: str | None
    flat: str | None
    asked_at: str
    changed_at: str
    change: int


_COLUMNS = ("resource", "id", *Held._fields, *DERIVED, *DATE_COLUMNS)
_VALUES = f"records ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class Rows:
    """Gather the rows of a transaction, to be written many by one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._free: set[tuple[str, str]] = set()  # what was looked up, and has no row
        self._new: list[tuple[Record, tuple[Any, ...]]] = []
        self._anew: list[tuple[Record, tuple[Any, ...]]] = []

    def held(self, resource: Resource, keys: Sequence[str]) -> dict[str, Held]:
        """Look up what the API has shown of some records, by their ids."""
        rows = self._connection.execute(
            # In the order of a CROSS JOIN SQLite sorts none of the ids first, as IN has it do.
            "SELECT r.id, source, raw, flat, asked_at, changed_at, change "
            "FROM json_each(?) CROSS JOIN records r ON r.id = value WHERE resource = ?",
            (as_json(keys), resource.name),
        ).fetchall()
        there = {row[0] for row in rows}
        self._free.update((resource.name, key) for key in keys if key not in there)
        return {key: Held(*held) for key, source, *held in rows if source == "api"}

    def put(self, resource: Resource, key: str, held: Held, raw: Raw, record: Record) -> None:
        """Have a record's row written by the next `store`, in place of any that it has."""
        place = resource.name, key
        row = (*place, *held, *derived(resource, raw, record))
        if place in self._free:
            self._free.remove(place)
            self._new.append((record, row))
        else:
            self._anew.append((record, row))

    def store(self) -> None:
        """Write what waits."""
        # To replace, as to insert by any word but these, has SQLite copy each page of the file that
        # it changes, for there are triggers: that takes longer than all else.
        for word, rows in (("ROLLBACK", self._new), ("REPLACE", self._anew)):
            if rows:
                dated = dates.each_date_columns(self._connection, [record for record, _ in rows])
                whole = [(*row, *columns) for (_, row), columns in zip(rows, dated, strict=True)]
                self._connection.executemany(f"INSERT OR {word} INTO {_VALUES}", whole)
                rows.clear()


class Times(NamedTuple):
    """Hold when a record was, and on which clock; nothing of a snapshot."""

    start: str | None = None
    end: str | None = None
    offset: str | None = None


def when(record: Record) -> Times:
    """Tell when a record was."""
    if isinstance(record, (Profile, BodyMeasurement)):
        return Times()
    return Times(record.start, record.end, record.timezone_offset)


def derived(resource: Resource, raw: Raw, record: Record) -> tuple[Any, ...]:
    """Give the values of the columns `DERIVED`."""
    get = vars(record).get
    start, end, cycle_id = get("start"), get("end"), get(resource.cycle_field)
    return (
        start,
        end,
        times.offset(get("timezone_offset")),
        times.seconds(start, end) if start and end else 0.0,
        None if cycle_id is None else str(cycle_id),
        (get("sleep_id") or "").lower() or None,
        # As its open cycle is. A number, for SQLite's module takes long to find out what a bool is.
        int(resource.is_final(raw) and not (start and end is None)),
    )
