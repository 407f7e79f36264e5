"""Compute training load from heart-rate zones, and the ratios of a week and a month of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..cache import shares
from ..reads.days import Day
from ..reads.usable import NOT_FETCHED, NOT_OVER, NOT_RECORDED, lacking
from ..whoop.records import Workout
from ..whoop.resources import WORKOUTS
from .baselines import previous_mean
from .metrics import BEYOND, Format, Metric, Sample, Series
from .statistic import Definition, Statistic, too_few
from .timeseries import Dates, deviation, number, varies

ZONES_SINCE = number("2024-11-21")
"""The day since which WHOOP's zones are shares of heart-rate reserve; before, of the maximum."""

RECORDED = 90.0  # % of a workout, this project's own choice
ACUTE, CHRONIC = 7, 21
_ZONES = ("zone_one", "zone_two", "zone_three", "zone_four", "zone_five")
_MOST = 5 * 2 * 24 * 60.0  # zone-minutes: two days in the highest zone
_METRIC = Metric("load", "Training load", "zone-minutes", "workouts", lambda one: None, 0, _MOST)

DAILY_MEAN = Definition(
    "load.daily_mean", "Training load, mean of a day", "zone-minutes a day", Format.NUMBER
)
MONOTONY = Definition("load.monotony", "Training monotony", "ratio", Format.SCALE)
FOSTER_STRAIN = Definition("load.foster_strain", "Foster strain", "zone-minutes", Format.NUMBER)
ACUTE_CHRONIC = Definition("load.acute_chronic", "Acute : chronic load", "ratio", Format.SCALE)


def series(days: Sequence[Day], last: int) -> Series:
    """Compute the daily load: Σ z·minutes in WHOOP's zone z, 1–5, of the workouts that began on the
    day.

    Edwards-style with WHOOP's zones, not comparable with published Edwards values. Time that two
    workouts share counts once, by `cache.shares`, and a workout all of whose time is another's
    not at all. A day that has a cycle and no workout is 0. A day is left out with a workout not
    scored, with a zone not measured or not known to be recorded to 90 %, without a cycle that is
    over, of which not all workouts were fetched or any may have been purged, and, for the sake of
    one definition, before 2024-11-21 when `last` is not.
    """
    found = Series(_METRIC)
    for one in days:
        at = number(one.date)
        why = lacking(one, "cycle")
        counts = shares.shares(one.workouts)
        counted = [each for each in zip(one.workouts, counts, strict=True) if each[1]]
        if at < ZONES_SINCE <= last:
            why = "before WHOOP's zones of 2024-11-21"
        elif why is None and one.purged:
            why = "workouts purged here"
        elif why is None and WORKOUTS.name in one.unseen:
            why = "workouts not fetched"
        elif why is None:
            why = next(filter(None, (_flaw(workout) for workout, _ in counted)), None)
        known = one.cycle is not None and not why
        total = sum(share * _load(workout) for workout, share in counted) if known else None
        if total is not None and not 0 <= total <= _MOST:
            why, total = BEYOND, None
        if one.cycle is None or total is None:
            found.why[at] = why or NOT_RECORDED
        else:
            found.values[at] = total
            found.overlapped[at] = sum(share < 1 for share in counts)
            found.ids[at] = one.cycle.id
    return found


def anchor(load: Series, last: int) -> int:
    """Choose the day to look back from: the last, or up to two before it while those are not over
    or, early in the morning, not there yet."""
    return next((at for at in (last, last - 1) if not _awaited(load, at)), last - 2)


def daily(load: Series, period: Dates) -> Statistic:
    """Compare the mean daily load of the period, in zone-minutes, with the period before.

    Edwards 1993 (a book), with WHOOP's zones. Floor: 3 days.
    """
    sample = load.within(period)
    reason = too_few(len(sample.points), min(3, period.days))
    return Statistic(
        *DAILY_MEAN,
        "Σ zone number × minutes, zones 1–5, a day, time shared by workouts counted once; mean of "
        "the period",
        "Edwards 1993, with WHOOP's zones: not comparable with published values",
        period,
        n=len(sample.points),
        excluded=sample.excluded,
        value=None if reason else fmean(sample.values),
        reason=reason,
        previous=previous_mean(load, period),
        evidence=load.evidence(sample.points),
    )


def week_mean(load: Series, last: int) -> float | None:
    """Return the mean daily load of the 7 days to `last`, None where one of them is not known."""
    found = load.within(Dates.ending(last, ACUTE)).values
    return fmean(found) if len(found) == ACUTE else None


