"""Tell the time by our own clock, or by WHOOP's where the two are minutes apart."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

from .. import times
from ..errors import UpstreamError
from .limits import http_date

APART = 120.0
"""Seconds that two clocks may differ before ours is held to be wrong."""

_STEADY = 30.0  # seconds: a Date is in whole seconds and travels; smaller changes are neither


class ClockSet(UpstreamError):
    """WHOOP's answers have just told another time than the one that was reckoned with."""

    def __init__(self) -> None:
        super().__init__(
            "WHOOP's clock and this computer's are far apart.",
            hint="Set this computer's clock right, then try again.",
        )


class Present:
    """A clock that WHOOP's answers set right. Calling it gives the present, as canonical text.

    What WHOOP said counts until our own clock is set, or the machine has slept: then our own is
    believed again, until the next answer.
    """

    def __init__(self, own: times.Clock = times.now) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._seen: tuple[str, float] | None = None  # our clock, and the steady one, at that moment
        self.skew: float | None = None  # WHOOP's clock minus ours, in seconds
        self.correction = 0.0  # what is added to our clock
        self.heard = False  # whether WHOOP has answered at all, with a date or without
        self._date: tuple[str, float | None] = "", None  # the last one; it often comes again

    def __call__(self) -> str:
        with self._lock:
            own = self._look()
            return times.plus(own, seconds=self.correction) if self.correction else own

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's `Date`, and of the `Age` of one that a cache had kept."""
        date = headers.get("Date", "")
        with self._lock:
            own = self._look()
            self.heard = True
            if date != self._date[0]:
                self._date = date, http_date(date)
            said = self._date[1]
            if said is None:
                return
            self.skew = said + age(headers) - times.moment(own).timestamp()
            correction = self.skew if abs(self.skew) > APART else 0.0
            if not correction or abs(correction - self.correction) > _STEADY:
                self.correction = correction

    def wrong(self) -> str | None:
        """Say by how much our own clock is off, where it is by minutes; else None."""
        if not self.correction:
            return None
        return (
            f"this computer's clock is {_long(abs(self.correction))} "
            f"{'behind' if self.correction > 0 else 'ahead of'} WHOOP's: set it right."
        )

    def _look(self) -> str:
        """Look at our own clock; what was learned is forgotten if it did not go on steadily."""
        own, steady = self._own(), time.monotonic()
        if self._seen is not None:
            before, then = self._seen
            if abs(times.seconds(before, own) - (steady - then)) > APART:
                self.skew, self.correction, self.heard = None, 0.0, False
        self._seen = own, steady
        return own


def age(headers: Mapping[str, str]) -> float:
    """Read for how many seconds a cache on the way says that it has kept an answer."""
    if "Age" not in headers:  # as in almost all answers
        return 0.0
    try:
        seconds = float(headers["Age"])
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < math.inf else 0.0


def _long(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"
