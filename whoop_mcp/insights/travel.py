"""Find the days that travel marks: on another clock than usual, and those just after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from statistics import median_low

from .. import times
from ..reads.days import Day
from .timeseries import number

AFTER = 5  # days
AROUND = 30  # days to each side, whose clock is the usual one
MOST = 60
"""The minutes by which a clock may differ: summer time is no journey."""


def away(days: Sequence[Day]) -> set[int]:
    """Return the numbers of the days whose clock differs by more than an hour from the usual one
    (the median of the 61 days around) or from that of the day known before it, and of the five
    days after each of them. All of it is this project's own choice."""
    zones = {number(one.date): found for one in days if (found := _zones(one))}
    minutes = {zone: times.offset(zone) for zone in set(chain.from_iterable(zones.values()))}
    if len(set(minutes.values())) < 2:
        return set()
    clocks = {at: [minutes[zone] for zone in found] for at, found in zones.items()}
    known = sorted(clocks)
    marked: set[int] = set()
    first = last = 0  # of the days around
    before = clocks[known[0]][-1]
    for at in known:
        while known[first] < at - AROUND:
            first += 1
        while last < len(known) and known[last] <= at + AROUND:
            last += 1
        usual = median_low([clocks[near][-1] for near in known[first:last]])
        if any(abs(clock - other) > MOST for clock in clocks[at] for other in (usual, before)):
            marked.update(range(at, at + AFTER + 1))
        before = clocks[at][-1]
    return marked


def _zones(day: Day) -> list[str | None]:
    """Return the offsets of a day's cycle and its main sleep, as far as they are."""
    return [one.timezone_offset for one in (day.cycle, day.sleep) if one]
