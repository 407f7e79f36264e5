"""What a person means by "from … to …": instants as they are, bare dates on each record's clock."""

from __future__ import annotations

from typing import NamedTuple

from . import times
from .errors import ValidationError
from .intervals import Window

DEFAULT_DAYS = 30
_EAST, _WEST = 14, 12  # hours: the first and the last place on Earth to see a day begin


class Span(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), each an instant or a bare date."""

    start: str
    end: str

    def window(self) -> Window:
        """The instants that this can reach, at whichever offset a record has."""
        return Window(_instant(self.start, -_EAST), _instant(self.end, _WEST))


BEGINNING = "2010-01-01T00:00:00.000Z"
"""WHOOP has nothing older."""

_OLDEST = "2000-01-01T00:00:00.000Z"  # what is older was mistyped: 0026 for 2026

EVER = Span(times.EARLIEST, times.LATEST)


def parse(start: str | None, end: str | None, now: str) -> Span:
    """The span of two arguments as users give them; by default the 30 days before `end`, or now.

    ValidationError when one is no instant or date, or when the end comes before the start.
    """
    until = now if end is None else bound("end", end)
    since = _days_before(until) if start is None else bound("start", start)
    mixed = (len(since) > 10) is not (len(until) > 10)
    # East of Greenwich today began before UTC's did: a date and an instant are the wrong way round
    # only where they are so at every offset.
    if _instant(until, _WEST if mixed else 0) < _instant(since, -_EAST if mixed else 0):
        raise ValidationError(
            "`end` comes before `start`.", hint="Swap them, or leave one out: 30 days is usual."
        )
    return Span(since, until)


def bound(name: str, value: str) -> str:
    """An argument as a canonical instant, or as the bare date it is. ValidationError names it."""
    try:
        return typed(value)
    except ValueError as problem:
        raise ValidationError(
            f"`{name}` is {problem}.",
            hint="Give an instant such as 2026-04-20T06:30:00Z or a date such as 2026-04-20.",
        ) from None


def typed(value: str) -> str:
    """An instant as somebody wrote it, canonical, or a bare date as it is.

    ValueError says what is wrong with it, which also is a year long before there was WHOOP.
    """
    found = value if times.is_date(value) else times.utc(value)
    if found < _OLDEST[: len(found)]:
        raise ValueError("before the year 2000, and WHOOP has nothing from before 2010")
    return found


def _days_before(bound: str) -> str:
    midnight = times.midnight(bound) if len(bound) == 10 else bound
    return max(times.plus(midnight, days=-DEFAULT_DAYS), _OLDEST)[: len(bound)]


def _instant(value: str, hours: int) -> str:
    return value if len(value) > 10 else times.plus(times.midnight(value), hours=hours)
