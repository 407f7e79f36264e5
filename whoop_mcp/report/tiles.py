"""Draw the period at a glance: a tile for each measure that people know, beside another period."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from ..insights.statistic import Statistic, few_known
from ..insights.timeseries import Dates
from . import scatter, wording
from .content import Content
from .html import Child, Markup, element, join
from .parts import drawn
from .wording import amount, clock


class Measure(NamedTuple):
    """A measure at a glance: the id of its metric, its name and unit, how its number is said, and
    the class of its colour."""

    id: str
    title: str
    unit: str
    say: Callable[[float], str]
    kind: str


MEASURES = (
    Measure("recovery", "Recovery", "%", amount(""), "high"),
    Measure("ln_hrv", "HRV", "ms", lambda value: amount("")(math.exp(value)), "main"),
    Measure("resting_heart_rate", "Resting heart rate", "bpm", amount("", 1), "main"),
    Measure("sleep_duration", "Asleep a night", "h", clock, "deep"),
    Measure("strain", "Day strain", "of 21", amount("", 1), "strain"),
)
"""Those that people know."""


def tiles(content: Content) -> Markup:
    """Draw a tile for each measure."""
    found, data, period = content.answer.by_id, content.data, content.answer.period
    return element(
        "div",
        *(
            drawn(
                f"tile-{one.id}",
                one.title,
                partial(
                    tile, one, found[f"{one.id}.mean"], period, data.values(data.table[one.id])
                ),
            )
            for one in MEASURES
        ),
        class_="tiles",
    )


def tile(shown: Measure, one: Statistic, period: Dates, values: Sequence[float | None]) -> Markup:
    """Draw the mean of a period beside that of the other period, and its course."""
    say, unit, other = shown.say, shown.unit, one.previous
    beside: Child = "nothing to compare with before"
    if other is not None:
        when = wording.within(period, other.dates)
        beside = f"not enough known {when}"
        if other.value is not None:
            known = few_known(other.n, other.dates.days)
            beside = join([element("b", say(other.value)), f" {unit} {when}{known}"])
    value: Child = "–"
    if one.value is not None:
        few = few_known(one.n, one.dates.days).lstrip()
        small = [element("small", words) for words in (unit, few) if words]
        value = join([say(one.value), *small])
    return element(
        "dl",
        element("dt", shown.title),
        element("dd", value, class_="value"),
        element("dd", one.reason if one.value is None else beside, class_="before"),
        element("dd", scatter.spark(values, "trace"), aria_hidden="true"),
        class_="tile",
    )