def monotony(load: Series, last: int) -> Statistic:
    """Divide the week's mean daily load by its sample SD; no unit, no threshold.

    Foster 1998, 10.1097/00005768-199807000-00023. Floor: every one of the 7 days.
    """
    week = load.within(Dates.ending(last, ACUTE))
    value, reason = _monotony(week)
    return _of_week(load, week, MONOTONY, "mean/SD of 7 daily loads", value, reason)


def foster_strain(load: Series, last: int) -> Statistic:
    """Multiply the week's load by its monotony, in zone-minutes.

    Foster 1998, 10.1097/00005768-199807000-00023. Floor: every one of the 7 days.
    """
    week = load.within(Dates.ending(last, ACUTE))
    ratio, reason = _monotony(week)
    value = None if ratio is None else sum(week.values) * ratio
    return _of_week(load, week, FOSTER_STRAIN, "Σ of 7 days × monotony", value, reason)


def acute_chronic(load: Series, last: int) -> Statistic:
    """Divide the mean daily load of 7 days by that of the 21 before: uncoupled; no unit, no risk
    zones.

    Windt & Gabbett 2019, 10.1136/bjsports-2017-098925; the critique: Lolli 2019,
    10.1136/bjsports-2017-098110; Impellizzeri 2020, 10.1123/ijspp.2019-0864. Floor: all 28 days.
    """
    sample = load.within(Dates.ending(last, ACUTE + CHRONIC))
    acute = week_mean(load, last)
    chronic = load.within(Dates(sample.dates.first, last - ACUTE))
    reason = too_few(len(sample.points), ACUTE + CHRONIC)
    if reason is None and not any(chronic.values):
        reason = "no load in the 21 days before"
    known = acute is not None and not reason
    usual = fmean(chronic.values) if known else None
    return Statistic(
        *ACUTE_CHRONIC,
        "mean daily load of 7 days / mean of the 21 before (uncoupled)",
        "Windt & Gabbett 2019, 10.1136/bjsports-2017-098925",
        sample.dates,
        n=len(sample.points),
        excluded=sample.excluded,
        value=acute / usual if acute is not None and usual is not None else None,
        reason=reason,
        figures={"acute": acute if known else None, "chronic": usual},
        note="a ratio of noisy means that predicts no injury: Lolli 2019, "
        "10.1136/bjsports-2017-098110; Impellizzeri 2020, 10.1123/ijspp.2019-0864",
        evidence=load.evidence(sample.points),
    )


def _of_week(
    load: Series,
    week: Sample,
    definition: Definition,
    method: str,
    value: float | None,
    reason: str | None,
) -> Statistic:
    return Statistic(
        *definition,
        f"{method}; a rest day is 0",
        "Foster 1998, 10.1097/00005768-199807000-00023",
        week.dates,
        n=len(week.points),
        excluded=week.excluded,
        value=value,
        reason=reason,
        evidence=load.evidence(week.points),
    )


def _awaited(load: Series, at: int) -> bool:
    why = load.why.get(at, NOT_RECORDED)
    return at not in load.values and why in (NOT_OVER, NOT_RECORDED, NOT_FETCHED)


def _monotony(week: Sample) -> tuple[float | None, str | None]:
    reason = too_few(len(week.points), ACUTE)
    if reason is None and not varies(week.values):
        reason = "the daily load does not vary"
    return (
        (None, reason)
        if reason
        else (fmean(week.values) / deviation(week.values, sample=True), None)
    )


def _flaw(workout: Workout) -> str | None:
    """Return the reason for which the load of a workout is not known, if so."""
    if workout.score_state != "SCORED" or workout.end is None:
        return "workout not scored"
    if _unscorable(workout):
        return None
    if workout.zone_durations_seconds is None:
        return "workout without zones"
    if any(workout.zone_durations_seconds.get(name) is None for name in _ZONES):
        return "workout without all its zones"
    if workout.percent_recorded is None:
        return "workout of which it is not known how much was recorded"
    return None if workout.percent_recorded >= RECORDED else "workout recorded under 90 %"


def _unscorable(workout: Workout) -> bool:
    """Tell whether it is scored with no score at all, as breathing sessions are: it has no load."""
    return workout.strain is None and workout.zone_durations_seconds is None


def _load(workout: Workout) -> float:
    zones = workout.zone_durations_seconds or {}
    return sum(z * (zones.get(name) or 0) / 60 for z, name in enumerate(_ZONES, start=1))
