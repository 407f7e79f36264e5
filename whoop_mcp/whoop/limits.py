"""Keep to WHOOP's request limit as its answers tell it, for all threads that ask."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from ..call import Call
from ..errors import RateLimited

_LAST_FEW = 5  # requests that WHOOP still allows
_LONGEST_WAIT = 120.0  # even a caller with no deadline would rather be told than wait longer
_BELIEVED = 86_460.0  # seconds: a day, WHOOP's longest window, and what rounding may add to it
_STAMP, _STAMP_MS = 1e9, 1e12  # from here on a number is an instant, in seconds or milliseconds


class Limits:
    """Hold requests back while the window that WHOOP speaks of is used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: int | None = None  # requests this window still allows; None = not known
        self._resets = 0.0  # when it ends, on the monotonic clock
        self._under_way = 0

    def enter(self, call: Call) -> None:
        """Wait until a request may go. RateLimited when that is longer than the call may take."""
        while (pause := self._take()) > 0:
            self.refuse_or_wait(pause, call)

    def enter_at_once(self) -> bool:
        """Let a request go that need not wait, and tell whether it may; none of the last few that
        are left, as what is asked ahead may have to be asked again."""
        with self._lock:
            scarce = self._left is not None and self._left <= _LAST_FEW
        return not scarce and self._take() == 0

    def give_back(self) -> None:
        """Note that a request that entered was not sent; a limit that is used up stays so, as WHOOP
        may have said it meanwhile."""
        with self._lock:
            self._under_way -= 1
            if self._left:
                self._left += 1

    def leave(self) -> None:
        """Note that a request that entered is over, whatever became of it."""
        with self._lock:
            self._under_way -= 1

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's `X-RateLimit-*` headers, where they are there and make sense."""
        remaining, reset = _number(headers, "X-RateLimit-Remaining"), _reset(headers)
        if remaining is None or reset is None:
            return
        resets = time.monotonic() + reset
        with self._lock:
            # Answers overtake each other: within one window the smallest number is the newest.
            # What is under way may or may not be counted in it; not counting on it avoids a 429.
            left = int(remaining) - self._under_way
            same_window = self._left is not None and abs(resets - self._resets) < 1.5
            self._left = min(left, self._left or 0) if same_window else left
            # The header is in whole seconds, rounded up: the earliest is the nearest to the truth.
            self._resets = min(resets, self._resets) if same_window else resets

    def allowance(self) -> tuple[int, float] | None:
        """Tell how many requests may still go now, and in how many seconds more may; None where
        WHOOP has not said."""
        with self._lock:
            resets = self._resets - time.monotonic()
            return None if self._left is None or resets <= 0 else (max(self._left, 0), resets)

    def refused(self, headers: Mapping[str, str], attempt: int) -> float:
        """Note a 429; answers how many seconds WHOOP wants to be left alone."""
        pause = retry_after(headers)
        if pause is None:
            pause = _reset(headers)
        if pause is None:
            pause = float(2**attempt)
        pause = max(pause, 0.25)
        with self._lock:
            self._left, self._resets = 0, time.monotonic() + pause
        return pause

    @staticmethod
    def refuse_or_wait(pause: float, call: Call) -> None:
        """Wait, or say RateLimited when the call has no such time."""
        if pause >= min(call.left(), _LONGEST_WAIT):
            raise refusal(pause)
        call.wait(pause)

    def _take(self) -> float:
        """Count a request as under way, or answer how long to wait before trying again."""
        with self._lock:
            now = time.monotonic()
            if now >= self._resets:
                self._left = None
            if self._left is not None and self._left <= 0:
                return self._resets - now + 0.05
            if self._left is not None:
                self._left -= 1
            self._under_way += 1
            return 0.0


def refusal(pause: float) -> RateLimited:
    """Make the error for a limit that is used up for so many seconds more."""
    seconds = math.ceil(pause)
    return RateLimited(
        f"WHOOP's request limit is used up for another {seconds} s.",
        hint=f"Ask again in {seconds} s; what is already stored can be read meanwhile.",
        retry_after_seconds=seconds,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read the seconds of a `Retry-After` header, which may also be an HTTP date or an epoch stamp.

    None where it says nothing, or a wait that no limit of WHOOP's can mean.
    """
    return _wait(headers, "Retry-After")


def http_date(value: str) -> float | None:
    """Read an HTTP date as seconds since the epoch; None when it is none."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _reset(headers: Mapping[str, str]) -> float | None:
    return _wait(headers, "X-RateLimit-Reset")


def _wait(headers: Mapping[str, str], name: str) -> float | None:
    """Read the seconds from now, however the header says it; None beyond `_BELIEVED`."""
    seconds = _number(headers, name)
    moment = http_date(headers.get(name, "")) if seconds is None else None
    if seconds is not None and seconds >= _STAMP:
        moment = seconds / 1000 if seconds >= _STAMP_MS else seconds
    if moment is not None:
        # Who says an instant says its own time as well, and our clock may be wrong.
        now = http_date(headers.get("Date", ""))
        seconds = max(moment - (time.time() if now is None else now), 0.0)
    return seconds if seconds is not None and seconds <= _BELIEVED else None


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if 0 <= value < math.inf else None
