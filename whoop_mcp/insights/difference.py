"""Tell by how much a metric differs between two stretches of days, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul
from statistics import fmean
from typing import NamedTuple

from ..counts import counted
from .metrics import Format, Metric, Sample, Series
from .statistic import CHANCE, Baseline, Definition, Statistic, Verdict, too_few
from .student import critical, student
from .timeseries import (
    Dates,
    Z,
    deviation,
    persistence,
    spread_of_mean,
    weekday,
)
from .wander import Fitted, Spectra, chance, reach

# This project's own choices.
FLOOR = 3  # days of each stretch for a mean, or all of fewer
JUDGED_FROM = 5  # days of each stretch for an interval
HISTORY_FLOOR = 300  # days outside both that tell how the metric wanders
HISTORY_TIMES = 8  # and so many times as many as the longer stretch has
BEFORE, FURTHEST, AFTER = 1095, 3650, 365  # days around both that are looked at for them
SPARE = 10  # times the longer stretch, as days may be missing, where that is more than `BEFORE`
LONGEST = FURTHEST // HISTORY_TIMES  # days of a stretch that can be judged
MUCH_LARGER = 1.5  # times the history's variance: a stretch of other days than these
WEEKS = 6  # of each weekday, to know what it usually is

_POWER = 0.8416212335729143  # standard errors: what is so much further is found in 80 %
_METHOD = (
    "mean of B minus mean of A, less what their weekdays explain; interval and p: the wider of the "
    "effective n of each (v_n of autocorrelation φ) and what the spectrum of the days around them "
    "lets through"
)
_SOURCE = (
    "v_n: Plews 2012, 10.1007/s00421-012-2354-4; spectrum: Whittle 1953, 10.1007/BF02590998; q: "
    "Benjamini & Hochberg 1995, 10.1111/j.2517-6161.1995.tb02031.x"
)


class Noise(NamedTuple):
    """What chance does to a difference: its standard error by the effective n of both stretches
    with its degrees of freedom, and the spectrum of the history."""

    error: float
    freedom: int
    fitted: Fitted

    def p(self, difference: float) -> float:
        """Return the probability of a difference at least so far from 0."""
        by_days = student(difference / self.error, self.freedom) if self.error else 0.0
        return max(by_days, chance(self.fitted, difference))

    def reach(self, p: float) -> float:
        """Return the difference that chance comes to with the probability `p`."""
        by_days = critical(self.freedom, p) * self.error
        return max(by_days, reach(self.fitted, p))

    def least_seen(self, tried: int) -> float:
        """Return the difference that is found in 80 % of cases among so many that are tried."""
        return self.reach(CHANCE / tried) + _POWER * self.reach(CHANCE) / Z


def difference_of(metric: Metric) -> Definition:
    """Define the difference of a metric."""
    unit = metric.unit_of_difference
    return Definition(f"{metric.id}.difference", f"{metric.name}, difference", unit, Format.CHANGE)


def difference(
    series: Series, a: Dates, b: Dates, history: Dates, spectra: Spectra
) -> tuple[Statistic, Noise | None]:
    """Subtract the mean of the days A from that of B, in the metric's unit.

    `history` are the dates that tell how the metric wanders, those of A and B left out. Whittle
    1953, 10.1007/BF02590998. Floors: 3 days for a mean; for interval and p 5 days, 300 of history
    and 8 times the longer stretch.
    """
    first, second = series.within(a), series.within(b)
    past = {
        at: value
        for at, value in series.within(history).points.items()
        if not (a.first <= at <= a.last or b.first <= at <= b.last)
    }
    n = min(len(first.points), len(second.points))
    reason = too_few(len(first.points), min(FLOOR, a.days), "days of A") or too_few(
        len(second.points), min(FLOOR, b.days), "days of B"
    )
    value = noise = phi = None
    explained = 0.0
    if reason is None:
        contrast, usual = _contrast(first, second, past)
        usually = fmean(past.values()) if past else 0.0
        explained = -math.fsum(
            weight * (past[at] - usually) for at, weight in contrast.items() if at in past
        )
        value = fmean(second.values) - fmean(first.values) - explained
        if _why_not(n, len(past), a, b) is None:
            residuals = {at: x - usual[weekday(at)] for at, x in past.items()}
            phi = persistence(residuals)
            if fitted := spectra.fit(residuals, contrast):
                noise = _noise(first, second, list(residuals.values()), phi, fitted)
    half = noise.reach(CHANCE) if noise else None
    untold = None
    if noise is None and reason is None:
        untold = _why_not(n, len(past), a, b) or "the days around the two do not vary"
    found = Statistic(
        *difference_of(series.metric),
        _METHOD,
        _SOURCE,
        Dates(min(a.first, b.first), max(a.last, b.last)),
        n=len(first.points) + len(second.points),
        excluded=_together(first.excluded, second.excluded),
        value=value,
        ci=(value - half, value + half) if half is not None and value is not None else None,
        reason=reason,
        phi=phi,
        p=noise.p(value) if noise and value is not None else None,
        verdict=Verdict(untold, False) if untold else None,
        metric=series.metric,
        figures={
            "from_weekdays": explained if reason is None and explained else None,
            "history_days": len(past),
        },
        note=series.metric.note,
        evidence=series.evidence(sorted({**first.points, **second.points})),
        sides=(_side(first), _side(second)),
    )
    return found, noise


def judge(found: Statistic, q: float, tried: int) -> Verdict:
    """Judge a difference by its q among all that were tried."""
    if q < CHANCE:
        return Verdict("differs beyond chance", True)
    if found.p is not None and found.p < CHANCE:
        return Verdict(f"would stand out alone, but not among {tried} that were compared", False)
    return Verdict("no difference beyond chance", False)


def look_back(a: Dates, b: Dates) -> int:
    """Return how many days before both are looked at: three years, or ten times the longer of the
    two, up to ten years; of what is too long to be judged, three years."""
    longer = max(a.days, b.days)
    return BEFORE if longer > LONGEST else max(BEFORE, min(SPARE * longer, FURTHEST))


def _why_not(n: int, known: int, a: Dates, b: Dates) -> str | None:
    """Say why chance cannot be ruled out, by the days known; None where it can."""
    if n < JUDGED_FROM:
        return "too few days in one of the two periods to rule out chance"
    longer = max(a.days, b.days)
    if longer > LONGEST:
        return f"a period of more than {LONGEST} days is too long to rule out chance"
    floor = max(HISTORY_FLOOR, HISTORY_TIMES * longer)
    if known >= floor:
        return None
    return (
        f"too little history to rule out chance: {counted(known, 'day')} around the two periods "
        f"{'is' if known == 1 else 'are'} known; "
        f"at least {floor} are needed"
    )


def _contrast(
    first: Sample, second: Sample, past: Mapping[int, float]
) -> tuple[dict[int, float], dict[int, float]]:
    """Give each day its weight in the difference, together 0, and tell what each weekday usually
    is: where A and B have not the same weekdays, days of the history stand for what they lack."""
    found = {at: -1 / len(first.points) for at in first.points}
    found |= {at: 1 / len(second.points) for at in second.points}
    days: dict[int, list[int]] = {one: [] for one in range(7)}
    for at in past:
        days[weekday(at)].append(at)
    shares = [math.fsum(found[at] for at in found if weekday(at) == one) for one in range(7)]
    usual = {one: fmean([past[at] for at in ats]) for one, ats in days.items() if ats}
    if all(len(ats) >= WEEKS for ats in days.values()):
        for one, share in enumerate(shares):
            if abs(share) > 1e-12:
                found |= {at: -share / len(days[one]) for at in days[one]}
    return found, usual


def _noise(
    first: Sample, second: Sample, residuals: Sequence[float], phi: float, fitted: Fitted
) -> Noise | None:
    """Find the standard error by the effective n of both, with the SD of the history's residuals,
    unless that of both stretches is much larger."""
    within = [x - fmean(one.values) for one in (first, second) for x in one.values]
    own = math.fsum(map(mul, within, within)) / (len(within) - 2)
    freedom = len(residuals) - 1
    usual = math.fsum(map(mul, residuals, residuals)) / freedom
    variance = max(usual, own / MUCH_LARGER)
    spread = sum(spread_of_mean(len(one.points), phi) for one in (first, second))
    return Noise(math.sqrt(variance * spread), freedom, fitted) if variance else None


def _side(sample: Sample) -> Baseline:
    enough = len(sample.points) >= min(FLOOR, sample.dates.days)
    return Baseline(
        sample.dates,
        len(sample.points),
        sample.excluded,
        fmean(sample.values) if enough else None,
        deviation(sample.values, sample=True) if enough and len(sample.points) > 1 else None,
    )


def _together(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {why: one.get(why, 0) + other.get(why, 0) for why in {**one, **other}}
