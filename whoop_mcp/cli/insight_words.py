"""Word the statistics of a period, and the comparison of two, for a person at a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .console import WIDTH, table, wrapped

if TYPE_CHECKING:
    from ..server.replies import Answer

# What only these need of the statistics is imported in the functions: help comes by here, too.


def statistics(answer: Answer) -> list[str]:
    """Word the statistics of a period: what can be said, then every figure with its basis."""
    from ..insights.comparison_words import in_words
    from ..insights.statistic import SECTIONS
    from ..insights.timeseries import Dates, number

    period = answer["period"]
    dates = Dates(number(period["start"]), number(period["end"]) - 1)
    days = "1 day" if dates.days == 1 else f"{dates.days} days"
    cut = [line for words in answer.get("warnings", []) for line in wrapped(words)]
    lines = [f"{days}, {in_words(dates)}", *cut, "", *_listed(answer["summary"])]
    told = (one for section in SECTIONS if section != "behaviours" for one in answer[section])
    rows = [[one["id"], *_valued(one)] for one in told]
    head = ["statistic", "value", "n", "unit, or the reason"]
    return [*lines, "", *table(head, rows, right=(1, 2), wrap=True)]


def _listed(sentences: Sequence[str]) -> list[str]:
    """Write sentences as a list, each wrapped under itself."""
    lines = []
    for sentence in sentences:
        first, *rest = wrapped(sentence, WIDTH - 2)
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines


def _valued(one: Answer) -> tuple[str, str, str]:
    """Write a statistic's value, n, and its unit or why there is none; a logarithm of ms in ms, a
    change of one as a share, one of per cents in points."""
    from ..insights.statistic import unit_of_change

    value, unit = one["value"], one["unit"]
    if one["id"].endswith((".slope", ".drift", ".weekdays")):
        if value is not None and unit.startswith("ln ms"):
            value = 100 * math.expm1(value)
        unit = unit_of_change(unit)
    elif "geometric_mean_ms" in one:
        value, unit = one["geometric_mean_ms"], "ms"
    return _figure(value), f"{one['n']}", one.get("reason") or unit


def _figure(value: float | None) -> str:
    """Write four digits of a number, and all before the point."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def compared(answer: Answer) -> list[str]:
    """Word the comparison of two periods: what can be said, then every figure with its basis."""
    rows = [
        [
            one["id"].removesuffix(".difference"),
            *(_mean(one, side) for side in "ab"),
            f"{one['q']:.2g}" if "q" in one else "–",
            _difference(one),
        ]
        for one in answer["metrics"]
    ]
    lines = [
        *_listed(answer["summary"]),
        "",
        *table(["metric", "A", "B", "q", "B − A, weekdays out (95 %)"], rows, right=(1, 2)),
    ]
    told = " ".join(answer["summary"])
    why = dict.fromkeys(one["reason"] for one in answer["metrics"] if "reason" in one)
    why = {one: None for one in why if one not in told}
    said = (line for one in why for line in wrapped(f"{one[:1].upper()}{one[1:]}."))
    return [*lines, *([""] if why else []), *said]


def _mean(one: Answer, name: str) -> str:
    """Write the mean of A or B, that of logarithms in ms, and a time of day by the clock."""
    from ..insights.metrics import clock

    side = one.get(name)
    mean = side.get("geometric_mean_ms", side["mean"]) if side else None
    if mean is not None and one["id"] == "bedtime.difference":
        return clock(mean)
    return _figure(mean)


def _difference(one: Answer) -> str:
    """Write a difference with its interval, that of logarithms in ms, of per cents in points."""
    from ..insights.statistic import unit_of_change

    if one["value"] is None:
        return "–"
    known = one.get("difference_ms", [one["value"], *one.get("ci", ())])
    figures = [f"{each:+.3g}" for each in known]
    between = f" ({' to '.join(figures[1:])})" if len(figures) > 1 else ""
    unit = unit_of_change(one["unit"], in_ms="difference_ms" in one)
    return f"{figures[0]}{between} {unit}".rstrip()
