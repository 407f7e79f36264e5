"""Keep the change log: what was learned, in the order it was learned, each change once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

from ..whoop.resources import Resource
from .database import Connection

CREATED, SCORED, UPDATED, DELETED = "created", "scored", "updated", "deleted"

_BATCH = 25  # changes, of seven values each: as many as a page brings


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


class Log:
    """Write changes down in a transaction, each at its position; `flush` stores them at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: int | None = None  # the position of the last change there is
        self._entries: list[tuple[Any, ...]] = []

    def note(
        self,
        resource: Resource,
        key: str,
        change: str,
        learned_at: str,
        updated_at: str,
        diff: Mapping[str, Any] | None = None,
    ) -> int:
        """Note a change; answers its position in the log."""
        if self._last is None:
            row = self._connection.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'change_log'"  # also of the purged
            ).fetchone()
            self._last = int(row[0]) if row else 0
        self._last += 1
        said = json.dumps(diff) if diff else None
        entry = (self._last, learned_at, resource.name, key, change, updated_at, said)
        self._entries.append(entry)
        return self._last

    def flush(self) -> None:
        """Store what was noted, many by one statement: each looks up the position of the last."""
        for at in range(0, len(self._entries), _BATCH):
            entries = self._entries[at : at + _BATCH]
            self._connection.execute(
                "INSERT INTO change_log (position, learned_at, resource, id, change, updated_at, "
                f"diff) VALUES {', '.join(['(?, ?, ?, ?, ?, ?, ?)'] * len(entries))}",
                [*chain.from_iterable(entries)],
            )
        self._entries.clear()
