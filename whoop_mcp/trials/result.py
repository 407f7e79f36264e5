"""Reckon what an experiment showed: as the lot assigned it first, as it was lived beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from .conduct import Course, Day
from .design import DO, LEAVE
from .history import mean_of
from .randomisation import Tested, try_lots


class Arms(NamedTuple):
    """A figure of each arm."""

    do: float | int | None
    leave: float | int | None


class Assigned(NamedTuple):
    """What the lot shows: means of the complete pairs' blocks, their differences' mean, the test
    (None where the experiment was ended early, or no pair is complete), the days that it rests on,
    pairs that are complete and all that were drawn, and what days lack, by arm and reason."""

    means: Arms
    difference: float | None
    test: Tested | None
    n: Arms
    pairs: int
    drawn: int
    excluded: dict[str, dict[str, int]]


class AsLived(NamedTuple):
    """The mean difference within pairs between days on which it was done and on which it was not,
    whatever the lot had said; of how many pairs and days."""

    difference: float | None
    pairs: int
    n: Arms


class Adherence(NamedTuple):
    """The days of an arm on which it was kept to, on which it was not, and of which nobody has
    said; of what was said, how much was written down once the morning's outcome could be seen."""

    days: int
    kept: int
    broken: int
    unknown: int
    late: int


class Result(NamedTuple):
    """What was shown as assigned and as lived, and how well each arm was kept to."""

    assigned: Assigned
    lived: AsLived
    adherence: dict[str, Adherence]


def result(course: Course, *, tested: bool) -> Result:
    """Reckon it from the days of a course; `tested` also tests it, which only the registered end
    may."""
    counted = [one for one in course.days if one.counts]
    return Result(
        _assigned(course, counted, tested),
        _as_lived(counted),
        {arm: _adherence(course.days, arm) for arm in (DO, LEAVE)},
    )


def _assigned(course: Course, counted: Sequence[Day], tested: bool) -> Assigned:
    points = {one.at: one.value for one in counted if one.value is not None}
    blocks: dict[int, dict[str, range]] = defaultdict(dict)
    lived_whole = max((one.at for one in course.days), default=0)
    for block in course.trial.plan.blocks():
        if block.days[-1] <= lived_whole:  # a block that was cut short is none
            blocks[block.pair][block.arm] = block.counted
    both: list[tuple[float, float]] = []
    used: list[dict[str, range]] = []
    for pair in blocks.values():
        means = [mean_of(points, pair[arm]) if arm in pair else None for arm in (DO, LEAVE)]
        if means[0] is not None and means[1] is not None:
            both.append((means[0], means[1]))
            used.append(pair)
    excluded: dict[str, dict[str, int]] = {}
    for arm in (DO, LEAVE):
        lacking = Counter(one.reason for one in counted if one.block.arm == arm and one.reason)
        in_pairs = {at for pair in used for at in pair[arm]}
        alone = sum(
            one.block.arm == arm and one.value is not None and one.at not in in_pairs
            for one in counted
        )
        found = {str(reason): n for reason, n in lacking.items()}
        excluded[arm] = found | ({"the other of its pair is lacking": alone} if alone else {})
    differences = [do - leave for do, leave in both]
    return Assigned(
        Arms(*(_mean([pair[place] for pair in both]) for place in (0, 1))),
        _mean(differences),
        try_lots(differences, course.trial.plan.seed) if tested and differences else None,
        Arms(*(sum(at in points for pair in used for at in pair[arm]) for arm in (DO, LEAVE))),
        len(both),
        course.trial.plan.pairs,
        excluded,
    )


def _as_lived(counted: Sequence[Day]) -> AsLived:
    pairs: dict[int, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    for one in counted:
        if one.value is not None and one.lived is not None:
            pairs[one.block.pair][one.lived].append(one.value)
    both = [pair for pair in pairs.values() if pair[True] and pair[False]]
    differences = [fmean(pair[True]) - fmean(pair[False]) for pair in both]
    n = Arms(*(sum(len(pair[done]) for pair in both) for done in (True, False)))
    return AsLived(_mean(differences), len(both), n)


def _adherence(days: Sequence[Day], arm: str) -> Adherence:
    of_arm = [one for one in days if one.block.arm == arm]
    kept = sum(one.lived is (arm == DO) for one in of_arm)
    unknown = sum(one.lived is None for one in of_arm)
    late = sum(one.late for one in of_arm)
    return Adherence(len(of_arm), kept, len(of_arm) - kept - unknown, unknown, late)


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
