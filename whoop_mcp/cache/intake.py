"""What records that have come say: a recovery, which has no times, beside whose times it takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..whoop import fields
from ..whoop.fields import Malformed, Raw
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, Resource
from .database import Connection


class Reading(NamedTuple):
    """A well-formed record that has come."""

    key: str
    raw: Raw
    flat: dict[str, Any]
    updated_at: str | None
    lone: bool  # a recovery that came without its sleep


def read(
    connection: Connection, resource: Resource, raws: Sequence[Raw], *, as_parents: bool
) -> list[Reading | Malformed]:
    """What each record says, or what is wrong with it; `as_parents`: as new as its parent is."""
    readings: list[Reading | Malformed] = []
    for raw, parent in zip(raws, parents(connection, resource, raws), strict=True):
        try:
            fields.check_whole(raw)
            key, flat = resource.key(raw), resource.flatten(raw, parent)
            updated_at = fields.touched_at(raw, parent if as_parents else None)
        except Malformed as problem:
            readings.append(problem)
        else:
            lone = resource is RECOVERIES and "cycle_id" not in (parent or {})
            readings.append(Reading(key, raw, flat, updated_at, lone))
    return readings


def parents(connection: Connection, resource: Resource, raws: Sequence[Raw]) -> list[Raw | None]:
    """Whose times each of some recoveries has: its sleep's, else its cycle's, else None."""
    if resource is not RECOVERIES:
        return [None] * len(raws)
    found: list[Raw | None] = [None] * len(raws)
    for parent, field_name in ((SLEEPS, "sleep_id"), (CYCLES, "cycle_id")):
        keys = [str(raw.get(field_name)).lower() for raw in raws]
        lacking = [key for key, one in zip(keys, found, strict=True) if one is None]
        if not lacking:
            break
        held = {
            key: json.loads(text)
            for key, text in connection.execute(
                "SELECT id, raw FROM records WHERE raw IS NOT NULL AND resource = ? "
                "AND id IN (SELECT value FROM json_each(?))",
                (parent.name, json.dumps(lacking)),
            )
        }
        found = [one or held.get(key) for key, one in zip(keys, found, strict=True)]
    return found
