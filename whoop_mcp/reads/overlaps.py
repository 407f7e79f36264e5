"""Find workouts that overlap, and how much of each counts where they are added up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from .. import times
from .days import Flat

_TOLD = 10  # pairs: what a reader can take in


def pairs(workouts: Sequence[Flat], now: str) -> Iterator[tuple[Flat, Flat]]:
    """Find workouts of which one began before another was over, in the order of their starts."""
    running: list[Flat] = []
    for one in sorted(workouts, key=lambda one: (one["start"], one["id"])):
        running = [other for other in running if _end(other, now) > one["start"]]
        if _end(one, now) > one["start"]:
            yield from ((other, one) for other in running)
            running.append(one)


def warnings(workouts: Sequence[Flat], now: str, shown: Collection[str] | None = None) -> list[str]:
    """Warn of pairs of which one is `shown` at least (None: all are)."""
    found = (
        f"Workouts {one['id']} and {other['id']} overlap: perhaps one session recorded twice. "
        "Where a day's minutes, calories and load are added up, the overlap counts once."
        for one, other in pairs(workouts, now)
        if shown is None or one["id"] in shown or other["id"] in shown
    )
    told = list(islice(found, _TOLD + 1))
    return told if len(told) <= _TOLD else [*told[:_TOLD], "More workouts overlap."]


def shares(workouts: Sequence[Flat]) -> list[float]:
    """How much of each workout is counted, 0 to 1: the time that no workout with more right to it
    takes up.

    A measured one has more right than one without any score, then the longer one, then the
    earlier. One that is not over yet is counted whole.
    """
    found = [1.0] * len(workouts)
    if len(workouts) < 2 or next(pairs(workouts, ""), None) is None:
        return found
    taken: list[tuple[int, int]] = []  # apart from each other, in order
    for place in sorted(range(len(workouts)), key=lambda place: _right(workouts[place])):
        one = workouts[place]
        if one["end"] is None or one["end"] <= one["start"]:
            continue
        start, end = _milliseconds(one["start"]), _milliseconds(one["end"])
        first, last = bisect_left(taken, (start,)), bisect_left(taken, (end,))
        if first and taken[first - 1][1] > start:
            first -= 1
        met = taken[first:last]
        shared = sum(min(end, other[1]) - max(start, other[0]) for other in met)
        found[place] = 1 - shared / (end - start)
        bounds = [(start, end), *met]
        taken[first:last] = [(min(bounds)[0], max(bound[1] for bound in bounds))]
    return found


def _milliseconds(instant: str) -> int:
    return round(times.moment(instant).timestamp() * 1000)


def _right(one: Flat) -> tuple[bool, float, str, str]:
    measured = one["score_state"] == "SCORED" and (
        one["strain"] is not None or one["zone_durations_seconds"] is not None
    )
    length = times.seconds(one["start"], one["end"]) if one["end"] else 0.0
    return not measured, -length, one["start"], one["id"]


def _end(one: Flat, now: str) -> str:
    return str(one["end"] or max(now, one["start"]))
