"""Whether something goes up or down, by a slope that a few odd days cannot move."""

from __future__ import annotations

import math

from .metrics import Series
from .statistic import CHANCE, Statistic, statistic, too_few
from .timeseries import Dates, theil_sen, thinned

DRIFT_DAYS = 28
FLOOR = 21  # this project's own choice
HISTORY, HISTORY_FLOOR = 365, 56  # days that tell how slowly the metric wanders

IN_SLOPE = (
    "ln_hrv",
    "recovery",
    "sleep_duration",
    "sleep_performance",
    "strain",
    "respiratory_rate",
    "skin_temperature",
)
"""The metrics whose slope over the period is told beside the drift of resting heart rate."""


def drift(series: Series, last: int) -> Statistic:
    """Resting heart rate over the last 28 days, in bpm per 4 weeks.

    Theil–Sen with Sen's interval: 10.1080/01621459.1968.10480934. Floor 21 days.
    """
    return _slope(
        series,
        Dates.ending(last, DRIFT_DAYS),
        f"{series.metric.id}.drift",
        "whole beats upstream: a slope of exactly 0 is common",
    )


def slope(series: Series, period: Dates) -> Statistic:
    """Any metric over the period, in its unit per 4 weeks; beyond 400 days on medians of weeks.

    Source, method and floor are the drift's.
    """
    return _slope(series, period, f"{series.metric.id}.slope")


def judge(found: Statistic) -> str:
    """What may be said of a slope, given its q."""
    if "ci" not in found:
        return "too few independent days to tell a drift from chance"
    low, high = found["ci"]
    return "drift" if found["q"] < CHANCE and not low <= 0 <= high else "no drift beyond chance"


def _slope(series: Series, dates: Dates, id: str, note: str | None = None) -> Statistic:
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
    return statistic(
        id,
        f"{series.metric.unit} per 4 weeks",
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
        verdict=None if judged else "too little history to tell a drift from chance",
        note=note,
        evidence=series.evidence(sample.points),
    )
