"""Promise what a number of pairs can see: the power of the very test that the result will use.

The test of `randomisation`, of k normal differences with mean δ and SD s, finds 80 % of them where
δ√k/s is as `_NEEDED` says. It was found by simulating that test, and `tests/trials/test_power.py`
does so again: with few pairs it needs more than a t-test does, with many as much.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from .choices import LONGEST
from .design import LEAST_PAIRS

POWER = 0.8
"""The share of experiments that would find what is called detectable."""

_NEEDED = {6: 4.387, 7: 3.52}
_NORMAL = NormalDist()
_STEEP = 2.8  # SDs by which the power's probit grows while the difference doubles
_AT = _NORMAL.inv_cdf(POWER)


def power(difference: float, pair_sd: float, pairs: int, complete: float) -> float:
    """Return the share of experiments that find a difference, 0 to 1, where the differences of
    pairs have an SD and a share of the pairs is complete, both of the same unit or none."""
    if not pair_sd:
        return 1.0 if difference and round(pairs * complete) >= LEAST_PAIRS else 0.0
    found = 0.0
    for known, chance in enumerate(_binomial(pairs, complete)):
        if known >= LEAST_PAIRS and chance > 1e-9:
            ratio = abs(difference) * math.sqrt(known) / pair_sd / _needed(known)
            found += chance * _NORMAL.cdf(_AT + _STEEP * (ratio - 1))
    return found


def detectable(pair_sd: float, pairs: int, complete: float) -> float | None:
    """Return the smallest difference that is found with 80 % power, in the unit of the SD; None
    where so many pairs are likely to be incomplete that none is."""
    high = 20 * pair_sd or 1.0
    if power(high, pair_sd, pairs, complete) < POWER:
        return None
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        if power(middle, pair_sd, pairs, complete) < POWER:
            low = middle
        else:
            high = middle
    return high


def days_needed(difference: float, pair_sd: float, complete: float, block_days: int) -> int | None:
    """Return the days after which a difference is found with 80 % power; None beyond a year."""
    pair = 2 * block_days
    low, high = LEAST_PAIRS, LONGEST // pair
    if high < low or power(difference, pair_sd, high, complete) < POWER:
        return None
    while low < high:
        middle = (low + high) // 2
        if power(difference, pair_sd, middle, complete) < POWER:
            low = middle + 1
        else:
            high = middle
    return low * pair


def _needed(pairs: int) -> float:
    return _NEEDED.get(pairs) or 2.8016 + 2.6 / pairs + 15 / pairs**2


def _binomial(n: int, share: float) -> list[float]:
    """List the chances that 0 to n of n are complete."""
    if share >= 1:
        return [0.0] * n + [1.0]
    if share <= 0:
        return [1.0] + [0.0] * n
    logs = math.log(share), math.log1p(-share)
    return [
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * logs[0]
            + (n - k) * logs[1]
        )
        for k in range(n + 1)
    ]
