"""Tell how a metric's weekdays differ, and which of them do so beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from itertools import accumulate
from statistics import fmean

from .metrics import Format, Metric, Series
from .statistic import Definition, Statistic, Verdict, Weekday, attempt, too_few
from .student import student
from .timeseries import WEEKDAY_NAMES as NAMES
from .timeseries import Dates, Points, deviation, varies, weekday

IN_WEEK = (
    "recovery",
    "ln_hrv",
    "resting_heart_rate",
    "sleep_duration",
    "bedtime",
    "strain",
)
"""The metrics whose weekdays are compared."""

LEAST_DAYS, MOST_DAYS = 180, 365
"""The window: the period, but no fewer and no more days than these."""

SURE = 0.01
"""The q, and the p of a day for all seven, from which on no day is called another one: stricter
than elsewhere, as six metrics and seven days are looked at beside all else."""

FLOOR = 8  # of each weekday, this project's own choice
_AROUND, _KNOWN = 3, 5  # days to each side, and how many of the seven must be known


def weekdays(table: Mapping[str, Series], period: Dates) -> list[Statistic]:
    """Compare the weekdays of each metric: the mean of each, in the metric's unit, and whether it
    lies above or below the days around it.

    The value is the highest mean less the lowest. This project's own choice, as is the floor of 8
    of each weekday; the tests are Student's.
    """
    dates = Dates.ending(period.last, min(max(period.days, LEAST_DAYS), MOST_DAYS))
    return [
        attempt(_defined(one.metric), dates, partial(_compared, one, dates))
        for one in map(table.__getitem__, IN_WEEK)
    ]


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a metric's weekdays by its q, and name those that differ."""
    off = [one for one in found.weekdays or () if _for_all(one.p) < SURE]
    if q >= SURE or not off:
        return Verdict("no weekday differs beyond chance", False)
    parts = [
        f"{_listed(names)} {word}"
        for word, names in (
            ("lower", [one.name for one in off if one.off < 0]),
            ("higher", [one.name for one in off if one.off > 0]),
        )
        if names
    ]
    return Verdict(f"{', '.join(parts)} than the days around", True)


def _listed(names: list[str]) -> str:
    """Write names as a sentence lists them."""
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _compared(series: Series, dates: Dates) -> Statistic:
    sample = series.within(dates)
    by_weekday: list[list[float]] = [[] for _ in NAMES]
    off: list[list[float]] = [[] for _ in NAMES]
    for at, value in sample.points.items():
        by_weekday[weekday(at)].append(value)
    for at, value in _from_days_around(sample.points).items():
        off[weekday(at)].append(value)
    reason = next(
        filter(
            None,
            (too_few(len(days), FLOOR, f"{name}s") for name, days in zip(NAMES, off, strict=True)),
        ),
        None,
    )
    if reason is None and not all(map(varies, off)):
        reason = "the values do not vary"
    found = None
    if reason is None:
        found = [
            Weekday(name, len(days), fmean(days), fmean(apart), _p(apart))
            for name, days, apart in zip(NAMES, by_weekday, off, strict=True)
        ]
    means = [one.mean for one in found or ()]
    return Statistic(
        *_defined(series.metric),
        "highest less lowest mean of a weekday; p: 7 × the least of Student's p of each weekday's "
        "distances (off: their mean) from the mean of the 7 days around each day, 5 known of them; "
        "differs: 7·p < 0.01, and q < 0.01 among the metrics compared by weekday",
        "this project",
        dates,
        n=len(sample.points),
        excluded=sample.excluded,
        value=max(means) - min(means) if means else None,
        reason=reason,
        metric=series.metric,
        p=_for_all(min(one.p for one in found)) if found else None,
        weekdays=found,
        evidence=series.evidence(sample.points),
    )


def _defined(metric: Metric) -> Definition:
    is_change = metric.format is Format.LOGARITHM or metric.unit == "%"
    shown = Format.CHANGE if is_change else metric.format
    unit = metric.unit_of_difference
    return Definition(f"{metric.id}.weekdays", f"{metric.name}, by weekday", unit, shown)


def _from_days_around(points: Points) -> dict[int, float]:
    """Take from each value the mean of the seven days around it, of which five are known: so a
    season, and what wanders, is no weekday's."""
    if not points:
        return {}
    first = min(points) - _AROUND
    middle = fmean(points.values())  # sums stay small, and so exact
    known = [points.get(at) for at in range(first, max(points) + _AROUND + 1)]
    sums = [0.0, *accumulate(0.0 if one is None else one - middle for one in known)]
    counts = [0, *accumulate(one is not None for one in known)]
    found = {}
    for at, value in points.items():
        start, end = at - _AROUND - first, at + _AROUND - first + 1
        if (n := counts[end] - counts[start]) >= _KNOWN:
            found[at] = value - middle - (sums[end] - sums[start]) / n
    return found


def _p(off: list[float]) -> float:
    """Compute Student's p of a mean's distance from 0."""
    n = len(off)
    return student(fmean(off) * math.sqrt(n) / deviation(off, sample=True), n - 1)


def _for_all(p: float) -> float:
    """Correct the p of one weekday for all seven being looked at (Bonferroni)."""
    return min(1.0, len(NAMES) * p)
