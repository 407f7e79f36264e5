"""Compare days with and without something, and tell chance by shifting them along the calendar.

Both series keep their own rhythm under a shift, and only their meeting is undone: so the figures of
all shifts together tell how far chance alone would take the true one, however sluggish the two are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from .student import critical, student
from .timeseries import Points, deviation, varies, weekday

WEEK = 7
LEAST_DAYS = 42
"""Days that an outcome must be known on: six weeks, from which on weekdays have a mean each."""

SLOWER = 90  # days: what goes up and down more slowly is a season's, not a day's
_DIGITS = 9
_SCALE = 10**9  # what is left of a series is whole in so many parts of its SD
_BYTES = 9  # of a sum of products: 72 bits; by Cauchy and Schwarz none is above days · 10¹⁸
_LEAST_WEEKS = 20  # shifts by whole weeks that can tell a spread
_HALF = 1 << 8 * _BYTES - 1
_LEVEL = 0.05


class Outcome(NamedTuple):
    """A series without what is slow or weekly in it, on a circle of whole weeks: its first day, its
    days, a bit for each day that it is known on; what is left of it as the digits of one number, in
    parts of `unit`, its SD; how much the fit has lessened the variance, its freedom and its t of
    5 %; the spread of each weekday from the first day's on, as a share of the whole."""

    first: int
    days: int
    known: int
    number: int
    unit: float
    inflation: float
    freedom: int
    edge: float
    weekdays: list[float]


class Marks(NamedTuple):
    """What n days of an outcome are compared by, likewise: `backward` has its digits in the other
    order, `square` is their sum of squares, `alike` are its own sums of products by shift,
    `weights` are n/n_k, 0 of a shift that is left out, and `weekdays` the part that each has in
    `square`; `edge` is the t of 5 % for shifts by whole weeks."""

    n: int
    backward: int
    unit: float
    square: int
    alike: list[float]
    weights: list[float]
    weekdays: list[float]
    edge: float

    @property
    def contrasted(self) -> float:
        """The sum of squares in its own unit: ten days with and ten without have 5."""
        return self.square * (self.unit / _SCALE) ** 2

    @property
    def share(self) -> float:
        """The part of its variance that trend and weekdays do not tell."""
        return self.square / _SCALE**2 / self.n


class Contrast(NamedTuple):
    """The difference that something makes to an outcome, in its unit, with the 95 % interval and p
    of one and the same test; `before` is the difference a day earlier. Interval and p are None
    where the days with it come in so few stretches that the interval has no end."""

    value: float
    ci: tuple[float, float] | None
    p: float | None
    before: float
    shifts: int


