"""Read times as people say them: `yesterday`, `2026-05`, `last 7 days`, `2026-05-01..2026-05-14`.

What was said is a stretch of whole local days. As a start it means its first day; as an end, all of
it is meant, so that `end: yesterday` is up to the midnight after it. English, in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from . import times
from .choices import MOST_DAYS
from .times import Span

Today = Callable[[], str]
"""Tells today's bare date, asked only where what was said depends on it."""

WORDS = "today, yesterday, 3 days ago, 30d, last 7 days, this month, 2026-05, 2026-W20"
"""What an error offers."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_NUMBER = r"(\d{1,5})(?:\.0+)?"
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_YEAR = re.compile(r"\d{4}")
_WEEK = re.compile(r"(\d{4})-?w(\d\d)")
_LAST = re.compile(rf"(?:(?:the )?(?:last|past) )?{_NUMBER} ?(d|days?|w|weeks?)")
_AHEAD = re.compile(rf"in {_NUMBER} ?(d|days?|w|weeks?)")
_AGO = re.compile(rf"{_NUMBER} ?(d|days?|w|weeks?) ago")
_NAMED = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)? )?([a-z]{3,9})\.?(?: (\d{1,2}))?,?(?: (\d{4}))?")
_PARTED = re.compile(r"\.\.|…| to | until | – ", re.IGNORECASE)
_SLASHED = re.compile(r"\d{1,4}[./]\d{1,2}[./]\d{1,4}")
_SEVERAL = "is more than one day"
_FUTURE = "is in the future"
_NEAR = {"now": 0, "today": 0, "yesterday": 1, "tomorrow": -1}  # days back
_VAGUE = {
    "week": ("`last 7 days`, or ", "a calendar week such as `2026-W20`"),
    "month": ("`last 30 days`, ", "`this month` or a month such as `2026-05`"),
    "year": ("`last 365 days`, ", "`this year` or a year such as `2026`"),
}
"""What to say instead: how long it lasts until now, and a stretch of the calendar."""


class _Said(NamedTuple):
    """A stretch of days, `end` exclusive; `until_now` where the words say only how long it is, and
    `ahead` where they name a day after today."""

    start: date
    end: date
    until_now: bool = False
    ahead: bool = False


class _Vague(ValueError):
    """Words that can mean two stretches of days; `dated` offers those of the calendar alone."""

    def __init__(self, lasting: str, calendar: str) -> None:
        super().__init__(f"can mean two things: say {lasting}{calendar}")
        self.dated = f"can mean two things: say {calendar}"


class _Coming(ValueError):
    """Words for a stretch that is still to come."""

    def __init__(self) -> None:
        super().__init__("is still to come: name a day of it as YYYY-MM-DD")


def start(text: str, today: Today) -> str | None:
    """Return the first day of what was said, as a bare date; None where it is no such words.

    ValueError says what is wrong with it, as it does for all of these. What begins tomorrow here
    has begun already further east, so that a date alone would not show that it is still to come.
    """
    _refuse_range(text, today)
    found = _begun(text, today)
    return found and found.start.isoformat()


def end(text: str, today: Today) -> str | None:
    """Return the day after what was said: all of it is meant."""
    _refuse_range(text, today)
    found = _dated(text, today)
    if found and found.until_now:
        raise ValueError("says how long, not when it ends; give that as the start")
    return found and found.end.isoformat()


def day(text: str, today: Today, *, past: bool = False) -> str | None:
    """Return the one day that was said, with `past` none that words name after today."""
    _refuse_range(text, today)
    try:
        found = (_begun if past else _read)(text, today)
    except _Vague:
        raise ValueError(_SEVERAL) from None
    if found and (found.end - found.start).days != 1:
        raise ValueError(_SEVERAL)
    return found and found.start.isoformat()


def stretch(text: str, today: Today) -> Span:
    """Return all of what was said, a bare date among it, as `Span` of bare dates, its end
    exclusive. `A..B` is from the first day of A to the last of B."""
    parts = [one.strip() for one in _PARTED.split(text.strip())]
    if len(parts) > 2 or not parts[0]:
        raise ValueError(f"is no stretch of days such as 2026-05-01..2026-05-14, or {WORDS}")
    read = _read if len(parts) == 1 else _dated
    known = [_one(part, today, read) for part in parts if part]
    if len(parts) == 2 and any(one.until_now for one in known):
        raise ValueError("joins two stretches: give two days, as in 2026-05-01..2026-05-14")
    last = known[-1].end if parts[-1] else date.fromisoformat(today()) + timedelta(days=1)
    if last <= known[0].start:
        raise ValueError("ends before it begins")
    return Span(known[0].start.isoformat(), last.isoformat())


def _one(text: str, today: Today, read: Callable[[str, Today], _Said | None]) -> _Said:
    try:
        known = date.fromisoformat(text) if times.is_date(text) else None
    except ValueError as problem:
        raise ValueError(f"is {problem}") from None
    if known is not None:
        return _days(known.replace(year=_known(known.year)))
    found = read(text, today)
    if found is None:
        raise ValueError(f"is no stretch of days such as 2026-05-01..2026-05-14, or {WORDS}")
    return found


def _refuse_range(text: str, today: Today) -> None:
    if not _PARTED.search(text.strip()):
        return
    found = stretch(text, today)
    last = date.fromisoformat(found.end) - timedelta(days=1)
    raise ValueError(f"is a stretch, from {found.start} to {last.isoformat()}: give one end of it")


def _days(first: date, days: int = 1, *, until_now: bool = False, ahead: bool = False) -> _Said:
    return _Said(first, first + timedelta(days=days), until_now, ahead)


def _read(text: str, today: Today) -> _Said | None:
    """Read words for a stretch of days; None where they are none that are known here."""
    words = " ".join(text.lower().replace("_", " ").split())
    try:
        return _read_words(words, today)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


def _begun(text: str, today: Today) -> _Said | None:
    """Read words for what has begun."""
    try:
        found = _read(text, today)
    except _Coming:
        raise ValueError(_FUTURE) from None
    if found and found.ahead:
        raise ValueError(_FUTURE)
    return found


def _dated(text: str, today: Today) -> _Said | None:
    """Read words where it is no use to say how long something lasts."""
    try:
        return _read(text, today)
    except _Vague as problem:
        raise ValueError(problem.dated) from None


def _read_words(words: str, today: Today) -> _Said | None:
    def back(days: int) -> date:
        return date.fromisoformat(today()) - timedelta(days=days)

    if words in _NEAR:
        return _days(back(_NEAR[words]), ahead=_NEAR[words] < 0)
    if found := _AGO.fullmatch(words):
        return _days(back(_count(found)))
    if found := _AHEAD.fullmatch(words):
        return _days(back(-_count(found)), ahead=_count(found) > 0)
    if found := _LAST.fullmatch(words):
        days = _count(found)
        if not days:
            raise ValueError("is no day at all")
        return _days(back(days - 1), days, until_now=True)
    if found := _MONTH.fullmatch(words):
        return _month(int(found[1]), int(found[2]))
    if _YEAR.fullmatch(words):
        return _year(int(words))
    if found := _WEEK.fullmatch(words):
        year = _known(int(found[1]))
        try:
            return _days(date.fromisocalendar(year, int(found[2]), 1), 7)
        except ValueError:
            raise ValueError("is no such week") from None
    if words in ("this month", "this year"):
        now = back(0)
        return _month(now.year, now.month) if words == "this month" else _year(now.year)
    if words.split(" ")[0] in ("last", "past", "this", "previous"):
        vague = _VAGUE.get(words.split(" ")[-1])
        if vague and len(words.split(" ")) == 2:
            raise _Vague(*vague)
    if words.split(" ")[0] in ("next", "coming"):
        raise _Coming
    if _SLASHED.fullmatch(words):
        raise ValueError("can be two dates: write it as YYYY-MM-DD")
    return _named(words)


def _count(found: re.Match[str]) -> int:
    days = int(found[1]) * (7 if found[2].startswith("w") else 1)
    if days > MOST_DAYS:
        raise ValueError(f"is more than {MOST_DAYS} days")
    return days


def _named(words: str) -> _Said | None:
    """Read `May 2026`, `1 May 2026` and `May 1, 2026`."""
    found = _NAMED.fullmatch(words)
    if found is None or not (found[2] in _LONG or found[2] in _MONTHS):
        return None
    month = _MONTHS.index(found[2][:3]) + 1
    if found[4] is None:
        raise ValueError("lacks its year: write it as YYYY-MM-DD, or a month as 2026-05")
    of_month = found[1] or found[3]
    if of_month is None:
        return _month(int(found[4]), month)
    if found[1] and found[3]:
        return None
    year = _known(int(found[4]))
    try:
        return _days(date(year, month, int(of_month)))
    except ValueError:
        raise ValueError("is no such day in the calendar") from None


def _month(year: int, month: int) -> _Said:
    if not 1 <= month <= 12:
        raise ValueError("is no such month")
    after = date(_known(year) + month // 12, month % 12 + 1, 1)
    return _Said(date(year, month, 1), after)


def _year(year: int) -> _Said:
    return _Said(date(_known(year), 1, 1), date(year + 1, 1, 1))


def _known(year: int) -> int:
    if year >= 9999:
        raise ValueError("is beyond the calendar")
    if year < 2000:
        raise ValueError("is before the year 2000, and WHOOP has nothing from before 2010")
    return year
