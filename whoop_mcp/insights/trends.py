"""Find whether a metric rises or falls, by a slope that a few odd days cannot move."""

from __future__ import annotations

from dataclasses import replace

from . import slopes
from .metrics import Format, Metric, Series
from .slopes import Noise, Wandering
from .statistic import CHANCE, Definition, Statistic, Verdict, too_few
from .timeseries import Dates, Points
from .wander import Spectra

DRIFT_DAYS = 28
FLOOR = 21  # this project's own choice
SEASONAL = 120
"""Days beyond which a drift is told from a season only by the same weeks of the year before."""

_CHANCE = (
    "squared standard error: mean of b²·max(1, C/C₀) over the least-squares slopes b of all "
    "earlier stretches of as many days, C the sum of squares of their days, C₀ the period's; "
    "interval and p by Student's t, degrees of freedom as through a random walk"
)
_BY_SPECTRUM = (
    "pairs across the period's middle twice; variance by 18 spectra fitted to the days before "
    "(Whittle); interval and p by Student's t, averaged over them"
)
_DESCRIBED = "described only"
_SHORT = "too little history to tell a drift apart from"

_LEAST, _FULL, _MOST = 365, 12, 1095  # days; times the period; days
_DRIFT, _NO_DRIFT = Verdict("drift", True), Verdict("no drift beyond chance", False)

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


def look_back(days: int) -> int:
    """Return how many days up to its last one the slope of so many days looks at: twelve times as
    many where those are no more than three years, but a year and four times as many at least; of a
    slope on medians of weeks, itself alone."""
    if days > slopes.MOST_DAILY:
        return days
    return max(_LEAST, min(_FULL * days, _MOST), 4 * days)


def drift(series: Series, last: int) -> Statistic:
    """Fit a slope to resting heart rate over the last 28 days, in bpm per 4 weeks.

    Theil–Sen: 10.1080/01621459.1968.10480934. It is a question of its own: its verdict goes by its
    own `p`, and so by its interval. Floor 21 days.
    """
    found = _slope(
        series,
        Dates.ending(last, DRIFT_DAYS),
        drift_of(series.metric),
        "whole beats upstream: a slope of exactly 0 is common; a question of its own, judged by "
        "its p: noise alone makes a drift of it in 1 of 20",
    )
    if found.p is None:
        return found
    return replace(found, verdict=_DRIFT if found.p < CHANCE else _NO_DRIFT)


def slope(series: Series, period: Dates, spectra: Spectra | None = None) -> Statistic:
    """Fit a slope to any metric over the period, in its unit per 4 weeks; beyond 400 days on
    medians of weeks, and described alone.

    Source and floor are the drift's, and so is the method under 60 days. From these on its chance
    is told by the spectrum of the days before; an answer's slopes may share their `spectra`.
    """
    return _slope(series, period, slope_of(series.metric), spectra=spectra)


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a slope by its q, in words that do not contradict its interval."""
    if q < CHANCE:
        return _DRIFT
    if found.p is not None and found.p < CHANCE:
        return Verdict("no drift beyond chance, with so much tried at once", False)
    return _NO_DRIFT


def _defined(metric: Metric, kind: str) -> Definition:
    unit = f"{metric.unit} per 4 weeks"
    return Definition(f"{metric.id}.{kind}", f"{metric.name}, {kind}", unit, Format.CHANGE)


def _slope(
    series: Series,
    dates: Dates,
    definition: Definition,
    note: str | None = None,
    spectra: Spectra | None = None,
) -> Statistic:
    sample = series.within(dates)
    by_spectrum = slopes.LONG <= dates.days <= slopes.MOST_DAILY
    points, block = (sample.points, 1) if by_spectrum else slopes.thinned(sample.points)
    what = f"medians of {block} days" if block > 1 else "days"
    reason = too_few(len(points), FLOOR, what)
    middle = (dates.first + dates.last) / 2 if by_spectrum else None
    value = None if reason else slopes.theil_sen(points, middle)
    if value is None and reason is None:
        reason = "the values do not vary"
    noise, untold = (None, None) if value is None else _noise(series, points, dates, spectra)
    per = 28 / block
    low, high = noise.interval(value) if noise and value is not None else (None, None)
    method = _BY_SPECTRUM if by_spectrum else _CHANCE
    return Statistic(
        *definition,
        f"Theil–Sen slope of {what}; {_DESCRIBED if dates.days > slopes.MOST_DAILY else method}",
        "Sen 1968, 10.1080/01621459.1968.10480934; error and p: this project",
        dates,
        n=len(sample.points),
        excluded=sample.excluded,
        value=None if value is None else value * per,
        ci=None if low is None or high is None else (low * per, high * per),
        reason=reason,
        p=noise.p(value) if noise and value is not None else None,
        verdict=Verdict(untold, False) if untold else None,
        metric=series.metric,
        figures=noise
        and {
            "standard_error": noise.error * per,
            "degrees_of_freedom": noise.freedom,
            **noise.past,
        },
        note=note,
        evidence=series.evidence(sample.points),
    )


def _noise(
    series: Series, points: Points, dates: Dates, spectra: Spectra | None
) -> tuple[Noise | Wandering | None, str | None]:
    """Tell how far chance moves the slope of a period; where that is not known, say why."""
    days = dates.days
    if days > slopes.MOST_DAILY:
        return (
            None,
            f"described only: over more than {slopes.MOST_DAILY} days, chance is not tested",
        )
    history = series.within(Dates.ending(dates.last, look_back(days))).points
    if days > SEASONAL and not slopes.has_same_weeks(points, history, dates):
        return None, f"{_SHORT} a season: the year before these days is needed"
    found: Noise | Wandering | None
    if days >= slopes.LONG:
        enough = slopes.reaches(points, history, dates)
        found = slopes.wandering(points, history, dates, spectra or Spectra()) if enough else None
    else:
        past = slopes.past(points, history, dates)
        enough = len(past.slopes) > days
        found = slopes.noise(points, past, days)
    if not enough:
        return None, f"{_SHORT} chance: {2 * days} days before these are needed"
    return found, None if found else "the days before do not vary: a drift cannot be weighed"
