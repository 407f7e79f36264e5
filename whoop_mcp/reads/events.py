"""List what changed: a walk by WHOOP's own stamps, or all learned since a place in the log."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

from .. import times
from ..cache import coverage, selection
from ..cache.cache import Cache
from ..cache.database import Connection
from ..choices import MOST_EVENTS
from ..errors import ValidationError
from ..jsontext import JsonText, spell
from ..times import Span
from ..whoop.resources import RESOURCES, chosen
from . import paging
from .paging import fill

_RESUME = {"cache": str, "position": int, "mark": list}
_UNMARKED = {"cache": str, "position": int}  # as 0.9.0 wrote them
_WALK = {**_RESUME, "since": str, "until": str, "resources": list, "after": list}
_ROOM = 900  # characters for the two cursors and the counts around the events

Row = tuple[Any, ...]
"""A change's `(position, resource, id, updated_at, change, diff, flat)`."""


def events(
    cache: Cache,
    *,
    since: str,
    until: str | None = None,
    resources: Sequence[str] | None = None,
    limit: int = 500,
    budget: int = 0,
    as_json: bool = False,
) -> dict[str, Any]:
    """List the changes since an instant, a `next_cursor` or a `resume_cursor`.

    Answers `{"status", "count", "since", "until", "events", "next_cursor", "resume_cursor",
    "warnings"?}`, a warning where nothing can be between the two; with `as_json` the events are one
    JsonText. ValidationError on bad arguments and on cursors of another cache, or of another state
    of it.
    """
    if not 1 <= limit <= MOST_EVENTS:
        raise ValidationError(
            f"`limit` must be from 1 to {MOST_EVENTS}.", hint="Leave it out for 500."
        )
    now = cache.clock()
    asked = _understand(since, until, resources, now)
    with cache.reading() as seen:
        seen.require_content()
        connection, identity = seen.connection, seen.identity
        if asked.get("cache", identity) != identity:
            raise ValidationError(
                "`since` is a cursor of another cache, or of this one before it was emptied.",
                hint="Begin again with an instant such as 2026-04-20T00:00:00Z.",
            )
        asked["cache"] = identity
        if "position" in asked:
            _check_log(connection, asked)
        if asked["kind"] == "resume":
            answer = _resume(connection, asked, since, now, limit, budget)
        else:
            if until is None and "position" not in asked:
                asked["until"] = _after_all(connection, now)
            answer = _walk(connection, asked, limit, budget)
            words = times.remark(Span(answer["since"], answer["until"]), now)
            if words and not answer["events"]:
                answer["warnings"] = [words]
    texts = JsonText.array(answer["events"])
    return {**answer, "events": texts if as_json else json.loads(texts)}


def _understand(
    since: str, until: str | None, resources: Sequence[str] | None, now: str
) -> dict[str, Any]:
    """Read the arguments into what a cursor would remember."""
    names = sorted(chosen(resources)) if resources is not None else None
    if not since.startswith("ey"):  # as every cursor does, being JSON in base64
        first = times.bound("since", since)
        last = times.bound("until", until) if until is not None else now
        if until is not None and times.is_before(last, first):
            raise ValidationError(
                "`until` comes before `since`.", hint="Swap them, or leave until out: up to now."
            )
        return {
            "kind": "walk",
            "since": first,
            "until": last,
            "resources": names or sorted(RESOURCES),
        }
    try:
        carried = paging.read("since", since, {"walk": _WALK, "resume": _RESUME})
    except ValidationError:
        paging.read("since", since, {"walk": _UNMARKED, "resume": _UNMARKED})
        raise ValidationError(
            "`since` is a cursor of an older version, which does not say what the log held.",
            hint="Begin again, once, with an instant such as 2026-04-20T00:00:00Z.",
        ) from None
    if carried["kind"] == "resume":
        if until is not None:
            raise ValidationError(
                "`until` cannot be used with a resume cursor, which follows the order of learning.",
                hint="Leave until out.",
            )
        return {**carried, "resources": names or sorted(RESOURCES)}
    if until is not None and times.bound("until", until) != carried["until"]:
        raise ValidationError(
            "`until` is not the one that this cursor carries.", hint="Leave until out beside it."
        )
    for name in ("since", "until"):
        times.bound("since", carried[name])
    if len(carried["after"]) != 3:
        raise ValidationError("`since` is a damaged cursor.", hint="Pass it exactly as it came.")
    if names is not None and names != carried["resources"]:
        raise ValidationError(
            "`resources` are not those that this cursor carries.", hint="Leave them out beside it."
        )
    return carried


