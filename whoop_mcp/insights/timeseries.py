"""Compute with series of days that have gaps: autocorrelation, slopes, ranks, trends taken off.

Points are a mapping of day numbers (proleptic ordinals) to values, and a day that is not in it is
a gap: neighbours are always true calendar neighbours. Lag-1 autocorrelation is corrected for
short series and clipped wherever it widens an interval.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, takewhile
from statistics import NormalDist, fmean, median, pstdev
from typing import NamedTuple

Points = Mapping[int, float]

Z = NormalDist().inv_cdf(0.975)
"""1.96: how many standard errors a 95 % interval reaches to each side."""

MOST_DAILY = 400
"""The most points that a slope is taken over: the number of their pairs is its square."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)

_EVEN = 9  # digits of an SD: below it differences are the arithmetic's, and are ties
_WEEKDAYS_FROM = 42  # points: six weeks
_LAGS = 28  # days


class Dates(NamedTuple):
    """Local dates from `first` to `last`, both included, as day numbers."""

    first: int
    last: int

    @classmethod
    def ending(cls, last: int, days: int) -> Dates:
        """Return so many days up to the last one."""
        return cls(last - days + 1, last)

    def before(self, days: int) -> Dates:
        """Return so many days just before these."""
        return Dates(self.first - days, self.first - 1)

    def as_window(self) -> dict[str, str]:
        """Write them as `{"start", "end"}`: the end is exclusive."""
        return {"start": day(self.first), "end": day(self.last + 1)}

    @property
    def days(self) -> int:
        return self.last - self.first + 1


def number(text: str) -> int:
    """Return the day number of a bare date."""
    return date.fromisoformat(text).toordinal()


def day(number: int) -> str:
    """Return the bare date of a day number."""
    return date.fromordinal(number).isoformat()


def in_words(text: str, *, weekday: bool = False) -> str:
    """Write `2026-04-21` as `21 April 2026`, or as `Tue 21 April 2026`; in English whatever the
    computer's own language is."""
    one = date.fromisoformat(text)
    words = f"{one.day} {MONTHS[one.month - 1]} {one.year}"
    return f"{WEEKDAYS[one.weekday()]} {words}" if weekday else words


def varies(values: Sequence[float]) -> bool:
    """Tell whether there are at least two different values."""
    return len(values) > 1 and min(values) < max(values)


def autocorrelation(points: Points, lag: int) -> float:
    """Return the mean product of deviations `lag` days apart, over the mean squared deviation; 0
    where nothing varies or no two days are so far apart."""
    if not varies(list(points.values())):
        return 0.0
    mean = fmean(points.values())
    off = {at: value - mean for at, value in points.items()}
    products = [off[at] * off[at + lag] for at in off if at + lag in off]
    if not products:
        return 0.0
    return fmean(products) / fmean(value * value for value in off.values())


def persistence(points: Points) -> float:
    """Return lag-1 autocorrelation φ, corrected for short series to φ + (1 + 4φ)/n, clipped to
    0–0.9."""
    if not varies(list(points.values())):
        return 0.0
    phi = autocorrelation(points, 1)
    return min(max(phi + (1 + 4 * phi) / len(points), 0.0), 0.9)


def spread_of_mean(n: int, phi: float) -> float:
    """Return the variance of a mean of n neighbours with lag-1 autocorrelation φ, in variances of
    one: (1 + 2 Σ_{j<n} (1 − j/n) φ^j) / n."""
    return (1 + 2 * sum((1 - j / n) * phi**j for j in range(1, n))) / n


def two_sided(z: float) -> float:
    """Return the probability of a normal value at least so far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))


def ranks(values: Sequence[float]) -> list[float]:
    """Rank values from 1, ties sharing their average."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(place)
    shared = {value: fmean(found) for value, found in places.items()}
    return [shared[value] for value in values]


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return Pearson's r, None where one of the two does not vary."""
    if not (varies(x) and varies(y)):
        return None
    mean_x, mean_y = fmean(x), fmean(y)
    across = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return across / (len(x) * pstdev(x) * pstdev(y))


def detrended(points: Points) -> tuple[dict[int, float], int]:
    """Take linear trend and weekday means off a series, in its own SD; return what is left and the
    number of columns besides the mean that this took.

    Under 42 points a weekend step (Saturday, Sunday) stands for the weekdays. What differs by less
    than 1e-9 SD is equal.
    """
    days, values = list(points), list(points.values())
    if not varies(values):
        return dict.fromkeys(days, 0.0), 0
    middle = fmean(days)
    columns = [[1.0] * len(days), [at - middle for at in days]]
    if len(days) < _WEEKDAYS_FROM:
        columns.append([float(weekday(at) > 4) for at in days])
    else:
        columns += [[float(weekday(at) == one) for at in days] for one in range(1, 7)]
    basis = _orthonormal(columns)
    return _in_sds(points, _without(values, basis)), len(basis) - 1


