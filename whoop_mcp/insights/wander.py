"""Tell how far two means of a series lie apart by chance, where the series wanders.

Days in a row are alike, and a few weeks cannot show how much: so the spectrum of a longer history
is fitted, and the variance of a contrast of days is what that spectrum lets through. Eighteen
shapes are fitted at once and weighed by their likelihood (Whittle 1953, 10.1007/BF02590998): power
laws, from white noise over long memory to a random walk and beyond, and white noise upon a random
walk.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from operator import mul, truediv
from typing import Any, NamedTuple

from .student import student

SHORTEST_WAVE = 14
"""Days: what is quicker than a fortnight tells nothing of slow waves."""

ALLOWANCE = 1.06
"""What a variance is multiplied by, for noise that none of the shapes fits (ten kinds tried)."""

_POWERS = [step / 10 for step in range(1, 13)]  # half the slope of a power law
_LEAST_KEPT = 0.5  # of the days that have a neighbour
_KNEES = (400, 200, 100, 50, 25)  # days, below which a random walk shows in white noise


class Fitted(NamedTuple):
    """The contrast's variance under each shape, each shape's weight, and the degrees of freedom
    that its scale is known with."""

    variances: list[float]
    weights: list[float]
    freedom: int


Shape = Callable[[float], float]
"""The power of a frequency in cycles a day, but for the scale."""


def _power_law(d: float) -> Shape:
    return lambda f: (2 * math.sin(math.pi * f)) ** (-2 * d)


def _walk_below(days: int) -> Shape:
    return lambda f: 1 + (1 / days / f) ** 2


SHAPES = (
    (_power_law(0), 1 / 3),
    *((_power_law(d), 1 / 3 / len(_POWERS)) for d in _POWERS),
    *((_walk_below(days), 1 / 3 / len(_KNEES)) for days in _KNEES),
)
"""The shapes of a spectrum that are tried, and the weight that each has beforehand."""


class Spectra:
    """Fit spectra to the histories of one answer, most of which are equally long and lack the same
    days: what depends on that alone is computed once."""

    def __init__(self) -> None:
        self._at_waves: dict[int, list[list[float]]] = {}
        self._on_grid: dict[int, list[list[float]]] = {}
        self._turned: dict[int, list[tuple[list[float], list[float]]]] = {}
        self._let_through: dict[tuple[Any, ...], list[float]] = {}

    def fit(self, residuals: Mapping[int, float], contrast: Mapping[int, float]) -> Fitted | None:
        """Fit the shapes to a history's residuals, by day number, and find a contrast's variance.

        The contrast is a weight for each day, together 0. Days that there are not count as no
        deviation. None where all is shorter than three fortnights, or does not vary.
        """
        first = min(min(residuals), min(contrast))
        length = max(max(residuals), max(contrast)) - first + 1
        waves = length // SHORTEST_WAVE
        turned = self._turned.get(length)
        if turned is None:
            turned = self._turned[length] = _turns(length, waves)
        powers = _periodogram({at - first: one for at, one in residuals.items()}, length, turned)
        if waves < 3 or not math.fsum(powers) > 0:
            return None
        shapes = self._at_waves.setdefault(length, [])
        if not shapes:
            steps = range(1, waves + 1)
            shapes += [[shape(step / length) for step in steps] for shape, _ in SHAPES]
        passed = self._passed({at - first: one for at, one in contrast.items()}, length)
        logs, variances = [], []
        least = 1e-9 * math.fsum(powers) / waves  # waves that were made good can come below 0
        for (_, before), coarse, through in zip(SHAPES, shapes, passed, strict=True):
            scale = max(math.fsum(map(truediv, powers, coarse)) / waves, least)
            likely = -waves * math.log(scale) - math.fsum(map(math.log, coarse))
            logs.append(math.log(before) + likely)
            variances.append(ALLOWANCE * scale * through)
        most = max(logs)
        weights = [math.exp(one - most) for one in logs]
        total = math.fsum(weights)
        return Fitted(variances, [one / total for one in weights], 2 * waves)

    def _passed(self, contrast: dict[int, float], length: int) -> list[float]:
        """Compute how much of the power of each shape a contrast lets through: the sum over a grid
        of a power of 2 of steps, at least twice the length.

        Of steep shapes it leaves out power below the first step, so it is less than the integral.
        It is kept: ALLOWANCE, and what noise was counted to claim, belong to this very sum.
        """
        key = (length, *contrast.items())
        if key not in self._let_through:
            size = 1 << (2 * length - 1).bit_length()
            values = [0j] * size
            for at, weight in contrast.items():
                values[at] += weight
            found = [abs(one) ** 2 * 2 / size for one in _fourier(values)[1 : size // 2 + 1]]
            found[-1] /= 2
            fine = self._on_grid.get(size)
            if fine is None:
                steps = range(1, len(found) + 1)
                fine = [[shape(step / size) for step in steps] for shape, _ in SHAPES]
                self._on_grid[size] = fine
            self._let_through[key] = [math.fsum(map(mul, found, dense)) for dense in fine]
        return self._let_through[key]


def chance(fitted: Fitted, difference: float) -> float:
    """Return the probability of a contrast at least so far from 0 where nothing differs."""
    return min(
        math.fsum(
            weight * student(difference / math.sqrt(variance), fitted.freedom)
            for variance, weight in zip(fitted.variances, fitted.weights, strict=True)
            if weight > 1e-12
        ),
        1.0,
    )


def reach(fitted: Fitted, p: float) -> float:
    """Return the contrast that chance comes to with the probability `p`."""
    return _where(lambda at: chance(fitted, at), p, 8 * math.sqrt(max(fitted.variances)))


def _where(falling: Callable[[float], float], p: float, high: float) -> float:
    """Find where a probability that falls from 1 comes to `p`, by the Illinois rule on its
    logarithm."""

    def above(at: float) -> float:
        return math.log(max(falling(at), 1e-300) / p)

    low, over = 0.0, above(0.0)
    while (under := above(high)) > 0:
        low, over, high = high, under, 2 * high
    side = 0
    for _ in range(200):
        at = (low * under - high * over) / (under - over)
        if not high - low > 1e-14 * high:
            break
        found = above(at)
        if abs(found) < 1e-13:
            break
        if found > 0:
            under, side = (under / 2, 1) if side == 1 else (under, 1)
            low, over = at, found
        else:
            over, side = (over / 2, -1) if side == -1 else (over, -1)
            high, under = at, found
    return at


def _turns(length: int, waves: int) -> list[tuple[list[float], list[float]]]:
    """Tabulate cosine and sine of the first waves that go a whole number of times into a length,
    over its first half."""
    cosines = [math.cos(2 * math.pi * at / length) for at in range(length)]
    sines = [math.sin(2 * math.pi * at / length) for at in range(length)]
    found = []
    for wave in range(1, waves + 1):
        turns = [wave * at % length for at in range(length // 2 + 1)]
        found.append(([cosines[at] for at in turns], [sines[at] for at in turns]))
    return found


def _periodogram(
    points: Mapping[int, float], length: int, turned: Sequence[tuple[list[float], list[float]]]
) -> list[float]:
    """Compute the mean power of the waves that were tabulated."""
    values = list(points.values())
    # A cosine is as high so many days before the end as after the start, a sine as low: so the two
    # halves are folded upon each other.
    even, odd = [0.0] * (length // 2 + 1), [0.0] * (length // 2 + 1)
    for at, value in points.items():
        folded = min(at, length - at)
        even[folded] += value
        odd[folded] += value if folded == at else -value
    spread = math.fsum(map(mul, values, values)) / len(values)
    # A day that is missing by itself takes its neighbours' likeness away, but not their spread: so
    # what goes beyond the spread is made good. Days missing in a row take away neither.
    kept = max(sum(at + 1 in points for at in points) / len(points), _LEAST_KEPT)
    found = []
    for cosines, sines in turned:
        across, along = sum(map(mul, even, cosines)), sum(map(mul, odd, sines))
        power = (across * across + along * along) / len(values)
        found.append(spread + (power - spread) / kept)
    return found


def _fourier(values: list[complex]) -> list[complex]:
    """Transform a list whose length is a power of 2."""
    size = len(values)
    if size == 1:
        return values
    even, odd = _fourier(values[::2]), _fourier(values[1::2])
    turned = [cmath.exp(-2j * math.pi * at / size) * one for at, one in enumerate(odd)]
    return [a + b for a, b in zip(even, turned, strict=True)] + [
        a - b for a, b in zip(even, turned, strict=True)
    ]
