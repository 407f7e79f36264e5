"""Bound a call: how long it may take, how it is stopped, and who hears of its progress."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from .errors import UpstreamError

Tell = Callable[[int, int | None, str], None]
"""Told `(done, total or None, words)` while a long call goes on."""


T = TypeVar("T")

_OF_LATE = 8  # answers that tell how long one is usually waited for
_SOME = 4096  # items between two looks: few enough for a look every tenth of a second or so


class Stopped(Exception):
    """The call is no longer wanted; whoever stopped it knows why."""


class OutOfTime(UpstreamError):
    """The call's own time is used up. What was stored so far is kept."""

    def __init__(self) -> None:
        super().__init__(
            "WHOOP did not answer all that was asked in the time this call may take.",
            hint="What came is stored: call again to go on from there.",
        )


class Call:
    """A deadline, a way to stop, and somebody to tell, handed down to whatever takes time.

    `seconds` None means no deadline. `cancelled` is called in the thread that made the call, and
    raises when the caller went away; other threads learn of it through `stop()`.
    """

    def __init__(
        self,
        seconds: float | None = None,
        *,
        cancelled: Callable[[], None] = lambda: None,
        tell: Tell = lambda done, total, words: None,
    ) -> None:
        self._ends = math.inf if seconds is None else time.monotonic() + seconds
        self._cancelled = cancelled
        self._thread = threading.get_ident()
        self._stopped = threading.Event()
        self._asked: dict[int, float] = {}  # when, by the thread that waits for an answer
        self.usual_wait = 0.0  # seconds for which answers were waited for of late
        self.tell = tell

    def left(self) -> float:
        """Tell how many seconds are left until the deadline; infinite without one."""
        return self._ends - time.monotonic()

    def stop(self) -> None:
        """Make every further `check` and `wait`, in whichever thread, raise Stopped."""
        self._stopped.set()

    def still_wanted(self) -> None:
        """Raise if the call was stopped or cancelled, whatever time is left."""
        if threading.get_ident() == self._thread:
            self._cancelled()
        if self._stopped.is_set():
            raise Stopped

    def check(self) -> None:
        """Raise if the call was stopped or cancelled (Stopped) or has no time left (OutOfTime)."""
        self.still_wanted()
        if self.left() <= 0:
            raise OutOfTime

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Note that this thread waits for an answer until the block ends."""
        thread, began = threading.get_ident(), time.monotonic()
        self._asked[thread] = began
        try:
            yield
        finally:
            self._asked.pop(thread, None)
            self.usual_wait += (time.monotonic() - began - self.usual_wait) / _OF_LATE

    def waited(self) -> float:
        """Tell for how many seconds some thread has been waiting for an answer; 0 where none is."""
        since = [*self._asked.values()]
        return time.monotonic() - min(since) if since else 0.0

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """Pass items on, and `check` now and then among them."""
        items = iter(items)
        while some := list(islice(items, _SOME)):
            self.check()
            yield from some

    def wait(self, seconds: float) -> None:
        """Sleep, but wake and raise as `check` does as soon as there is a reason."""
        until = time.monotonic() + seconds
        self.check()
        while (left := min(until - time.monotonic(), self.left())) > 0:
            self._stopped.wait(min(left, 0.2))
            self.check()
