"""Where an axis has its marks: round numbers, and dates that a reader can place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from .periods import Slot, Step, month_name

_ABOUT = 4  # parts that an axis is cut into
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_SAME = 1e-4
"""A difference that no measure here has: what is nearer is one value."""

_LARGEST = 1e12
"""More than anything here can be; what is said to be more lies at the edge."""

_MOST_TICKS = 50

_LABELS = 8
"""How many dates fit below a chart on a wide screen; a phone shows every other one."""


class Axis(NamedTuple):
    """From `low` to `high`, with the values that get a line and a label."""

    low: float
    high: float
    ticks: list[float]

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one; beyond them, at the edge."""
        if not self.low < value:  # nor is NaN
            return 0.0
        return 1.0 if value >= self.high else (value - self.low) / (self.high - self.low)


def axis(values: Iterable[float | None], *, hold: tuple[float, ...] = ()) -> Axis:
    """An axis that holds all values, and those of `hold` even if there is no value near."""
    known = [
        min(max(value, -_LARGEST), _LARGEST)
        for value in (*values, *hold)
        if value is not None and not math.isnan(value)
    ]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < max(_SAME, 1e-12 * max(-low, high)):
        low, high = low - (0 if low in hold else 1), high + 1
    step = _step((high - low) / _ABOUT)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(index * step, 6) for index in range(first, last + 1)]
    return Axis(ticks[0], ticks[-1], ticks)


def fixed(low: float, high: float, step: float) -> Axis:
    """An axis of known ends, such as 0–100 %, and any other steps where those would be too many."""
    if not (high - low) / step <= _MOST_TICKS:
        return axis((low, high))
    count = round((high - low) / step)
    return Axis(low, high, [low + index * step for index in range(count + 1)])


def label(value: float, axis: Axis) -> str:
    """A tick in as many decimals as the axis needs, with a true minus sign."""
    decimals = next(
        places
        for places in range(4)
        if places == 3 or all(abs(one - round(one, places)) < 1e-9 for one in axis.ticks)
    )
    return f"{value:.{decimals}f}".replace("-", "−")


def dates(slots: list[Slot], step: Step) -> list[tuple[int, str, bool]]:
    """`(slot, words, also on a phone)` of each label below a chart, evenly apart.

    Days and weeks are labelled by day and month, months by month or, in long periods, year.
    """
    every = max(1, math.ceil(len(slots) / _LABELS))
    if step == "month":
        # Whole years where there are many, so that the labels fall on the same month.
        every = next(size for size in (1, 2, 3, 6, 12, 24) if len(slots) / size <= _LABELS + 2)
        months = [int(one.first[5:7]) - 1 for one in slots]
        start = next((n for n, month in enumerate(months) if month % every == 0), 0)
    else:
        start = (len(slots) - 1) % every // 2
    chosen = range(start, len(slots), every)
    return [
        (index, _words(slots[index], step, every), n % 2 == 0) for n, index in enumerate(chosen)
    ]


def _words(slot: Slot, step: Step, every: int) -> str:
    year, month, day = slot.first.split("-")
    if step == "month":
        return year if every >= 12 else f"{month_name(int(month))[:3]} {year[2:]}"
    return f"{int(day)} {month_name(int(month))[:3]}"


def _step(least: float) -> float:
    """The smallest round number that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(size * power for size in _ROUND if size * power >= least * (1 - 1e-9))
