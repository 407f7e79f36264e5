"""Keep the change log: what was learned, in the order it was learned, each change once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..whoop.resources import Resource
from .database import Connection

CREATED, SCORED, UPDATED, DELETED = "created", "scored", "updated", "deleted"


def compare(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> tuple[str | None, dict[str, list[Any]] | None]:
    """`(change, differences)` from one flat record to the next; no change where they are equal."""
    if before is None:
        return CREATED, None
    if before == after:
        return None, None
    if before.get("score_state") == "PENDING_SCORE" and after.get("score_state") == "SCORED":
        return SCORED, None
    return UPDATED, {
        name: [before.get(name), after.get(name)]
        for name in {**after, **before}
        if before.get(name) != after.get(name)
    }


def note(
    connection: Connection,
    resource: Resource,
    key: str,
    change: str,
    *,
    learned_at: str,
    updated_at: str,
    diff: Mapping[str, Any] | None = None,
) -> int:
    """Write a change down; answers its position in the log."""
    cursor = connection.execute(
        "INSERT INTO change_log (learned_at, resource, id, change, updated_at, diff) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (learned_at, resource.name, key, change, updated_at, json.dumps(diff) if diff else None),
    )
    return int(cursor.lastrowid or 0)
