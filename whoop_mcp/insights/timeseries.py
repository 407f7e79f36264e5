"""Compute with series of days that have gaps: autocorrelation, ranks, trends taken off.

Points are a mapping of day numbers (proleptic ordinals) to values, and a day that is not in it is
a gap: neighbours are always true calendar neighbours. Lag-1 autocorrelation is corrected for
short series and clipped wherever it widens an interval.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import mul
from statistics import NormalDist, fmean
from typing import NamedTuple

Points = Mapping[int, float]

Z = NormalDist().inv_cdf(0.975)
"""1.96: how many standard errors a 95 % interval reaches to each side."""

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)

_EVEN = 9  # digits of an SD: below it differences are the arithmetic's, and are ties
_WEEKDAYS_FROM = 42  # points: six weeks
_SLOW = 90  # days of a wave, from which on it is taken off


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


def in_short(text: str, year: str = "") -> str:
    """Write `2026-11-26` as `26 Nov`, or as `26 Nov 2026` where it is not of this `year`."""
    one = date.fromisoformat(text)
    words = f"{one.day} {MONTHS[one.month - 1][:3]}"
    return words if text[:4] == year else f"{words} {one.year}"


def varies(values: Sequence[float]) -> bool:
    """Tell whether there are at least two different values."""
    return len(values) > 1 and min(values) < max(values)


def deviation(values: Sequence[float], *, sample: bool = False) -> float:
    """Return the SD of some values, of the population or of a sample, correctly rounded.

    It is that of `statistics`, but computed in whole numbers, which is faster than in fractions.
    """
    ratios = [value.as_integer_ratio() for value in values]
    scale = max(below for _, below in ratios)  # a power of 2, as each of them is
    whole = [above * (scale // below) for above, below in ratios]
    n = len(whole)
    squares = n * sum(map(mul, whole, whole)) - sum(whole) ** 2
    return _root(squares, n * (n - sample) * scale * scale)


def _root(squares: int, divisor: int) -> float:
    """Return the root of a ratio, correctly rounded."""
    # It is found with 54 bits or a few more, the last of them set where there are more still: so
    # the division rounds as if it had them all.
    shift = (squares.bit_length() - divisor.bit_length() - 109) // 2
    above, below = squares << max(-2 * shift, 0), divisor << max(2 * shift, 0)
    root = math.isqrt(above // below)
    root |= root * root * below != above
    return float(root << shift) if shift > 0 else root / (1 << -shift)


def autocorrelation(points: Points, lag: int) -> float:
    """Return the mean product of deviations `lag` days apart, over the mean squared deviation; 0
    where nothing varies or no two days are so far apart."""
    *_, found = autocorrelations(points, lag)
    return found


def autocorrelations(points: Points, lags: int) -> Iterator[float]:
    """Compute the autocorrelation of each lag from 1 to `lags`, as each is asked for."""
    values = list(points.values())
    if not varies(values):
        yield from [0.0] * lags
        return
    mean, first = fmean(values), min(points)
    # A gap counts as no deviation, which adds nothing to a sum.
    off = [0.0] * (max(points) - first + 1)
    known = 0  # a bit for each day that there is
    for at, value in points.items():
        off[at - first] = value - mean
        known |= 1 << (at - first)
    square = math.fsum(map(mul, off, off)) / len(values)
    for lag in range(1, lags + 1):
        pairs = (known & known >> lag).bit_count()
        yield math.fsum(map(mul, off, off[lag:])) / pairs / square if pairs else 0.0


def persistence(points: Points) -> float:
    """Return lag-1 autocorrelation φ, corrected for short series to φ + (1 + 4φ)/n, clipped to
    0–0.9."""
    if not varies(list(points.values())):
        return 0.0
    return corrected(autocorrelation(points, 1), len(points))


def corrected(phi: float, n: int) -> float:
    """Correct the lag-1 autocorrelation φ of n values for their number, and clip it to 0–0.9."""
    return min(max(phi + (1 + 4 * phi) / n, 0.0), 0.9)


def spread_of_mean(n: int, phi: float) -> float:
    """Return the variance of a mean of n neighbours with lag-1 autocorrelation φ, in variances of
    one: (1 + 2 Σ_{j<n} (1 − j/n) φ^j) / n."""
    return (1 + 2 * sum((1 - j / n) * phi**j for j in range(1, n))) / n


def two_sided(z: float) -> float:
    """Return the probability of a normal value at least so far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))


def ranks(values: Sequence[float]) -> list[float]:
    """Rank values from 1, ties sharing their average."""
    shared: dict[float, float] = {}
    before = 0
    for value, many in sorted(Counter(values).items()):
        shared[value] = before + (many + 1) / 2
        before += many
    return [shared[value] for value in values]


class Centred(NamedTuple):
    """The distances of ranks from their mean, and their SD."""

    off: list[float]
    deviation: float


def centred(ranks: Sequence[float]) -> Centred | None:
    """Take their mean off ranks; None where all are equal."""
    if not varies(ranks):
        return None
    mean = fmean(ranks)
    off = [one - mean for one in ranks]  # whole or half, so that their squares are exact
    return Centred(off, _root(int(4 * math.fsum(map(mul, off, off))), 4 * len(off)))


