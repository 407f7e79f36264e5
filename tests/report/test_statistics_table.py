"""The table of statistics: each figure as people read it."""

from __future__ import annotations

import math
import re

import pytest

from whoop_mcp.insights import anomalies
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.metrics import Format
from whoop_mcp.insights.statistic import SECTIONS, Comparison, Statistic
from whoop_mcp.insights.timeseries import Dates, day
from whoop_mcp.report import daily_charts, statistics_table
from whoop_mcp.report.html import Markup

from ..support import athlete_days
from ..support.dashboards import Outline

DATES = Dates.ending(athlete_days.LAST, 30)


def made(value: float | None, format: Format, unit: str) -> Statistic:
    """A statistic of that value, beside the same a period before."""
    return Statistic(
        *("one", "One", unit, format, "a method", "a source", DATES),
        n=30,
        excluded={"not recorded": 2},
        value=value,
        previous=Comparison("mean", value, 28, DATES.before(30)),
    )


@pytest.mark.parametrize(
    ("value", "format", "unit", "words"),
    [
        (57.123, Format.NUMBER, "bpm", "57.1 bpm"),
        (11.2, Format.SCALE, "0–21", "11.2"),
        (7.5, Format.HOURS, "hours", "7 h 30 min"),
        (math.log(60), Format.LOGARITHM, "ln ms", "60.0 ms"),
        (-0.5, Format.CHANGE, "bpm per 4 weeks", "−0.50 bpm per 4 weeks"),
        (0.25, Format.CORRELATION, "Spearman's ρ", "+0.25 ρ"),
    ],
)
def test_a_figure_is_written_in_its_format(
    value: float, format: Format, unit: str, words: str
) -> None:
    """Its own value and the one beside it, with the unit that people know."""
    one = made(value, format, unit)
    text = Outline(statistics_table.every_statistic({name: [one] for name in SECTIONS})).text
    assert statistics_table.value(one) == words
    assert f"Beside it: {words} in the 30 days before (n = 28)." in text
    assert "left out: 2 not recorded." in text


def test_the_scale_of_strain_is_no_unit() -> None:
    """No mean of a weekday has `0–21` after it, as if that were what it is counted in."""
    days, period = athlete_days.life(days=300)
    found = insights.compute(days, period).by_id
    text = Outline(
        statistics_table.every_statistic(
            {name: [] for name in SECTIONS} | {"weekdays": [found["strain.weekdays"]]}
        )
    ).text
    assert re.search(r"Monday \d+\.\d+ \(n = \d+\)", text) and "0–21" not in text


def test_no_two_statistics_have_one_title() -> None:
    """A title names one figure of an answer."""
    days, period = athlete_days.life(days=300)
    found = insights.compute(days, period).by_id.values()
    assert len({one.title for one in found}) == len(found)


def test_the_page_draws_the_series_that_the_statistics_were_computed_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No series is computed a second time, nor the four weeks that a day is held against."""
    days, period = athlete_days.life(days=300)
    answer = insights.compute(days, period)
    data = daily_charts.chart_data(days, day(period.first), answer.series)
    for name in ("recovery", "load"):
        assert data.table[name] is answer.series[name]
    monkeypatch.setattr(anomalies, "median", None)
    assert isinstance(daily_charts.temperature_chart(data), Markup)
