"""Spell instants in one sortable way, read wall-clock days off them, and reckon with windows.

An instant is text, `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that text order is time order everywhere:
in Python, in SQL and in file names. An *instant* has a moment of its own; a *bare date*
(`YYYY-MM-DD`) means local midnight, which each record reads at its own offset.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from operator import itemgetter
from typing import NamedTuple

from .errors import ValidationError

Clock = Callable[[], str]
"""Says what time it is, as canonical text; replaced in tests and simulations."""

EARLIEST = "0001-01-01T00:00:00.000Z"
LATEST = "9999-12-31T23:59:59.999Z"

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?"
    r"([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
# As WHOOP spells almost all of them; whether the day exists is still to be seen.
_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
# … and on a day that every month has, so that there is nothing left to be seen.
_CERTAIN = re.compile(
    r"[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WESTERNMOST, _EASTERNMOST = -12 * 60, 14 * 60  # minutes: Baker Island, the Line Islands
_OFFSET = re.compile(r"([+-])(\d\d)(?::?(\d\d))?", re.ASCII)
_MINUTE = timedelta(minutes=1)
_AHEAD: dict[str | None, timedelta] = {
    f"{'-' if quarter < 0 else '+'}{abs(quarter) // 4:02d}:{abs(quarter) % 4 * 15:02d}": timedelta(
        minutes=quarter * 15
    )
    for quarter in range(_WESTERNMOST // 15, _EASTERNMOST // 15 + 1)
}
"""How far the clocks of almost all zones are ahead of UTC, by the spelling that we give them."""


def now() -> str:
    """Tell the present instant, canonical."""
    return text(datetime.now(timezone.utc))


def text(moment: datetime) -> str:
    """Spell an aware datetime canonically; below a millisecond it is cut, not rounded."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(instant: str) -> datetime:
    """Read a canonical text as an aware datetime in UTC."""
    return datetime.fromisoformat(instant[:-1] + "+00:00")


def utc(value: str) -> str:
    """Make any ISO-8601 spelling of an instant canonical; without a zone it is UTC.

    ValueError says what is wrong with it.
    """
    if _CERTAIN.fullmatch(value):
        return value
    try:
        if _CANONICAL.fullmatch(value):
            _naive(value)
            return value
    except ValueError:
        raise ValueError("no such date or time of day") from None
    match = _INSTANT.fullmatch(value)
    if match is None:
        raise ValueError("not an ISO-8601 instant such as 2026-04-20T06:30:00Z")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    micros = int((match[7] or "0").ljust(6, "0")[:6])
    try:
        naive = datetime(year, month, day, hour, minute, int(match[6] or 0), micros)
        return text(naive.replace(tzinfo=timezone.utc) - timedelta(minutes=offset(match[8])))
    except (ValueError, OverflowError):
        raise ValueError("no such date or time of day") from None


def is_date(value: str) -> bool:
    """Tell whether a text is a bare date. ValueError when it looks like one that does not exist."""
    if not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("no such day in the calendar") from None
    return True


def with_local(value: object, zone: object) -> tuple[str, str] | None:
    """Pair an instant with its wall-clock text, as `utc` and `local` do, in half their time.

    None where one of the two is spelled in another way than almost all of WHOOP's are.
    """
    if type(value) is not str or type(zone) is not str or not _CANONICAL.fullmatch(value):
        return None
    ahead = _AHEAD.get(zone)
    if ahead is None:
        return None
    try:
        moved = datetime.fromisoformat(value[:-1]) + ahead
    except (ValueError, OverflowError):
        return None
    return value, f"{moved.isoformat('T', 'milliseconds')}{zone}"


def offset(zone: str | None) -> int:
    """Read `+05:30`, `-0400`, `+01`, `Z` or None (UTC) as minutes east of UTC.

    ValueError for what is none, or is further from UTC than any clock on earth.
    """
    if zone is None or zone in ("Z", "z"):
        return 0
    if zone in _AHEAD:
        return _AHEAD[zone] // _MINUTE
    match = _OFFSET.fullmatch(zone)
    if match is None or int(match[3] or 0) > 59:
        raise ValueError("not a zone offset such as -04:00")
    minutes = int(f"{match[1]}1") * (int(match[2]) * 60 + int(match[3] or 0))
    if not _WESTERNMOST <= minutes <= _EASTERNMOST:
        raise ValueError("not a zone offset such as -04:00")
    return minutes


def local(instant: str, zone: str | None) -> str:
    """Spell an instant as wall-clock text at an offset: `2026-04-20T00:00:00.000-04:00`."""
    ahead = _AHEAD.get(zone)
    if ahead is not None:
        return f"{_moved(instant, ahead)[:-1]}{zone}"
    minutes = offset(zone)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{_moved(instant, timedelta(minutes=minutes))[:-1]}{sign}{hours:02d}:{rest:02d}"


def midnight(date: str, zone: str | None = None) -> str:
    """Find the instant at which a bare date begins at an offset (UTC without one)."""
    return plus(f"{date}T00:00:00.000Z", minutes=-offset(zone))


def dates(first: str, last: str) -> Iterator[str]:
    """List the bare dates from one to another, both included."""
    began, ended = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    for number in range(began, ended + 1):
        yield date.fromordinal(number).isoformat()


