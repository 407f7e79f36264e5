"""Fit a slope that a few odd days cannot move, and tell how far the person's own past moves one.

Noise that wanders (a season, a slow walk, long memory) makes slopes that no formula for independent
days foresees. But it has made them before: how steep the earlier stretches of as many days were,
without anything to explain it, is how steep chance makes one. Of a long period there are too few
such stretches to know that well: there the spectrum of the days before it tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import mul
from statistics import fmean, median
from typing import NamedTuple

from . import wander
from .student import critical, student
from .timeseries import Dates, Points, varies

MOST_DAILY = 400
"""The most points that a slope is taken over: the number of their pairs is its square."""

LEVEL = 0.05
"""The probability that an interval leaves out."""

YEAR, NEAR = 365, 7
"""How many days before are the same weeks of the year, and how many more or fewer may be."""

LONG = 60
"""The days from which on a period's chance is told by the spectrum of the days before it."""

_ENOUGH = 0.75  # of the period's days with a value: what a stretch needs to be set beside it
_MANY = 4000  # values
_PERIODS = 2  # of as many days, before a long one, that its spectrum needs


class Noise(NamedTuple):
    """How far chance moves a slope: its standard error, per day, with the degrees of freedom that
    this is known with, and the number of earlier stretches that it comes from."""

    error: float
    freedom: float
    stretches: int

    def p(self, slope: float) -> float:
        """Return the probability of a slope at least so steep where nothing rises or falls."""
        return student(slope / self.error, self.freedom)

    def interval(self, slope: float) -> tuple[float, float]:
        """Return the slope's 95 % interval: it leaves 0 out where `p` is below 0.05, and there
        alone."""
        reach = critical(self.freedom) * self.error
        return slope - reach, slope + reach

    @property
    def past(self) -> dict[str, int]:
        return {"past_stretches": self.stretches}


class Wandering(NamedTuple):
    """How far chance moves the slope of a long period: its variance under each spectrum that may
    be that of the `days` before it which are known."""

    fitted: wander.Fitted
    days: int

    @property
    def error(self) -> float:
        """The root of the mean variance, by the spectra's weights."""
        return math.sqrt(math.fsum(map(mul, self.fitted.weights, self.fitted.variances)))

    @property
    def freedom(self) -> float:
        return float(self.fitted.freedom)

    def p(self, slope: float) -> float:
        """Return the probability of a slope at least so steep where nothing rises or falls."""
        return wander.chance(self.fitted, slope)

    def interval(self, slope: float) -> tuple[float, float]:
        """Return the slope's 95 % interval, as that of `Noise`."""
        reach = wander.reach(self.fitted, LEVEL)
        return slope - reach, slope + reach

    @property
    def past(self) -> dict[str, int]:
        return {"past_days": self.days}


class Past(NamedTuple):
    """Least-squares slopes, per day, of earlier stretches, each by the first day of its stretch,
    and each with its sum of squared distances from the middle of its days."""

    slopes: dict[int, float]
    spreads: dict[int, int | float]


def theil_sen(points: Points, middle: float | None = None) -> float | None:
    """Return the median of all pairwise slopes, per day; None where nothing varies. Sen 1968,
    10.1080/01621459.1968.10480934.

    With the `middle` of a period, pairs of a day before it and one after count twice: a level that
    changed and stayed is seen better so, and one that rose evenly hardly worse.
    """
    if not varies(list(points.values())):
        return None
    line = sorted(points.items())
    before = 0 if middle is None else sum(at < middle for at in points)
    later = 0 if middle is None else sum(at <= middle for at in points)
    slopes: list[float] = []
    for place, (s, a) in enumerate(line, start=1):
        found = [(b - a) / (t - s) for t, b in line[place:]]
        slopes += found
        if place <= before:
            slopes += found[later - place :]
    return _median(slopes)


