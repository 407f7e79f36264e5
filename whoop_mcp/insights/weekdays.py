"""Tell how a metric's weekdays differ, and which of them do so beyond chance."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
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

SURE = 0.005
"""The q, and the p of a day for all seven, from which on no day is called another one: stricter
than elsewhere, as six metrics and seven days are looked at beside all else."""

FLOOR = 8  # of each weekday, this project's own choice
_AROUND = 3  # days to each side
_LACKING, _LEAST = 2, 2  # of the days around, how many may be unknown, and how many must be known
_MOST = 3  # weekdays that can be other ones than the rest


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
    higher, lower = found.metric.ways if found.metric else ("higher", "lower")
    parts = [
        f"{_listed(names)} {word}"
        for word, names in (
            (lower, [one.name for one in off if one.off < 0]),
            (higher, [one.name for one in off if one.off > 0]),
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
    for at, value in sample.points.items():
        by_weekday[weekday(at)].append(value)
    off = _off(sample.points, ())
    reason = _reason(off)
    found, p = None, None
    if reason is None:
        p = _for_all(min(map(_p, off)))
        found = [
            Weekday(name, len(days), fmean(days), fmean(apart), _p(apart))
            for name, days, apart in zip(NAMES, by_weekday, _told(sample.points, off), strict=True)
        ]
    means = [one.mean for one in found or ()]
    return Statistic(
        *_defined(series.metric),
        "highest less lowest mean of a weekday; p: 7 × the least of Student's p of each weekday's "
        "distances (off: their mean) from the mean of the 6 days around each day, 4 known of them; "
        "a weekday with 7·p < 0.005 is taken out of the days around, and the rest done again; "
        "differs: 7·p < 0.005 then, and q < 0.005 among the metrics compared by weekday",
        "this project",
        dates,
        n=len(sample.points),
        excluded=sample.excluded,
        value=max(means) - min(means) if means else None,
        reason=reason,
        metric=series.metric,
        p=p,
        weekdays=found,
        evidence=series.evidence(sample.points),
    )


def _reason(off: Sequence[list[float]]) -> str | None:
    """Return why weekdays cannot be compared by these distances, if so."""
    for name, days in zip(NAMES, off, strict=True):
        if reason := too_few(len(days), FLOOR, f"{name}s"):
            return reason
    return None if all(map(varies, off)) else "the values do not vary"


def _told(points: Points, off: list[list[float]]) -> list[list[float]]:
    """Measure the distances anew without the weekdays that differ, the surest taken out first: one
    that is far off would else push all others to its other side."""
    out: list[int] = []
    while len(out) < _MOST:
        surest = min(
            (one for one in range(len(NAMES)) if one not in out), key=lambda at: _p(off[at])
        )
        if _for_all(_p(off[surest])) >= SURE:
            break
        anew = _off(points, [*out, surest])
        if _reason(anew):
            break
        out.append(surest)
        off = anew
    return off


def _defined(metric: Metric) -> Definition:
    is_change = metric.format is Format.LOGARITHM or metric.unit == "%"
    shown = Format.CHANGE if is_change else metric.format
    unit = metric.unit_of_difference
    return Definition(f"{metric.id}.weekdays", f"{metric.name}, by weekday", unit, shown)


def _off(points: Points, out: Collection[int]) -> list[list[float]]:
    """Take from each value the mean of the three days before and the three after, by weekday: so a
    season, and what wanders, is no weekday's. Weekdays that are `out` are not among the days
    around, of which all but two must be known."""
    found: list[list[float]] = [[] for _ in NAMES]
    if not points:
        return found
    first = min(points) - _AROUND
    middle = fmean(points.values())  # sums stay small, and so exact
    days = range(first, max(points) + _AROUND + 1)
    known = [None if weekday(at) in out else points.get(at) for at in days]
    sums = [0.0, *accumulate(0.0 if one is None else one - middle for one in known)]
    counts = [0, *accumulate(one is not None for one in known)]
    for at, value in points.items():
        here, itself = weekday(at), at - first
        start, end = itself - _AROUND, itself + _AROUND + 1
        own = known[itself] is not None
        n = counts[end] - counts[start] - own
        around = len(NAMES) - 1 - len(out) + (here in out)
        if n >= max(around - _LACKING, _LEAST):
            total = sums[end] - sums[start] - (value - middle if own else 0.0)
            found[here].append(value - middle - total / n)
    return found


def _p(off: list[float]) -> float:
    """Compute Student's p of a mean's distance from 0."""
    n = len(off)
    return student(fmean(off) * math.sqrt(n) / deviation(off, sample=True), n - 1)


def _for_all(p: float) -> float:
    """Correct the p of one weekday for all seven being looked at (Bonferroni)."""
    return min(1.0, len(NAMES) * p)
