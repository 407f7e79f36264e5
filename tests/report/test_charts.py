"""Charts: their axes, marks and gaps, and the table behind each."""

from __future__ import annotations

import itertools
import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.report import calendar_chart, charts, marks, scatter, slots, wording
from whoop_mcp.report.calendar_chart import Cell
from whoop_mcp.report.charts import Cut, Head, Track
from whoop_mcp.report.marks import Frame
from whoop_mcp.report.scatter import Point

from ..support.dashboards import Outline
from ..support.samples import PROPERTY

HEAD = Head("one", "One thing", "units", "What is to be seen.")


def dates(count: int, first: str = "2026-04-20") -> list[str]:
    """So many days in a row."""
    start = date.fromisoformat(first)
    return [(start + timedelta(days=at)).isoformat() for at in range(count)]


def cut(count: int) -> Cut:
    """That many days as slots."""
    return Cut(*slots.slots(dates(count)))


# ── axes ──


@PROPERTY
@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_holds_all_values_at_round_ticks(values: list[float]) -> None:
    """Its ends are ticks, evenly apart, never many, and no value lies outside."""
    axis = marks.axis(values)
    hair = 1e-6 * (axis.high - axis.low)
    assert axis.low - hair <= min(values) and max(values) <= axis.high + hair
    assert axis.ticks[0] == axis.low and axis.ticks[-1] == axis.high
    assert 2 <= len(axis.ticks) <= 11
    steps = [b - a for a, b in itertools.pairwise(axis.ticks)]
    assert max(steps) - min(steps) <= 1e-5 * max(1.0, max(steps))


def test_a_tick_is_said_with_the_decimals_that_the_axis_needs() -> None:
    """Whole numbers stay whole, and a minus is a minus sign."""
    fine = marks.axis([-0.4, 0.4])
    assert [marks.tick_label(tick, fine) for tick in fine.ticks] == [
        "−0.4",
        "−0.2",
        "0.0",
        "0.2",
        "0.4",
    ]
    assert marks.tick_label(-2, marks.fixed(-2, 2, 2)) == "−2"


@pytest.mark.parametrize(
    ("days", "step", "least", "most"),
    [
        *[(1, "day", 1, 1), (120, "day", 120, 120), (121, "week", 18, 19)],
        *[(365, "week", 53, 54), (841, "month", 28, 29), (3650, "month", 120, 121)],
    ],
)
def test_long_periods_are_cut_into_what_can_be_told_apart(
    days: int, step: str, least: int, most: int
) -> None:
    """Days up to 120, then calendar weeks, then months; each day is in one slot, in order."""
    made, found = slots.slots(dates(days))
    assert found == step
    assert least <= len(made) <= most
    assert [at for slot in made for at in range(slot.start, slot.stop)] == list(range(days))


@pytest.mark.parametrize("days", [1, 2, 7, 30, 90, 120, 121, 365, 840, 841, 1500, 3650])
def test_dates_below_a_chart_do_not_touch(days: int) -> None:
    """At most ten labels on a wide screen, and every other one on a phone."""
    made, step = slots.slots(dates(days))
    labels = marks.date_labels(made, step)
    assert 1 <= len(labels) <= 10
    assert sum(phone for _, _, phone in labels) <= 5
    assert len({words for _, words, _ in labels}) == len(labels)


def test_dates_in_words() -> None:
    """What both ends share is said once, in English."""
    assert wording.span("2026-04-21", "2026-05-20") == "21 April – 20 May 2026"
    assert wording.span("2026-05-02", "2026-05-20") == "2 – 20 May 2026"
    assert wording.span("2025-12-30", "2026-01-02") == "30 December 2025 – 2 January 2026"
    assert wording.span("2026-05-02", "2026-05-02") == "2 May 2026"
    assert wording.day("2026-05-02", weekday=True) == "Sat 2 May 2026"


def test_numbers_in_words() -> None:
    """Three digits or so, a true minus, no minus zero, hours as people say them."""
    assert [wording.short(one) for one in (123.4, 12.34, 1.234, -1e-9)] == [
        *("123", "12.3", "1.23", "0.00")
    ]
    small = [wording.signed(one) for one in (0.0049, -0.00321, 0.00001, 1e-15, 0.0)]
    assert small == ["+0.005", "−0.003", "+0.00001", "0.00", "0.00"]  # no figure that is one is 0
    assert wording.signed(-0.5) == "−0.50"
    assert (wording.hours(7.999), wording.hours(-0.25)) == ("8 h 00 min", "−0 h 15 min")
    assert wording.clock(7.0833) == "7:05"
    assert (wording.chance("q", 0.0001), wording.chance("q", 0.015)) == ("q < 0.001", "q = 0.015")


# ── marks ──


def test_a_missing_value_is_a_gap_and_not_zero() -> None:
    """Columns are left out where there is no value, drawn where it is 0, and the gap is hatched."""
    values = [3.0, None, None, 0.0]
    frame = Frame(4, marks.fixed(0, 4, 2))
    assert marks.columns(frame, values, "x").count("<rect") == 2
    gaps = Outline(marks.hatching(frame, [value is not None for value in values])).tags("rect")
    assert [(one["x"], one["width"]) for one in gaps] == [("25.00%", "50.00%")]


def test_a_line_breaks_at_a_gap() -> None:
    """Each stretch is a path of its own; a value between two gaps is a dot."""
    drawn = Outline(marks.line(Frame(6, marks.fixed(0, 4, 2)), [1, 2, None, 3, None, 4], "x"))
    assert len(drawn.tags("path")) == 1
    assert len(drawn.tags("circle")) == 2


