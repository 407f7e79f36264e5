"""Plan a sync: read what may still change, what is not known, and a bit of all else again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .. import times
from ..cache import coverage
from ..cache.cache import Cache
from ..cache.coverage import Stretch
from ..cache.database import Connection, meta, set_meta
from ..times import Window, gaps, union
from ..whoop.resources import Resource

FIRST_DAYS = 90
_SCRUB_RECORDS = 24  # with a neighbour that touches the window, a page
_SCRUB_SYNCS = 58  # a little under the 60 within which all history is read again
_IDS = 25  # how many single records a sync asks for; the longest unasked come first
_ONE_PIECE_DAYS = 44  # up to here two pages in turn cost less than three abreast
_FEW_PIECES_DAYS = 200  # beyond, one page after the other is as fast as the limit allows


class Plan(NamedTuple):
    """The windows and records that a call is to read of one resource."""

    windows: Sequence[Window] = ()  # to be known at the end; what is not is still to do
    scrub: Sequence[Window] = ()  # known already, read again to find old edits and deletions
    scrubbed: str = ""  # the note to keep once they have been
    ids: Sequence[str] = ()  # single records, not final or malformed last time


def make(cache: Cache, resource: Resource, now: str, *, full: bool, since: str | None) -> Plan:
    """Plan one resource's sync; `since` is an instant."""
    with cache.database.writing() as connection:
        floor = coverage.floor(connection)
        tail = coverage.tail_start(connection, resource, now)
        goal = min(
            meta(connection, f"goal:{resource.name}") or times.LATEST,
            since or times.plus(now, days=-FIRST_DAYS),
        )
        set_meta(connection, f"goal:{resource.name}", goal)
        unknown = coverage.standing(connection, resource, Window(goal, now)).missing
        windows = [Window(tail, now), *unknown]
        if full:
            windows += _left_of_pass(connection, resource, floor, now)
        again, ids = _unsettled(connection, resource, tail)
        # A full pass reads all of it anyway.
        scrub, scrubbed = ([], "") if full else _scrub(connection, resource, tail)
    windows = [Window(max(one.start, floor), one.end) for one in (*windows, *again)]
    return Plan(union(windows), scrub, scrubbed, ids)


def left(cache: Cache, resource: Resource, windows: Iterable[Window], begun: str) -> list[Window]:
    """Find what of the planned windows has not been read since the call began."""
    with cache.database.reading() as connection:
        return [
            gap
            for window in windows
            for gap in gaps(window, _read_since(connection, resource, window, begun))
        ]


def pieces(resource: Resource, window: Window) -> list[Window]:
    """Cut a window, newest first, into parts that can be read at once, where that is faster.

    They are as few as have a page each, and equally long.
    """
    days = times.seconds(*window) / 86400
    if not _ONE_PIECE_DAYS < days < _FEW_PIECES_DAYS:
        return [window]
    number = math.ceil(days / resource.page_days)
    bounds = [times.plus(window.end, days=-days * part / number) for part in range(number)]
    return [Window(*one) for one in zip([*bounds[1:], window.start], bounds, strict=True)]


def end_pass(cache: Cache, resources: Iterable[Resource]) -> None:
    """Note that a full pass is done once it is for all of them, so that the next begins anew.

    Until then a resource that is done stays so: whoever goes on would else read it for ever.
    """
    now = cache.clock()
    with cache.database.writing() as connection:
        floor = coverage.floor(connection)
        under_way = [one for one in resources if meta(connection, f"full:{one.name}")]
        if not any(_left_of_pass(connection, one, floor, now) for one in under_way):
            for one in under_way:
                set_meta(connection, f"full:{one.name}", None)


def drop_pass(cache: Cache, resources: Iterable[Resource], begun: str) -> None:
    """Forget a full pass that has just begun, by a clock that was wrong."""
    with cache.database.writing() as connection:
        for resource in resources:
            if meta(connection, f"full:{resource.name}") == begun:
                set_meta(connection, f"full:{resource.name}", None)


def _left_of_pass(connection: Connection, resource: Resource, floor: str, now: str) -> list[Window]:
    """Find what a full pass has not read yet; without one under way, one begins.

    One that is to begin in the future was noted by a clock that was ahead, and would never end.
    """
    note = f"full:{resource.name}"
    begun = meta(connection, note)
    if begun is None or begun > now:
        begun = now
        set_meta(connection, note, begun)
    window = Window(max(times.BEGINNING, floor), begun)
    return gaps(window, _read_since(connection, resource, window, begun))


def _read_since(
    connection: Connection, resource: Resource, window: Window, begun: str
) -> list[Window]:
    known: list[Stretch] = coverage.stretches(connection, resource, window)
    return [one.window for one in known if one.confirmed_at >= begun]


def _unsettled(
    connection: Connection, resource: Resource, tail: str
) -> tuple[list[Window], list[str]]:
    """Find windows and ids of what was not final, or malformed, when it was last seen."""
    ids = [
        key
        for (key,) in connection.execute(
            "SELECT id FROM records WHERE resource = :resource AND raw IS NOT NULL AND NOT final "
            "AND source = 'api' "
            # Those on the list below have their turn there, where one that fails goes to the end.
            "AND id NOT IN (SELECT id FROM skipped WHERE resource = :resource) "
            "AND start < :tail ORDER BY asked_at LIMIT :most",
            {"resource": resource.name, "tail": tail, "most": _IDS},
        )
    ]
    windows = []
    for key, start, end in connection.execute(
        # A record that is skipped again goes to the end of the queue.
        'SELECT id, start, "end" FROM skipped WHERE resource = ? ORDER BY rowid LIMIT ?',
        (resource.name, _IDS),
    ):
        if key and key not in ids:
            ids.append(key)
        elif not key and start < end:
            windows.append(Window(start, end))
    return windows, ids


def _scrub(connection: Connection, resource: Resource, tail: str) -> tuple[list[Window], str]:
    """Choose the next old windows to read again, and the note of how far that comes."""
    note: dict[str, Any] = json.loads(meta(connection, f"scrub:{resource.name}") or "{}")
    if not note or _next_old(connection, resource, note["at"], tail) is None:
        (records,) = connection.execute(
            "SELECT count(*) FROM records WHERE resource = ? AND raw IS NOT NULL AND start < ? "
            "AND source = 'api'",
            (resource.name, tail),
        ).fetchone()
        note = {"at": "", "syncs": 0, "windows": 0, "all": records / _SCRUB_RECORDS}
    note["syncs"] += 1
    due = note["all"] * note["syncs"] / _SCRUB_SYNCS - 1
    found: list[Window] = []
    while not found or note["windows"] < due:
        window = _next_old(connection, resource, note["at"], tail)
        if window is None:
            break
        found.append(window)
        note["at"], note["windows"] = window.end, note["windows"] + 1
    return found, json.dumps(note)


def _next_old(connection: Connection, resource: Resource, at: str, tail: str) -> Window | None:
    """Find the first known stretch from `at` on that holds a page of records, short of the tail."""
    (start,) = connection.execute(
        'SELECT max(min(start), ?) FROM coverage WHERE resource = ? AND "end" > ?',
        (at, resource.name, at),
    ).fetchone()
    if start is None or start >= tail:
        return None
    row = connection.execute(
        "SELECT start FROM records WHERE resource = ? AND raw IS NOT NULL AND start > ? "
        "AND source = 'api' ORDER BY start LIMIT 1 OFFSET ?",
        (resource.name, start, _SCRUB_RECORDS - 1),
    ).fetchone()
    end = min(row[0], tail) if row else tail
    return Window(start, coverage.run_from(connection, resource, start, end))
