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
from .rows import as_json, each_as_json


class Reading(NamedTuple):
    """Hold a well-formed record that has come."""

    key: str
    raw: Raw
    text: str  # of which, as the cache keeps it
    record: Record
    updated_at: str | None
    lone: bool  # a recovery that came without its sleep

    @property
    def flat(self) -> dict[str, Any]:
        """Make the flat record, which is not wanted of all."""
        return records.flat(self.record)


class Came(NamedTuple):
    """Hold how records read, and beside which parents, as the cache spells them.

    A record reads by the text of its parent alone, be that a sleep or a cycle.
    """

    readings: list[Reading | Malformed]
    parents: list[str | None]

    def only(self, places: Sequence[int]) -> Came:
        """Keep those at some places."""
        return Came([self.readings[one] for one in places], [self.parents[one] for one in places])


def read(
    connection: Connection,
    resource: Resource,
    raws: Sequence[Raw],
    *,
    as_parents: bool,
    came: Came | None = None,
) -> list[Reading | Malformed]:
    """Read each record, or what is wrong with it; `as_parents`: as new as its parent is.

    `came` is how they have read before, which counts where their parents are still the same.
    """
    texts = parent_texts(connection, resource, raws)
    if came is not None and came.parents == texts:
        return came.readings
    return read_beside(resource, raws, texts, as_parents=as_parents)


def read_beside(
    resource: Resource,
    raws: Sequence[Raw],
    parents: Sequence[str | None],
    *,
    as_parents: bool = False,
) -> list[Reading | Malformed]:
    """Read the same beside parents that were looked up before."""
    readings: list[Reading | Malformed] = []
    has_leader = resource.leader is not None
    texts = _spelled(raws)
    for raw, parent_text, text in zip(raws, parents, texts, strict=True):
        parent = None if parent_text is None else json.loads(parent_text)
        try:
            if text is None:
                fields.check_whole(raw)
                text = as_json(raw)
            key, record = resource.key(raw), resource.record.from_api(raw, parent)
            updated_at = fields.touched_at(raw, parent if as_parents else None)
        except Malformed as problem:
            readings.append(problem)
        else:
            lone = has_leader and "cycle_id" not in (parent or {})
            readings.append(Reading(key, raw, text, record, updated_at, lone))
    return readings


_finite = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 300  # no number of a body has so many
_BRACKETS = 200  # objects and lists: so few are nested no deeper


def _spelled(raws: Sequence[Raw]) -> list[str | None]:
    """Spell records as the cache keeps them; None for what not every JSON reader may be able to
    read, which has to be looked at value by value.

    All are spelled at once, which takes less time, and shows of almost any that it can be read.
    """
    with suppress(ValueError, RecursionError):
        texts = each_as_json(raws, _finite)
        if _is_harmless("".join(texts)):
            return [*texts]
    return [_spelled_alone(raw) for raw in raws]


def _spelled_alone(raw: Raw) -> str | None:
    with suppress(ValueError, RecursionError):
        text = _finite(raw)
        return text if _is_harmless(text) else None
    return None


def _is_harmless(text: str) -> bool:
    few = text.count("{") + text.count("[") <= _BRACKETS
    return few and _MANY_DIGITS not in text.encode("ascii").translate(_ALIKE)


def parent_texts(
    connection: Connection, resource: Resource, raws: Sequence[Raw]
) -> list[str | None]:
    """Find whose times each record has, as the cache spells it: for a recovery its raw sleep, else
    its cycle, else None."""
    found: list[str | None] = [None] * len(raws)
    for parent, field_name in resource.times_from:
        keys = [str(raw.get(field_name)).lower() for raw in raws]
        lacking = [key for key, one in zip(keys, found, strict=True) if one is None]
        if not lacking:
            break
        held = dict(
            connection.execute(
                "SELECT r.id, raw FROM json_each(?) CROSS JOIN records r ON r.id = value "
                "WHERE resource = ? AND raw IS NOT NULL AND source = 'api'",
                (json.dumps(lacking), parent.name),
            ).fetchall()
        )
        found = [one or held.get(key) for key, one in zip(keys, found, strict=True)]
    return found


def parents(connection: Connection, resource: Resource, raws: Sequence[Raw]) -> list[Raw | None]:
    """Find the same as raw records."""
    texts = parent_texts(connection, resource, raws)
    return [None if text is None else json.loads(text) for text in texts]
