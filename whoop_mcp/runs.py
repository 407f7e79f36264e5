"""The audit of syncs: one row per resource and run, also of runs that were killed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from .cache import Cache
from .database import Connection
from .intervals import Window

_THIS_PROCESS = f"{os.getpid()}:{secrets.token_hex(4)}"

COUNTS = ("records_fetched", "created", "updated", "deleted", "unchanged", "skipped", "requests")
"""What is counted of each resource in a run."""


def begin(cache: Cache, names: Iterable[str]) -> dict[str, int]:
    """Open a row per resource, and close those whose process is gone; answers name → row id."""
    now = cache.clock()
    with cache.database.writing() as connection:
        _close_interrupted(connection, now)
        return {
            name: connection.execute(
                "INSERT INTO runs (resource, process, started_at, status) "
                "VALUES (?, ?, ?, 'running')",
                (name, _THIS_PROCESS, now),
            ).lastrowid
            or 0
            for name in names
        }


def finish(
    cache: Cache,
    ids: Mapping[str, int],
    results: Mapping[str, Mapping[str, Any]],
    windows: Mapping[str, Window],
) -> None:
    """Close the rows with what `results` says of each resource and the extent it read."""
    now = cache.clock()
    with cache.database.writing() as connection:
        for name, row in ids.items():
            result = results[name]
            counted = ", ".join(f"{count} = ?" for count in COUNTS)
            connection.execute(
                "UPDATE runs SET completed_at = ?, status = ?, window_start = ?, window_end = ?, "
                f"error = ?, {counted} WHERE id = ?",
                (
                    now,
                    result["status"],
                    *windows.get(name, (None, None)),
                    result.get("error", {}).get("code"),
                    *(result.get(count, 0) for count in COUNTS),
                    row,
                ),
            )


def _close_interrupted(connection: Connection, now: str) -> None:
    for row, process in connection.execute(
        "SELECT id, process FROM runs WHERE completed_at IS NULL"
    ).fetchall():
        if not _alive(process):
            connection.execute(
                "UPDATE runs SET status = 'interrupted', completed_at = ? WHERE id = ?", (now, row)
            )


def _alive(process: str) -> bool:
    """Whether the process that began a run can still end it."""
    if process == _THIS_PROCESS:
        return True
    pid = int(process.split(":")[0])
    if pid == os.getpid():
        return False  # an earlier process had our number, as in a container
    if os.name == "nt":
        return False  # there, asking a process for a sign of life would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