class Slope(NamedTuple):
    """A robust slope per day with its 95 % interval, and the `p` of there being none.

    The interval is infinite where so few days are independent that all slopes together are no 95 %.
    """

    value: float
    low: float
    high: float
    phi: float
    p: float


def theil_sen(points: Points, history: Points) -> Slope | None:
    """Return the median of all pairwise slopes, with Sen's rank interval, its variance ×
    (1+φ)/(1−φ), φ of the residuals. None where nothing varies.

    `p` is Kendall's test with the same variance, or with that of slopes through noise as persistent
    as `history`, if that is larger: a few weeks are too short to show slow waves. Sen 1968,
    10.1080/01621459.1968.10480934.
    """
    if not varies(list(points.values())):
        return None
    pairs = combinations(sorted(points.items()), 2)
    slopes = sorted((b - a) / (t - s) for (s, a), (t, b) in pairs)
    slope = median(slopes)
    middle = fmean(points)
    phi = persistence(
        _in_sds(points, [value - slope * (at - middle) for at, value in points.items()])
    )
    n = len(points)
    ties = Counter(points.values()).values()
    white = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    inflation = (1 + phi) / (1 - phi)
    sigma = math.sqrt(white * inflation)
    low, high = round((len(slopes) - Z * sigma) / 2) - 1, round((len(slopes) + Z * sigma) / 2)
    interval = (-math.inf, math.inf)
    if low >= 0 and high < len(slopes):
        interval = (slopes[low], slopes[high])
    rises = sum((one > 0) - (one < 0) for one in slopes)
    wider = math.sqrt(white * max(inflation, slope_inflation(list(points), history)))
    p = two_sided(max(abs(rises) - 1, 0) / wider)
    return Slope(slope, *interval, phi, p)


def slope_inflation(days: Sequence[int], history: Points) -> float:
    """Return the variance of a least-squares slope over some days through noise that has the
    autocorrelations of a history without its trend, over that through white noise; up to the lag
    of 28 days, or the first before it at which they are gone."""
    values = list(history.values())
    if not varies(values):
        return 1.0
    middle = fmean(history)
    basis = _orthonormal([[1.0] * len(values), [at - middle for at in history]])
    residuals = _in_sds(history, _without(values, basis))
    middle = fmean(days)
    weight = {at: at - middle for at in days}

    def products(lag: int) -> float:
        return math.fsum(one * weight.get(at + lag, 0.0) for at, one in weight.items())

    found = (autocorrelation(residuals, j) for j in range(1, _LAGS + 1))
    alike = enumerate(takewhile(lambda r: r > 1e-9, found), start=1)
    return 1 + 2 * math.fsum(r * products(j) for j, r in alike) / products(0)


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


def false_discovery(ps: Sequence[float]) -> list[float]:
    """Return Benjamini and Hochberg's q for each p: 10.1111/j.2517-6161.1995.tb02031.x."""
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    found, least = [0.0] * len(ps), 1.0
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[place] * len(ps) / rank)
        found[place] = least
    return found


def _in_sds(points: Points, residuals: Sequence[float]) -> dict[int, float]:
    """Scale residuals to the SD of the points, without the arithmetic's own noise."""
    scale = pstdev(points.values())
    return {at: round(one / scale, _EVEN) for at, one in zip(points, residuals, strict=True)}


def _orthonormal(columns: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return an orthonormal basis of the columns, without those that depend on earlier ones."""
    basis: list[list[float]] = []
    for column in columns:
        left = _without(column, basis)
        length = math.hypot(*left)
        if length > 1e-9 * math.hypot(*column):
            basis.append([one / length for one in left])
    return basis


def _without(column: Sequence[float], basis: Sequence[Sequence[float]]) -> list[float]:
    """Take the part in an orthonormal basis off a column; twice, against rounding."""
    left = list(column)
    for _ in range(2):
        for vector in basis:
            share = math.fsum(a * b for a, b in zip(left, vector, strict=True))
            left = [a - share * b for a, b in zip(left, vector, strict=True)]
    return left


def weekday(number: int) -> int:
    """Return the weekday of a day number, Monday 0; ordinal 1 was a Monday."""
    return (number - 1) % 7
