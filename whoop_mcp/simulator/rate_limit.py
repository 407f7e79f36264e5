"""Count requests against WHOOP's limits, and say in headers what is left."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable


class RateLimit:
    """Count requests in fixed windows: so many in so many seconds, such as a minute and a day."""

    def __init__(self, limits: Iterable[tuple[int, float]]) -> None:
        self._lock = threading.Lock()
        self.windows = [Window(limit, span) for limit, span in limits]

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count one more request, if it is allowed: that it is, and the headers of its answer."""
        if not self.windows:
            return True, {}
        with self._lock:
            now = time.monotonic()
            for window in self.windows:
                window.turn(now)
            allowed = all(window.left > 0 for window in self.windows)
            if allowed:
                for window in self.windows:
                    window.left -= 1
            tightest = min(self.windows, key=lambda window: window.left)
            known = [f"{window.limit};window={window.span:g}" for window in self.windows]
            return allowed, {
                "X-RateLimit-Limit": ", ".join([str(tightest.limit), *known]),
                "X-RateLimit-Remaining": str(tightest.left),
                "X-RateLimit-Reset": str(max(1, math.ceil(tightest.ends - now))),
            }


class Window:
    """Hold what is left of a limit until the window ends, at a monotonic second."""

    def __init__(self, limit: int, span: float) -> None:
        self.limit = limit
        self.span = span
        self.left = limit
        self.ends = 0.0

    def turn(self, now: float) -> None:
        """Begin the next window where this one has ended."""
        if now >= self.ends:
            self.left, self.ends = self.limit, now + self.span
