"""The mirror as a person's days, one for each date of their calendar, read at one moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from . import selection, times
from .cache import Cache
from .database import Connection
from .nights import Flat, Night, wearers
from .resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from .spans import Span


class Day(NamedTuple):
    """What one local date holds: flat records, nothing where there is none."""

    date: str
    cycle: Flat | None
    recovery: Flat | None
    sleep: Flat | None  # the main one
    naps: list[Flat]  # that ended on the date
    workouts: list[Flat]  # that began on it
    unseen: Collection[str] = ()  # names of the resources of which not all of the date was fetched


def read(cache: Cache, first: str, last: str) -> list[Day]:
    """One day for each date from `first` to `last`, both included, by the rule of the daily
    summary on the wearer's clock; WHOOP is not asked."""
    span = Span(*Span(first, _after(last)).window())
    with cache.database.reading() as connection:
        now = cache.clock()
        cycles = _overlapping(connection, CYCLES, span, now)
        sleeps = _overlapping(connection, SLEEPS, span, now)
        workouts = _overlapping(connection, WORKOUTS, span, now)
        # A sleep may outlast its cycle, and a cycle reach out of the span with its own.
        wanted = {str(one["id"]) for one in cycles} | {
            str(one["cycle_id"]) for one in sleeps if one["cycle_id"] is not None
        }
        cycles = _of_cycles(connection, CYCLES, wanted)
        slept: dict[int, list[Flat]] = defaultdict(list)
        for sleep in _of_cycles(connection, SLEEPS, wanted):
            slept[sleep["cycle_id"]].append(sleep)
        recovered = {one["cycle_id"]: one for one in _of_cycles(connection, RECOVERIES, wanted)}
    nights = [Night.of(one, slept[one["id"]], recovered.get(one["id"])) for one in cycles]
    return days(nights, sleeps, workouts, first, last, now)


def offset(cache: Cache) -> int:
    """Minutes east of UTC of where the newest record was made; 0 without one."""
    with cache.database.reading() as connection:
        newest = [
            row
            for resource in COLLECTIONS
            for row in connection.execute(
                "SELECT start, zone FROM records WHERE resource = ? AND raw IS NOT NULL "
                "ORDER BY start DESC LIMIT 1",
                (resource.name,),
            )
        ]
    return int(max(newest, default=("", 0))[1])


def days(
    nights: Iterable[Night],
    sleeps: Iterable[Flat],
    workouts: Iterable[Flat],
    first: str,
    last: str,
    now: str,
) -> list[Day]:
    """The same from records at hand; `now` is as far as a running cycle goes."""
    shown: dict[str, Night] = {}
    for night in sorted(nights, key=Night.rank, reverse=True):
        shown.setdefault(night.date(wearers, now), night)
    naps, begun = defaultdict(list), defaultdict(list)
    for sleep in sleeps:
        if sleep["nap"] and sleep["end"]:
            naps[wearers(sleep, sleep["end"])[:10]].append(sleep)
    for workout in workouts:
        begun[wearers(workout, workout["start"])[:10]].append(workout)
    found = []
    date = first
    while date <= last:
        if one := shown.get(date):
            found.append(Day(date, one.cycle, one.recovery, one.sleep, naps[date], begun[date]))
        else:
            found.append(Day(date, None, None, None, naps[date], begun[date]))
        date = _after(date)
    return found


def _overlapping(connection: Connection, resource: Resource, span: Span, now: str) -> list[Flat]:
    rows = selection.select(connection, resource, span, now, oldest_first=True)
    return list(selection.records(row.flat for row in rows))


def _of_cycles(connection: Connection, resource: Resource, keys: set[str]) -> list[Flat]:
    """The records of some cycles, or those cycles themselves, oldest first."""
    key = "id" if resource is CYCLES else "cycle_id"
    rows = connection.execute(
        f"SELECT flat FROM records WHERE {key} IN (SELECT value FROM json_each(?)) "
        "AND resource = ? AND raw IS NOT NULL ORDER BY +start, +id",
        (json.dumps(sorted(keys)), resource.name),
    )
    return list(selection.records(flat for (flat,) in rows))


def _after(date: str) -> str:
    return times.plus(times.midnight(date), days=1)[:10]
