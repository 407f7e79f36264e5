"""Put an export's rows together: the records that they make, and what the export knows whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from .. import times
from ..cache.archived import Answered, Export
from ..call import Call
from ..times import Window, gaps
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import questions
from .making import make_records
from .merging import MOMENTS, MergedRows
from .tables import Table
from .telling import Telling

_TELLS: dict[str, tuple[Resource, ...]] = {
    "cycles": (CYCLES, RECOVERIES),
    "sleeps": (SLEEPS,),
    "workouts": (WORKOUTS,),
}
"""What each table knows the whole of."""


def read(
    tables: Mapping[str, Table], dated: str | None, now: str, call: Call
) -> tuple[Export, Telling]:
    """Read all tables of an export, and merge them before anything is made of them.

    `dated` is the day in the export's name, of which nobody knows on what clock; the export is
    taken to be no younger than that day's beginning, or than the last moment that it tells of, and
    no younger than `now`. A row from the future, by more than a clock may be behind, is left out.
    """
    rows = MergedRows(Telling(), times.plus(now, days=1), call)
    for name in ("cycles", "sleeps", "workouts", "journal"):
        if name in tables:
            rows.take(name, tables[name])
    return _export(rows, tables, dated, now), rows.telling


def _export(rows: MergedRows, tables: Mapping[str, Table], dated: str | None, now: str) -> Export:
    as_of = _as_of(rows, dated, now)
    claimed = {
        resource: _known(rows.order[name], as_of)
        for name, resources in _TELLS.items()
        if name in tables
        for resource in resources
    }
    records = make_records(rows)
    rows.telling.rows["recoveries"] = len(records[RECOVERIES])
    if "sleeps" not in tables:
        rows.telling.rows["sleeps"] = len(records[SLEEPS])
    answers: Iterator[Answered] | None = None
    if "journal" in tables:
        answers = rows.journal.answers(_wakings(rows))
    return Export(as_of, records, claimed, answers, rows.whole_journal)


def _as_of(rows: MergedRows, dated: str | None, now: str) -> str:
    newest, zone = "", "+00:00"
    for row in (*rows.cycles.values(), *rows.sleeps.values(), *rows.workouts.values()):
        for name in MOMENTS:
            found = row.values.get(name)
            if isinstance(found, str) and found > newest:
                newest, zone = found, str(row.values["zone"])
    if dated is not None:
        with suppress(ValueError):  # a name that says no day that there is says none
            if times.is_date(dated):
                begun = times.midnight(dated)  # or on the person's clock, where that is first
                newest = max(newest, min(begun, times.midnight(dated, zone)))
                newest = min(newest, times.plus(begun, days=2))  # its end on any clock
    return min(newest or times.BEGINNING, now)


def _known(order: Sequence[Window | None], as_of: str) -> list[Window]:
    """Tell what a table knows whole: all of the past, but where a row is left out."""
    known = [place for place, window in enumerate(order) if window is not None]
    holes = []
    for place, window in enumerate(order):
        if window is not None:
            continue
        at = bisect_left(known, place)
        above = order[known[at - 1]] if at else None
        below = order[known[at]] if at < len(known) else None
        ends = [*(above or ()), *(below or ())] or [times.BEGINNING, as_of]
        first = min(ends) if below or above is None else times.BEGINNING
        last = max(ends) if above or below is None else as_of
        holes.append(Window(times.plus(first, days=-1), times.plus(max(last, first), days=1)))
    if as_of <= times.BEGINNING:
        return []
    return gaps(Window(times.BEGINNING, times.plus(as_of, milliseconds=1)), holes)


def _wakings(rows: MergedRows) -> dict[str, str]:
    """Find by each cycle's start the local date on which it wakes, or else mostly is."""
    found = {}
    for start, row in rows.cycles.items():
        zone = str(row.values["zone"])
        wake = row.values["wake"]
        end = wake or row.values["end"]
        found[start] = questions.waking(
            start, None if end is None else str(end), zone, slept=bool(wake)
        )
    return found
