"""Which sleep a cycle's main one is, and which date that gives the cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from .. import times

DayRule = Literal["local", "utc"]
Flat = dict[str, Any]
WallClock = Callable[[Flat, str], str]
"""How an instant of a record is read."""


class Night(NamedTuple):
    """A cycle with the sleep whose end gives it its date, if it has one, and its recovery; and
    its further sleeps that are no naps, newest first: a fragment after waking, say."""

    cycle: Flat
    sleep: Flat | None
    recovery: Flat | None
    other_sleeps: Sequence[Flat] = ()

    @classmethod
    def of(cls, cycle: Flat, sleeps: Sequence[Flat], recovery: Flat | None) -> Night:
        """A cycle put together with what is its own, naps among its sleeps or not."""
        main = choose_main(sleeps, recovery)
        others = [one for one in sleeps if one is not main and not one["nap"]]
        others.sort(key=lambda one: (one["start"], one["id"]), reverse=True)
        return cls(cycle, main, recovery, others)

    def date(self, clock: WallClock, now: str) -> str:
        """The cycle's date by a clock."""
        if self.sleep is not None and self.sleep["end"] is not None:
            return clock(self.sleep, self.sleep["end"])[:10]
        end = self.cycle["end"] or max(now, self.cycle["start"])
        return most_of(clock(self.cycle, self.cycle["start"]), clock(self.cycle, end))

    def rank(self) -> tuple[bool, float, str]:
        """The higher goes first: with a sleep, then the longer sleep, then the later end."""
        length = 0.0
        if self.sleep is not None and self.sleep["end"] is not None:
            length = times.seconds(self.sleep["start"], self.sleep["end"])
        return self.sleep is not None, length, self.cycle["end"] or times.LATEST


def choose_main(sleeps: Sequence[Flat], recovery: Flat | None) -> Flat | None:
    """Which of a cycle's sleeps is the main one: the one that the recovery names, else its
    longest that is not a nap."""
    named = recovery and recovery["sleep_id"]
    for sleep in sleeps:
        if named and sleep["id"].lower() == named.lower():
            return sleep
    ended = [sleep for sleep in sleeps if not sleep["nap"] and sleep["end"]]
    return max(ended, key=lambda one: times.seconds(one["start"], one["end"]), default=None)


def wearers(record: Flat, instant: str) -> str:
    """An instant on the clock of the record's own place."""
    return times.local(instant, record["timezone_offset"])


def clock(day: DayRule) -> WallClock:
    """How an instant of a record is read: on its own clock, or in UTC."""
    return wearers if day == "local" else lambda record, instant: instant


def ended_on(sleep: Flat, date: str, clock: WallClock) -> bool:
    """Whether a sleep was over on a date."""
    return sleep["end"] is not None and clock(sleep, sleep["end"])[:10] == date


def most_of(start: str, end: str) -> str:
    """The date that a stretch of wall-clock time covers most of, the earlier on a tie."""
    first, last = (_as_utc(one) for one in (start, end))

    def covered(date: str) -> float:
        tomorrow = times.plus(times.midnight(date), days=1)
        return times.seconds(max(first, times.midnight(date)), min(last, tomorrow))

    # Between the first date and the last all are whole, of which the earliest goes first.
    second = times.plus(times.midnight(first[:10]), days=1)[:10]
    dates = (first[:10], min(second, last[:10]), last[:10])
    return max(dates, key=covered)


def _as_utc(wall: str) -> str:
    """Wall-clock text read as if it were UTC, so that it can be reckoned with."""
    return wall[:23] + "Z"
