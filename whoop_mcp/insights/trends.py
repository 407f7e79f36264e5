"""Find whether a metric rises or falls, by a slope that a few odd days cannot move."""

from __future__ import annotations

import math

from .metrics import Format, Metric, Series
from .statistic import CHANCE, Definition, Statistic, Verdict, too_few
from .timeseries import Dates, theil_sen, thinned

DRIFT_DAYS = 28
FLOOR = 21  # this project's own choice
HISTORY, HISTORY_FLOOR = 365, 56  # days that tell how slowly the metric wanders

_SHORT_HISTORY = "too little history to tell a drift from chance"

IN_SLOPE = (
    "ln_hrv",
    "recovery",
    "sleep_duration",
    "sleep_performance",
    "strain",
    "respiratory_rate",
    "skin_temperature",
)
"""The metrics whose slope over the period stands beside the drift of resting heart rate."""


def drift_of(metric: Metric) -> Definition:
    """Define the drift of a metric."""
    return _defined(metric, "drift")


def slope_of(metric: Metric) -> Definition:
    """Define the slope of a metric."""
    return _defined(metric, "slope")


def drift(series: Series, last: int) -> Statistic:
    """Fit a slope to resting heart rate over the last 28 days, in bpm per 4 weeks.

    Theil–Sen with Sen's interval: 10.1080/01621459.1968.10480934. Floor 21 days.
    """
    return _slope(
        series,
        Dates.ending(last, DRIFT_DAYS),
        drift_of(series.metric),
        "whole beats upstream: a slope of exactly 0 is common",
    )


def slope(series: Series, period: Dates) -> Statistic:
    """Fit a slope to any metric over the period, in its unit per 4 weeks; beyond 400 days on
    medians of weeks.

    Source, method and floor are the drift's.
    """
    return _slope(series, period, slope_of(series.metric))


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a slope by its interval and its q."""
    if found.ci is None:
        return Verdict("too few independent days to tell a drift from chance", False)
    low, high = found.ci
    if q < CHANCE and not low <= 0 <= high:
        return Verdict("drift", True)
    return Verdict("no drift beyond chance", False)


def _defined(metric: Metric, kind: str) -> Definition:
    unit = f"{metric.unit} per 4 weeks"
    return Definition(f"{metric.id}.{kind}", f"{metric.name}, {kind}", unit, Format.CHANGE)


def _slope(
    series: Series, dates: Dates, definition: Definition, note: str | None = None
) -> Statistic:
    sample = series.within(dates)
    points, block = thinned(sample.points)
    what = f"medians of {block} days" if block > 1 else "days"
    reason = too_few(len(points), FLOOR, what)
    history = series.within(Dates.ending(dates.last, HISTORY)).points if block == 1 else points
    found = None if reason else theil_sen(points, history)
    if found is None and reason is None:
        reason = "the values do not vary"
    judged = found and len(history) >= HISTORY_FLOOR
    per = 28 / block
    return Statistic(
        *definition,
        f"Theil–Sen slope of {what}; Sen's rank interval, variance × (1+φ)/(1−φ); drift: it "
        "excludes 0, and q < 0.05 on this page for noise as persistent as the last year's",
        "Sen 1968, 10.1080/01621459.1968.10480934",
        dates,
        n=len(sample.points),
        excluded=sample.excluded,
        value=found and found.value * per,
        ci=(found.low * per, found.high * per) if found and math.isfinite(found.low) else None,
        reason=reason,
        phi=found and found.phi,
        p=found.p if found and judged else None,
        verdict=Verdict(_SHORT_HISTORY, False) if found and not judged else None,
        metric=series.metric,
        note=note,
        evidence=series.evidence(sample.points),
    )
