"""The week's HRV as a question of its own: its rank among the person's own weeks."""

from __future__ import annotations

import math
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from whoop_mcp.insights import answer, baselines, metrics, weeks
from whoop_mcp.insights.student import critical, student
from whoop_mcp.insights.timeseries import Dates, number

from ..support import athlete_days, reference_statistics
from ..support.athlete_days import LAST
from ..support.families import pairs
from ..support.samples import PROPERTY


def noise(seed: int, days: int, phi: float = 0.3) -> dict[int, float]:
    """So many days of autocorrelated ln rMSSD, up to the last one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=days)
    for at in range(1, days):
        x[at] = phi * x[at - 1] + math.sqrt(1 - phi * phi) * x[at]
    return {LAST - days + 1 + at: 4.1 + 0.2 * float(one) for at, one in enumerate(x)}


def shifted(values: dict[int, float], by: float) -> dict[int, float]:
    """The same days, the last seven so much higher."""
    return {at: one + by * (at > LAST - 7) for at, one in values.items()}


@given(st.floats(0, 60), st.floats(1, 400))
@PROPERTY
def test_student_is_scipys(t: float, df: float) -> None:
    """Its p for degrees of freedom whole or not, to 1e-9."""
    assert student(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-9, abs=1e-15)
    assert student(-t, df) == student(t, df)


@pytest.mark.parametrize("t", [0.0, 1e-300, 1e-170, 1e-20, 6e-8, 1e-3])
def test_student_is_scipys_near_0(t: float) -> None:
    """Where t² is nothing beside the degrees of freedom as well."""
    assert student(t, 32.0) == pytest.approx(2 * stats.t.sf(t, 32.0), abs=1e-12)


@given(st.floats(1e-4, 0.9), st.floats(1, 400))
@PROPERTY
def test_critical_is_scipys(level: float, df: float) -> None:
    """The t that has a probability, to 1e-9."""
    assert critical(df, level) == pytest.approx(stats.t.isf(level / 2, df), rel=1e-9)


@pytest.mark.parametrize(("days", "gaps"), pairs([28, 40, 67, 90, 200, 300, 450, 700], [0.0, 0.15]))
@pytest.mark.parametrize("lives", [range(3), pytest.param(range(3, 12), marks=pytest.mark.slow)])
def test_a_week_is_judged_as_numpy_does(days: int, gaps: float, lives: range) -> None:
    """At any length of history, with gaps or without: distance, rank, p and the last year's rate
    are those of the second implementation."""
    compared = 0
    for seed in lives:
        rng = np.random.default_rng(seed)
        values = {at: one for at, one in noise(seed, days).items() if rng.random() >= gaps}
        found = weeks.judge(values, LAST)
        if found is None:
            continue
        compared += 1
        expected = reference_statistics.hrv(reference_statistics.array(values, LAST - 803, LAST))
        assert found.p == pytest.approx(expected["p"], rel=1e-9)
        assert found.rank == (expected["past_days"], expected["farther_days"])
        assert (found.days, found.unusual) == (expected["judged_days"], expected["unusual_days"])
    assert compared or (days, gaps) == (28, 0.15)


def test_what_is_looked_back_on_is_all_that_is_read() -> None:
    """Days before the reach change nothing, and those within it are all needed."""
    values = noise(1, 900)
    within = {at: one for at, one in values.items() if at > LAST - weeks.REACH}
    judged = weeks.judge(values, LAST)
    assert judged and judged == weeks.judge(within, LAST) and judged.days == 365
    assert len(within) == weeks.REACH == answer.reach(Dates.ending(LAST, 30)).days
    less = {at: one for at, one in within.items() if at > LAST - weeks.REACH + 40}
    fewer = weeks.judge(less, LAST)
    assert fewer and fewer.days < 365


def test_weeks_that_overlap_this_one_are_no_evidence_about_it() -> None:
    """The past ends seven days before; a week beyond 365 days is forgotten."""
    judged = weeks.judge(noise(1, 900), LAST)
    assert judged and judged.rank.past == 365
    extreme = shifted(noise(1, 900), 3.0)
    found = weeks.judge(extreme, LAST)
    assert found and found.rank.farther == 0 and found.p == 7 / 372


def test_below_its_floors_a_week_has_no_distance() -> None:
    """Five of seven days, 21 of 60, and a baseline that varies."""
    values = noise(2, 200)
    whole = Dates.ending(LAST, 1)
    assert weeks.distances(values, whole)
    for lacking in (range(LAST - 2, LAST + 1), range(LAST - 66, LAST - 26)):
        fewer = {at: one for at, one in values.items() if at not in lacking}
        assert not weeks.distances(fewer, whole)
    assert not weeks.distances(dict.fromkeys(values, 4.1), whole)
    assert weeks.judge({}, LAST) is None and weeks.judge(dict.fromkeys(values, 4.1), LAST) is None


@pytest.mark.parametrize(("days", "ranked"), [(100, False), (254, True), (650, True)])
def test_a_week_says_how_its_p_came_about(days: int, ranked: bool) -> None:
    """By rank it can be recomputed from the counts beside it; before that φ stands there. How often
    the rule has fired is told where it could be asked on 28 days."""
    series = metrics.read_series([])["ln_hrv"]
    series.values, series.ids = noise(3, days), dict(zip(range(LAST - 999, LAST + 1), count()))
    one = baselines.hrv(series, LAST)
    assert one.figures and one.p is not None and one.verdict
    past, farther = one.figures["past_days"], one.figures["farther_days"]
    assert past is not None and farther is not None
    assert (one.phi is None) == ranked == (past >= 182)
    assert (one.p == (7 + farther) / (7 + past)) is ranked
    assert (one.figures["unusual_days"] is None) == ((one.figures["judged_days"] or 0) < 28)
    assert one.verdict.claim == (one.p < 0.05)


def _claims(days: int, phi: float, shift: float, lives: int = 300) -> float:
    found = (
        weeks.judge(shifted(noise(seed, days, phi), 0.2 * shift), LAST) for seed in range(lives)
    )
    return sum(one is not None and one.p < 0.05 for one in found) / lives


@pytest.mark.slow
@pytest.mark.parametrize("days", [45, 120, 620])
@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6, 0.9])
def test_noise_is_seldom_unusual(days: int, phi: float) -> None:
    """In at most 5 % of lives, and what 300 of them may differ by."""
    assert _claims(days, phi, 0.0) <= 0.07


@pytest.mark.slow
def test_a_week_one_sd_lower_is_seen() -> None:
    """In at least a third of lives whose days hang together a little."""
    assert _claims(620, 0.3, -1.0, 900) >= 0.33
    assert _claims(620, 0.0, -1.0) >= 0.5


def test_the_summary_tells_how_often_the_week_was_unusual() -> None:
    """Beside the verdict, so that nobody takes one unusual week for a rare thing; the days that
    could be judged are no stretch of days, as months may lie between them."""
    days, period = athlete_days.life(1, 640, 30)
    away = range(period.last - 240, period.last - 90)
    found = athlete_days.computed(
        [one._replace(recovery=None) if number(one.date) in away else one for one in days], period
    )
    one = found["baselines"][0]
    (said,) = (line for line in found["summary"] if line.startswith("HRV averaged"))
    assert said.endswith(
        f"(your 7-day average was unusual on {one['unusual_days']} of {one['judged_days']} days "
        "judged in the year up to then)."
    )
    assert 28 < one["judged_days"] < 365 - 150
