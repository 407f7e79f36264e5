"""Numbers that no body makes: insights and the page answer, in a bounded size, with a word."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.cli import console
from whoop_mcp.cli import wording as terminal
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import baselines, payload
from whoop_mcp.insights.metrics import BEYOND
from whoop_mcp.insights.timeseries import Dates
from whoop_mcp.reads.days import Day
from whoop_mcp.report import daily_charts, document, marks, scatter, wording
from whoop_mcp.whoop.records import from_flat

from ..insights.test_answer import found
from ..support import athlete_days
from ..support.dashboards import Outline, mirror

ABSURD = [math.inf, -math.inf, math.nan, 1e308, -1e308, 2.0**53, 1e12, -1e12]


def changed(days: list[Day], value: float, last: int | None = 1) -> list[Day]:
    """The last days (None: all) with one value in each number of each record."""

    def spoilt(one: Any) -> Any:
        if dataclasses.is_dataclass(one) and not isinstance(one, type):
            return from_flat(type(one), spoilt(vars(one)))
        if isinstance(one, dict):
            return {k: v if "id" in k.split("_") else spoilt(v) for k, v in one.items()}
        return value if type(one) in (int, float) else one

    at = 0 if last is None else len(days) - last
    return [
        *days[:at],
        *(
            one._replace(
                cycle=spoilt(one.cycle),
                recovery=spoilt(one.recovery),
                sleep=spoilt(one.sleep),
                naps=[spoilt(nap) for nap in one.naps],
                workouts=[spoilt(workout) for workout in one.workouts],
            )
            for one in days[at:]
        ),
    ]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Sixty days, only read from."""
    return mirror(tmp_path_factory.mktemp("absurd"), days=60)


@pytest.mark.parametrize(
    "last", [40, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, None))]
)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(one, marks=[] if one in (math.inf, 1e308, -1e12) else pytest.mark.slow)
        for one in ABSURD
    ],
)
def test_no_number_takes_the_page_or_the_answer(
    monkeypatch: pytest.MonkeyPatch, cache: Cache, value: float, last: int | None
) -> None:
    """All is answered as JSON can say it; the page stays a page, each chart in its place."""
    with cache.reading() as seen:
        known = insights.read(seen)
    spoilt = known._replace(days=changed(known.days, value, last))
    json.dumps(payload.as_dict(insights.answer(spoilt)), allow_nan=False)
    monkeypatch.setattr(insights, "read", lambda *a, **k: spoilt)
    page = document.page(cache)
    ids = {one["id"] for _, one in Outline(page).elements if "id" in one}
    assert {"recovery", "hrv", "sleep", "strain", "load", "sports"} <= ids
    assert "could not be" not in page and len(page) < 1_000_000


def test_what_no_body_can_do_is_left_out_with_a_word() -> None:
    """One absurd day is one day fewer, and the others' mean is what it was."""
    days, period = athlete_days.life()
    one = found(athlete_days.computed(changed(days, 1e12), period))["sleep_duration.mean"]
    assert one["value"] < 12 and one["n_excluded"][BEYOND] == 1


@pytest.mark.parametrize("low", [0.0, *ABSURD])
@pytest.mark.parametrize("high", [0.0, 1.0, *ABSURD])
def test_every_axis_has_few_ticks(low: float, high: float) -> None:
    """And each value lies on it."""
    made = [marks.axis([low, high, None])]
    if math.isfinite(low) and math.isfinite(high) and high - low >= 2:
        made.append(marks.fixed(low, high, 2))
    for axis in made:
        assert 2 <= len(axis.ticks) <= 60
        assert all(0 <= axis.share(one) <= 1 for one in (low, high))
    scatter.scatter([scatter.Point(low, high, "a")] * 3, "x", "y")
    scatter.spark([low, high, 1.0, 2.0], "x")


@pytest.mark.parametrize("value", ABSURD)
def test_every_number_is_said_briefly(value: float) -> None:
    """What is no measure is said to be over or under, or no number."""
    said = [wording.amount("ms")(value), wording.short(value), wording.hours(value)]
    said += [wording.clock(value), terminal.amount(value, "ms"), terminal.duration(value)]
    assert all(len(one) < 30 for one in said)


def test_a_table_has_a_width_whatever_is_in_it() -> None:
    """A cell or a name of any length does not widen each line."""
    lines = [*console.table(["a", "b"], [["x" * 10**6, "y"], ["z", "y"]])]
    lines += console.pairs([("n" * 4000, "v"), ("m", "v")])
    assert max(map(len, lines)) <= console.WIDTH


@pytest.mark.parametrize("ms", [1.0, 0.5])
def test_an_hrv_of_one_takes_only_its_own_variation(ms: float) -> None:
    """No share of a logarithm that is not above 0: null with the reason, the others answer."""
    days, period = athlete_days.life()
    days = [
        one._replace(recovery=one.recovery and dataclasses.replace(one.recovery, hrv_rmssd_ms=ms))
        for one in days
    ]
    answer = found(athlete_days.computed(days, period))
    assert answer["hrv.cv"]["value"] is None and "not above 1 ms" in answer["hrv.cv"]["reason"]
    assert answer["ln_hrv.mean"]["geometric_mean_ms"] == pytest.approx(ms)
    assert answer["recovery.mean"]["value"] is not None


def broken(*arguments: Any, **how: Any) -> Any:
    raise ZeroDivisionError


def test_a_statistic_that_fails_is_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Null, with the reason, and in the log; the others are what they were."""
    days, period = athlete_days.life()
    before = found(athlete_days.computed(days, period))
    monkeypatch.setattr(baselines, "hrv_cv", broken)
    after = found(athlete_days.computed(days, period))
    assert after["hrv.cv"]["value"] is None and "could not" in after["hrv.cv"]["reason"]
    assert "hrv.cv" in caplog.text
    assert {**after, "hrv.cv": None} == {**before, "hrv.cv": None}
    for name in ("hrv", "mean"):
        monkeypatch.setattr(baselines, name, broken)
    assert athlete_days.computed(days, Dates(*period))["summary"]


def test_a_panel_that_fails_is_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its place says so, the log says why, and the page is whole."""
    cache = mirror(tmp_path, days=60)
    monkeypatch.setattr(daily_charts, "hrv_chart", broken)
    text = Outline(document.page(cache)).text
    assert text.count("could not be drawn") == 1 and "Day strain" in text
    assert "Heart-rate variability" in caplog.text
