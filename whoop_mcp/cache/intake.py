"""Read records that have come, a recovery with its parent's times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..whoop import fields, records
from ..whoop.fields import Malformed, Raw
from ..whoop.records import Record
from ..whoop.resources import Resource
from .database import Connection
from .rows import as_json


class Reading(NamedTuple):
    """Hold a well-formed record that has come."""

    key: str
    raw: Raw
    text: str  # of which, as the cache keeps it
    record: Record
    flat: dict[str, Any]
    flat_text: str
    updated_at: str | None
    lone: bool  # a recovery that came without its sleep


def read(
    connection: Connection, resource: Resource, raws: Sequence[Raw], *, as_parents: bool
) -> list[Reading | Malformed]:
    """Read each record, or what is wrong with it; `as_parents`: as new as its parent is."""
    readings: list[Reading | Malformed] = []
    for raw, parent in zip(raws, parents(connection, resource, raws), strict=True):
        try:
            text = _spelled(raw)
            key, record = resource.key(raw), resource.record.from_api(raw, parent)
            updated_at = fields.touched_at(raw, parent if as_parents else None)
        except Malformed as problem:
            readings.append(problem)
        else:
            lone = resource.leader is not None and "cycle_id" not in (parent or {})
            flat = records.flat(record)
            readings.append(Reading(key, raw, text, record, flat, as_json(flat), updated_at, lone))
    return readings


_finite = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 300  # no number of a body has so many
_BRACKETS = 100  # nor does a record have so many objects and lists


def _spelled(raw: Raw) -> str:
    """Spell a record as the cache keeps it. Malformed when not every JSON reader could read that.

    Its text alone shows that almost all can be read; others are looked at value by value.
    """
    with suppress(ValueError, RecursionError):
        text = _finite(raw)
        few = text.count("{") + text.count("[") <= _BRACKETS
        if few and _MANY_DIGITS not in text.encode("ascii").translate(_ALIKE):
            return text
    fields.check_whole(raw)
    return as_json(raw)


def parents(connection: Connection, resource: Resource, raws: Sequence[Raw]) -> list[Raw | None]:
    """Find whose times each record has: for a recovery its raw sleep, else its cycle, else None."""
    found: list[Raw | None] = [None] * len(raws)
    for parent, field_name in resource.times_from:
        keys = [str(raw.get(field_name)).lower() for raw in raws]
        lacking = [key for key, one in zip(keys, found, strict=True) if one is None]
        if not lacking:
            break
        held = {
            key: json.loads(text)
            for key, text in connection.execute(
                "SELECT id, raw FROM records WHERE raw IS NOT NULL AND source = 'api' "
                "AND resource = ? AND id IN (SELECT value FROM json_each(?))",
                (parent.name, json.dumps(lacking)),
            )
        }
        found = [one or held.get(key) for key, one in zip(keys, found, strict=True)]
    return found
