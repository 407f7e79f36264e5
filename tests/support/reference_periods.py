"""The comparison of two stretches a second time, by numpy and scipy on many lives at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize, stats

Array = Any


def shapes(f: Array) -> tuple[Array, Array]:
    """Every spectrum that is tried, at some frequencies, and its weight beforehand."""
    d = np.arange(13)[:, None] / 10
    laws = np.power(2 * np.sin(np.pi * f)[None, :], -2 * d)
    knees = 1 + (1 / np.array([400, 200, 100, 50, 25])[:, None] / f[None, :]) ** 2
    return np.vstack([laws, knees]), np.repeat([1 / 3, 1 / 36, 1 / 15], [1, 12, 5])


class Lives:
    """Lives of one metric, one a row, on days `known` (the same for all); `a` and `b` are masks."""

    def __init__(self, x: Array, known: Array, a: Array, b: Array, weekday: Array) -> None:
        used = np.flatnonzero(known)
        cut = slice(used[0], used[-1] + 1)
        x, known, a, b, weekday = x[:, cut], known[cut], a[cut], b[cut], weekday[cut]
        first, second, past = known & a, known & b, known & ~a & ~b
        x = np.where(known, x, 0.0)
        each = (weekday[None, :] == np.arange(7)[:, None]) & past
        usual = (x @ each.T) / each.sum(1)
        contrast = second / second.sum() - first / first.sum()
        share = np.array([contrast[weekday == one].sum() for one in range(7)])
        share[np.abs(share) < 1e-12] = 0
        self.value = x @ contrast - usual @ share
        self.explained = usual @ share
        contrast = contrast - (share / each.sum(1)) @ each
        left = np.where(past, x - usual[:, weekday], 0.0)
        n, days = past.sum(), len(known)
        waves = days // 14
        angle = 2 * np.pi * np.outer(np.arange(1, waves + 1), np.arange(days)) / days
        power = ((left @ np.cos(angle).T) ** 2 + (left @ np.sin(angle).T) ** 2) / n
        # A day that is missing by itself takes its neighbours' likeness away, not their spread.
        pairs = past[1:] & past[:-1]
        kept = max(pairs.sum() / n, 0.5)
        spread = (left**2).sum(1, keepdims=True) / n
        power = spread + (power - spread) / kept
        coarse, before = shapes(np.arange(1, waves + 1) / days)
        scale = np.array([(power / one).mean(1) for one in coarse])
        scale = np.maximum(scale, 1e-9 * power.mean(1))
        logs = np.log(before)[:, None] - waves * np.log(scale) - np.log(coarse).sum(1)[:, None]
        weight = np.exp(logs - logs.max(0))
        self.weight = weight / weight.sum(0)
        size = 1 << int(2 * days - 1).bit_length()
        passed = np.abs(np.fft.fft(contrast, size)[1 : size // 2 + 1]) ** 2 * 2 / size
        passed[-1] /= 2
        fine, _ = shapes(np.arange(1, size // 2 + 1) / size)
        self.variance = 1.06 * scale * (fine @ passed)[:, None]
        self.freedom = 2 * waves
        # Its mean was taken off by weekday, so that it is 0 but for the arithmetic.
        off = np.where(past, left - left.sum(1, keepdims=True) / n, 0.0)
        r = (off[:, 1:] * off[:, :-1]).sum(1) / pairs.sum() / ((off**2).sum(1) / n)
        self.phi = np.clip(r + (1 + 4 * r) / n, 0, 0.9)
        sides = [x[:, first], x[:, second]]
        within = sum(one.var(1) * one.shape[1] for one in sides)
        within = within / (first.sum() + second.sum() - 2)
        self.by_days = int(n - 1)
        usual = (left**2).sum(1) / self.by_days
        spread = sum(self._of_mean(one.shape[1]) for one in sides)
        self.error = np.sqrt(np.maximum(usual, within / 1.5) * spread)

    def _of_mean(self, n: int) -> Array:
        lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        counts = np.bincount(lags.ravel())
        return (counts[None, :] * self.phi[:, None] ** np.arange(n)[None, :]).sum(1) / n**2

    def p(self, away: Array | None = None) -> Array:
        """The probability of a difference so far from 0, by default of the one that there is."""
        size = np.abs(self.value if away is None else away)
        wander = 2 * stats.t.sf(size / np.sqrt(self.variance), self.freedom)
        by_days = 2 * stats.t.sf(size / self.error, self.by_days)
        return np.maximum((self.weight * wander).sum(0), by_days)

    def reach(self, p: float) -> float:
        """What chance comes to in the first of the lives."""
        top = 100 * float(np.sqrt(self.variance.max()))
        found = optimize.brentq(
            lambda away: float(self.p(np.full_like(self.value, away))[0]) - p, 0, top, xtol=1e-13
        )
        return float(found)


# ── noise: in none of it do two stretches differ but by its own wander ──


def white(draw: np.random.Generator, lives: int, days: int) -> Array:
    return draw.standard_normal((lives, days))


def sluggish(phi: float) -> Any:
    """Each day a share of the day before."""

    def made(draw: np.random.Generator, lives: int, days: int) -> Array:
        found = draw.standard_normal((lives, days))
        for at in range(1, days):
            found[:, at] = phi * found[:, at - 1] + np.sqrt(1 - phi * phi) * found[:, at]
        return found

    return made


def long_memory(d: float) -> Any:
    """Fractional noise."""

    def made(draw: np.random.Generator, lives: int, days: int) -> Array:
        steps = np.arange(1, 2 * days)
        weight = np.cumprod(np.concatenate([[1.0], (steps - 1 + d) / steps]))
        size = 4 * days
        noise = draw.standard_normal((lives, 2 * days))
        found = np.fft.irfft(np.fft.rfft(noise, size) * np.fft.rfft(weight, size), size)
        return found[:, days : 2 * days]

    return made


def walk(draw: np.random.Generator, lives: int, days: int) -> Array:
    """A random walk."""
    return np.cumsum(draw.standard_normal((lives, days)), axis=1)


def walk_in_noise(draw: np.random.Generator, lives: int, days: int) -> Array:
    """White noise upon a slow random walk."""
    return white(draw, lives, days) + 0.15 * walk(draw, lives, days)


def seasons(draw: np.random.Generator, lives: int, days: int) -> Array:
    """A year's rhythm as large as the days' own spread."""
    turn = np.arange(days)[None, :] / 365.25 + draw.random((lives, 1))
    return white(draw, lives, days) + np.sin(2 * np.pi * turn)


def weekly(draw: np.random.Generator, lives: int, days: int) -> Array:
    """Weekends that are otherwise by one SD."""
    return white(draw, lives, days) + (np.arange(days) % 7 > 4)


NOISE = {
    "white": white,
    "AR 0.3": sluggish(0.3),
    "AR 0.6": sluggish(0.6),
    "AR 0.9": sluggish(0.9),
    "long memory 0.3": long_memory(0.3),
    "long memory 0.45": long_memory(0.45),
    "random walk": walk,
    "walk in noise": walk_in_noise,
    "seasons": seasons,
    "weekly": weekly,
}
