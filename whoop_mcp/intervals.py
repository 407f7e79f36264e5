"""Windows of time, half-open, and what is left of one when others are taken away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Window(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), canonical instants."""

    start: str
    end: str


def union(windows: Iterable[Window]) -> list[Window]:
    """The same stretches of time as few windows as possible, in order."""
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
    """What of a window none of the others covers, in order."""
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


def common(one: Window, other: Window) -> Window | None:
    """The stretch two windows share, or None."""
    shared = Window(max(one.start, other.start), min(one.end, other.end))
    return shared if shared.start < shared.end else None
