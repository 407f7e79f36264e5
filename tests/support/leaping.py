"""A clock that leaps over what is waited for: long waits take no time, and busy machines none away.

Whoever tests a wait of seconds gives the call a minute of its own, so that nothing but the wait
uses it up.
"""

from __future__ import annotations

import time

import pytest

from whoop_mcp import call
from whoop_mcp.whoop import limits


class LeapingClock:
    """The computer's clock, ahead by all the waits that were leapt over."""

    def __init__(self) -> None:
        self.leapt = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.leapt

    def time(self) -> float:
        return time.time() + self.leapt


def leaping_clock(monkeypatch: pytest.MonkeyPatch) -> LeapingClock:
    """Let calls and limits go by such a clock, and every wait of a call leap."""
    clock = LeapingClock()

    def wait(self: call.Call, seconds: float) -> None:
        self.check()
        clock.leapt += max(min(seconds, self.left()), 0.0)
        self.check()

    monkeypatch.setattr(call, "time", clock)
    monkeypatch.setattr(limits, "time", clock)
    monkeypatch.setattr(call.Call, "wait", wait)
    return clock
