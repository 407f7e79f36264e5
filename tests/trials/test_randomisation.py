"""The test of an experiment: exact, the same by a second implementation, uniform under noise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from whoop_mcp.trials.design import heads
from whoop_mcp.trials.randomisation import smallest_p, try_lots

from ..support import reference_trials as reference


def test_a_small_p_by_hand() -> None:
    """Six pairs that all differ one way have the smallest p there is, 2 of 64 lots, and an interval
    from the smallest difference to the largest."""
    found = try_lots([1.0, 2.0, 3.0, 4.0, 5.0, 7.0], "any")
    assert found.p == 2 / 64 == smallest_p(6)
    assert (found.low, found.high, found.lots, found.error) == (1.0, 7.0, 64, None)
    assert found.difference == pytest.approx(22 / 6)
    assert found.clear


@pytest.mark.parametrize("pairs", range(1, 6))
def test_fewer_than_six_pairs_tell_nothing(pairs: int) -> None:
    """Whatever they are, p is above 0.05, and any difference fits."""
    found = try_lots([100.0 + one for one in range(pairs)], "any")
    assert found.p == 2 / 2**pairs and not found.clear
    assert found.low is None and found.high is None


def test_ties_count_as_far() -> None:
    """A lot that is exactly as far from 0 counts, whatever decimals make of 0.1 + 0.2."""
    differences = [0.1, 0.2, -0.3, 0.1, 0.2, 0.3]
    exact = [round(10 * one) for one in differences]
    far = sum(
        abs(sum(sign * one for sign, one in zip(signs, exact, strict=True))) >= abs(sum(exact))
        for signs in itertools.product((1, -1), repeat=6)
    )
    assert try_lots(differences, "any").p == far / 64


def test_nothing_that_differs_is_no_finding() -> None:
    """Pairs without any difference have p 1 and an interval of 0 alone."""
    found = try_lots([0.0] * 8, "any")
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


@pytest.mark.parametrize("pairs", [6, 7, 12, 17, 45])
def test_a_second_implementation_agrees(pairs: int) -> None:
    """p, interval and difference are those of numpy to 1e-9, in whole numbers with ties as well as
    in fractions, where all lots are tried as where a sample is."""
    rng = np.random.default_rng(pairs)
    for digits, shift in ((0, 0.0), (6, 4.0), (6, 12.0)):
        differences = np.round(rng.normal(shift, 10, pairs), digits)
        found = try_lots(list(map(float, differences)), f"seed {pairs}")
        signs = reference.lots(pairs, f"seed {pairs}")
        assert found.p == pytest.approx(reference.p_of(differences, signs), abs=1e-9)
        assert found.difference == pytest.approx(differences.mean(), abs=1e-9)
        bounds = reference.interval(differences, signs)
        assert bounds is not None
        assert (found.low, found.high) == pytest.approx(bounds, abs=1e-9)
        assert found.clear is not bool(bounds[0] <= 0 <= bounds[1])
        assert (found.error is None) is (pairs <= 16)


def test_a_sample_is_near_the_whole() -> None:
    """The sample's p is the exact one within four of the Monte-Carlo errors that it tells."""
    differences = [float(one) for one in np.random.default_rng(3).normal(3, 10, 17)]
    sampled = try_lots(differences, "seed")
    assert sampled.lots == 10_000 and sampled.error is not None
    signs = 1 - 2 * ((np.arange(2**17)[:, None] >> np.arange(17)) & 1)
    assert abs(sampled.p - reference.p_of(differences, signs)) < 4 * sampled.error
    assert try_lots(differences, "seed") == sampled


def test_the_lot_is_even() -> None:
    """Over many seeds each pair begins with either arm as often, and no two pairs go together."""
    drawn = np.array([[heads(f"{seed:032x}", pair) for pair in range(20)] for seed in range(2000)])
    assert np.all(np.abs(drawn.mean(axis=0) - 0.5) < 4 * 0.5 / np.sqrt(2000))
    together = np.corrcoef(drawn.T.astype(float))[np.triu_indices(20, 1)]
    assert np.all(np.abs(together) < 4.5 / np.sqrt(2000))


@pytest.mark.slow
@pytest.mark.parametrize("kind", reference.NOISE)
def test_without_any_effect_p_is_uniform(kind: str) -> None:
    """Over 1,000 plans in lives that nothing helps, p has the exact discrete uniform distribution
    (Kolmogorov and Smirnov's distance is under its 0.1 % bound), whatever the noise is like."""
    rng = np.random.default_rng(11)
    pairs = 12
    found = []
    for _ in range(1000):
        life = reference.NOISE[kind](rng, 2 * pairs)
        seed = rng.bytes(16).hex()
        signs = np.array([1 if heads(seed, pair) else -1 for pair in range(pairs)])
        found.append(try_lots(list(signs * (life[::2] - life[1::2])), seed).p)
    grid = np.arange(1, 2 ** (pairs - 1) + 1) / 2 ** (pairs - 1)
    share = np.searchsorted(np.sort(found), grid + 1e-12, side="right") / 1000
    print(kind, np.max(np.abs(share - grid)), np.mean(np.array(found) <= 0.05))
    assert np.max(np.abs(share - grid)) < 1.95 / np.sqrt(1000)
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)
