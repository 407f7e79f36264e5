"""Share out time among workouts that overlap, so that it counts once where a day is added up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from .. import times
from ..whoop.records import Workout


def shares(workouts: Sequence[Workout]) -> list[float]:
    """Count how much of each workout of a day is its own, 0 to 1: the time that no workout
    with more right to it takes up.

    A measured one has more right than one without any score, then the longer one, then the
    earlier. One that is not over yet is counted whole.
    """
    found = [1.0] * len(workouts)
    if len(workouts) < 2:
        return found
    taken: list[tuple[int, int]] = []  # apart from each other, in order
    for place in sorted(range(len(workouts)), key=lambda place: _right(workouts[place])):
        one = workouts[place]
        if one.end is None or one.end <= one.start:
            continue
        start, end = _milliseconds(one.start), _milliseconds(one.end)
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


def _right(one: Workout) -> tuple[bool, float, str, str]:
    measured = one.score_state == "SCORED" and (
        one.strain is not None or one.zone_durations_seconds is not None
    )
    length = times.seconds(one.start, one.end) if one.end else 0.0
    return not measured, -length, one.start, one.id
