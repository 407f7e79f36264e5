"""List what is to be asked for again: malformed and doubtful records, windows that were lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from .. import times
from ..times import Window
from ..whoop import fields
from ..whoop.fields import Malformed, Raw
from ..whoop.resources import Resource
from .database import Connection


def note(
    connection: Connection, resource: Resource, raw: Raw, reason: str, around: Window | None
) -> str:
    """Put a record on the list; answers what to say of it, which holds none of its values.

    Without an id of its own it is found again in its place, or else somewhere `around`.
    """
    key = ""
    with suppress(Malformed):
        key = resource.key(raw)
    window = extent([raw]) or around or Window(times.EARLIEST, times.EARLIEST)
    connection.execute(
        "INSERT OR REPLACE INTO skipped VALUES (?, ?, ?, ?, ?)",
        (resource.name, key, *window, reason),
    )
    return f"{resource.one} {key or 'without an id'}: {reason}"


def doubt(
    connection: Connection, resource: Resource, key: str, reason: str | None, around: Window | None
) -> None:
    """Put a record on the list whose id answers neither itself nor that it is gone.

    Without a reason it was not asked for, and keeps the place that it has on the list.
    """
    place = connection.execute(
        'SELECT start, "end" FROM skipped WHERE resource = ? AND id = ?', (resource.name, key)
    ).fetchone()
    if place and not reason:
        return
    forget(connection, resource, key)
    connection.execute(
        "INSERT INTO skipped VALUES (?, ?, ?, ?, ?)",
        (
            resource.name,
            key,
            *(place or around or (times.EARLIEST, times.EARLIEST)),
            reason or "not asked for yet",
        ),
    )


def read_again(connection: Connection, resource: Resource, window: Window, now: str) -> None:
    """Put a window that became unknown on the list, so that the next sync knows it anew."""
    connection.execute(
        "INSERT OR REPLACE INTO skipped VALUES (?, '', ?, ?, 'moved with another record')",
        (resource.name, window.start, min(window.end, now)),
    )


def any_of(connection: Connection, resource: Resource) -> bool:
    """Tell whether anything of a resource is on the list."""
    row = connection.execute("SELECT 1 FROM skipped WHERE resource = ?", (resource.name,))
    return row.fetchone() is not None


def ids(connection: Connection, resource: Resource) -> set[str]:
    """List the records of a resource that are to be asked for, as far as they have an id."""
    rows = connection.execute("SELECT id FROM skipped WHERE resource = ?", (resource.name,))
    return {key for (key,) in rows if key}


def queue(connection: Connection, resource: Resource) -> list[str]:
    """List the same in the order in which they are to be asked for."""
    rows = connection.execute(
        "SELECT id FROM skipped WHERE resource = ? AND id <> '' ORDER BY rowid", (resource.name,)
    )
    return [key for (key,) in rows]


def forget(connection: Connection, resource: Resource, key: str) -> None:
    """Strike off a record that has become sound, or is gone."""
    connection.execute("DELETE FROM skipped WHERE resource = ? AND id = ?", (resource.name, key))


def forget_nameless(connection: Connection, resource: Resource, window: Window) -> None:
    """Strike off what has no id in a window that is read anew, and is found again there."""
    connection.execute(
        "DELETE FROM skipped WHERE resource = ? AND id = '' AND start >= ? AND \"end\" <= ?",
        (resource.name, *window),
    )


def extent(raws: Sequence[Raw]) -> Window | None:
    """Find the first and the last start among records, as far as they can be read."""
    starts = []
    for raw in raws:
        with suppress(Malformed):
            if start := fields.instant(raw, "start"):
                starts.append(start)
    return Window(min(starts), times.plus(max(starts), milliseconds=1)) if starts else None