def correlation(x: Centred | None, y: Centred | None) -> float | None:
    """Return Pearson's r of two series' ranks, None where one of the two does not vary."""
    if x is None or y is None:
        return None
    return math.fsum(map(mul, x.off, y.off)) / (len(x.off) * x.deviation * y.deviation)


class Background(NamedTuple):
    """What is taken off series of the same days: their places by groups of weekdays, and an
    orthonormal basis of what else, each taken from its group's mean."""

    groups: list[list[int]]
    basis: list[list[float]]

    @property
    def columns(self) -> int:
        """The number of columns besides the mean."""
        return len(self.groups) - 1 + len(self.basis)


def background(days: Sequence[int]) -> Background:
    """Build the columns that are taken off a series of some days, oldest first: weekday means (a
    weekend step for Saturday and Sunday, under 42 days), a line, and the cosines over the N days
    from the first to the last that are slower than 90 days, cos(πk(t + ½)/N) with 2N/k > 90."""
    if not days:
        return Background([], [])
    groups: dict[int, list[int]] = {}
    for place, at in enumerate(days):
        group = weekday(at) if len(days) >= _WEEKDAYS_FROM else weekday(at) > 4
        groups.setdefault(group, []).append(place)
    whole = list(groups.values())
    first, n = days[0], days[-1] - days[0] + 1
    slow = [[math.cos(math.pi * k * (at - first + 0.5) / n) for at in days] for k in _slow(n)]
    columns = [_from_means(column, whole) for column in [[float(at - first) for at in days], *slow]]
    return Background(whole, _orthonormal(columns, len(days)))


def _slow(n: int) -> range:
    """Number the cosines over n days that are slower than 90 days."""
    return range(1, (2 * n - 1) // _SLOW + 1)


def _from_means(column: Sequence[float], groups: Sequence[Sequence[int]]) -> list[float]:
    """Take each value from the mean of its group of places."""
    left = [0.0] * len(column)
    for places in groups:
        mean = math.fsum([column[place] for place in places]) / len(places)
        for place in places:
            left[place] = column[place] - mean
    return left


def detrended(points: Points, known: Background | None = None) -> tuple[dict[int, float], int]:
    """Take weekdays, line and slow waves (`background`) off a series, in its own SD; return what is
    left and the number of columns besides the mean that this took.

    What differs by less than 1e-9 SD is equal.
    """
    values = list(points.values())
    if not varies(values):
        return dict.fromkeys(points, 0.0), 0
    taken = known or background(list(points))
    residuals = _from_means(values, taken.groups)
    for vector in taken.basis:
        share = sum(map(mul, residuals, vector))
        residuals = [a - share * b for a, b in zip(residuals, vector, strict=True)]
    return _in_sds(points, residuals), taken.columns


def false_discovery(ps: Sequence[float]) -> list[float]:
    """Return Benjamini and Hochberg's q for each p: 10.1111/j.2517-6161.1995.tb02031.x."""
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    found, least = [0.0] * len(ps), 1.0
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[place] * len(ps) / rank)
        found[place] = least
    return found


def false_discovery_shared(
    kinds: Sequence[Sequence[float]], shares: Sequence[float]
) -> list[list[float]]:
    """Return the q of each p, where questions of several kinds are one family and each kind has its
    share of the level, however many it asks (weighted: Genovese 2006, 10.1093/biomet/93.3.509). No
    q is below its p.

    Of m questions, Benjamini and Hochberg's q are those of p·g·S/s/m, g being how many are of its
    kind, s the share of that, and S the shares of all kinds that ask anything.
    """
    total = sum(map(len, kinds))
    whole = sum(share for share, ps in zip(shares, kinds, strict=True) if ps)
    weighed = [
        p * len(ps) * whole / share / total
        for share, ps in zip(shares, kinds, strict=True)
        for p in ps
    ]
    found = iter(false_discovery(weighed))
    return [[min(max(p, next(found)), 1.0) for p in ps] for ps in kinds]


def _in_sds(points: Points, residuals: Sequence[float]) -> dict[int, float]:
    """Scale residuals to the SD of the points, without the arithmetic's own noise."""
    scale = deviation(list(points.values()))
    return {at: round(one / scale, _EVEN) for at, one in zip(points, residuals, strict=True)}


def _orthonormal(columns: Sequence[Sequence[float]], n: int) -> list[list[float]]:
    """Return an orthonormal basis of columns of n values, without those that depend on earlier
    ones or are nothing."""
    basis: list[list[float]] = []
    for column in columns:
        left = _without(column, basis)
        length = math.hypot(*left)
        if length > 1e-9 * (math.hypot(*column) + math.sqrt(n)):
            basis.append([one / length for one in left])
    return basis


def _without(column: Sequence[float], basis: Sequence[Sequence[float]]) -> list[float]:
    """Take the part in an orthonormal basis off a column; twice, against rounding."""
    left = list(column)
    for _ in range(2):
        for vector in basis:
            share = math.fsum(map(mul, left, vector))
            left = [a - share * b for a, b in zip(left, vector, strict=True)]
    return left


def weekday(number: int) -> int:
    """Return the weekday of a day number, Monday 0; ordinal 1 was a Monday."""
    return (number - 1) % 7