def _walk(connection: Connection, asked: dict[str, Any], limit: int, budget: int) -> dict[str, Any]:
    if "position" not in asked:
        asked["position"] = _position(connection)
        asked["mark"] = _mark(connection, asked["position"])
    earliest, latest = Span(asked["since"], asked["until"]).window()
    after = asked.get("after") or [earliest, "", ""]
    names = asked["resources"]
    # The plus: in the order of change, not resource by resource, of which a page needs a bit.
    rows = connection.execute(
        "SELECT c.position, r.resource, r.id, r.changed_at, c.change, c.diff, r.flat "
        "FROM records r "
        "JOIN change_log c ON c.position = r.change "
        "WHERE (r.changed_at, r.resource, r.id) > (?, ?, ?) AND r.changed_at < ? "
        f"AND r.changed_at > {selection.at_its_zone('?', asked['since'], 'r.zone')} "
        f"AND r.changed_at < {selection.at_its_zone('?', asked['until'], 'r.zone')} "
        f"AND +r.resource IN ({', '.join('?' * len(names))}) "
        "ORDER BY r.changed_at, r.resource, r.id LIMIT ?",
        (
            *after,
            latest,
            asked["since"],
            asked["until"],
            *names,
            limit + 1,
        ),
    ).fetchall()
    found, more = _fill(rows, limit, budget)
    next_cursor = None
    if more:
        _, resource, key, changed_at, *_ = rows[len(found) - 1]
        next_cursor = paging.write(**{**asked, "after": [changed_at, resource, key]})
    resume = paging.write(
        kind="resume", cache=asked["cache"], position=asked["position"], mark=asked["mark"]
    )
    return _answer(asked["since"], asked["until"], found, next_cursor, resume)


def _resume(
    connection: Connection,
    asked: dict[str, Any],
    since: str,
    now: str,
    limit: int,
    budget: int,
) -> dict[str, Any]:
    end = _position(connection)
    names = asked["resources"]
    rows = connection.execute(
        "SELECT c.position, c.resource, c.id, c.updated_at, c.change, c.diff, r.flat "
        "FROM change_log c LEFT JOIN records r ON r.resource = c.resource AND r.id = c.id "
        f"WHERE c.position > ? AND +c.resource IN ({', '.join('?' * len(names))}) "
        "ORDER BY c.position LIMIT ?",
        (asked["position"], *names, limit + 1),
    ).fetchall()
    found, more = _fill(rows, limit, budget)
    position = rows[len(found) - 1][0] if more else end
    mark = _mark(connection, position)
    resume = paging.write(kind="resume", cache=asked["cache"], position=position, mark=mark)
    return _answer(since, now, found, resume if more else None, resume)


def _event(row: Row) -> str:
    """Spell an event as JSON, its record and what changed as they are stored."""
    _, resource, key, updated_at, change, diff, flat = row
    head = {
        "resource": resource,
        "id": int(key) if key.isdigit() else key,
        "updated_at": updated_at,
        "change": change,
    }
    more = f'"diff":{diff},' if diff else ""
    return f'{spell(head)[:-1]},{more}"record":{flat or "null"}}}'


def _answer(
    since: str, until: str, found: list[str], next_cursor: str | None, resume: str
) -> dict[str, Any]:
    return {
        "status": "success",
        "count": len(found),
        "since": since,
        "until": until,
        "events": found,
        "next_cursor": next_cursor,
        "resume_cursor": resume,
    }


def _after_all(connection: Connection, now: str) -> str:
    """Choose now, or past the latest change: all learned before a walk is in it or in its resume.

    WHOOP's stamps may lie ahead of our clock, and a deletion may have been learned this very
    millisecond.
    """
    (latest,) = connection.execute("SELECT max(changed_at) FROM records").fetchone()
    return max(now, times.plus(latest, milliseconds=1)) if latest else now


def _position(connection: Connection) -> int:
    """Find the log's last position ever given, also when its entry was purged."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'").fetchone()
    return int(row[0]) if row else 0


def _mark(connection: Connection, position: int) -> list[str]:
    """Mark this log, up to a position, unlike any other: its last entry that is not purged, as
    `[position, hash]`; nothing where it has none."""
    row = connection.execute(
        "SELECT position, learned_at, resource, id, change FROM change_log WHERE position <= ? "
        "ORDER BY position DESC LIMIT 1",
        (position,),
    ).fetchone()
    return [] if row is None else [str(row[0]), _hash(row)]


def _hash(entry: tuple[Any, ...]) -> str:
    """Hash, in short, what never changes in an entry."""
    return hashlib.sha256(json.dumps(entry).encode()).hexdigest()[:12]


def _check_log(connection: Connection, asked: dict[str, Any]) -> None:
    """Raise ValidationError when the log is not the one, gone on, that a cursor came from.

    A purge may have taken the entry that the cursor knows; without a purge none ever goes.
    """
    mark, now = asked["mark"], _mark(connection, asked["position"])
    purged = coverage.floor_bound(connection) is not None
    gone = _is_mark(mark) and purged and (not now or int(now[0]) < int(mark[0]))
    if asked["position"] <= _position(connection) and (now == mark or gone):
        return
    raise ValidationError(
        "`since` is a cursor of another state of this cache, which has been restored or rolled "
        "back since.",
        hint="Begin again with an instant such as 2026-04-20T00:00:00Z.",
    )


def _is_mark(mark: list[str]) -> bool:
    """Tell whether a list that a cursor carries, which may be forged, can be a mark."""
    return len(mark) == 2 and mark[0].isdecimal() and len(mark[0]) < 19


def _fill(rows: list[Row], limit: int, budget: int) -> tuple[list[str], bool]:
    """Spell the events that fit, and tell whether more follow."""
    room = budget - _ROOM if budget else math.inf
    return fill(map(_event, rows), len, room=room, limit=limit)
