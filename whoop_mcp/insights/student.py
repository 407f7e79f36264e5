"""Compute the probabilities of Student's t distribution."""

from __future__ import annotations

import math
from statistics import NormalDist


def student(t: float, df: float) -> float:
    """Return the probability of a value of Student's t, of so many degrees of freedom (at least 1,
    whole or not), at least so far from 0."""
    x = df / (df + t * t)
    a, b = df / 2, 0.5
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on one side only
        return 1 - _beta(b, a, t * t / (df + t * t))
    return _beta(a, b, x)


def critical(freedom: float, level: float = 0.05) -> float:
    """Return the t beyond which, to both sides, a share `level` of Student's values lies."""
    # The tail is convex, so that Newton's way from below never oversteps.
    t = NormalDist().inv_cdf(1 - level / 2)
    logs = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    for _ in range(100):
        density = math.exp(logs - (freedom + 1) / 2 * math.log1p(t * t / freedom))
        step = (student(t, freedom) - level) / (2 * density / math.sqrt(freedom * math.pi))
        t += step
        if abs(step) < 1e-12 * t:
            break
    return t


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function, by Lentz's way through its continued
    fraction: Press et al., Numerical Recipes, 6.4."""
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logs + a * math.log(x) + b * math.log1p(-x)) / a if x > 0 else 0.0
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 1000):
        steps = (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        )
        for step in steps:
            d, c = 1 / (1 + step * d), 1 + step / c
            found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * found
