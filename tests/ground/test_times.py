"""Instants, offsets and days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp import times

from ..support.samples import PROPERTY

MOMENTS = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(timezone.utc)
)  # fmt: skip
OFFSETS = st.integers(-12 * 60, 14 * 60)

BEYOND = ["-23:59", "-12:01", "+14:01", "+2359", "-13"]
"""Offsets that no clock on earth has."""


def spelled(minutes: int, colon: str = ":") -> str:
    """An offset as WHOOP writes it."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}{colon}{rest:02d}"


def cut(moment: datetime) -> datetime:
    """A moment without what is below a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@PROPERTY
@given(MOMENTS, OFFSETS, st.sampled_from("Tt "), st.sampled_from(["", ":"]), st.integers(3, 9))
def test_every_spelling_of_an_instant_is_one_text(
    moment: datetime, minutes: int, joint: str, colon: str, digits: int
) -> None:
    """Whatever offset, separator and precision a text has, the same moment is the same text."""
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    fraction = f"{there.microsecond:06d}000"[:digits]
    given_text = there.strftime(f"%m-%d{joint}%H:%M:%S.") + fraction + spelled(minutes, colon)
    canonical = times.utc(f"{there.year:04d}-{given_text}")
    assert times.moment(canonical) == cut(moment)
    assert times.utc(canonical) == canonical == times.text(moment)


@PROPERTY
@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """Canonical texts sort as their moments do."""
    assert (times.text(one) < times.text(other)) == (cut(one) < cut(other))


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("2026-04-20T06:30:00Z", "2026-04-20T06:30:00.000Z"),
        ("2026-04-20t06:30:00z", "2026-04-20T06:30:00.000Z"),
        ("2026-04-20 06:30", "2026-04-20T06:30:00.000Z"),
        ("2026-04-20T06:30:00,5", "2026-04-20T06:30:00.500Z"),
        ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
        ("2026-04-20T06:30:00.9999999+00", "2026-04-20T06:30:00.999Z"),
        ("2026-04-20T06:30:00 +0530", "2026-04-20T01:00:00.000Z"),
        ("2026-12-31T23:30:00-04:00", "2027-01-01T03:30:00.000Z"),
    ],
)
def test_known_spellings(value: str, canonical: str) -> None:
    """Without a zone it is UTC; seconds may be left out; below a millisecond it is cut."""
    assert times.utc(value) == canonical


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2026-04-20",
        "2026-04-20T06",
        "2026-02-30T06:30:00Z",
        "2026-02-30T06:30:00.000Z",
        "2025-02-29T06:30:00.000Z",
        "0000-01-01T00:00:00.000Z",
        "2026-00-20T06:30:00.000Z",
        "2026-13-20T06:30:00.000Z",
        "2026-04-00T06:30:00.000Z",
        "2026-04-20T24:00:00.000Z",
        "2026-04-20T06:60:00.000Z",
        "2026-04-20T06:30:60.000Z",
        "2026-04-20T06:30:00.000Z\n",
        "٢٠٢٦-04-20T06:30:00.000Z",
        "2026-04-20T25:00:00Z",
        "2026-04-20T06:30:60Z",
        "2026-04-20T06:30:00+24:00",
        *(f"2026-04-20T06:30:00{zone}" for zone in BEYOND),
        "2026-04-20T06:30:00+05:60",
        "2026-04-20T06:30:00Z ",
        "2026-04-20T06:30:00Z\n",
        "٢٠٢٦-04-20T06:30:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:30:00-01:00",
    ],
)
def test_what_is_no_instant(value: str) -> None:
    """Anything else is a ValueError whose words do not repeat the value."""
    with pytest.raises(ValueError, match=r"^(not an ISO|no such date)"):
        times.utc(value)


@PROPERTY
@given(MOMENTS, OFFSETS)
def test_local_text_is_the_same_instant(moment: datetime, minutes: int) -> None:
    """Wall-clock text at an offset reads back as the instant it came from."""
    local = times.local(times.text(moment), spelled(minutes))
    assert local.endswith(spelled(minutes))
    assert times.utc(local) == times.text(moment)
    assert local[:19] == (moment + timedelta(minutes=minutes)).isoformat()[:19]


def test_local_text_of_zulu_says_so_in_numbers() -> None:
    """`Z` is an offset of nothing, whichever way it came."""
    for zone in ("Z", "z", "+00:00", "-00:00", None):
        assert times.local("2026-04-20T04:00:00.000Z", zone) == "2026-04-20T04:00:00.000+00:00"


@PROPERTY
@given(st.dates(), OFFSETS)
def test_midnight_is_where_the_local_day_begins(day: object, minutes: int) -> None:
    """At a bare date's midnight the wall clock shows that date and no time."""
    start = times.midnight(str(day), spelled(minutes))
    if times.EARLIEST < start < times.LATEST:
        assert times.local(start, spelled(minutes))[:23] == f"{day}T00:00:00.000"


