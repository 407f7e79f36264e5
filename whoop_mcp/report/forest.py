"""Draw estimates below each other, each with its interval and the line of no difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .html import Child, Markup, element, join
from .marks import Axis, axis, tick_label

_ROW, _LABEL, _BELOW = 44, 14, 44  # pixels


class Estimate(NamedTuple):
    """A value with its interval, on the scale that all share; `words` are said when it is pointed
    at, `sure` tells whether it is beyond chance."""

    name: str
    value: float
    low: float
    high: float
    sure: bool
    words: str


def forest(estimates: Sequence[Estimate], unit: str) -> tuple[Markup, int]:
    """Draw the estimates, of which there is one at least, over an axis named `unit`; return the
    drawing and its height in pixels."""
    across = axis([end for one in estimates for end in (one.low, one.high)], hold=(0.0,))
    height = len(estimates) * _ROW
    layers: list[Child] = []
    for tick in across.ticks:
        place, kind = _at(across, tick), "grid" if tick else "zero"
        layers.append(element("line", class_=kind, x1=place, x2=place, y1=0, y2=height))
        words = tick_label(tick, across)
        layers.append(element("text", words, class_="below", x=place, y=height + 18))
    layers.append(element("text", unit, class_="name", x="100%", y=height + 38))
    for number, one in enumerate(estimates):
        layers += _estimate(one, across, number * _ROW)
    return join(layers), height + _BELOW


def _estimate(one: Estimate, across: Axis, top: int) -> list[Child]:
    level = top + _LABEL + 14
    kind = "main" if one.sure else "dot"
    ends = {"x1": _at(across, one.low), "x2": _at(across, one.high)}
    return [
        element("text", one.name, class_="row", x=0, y=top + _LABEL),
        element("line", class_="reach", y1=level, y2=level, **ends),
        element(
            "circle",
            element("title", one.words),
            class_=kind,
            cx=_at(across, one.value),
            cy=level,
            r=5.5,
        ),
    ]


def _at(across: Axis, value: float) -> str:
    return f"{100 * across.share(value):.2f}%"
