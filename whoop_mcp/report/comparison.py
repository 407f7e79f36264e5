"""Draw what differs between the page's period and another one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from ..insights.metrics import Format, Metric, clock
from ..insights.periods import Comparison
from ..insights.statistic import Answer, Statistic
from ..insights.statistic import Comparison as Beside
from . import charts, highlights, parts, wording
from .charts import Head
from .forest import Estimate, forest
from .html import Child, Markup, element
from .statistics_table import value
from .wording import chance, short, signed

log = logging.getLogger(__name__)

_NAMES = (
    "Measure",
    "That period",
    "This period",
    "Difference, unlike weekdays taken out",
    "95 % CI",
    "q",
    "Verdict",
)


def beside(answer: Answer, found: Comparison | None) -> Answer:
    """Set the period's means beside those of the named period, in place of the days just before,
    so that all of the page speaks of one comparison; what has no figure there is beside nothing.

    Loads on both sides of WHOOP's change of zones are not beside each other.
    """
    if found is None:
        return answer
    known = {one.metric.id: one for one in found.metrics if one.metric and one.sides}
    sections = {
        name: [replace(one, previous=_other(one, known)) if one.previous else one for one in of]
        for name, of in answer.sections.items()
    }
    return replace(answer, sections=sections)


def _other(one: Statistic, known: Mapping[str, Statistic]) -> Beside | None:
    """Find the mean of the named period for the mean of this one."""
    metric = one.id.removesuffix(".daily_mean").removesuffix(".mean")
    difference = known.get(metric)
    if difference is None or difference.sides is None:
        return None
    side = difference.sides[0]
    return Beside("mean", None if difference.value is None else side.mean, side.n, side.dates)


def section(found: Comparison | None) -> Markup | None:
    """Draw the comparison of the page's period, B, with the one before it or any other, A."""
    if found is None:
        return None
    return parts.section(
        "beside",
        f"Beside {wording.dates(found.a)}",
        element(
            "p",
            "This page's period minus that one. A difference is beyond chance where it is larger "
            "than what the days around both come to by themselves. It does not say why.",
        ),
        highlights.summary(found.summary, found.b.last),
        parts.cards(_drawn(found)),
    )


def _drawn(found: Comparison) -> Markup:
    head = Head(
        "comparison",
        "What differs",
        "",
        "Each difference in standard deviations of a day, unlike weekdays taken out, with its 95 % "
        "interval. A full mark is beyond chance.",
    )
    try:
        return _figure(head, found)
    except Exception:  # the sentences are there all the same
        log.exception("The comparison could not be drawn.")
        return charts.nothing(head, "it could not be drawn; the log says how that failed")


def _figure(head: Head, found: Comparison) -> Markup:
    estimates = [one for one in map(_estimate, found.metrics) if one is not None]
    rows = [_row(one) for one in found.metrics]
    table = charts.table(head.title, _NAMES, rows)
    if not estimates:
        return charts.nothing(head, "no metric can be judged", table=table)
    drawing, height = forest(estimates, "standard deviations of a day")
    return charts.figure(head, drawing, height, table=table)


def _estimate(one: Statistic) -> Estimate | None:
    """Put a difference on the scale that all share: in SDs of a day within both periods."""
    spread = _spread(one)
    if one.metric is None or one.value is None or one.ci is None or not spread:
        return None
    low, high = one.ci
    verdict = one.verdict.words if one.verdict else ""
    words = f"{one.metric.name}: {value(one)} ({_interval(one)})\n{verdict}"
    return Estimate(
        one.metric.name, one.value / spread, low / spread, high / spread, one.claims, words
    )


def _spread(one: Statistic) -> float | None:
    known = [side.sd for side in one.sides or () if side.sd is not None]
    return (sum(sd * sd for sd in known) / len(known)) ** 0.5 if known else None


def _interval(one: Statistic) -> str:
    return " to ".join(signed(one.change(end)) for end in one.ci or ()) or "–"


def _mean(metric: Metric, value: float) -> str:
    if metric.is_time_of_day:
        return clock(value)
    unit = "" if metric.format is Format.SCALE else f" {metric.natural_unit}"
    return f"{short(metric.natural(value))}{unit}"


def _row(one: Statistic) -> list[Child]:
    means = [
        f"{_mean(one.metric, side.mean)}, n = {side.n}"
        if one.metric and side.mean is not None
        else "–"
        for side in one.sides or (None, None)
        if side is not None
    ]
    verdict = one.verdict.words if one.verdict else one.reason
    name = one.metric.name if one.metric else one.title
    q = "–" if one.q is None else chance("q", one.q)
    return [name, *(means or ["–", "–"]), value(one), _interval(one), q, verdict or "–"]
