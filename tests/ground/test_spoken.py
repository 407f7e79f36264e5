"""Times as people say them: what each becomes as a start, an end, a day and a stretch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from whoop_mcp import spoken
from whoop_mcp.times import Span


def today() -> str:
    """A Wednesday."""
    return "2026-05-20"


def never() -> str:
    raise AssertionError("today is not asked for where nothing depends on it")


SAID = [
    ("today", "2026-05-20", "2026-05-21"),
    ("  Today ", "2026-05-20", "2026-05-21"),
    ("now", "2026-05-20", "2026-05-21"),
    ("yesterday", "2026-05-19", "2026-05-20"),
    ("3 days ago", "2026-05-17", "2026-05-18"),
    ("1 day ago", "2026-05-19", "2026-05-20"),
    ("2 weeks ago", "2026-05-06", "2026-05-07"),
    ("this month", "2026-05-01", "2026-06-01"),
    ("this year", "2026-01-01", "2027-01-01"),
]
FIXED = [
    ("2026-05", "2026-05-01", "2026-06-01"),
    ("2025-12", "2025-12-01", "2026-01-01"),
    ("2024-02", "2024-02-01", "2024-03-01"),
    ("2026", "2026-01-01", "2027-01-01"),
    ("2026-W20", "2026-05-11", "2026-05-18"),
    ("2026w01", "2025-12-29", "2026-01-05"),
    ("May 2026", "2026-05-01", "2026-06-01"),
    ("sep. 2025", "2025-09-01", "2025-10-01"),
    ("1 May 2026", "2026-05-01", "2026-05-02"),
    ("2nd may 2026", "2026-05-02", "2026-05-03"),
    ("May 1, 2026", "2026-05-01", "2026-05-02"),
]
LASTING = [
    ("30d", "2026-04-21"),
    ("1d", "2026-05-20"),
    ("30.0d", "2026-04-21"),
    ("4w", "2026-04-23"),
    ("last 7 days", "2026-05-14"),
    ("Last_7_Days", "2026-05-14"),
    ("the last 2 weeks", "2026-05-07"),
    ("past 7 days", "2026-05-14"),
    ("7 days", "2026-05-14"),
]
STRETCHES = [
    ("2026-05-01", "2026-05-01", "2026-05-02"),
    ("2026-05-01..2026-05-14", "2026-05-01", "2026-05-15"),
    ("2026-05-01 .. 2026-05-14", "2026-05-01", "2026-05-15"),
    ("2026-05-01 to 2026-05-14", "2026-05-01", "2026-05-15"),
    ("2026-05-01 TO 2026-05-14", "2026-05-01", "2026-05-15"),
    ("2026-05-01 Until yesterday", "2026-05-01", "2026-05-20"),
    ("2026-05-01..", "2026-05-01", "2026-05-21"),
    ("2026-03..2026-05", "2026-03-01", "2026-06-01"),
    ("2026-05-01..yesterday", "2026-05-01", "2026-05-20"),
]
BAD = [
    ("last week", "2026-W20"),
    ("this week", "last 7 days"),
    ("past month", "last 30 days"),
    ("last year", "last 365 days"),
    ("may", "lacks its year"),
    ("20 April", "lacks its year"),
    ("01/05/2026", "can be two dates"),
    ("1.5.26", "can be two dates"),
    ("2026-13", "no such month"),
    ("2026-W54", "no such week"),
    ("31 April 2026", "no such day"),
    ("2026-04-31..2026-05-03", "is no such day"),
    ("1999", "before the year 2000"),
    ("1999-12", "before the year 2000"),
    ("1999-W20", "before the year 2000"),
    ("31 Dec 1999", "before the year 2000"),
    ("9999", "beyond the calendar"),
    ("9999-12", "beyond the calendar"),
    ("9999-W52", "beyond the calendar"),
    ("31 Dec 9999", "beyond the calendar"),
    ("0d", "no day at all"),
    ("99999d", "more than 3650 days"),
    ("next week", "still to come"),
    ("next 7 days", "still to come"),
    ("in 99999 days", "more than 3650 days"),
]
AHEAD = [
    ("tomorrow", "2026-05-21", "2026-05-22"),
    ("In 3 days", "2026-05-23", "2026-05-24"),
    ("in 2 weeks", "2026-06-03", "2026-06-04"),
]


@pytest.mark.parametrize(("text", "first", "after"), [*SAID, *FIXED])
def test_words_mean_whole_days(text: str, first: str, after: str) -> None:
    """A start is the first day that was said, an end the day after the last: all of it is meant."""
    assert spoken.start(text, today) == first
    assert spoken.end(text, today) == after
    assert spoken.stretch(text, today) == Span(first, after)


@pytest.mark.parametrize(("text", "first", "after"), FIXED)
def test_today_is_asked_for_only_where_it_matters(text: str, first: str, after: str) -> None:
    """A month is what it is on whatever day it is said."""
    assert spoken.stretch(text, never) == Span(first, after)


@pytest.mark.parametrize(("text", "first", "after"), AHEAD)
def test_a_day_to_come_is_one(text: str, first: str, after: str) -> None:
    """It is a day like any other, and may end something; what begins with it is told that it is in
    the future, though it has begun already further east."""
    assert spoken.day(text, today) == first
    assert spoken.end(text, today) == after
    assert spoken.stretch(text, today) == Span(first, after)
    with pytest.raises(ValueError, match="is in the future"):
        spoken.start(text, today)


def test_in_no_days_is_today() -> None:
    """What is not still to come may begin something."""
    assert spoken.start("in 0 days", today) == "2026-05-20"


@pytest.mark.parametrize(("text", "first"), LASTING)
def test_how_long_ends_with_today(text: str, first: str) -> None:
    """So many days are those up to today, which is one of them; as an end that says nothing."""
    assert spoken.start(text, today) == first
    assert spoken.stretch(text, today) == Span(first, "2026-05-21")
    with pytest.raises(ValueError, match="not when it ends"):
        spoken.end(text, today)


@pytest.mark.parametrize(("text", "first", "after"), STRETCHES)
def test_a_stretch_has_both_its_ends(text: str, first: str, after: str) -> None:
    """The last day that is named is in it."""
    assert spoken.stretch(text, today) == Span(first, after)


@pytest.mark.parametrize("read", [spoken.start, spoken.end, spoken.day])
def test_a_stretch_is_no_single_time(read: Callable[..., object]) -> None:
    """Where one end is asked for, two are refused, with what they were read as."""
    with pytest.raises(ValueError, match="from 2026-05-01 to 2026-05-14"):
        read("2026-05-01..2026-05-14", today)


def test_a_day_is_one_day() -> None:
    """A month is no day; yesterday is one."""
    assert spoken.day("yesterday", today) == "2026-05-19"
    for text in ("2026-05", "last 7 days", "last month", "this week"):
        with pytest.raises(ValueError, match="more than one day"):
            spoken.day(text, today)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9999-12-31", "beyond the calendar"),
        ("2026-05-01..9999-12-31", "beyond the calendar"),
        ("2026-05..9999-12", "beyond the calendar"),
        ("1999-12-31..2026-05-01", "before the year 2000"),
    ],
)
def test_a_stretch_ends_before_the_calendar_does(text: str, says: str) -> None:
    """A date after which there is none, and one from long before, are refused in words."""
    with pytest.raises(ValueError, match=says):
        spoken.stretch(text, today)


@pytest.mark.parametrize(("text", "says"), BAD)
@pytest.mark.parametrize("read", [spoken.start, spoken.end, spoken.day, spoken.stretch])
def test_what_can_mean_two_things_is_refused(
    text: str, says: str, read: Callable[..., object]
) -> None:
    """Ambiguous, impossible and boundless words say what to write in their place; a week is no day,
    whichever it is."""
    with pytest.raises(ValueError) as caught:
        read(text, today)
    no_day = read is spoken.day and "can mean two things" in _said_of(text)
    assert ("is more than one day" if no_day else says) in str(caught.value)


def _said_of(text: str) -> str:
    with pytest.raises(ValueError) as caught:
        spoken.stretch(text, today)
    return str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-05-20", "2026-05-20T06:30Z", "eyJ2IjoxfQ", "m1"]
)
def test_what_is_none_of_these_words_is_left_to_others(text: str) -> None:
    """Dates, instants and cursors are not touched here."""
    assert spoken.start(text, never) is spoken.end(text, never) is spoken.day(text, never) is None


@pytest.mark.parametrize(
    "text", ["soon", "..", "..2026-05", "2026-05-14..2026-05-01", "30d..today", "a..b..c"]
)
def test_what_is_no_stretch_says_so(text: str) -> None:
    """Nothing, three ends, ends the wrong way round."""
    with pytest.raises(ValueError):
        spoken.stretch(text, today)