def test_bare_dates_are_told_from_instants() -> None:
    """A date is a date, an instant is not, and an impossible date is an error, not an instant."""
    assert times.is_date("2024-02-29")
    assert not times.is_date("2026-04-20T00:00:00Z")
    assert not times.is_date("20260420")
    with pytest.raises(ValueError, match="no such day"):
        times.is_date("2026-02-29")


def test_the_first_and_the_last_clock_on_earth() -> None:
    """From twelve hours behind UTC to fourteen ahead of it there are clocks."""
    assert (times.offset("-12:00"), times.offset("+14:00")) == (-720, 840)


@pytest.mark.parametrize(
    "zone", ["", "UTC", "5", "+5", "+05:3", "+24:00", "+05:60", "−04:00", *BEYOND]
)
def test_what_is_no_offset(zone: str) -> None:
    """An offset has a sign and whole hours and minutes of a clock, and one on earth shows it."""
    with pytest.raises(ValueError, match="not a zone offset"):
        times.offset(zone)


def test_time_stops_at_the_calendars_ends() -> None:
    """Moving an instant beyond the first or last moment stops there."""
    assert times.plus(times.LATEST, days=1) == times.LATEST
    assert times.plus(times.EARLIEST, days=-1) == times.EARLIEST
    for span in ({"days": 999_999_999}, {"seconds": 1e14}, {"minutes": 1e300, "days": -1}):
        assert times.plus("2026-04-20T06:30:00.000Z", **span) == times.LATEST
        back = {name: -value for name, value in span.items()}
        assert times.plus("2026-04-20T06:30:00.000Z", **back) == times.EARLIEST
    assert times.seconds("2026-04-20T00:00:00.000Z", "2026-04-20T00:01:00.500Z") == 60.5


@PROPERTY
@given(MOMENTS, st.integers(-(10**10), 10**10))
def test_an_instant_moved_is_so_far_away(moment: datetime, millis: int) -> None:
    """Moved by a span an instant is just that far from where it was, and back again."""
    instant = times.text(moment)
    there = times.plus(instant, milliseconds=millis)
    if times.EARLIEST < there < times.LATEST:
        assert times.seconds(instant, there) == millis / 1000
        assert times.plus(there, milliseconds=-millis) == instant
    assert (there > instant) == (millis > 0) or there == instant


DIGITS = st.text(st.sampled_from("0123456789-:.TZ+ ,tz"), max_size=30)


@PROPERTY
@given(DIGITS | st.text())
def test_any_text_is_an_instant_or_a_value_error(value: str) -> None:
    """What is read at all becomes the one spelling, in which it stays as it is."""
    try:
        instant = times.utc(value)
    except ValueError:
        return
    assert len(instant) == len(times.LATEST) and times.EARLIEST <= instant <= times.LATEST
    assert times.utc(instant) == instant == times.text(times.moment(instant))


def test_now_is_canonical() -> None:
    """The clock speaks the one spelling."""
    now = times.now()
    assert times.utc(now) == now
