"""Draw the layers that a chart is made of, one mark per slot.

A drawing has no size of its own: across it is measured in per cent of whatever width the screen
gives, down in pixels, so that marks stretch and words do not, on a phone as on a wide screen. What
must be a path lies in a drawing of its own that is stretched, but not the width of its lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from .html import Child, Markup, element, join, number
from .slots import Slot, Step
from .wording import month_name

_ABOUT = 4  # parts that an axis is cut into
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_SAME = 1e-4
"""A difference that no measure here has: what is nearer is one value."""

_LARGEST = 1e12
"""More than anything here can be; what is said to be more lies at the edge."""

_MOST_TICKS = 50

_LABELS = 8
"""The most dates that fit below a chart on a wide screen; a phone shows every other one."""


class Axis(NamedTuple):
    """An axis from `low` to `high`, with the values that get a line and a label."""

    low: float
    high: float
    ticks: list[float]

    def share(self, value: float) -> float:
        """Return the place of a value, 0 at the low end and 1 at the high one; beyond them, at the
        edge."""
        if not self.low < value:  # nor is NaN
            return 0.0
        return 1.0 if value >= self.high else (value - self.low) / (self.high - self.low)


def axis(values: Iterable[float | None], *, hold: tuple[float, ...] = ()) -> Axis:
    """Choose an axis that holds all values, and those of `hold` even if there is no value near."""
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
    """Make an axis of known ends, such as 0–100 %, and any other steps where those would be too
    many."""
    if not (high - low) / step <= _MOST_TICKS:
        return axis((low, high))
    count = round((high - low) / step)
    return Axis(low, high, [low + index * step for index in range(count + 1)])


def tick_label(value: float, axis: Axis) -> str:
    """Write a tick in as many decimals as the axis needs, with a true minus sign."""
    decimals = next(
        places
        for places in range(4)
        if places == 3 or all(abs(one - round(one, places)) < 1e-9 for one in axis.ticks)
    )
    return f"{value:.{decimals}f}".replace("-", "−")


def date_labels(slots: list[Slot], step: Step) -> list[tuple[int, str, bool]]:
    """Return `(slot, words, also on a phone)` of each label below a chart, evenly apart.

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
    """Return the smallest round number that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(size * power for size in _ROUND if size * power >= least * (1 - 1e-9))


T = TypeVar("T")
Values = Sequence[float | None]

ROOMY = 62
"""With more slots than this, dots on a line would touch each other."""


class Frame(NamedTuple):
    """The frame of a chart's marks: so many `slots` side by side, `axis` upwards."""

    slots: int
    axis: Axis
    height: int = 180

    def left(self, slot: float) -> str:
        """Return the left edge of a slot, in per cent."""
        return _percent(slot / self.slots)

    def middle(self, slot: float) -> str:
        return self.left(slot + 0.5)

    def y(self, value: float) -> float:
        """Return pixels from the top, inside the frame."""
        share = min(max(self.axis.share(value), 0.0), 1.0)
        return round(self.height * (1 - share), 1)


def grid(frame: Frame, labels: Iterable[tuple[int, str, bool]]) -> Markup:
    """Draw a line and a label for each tick, and the labels below."""
    across: list[Child] = []
    for tick in frame.axis.ticks:
        y = frame.y(tick)
        kind = "zero" if tick == 0 else "grid"
        across.append(element("line", class_=kind, x1="0", x2="100%", y1=y, y2=y))
        words = tick_label(tick, frame.axis)
        across.append(element("text", words, class_="up", x="-8", y=y + 4))
    below = [
        element(
            "text",
            words,
            class_="below" if phone else "below wide",
            x=frame.middle(slot),
            y=frame.height + 20,
        )
        for slot, words, phone in labels
    ]
    return join([*across, *below])


def hatching(frame: Frame, known: Sequence[bool], kind: str = "gap") -> Markup:
    """Draw hatching where nothing is known; `kind` is its class."""
    marks = []
    for here, group in groupby(range(frame.slots), lambda slot: known[slot]):
        slots = list(group)
        if not here:
            marks.append(
                element(
                    "rect",
                    class_=kind,
                    x=frame.left(slots[0]),
                    width=_percent(len(slots) / frame.slots),
                    y=0,
                    height=frame.height,
                )
            )
    return join(marks)


def band(frame: Frame, lows: Values, highs: Values) -> Markup:
    """Draw what is usual as an area between two lines; a slot has both of them or neither."""
    paths = []
    for run in _runs(_pairs(lows, highs)):
        # The first and the last slot are whole: the band goes on to their outer edges.
        ends = [(run[0][0] - 0.5, run[0][1]), *run, (run[-1][0] + 0.5, run[-1][1])]
        there = _path(frame, [(at, high) for at, (_, high) in ends])
        back = _path(frame, [(at, low) for at, (low, _) in reversed(ends)])
        paths.append(element("path", class_="band", d=f"M{there}L{back}Z"))
    return _stretched(frame, paths)


