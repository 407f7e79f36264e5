"""What is usual for this person: the days before, and how the latest compare with them."""

from __future__ import annotations

import math
from statistics import fmean, median, stdev
from typing import Any

from .metrics import Sample, Series
from .statistic import CHANCE, Statistic, statistic, too_few
from .timeseries import Dates, persistence, spread_of_mean, two_sided, varies

BASELINE_DAYS = 60
BASELINE_FLOOR = 21  # this project's own choice
WEEK, WEEK_FLOOR = 7, 5  # Flatt & Esco 2015

IN_MEAN = (
    "ln_hrv",
    "resting_heart_rate",
    "recovery",
    "sleep_duration",
    "sleep_performance",
    "strain",
    "respiratory_rate",
    "skin_temperature",
)
"""The metrics whose period is set beside the days before it."""


def hrv(series: Series, last: int) -> Statistic:
    """The mean of ln rMSSD over the last 7 days beside the band μ ± 0.5 SD of the 60 days before.

    Value and band are in ln ms. `p` is of the distance to μ, for noise as persistent as the
    baseline's. Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016,
    10.1249/MSS.0000000000000910. Floor: 5 of the 7 days; 21 baseline days.
    """
    week = series.within(Dates.ending(last, WEEK))
    base = series.within(week.dates.before(BASELINE_DAYS))
    reason = too_few(len(week.points), WEEK_FLOOR, "of the last 7 days") or too_few(
        len(base.points), BASELINE_FLOOR, "baseline days"
    )
    if reason is None and not varies(base.values):
        reason = "the baseline does not vary"
    return statistic(
        "hrv.baseline",
        "ln ms",
        "mean of ln rMSSD over 7 days; band: mean ± 0.5 SD of the 60 days before; unusual: beyond "
        "1.96 SD·√(v7+vB) for autocorrelation φ, and q < 0.05 on this page",
        "Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016, 10.1249/MSS.0000000000000910",
        week.dates,
        n=len(week.points),
        excluded=week.excluded,
        value=None if reason else fmean(week.values),
        reason=reason,
        baseline=_told(base),
        **({} if reason else _against(week, base)),
        note="the band describes: a healthy person is outside it on 22–47 % of days",
        evidence=series.evidence(week.points),
    )


def judge(found: Statistic) -> str:
    """What may be said of the week's HRV, given its q."""
    return "unusual" if found["q"] < CHANCE else "not unusual"


def hrv_cv(series: Series, last: int) -> Statistic:
    """The coefficient of variation of ln rMSSD over 7 days, %, and the median of its own last 60.

    100·SD/mean. Plews 2012, 10.1007/s00421-012-2354-4; Flatt & Esco 2016 (J Strength Cond Res
    30(2):378–385). Floor: 5 of 7 days, each above 1 ms: of what is not above 0, a share says
    nothing; for the median 21 such weeks.
    """
    week = series.within(Dates.ending(last, WEEK))
    before = [
        series.within(Dates.ending(at, WEEK)).values
        for at in range(week.dates.first - BASELINE_DAYS, week.dates.first)
    ]
    usual = [_cv(values) for values in before if len(values) >= WEEK_FLOOR and min(values) > 0]
    reason = too_few(len(week.points), WEEK_FLOOR, "of the last 7 days")
    if reason is None and min(week.values) <= 0:
        reason = "the logarithm of HRV is not above 0 on every day"
    return statistic(
        "hrv.cv",
        "%",
        "100·SD/mean of ln rMSSD over 7 days, beside the median of the 60 such weeks that end "
        "before it",
        "Plews 2012, 10.1007/s00421-012-2354-4; Flatt & Esco 2016",
        week.dates,
        n=len(week.points),
        excluded=week.excluded,
        value=None if reason else _cv(week.values),
        reason=reason,
        usual={
            "median": median(usual) if len(usual) >= BASELINE_FLOOR else None,
            "n": len(usual),
            "window": week.dates.before(BASELINE_DAYS).told(),
        },
        note="neither direction is good or bad: published studies disagree",
        evidence=series.evidence(week.points),
    )


def mean(series: Series, period: Dates) -> Statistic:
    """The period's mean, in the metric's unit, beside the 60 days before and the period before.

    This project's own choice, as are the floors: 3 days of a period, 21 baseline days.
    """
    metric, sample = series.metric, series.within(period)
    before = series.within(period.before(period.days))
    reason = too_few(len(sample.points), min(3, period.days))
    value = None if reason else fmean(sample.values)
    return statistic(
        f"{metric.id}.mean",
        metric.unit,
        "mean of the period; baseline: mean and SD of the 60 days before",
        "this project",
        period,
        n=len(sample.points),
        excluded=sample.excluded,
        value=value,
        reason=reason,
        geometric_mean_ms=math.exp(value) if metric.id == "ln_hrv" and value is not None else None,
        baseline=_told(series.within(period.before(BASELINE_DAYS))),
        previous={
            "mean": fmean(before.values) if len(before.points) >= min(3, period.days) else None,
            "n": len(before.points),
            "window": before.dates.told(),
        },
        note=metric.note,
        evidence=series.evidence(sample.points),
    )


def _told(base: Sample) -> dict[str, Any]:
    enough = len(base.points) >= BASELINE_FLOOR
    return {
        "mean": fmean(base.values) if enough else None,
        "sd": stdev(base.values) if enough else None,
        "n": len(base.points),
        "n_excluded": base.excluded,
        "window": base.dates.told(),
    }


def _against(week: Sample, base: Sample) -> dict[str, Any]:
    """The week's place in the band, and how likely noise would be so far away."""
    mean, usual, sd = fmean(week.values), fmean(base.values), stdev(base.values)
    low, high = usual - 0.5 * sd, usual + 0.5 * sd
    phi = persistence(base.points)
    variance = spread_of_mean(len(week.points), phi) + spread_of_mean(len(base.points), phi)
    return {
        "geometric_mean_ms": math.exp(mean),
        "band": {
            "low": low,
            "high": high,
            "low_ms": math.exp(low),
            "high_ms": math.exp(high),
            "position": "below" if mean < low else "above" if mean > high else "within",
        },
        "phi": phi,
        "p": two_sided((mean - usual) / (sd * math.sqrt(variance))),
    }


def _cv(values: list[float]) -> float:
    return 100 * stdev(values) / fmean(values)