def test_a_stack_is_whole_or_absent() -> None:
    """Parts lie one on another; a night of which a part is unknown is no shorter night."""
    frame = Frame(2, marks.fixed(0, 10, 2), 100)
    rects = Outline(marks.stack(frame, [("a", [2.0, 1.0]), ("b", [3.0, None])])).tags("rect")
    assert [(one["y"], one["height"]) for one in rects] == [("80", "20"), ("50", "30")]


def test_deviations_go_up_and_down_from_zero() -> None:
    """A value below zero hangs from the line of zero."""
    frame = Frame(2, marks.fixed(-1, 1, 1), 100)
    above, below = Outline(marks.columns(frame, [0.5, -0.5], "x")).tags("rect")
    assert (above["y"], above["height"]) == ("25", "25")
    assert (below["y"], below["height"]) == ("50", "25")


def test_the_band_covers_whole_slots() -> None:
    """It reaches from the first slot's outer edge to the last one's, and is broken by gaps."""
    frame = Frame(4, marks.fixed(0, 4, 2), 100)
    drawn = Outline(marks.band(frame, [1, 1, None, 2], [3, 3, None, 3])).tags("path")
    assert len(drawn) == 2
    assert drawn[0]["d"] == "M0 25L0.5 25L1.5 25L2 25L2 75L1.5 75L0.5 75L0 75Z"


@PROPERTY
@given(st.lists(st.none() | st.floats(-1e4, 1e4), min_size=1, max_size=40))
def test_no_mark_leaves_its_frame(values: list[float | None]) -> None:
    """Whatever the values, every mark lies within the height of its chart."""
    frame = Frame(len(values), marks.axis(values, hold=(0.0,)))
    for drawn in (marks.columns(frame, values, "x"), marks.dots(frame, values, "x")):
        for name, one in Outline(drawn).elements:
            top = float(one["cy"] if name == "circle" else one["y"])
            low = top + (0 if name == "circle" else float(one["height"]))
            assert top >= 0 and low <= frame.height + 1
            assert not any(math.isnan(one) for one in (top, low))


# ── whole charts ──


def drawn(*values: float | None) -> Outline:
    """A chart of columns."""
    track = Track("Thing", values, "{:.1f} u".format, "x", why=["not scored"] * len(values))
    return Outline(charts.bars(HEAD, cut(len(values)), track, marks.fixed(0, 10, 5)))


def test_a_chart_says_what_it_is() -> None:
    """It is an image with a title and a description that its label names, and has a table."""
    chart = drawn(1, 2)
    image = next(one for one in chart.tags("svg") if one.get("role") == "img")
    names = [one["id"] for tag, one in chart.elements if tag in ("title", "desc") and "id" in one]
    assert image["aria-labelledby"].split() == names == ["one-title", "one-says"]
    assert "What is to be seen." in chart.text
    assert len(chart.tags("details")) == len(chart.tags("table")) == 1
    assert {one["scope"] for one in chart.tags("th")} == {"col", "row"}
    assert chart.tags("div")[-1]["tabindex"] == "0"


def test_every_slot_tells_its_day_and_value() -> None:
    """Pointing at a day tells its value with the unit, or why there is none."""
    chart = drawn(1, None)
    assert chart.kinds("hit") == 2
    assert "Mon 20 April 2026 Thing: 1.0 u" in chart.text
    assert "Tue 21 April 2026 Thing: not scored" in chart.text
    assert chart.kinds("gap") == 2  # in the drawing and in the legend


def test_a_chart_of_nothing_says_so() -> None:
    """Without any value there is no empty frame but a sentence."""
    chart = drawn(None, None)
    assert "Nothing to show" in chart.text
    assert not chart.tags("svg")


def test_a_month_sheet_has_each_day_in_its_weekday() -> None:
    """Up to eleven weeks are a sheet, Monday first, with the figure in each day."""
    cells = [Cell(one, 50.0, one) for one in dates(8, "2026-04-22")]  # a Wednesday
    drawing, height, kind = calendar_chart.calendar(cells, lambda value: "high")
    rects = Outline(drawing).tags("rect")
    assert kind == "sheet" and height == 20 + 2 * 38
    assert (rects[0]["x"], rects[5]["x"]) == ("29.00%", "0.43%")
    assert Outline(drawing).text.count("50") == 8


@pytest.mark.parametrize(("days", "years"), [(78, 0), (364, 0), (800, 3), (3650, 11)])
def test_longer_calendars_are_strips(days: int, years: int) -> None:
    """A year's weeks side by side, each year on its own where there are several."""
    cells = [Cell(one, None, one) for one in dates(days, "2016-05-23")]
    drawing, height, kind = calendar_chart.calendar(cells, lambda value: "high")
    outline = Outline(drawing)
    assert kind == "strips"
    assert outline.kinds("year") == years
    boxes = outline.tags("rect")
    assert len(boxes) == len({(one["x"], one["y"]) for one in boxes}) == days
    assert max(float(one["y"]) + float(one["height"]) for one in boxes) <= height
    assert max(float(one["x"][:-1]) + float(one["width"][:-1]) for one in boxes) <= 100


def test_points_lie_where_their_pairs_say() -> None:
    """The axes are named, and each point tells what it is."""
    drawing, _ = scatter.scatter([Point(0, 0, "low"), Point(10, 4, "high")], "across", "up")
    outline = Outline(drawing)
    low, high = outline.tags("circle")
    assert (low["cx"], low["cy"], high["cx"], high["cy"]) == ("0.00%", "220", "100.00%", "0")
    assert {"across", "up", "low", "high"} <= set(outline.text.split())


def test_a_spark_needs_three_values() -> None:
    """Fewer say nothing of a course; a gap in it stays a gap."""
    assert scatter.spark([1, None, 2], "x") is None
    made = scatter.spark([1, 2, None, 3, 4], "x")
    assert made is not None and made.count("M") == 2