def _median(values: Sequence[float]) -> float:
    """Return the median; of many values without sorting those that are far from it."""
    n = len(values)
    if n < _MANY:
        return median(values)
    sample = sorted(values[:: n // 1000])
    centre, margin = len(sample) // 2, len(sample) // 12
    low, high = sample[centre - margin], sample[centre + margin]
    near = sorted([one for one in values if low <= one <= high])
    below = sum(map(low.__gt__, values))
    first, second = (n - 1) // 2 - below, n // 2 - below
    if first < 0 or second >= len(near):
        return median(values)
    return (near[first] + near[second]) / 2


def weights(points: Points, middle: float) -> dict[int, float]:
    """Return what each day weighs in that median: how many of its pairs it is the later day of, and
    how many the earlier, each less the mean, and so that a straight line has its slope."""
    line = sorted(points)
    n, before = len(line), sum(at < middle for at in line)
    after = sum(at > middle for at in line)
    scores = [
        2 * place + 1 - n + (-after if at < middle else before if at > middle else 0)
        for place, at in enumerate(line)
    ]
    mean, since = fmean(scores), line[0]
    off = [one - mean for one in scores]
    rise = math.fsum(one * (at - since) for one, at in zip(off, line, strict=True))
    return {at: one / rise for at, one in zip(line, off, strict=True)}


def wandering(
    points: Points, history: Points, period: Dates, spectra: wander.Spectra
) -> Wandering | None:
    """Tell how far chance moves the slope of a long period, by the spectrum of the days before it;
    None where nothing in them varies. `history` may hold later days, which are not looked at."""
    before = {at: value for at, value in history.items() if at < period.first}
    if not varies(list(before.values())):
        return None
    mean = fmean(before.values())
    # Where a contrast lies changes nothing of its variance: so it is put at the end of the days
    # before, which it must not make longer nor, where the last is missing, shorter.
    contrast = weights(points, (period.first + period.last) / 2)
    earlier = {at - period.days: weight for at, weight in contrast.items()}
    earlier.setdefault(period.first - 1, 0.0)
    fitted = spectra.fit({at: value - mean for at, value in before.items()}, earlier)
    return fitted and Wandering(fitted, len(before))


def reaches(points: Points, history: Points, period: Dates) -> bool:
    """Tell whether two periods of as many days are known before a long one, three quarters as well
    as it is."""
    before = [at for at in history if at < period.first]
    return (
        len(before) >= _ENOUGH * _PERIODS * len(points)
        and period.first - min(before) >= _PERIODS * period.days
    )


def has_same_weeks(points: Points, history: Points, period: Dates) -> bool:
    """Tell whether the same weeks of the year before are known, three quarters as well as these."""
    first = period.first - YEAR
    year_before = sum(at in history for at in range(first, first + period.days))
    return min(history, default=first + YEAR) <= first + NEAR and year_before >= _ENOUGH * len(
        points
    )


def past(points: Points, history: Points, period: Dates) -> Past:
    """Fit a straight line to each stretch of as many days as the period that ends before it.

    A stretch counts that has values on at least three quarters as many days as the period has in
    `points`. `history` may hold later days, which are not looked at.
    """
    length, least = period.days, max(_ENOUGH * len(points), 2)
    before = {at: value for at, value in history.items() if at < period.first}
    found = Past({}, {})
    if len(before) < least:
        return found
    first, mean = min(before), fmean(before.values())
    days = range(period.first - first)
    known = [at + first in before for at in days]
    off = [before.get(at + first, mean) - mean for at in days]  # a gap adds nothing to a sum
    n = _summed(known)
    t = _summed(at * there for at, there in zip(days, known, strict=True))
    tt = _summed(at * at * there for at, there in zip(days, known, strict=True))
    x = _summed(off)
    tx = _summed(at * value for at, value in zip(days, off, strict=True))
    for at in range(len(days) - length + 1):
        to = at + length
        many = n[to] - n[at]
        if many >= least:
            sum_t = t[to] - t[at]
            spread = tt[to] - tt[at] - sum_t * sum_t / many
            together = tx[to] - tx[at] - sum_t * (x[to] - x[at]) / many
            found.slopes[at + first] = together / spread
            found.spreads[at + first] = spread
    return found


def noise(points: Points, before: Past, length: int) -> Noise | None:
    """Tell how far chance moves the slope of a period of `length` days, by the stretches before it;
    None where these are no more than its days, or nothing in them varies.

    The error is the root of the mean square of their slopes; that of a stretch with more days than
    the period, or days further apart, counts as much more as its slope is surer.
    """
    many = len(before.slopes)
    if many <= length:
        return None
    middle = fmean(points)
    now = math.fsum((at - middle) ** 2 for at in points)
    squares = math.fsum(
        slope * slope * max(1.0, spread / now)
        for slope, spread in zip(before.slopes.values(), before.spreads.values(), strict=True)
    )
    return Noise(math.sqrt(squares / many), freedom(many, length), many) if squares else None


def freedom(many: int, length: int) -> float:
    """Return how many independent stretches so many overlapping ones of this length are worth.

    It is m²/Σᵢⱼ r(|i−j|/length)² over all pairs of the m stretches, r being the correlation of the
    slopes of two stretches of a random walk, (1−u)³·(1+3u+u²) where the share u of their length
    lies between them: of noise that wanders less, slopes agree less, and more are independent.
    """
    alike = 0.0
    for apart in range(1, min(many, length)):
        u = apart / length
        alike += (many - apart) * ((1 - u) ** 3 * (1 + 3 * u + u * u)) ** 2
    return many * many / (many + 2 * alike)


def thinned(points: Points) -> tuple[dict[int, float], int]:
    """Thin out to at most 400 points: the days themselves, else medians of whole weeks or of four,
    counted back from the last day; return them and the number of days that each stands for."""
    if not points:
        return {}, 1
    first, last = min(points), max(points)
    block = next((one for one in (1, 7) if (last - first) // one < MOST_DAILY), 28)
    blocks: dict[int, list[float]] = {}
    for at, value in points.items():
        blocks.setdefault(-((last - at) // block), []).append(value)
    return {at: median(found) for at, found in blocks.items()}, block


def _summed(values: Iterable[float]) -> list[float]:
    """Return the sums of the values up to each place, from 0 of none to the one of all."""
    return list(accumulate(values, initial=0))
