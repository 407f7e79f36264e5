"""Draw pairs of values as points: how two things went together, which is not why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .html import Child, Markup, element, join
from .marks import Axis, axis, tick_label

HEIGHT = 220
_BELOW = 44


class Point(NamedTuple):
    """A pair, and what is said when it is pointed at."""

    x: float
    y: float
    words: str


def scatter(points: Sequence[Point], across: str, up: str) -> tuple[Markup, int]:
    """Draw the points; return the drawing and its height in pixels; `across` and `up` name the
    axes."""
    x = axis([point.x for point in points])
    y = axis([point.y for point in points])
    layers = join([*_grid(x, y), *_names(across, up)])
    marks = [
        element(
            "circle",
            element("title", point.words),
            class_="point",
            cx=f"{100 * x.share(point.x):.2f}%",
            cy=_y(y, point.y),
            r=3.5,
        )
        for point in points
    ]
    return join([layers, *marks]), HEIGHT + _BELOW


def spark(values: Sequence[float | None], kind: str) -> Markup | None:
    """Draw a small line without any axis; None where there is too little to draw."""
    values = [one if one is not None and math.isfinite(one) else None for one in values]
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return None
    low, high = min(known), max(known)
    room = high / 2 - low / 2 or 0.5  # half of it: the whole may be more than a number can be
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{place} {round(26 - 24 * (value / 2 - low / 2) / room, 1)}")
    path = "".join("M" + "L".join(run) for run in runs if len(run) > 1)
    return element(
        "svg",
        element("path", class_=kind, d=path),
        class_="spark",
        viewBox=f"0 0 {max(len(values) - 1, 1)} 28",
        preserveAspectRatio="none",
        width="100%",
        height=28,
        aria_hidden="true",
    )


def _grid(x: Axis, y: Axis) -> list[Child]:
    marks: list[Child] = []
    for tick in y.ticks:
        level = _y(y, tick)
        marks.append(element("line", class_="grid", x1="0", x2="100%", y1=level, y2=level))
        marks.append(element("text", tick_label(tick, y), class_="up", x=-8, y=level + 4))
    for number, tick in enumerate(x.ticks):
        place = f"{100 * x.share(tick):.2f}%"
        marks.append(element("line", class_="grid", x1=place, x2=place, y1=0, y2=HEIGHT))
        wide = " wide" if number % 2 and len(x.ticks) > 5 else ""
        words = tick_label(tick, x)
        marks.append(element("text", words, class_=f"below{wide}", x=place, y=HEIGHT + 18))
    return marks


def _names(across: str, up: str) -> list[Child]:
    return [
        element("text", across, class_="name", x="100%", y=HEIGHT + 38),
        element("text", up, class_="name first", x=0, y=-10),
    ]


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT * (1 - axis.share(value)), 1)
