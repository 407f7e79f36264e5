"""Keep the audit of syncs: one row per resource and run, also of runs that were killed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import windows
from ..cache.cache import Cache
from ..cache.database import Connection
from ..times import Window

_CHANCE = secrets.token_hex(4)  # beside the number, which a fork changes
_NAMED = "began "  # older versions wrote a name by chance behind a process's number
_ENDED = "ended"  # killed, and its parent has not looked yet

COUNTS = ("records_fetched", "created", "updated", "deleted", "unchanged", "skipped", "requests")
"""What is counted of each resource in a run."""


def begin(cache: Cache, names: Iterable[str]) -> dict[str, int]:
    """Open a row per resource, and close those whose process is gone; answers name → row id."""
    now, this_process = cache.clock(), _name(os.getpid())
    with cache.database.writing() as connection:
        _close_interrupted(connection, now)
        return {
            name: connection.execute(
                "INSERT INTO runs (resource, process, started_at, status) "
                "VALUES (?, ?, ?, 'running')",
                (name, this_process, now),
            ).lastrowid
            or 0
            for name in names
        }


def finish(
    cache: Cache,
    ids: Mapping[str, int],
    results: Mapping[str, Mapping[str, Any]],
    windows: Mapping[str, Window],
    began: str | None = None,
) -> None:
    """Close the rows with what `results` says of each resource and the extent it read.

    `began` is when they began by a clock that WHOOP has set right since.
    """
    now = cache.clock()
    with cache.database.writing() as connection:
        for name, row in ids.items():
            result = results.get(name, {"status": "error"})
            counted = ", ".join(f"{count} = ?" for count in COUNTS)
            connection.execute(
                "UPDATE runs SET started_at = coalesce(?, started_at), completed_at = ?, "
                "replaced = ?, status = ?, window_start = ?, window_end = ?, "
                f"error = ?, {counted} WHERE id = ?",
                (
                    began,
                    now,
                    result.get("replaced", 0),
                    result["status"],
                    *windows.get(name, (None, None)),
                    result.get("error", {}).get("code"),
                    *(result.get(count, 0) for count in COUNTS),
                    row,
                ),
            )


def note_import(
    connection: Connection,
    as_of: str,
    now: str,
    kinds: Mapping[str, Mapping[str, int]],
    window: Window,
) -> None:
    """Note the import of an export, in the transaction under way: one row for all its tables."""
    counted = {
        name: sum(one[key] for one in kinds.values())
        for name, key in (
            ("records_fetched", "rows"),
            ("created", "new"),
            ("updated", "renewed"),
            ("unchanged", "known"),
            ("skipped", "skipped"),
        )
    }
    connection.execute(
        f"INSERT INTO runs (resource, process, started_at, completed_at, status, window_start, "
        f"window_end, {', '.join(counted)}) VALUES ('export', ?, ?, ?, 'success', ?, ?, "
        f"{', '.join('?' * len(counted))})",
        (_name(os.getpid()), now, now, window.start, min(window.end, as_of), *counted.values()),
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
    """Tell whether the process that began a run can still end it."""
    pid = int(process.split(":")[0])
    if pid == os.getpid():
        return process == _name(pid)  # else an earlier one had our number, as in a container
    if not windows.HERE:  # there, to send a process a sign would end it
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # there is one, of somebody else's
    began = _beginning(pid)
    if began is None:
        return True  # nothing more can be learned of it
    return began != _ENDED and (_NAMED not in process or process == f"{pid}:{_NAMED}{began}")


def _name(pid: int) -> str:
    """Name this process unlike all others, also those it was forked from or will fork,
    and from those that had its number before."""
    began = _beginning(pid)
    return f"{pid}:{_CHANCE}" if began is None else f"{pid}:{_NAMED}{began}"


def _beginning(pid: int) -> str | None:
    """Find when a process began, as the system counts since it was started; None where it does
    not say."""
    if windows.HERE:
        runs, began = windows.beginning(pid)
        return began if runs else _ENDED
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        return None
    state, *numbers = stat.rpartition(")")[2].split()  # before that, a name with anything in it
    return _ENDED if state in "ZX" else f"{numbers[18]}@{boot[:8]}"