def columns(frame: Frame, values: Values, kind: str | Callable[[float], str]) -> Markup:
    """Draw a column per value, from zero or the axis's low end; `kind` is its class."""
    base = frame.y(0)
    marks = []
    for slot, value in enumerate(values):
        if value is not None:
            y = frame.y(value)
            name = kind if isinstance(kind, str) else kind(value)
            marks.append(_column(frame, slot, min(y, base), max(y, base), name))
    return join(marks)


def stack(frame: Frame, parts: Sequence[tuple[str, Values]]) -> Markup:
    """Draw columns of several parts, the first one lowest; a slot with an unknown part has none."""
    marks = []
    for slot in range(frame.slots):
        values = [(kind, series[slot]) for kind, series in parts]
        if any(value is None for _, value in values):
            continue
        reached = 0.0
        for kind, value in values:
            top = reached + (value or 0.0)
            if value:
                marks.append(_column(frame, slot, frame.y(top), frame.y(reached), kind))
            reached = top
    return join(marks)


def marks(frame: Frame, values: Values, kind: str) -> Markup:
    """Draw a short level line across each column: what it is to be held against."""
    lines = []
    for slot, value in enumerate(values):
        if value is not None:
            y = frame.y(value)
            left, right = frame.left(slot + 0.04), frame.left(slot + 0.96)
            lines.append(element("line", class_=kind, x1=left, x2=right, y1=y, y2=y))
    return join(lines)


def line(frame: Frame, values: Values, kind: str) -> Markup:
    """Draw a line through the values, broken where one is missing; one that stands alone is a
    dot."""
    runs = _runs(values)
    paths = [
        element("path", class_=kind, d=f"M{_path(frame, run)}") for run in runs if len(run) > 1
    ]
    lone = [
        element("circle", class_=f"{kind} lone", cx=frame.middle(at), cy=frame.y(v), r=2)
        for run in runs
        if len(run) == 1
        for at, v in run
    ]
    return join([_stretched(frame, paths), *lone])


def dots(frame: Frame, values: Values, kind: str) -> Markup:
    """Draw a dot per value, smaller where there are many."""
    radius = 3 if frame.slots <= ROOMY else 1.5
    return join(
        element("circle", class_=kind, cx=frame.middle(slot), cy=frame.y(value), r=radius)
        for slot, value in enumerate(values)
        if value is not None
    )


def level(frame: Frame, value: float | None, kind: str) -> Markup:
    """Draw a line across the whole chart."""
    if value is None:
        return Markup()
    y = frame.y(value)
    return element("line", class_=kind, x1="0", x2="100%", y1=y, y2=y)


def hover(frame: Frame, words: Iterable[str]) -> Markup:
    """Add the words for each slot that is pointed at, wherever in its height."""
    width = _percent(1 / frame.slots)
    return join(
        element(
            "rect",
            element("title", said),
            class_="hit",
            x=frame.left(slot),
            y=0,
            width=width,
            height=frame.height,
        )
        for slot, said in enumerate(words)
    )


def _column(frame: Frame, slot: int, top: float, bottom: float, kind: str) -> Markup:
    return element(
        "rect",
        class_=kind,
        x=frame.left(slot + 0.14),
        width=_percent(0.72 / frame.slots),
        y=top,
        height=max(round(bottom - top, 1), 1),
    )


def _stretched(frame: Frame, paths: Sequence[Markup]) -> Markup:
    if not paths:
        return Markup()
    return element(
        "svg",
        *paths,
        viewBox=f"0 0 {frame.slots} {frame.height}",
        preserveAspectRatio="none",
        width="100%",
        height=frame.height,
    )


def _path(frame: Frame, points: Iterable[tuple[float, float]]) -> str:
    """Write `(slot, value)` points as the numbers of a path, each in the middle of its slot."""
    return "L".join(f"{number(at + 0.5)} {number(frame.y(value))}" for at, value in points)


def _runs(values: Sequence[T | None]) -> list[list[tuple[float, T]]]:
    """Return stretches without a gap, each as `(slot, value)` pairs."""
    runs: list[list[tuple[float, T]]] = [[]]
    for slot, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((slot, value))
    return [run for run in runs if run]


def _pairs(lows: Values, highs: Values) -> list[tuple[float, float] | None]:
    return [
        None if low is None or high is None else (low, high)
        for low, high in zip(lows, highs, strict=True)
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
