"""The mirror as a person's days, one for each date of their calendar, read at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from .. import times
from ..cache.snapshot import Snapshot
from ..spans import Span
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS
from .nights import Flat, Night, wearers


class Day(NamedTuple):
    """What one local date holds: flat records, nothing where there is none."""

    date: str
    cycle: Flat | None
    recovery: Flat | None
    sleep: Flat | None  # the main one
    naps: list[Flat]  # that ended on the date
    workouts: list[Flat]  # that began on it
    other_sleeps: Sequence[Flat] = ()  # of the cycle, no naps either
    unseen: Collection[str] = ()  # names of the resources of which not all of the date was fetched


def read(seen: Snapshot, first: str, last: str) -> list[Day]:
    """One day for each date from `first` to `last`, both included, by the rule of the daily
    summary on the wearer's clock; WHOOP is not asked."""
    span = Span(*Span(first, _after(last)).window())
    sleeps, workouts = (list(seen.records(one, span)) for one in (SLEEPS, WORKOUTS))
    return days(nights(seen, span, sleeps), sleeps, workouts, first, last, seen.now)


def nights(seen: Snapshot, span: Span, sleeps: Iterable[Flat]) -> list[Night]:
    """The cycles of a span and those of its sleeps, each with all that is its own: a sleep may
    outlast its cycle, or have been recorded at another offset, and a cycle reach out of the span
    with its own."""
    wanted = {one["id"] for one in seen.records(CYCLES, span)} | {
        one["cycle_id"] for one in sleeps if one["cycle_id"] is not None
    }
    slept: dict[int, list[Flat]] = defaultdict(list)
    for sleep in seen.of_cycles(SLEEPS, wanted):
        slept[sleep["cycle_id"]].append(sleep)
    recovered = {one["cycle_id"]: one for one in seen.of_cycles(RECOVERIES, wanted)}
    return [
        Night.of(one, slept[one["id"]], recovered.get(one["id"]))
        for one in seen.of_cycles(CYCLES, wanted)
    ]


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
            parts = (one.cycle, one.recovery, one.sleep)
            found.append(Day(date, *parts, naps[date], begun[date], one.other_sleeps))
        else:
            found.append(Day(date, None, None, None, naps[date], begun[date], []))
        date = _after(date)
    return found


def _after(date: str) -> str:
    return times.plus(times.midnight(date), days=1)[:10]
