"""Lives of noise that wanders, from a season to a random walk: they must not be called a drift."""

from __future__ import annotations

import pytest

from ..tools import noise


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["season", "season_shared", "bare_walk", "walk", "long", "several"]
)
@pytest.mark.parametrize("days", [90, 365])
def test_what_merely_wanders_is_no_drift(kind: str, days: int) -> None:
    """Of eight lives of each kind, at most one is told that anything drifted over the period."""
    found = [noise.claimed(kind, days, seed) for seed in range(8)]
    slopes = [[one for one in life["trends"] if one.q is not None] for life in found]
    assert sum(map(bool, slopes)) <= 1


@pytest.mark.slow
def test_six_beats_in_four_weeks_are_found_on_the_page() -> None:
    """A resting heart rate of SD 2.6 that rises by 6 bpm over 28 days is told in most lives."""
    found = dict(noise.shares("ar3", 30, 30, change="rhr6"))
    assert found["resting_heart_rate.drift"] >= 0.6
