"""Slopes: every number beside scipy's and numpy's, with gaps and ties, and p beside interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from whoop_mcp.insights import slopes, trends
from whoop_mcp.insights.metrics import Series, read_series
from whoop_mcp.insights.statistic import Statistic
from whoop_mcp.insights.timeseries import Dates, number
from whoop_mcp.insights.wander import Spectra

from ..support import reference_statistics
from ..support.samples import PROPERTY

LAST = number("2026-05-20")
SPECTRA = Spectra()
METRICS = {name: one.metric for name, one in read_series([]).items()}


def series(metric: str, values: reference_statistics.Array, last: int = LAST) -> Series:
    """A metric whose last value is of the last day; NaN is no value."""
    found = Series(METRICS[metric])
    for at, value in enumerate(values, start=last - len(values) + 1):
        if not np.isnan(value):
            found.values[at], found.ids[at] = float(value), at
    return found


def noisy(seed: int, days: int, phi: float = 0.3) -> reference_statistics.Array:
    """Autoregressive noise of SD 1."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=days)
    for at in range(1, days):
        found[at] = phi * found[at - 1] + np.sqrt(1 - phi * phi) * found[at]
    return found


@st.composite
def lives(draw: st.DrawFn) -> tuple[reference_statistics.Array, int]:
    """Days with gaps and ties or none, and the length of the period at their end."""
    days = draw(st.integers(10, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    found = rng.normal(size=draw(st.integers(3 * days, 6 * days))).cumsum() * draw(
        st.sampled_from([0.0, 0.3])
    )
    found += 50 + rng.normal(size=len(found)) * draw(st.sampled_from([0.5, 3.0]))
    found[rng.uniform(size=len(found)) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.nan
    return (np.round(found) if draw(st.booleans()) else found), days


@given(lives())
@PROPERTY
def test_a_slope_and_its_chance_are_scipys(life: tuple[reference_statistics.Array, int]) -> None:
    """Slope, standard error, degrees of freedom, interval and p, whatever days are lacking."""
    values, days = life
    found = series("recovery", values)
    period = Dates.ending(LAST, days)
    points = found.within(period).points
    value = slopes.theil_sen(points)
    assume(value is not None)
    assert value is not None
    past = slopes.past(points, found.values, period)
    noise = slopes.noise(points, past, days)
    expected = reference_statistics.slope(values[-days:], values[:-days])
    assert value == pytest.approx(expected["value"], abs=1e-9)
    assert (noise is None) == (expected["stretches"] <= days or not expected["error"])
    if noise:
        low, high = noise.interval(value)
        got = [low, high, noise.error, noise.freedom, noise.stretches, noise.p(value)]
        names = ("low", "high", "error", "freedom", "stretches", "p")
        assert got == pytest.approx([expected[name] for name in names], abs=1e-9, rel=1e-9)
        assert (noise.p(value) < 0.05) == (not low <= 0 <= high)


@st.composite
def long_lives(draw: st.DrawFn) -> tuple[reference_statistics.Array, int]:
    """The like with a long period, and twice as many days before it at least."""
    days = draw(st.integers(60, 100))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    walks = draw(st.sampled_from([0.0, 0.3]))
    found = 50 + rng.normal(size=draw(st.integers(3 * days, 5 * days))).cumsum() * walks
    found += rng.normal(size=len(found)) * draw(st.sampled_from([0.5, 3.0]))
    found[1:][rng.uniform(size=len(found) - 1) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.nan
    return (np.round(found) if draw(st.booleans()) else found), days


@given(long_lives())
@PROPERTY
def test_a_long_slope_and_its_chance_are_scipys(
    life: tuple[reference_statistics.Array, int],
) -> None:
    """Slope, standard error, degrees of freedom, interval and p by the spectrum of the past."""
    values, days = life
    one = trends.slope(series("recovery", values), Dates.ending(LAST, days))
    assume(one.p is not None)
    assert one.value is not None and one.ci is not None and one.figures is not None
    expected = reference_statistics.long_slope(values[-days:], values[:-days])
    got = [at / 28 for at in (one.value, *one.ci, one.figures["standard_error"] or 0.0)]
    names = ("value", "low", "high", "error")
    assert got == pytest.approx([expected[name] for name in names], abs=1e-9)
    assert one.figures["degrees_of_freedom"] == expected["freedom"]
    assert one.figures["past_days"] == expected["days"]
    assert one.p == pytest.approx(expected["p"], abs=1e-9)
    assert (one.p < 0.05) == (not one.ci[0] <= 0 <= one.ci[1])


def shifted(seed: int, shift: float, phi: float, *, step: bool) -> float:
    """The p of a slope over 90 days, after three years, of a change of so many SD."""
    values = 60 + 12 * noisy(seed, 1095, phi)
    course = (np.arange(90) >= 45) * 1.0 if step else np.linspace(0, 1, 90)
    values[-90:] += 12 * shift * course
    return trends.slope(series("recovery", values), Dates.ending(LAST, 90), SPECTRA).p or 1.0


@pytest.mark.parametrize("lives", [20, pytest.param(60, marks=pytest.mark.slow)])
def test_a_level_that_changed_by_one_sd_is_told(lives: int) -> None:
    """A step of 1 SD amid 90 days is found among seven slopes and as much else in 80 % of lives
    with white noise, in half of them with φ = 0.3; noise alone at 5 % in about so many."""

    def found(shift: float, phi: float, level: float) -> int:
        return sum(shifted(seed, shift, phi, step=True) < level for seed in range(lives))

    assert found(1, 0.0, 0.025 / 7) >= lives * 0.8
    assert found(1, 0.3, 0.025 / 7) >= lives * 0.5
    assert found(0, 0.3, 0.05) <= lives * 0.1


def test_the_weights_of_days_are_those_of_a_slope() -> None:
    """They are nothing together, and of a straight line they make its slope, gaps or none; the days
    just beside the middle weigh much, which they do not in least squares."""
    days = [at for at in range(100, 190) if at % 7 != 3]
    found = slopes.weights(dict.fromkeys(days, 0.0), 144.5)
    assert sum(found.values()) == pytest.approx(0, abs=1e-12)
    assert sum(weight * (5 + 0.3 * at) for at, weight in found.items()) == pytest.approx(0.3)
    assert found[146] > 0.3 * found[189] and found[144] < 0.3 * found[100]


@pytest.mark.parametrize("freedom", [1.0, 2.1, 4.0, 17.3, 60.0, 400.0])
def test_the_critical_value_is_scipys(freedom: float) -> None:
    """Beyond which, to both sides, 5 % of Student's values lie."""
    assert slopes.critical(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-11)


@pytest.mark.parametrize(("days", "block"), [(400, 1), (401, 7), (2800, 7), (3650, 28)])
def test_a_long_history_is_thinned(days: int, block: int) -> None:
    """At most 400 points go into a slope, and a straight line stays the same straight line."""
    line = {LAST + at: 0.25 * at for at in range(days)}
    thin, found = slopes.thinned(line)
    assert found == block and len(thin) <= slopes.MOST_DAILY
    slope = slopes.theil_sen(thin)
    assert slope is not None and slope / block == pytest.approx(0.25, rel=0.01)
    assert slopes.thinned({}) == ({}, 1)


@pytest.mark.parametrize("days", [60, 90, 181, 365])
@pytest.mark.parametrize("kind", ["noise", "ties", "rise", "outliers", "all but one alike"])
def test_the_median_of_many_slopes_is_exact(days: int, kind: str) -> None:
    """That of all pairs, and with those across the middle twice, as numpy has it."""
    rng = np.random.default_rng(days)
    at = np.arange(days)
    values = {
        "noise": rng.normal(size=days),
        "ties": np.round(rng.normal(size=days)),
        "rise": 0.1 * at + rng.normal(size=days),
        "outliers": rng.standard_cauchy(size=days),
        "all but one alike": (at == 7) * 1.0,
    }[kind]
    i, j = np.triu_indices(days, 1)
    pairs, middle = (values[j] - values[i]) / (j - i), (days - 1) / 2
    twice = np.concatenate([pairs, pairs[(i < middle) & (j > middle)]])
    points = dict(enumerate(values.tolist()))
    assert slopes.theil_sen(points) == pytest.approx(np.median(pairs), abs=1e-14)
    assert slopes.theil_sen(points, middle) == pytest.approx(np.median(twice), abs=1e-14)


# ── what is claimed, and when nothing can be ──


def risen(seed: int, sds: float, days: int = 28, phi: float = 0.3) -> Statistic:
    """The drift of a resting heart rate of SD 2.6 that rose by so many SD at the end."""
    values = noisy(seed, 396, phi)
    values[-days:] += sds * np.linspace(0, 1, days)
    return trends.drift(series("resting_heart_rate", np.round(52 + 2.6 * values)), LAST)


def test_six_beats_in_four_weeks_are_told() -> None:
    """In at least 60 % of lives with SD 2.6, and noise alone in about 5 %."""
    assert sum(risen(seed, 6 / 2.6).claims for seed in range(100)) >= 60
    assert sum(risen(seed, 0).claims for seed in range(100)) <= 10


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_interval_and_verdict_say_the_same(phi: float) -> None:
    """A drift is claimed exactly where its interval leaves 0 out."""
    for sds in (0.0, 1.0, 2.0, 4.0):
        for seed in range(10):
            one = risen(seed, sds, phi=phi)
            assert one.ci is not None and one.p is not None
            assert one.claims == (one.p < 0.05) == (not one.ci[0] <= 0 <= one.ci[1])


def test_a_slope_among_many_is_not_gainsaid_by_its_interval() -> None:
    """Where a slope's interval leaves 0 out, but too much else was tried, the words say so."""
    one = next(one for seed in range(99) if 0.01 < ((one := risen(seed, 2)).p or 0) < 0.05)
    assert trends.judge(one, 0.2).words == "no drift beyond chance, with so much tried at once"
    assert trends.judge(one, 0.04).claim and not trends.judge(one, 0.2).claim
    assert trends.judge(risen(0, 0), 0.9).words == "no drift beyond chance"


def test_a_season_is_no_drift() -> None:
    """Half a year of a yearly wave rises as the one before it did; without that year nothing is
    said. The same rise in a life without seasons is a drift."""
    at = np.arange(1460)
    wave = 60 + 3 * noisy(3, 1460) + 9 * np.sin(2 * np.pi * (at - 1370) / 365.25)
    period = Dates.ending(LAST, 180)
    season = trends.slope(series("recovery", wave), period)
    assert season.p is not None and season.p > 0.05
    short = trends.slope(series("recovery", wave[-500:]), period)
    assert short.p is None and short.ci is None and short.verdict is not None
    assert not short.verdict.claim and "season" in short.verdict.words
    flat = 60 + 3 * noisy(3, 1460)
    flat[-180:] = wave[-180:]
    rise = trends.slope(series("recovery", flat), period)
    assert rise.p is not None and rise.p < 0.001


@pytest.mark.parametrize(
    ("days", "history", "words"),
    [
        (28, 83, "too little history to tell a drift apart from chance"),
        (28, 84, None),
        (60, 179, "too little history to tell a drift apart from chance"),
        (60, 180, None),
        (150, 500, "too little history to tell a drift apart from a season"),
        (150, 515, None),
        (401, 2000, "described only"),
    ],
)
def test_what_no_past_can_judge_is_described(days: int, history: int, words: str | None) -> None:
    """Twice the period before it, a year where it is long, and never over 400 days: else the value
    stands without interval, p or claim, and the verdict says why."""
    one = trends.slope(series("recovery", 60 + noisy(1, history)), Dates.ending(LAST, days))
    assert one.value is not None and (one.p is None) == (one.ci is None) == (words is not None)
    if words:
        assert one.verdict and not one.verdict.claim and one.verdict.words.startswith(words)


def test_a_past_that_does_not_vary_judges_nothing() -> None:
    """Nothing is certain of a first change; and of a constant the nearer reason is told."""
    flat = np.full(396, 52.0)
    assert trends.drift(series("resting_heart_rate", flat), LAST).reason == "the values do not vary"
    flat[-1] = 53
    one = trends.drift(series("resting_heart_rate", flat), LAST)
    assert one.p is None and one.verdict is not None and "do not vary" in one.verdict.words
    short = trends.drift(series("resting_heart_rate", flat[:28]), LAST)
    assert short.reason == "the values do not vary"