class Slow:
    """Take off series what is slow or weekly in them: weekday means, a trend, and cosines of more
    than 90 days; what that takes is known once for all series of the same days."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[list[list[int]], list[list[float]]]] = {}

    def without(self, points: Points) -> tuple[dict[int, float], int]:
        """Return what is left of a series, in its SD to nine digits, and how many columns besides
        the mean that took. A weekend step stands for the weekdays under 42 points."""
        days = tuple(points)
        found = self._known.get(days)
        if found is None:
            found = self._known[days] = _basis(days)
        groups, basis = found
        left = _cleared(list(points.values()), groups, basis)
        scale = deviation(list(points.values()))
        return {at: round(one / scale, _DIGITS) for at, one in zip(days, left, strict=True)}, len(
            groups
        ) - 1 + len(basis)


def _basis(days: Sequence[int]) -> tuple[list[list[int]], list[list[float]]]:
    """Return the places of each weekday among some days, and orthonormal columns of what is slow,
    without the weekdays' means."""
    by_weekday: dict[int, list[int]] = {}
    for place, at in enumerate(days):
        group = weekday(at) if len(days) >= LEAST_DAYS else weekday(at) > 4
        by_weekday.setdefault(group, []).append(place)
    groups = list(by_weekday.values())
    length = _weeks(days)
    since = [at - days[0] + 0.5 for at in days]
    columns = [since] + [
        [math.cos(math.pi * j * at / length) for at in since]
        for j in range(1, 2 * length // SLOWER + 1)
    ]
    basis: list[list[float]] = []
    for column in columns:
        left = _cleared(column, groups, basis)
        size = math.sqrt(sum(map(mul, left, left)))
        if size > 1e-6 * math.sqrt(sum(map(mul, column, column))):
            basis.append([one / size for one in left])
    return groups, basis


def _cleared(
    column: Sequence[float], groups: Sequence[Sequence[int]], basis: Sequence[Sequence[float]]
) -> list[float]:
    """Take the weekdays' means and an orthonormal basis off a column; twice, against rounding."""
    left = list(column)
    for _ in range(2):
        for places in groups:
            mean = sum([left[place] for place in places]) / len(places)
            for place in places:
                left[place] -= mean
        for vector in basis:
            share = sum(map(mul, left, vector))
            left = [one - share * other for one, other in zip(left, vector, strict=True)]
    return left


def _weeks(days: Sequence[int]) -> int:
    """Return the days of the whole weeks from the first of some days to the last."""
    return -(-(days[-1] - days[0] + 1) // WEEK) * WEEK


def outcome(points: Points, slow: Slow | None = None) -> Outcome | None:
    """Take what is slow or weekly off an outcome, its days in their order; None where it is too
    short, or where nothing is left of it."""
    if len(points) < LEAST_DAYS or not varies(list(points.values())):
        return None
    left, columns = (slow or Slow()).without(points)
    first, last = min(points), max(points)
    days = _weeks(list(points))
    freedom = len(points) - columns - 1
    placed = _placed(left, first, days)
    usual = sum(map(mul, placed, placed)) / len(points)
    if not usual:
        return None
    by_weekday = [
        [left[at] for at in range(first + one, last + 1, WEEK) if at in left] for one in range(WEEK)
    ]
    return Outcome(
        first,
        days,
        _known(points, first),
        _as_number(placed),
        deviation(list(points.values())),
        len(points) / freedom,
        freedom,
        critical(freedom),
        [
            sum(map(mul, one, one)) / len(one) / (usual / _SCALE**2) if one else 1.0
            for one in by_weekday
        ],
    )


def marks(x: Points, y: Outcome, slow: Slow | None = None) -> Marks | None:
    """Take the same off what days are compared by, each a day of the outcome, in their order; None
    where nothing is left of it."""
    placed = _placed((slow or Slow()).without(x)[0], y.first, y.days)
    square = sum(map(mul, placed, placed))
    if not square:
        return None
    number, backward = _as_number(placed), _as_number([placed[-at] for at in range(y.days)])
    n, known, whole = len(x), _known(x, y.first), (1 << y.days) - 1
    weights = []
    for k in range(y.days):
        both = ((known << k | known >> y.days - k) & whole & y.known).bit_count()
        weights.append(n / both if 2 * both >= n else 0.0)
    alike = list(map(float, products(backward, number, y.days)))
    weekdays = [sum(map(mul, one, one)) / square for one in (placed[d::WEEK] for d in range(WEEK))]
    edge = critical(_freedom_of_weeks(weights, y))
    return Marks(n, backward, deviation(list(x.values())), square, alike, weights, weekdays, edge)


def contrast(x: Marks, y: Outcome) -> Contrast:
    """Compare an outcome's days by `x` (1 with, 0 without, or anything between): least squares,
    what is slow or weekly being taken off both.

    Each shift k gives T_k = √(n/n_k) · Σ x(t − k)·y(t) / Σ x(t)², n_k of the n days being known of
    both; one that has under n/2 is left out. The difference is T_0, and p is Student's for T_0/√V.
    V is the mean of all other T_k², times W where that is above 1: x may lie on weekdays on which y
    is spread more than on others, and W is y's spread by weekday, weighed by the part that each has
    in Σ x². Where there are 20 shifts by whole weeks, p is also that of their mean square, with as
    many degrees of freedom, and the larger one counts: these alone keep a weekly rhythm that comes
    and goes. The interval has each d that the same test does not refuse once d·x is taken off y: 0
    is in it exactly where p is 0.05 or more.
    """
    found = list(map(float, products(x.backward, y.number, y.days)))
    unit = y.unit / x.unit
    value, before = found[0] / x.square, found[-1] / x.square
    weighed = list(map(mul, found, x.weights))
    sides = list(map(mul, x.alike, x.weights))
    terms = (
        list(map(mul, weighed, found)),
        list(map(mul, weighed, x.alike)),
        list(map(mul, sides, x.alike)),
    )
    wider = max(sum(map(mul, x.weekdays, y.weekdays)), 1.0)
    p, intervals, shifts = 0.0, [], 0
    for step, least, widened in ((1, 1, wider), (WEEK, _LEAST_WEEKS, 1.0)):
        many = sum(map(bool, x.weights[step::step]))
        if many < least:
            continue
        edge, freedom = y.edge, y.freedom
        if step == WEEK:
            edge, freedom = x.edge, _freedom_of_weeks(x.weights, y)
        scale = y.inflation * widened / many / float(x.square) ** 2
        of_y, of_both, of_x = (scale * sum(one[step::step]) for one in terms)
        reach = edge**2
        intervals.append(_not_refused(value, reach * of_y, reach * of_both, reach * of_x))
        p = max(p, student(value / math.sqrt(of_y), freedom) if of_y else 0.0)
        shifts = max(shifts, many)
    if None in intervals or not intervals:
        return Contrast(value * unit, None, None, before * unit, shifts)
    low = min(one[0] for one in intervals if one)
    high = max(one[1] for one in intervals if one)
    return Contrast(value * unit, (low * unit, high * unit), p, before * unit, shifts)


def _freedom_of_weeks(weights: Sequence[float], y: Outcome) -> int:
    return max(min(sum(map(bool, weights[WEEK::WEEK])), y.freedom), 1)


def _not_refused(value: float, a: float, b: float, c: float) -> tuple[float, float] | None:
    """Solve (value − d)² ≤ a − 2·b·d + c·d²; None where that has no end."""
    square, half, rest = 1 - c, value - b, value * value - a
    inside = half * half - square * rest
    if square <= 0 or inside < 0:
        return None
    root = math.sqrt(inside)
    return (half - root) / square, (half + root) / square


def products(backward: int, y: int, days: int) -> list[int]:
    """Sum x(t − k)·y(t) over a circle of days, for every k at once and exactly.

    Each series is one whole number with its days as digits, x with day −t in the place of t. The
    product has the sums as digits, and Python multiplies long numbers faster than a loop adds.
    """
    bits, text_size = 8 * _BYTES * days, _BYTES * days
    whole, product = (1 << bits) - 1, backward * y
    # Past the last day the circle begins again; half a digit more in each makes none negative.
    shifted = (product >> bits) + (product & whole) + _HALF * _ones(days)
    text = ((shifted & whole) + (shifted >> bits)).to_bytes(text_size + 1, "little")
    return [
        int.from_bytes(text[at : at + _BYTES], "little") - _HALF
        for at in range(0, text_size, _BYTES)
    ]


def _as_number(values: Sequence[int]) -> int:
    """Make one number of signed digits, the first one lowest."""
    text = b"".join([(one + _HALF).to_bytes(_BYTES, "little") for one in values])
    return int.from_bytes(text, "little") - _HALF * _ones(len(values))


def _ones(days: int) -> int:
    return int.from_bytes((b"\1" + bytes(_BYTES - 1)) * days, "little")


def _known(points: Points, first: int) -> int:
    return sum(1 << at - first for at in points)


def _placed(left: Points, first: int, days: int) -> list[int]:
    found = [0] * days
    for at, value in left.items():
        found[at - first] = round(value * _SCALE)
    return found
