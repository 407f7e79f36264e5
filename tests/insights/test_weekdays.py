"""Weekdays: shown as they are, and called different only beyond chance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from whoop_mcp.insights import metrics, weekdays
from whoop_mcp.insights.statistic import Statistic
from whoop_mcp.insights.timeseries import Dates, false_discovery, weekday

from ..support import reference_statistics
from ..support.athlete_days import LAST

PERIOD = Dates.ending(LAST, 30)


def compared(make: Any, days: int = 200) -> list[Statistic]:
    """The weekdays of metrics whose values a function gives by day."""
    table = metrics.read_series([])
    for name in weekdays.IN_WEEK:
        series = table[name]
        made = {at: make(name, at) for at in range(LAST - days + 1, LAST + 1)}
        series.values = {at: value for at, value in made.items() if value == value}
        series.ids = dict.fromkeys(series.values, 1)
    found = weekdays.weekdays(table, PERIOD)
    qs = false_discovery([one.p for one in found if one.p is not None])
    return (
        found
        if not qs
        else [
            type(one)(**{**vars(one), "q": q, "verdict": weekdays.judge(one, q)})
            for one, q in zip(found, qs, strict=True)
        ]
    )


def noise(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return lambda name, at: float(rng.normal())


def of_metric(one: Any, words: str) -> str:
    """The words for a metric: a bedtime is earlier or later."""
    if one.metric.id == "bedtime":
        words = words.replace("lower", "earlier").replace("higher", "later")
    return f"{words} than the days around"


def test_a_day_that_differs_is_named() -> None:
    """Mondays two SD lower: they alone, by name, with the value they are off by."""
    made = noise(1)
    for one in compared(lambda name, at: 60 + made(name, at) - 2 * (weekday(at) == 0)):
        assert one.verdict and one.verdict.words == of_metric(one, "Monday lower")
        assert one.weekdays and one.weekdays[0].name == "Monday"
        assert one.weekdays[0].off == pytest.approx(-2, abs=0.7)
        assert one.value and one.value > 1.5
    both = compared(lambda name, at: made(name, at) + 3 * (weekday(at) in (5, 6)))
    assert both[0].verdict and "Saturday and Sunday higher" in both[0].verdict.words
    three = compared(lambda name, at: made(name, at) + 4 * (weekday(at) in (2, 5, 6)))
    assert three[0].verdict and "Wednesday, Saturday and Sunday higher" in three[0].verdict.words


DEVIANT = [
    ({0: -6}, "Monday lower"),
    ({5: 9}, "Saturday higher"),
    ({5: 9, 6: 9}, "Saturday and Sunday higher"),
    ({1: -9, 4: 9}, "Tuesday lower, Friday higher"),
    ({2: 5, 5: 9, 6: 7}, "Wednesday, Saturday and Sunday higher"),
    ({4: 3, 5: -12}, "Saturday lower, Friday higher"),
]


@pytest.mark.parametrize(("sds", "words"), DEVIANT)
def test_a_day_far_off_makes_no_others_of_its_neighbours(sds: dict[int, int], words: str) -> None:
    """Whatever one to three days are off by, they alone are named, and by so much; the days around
    are those that are not off themselves."""
    made = noise(7)
    for one in compared(lambda name, at: 60 + made(name, at) + sds.get(weekday(at), 0)):
        assert one.verdict and one.verdict.words == of_metric(one, words)
        for place, row in enumerate(one.weekdays or ()):
            assert row.off == pytest.approx(sds.get(place, 0), abs=0.8)


def test_days_far_off_agree_with_scipy() -> None:
    """Means, distances and p, with gaps, where one, two or three days are taken out."""
    rng = np.random.default_rng(5)
    for sds, _ in DEVIANT:
        at = np.arange(LAST - 179, LAST + 1)
        x = rng.normal(size=180) + [sds.get(weekday(int(day)), 0) for day in at]
        x[rng.uniform(size=180) < 0.15] = np.nan
        found = compared(lambda name, day, x=x: float(x[day - LAST + 179]), days=180)[0]
        expected = reference_statistics.weekdays(x, LAST - 179)
        rows = found.weekdays or ()
        assert [row.off for row in rows] == pytest.approx(expected["off"], abs=1e-9)
        assert [row.p for row in rows] == pytest.approx(expected["ps"], abs=1e-9)
        assert [row.mean for row in rows] == pytest.approx(expected["means"], abs=1e-9)
        assert found.p == pytest.approx(expected["p"], abs=1e-9)


def test_a_drift_is_no_weekdays() -> None:
    """What rises or wanders, however steeply, makes no day of the week another one."""
    made = noise(2)
    for one in compared(lambda name, at: 0.5 * at + made(name, at)):
        assert one.verdict and not one.verdict.claim
    for one in compared(lambda name, at: 20 * math.sin(at / 30) + made(name, at)):
        assert one.verdict and not one.verdict.claim


def test_weekdays_below_their_floor_say_so() -> None:
    """Eight of each are needed, and values that vary."""
    short = compared(noise(3), days=50)
    assert all(one.value is None and one.p is None and one.weekdays is None for one in short)
    assert short[0].reason == "7 Mondays; at least 8 are needed"
    assert compared(lambda name, at: 5.0)[0].reason == "the values do not vary"


@pytest.mark.slow
def test_noise_has_no_weekdays() -> None:
    """In at most 3 % of 200 lives of white noise, and of random walks, is any day told apart."""
    for walk in (False, True):
        claims = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            x = rng.normal(size=(6, 200))
            x = np.cumsum(x, axis=1) if walk else x
            rows = dict(zip(weekdays.IN_WEEK, x.tolist(), strict=True))
            found = compared(lambda name, at, rows=rows: rows[name][at - LAST + 199])
            claims += any(one.claims for one in found)
        assert claims <= 6
