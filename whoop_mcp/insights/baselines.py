"""Compare the latest days with those before, which say what is usual for this person."""

from __future__ import annotations

from statistics import fmean, median
from typing import NamedTuple

from . import weeks
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
from .timeseries import Dates, deviation, varies

BASELINE_DAYS, BASELINE_FLOOR = weeks.BASELINE_DAYS, weeks.BASELINE_FLOOR
WEEK, WEEK_FLOOR = weeks.WEEK, weeks.WEEK_FLOOR

_RATE_FLOOR = 28  # days of the last year on which the rule could be asked

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

    Value and band are in ln ms. `p` is how rare so great a distance to μ is among this person's
    own past weeks (`weeks.judge`): a question of its own, outside of the family that the others
    are judged in. Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016,
    10.1249/MSS.0000000000000910. Floor: 5 of the 7 days; 21 baseline days.
    """
    known = week(series, last)
    days, before = known.days, known.before
    judged = None if known.reason else weeks.judge(series.values, last)
    ranked = judged is not None and judged.phi is None
    return Statistic(
        *HRV,
        f"mean of ln rMSSD over 7 days; band: mean ± 0.5 SD of the 60 days before; {_UNUSUAL}; "
        + (_BY_RANK if ranked else _BY_FORMULA),
        "Plews 2012, 10.1007/s00421-012-2354-4; Vesterinen 2016, 10.1249/MSS.0000000000000910",
        days.dates,
        n=len(days.points),
        excluded=days.excluded,
        value=known.mean,
        reason=known.reason,
        baseline=_baseline(before),
        band=known.band,
        phi=judged and judged.phi,
        p=judged and judged.p,
        verdict=judged and _verdict(judged.p),
        figures=judged and _figures(judged),
        note=_NOTE,
        evidence=series.evidence(days.points),
    )


_UNUSUAL = "unusual: p < 0.05, a question of its own beside all others on this page"
_BY_RANK = (
    "z = (mean − μ)/(SD·√(1/n+1/B)), p = (7 + farther_days)/(7 + past_days): of the weeks that "
    "ended on the year's past_days before these 7, the share that lay as far"
)
_BY_FORMULA = (
    "p before there are 26 past weeks: Student's of the distance, for φ of all days before plus "
    "its standard error, or of z beside the root mean square of past weeks', if that p is larger"
)
_NOTE = (
    "the band describes: a healthy person is outside it on 22–47 % of days; by chance alone the "
    "week up to a day is unusual on about 4 of 100 days; looking once a week, you would see that "
    "about twice a year"
)


def _verdict(p: float) -> Verdict:
    return Verdict("unusual", True) if p < CHANCE else Verdict("not unusual", False)


def _figures(judged: weeks.Judged) -> dict[str, float | None]:
    """Name what the p rests on, and how often the rule fired in the last year."""
    told = judged.days >= _RATE_FLOOR
    return {
        "z": judged.distance,
        "past_days": judged.rank.past,
        "farther_days": judged.rank.farther,
        "judged_days": judged.days,
        "unusual_days": judged.unusual if told else None,
    }


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
        reason = "HRV is not above 1 ms on every day"
    return Statistic(
        *HRV_CV,
        "100·SD/mean of ln rMSSD over 7 days, compared with the median of the 60 such weeks that "
        "end before it",
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
