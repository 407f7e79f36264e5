"""Measure how regular sleep is, how far free days shift it, and how much of it is owed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from statistics import fmean
from typing import Any

from .. import times
from ..reads.days import Day
from ..reads.usable import lacking, unusable
from ..whoop.records import Sleep
from .metrics import BEYOND, Evidence, Format, bodily, further_sleeps, hours
from .statistic import Comparison, Definition, Statistic, too_few
from .timeseries import WEEKDAY_NAMES, Dates, day, weekday

Days = Mapping[int, Day]
"""Days by their number."""

DAY = 86400.0
SATURDAY, SUNDAY = 5, 6
JETLAG_DAYS, FREE_FLOOR, WORK_FLOOR = 28, 4, 8
DEBT_DAYS, DEBT_FLOOR = 14, 10
PAIRS_TO_SHOW, PAIRS_TO_COMPARE = 7, 14

REGULARITY = Definition(
    "sleep.regularity_index", "Sleep regularity index", "−100 to 100", Format.SCALE
)
JETLAG = Definition("sleep.social_jetlag", "Social jetlag", "hours", Format.HOURS)
DEBT_OF_WHOOP = Definition(
    "sleep.debt_whoop", "Sleep debt, as WHOOP counts it", "hours", Format.HOURS
)
DEBT_OF_14 = Definition("sleep.debt_14_cycles", "Sleep owed over 14 cycles", "hours", Format.HOURS)


def regularity(days: Days, period: Dates, now: str = times.LATEST) -> Statistic:
    """Compute the sleep regularity index, −100 to 100: how alike sleep is 24 hours apart.

    100·(1 − 2D/T) over the hours T of which, and of 24 hours later, the state is recorded; in D
    of them the two differ. Phillips 2017, 10.1038/s41598-017-03171-4, in its exact interval form.
    A day is from noon to noon, recorded where its main sleep is, and up to `now`; naps, further
    sleeps and those of another cycle of the date count as sleep. Floor: 7 pairs of days, 14 to
    compare.
    """
    pairs, value = _regularity(days, period, now)
    before = period.before(period.days)
    pairs_before, value_before = _regularity(days, before, now)
    reason = too_few(pairs, PAIRS_TO_SHOW, "pairs of recorded days")
    comparable = min(pairs, pairs_before) >= PAIRS_TO_COMPARE
    return Statistic(
        *REGULARITY,
        "100·(1 − 2D/T) on onset–wake intervals with naps and further sleeps, 24 h apart; n counts "
        "pairs of days",
        "Phillips 2017, 10.1038/s41598-017-03171-4",
        period,
        n=pairs,
        excluded=_lacking(days, period),
        value=None if reason else value,
        reason=reason,
        previous=Comparison("value", value_before if comparable else None, pairs_before, before),
        note="onset–wake intervals overstate it by 4–10 points for 20–60 minutes awake; a cycle's "
        "further sleeps that are no naps, and another cycle's of the date, count as naps do",
        evidence=_evidence(days, period, lambda one: hours(one.asleep_seconds)),
    )


def jetlag(days: Days, last: int, free: Collection[int] = (SATURDAY, SUNDAY)) -> Statistic:
    """Compute social jetlag over 28 days, in hours: how much later mid-sleep is on free days.

    MSF − MSW, circular means of main-sleep midpoints on the wearer's clock, within ±12 h; `free`
    are weekdays of waking, Monday 0. Wittmann 2006, 10.1080/07420520500545979; Roenneberg 2012,
    10.1016/j.cub.2012.03.038. Floor: 4 free and 8 work nights.
    """
    dates = Dates.ending(last, JETLAG_DAYS)
    nights = _nights(days, dates)
    middles = {at: _middle(one) for at, one in nights.items()}
    on_free = [hour for at, hour in middles.items() if weekday(at) in free]
    at_work = [hour for at, hour in middles.items() if weekday(at) not in free]
    reason = too_few(len(on_free), FREE_FLOOR, "free nights") or too_few(
        len(at_work), WORK_FLOOR, "work nights"
    )
    on_free_days = None if reason else _circular_mean(on_free)
    on_work_days = None if reason else _circular_mean(at_work)
    value = None
    if on_free_days is not None and on_work_days is not None:
        value = _wrapped(on_free_days - on_work_days)
    elif reason is None:
        reason = "the midpoints have no mean: they lie all around the clock"
    return Statistic(
        *JETLAG,
        "circular mean of main-sleep midpoints, free minus work days; free: waking on "
        + ", ".join(WEEKDAY_NAMES[one] for one in sorted(free)),
        "Wittmann 2006, 10.1080/07420520500545979; Roenneberg 2012, 10.1016/j.cub.2012.03.038",
        dates,
        n=len(middles),
        excluded=_lacking(days, dates),
        value=value,
        reason=reason,
        figures={
            "midpoint_free": on_free_days,
            "midpoint_work": on_work_days,
            "n_free": len(on_free),
            "n_work": len(at_work),
        },
        evidence=[
            Evidence(day(at), (round(hour, 4),), nights[at].id) for at, hour in middles.items()
        ],
    )


def debt_of_whoop(days: Days, period: Dates) -> Statistic:
    """Quote WHOOP's own sleep debt, in hours, as it counted it into the need of the latest night.

    `need_from_sleep_debt` as it is. Floor: one scored night in the period.
    """
    known = {at: _owed_by_whoop(one) for at, one in _nights(days, period).items()}
    latest = max((at for at, value in known.items() if value is not None), default=None)
    dates = period if latest is None else Dates(latest, latest)
    return Statistic(
        *DEBT_OF_WHOOP,
        "WHOOP's need from sleep debt of the latest scored night",
        "WHOOP",
        dates,
        n=0 if latest is None else 1,
        excluded=_lacking(days, dates),
        value=None if latest is None else known[latest],
        reason="no scored night with a need in the period" if latest is None else None,
        evidence=_evidence(days, dates, _owed_by_whoop),
    )


def debt_of_14(days: Days, last: int) -> Statistic:
    """Add up the sleep owed over the last 14 cycles, in hours: Σ max(0, need − asleep), with the
    naps and further sleeps of the cycle and of another one of the date.

    Need is baseline + strain: WHOOP's debt would count the same debt every night, its nap share
    the naps twice. This project's own; Van Dongen 2003, 10.1093/sleep/26.2.117, supports that
    debt accumulates, not a formula. Floor: 10 of 14 cycles.
    """
    dates = Dates.ending(last, DEBT_DAYS)
    naps: dict[Any, list[Sleep]] = {}
    for at in range(dates.first, dates.last + 2):  # a cycle's nap may end on the date after
        for nap in days[at].naps if at in days else ():
            naps.setdefault(nap.cycle_id, []).append(nap)
    owed: dict[int, float] = {}
    nights, without = _nights(days, dates), Counter(_lacking(days, dates))
    for at, sleep in nights.items():
        cycles = [sleep.cycle_id, *(night.cycle.id for night in days[at].other_cycles)]
        own = [one for id in cycles for one in naps.get(id, []) if one.id != sleep.id]
        need = sleep.sleep_needed_seconds or {}
        baseline, strain, asleep = *map(need.get, ("baseline", "from_strain")), sleep.asleep_seconds
        slept = [one.asleep_seconds for one in own]
        further = [one.asleep_seconds for one in further_sleeps(days[at])]
        added = [one for one in (*slept, *further) if one is not None]
        if baseline is None or strain is None or asleep is None:
            without["not measured"] += 1
        elif None in slept:
            without["nap not scored"] += 1
        elif None in further:
            without["further sleep not scored"] += 1
        elif not all(map(bodily, [baseline, strain, asleep, *added])):
            without[BEYOND] += 1
        else:
            owed[at] = max(0.0, baseline + strain - asleep - sum(added)) / 3600
    reason = too_few(len(owed), DEBT_FLOOR, "of 14 cycles")
    return Statistic(
        *DEBT_OF_14,
        "Σ max(0, need − asleep − naps) over the cycles known of 14; need = baseline + strain; "
        "asleep in the main sleep and further ones of the date",
        "this project; Van Dongen 2003, 10.1093/sleep/26.2.117 supports accumulation only",
        dates,
        n=len(owed),
        excluded=dict(without),
        value=None if reason else math.fsum(owed.values()),
        reason=reason,
        note="a cycle's further sleeps that are no naps, and another cycle's of the date, count as "
        "naps do",
        evidence=[
            Evidence(day(at), (round(value, 4),), nights[at].id) for at, value in owed.items()
        ],
    )


def _nights(days: Days, dates: Dates) -> dict[int, Sleep]:
    """Return the scored main sleeps by the day of waking."""
    found = {}
    for at in range(dates.first, dates.last + 1):
        sleep = days[at].sleep if at in days else None
        if sleep is not None and not unusable(sleep):
            found[at] = sleep
    return found


def _lacking(days: Days, dates: Dates) -> dict[str, int]:
    why = (
        lacking(days[at], "sleep") if at in days else unusable(None)
        for at in range(dates.first, dates.last + 1)
    )
    return dict(Counter(one for one in why if one))


def _evidence(days: Days, dates: Dates, read: Callable[[Sleep], float | None]) -> list[Evidence]:
    return [
        Evidence(day(at), (round(value, 4),), one.id)
        for at, one in _nights(days, dates).items()
        if (value := read(one)) is not None
    ]


def _owed_by_whoop(sleep: Sleep) -> float | None:
    return hours((sleep.sleep_needed_seconds or {}).get("from_debt"))


def _regularity(days: Days, dates: Dates, now: str) -> tuple[int, float | None]:
    """Count the neighbouring days that are recorded, and compute the index over them."""
    nights = _nights(days, dates)
    pairs = sum(at + 1 in nights for at in nights)
    recorded, asleep = [], []
    present = _moment(now)
    for at, sleep in nights.items():
        midnight = _moment(times.midnight(day(at), sleep.timezone_offset))
        recorded.append((midnight - DAY / 2, min(midnight + DAY / 2, present)))
        asleep.append(_extent(sleep))
    for at in range(dates.first, dates.last + 1):
        one = days.get(at)
        for further in (*one.naps, *further_sleeps(one)) if one else ():
            if not unusable(further):
                asleep.append(_extent(further))
    both, differ = _sweep(recorded, asleep)
    return pairs, 100 * (1 - 2 * differ / both) if both else None


def _sweep(
    recorded: Iterable[tuple[float, float]], asleep: Iterable[tuple[float, float]]
) -> tuple[float, float]:
    """Measure for how long a moment and the one 24 hours later are both recorded, and for how long
    of that the two differ in being asleep, in seconds."""
    steps = []
    for number, intervals in enumerate((recorded, asleep)):
        for start, end in intervals:
            for which, back in ((number, 0.0), (number + 2, DAY)):
                steps += [(start - back, which, 1), (end - back, which, -1)]
    inside = [0, 0, 0, 0]
    both = differ = before = 0.0
    for at, which, step in sorted(steps):
        if inside[0] and inside[2]:
            both += at - before
            differ += (at - before) * (bool(inside[1]) != bool(inside[3]))
        inside[which] += step
        before = at
    return both, differ


def _extent(sleep: Sleep) -> tuple[float, float]:
    """Return when a sleep that is over began and ended, in seconds; one that is not takes none."""
    return _moment(sleep.start), _moment(sleep.end or sleep.start)


def _moment(instant: str) -> float:
    return times.moment(instant).timestamp()


def _middle(sleep: Sleep) -> float:
    """Return the hour of the clock in the middle of a sleep."""
    half = times.seconds(sleep.start, sleep.end or sleep.start) / 2
    middle = times.local(times.plus(sleep.start, seconds=half), sleep.timezone_offset)
    return times.seconds(middle[:10] + "T00:00:00.000Z", middle[:23] + "Z") / 3600


def _circular_mean(clock: list[float]) -> float | None:
    """Return the mean hour, None where the hours cancel out."""
    turns = [hour * math.pi / 12 for hour in clock]
    x, y = fmean(map(math.cos, turns)), fmean(map(math.sin, turns))
    return None if math.hypot(x, y) < 1e-9 else math.atan2(y, x) * 12 / math.pi % 24


def _wrapped(difference: float) -> float:
    return (difference + 12) % 24 - 12
