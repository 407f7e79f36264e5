"""Let the jobs of a call work one after the other where WHOOP answers at once.

Threads side by side spare waiting. Where nothing is waited for they only take turns at Python, and
each turn costs: as long as an answer comes within a moment, one job alone is the fastest.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..call import Call

PATIENCE = 0.02
"""Seconds for which an answer may be waited for by one job alone."""
_OFTEN = 0.003  # seconds that each of some answers may be; to read and store a page takes less


class Gate:
    """Let one job in at a time, in their order, and all as soon as answers of the call are waited
    for. Somebody has to `look` now and then, at first every `PATIENCE` seconds."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()
        self.is_open = False

    def through(self, job: Callable[[], None]) -> None:
        """Do a job as soon as it is let in. It waits for no other job but within `Call.asking`."""
        turn = threading.Event()
        with self._lock:
            if self.is_open or not self._is_taken:
                self._is_taken = True
                turn.set()
            else:
                self._waiting.append(turn)
        turn.wait()
        try:
            job()
        finally:
            with self._lock:
                self._is_taken = bool(self._waiting)
                if self._waiting:
                    self._waiting.popleft().set()

    def look(self) -> None:
        """Open the gate where an answer takes its time."""
        if self._call.waited() >= PATIENCE or self._call.usual_wait >= _OFTEN:
            self.open()

    def open(self) -> None:
        """Let all in, from now on."""
        with self._lock:
            self.is_open = True
            while self._waiting:
                self._waiting.popleft().set()