def plus(instant: str, **span: float) -> str:
    """Move an instant by a timedelta's keywords; it stays inside the calendar's ends."""
    try:
        delta = timedelta(**span)
    except OverflowError:
        # Longer than a timedelta holds: its largest part says which way.
        return LATEST if max(span.values(), key=abs) > 0 else EARLIEST
    return _moved(instant, delta)


def _moved(instant: str, delta: timedelta) -> str:
    try:
        return (_naive(instant) + delta).isoformat("T", "milliseconds") + "Z"
    except OverflowError:
        return LATEST if delta > timedelta() else EARLIEST


def seconds(start: str, end: str) -> float:
    """Measure the seconds from one instant to another."""
    return (_naive(end) - _naive(start)).total_seconds()


def _naive(instant: str) -> datetime:
    """Read an instant as UTC without a zone, which is quicker to reckon with."""
    return datetime.fromisoformat(instant[:-1])


# ── windows of time, half-open ──


class Window(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), canonical instants."""

    start: str
    end: str


def union(windows: Iterable[Window]) -> list[Window]:
    """Join windows into as few as cover the same time, in order."""
    merged: list[Window] = []
    for window in sorted(windows):
        if window.start >= window.end:
            continue
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def gaps(window: Window, covered: Iterable[Window]) -> list[Window]:
    """Find the parts of a window that none of the others covers, in order."""
    missing: list[Window] = []
    reached = window.start
    for one in union(covered):
        if one.end <= reached:
            continue
        if one.start >= window.end:
            break
        if one.start > reached:
            missing.append(Window(reached, one.start))
        reached = one.end
    if reached < window.end:
        missing.append(Window(reached, window.end))
    return missing


def covers(windows: Sequence[Window], instant: str) -> bool:
    """Tell whether an instant lies in one of some windows, in order and without overlap."""
    place = bisect_right(windows, instant, key=itemgetter(0))
    return place > 0 and instant < windows[place - 1].end


def common(one: Window, other: Window) -> Window | None:
    """Find the stretch that two windows share, or None."""
    shared = Window(max(one.start, other.start), min(one.end, other.end))
    return shared if shared.start < shared.end else None


# ── what a person means by "from … to …" ──

DEFAULT_DAYS = 30
_EAST, _WEST = 14, 12  # hours: the first and the last place on Earth to see a day begin


class Span(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), each an instant or a bare date."""

    start: str
    end: str

    def window(self) -> Window:
        """Find the instants that this can reach, at whichever offset a record has."""
        return Window(_instant(self.start, -_EAST), _instant(self.end, _WEST))


BEGINNING = "2010-01-01T00:00:00.000Z"
"""WHOOP has nothing older."""

OLDEST = "2000-01-01T00:00:00.000Z"
"""What is older was mistyped: 0026 for 2026."""

EVER = Span(EARLIEST, LATEST)


def parse(start: str | None, end: str | None, now: str) -> Span:
    """Read a span from two arguments of a user; by default the 30 days before `end`, or now.

    ValidationError when one is no instant or date, or when the end comes before the start.
    """
    until = now if end is None else bound("end", end)
    since = _days_before(until) if start is None else bound("start", start)
    if is_before(until, since):
        if end is None:
            raise ValidationError(
                "`start` is in the future.",
                hint="Give an earlier one, or leave it out: 30 days is usual.",
            )
        raise ValidationError(
            "`end` comes before `start`.", hint="Swap them, or leave one out: 30 days is usual."
        )
    return Span(since, until)


def remark(span: Span, now: str) -> str | None:
    """Say why there can be nothing in a span, whoever asks; None of all in which there can be."""
    if is_before(now, span.start):
        day, of_day = span.start[:10], span.start[11:16]
        when = f"{day} {of_day} (UTC)" if of_day else day
        return f"Nothing can be there yet: {when} is still to come."
    if span.start == span.end:
        words = "The window is empty, as its end is exclusive"
        if len(span.end) > 10:
            return f"{words}: it ends where it begins."
        return f"{words}: for all of {span.end}, end with {plus(midnight(span.end), days=1)[:10]}."
    return None


def is_before(one: str, other: str) -> bool:
    """Tell whether an instant or a bare date comes before another.

    East of Greenwich today began before UTC's did: a date and an instant are in an order only where
    they are so at every offset.
    """
    mixed = (len(one) > 10) is not (len(other) > 10)
    return _instant(one, _WEST if mixed else 0) < _instant(other, -_EAST if mixed else 0)


def bound(name: str, value: str) -> str:
    """Read an argument as a canonical instant or a bare date. ValidationError names it."""
    try:
        return typed(value)
    except ValueError as problem:
        raise ValidationError(
            f"`{name}` is {problem}.",
            hint="Give an instant such as 2026-04-20T06:30:00Z or a date such as 2026-04-20.",
        ) from None


def typed(value: str) -> str:
    """Make an instant that somebody wrote canonical; a bare date stays as it is.

    ValueError says what is wrong with it, which also is a year long before there was WHOOP.
    """
    found = value if is_date(value) else utc(value)
    if found < OLDEST[: len(found)]:
        raise ValueError("before the year 2000, and WHOOP has nothing from before 2010")
    return found


def _days_before(bound: str) -> str:
    instant = midnight(bound) if len(bound) == 10 else bound
    return max(plus(instant, days=-DEFAULT_DAYS), OLDEST)[: len(bound)]


def _instant(value: str, hours: int) -> str:
    return value if len(value) > 10 else plus(midnight(value), hours=hours)
