"""From … to …, as users say it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp import times
from whoop_mcp.errors import ValidationError
from whoop_mcp.times import Span, Window

from ..support.samples import PROPERTY

NOW = "2026-10-20T12:00:00.000Z"


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        (None, None, Span("2026-09-20T12:00:00.000Z", NOW)),
        ("2026-10-01", None, Span("2026-10-01", NOW)),
        (None, "2026-10-01", Span("2026-09-01", "2026-10-01")),
        ("2026-10-01T00:00:00+02:00", "2026-10-02", Span("2026-09-30T22:00:00.000Z", "2026-10-02")),
        ("2026-10-01", "2026-10-01", Span("2026-10-01", "2026-10-01")),
        # It is tomorrow already in the east, and still yesterday in the west.
        ("2026-10-21", None, Span("2026-10-21", NOW)),
        ("2026-10-20T11:00:00.000Z", "2026-10-20", Span("2026-10-20T11:00:00.000Z", "2026-10-20")),
        (None, "2000-01-05", Span("2000-01-01", "2000-01-05")),
    ],
)
def test_a_span_of_arguments(start: str | None, end: str | None, span: Span) -> None:
    """Dates stay dates, instants become canonical, and 30 days before the end is the default."""
    assert times.parse(start, end, NOW) == span


@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        ("2026-10-02", "2026-10-01", "end"),
        ("2026-10-20T12:00:00.001Z", None, "start"),
        ("2026-10-22", None, "start"),
        ("2026-10-20T12:00:00.001Z", "2026-10-20", "end"),
        ("soon", None, "start"),
        (None, "2026-13-01", "end"),
        ("2026-02-29", None, "start"),
        ("0026-04-20", None, "start"),
        ("1970-01-01T00:00:00Z", None, "start"),
        (None, "1999-12-31", "end"),
    ],
)
def test_what_is_no_span(start: str | None, end: str | None, named: str) -> None:
    """A bound that is none, or an end before the start, is refused by its name."""
    with pytest.raises(ValidationError) as caught:
        times.parse(start, end, NOW)
    assert f"`{named}`" in caught.value.message
    assert caught.value.hint


def test_a_start_alone_is_not_swapped() -> None:
    """A start in the future without an end is called that; nobody is told to swap what was not
    given. With an end it may lie there."""
    with pytest.raises(ValidationError, match="`start` is in the future") as caught:
        times.parse("2999-01-01", None, NOW)
    assert "Swap" not in (caught.value.hint or "")
    assert times.parse("2999-01-01", "2999-01-02", NOW) == Span("2999-01-01", "2999-01-02")
    with pytest.raises(ValidationError) as caught:
        times.parse("2999-01-02", "2999-01-01", NOW)
    assert "Swap" in (caught.value.hint or "")


def test_a_span_of_dates_reaches_round_the_earth() -> None:
    """A day begins 14 hours before UTC's in the east and 12 after it in the west."""
    assert Span("2026-10-01", "2026-10-02").window() == Window(
        "2026-09-30T10:00:00.000Z", "2026-10-02T12:00:00.000Z"
    )
    assert Span(NOW, NOW).window() == Window(NOW, NOW)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (
            "2026-10-20",
            "2026-10-20",
            "The window is empty, as its end is exclusive: for all of 2026-10-20, end with "
            "2026-10-21.",
        ),
        (NOW, NOW, "The window is empty, as its end is exclusive: it ends where it begins."),
        ("2026-10-22", "2026-11-01", "Nothing can be there yet: 2026-10-22 is still to come."),
        ("2026-10-22", "2026-10-22", "Nothing can be there yet: 2026-10-22 is still to come."),
        ("2026-10-20", "2026-10-21", None),
        ("2026-10-21", times.LATEST, None),  # it is tomorrow already in the east
    ],
)
def test_why_nothing_can_be_in_a_span(start: str, end: str, words: str | None) -> None:
    """One that ends where it begins, and one that is still to come, say so; others say nothing."""
    assert times.remark(Span(start, end), NOW) == words


DAYS = st.dates(date(2000, 1, 1), date(9999, 11, 30)).map(str)
INSTANTS = st.builds(
    lambda day, millis: times.plus(times.midnight(day), milliseconds=millis),
    DAYS,
    st.integers(0, 86_399_999),
)
BOUNDS = st.none() | DAYS | INSTANTS


@PROPERTY
@given(BOUNDS, BOUNDS)
def test_a_span_is_what_was_asked_for(start: str | None, end: str | None) -> None:
    """What is given stays, what is left out is filled in, and a span asked for again is itself."""
    try:
        span = times.parse(start, end, NOW)
    except ValidationError:
        if start and end:
            assert max(end, end[:10]) < start or end[:10] <= start[:10]
        return
    assert span.start == start or start is None
    assert span.end == (end or NOW)
    assert times.parse(span.start, span.end, NOW) == span
    window = span.window()
    assert window.start <= window.end


@PROPERTY
@given(DAYS, st.integers(-12 * 60, 14 * 60), st.integers(0, 86_399_999))
def test_a_span_of_dates_misses_no_record(day: str, minutes: int, millis: int) -> None:
    """Whatever lies in a local day, at whichever offset, lies in the window of its dates."""
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"
    instant = times.plus(times.midnight(day, zone), milliseconds=millis)
    following = times.plus(times.midnight(day), days=1)[:10]
    window = Span(day, following).window()
    assert window.start <= instant < window.end


def test_years_before_there_was_whoop_are_mistakes() -> None:
    """A year that somebody mistyped is refused with a word of what WHOOP has."""
    with pytest.raises(ValidationError, match="before the year 2000, and WHOOP has nothing"):
        times.bound("since", "0026-04-20")
    assert times.bound("since", "2000-01-01") == "2000-01-01"
    assert times.bound("since", times.BEGINNING) == times.BEGINNING
