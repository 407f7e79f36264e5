"""Keep the windows of time that were seen whole, and when that was last confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .. import times
from ..times import Span, Window, common, gaps, union
from ..whoop.resources import Resource
from .database import Connection, meta

TAIL_DAYS, TAIL_RECORDS = 14, 25
"""The tail that may still change: the last days or records, whichever reach back further."""

SEEN, ARCHIVED = "coverage", "archived"
"""The tables of what WHOOP's API has shown whole, and of what an export of WHOOP's knows whole."""

_TOLD = 20  # windows: what a reader can take in


class Stretch(NamedTuple):
    """Pair a window that was seen whole with the moment the asking for it began."""

    window: Window
    confirmed_at: str


class Standing(NamedTuple):
    """Tell how well a window is known."""

    missing: list[Window]
    as_of: str | None  # the oldest confirmation in it

    @property
    def complete(self) -> bool:
        return not self.missing

    def told(self) -> dict[str, Any]:
        """`complete`, `missing` and `as_of`, as an answer carries them."""
        answer: dict[str, Any] = {"complete": self.complete}
        if self.missing:
            answer["missing"] = told(self.missing)
        answer["as_of"] = self.as_of
        return answer


def stretches(
    connection: Connection, resource: Resource, window: Window, table: str = SEEN
) -> list[Stretch]:
    """Read what of a window is covered, cut to it, in order."""
    rows = connection.execute(
        f'SELECT start, "end", confirmed_at FROM {table} '
        "WHERE resource = :resource AND start < :until AND start >= coalesce("
        # Rows never overlap, so only the last one that begins before the window reaches into it.
        f"(SELECT max(start) FROM {table} WHERE resource = :resource AND start <= :since), '') "
        "ORDER BY start",
        {"resource": resource.name, "since": window.start, "until": window.end},
    )
    found = []
    for start, end, confirmed_at in rows:
        shared = common(Window(start, end), window)
        if shared:
            found.append(Stretch(shared, confirmed_at))
    return found


def newest(connection: Connection, now: str) -> dict[str, str]:
    """Tell when anything of each resource, by name, was last confirmed, up to the present."""
    return dict(
        connection.execute(
            "SELECT resource, max(confirmed_at) FROM coverage WHERE confirmed_at <= ? "
            "GROUP BY resource",
            (now,),
        ).fetchall()
    )


def cover(
    connection: Connection,
    resource: Resource,
    window: Window,
    confirmed_at: str,
    learned_at: str = times.LATEST,
    table: str = SEEN,
) -> None:
    """Note that a window was seen whole, unless it has been confirmed later than that.

    What claims to be confirmed after `learned_at`, the present, is from a clock that was ahead.
    """
    window = Window(max(window.start, floor(connection)), window.end)
    if window.start >= window.end:
        return
    known = stretches(connection, resource, window, table)
    newer = [one.window for one in known if confirmed_at < one.confirmed_at <= learned_at]
    for gap in gaps(window, newer):
        if known:
            forget(connection, resource, gap, table)
        _insert(connection, resource, gap, confirmed_at, table)


def uncover(connection: Connection, before: str) -> None:
    """Forget all coverage before an instant."""
    for table in (SEEN, ARCHIVED):
        connection.execute(f'DELETE FROM {table} WHERE "end" <= ?', (before,))
        connection.execute(f"UPDATE {table} SET start = ? WHERE start < ?", (before, before))


def forget(connection: Connection, resource: Resource, window: Window, table: str = SEEN) -> None:
    """Hold a window for unknown again."""
    for one in stretches(connection, resource, window, table):
        row = connection.execute(
            f'SELECT start, "end" FROM {table} WHERE resource = ? AND start <= ? AND "end" > ?',
            (resource.name, one.window.start, one.window.start),
        ).fetchone()
        connection.execute(
            f"DELETE FROM {table} WHERE resource = ? AND start = ?", (resource.name, row[0])
        )
        for rest in gaps(Window(*row), [window]):
            _insert(connection, resource, rest, one.confirmed_at, table)


def _insert(
    connection: Connection, resource: Resource, window: Window, confirmed_at: str, table: str
) -> None:
    connection.execute(
        f"INSERT INTO {table} VALUES (?, ?, ?, ?)", (resource.name, *window, confirmed_at)
    )


def standing(
    connection: Connection, resource: Resource, window: Window, forgiven: str | None = None
) -> Standing:
    """Tell what a window lacks; a last gap that begins at or after `forgiven` does not count."""
    known = stretches(connection, resource, window)
    missing = gaps(window, [one.window for one in known])
    if missing and forgiven and missing[-1].end == window.end and missing[-1].start >= forgiven:
        missing.pop()
    return Standing(missing, min((one.confirmed_at for one in known), default=None))


def with_export(
    connection: Connection, resource: Resource, window: Window, known: Standing
) -> Standing:
    """Add to what the API has shown of a window what an export alone knows of it."""
    if not known.missing:
        return known
    told = [
        Stretch(shared, one.confirmed_at)
        for one in stretches(connection, resource, window, ARCHIVED)
        for gap in known.missing
        if (shared := common(one.window, gap))
    ]
    if not told:
        return known
    missing = [rest for gap in known.missing for rest in gaps(gap, [one.window for one in told])]
    return together([known._replace(missing=missing), *(Standing([], one[1]) for one in told)])


def archived_as_of(connection: Connection) -> str | None:
    """Tell the date of the newest export that was imported; None without any."""
    return meta(connection, ARCHIVED)


def together(standings: Iterable[Standing]) -> Standing:
    """Put together how well several are known: as badly as any of them is."""
    known = list(standings)
    return Standing(
        union(gap for one in known for gap in one.missing),
        min((one.as_of for one in known if one.as_of is not None), default=None),
    )


def told(windows: list[Window]) -> list[dict[str, str]]:
    """Windows in order, as answers name them."""
    if len(windows) > _TOLD:  # the oldest in one, so that nothing missing goes unsaid
        first = len(windows) - _TOLD
        windows = [Window(windows[0].start, windows[first].end), *windows[first + 1 :]]
    return [{"start": one.start, "end": one.end} for one in windows]


def run_from(connection: Connection, resource: Resource, start: str, until: str) -> str:
    """Find how far coverage reaches from `start` on without a hole, looked at up to `until`."""
    holes = gaps(
        Window(start, until),
        [one.window for one in stretches(connection, resource, Window(start, until))],
    )
    return holes[0].start if holes else until


def tail_start(connection: Connection, resource: Resource, now: str) -> str:
    """Find where the live tail begins: what lies after it may still change."""
    return max(_unpurged_tail_start(connection, resource, now), floor(connection))


def _unpurged_tail_start(connection: Connection, resource: Resource, now: str) -> str:
    days = times.plus(now, days=-TAIL_DAYS)
    row = (
        connection.execute(
            "SELECT start FROM records WHERE resource = ? AND raw IS NOT NULL "
            "AND source = 'api' ORDER BY start DESC LIMIT 1 OFFSET ?",
            (resource.name, TAIL_RECORDS - 1),
        ).fetchone()
        or connection.execute(
            "SELECT min(start) FROM records WHERE resource = ? AND raw IS NOT NULL "
            "AND source = 'api'",
            (resource.name,),
        ).fetchone()
    )
    if row[0] is None or row[0] >= days:
        return days
    # Records beyond a hole in the coverage are not the last ones: others may lie in the hole.
    known = stretches(connection, resource, Window(row[0], days))
    holes = gaps(Window(row[0], days), [one.window for one in known])
    return holes[-1].end if holes else str(row[0])


def floor(connection: Connection) -> str:
    """Tell the instant before which nothing is kept, fetched or covered: it was purged."""
    bound = floor_bound(connection)
    return Span(bound, bound).window().start if bound else times.EARLIEST


def purged_from(connection: Connection, span: Span, *, edge: bool = False) -> str | None:
    """Read the floor, as it was given, where it lies in a span; else None.

    Before a date means before its midnight at each record's own offset: with `edge` the hours count
    as well from which records were purged at some offset and not at others.
    """
    bound = floor_bound(connection)
    if bound is None or (len(span.start) == len(bound) and span.start >= bound):
        return None
    first, last = Span(bound, bound).window()
    return bound if span.window().start < (last if edge else first) else None


def is_purged(bound: str | None, end: str | None, zone: str | None) -> bool:
    """Tell whether what ended then (None: it runs) was over before the floor, as it was given."""
    if bound is None or end is None:
        return False
    return end <= (bound if len(bound) > 10 else times.midnight(bound, zone))


def floor_bound(connection: Connection) -> str | None:
    """Read the floor as it was given: an instant, or a bare date on each record's own clock."""
    return meta(connection, "floor")
