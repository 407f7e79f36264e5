"""Test the differences of pairs against all lots that could have been drawn, and invert that test.

The differences are "do" minus "leave", one for each pair whose two blocks are known. Without any
effect each would have come with the other sign had the lot fallen otherwise. So the two-sided p is
the share of all 2^k lots whose mean difference is at least as far from 0: Edgington & Onghena,
Randomization Tests, 2007. All are tried up to 16 pairs; beyond, a sample that is the same on
every computer, with p = (b + 1) / (m + 1): Phipson & Smyth 2010, 10.2202/1544-6115.1585.

A difference θ is in the 95 % interval where the same test, of the differences less θ, has p > 0.05.
With S the pairs whose sign is turned, that test's sum is beyond the one seen exactly where the mean
of S is on θ's far side, so the bounds are order statistics of the means of subsets: Hartigan 1969,
10.1080/01621459.1969.10501057.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST_EXACT = 16
"""Pairs up to which all lots are tried: 65,536."""

SAMPLE = 9_999
"""Lots that are tried beyond."""

LEVEL = 20
"""One in so many is the level: 0.05."""

_SCALE = 10**12  # differences are reckoned in whole billionths of a thousandth: ties are ties

SOURCE = (
    "Edgington & Onghena 2007, Randomization Tests; Hartigan 1969, "
    "10.1080/01621459.1969.10501057; Phipson & Smyth 2010, 10.2202/1544-6115.1585"
)


class Tested(NamedTuple):
    """The mean difference of k pairs, its interval (None with fewer than six pairs), the two-sided
    p, how many lots were tried (the one drawn included), and the Monte-Carlo error of p, None where
    these were all."""

    difference: float
    low: float | None
    high: float | None
    p: float
    lots: int
    error: float | None

    @property
    def clear(self) -> bool:
        """Whether the difference is beyond chance."""
        return self.p * LEVEL <= 1


def smallest_p(pairs: int) -> float:
    """Return the smallest p that so many pairs can have."""
    if pairs < 1:
        return 1.0
    return 2 / 2**pairs if pairs <= MOST_EXACT else 1 / (SAMPLE + 1)


def try_lots(differences: Sequence[float], seed: str) -> Tested:
    """Test the differences of pairs, in any unit; there is one at least. The seed is that of
    the plan, from which the sample is drawn where not all lots can be tried."""
    whole = [round(one * _SCALE) for one in differences]
    total, pairs = sum(whole), len(whole)
    below, above = abs(total), 0
    tried = 1
    means: list[float] = []
    for turned, size in _turned(whole, seed):
        tried += 1
        # The sum with these signs turned is total − 2 × turned; what is left over is the rest.
        above += abs(total - 2 * turned) >= below
        if size:
            means.append(turned / size)
        if size < pairs:
            means.append((total - turned) / (pairs - size))
    means.sort()
    enough = tried // LEVEL
    p = (above + 1) / tried
    exact = pairs <= MOST_EXACT
    return Tested(
        total / pairs / _SCALE,
        means[enough - 1] / _SCALE if enough else None,
        means[-enough] / _SCALE if enough else None,
        p,
        2**pairs if exact else tried,
        None if exact else math.sqrt(p * (1 - p) / tried),
    )


def _turned(whole: Sequence[int], seed: str) -> Iterator[tuple[int, int]]:
    """Try lots other than the one drawn: the sum and the number of the pairs that it turns.

    A lot and its opposite are as far from 0, so only those are tried that leave the last pair.
    """
    if len(whole) > MOST_EXACT:
        yield from _sampled(whole, seed)
        return
    sums, sizes = [0], [0]
    for one in whole[:-1]:
        sums += [before + one for before in sums]
        sizes += [before + 1 for before in sizes]
    yield from zip(sums[1:], sizes[1:], strict=True)


def _sampled(whole: Sequence[int], seed: str) -> Iterator[tuple[int, int]]:
    """Draw lots from SHAKE-256 of `seed:lots`, as many bytes for each as it has pairs in eights;
    pair i is turned by bit i of them, the lowest of the first byte first."""
    bytes_each = -(-len(whole) // 8)
    stream = hashlib.shake_256(f"{seed}:lots".encode()).digest(SAMPLE * bytes_each)
    tables = [_table(whole[start : start + 8]) for start in range(0, len(whole), 8)]
    for start in range(0, len(stream), bytes_each):
        turned = size = 0
        for table, one in zip(tables, stream[start : start + bytes_each], strict=True):
            more, count = table[one % len(table)]
            turned, size = turned + more, size + count
        yield turned, size


def _table(whole: Sequence[int]) -> list[tuple[int, int]]:
    """Add up each subset of at most eight, by its bits: its sum and its size."""
    found = [(0, 0)]
    for one in whole:
        found += [(before + one, size + 1) for before, size in found]
    return found
