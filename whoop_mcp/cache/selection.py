"""Select the records of the cache that belong to a span: those whose own interval overlaps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from .. import times
from ..times import Span, Window
from ..whoop.records import R, from_flat
from ..whoop.resources import Resource, ResourceOf
from .database import Connection

KNOWN_END = """coalesce("end", CASE source WHEN 'export' THEN max(asked_at, start) END)"""
"""When a record ended, in SQL; null while it runs. An export tells no more of what still ran then
than that."""

_BATCH = 200  # records read from their texts at once: beyond, it is no faster


class Row(NamedTuple):
    """Hold a record as the cache has it."""

    start: str
    id: str
    end: str | None  # None: still running
    flat: str


def select(
    connection: Connection,
    resource: Resource,
    span: Span,
    now: str,
    *,
    oldest_first: bool = False,
    after: tuple[str, str] | None = None,
    sports: Sequence[str] | None = None,
) -> Iterator[Row]:
    """Select the records of a span in order, `after` the `(start, id)` of the last one had; of
    workouts only those of some `sports`, as their records name them."""
    where, values = _belongs(connection, resource, span, now, sports)
    order, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
    if after is not None:
        where += f" AND (start, id) {beyond} (:after_start, :after_id)"
        values |= {"after_start": after[0], "after_id": after[1]}
    return map(
        Row._make,
        connection.execute(
            f'SELECT start, id, "end", flat FROM records WHERE {where} '
            f"ORDER BY start {order}, id {order}",
            values,
        ),
    )


def texts(connection: Connection, resource: Resource, span: Span, now: str) -> Iterator[str]:
    """Select the flat records of a span as the texts that the cache holds, oldest first."""
    where, values = _belongs(connection, resource, span, now)
    rows = connection.execute(f"SELECT flat FROM records WHERE {where} ORDER BY start, id", values)
    return map(itemgetter(0), rows)


def flats(texts: Iterable[str | None]) -> Iterator[dict[str, Any]]:
    """Read flat records from their texts, or null; many at once are read faster than each."""
    texts = iter(texts)
    while some := list(islice(texts, _BATCH)):
        yield from json.loads(f"[{','.join(text or 'null' for text in some)}]")


def records(resource: ResourceOf[R], texts: Iterable[str]) -> Iterator[R]:
    """Read the records of a resource from the texts of their flat forms."""
    return map(partial(from_flat, resource.record), flats(texts))


def count(
    connection: Connection,
    resource: Resource,
    span: Span,
    now: str,
    sports: Sequence[str] | None = None,
) -> int:
    """Count the records that belong to a span; of workouts only those of some `sports`."""
    where, values = _belongs(connection, resource, span, now, sports)
    (total,) = connection.execute(f"SELECT count(*) FROM records WHERE {where}", values).fetchone()
    return int(total)


def extent(connection: Connection, resource: Resource, span: Span, now: str) -> Window | None:
    """Find from when to when the records of a span last, those that run until now."""
    where, values = _belongs(connection, resource, span, now)
    first, last = connection.execute(
        f"SELECT min(start), max(coalesce({KNOWN_END}, :now)) FROM records WHERE {where}", values
    ).fetchone()
    return None if first is None else Window(first, last)


def sports(connection: Connection) -> dict[str, int]:
    """Count the workouts that are held by the sport that their records name, most first."""
    rows = connection.execute(
        "SELECT json_extract(flat, '$.sport_name'), count(*) FROM records "
        "WHERE resource = 'workouts' AND raw IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return {name: number for name, number in rows if name is not None}


def _belongs(
    connection: Connection,
    resource: Resource,
    span: Span,
    now: str,
    sports: Sequence[str] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Spell the condition in SQL, with its values. A running record lasts until now."""
    window = span.window()
    ended = f"coalesce({KNOWN_END}, max(:now, start))"
    since, until = at_its_zone(":since", span.start), at_its_zone(":until", span.end)
    where = (
        "resource = :resource AND raw IS NOT NULL AND start >= :first AND start < :last "
        f"AND {since} < {until} AND start < {until} "
        f"AND ({ended} > {since} OR (start = {ended} AND start >= {since}))"
    )
    values = {
        "resource": resource.name,
        "first": first_start(connection, resource, window.start),
        "last": window.end,
        "since": span.start,
        "until": span.end,
        "now": now,
    }
    if sports is not None:
        where += " AND json_extract(flat, '$.sport_name') IN (SELECT value FROM json_each(:sports))"
        values["sports"] = json.dumps([*sports])
    return where, values


def at_its_zone(name: str, bound: str, zone: str = "zone") -> str:
    """Spell a bound in SQL, whose value has this name: a bare date as each record's midnight."""
    if len(bound) > 10:
        return name
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {name}, -{zone} || ' minutes')"


def first_start(connection: Connection, resource: Resource, instant: str) -> str:
    """Find before when no record began that reaches an instant: it would be too long."""
    longest, running = connection.execute(
        "SELECT (SELECT max(seconds) FROM records WHERE resource = :resource AND raw IS NOT NULL), "
        "(SELECT min(start) FROM records "
        'WHERE resource = :resource AND raw IS NOT NULL AND NOT final AND "end" IS NULL)',
        {"resource": resource.name},
    ).fetchone()
    reach = times.plus(instant, seconds=-(longest or 0.0), milliseconds=-1)
    return min(reach, running or reach)


def within(
    connection: Connection, resource: Resource, window: Window, reaching_in: bool
) -> dict[str, tuple[str, str, str]]:
    """List what a whole reading of a window must show, by id, as `(id, start, end)`: records that
    begin in it and, with `reaching_in`, those that began before it and last into it."""
    first = first_start(connection, resource, window.start) if reaching_in else window.start
    rows = connection.execute(
        'SELECT id, start, coalesce("end", :latest) FROM records '
        "WHERE resource = :resource AND raw IS NOT NULL AND source = 'api' "
        "AND start >= :first AND start < :until "
        'AND (start >= :since OR "end" > :since OR "end" IS NULL)',
        {
            "resource": resource.name,
            "first": first,
            "since": window.start,
            "until": window.end,
            "latest": times.LATEST,
        },
    )
    return {row[0]: row for row in rows}
