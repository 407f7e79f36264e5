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
    ("this week", "2026-W20"),
    ("past month", "`this month`"),
    ("last year", "`this year`"),
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
    with pytest.raises(ValueError, match="is in the future"):
        spoken.day(text, today, past=True)


@pytest.mark.parametrize("text", ["next week", "coming month", "next 7 days"])
def test_what_is_to_come_begins_nothing(text: str) -> None:
    """Where only the past will do, nobody is asked to name a day that is refused as well."""
    for problem in (
        lambda: spoken.start(text, today),
        lambda: spoken.day(text, today, past=True),
    ):
        with pytest.raises(ValueError) as caught:
            problem()
        assert str(caught.value) == "is in the future"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("last week", "say a calendar week such as `2026-W20`"),
        ("this week", "say a calendar week such as `2026-W20`"),
        ("past month", "say `this month` or a month such as `2026-05`"),
        ("last year", "say `this year` or a year such as `2026`"),
    ],
)
def test_what_is_offered_as_an_end_can_be_one(text: str, says: str) -> None:
    """How long something lasts says not when it ends, so an end is offered no such words."""
    for problem in (
        lambda: spoken.end(text, today),
        lambda: spoken.stretch(f"2026-05-01..{text}", today),
        lambda: spoken.stretch(f"{text}..2026-05-20", today),
    ):
        with pytest.raises(ValueError) as caught:
            problem()
        assert str(caught.value) == f"can mean two things: {says}"


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


@pytest.mark.parametrize("read", [spoken.end, spoken.day, spoken.stretch])
def test_a_stretch_to_come_asks_for_its_day(read: Callable[..., object]) -> None:
    """What may be still to come is named by its days."""
    for text in ("next week", "next 7 days"):
        with pytest.raises(ValueError, match="still to come: name a day"):
            read(text, today)


@pytest.mark.parametrize("read", [spoken.start, spoken.stretch])
def test_what_can_mean_two_things_may_last_until_now(read: Callable[..., object]) -> None:
    """Where it would do, how long something lasts is offered first."""
    for text, says in (
        ("last week", "say `last 7 days`, or a calendar week such as `2026-W20`"),
        ("last month", "say `last 30 days`, `this month` or a month such as `2026-05`"),
    ):
        with pytest.raises(ValueError, match=f"can mean two things: {says}"):
            read(text, today)


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
