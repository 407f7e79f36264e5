"""Tell how unusual a week's mean is, by the same person's other weeks.

This is a question of its own, asked every morning: its `p` holds without a correction for what
else an answer tries.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Mapping
from itertools import accumulate
from operator import mul
from statistics import fmean
from typing import NamedTuple

from .student import student
from .timeseries import Dates, Points, deviation, persistence, spread_of_mean

WEEK, WEEK_FLOOR = 7, 5  # Flatt & Esco 2015
BASELINE_DAYS = 60
BASELINE_FLOOR = 21  # this project's own choice
PAST = 365
"""The days, up to the one before the week, on which the weeks end that it is ranked among."""

RANK_FLOOR = 26 * WEEK  # of these days, this project's own choice
_LOOK_BACK = PAST + WEEK + RANK_FLOOR - 1  # days: each week of a year has 26 before it
REACH = _LOOK_BACK + WEEK + BASELINE_DAYS - 1
"""The days of values, the last one among them, that a week is judged by."""

_SCALE_FLOOR = 2 * WEEK  # past weeks' days that tell how far weeks lie from their baselines
_LEAST_VARIANCE = 1e-12
_EVEN = 9  # digits of a distance: below it two are equal


class Rank(NamedTuple):
    """The place of a week among those that ended on `past` days: so many of these, `farther`, lay
    at least as far from their baselines."""

    past: int
    farther: int

    @property
    def p(self) -> float:
        """The share of weeks that lie so far, a week counted as seven days and this one with
        them."""
        return (WEEK + self.farther) / (WEEK + self.past)


class Judged(NamedTuple):
    """The `p` of a week, the rank that it is where there are enough past weeks, else the φ that it
    rests on; and on how many of the days of the last year that could be ranked the week up to
    them was unusual."""

    p: float
    distance: float
    rank: Rank
    phi: float | None
    days: int
    unusual: int


def distances(values: Points, within: Dates) -> dict[int, float]:
    """Measure how far the mean of 7 days lies from that of the 60 before, for the weeks that end on
    each of some dates: z = (m − μ)/(SD·√(1/n + 1/B)), rounded to 9 digits, with n of the 7 and B of
    the 60 days known and the sample SD of the latter.

    A week below 5 of 7 days, or 21 baseline days, or with a baseline that does not vary, has none.
    """
    first = within.first - WEEK - BASELINE_DAYS + 1
    known = [values.get(at) for at in range(first, within.last + 1)]
    middle = fmean([one for one in known if one is not None]) if values else 0.0
    off = [0.0 if one is None else one - middle for one in known]
    counts = [0, *accumulate(one is not None for one in known)]
    sums = [0.0, *accumulate(off)]
    squares = [0.0, *accumulate(map(mul, off, off))]
    found = {}
    for start in range(within.days):
        cut, end = start + BASELINE_DAYS, start + BASELINE_DAYS + WEEK
        n, many = counts[end] - counts[cut], counts[cut] - counts[start]
        if n < WEEK_FLOOR or many < BASELINE_FLOOR:
            continue
        total = sums[cut] - sums[start]
        variance = (squares[cut] - squares[start] - total * total / many) / (many - 1)
        if variance > _LEAST_VARIANCE:
            away = (sums[end] - sums[cut]) / n - total / many
            z = away / math.sqrt(variance * (1 / n + 1 / many))
            found[within.first + start] = round(z, _EVEN)
    return found


def judge(values: Points, last: int) -> Judged | None:
    """Judge the week that ends on a day; None where it has no distance.

    With 26 weeks of past days (182) its p is its rank among the weeks that ended on the 365 days
    before it, none of which it overlaps; before that it is `_by_formula`'s. Of the last year's
    weeks the earlier ones are ranked among fewer, 182 at least.
    """
    away = distances(values, Dates.ending(last, _LOOK_BACK))
    if last not in away:
        return None
    ranks = _ranks(away, Dates.ending(last, PAST))
    rank = ranks[last]
    enough = [one.p for one in ranks.values() if one.past >= RANK_FLOOR]
    p, phi = rank.p, None
    if rank.past < RANK_FLOOR:
        p, phi = _by_formula(values, last, away)
    return Judged(p, away[last], rank, phi, len(enough), sum(one < 0.05 for one in enough))


def _ranks(away: Mapping[int, float], dates: Dates) -> dict[int, Rank]:
    """Rank the week that ends on each of some dates among those of the year before it."""
    found: dict[int, Rank] = {}
    sizes = {at: abs(z) for at, z in away.items()}
    past: list[float] = []
    first = dates.first - WEEK - PAST + 1
    for at in range(first, dates.last - WEEK + 1):
        if at in sizes:
            insort(past, sizes[at])
        if at - PAST >= first and at - PAST in sizes:
            del past[bisect_left(past, sizes[at - PAST])]
        week = at + WEEK
        if week >= dates.first and week in sizes:
            found[week] = Rank(len(past), len(past) - bisect_left(past, sizes[week]))
    return found


def _by_formula(values: Points, last: int, away: Mapping[int, float]) -> tuple[float, float]:
    """Compute the p of a week before there are enough others, and the φ that it rests on.

    It is Student's of the distance through noise of first order, φ that of all days before the
    week, at most 365, plus its standard error, at most 0.9; SD and degrees of freedom are those of
    so many days of such noise. From two past weeks on it is Student's, too, of z over the root mean
    square of theirs; the larger p holds.
    """
    week = Dates.ending(last, WEEK)
    days = _values(values, week)
    before = _values(values, week.before(BASELINE_DAYS))
    history = {at: values[at] for at in _range(week.before(PAST)) if at in values}
    phi = persistence(history)
    phi = min(phi + math.sqrt((1 - phi * phi) / len(history)), 0.9)
    n, many = len(days), len(before)
    spread = spread_of_mean(many, phi)
    inflation = min(many * spread, many - 2)  # days of the baseline that are worth one
    sd = deviation(before, sample=True) * math.sqrt((many - 1) / (many - inflation))
    t = (fmean(days) - fmean(before)) / (sd * math.sqrt(spread_of_mean(n, phi) + spread))
    p = student(t, max(many / inflation - 1, 1.0))
    past = [z for at, z in away.items() if last - WEEK - PAST < at <= last - WEEK]
    usual = math.sqrt(fmean([z * z for z in past])) if len(past) >= _SCALE_FLOOR else 0.0
    if usual:
        p = max(p, student(away[last] / usual, len(past) / WEEK))
    return p, phi


def _range(dates: Dates) -> range:
    return range(dates.first, dates.last + 1)


def _values(values: Points, dates: Dates) -> list[float]:
    return [values[at] for at in _range(dates) if at in values]
