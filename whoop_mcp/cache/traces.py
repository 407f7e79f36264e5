"""Find what the cache knows of records that no answer shows: deleted ones, malformed ones."""

from __future__ import annotations

from typing import NamedTuple

from .. import times
from ..times import Window
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, Resource, with_parents
from .database import Connection
from .dates import COLUMNS, DayRule, most_of

_A_NIGHT = 2 * 3600.0  # seconds: a deleted sleep no longer says whether it was a nap


class _Deleted(NamedTuple):
    resource: str
    learned_at: str
    start: str | None
    end: str | None
    zone: int
    seconds: float
    date: str | None
    is_named: bool  # a sleep that a recovery names
    slept: str | None  # the date of a cycle's main sleep


def deleted_on(connection: Connection, date: str, day: DayRule) -> dict[str, str]:
    """Find what was deleted of a date: by the name of cycles, recoveries or sleeps, when that was
    learned. Naps count for nothing."""
    column = COLUMNS[day]
    rows = connection.execute(
        'SELECT r.resource, r.changed_at, r.start, r."end", r.zone, r.seconds, '
        f"CASE r.resource WHEN 'sleeps' THEN r.{column} END, "
        "EXISTS (SELECT 1 FROM records n WHERE n.sleep_id = r.id), "
        f"(SELECT s.{column} FROM records s WHERE s.resource = 'sleeps' AND s.id = r.main_sleep) "
        # The log is far smaller than the records, which no index knows by their deletion.
        "FROM change_log c CROSS JOIN records r ON r.resource = c.resource AND r.id = c.id "
        "WHERE c.change = 'deleted' AND c.resource IN (?, ?, ?) AND r.raw IS NULL",
        (CYCLES.name, RECOVERIES.name, SLEEPS.name),
    )
    found: dict[str, str] = {}
    for one in map(_Deleted._make, rows):
        is_nap = one.resource == SLEEPS.name and not one.is_named and one.seconds < _A_NIGHT
        if not is_nap and _date(one, day) == date:
            found[one.resource] = max(one.learned_at, found.get(one.resource, ""))
    return found


def _date(one: _Deleted, day: DayRule) -> str | None:
    """Tell the date that a deleted record had; a cycle's own is forgotten with it."""
    if one.resource == SLEEPS.name:
        return one.date
    if one.start is None or one.end is None:
        return one.slept
    minutes = one.zone if day == "local" else 0
    start, end = (times.plus(at, minutes=minutes) for at in (one.start, one.end))
    return end[:10] if one.resource == RECOVERIES.name else one.slept or most_of(start, end)


def malformed_in(connection: Connection, resource: Resource, window: Window) -> bool:
    """Tell whether a record of a window came malformed, so that none is shown."""
    return bool(
        connection.execute(
            "SELECT 1 FROM skipped WHERE resource IN (?, ?) AND id <> '' "
            'AND start < ? AND "end" > ? LIMIT 1',
            (resource.name, with_parents(resource)[0].name, window.end, window.start),
        ).fetchone()
    )


def frontier(connection: Connection, resource: Resource) -> tuple[str, str] | None:
    """Tell up to when a resource is known at the latest, and when that was confirmed; None where
    nothing of it is."""
    found = [
        connection.execute(
            'SELECT "end", confirmed_at FROM coverage WHERE resource = ? '
            "ORDER BY start DESC LIMIT 1",
            (one.name,),
        ).fetchone()
        for one in with_parents(resource)
    ]
    return min((row[0], row[1]) for row in found) if all(found) else None
