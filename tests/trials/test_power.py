"""What a plan promises, held against lives in which such a difference is really there."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from whoop_mcp.insights.metrics import Series, read_series
from whoop_mcp.insights.timeseries import Dates, number
from whoop_mcp.reads.usable import NOT_FETCHED
from whoop_mcp.trials import power
from whoop_mcp.trials.design import DO, Plan
from whoop_mcp.trials.history import History, history, look_back, mean_of
from whoop_mcp.trials.randomisation import try_lots

from ..support import reference_trials as reference

FIRST = number("2026-05-21")
DATES = Dates.ending(FIRST - 1, 365)


def series(values: reference.Array, first: int) -> Series:
    """A life as a metric's series."""
    found = Series(read_series([])["recovery"].metric)
    for place, value in enumerate(values):
        if np.isfinite(value):
            found.values[first + place] = float(value)
    return found


@pytest.mark.parametrize("block", [1, 16, 17, 28])
def test_it_looks_back_far_enough_for_every_block(block: int) -> None:
    """Of a life without many gaps a plan with blocks of any length can promise something."""
    reach = Dates.ending(FIRST - 1, look_back(block))
    life = series(np.random.default_rng(block).normal(60, 15, reach.days), reach.first)
    del life.values[reach.first + 9], life.values[reach.last]
    found = history(life, reach, block, 0)
    assert found.pair_sd and found.reason is None


@dataclass
class Design:
    days: int
    block: int = 1
    washout: int = 0

    def plan(self, seed: str) -> Plan:
        pairs = self.days // (2 * self.block)
        return Plan(
            "x", "recovery", "2026-05-21", pairs, self.block, self.washout, None, seed, "now"
        )


def found_in(life: Series, plan: Plan, effect: float) -> bool:
    """Whether the result's test sees an effect on the mornings after the days of doing it."""
    values = dict(life.values)
    for block in plan.blocks():
        if block.arm == DO:
            for at in block.days:
                if at + 1 in values:
                    values[at + 1] += effect
    pairs: dict[int, dict[str, float | None]] = {}
    for block in plan.blocks():
        mornings = range(block.counted.start + 1, block.counted.stop + 1)
        pairs.setdefault(block.pair, {})[block.arm] = mean_of(values, mornings)
    differences = [
        one["do"] - one["leave"]
        for one in pairs.values()
        if one["do"] is not None and one["leave"] is not None
    ]
    return bool(differences) and try_lots(differences, plan.seed).clear


@pytest.mark.slow
@pytest.mark.parametrize(
    ("design", "phi"),
    [
        (Design(28), 0.3),
        (Design(60), 0.3),
        (Design(120), 0.3),
        (Design(28), 0.6),
        (Design(20), 0.0),
        (Design(96, 4, 1), 0.5),
    ],
    ids=lambda one: str(one).replace("Design", ""),
)
def test_a_promise_is_kept(design: Design, phi: float) -> None:
    """In 400 lives, each with the difference that its own year of history calls detectable, the
    result finds it in 80 % within 5 points; and half of it as often as promised."""
    rng = np.random.default_rng(design.days + round(10 * phi))
    whole, half, promised = 0, 0, 0.0
    for _ in range(400):
        values = reference.noise(rng, 365 + design.days + 2, phi=phi)
        life = series(values, DATES.first)
        plan = design.plan(rng.bytes(16).hex())
        past = series(values[:365], DATES.first)
        usual = history(past, DATES, design.block, design.washout)
        assert usual.pair_sd is not None and usual.complete is not None
        effect = power.detectable(usual.pair_sd, plan.pairs, usual.complete)
        assert effect is not None
        whole += found_in(life, plan, effect)
        half += found_in(life, plan, effect / 2)
        promised += power.power(effect / 2, usual.pair_sd, plan.pairs, usual.complete)
    print(design, phi, whole / 400, half / 400, promised / 400)
    assert abs(whole / 400 - power.POWER) <= 0.05
    assert abs(half / 400 - promised / 400) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [6, 7, 8, 10, 13])
