"""Compare the latest days with those before, which say what is usual for this person."""

from __future__ import annotations

import math
from statistics import fmean, median
from typing import NamedTuple

from .metrics import Format, Metric, Sample, Series
from .statistic import (
    CHANCE,
    Band,
    Baseline,
    Comparison,
    Definition,
    Position,
    Statistic,
    Verdict,
    too_few,
)
from .timeseries import Dates, deviation, persistence, spread_of_mean, two_sided, varies

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

HRV = Definition("hrv.baseline", "HRV, mean of 7 days", "ln ms", Format.LOGARITHM)
HRV_CV = Definition("hrv.cv", "HRV, coefficient of variation", "%", Format.NUMBER)


class Week(NamedTuple):
    """Seven days of HRV, the days before them, and the band of these; without mean and band, the
    reason."""

    days: Sample
    before: Sample
    mean: float | None
    band: Band | None
    reason: str | None


def mean_of(metric: Metric) -> Definition:
    """Define the mean of a metric."""
    return Definition(f"{metric.id}.mean", f"{metric.name}, mean", metric.unit, metric.format)


def week(series: Series, last: int) -> Week:
    """Set the mean of ln rMSSD over the 7 days to `last` beside the band of the 60 days before."""
    days = series.within(Dates.ending(last, WEEK))
    before = series.within(days.dates.before(BASELINE_DAYS))
    reason = too_few(len(days.points), WEEK_FLOOR, "of the last 7 days") or too_few(
        len(before.points), BASELINE_FLOOR, "baseline days"
    )
    if reason is None and not varies(before.values):
        reason = "the baseline does not vary"
    if reason:
        return Week(days, before, None, None, reason)
    mean, usual, sd = (
        fmean(days.values),
        fmean(before.values),
        deviation(before.values, sample=True),
    )
    low, high = usual - 0.5 * sd, usual + 0.5 * sd
    position: Position = "below" if mean < low else "above" if mean > high else "within"
    return Week(days, before, mean, Band(low, high, position), None)


def hrv(series: Series, last: int) -> Statistic:
    """Compare the mean of ln rMSSD over 7 days with the band μ ± 0.5 SD of the 60 days before.

    Value and band are in ln ms. `p` is of the distance to μ, for noise as persistent as the
    baseline's. Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016,
    10.1249/MSS.0000000000000910. Floor: 5 of the 7 days; 21 baseline days.
    """
    known = week(series, last)
    days, before = known.days, known.before
    phi = p = None
    if known.mean is not None:
        phi = persistence(before.points)
        variance = spread_of_mean(len(days.points), phi) + spread_of_mean(len(before.points), phi)
        away = known.mean - fmean(before.values)
        sd = deviation(before.values, sample=True)
        p = two_sided(away / (sd * math.sqrt(variance)))
    return Statistic(
        *HRV,
        "mean of ln rMSSD over 7 days; band: mean ± 0.5 SD of the 60 days before; unusual: beyond "
        "1.96 SD·√(v7+vB) for autocorrelation φ, and q < 0.05 on this page",
        "Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016, 10.1249/MSS.0000000000000910",
        days.dates,
        n=len(days.points),
        excluded=days.excluded,
        value=known.mean,
        reason=known.reason,
        baseline=_baseline(before),
        band=known.band,
        phi=phi,
        p=p,
        note="the band describes: a healthy person is outside it on 22–47 % of days",
        evidence=series.evidence(days.points),
    )


def judge(found: Statistic, q: float) -> Verdict:
    """Judge the week's HRV by its q."""
    return Verdict("unusual", True) if q < CHANCE else Verdict("not unusual", False)


def hrv_cv(series: Series, last: int) -> Statistic:
    """Compute the coefficient of variation of ln rMSSD over 7 days, %, and the median of its own
    last 60.

    100·SD/mean. Plews 2012, 10.1007/s00421-012-2354-4; Flatt & Esco 2016 (J Strength Cond Res
    30(2):378–385). Floor: 5 of 7 days, each above 1 ms: of what is not above 0, a share says
    nothing; for the median 21 such weeks.
    """
    week = series.within(Dates.ending(last, WEEK))
    before = [
        series.values_within(Dates.ending(at, WEEK))
        for at in range(week.dates.first - BASELINE_DAYS, week.dates.first)
    ]
    usual = [_cv(values) for values in before if len(values) >= WEEK_FLOOR and min(values) > 0]
    reason = too_few(len(week.points), WEEK_FLOOR, "of the last 7 days")
    if reason is None and min(week.values) <= 0:
        reason = "the logarithm of HRV is not above 0 on every day"
    return Statistic(
        *HRV_CV,
        "100·SD/mean of ln rMSSD over 7 days, beside the median of the 60 such weeks that end "
        "before it",
        "Plews 2012, 10.1007/s00421-012-2354-4; Flatt & Esco 2016",
        week.dates,
        n=len(week.points),
        excluded=week.excluded,
        value=None if reason else _cv(week.values),
        reason=reason,
        usual=Comparison(
            "median",
            median(usual) if len(usual) >= BASELINE_FLOOR else None,
            len(usual),
            week.dates.before(BASELINE_DAYS),
        ),
        note="neither direction is good or bad: published studies disagree",
        evidence=series.evidence(week.points),
    )


def mean(series: Series, period: Dates) -> Statistic:
    """Compare the period's mean, in the metric's unit, with the 60 days and the period before.

    This project's own choice, as are the floors: 3 days of a period, 21 baseline days.
    """
    metric, sample = series.metric, series.within(period)
    reason = too_few(len(sample.points), min(3, period.days))
    value = None if reason else fmean(sample.values)
    return Statistic(
        *mean_of(metric),
        "mean of the period; baseline: mean and SD of the 60 days before",
        "this project",
        period,
        n=len(sample.points),
        excluded=sample.excluded,
        value=value,
        reason=reason,
        baseline=_baseline(series.within(period.before(BASELINE_DAYS))),
        previous=previous_mean(series, period),
        note=metric.note,
        evidence=series.evidence(sample.points),
    )


def previous_mean(series: Series, period: Dates) -> Comparison:
    """Return the mean of as many days before the period. Floor: 3 days, or all of fewer."""
    before = series.within(period.before(period.days))
    enough = len(before.points) >= min(3, period.days)
    mean = fmean(before.values) if enough else None
    return Comparison("mean", mean, len(before.points), before.dates)


def _baseline(before: Sample) -> Baseline:
    enough = len(before.points) >= BASELINE_FLOOR
    return Baseline(
        before.dates,
        len(before.points),
        before.excluded,
        fmean(before.values) if enough else None,
        deviation(before.values, sample=True) if enough else None,
    )


def _cv(values: list[float]) -> float:
    return 100 * deviation(values, sample=True) / fmean(values)
