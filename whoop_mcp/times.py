"""The one spelling of an instant, and how wall-clock days are read off it.

An instant is text, `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that text order is time order everywhere:
in Python, in SQL and in file names. An *instant* has a moment of its own; a *bare date*
(`YYYY-MM-DD`) means local midnight, which each record reads at its own offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

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
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WESTERNMOST, _EASTERNMOST = -12 * 60, 14 * 60  # minutes: Baker Island, the Line Islands
_OFFSET = re.compile(r"([+-])(\d\d)(?::?(\d\d))?", re.ASCII)


def now() -> str:
    """The present instant, canonical."""
    return text(datetime.now(timezone.utc))


def text(moment: datetime) -> str:
    """An aware datetime's canonical text; below a millisecond it is cut, not rounded."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(instant: str) -> datetime:
    """The aware UTC datetime of a canonical text."""
    return datetime.fromisoformat(instant[:-1] + "+00:00")


def utc(value: str) -> str:
    """Any ISO-8601 spelling of an instant as canonical text; without a zone it is UTC.

    ValueError says what is wrong with it.
    """
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
    """Whether the text is a bare date. ValueError when it looks like one that does not exist."""
    if not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("no such day in the calendar") from None
    return True


def offset(zone: str | None) -> int:
    """Minutes east of UTC of `+05:30`, `-0400`, `+01`, `Z` or None (UTC).

    ValueError for what is none, or is further from UTC than any clock on earth.
    """
    if zone is None or zone in ("Z", "z"):
        return 0
    match = _OFFSET.fullmatch(zone)
    if match is None or int(match[3] or 0) > 59:
        raise ValueError("not a zone offset such as -04:00")
    minutes = int(f"{match[1]}1") * (int(match[2]) * 60 + int(match[3] or 0))
    if not _WESTERNMOST <= minutes <= _EASTERNMOST:
        raise ValueError("not a zone offset such as -04:00")
    return minutes


def local(instant: str, zone: str | None) -> str:
    """The same instant as wall-clock text at an offset: `2026-04-20T00:00:00.000-04:00`."""
    minutes = offset(zone)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{plus(instant, minutes=minutes)[:-1]}{sign}{hours:02d}:{rest:02d}"


def midnight(date: str, zone: str | None = None) -> str:
    """The instant at which a bare date begins at an offset (UTC without one)."""
    return plus(f"{date}T00:00:00.000Z", minutes=-offset(zone))


def plus(instant: str, **span: float) -> str:
    """The instant moved by a timedelta's keywords, kept inside the calendar's ends."""
    try:
        delta = timedelta(**span)
    except OverflowError:
        # Longer than a timedelta holds: its largest part says which way.
        return LATEST if max(span.values(), key=abs) > 0 else EARLIEST
    try:
        return (_naive(instant) + delta).isoformat(timespec="milliseconds") + "Z"
    except OverflowError:
        return LATEST if delta > timedelta() else EARLIEST


def seconds(start: str, end: str) -> float:
    """How long it is from one instant to another, in seconds."""
    return (_naive(end) - _naive(start)).total_seconds()


def _naive(instant: str) -> datetime:
    """UTC without saying so, which is quicker to reckon with."""
    return datetime.fromisoformat(instant[:-1])