def test_the_power_of_few_pairs_is_that_of_the_exact_test(pairs: int) -> None:
    """With normal differences the test finds what `power` says, within 2 points, for small, middle
    and large differences: by numpy, over all lots."""
    signs = reference.lots(pairs, "")[: 2 ** (pairs - 1)]
    for wanted in (0.4, 0.8, 0.95):
        effect = next(
            one for one in np.arange(0.1, 4, 0.01) if power.power(one, 1, pairs, 1) >= wanted
        )
        drawn = np.random.default_rng(pairs).normal(effect, 1, (4000, pairs))
        sums = np.abs(drawn @ signs.T)
        p = np.mean(sums >= np.abs(drawn.sum(axis=1))[:, None] - 1e-9, axis=1)
        assert abs(np.mean(p <= 0.05) - wanted) < 0.025


def usual(values: reference.Array, block: int = 1, washout: int = 0) -> History:
    return history(series(values, DATES.first), DATES, block, washout)


def test_the_history_is_what_numpy_sees() -> None:
    """The SD of neighbouring blocks' differences and the share of complete pairs are those that
    numpy finds in the same mornings, to 1e-9."""
    values = reference.noise(np.random.default_rng(2), 365)
    for block, washout in ((1, 0), (3, 1)):
        windows = np.lib.stride_tricks.sliding_window_view(values, 2 * block)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of blocks without any morning
            first = np.nanmean(windows[:, washout:block], axis=1)
            second = np.nanmean(windows[:, block + washout :], axis=1)
        both = np.isfinite(first) & np.isfinite(second)
        found = usual(values, block, washout)
        assert found.pair_sd == pytest.approx(
            np.sqrt(np.mean((second - first)[both] ** 2)), abs=1e-9
        )
        start = int(np.flatnonzero(np.isfinite(values))[0])
        assert found.complete == pytest.approx(np.mean(both[start:]), abs=1e-9)
        assert found.n == np.isfinite(values).sum()


def test_what_was_not_fetched_is_not_called_missing() -> None:
    """Days that were never fetched make the history shorter, not the strap forgotten."""
    values = reference.noise(np.random.default_rng(2), 365, missing=0)
    holes = values.copy()
    holes[100:200] = np.nan
    life = series(holes, DATES.first)
    assert (history(life, DATES, 1, 0).complete or 1) < 0.75
    life.why = {DATES.first + at: NOT_FETCHED for at in range(100, 200)}
    assert history(life, DATES, 1, 0).complete == 1


def test_more_days_see_less() -> None:
    """The detectable difference falls with the days, rises with what is missing, and the days that
    are needed for it are those it was promised for."""
    seen = [power.detectable(10, pairs, 0.9) for pairs in (8, 14, 30, 90)]
    assert all(one is not None for one in seen)
    assert seen == sorted(seen, key=lambda one: -(one or 0))
    assert (power.detectable(10, 14, 0.7) or 0) > (seen[1] or 0)
    for pairs, one in zip((14, 30, 90), seen[1:], strict=True):
        assert power.days_needed((one or 0) * 1.000001, 10, 0.9, 1) == 2 * pairs
    assert power.detectable(10, 6, 0.5) is None
    assert power.days_needed(0.01, 10, 0.9, 1) is None
    assert power.power(0, 10, 30, 1) < 0.06


@pytest.mark.parametrize(
    ("known", "block", "word"),
    [(20, 1, "at least 28"), (60, 7, "blocks of 7 days"), (90, 1, "vary")],
)
def test_too_little_history_promises_nothing(known: int, block: int, word: str) -> None:
    """With few mornings, or none that differ, there is no figure, and a reason."""
    values = np.full(365, np.nan)
    values[-known:] = 50.0 if word == "vary" else np.random.default_rng(1).normal(60, 9, known)
    found = usual(values, block)
    assert found.pair_sd is None and found.reason is not None and word in found.reason
