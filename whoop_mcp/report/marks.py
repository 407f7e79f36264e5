"""The layers that a chart is made of, one mark per slot.

A drawing has no size of its own: across it is measured in per cent of whatever width the screen
gives, down in pixels, so that marks stretch and words do not, on a phone as on a desk. What must
be a path lies in a drawing of its own that is stretched, but not the width of its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from . import axes
from .axes import Axis
from .html import Child, Markup, element, join, number

T = TypeVar("T")
Values = Sequence[float | None]

ROOMY = 62
"""With more slots than this, dots on a line would touch each other."""


class Frame(NamedTuple):
    """Where the marks of a chart go: so many `slots` side by side, `axis` upwards."""

    slots: int
    axis: Axis
    height: int = 180

    def left(self, slot: float) -> str:
        """Where a slot begins, in per cent."""
        return _percent(slot / self.slots)

    def middle(self, slot: float) -> str:
        return self.left(slot + 0.5)

    def y(self, value: float) -> float:
        """Pixels from the top, inside the frame."""
        share = min(max(self.axis.share(value), 0.0), 1.0)
        return round(self.height * (1 - share), 1)


# ── what lies behind ──


def grid(frame: Frame, labels: Iterable[tuple[int, str, bool]]) -> Markup:
    """A line and a label for each tick, and the labels below."""
    across: list[Child] = []
    for tick in frame.axis.ticks:
        y = frame.y(tick)
        kind = "zero" if tick == 0 else "grid"
        across.append(element("line", class_=kind, x1="0", x2="100%", y1=y, y2=y))
        words = axes.label(tick, frame.axis)
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


def gaps(frame: Frame, known: Sequence[bool]) -> Markup:
    """Hatching where nothing is known."""
    marks = []
    for here, group in groupby(range(frame.slots), lambda slot: known[slot]):
        slots = list(group)
        if not here:
            marks.append(
                element(
                    "rect",
                    class_="gap",
                    x=frame.left(slots[0]),
                    width=_percent(len(slots) / frame.slots),
                    y=0,
                    height=frame.height,
                )
            )
    return join(marks)


def band(frame: Frame, lows: Values, highs: Values) -> Markup:
    """What is usual, as an area between two lines; a slot has both of them or neither."""
    paths = []
    for run in _runs(_pairs(lows, highs)):
        # The first and the last slot are whole: the band goes on to their outer edges.
        ends = [(run[0][0] - 0.5, run[0][1]), *run, (run[-1][0] + 0.5, run[-1][1])]
        there = _path(frame, [(at, high) for at, (_, high) in ends])
        back = _path(frame, [(at, low) for at, (low, _) in reversed(ends)])
        paths.append(element("path", class_="band", d=f"M{there}L{back}Z"))
    return _stretched(frame, paths)


# ── marks ──


def columns(frame: Frame, values: Values, kind: str | Callable[[float], str]) -> Markup:
    """A column per value, from zero or the axis's low end; `kind` is its class."""
    base = frame.y(0)
    marks = []
    for slot, value in enumerate(values):
        if value is not None:
            y = frame.y(value)
            name = kind if isinstance(kind, str) else kind(value)
            marks.append(_column(frame, slot, min(y, base), max(y, base), name))
    return join(marks)


def stack(frame: Frame, parts: Sequence[tuple[str, Values]]) -> Markup:
    """Columns of several parts, the first one lowest; a slot with an unknown part has none."""
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
    """A short level line across each column: what it is to be held against."""
    lines = []
    for slot, value in enumerate(values):
        if value is not None:
            y = frame.y(value)
            left, right = frame.left(slot + 0.04), frame.left(slot + 0.96)
            lines.append(element("line", class_=kind, x1=left, x2=right, y1=y, y2=y))
    return join(lines)


def line(frame: Frame, values: Values, kind: str) -> Markup:
    """A line through the values, broken where one is missing; one that stands alone is a dot."""
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
    """A dot per value, smaller where there are many."""
    radius = 3 if frame.slots <= ROOMY else 1.5
    return join(
        element("circle", class_=kind, cx=frame.middle(slot), cy=frame.y(value), r=radius)
        for slot, value in enumerate(values)
        if value is not None
    )


def level(frame: Frame, value: float | None, kind: str) -> Markup:
    """A line across the whole chart."""
    if value is None:
        return Markup()
    y = frame.y(value)
    return element("line", class_=kind, x1="0", x2="100%", y1=y, y2=y)


def hover(frame: Frame, words: Iterable[str]) -> Markup:
    """What is said of each slot when it is pointed at, wherever in its height."""
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
    """`(slot, value)` points as the numbers of a path, each in the middle of its slot."""
    return "L".join(f"{number(at + 0.5)} {number(frame.y(value))}" for at, value in points)


def _runs(values: Sequence[T | None]) -> list[list[tuple[float, T]]]:
    """Stretches without a gap, each as `(slot, value)` pairs."""
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
