"""Series with gaps: every number beside numpy's and scipy's, on data with gaps, ties, constants."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from whoop_mcp.insights import timeseries
from whoop_mcp.insights.correlations import Link, link, rank

from ..support import reference_statistics
from ..support.samples import PROPERTY

FIRST = timeseries.number("2026-01-01")
SMOOTH = st.floats(-50, 50).map(lambda value: round(value, 3))
TIED = st.integers(0, 3).map(float)


@st.composite
def points(draw: st.DrawFn, least: int = 3, most: int = 90) -> dict[int, float]:
    """A series on the calendar with gaps, and ties or none."""
    days = draw(st.sets(st.integers(0, most - 1), min_size=least, max_size=most))
    values = draw(st.sampled_from([SMOOTH, TIED]))
    return {FIRST + at: draw(values) for at in sorted(days)}


def spread(points: dict[int, float]) -> reference_statistics.Array:
    return reference_statistics.array(points, min(points), max(points))


def linked(x: dict[int, float], y: dict[int, float], lag: int) -> tuple[Link | None, str | None]:
    """The link of two series on the days that both have, the second `lag` days later."""
    days = [at for at in x if at + lag in y]
    return link(rank({at: x[at] for at in days}), rank({at + lag: y[at + lag] for at in days}))


@PROPERTY
@given(st.lists(st.floats(-1e6, 1e6) | st.integers(0, 90) | TIED, min_size=2))
def test_a_deviation_is_correctly_rounded(values: list[float]) -> None:
    """To the last bit it is what the standard library finds with fractions."""
    mean = sum(map(Fraction, values)) / len(values)
    square = sum((Fraction(value) - mean) ** 2 for value in values)
    for sample in (False, True):
        found = timeseries.deviation(values, sample=sample)
        ratio = square / (len(values) - sample)
        below, above = (Fraction(math.nextafter(found, to)) for to in (-math.inf, math.inf))
        exact = Fraction(found)
        assert ((below + exact) / 2) ** 2 <= ratio <= (
            (exact + above) / 2
        ) ** 2 or ratio == 0 == found


@PROPERTY
@given(points())
def test_autocorrelation_counts_true_neighbours_only(found: dict[int, float]) -> None:
    """Over a gap no two days are neighbours; φ is corrected and clipped."""
    if not timeseries.varies(list(found.values())):
        assert timeseries.autocorrelation(found, 1) == timeseries.persistence(found) == 0
        return
    for lag in range(1, 5):
        assert timeseries.autocorrelation(found, lag) == pytest.approx(
            reference_statistics.acf(spread(found), lag), abs=1e-9
        )
    assert timeseries.persistence(found) == pytest.approx(
        reference_statistics.phi(spread(found)), abs=1e-9
    )
    assert 0 <= timeseries.persistence(found) <= 0.9


@given(st.integers(1, 80), st.floats(0, 0.9))
@PROPERTY
def test_the_spread_of_a_mean_is_that_of_the_whole_matrix(n: int, phi: float) -> None:
    """The sum over lags is the sum over the correlation matrix; 1/n without autocorrelation."""
    assert timeseries.spread_of_mean(n, phi) == pytest.approx(
        reference_statistics.toeplitz(n, phi), abs=1e-12
    )
    assert timeseries.spread_of_mean(n, 0.0) == 1 / n


@PROPERTY
@given(st.lists(st.integers(0, 9).map(float) | SMOOTH, min_size=1))
def test_ranks_share_their_average(values: list[float]) -> None:
    """As scipy ranks."""
    assert timeseries.ranks(values) == list(stats.rankdata(values))


@given(points(least=1))
@PROPERTY
def test_detrending_is_least_squares(found: dict[int, float]) -> None:
    """What is left is what numpy's least squares leaves, and as many columns are gone."""
    rest, columns = timeseries.detrended(found)
    if not timeseries.varies(list(found.values())):
        assert set(rest.values()) == {0.0} and columns == 0
        return
    expected, gone = reference_statistics.residuals(spread(found), min(found))
    assert list(rest.values()) == pytest.approx(list(expected[~np.isnan(expected)]), abs=3e-9)
    assert columns == gone


