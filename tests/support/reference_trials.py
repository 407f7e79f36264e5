"""The test of an experiment a second time, by numpy, with every lot spelled out; and noise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any


def lots(k: int, seed: str, sample: int = 9_999) -> Array:
    """Each lot as a row of ±1 beside the one drawn: all of them up to 16 pairs, else the sample
    with the lot drawn as its first."""
    if k <= 16:
        return 1 - 2 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1)
    each = -(-k // 8)
    stream = hashlib.shake_256(f"{seed}:lots".encode()).digest(sample * each)
    bits = np.unpackbits(
        np.frombuffer(stream, np.uint8).reshape(sample, each), axis=1, bitorder="little"
    )
    return np.vstack([np.ones((1, k), int), 1 - 2 * bits[:, :k].astype(int)])


def p_of(differences: Array, signs: Array, theta: float = 0.0) -> float:
    """The share of lots at least as far from θ as the one drawn."""
    off = np.asarray(differences) - theta
    sums = np.abs(signs @ off)
    # What differs by the arithmetic alone is equal.
    return float(np.mean(sums >= abs(off.sum()) - 1e-11 * np.abs(off).sum()))


def interval(differences: Array, signs: Array) -> tuple[float, float] | None:
    """All θ with p above 0.05, by halving from where p is not; None where it never is not."""
    middle = float(np.mean(differences))
    bounds = []
    for way in (-1, 1):
        inside, outside = middle, middle + way * 1000 * (float(np.ptp(differences)) + 1)
        if p_of(differences, signs, outside) > 0.05:
            return None
        for _ in range(60):
            half = (inside + outside) / 2
            if p_of(differences, signs, half) > 0.05:
                inside = half
            else:
                outside = half
        bounds.append(inside)
    return bounds[0], bounds[1]


def noise(
    rng: np.random.Generator,
    days: int,
    *,
    phi: float = 0.3,
    sd: float = 12.0,
    weekdays: float = 3.0,
    missing: float = 0.06,
) -> Array:
    """A life in which nothing helps: what is left of the day before, weekdays, nights without."""
    steps = rng.standard_normal(days) * np.sqrt(1 - phi**2)
    found = np.empty(days)
    found[0] = rng.standard_normal()
    for at in range(1, days):
        found[at] = phi * found[at - 1] + steps[at]
    found = 60 + sd * found + weekdays * rng.standard_normal(7)[np.arange(days) % 7]
    found[rng.random(days) < missing] = np.nan
    return found


def _season(rng: np.random.Generator, days: int) -> Array:
    at = np.arange(days) + rng.integers(365)
    weekday = 8 * rng.standard_normal(7)[at % 7]
    return 20 * np.sin(2 * np.pi * at / 365) + weekday + rng.standard_normal(days)


NOISE: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "white": lambda rng, days: rng.standard_normal(days),
    "persistent": lambda rng, days: noise(rng, days, phi=0.7, missing=0),
    "random walk": lambda rng, days: np.cumsum(rng.standard_normal(days)),
    "season and weekdays": _season,
    "heavy tails": lambda rng, days: rng.standard_t(2, days),
    "steps of travel": lambda rng, days: (
        10.0 * np.repeat(rng.random(days), 5)[:days].round() + rng.standard_normal(days)
    ),
}
"""Six kinds of lives in which nothing helps."""