@given(points(least=60), points(least=60), st.integers(0, 2))
@PROPERTY
@pytest.mark.slow
def test_a_link_is_the_one_of_scipy(x: dict[int, float], y: dict[int, float], lag: int) -> None:
    """ρ, effective n, interval and p of detrended series, or an honest reason for none."""
    found, reason = linked(x, y, lag)
    assert (found is None) == (reason is not None)
    if found is None:
        return
    first, last = min(x), max(max(x), max(y) - lag)
    moved = {at - lag: value for at, value in y.items()}
    expected = reference_statistics.link(
        reference_statistics.array(x, first, last),
        reference_statistics.array(moved, first, last),
        first,
        lag,
    )
    # Two residuals that differ by a rounding of the arithmetic may be a tie to only one of us.
    assert found._asdict() == pytest.approx(expected, abs=1e-9)


def test_a_line_and_a_constant_have_no_link() -> None:
    """A series that is all trend, or never changes, correlates with nothing."""
    rng = np.random.default_rng(5)
    noise = {FIRST + at: float(value) for at, value in enumerate(rng.normal(size=60))}
    for flat in (dict.fromkeys(noise, 4.0), {at: 0.1 * at for at in noise}):
        assert linked(noise, flat, 0) == (
            None,
            "one of the two does not vary beyond its trend, slow waves and weekdays",
        )
    assert linked(noise, noise, 0)[1] == "the two order all days alike: no interval can be given"
    assert linked({FIRST: 1.0}, {FIRST: 2.0}, 0)[1] == "1 pair; at least 30 are needed"


@PROPERTY
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_is_that_of_benjamini_and_hochberg(ps: list[float]) -> None:
    """As scipy controls false discoveries."""
    assert timeseries.false_discovery(ps) == pytest.approx(
        list(stats.false_discovery_control(ps)), abs=1e-12
    )
    assert timeseries.false_discovery([]) == []


@given(st.lists(st.tuples(st.lists(st.floats(0, 1), max_size=12), st.integers(1, 4)), max_size=4))
@PROPERTY
def test_the_kinds_of_a_family_share_its_level(asked: list[tuple[list[float], int]]) -> None:
    """As numpy has it; one kind alone has Benjamini and Hochberg's q; no q is below its p."""
    kinds, shares = [ps for ps, _ in asked], [float(share) for _, share in asked]
    found = timeseries.false_discovery_shared(kinds, shares)
    assert list(map(len, found)) == list(map(len, kinds))
    if any(kinds):
        expected = iter(reference_statistics.shared_discovery(kinds, shares))
        for ps, qs in zip(kinds, found, strict=True):
            assert qs == pytest.approx(next(expected) if ps else [], abs=1e-12)
            assert all(q >= p for p, q in zip(ps, qs, strict=True))
    if len(kinds) == 1:
        assert found == [pytest.approx(timeseries.false_discovery(kinds[0]))]


def test_however_many_of_a_kind_are_asked_the_others_are_as_readily_claimed() -> None:
    """A slope among seven has the same q beside 13 links as beside 1,300."""
    slopes = [0.002, *[0.5] * 6]
    few = timeseries.false_discovery_shared([slopes, [0.9] * 13], [1, 1])
    many = timeseries.false_discovery_shared([slopes, [0.9] * 1300], [1, 1])
    assert few[0][0] == pytest.approx(0.028) == many[0][0]


def test_dates_are_counted_from_both_ends() -> None:
    """The last date is included, and told as an exclusive end."""
    week = timeseries.Dates.ending(timeseries.number("2026-03-01"), 7)
    assert week.as_window() == {"start": "2026-02-23", "end": "2026-03-02"} and week.days == 7
    assert week.before(7).as_window() == {"start": "2026-02-16", "end": "2026-02-23"}


def test_two_sided_is_the_normals() -> None:
    """Also far out, where one minus the distribution would be nothing."""
    for z in (0.0, 0.3, -1.96, 5.0, 12.0):
        assert timeseries.two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)
    assert math.isclose(timeseries.Z, stats.norm.ppf(0.975), rel_tol=1e-14)
