"""Compute all statistics of a period, and judge them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import times
from ..cache import journal
from ..cache.cache import Cache
from ..cache.coverage import Standing
from ..cache.journal import Told
from ..cache.snapshot import Snapshot
from ..choices import MOST_DAYS
from ..errors import ValidationError
from ..reads.days import Day
from ..reads.underway import Underway, underway
from ..reads.usable import read_known, unusable
from ..times import Span
from ..whoop.resources import COLLECTIONS
from . import (
    anomalies,
    baselines,
    behaviours,
    correlations,
    fitting,
    habits,
    load,
    metrics,
    payload,
    sleep,
    summary,
    travel,
    trends,
    weekdays,
    weeks,
)
from .statistic import Answer, Standings, Statistic, attempt
from .timeseries import Dates, day, false_discovery_shared, number
from .wander import Spectra

_REACH = weeks.REACH  # days, the longest look back that does not depend on the period
_WEEKEND = (sleep.SATURDAY, sleep.SUNDAY)

_JUDGES = {
    "trends": trends.judge,
    "correlations": correlations.judge,
    "weekdays": weekdays.judge,
    "behaviours": behaviours.judge,
}
"""The sections that claim something, and the function that puts it into words."""

_SHARES = {"trends": 1, "correlations": 1, "weekdays": 1, "behaviours": 2}
"""The part that each kind of question has in the level of its family."""

_BUILT_IN = "built in"
_BUILT_IN_TIMES = 10.0  # what their p count: true ones are far below it, and false ones are rare so

EARLIEST = number(times.BEGINNING[:10]) + 1
"""The first local date that begins, at any offset, after WHOOP had anything: no sync can fetch what
is before."""


class Reading(NamedTuple):
    """The days read at one moment: the period, one day for each date of its reach, the minutes
    east of UTC of its newest record, how well each resource is known, the moment itself, what
    the journal tells of the dates before, and the behaviours that an experiment which
    is not over is on."""

    period: Dates
    days: list[Day]
    east: int
    coverage: dict[str, Standings]
    now: str
    told: Sequence[Told] = ()
    running: Mapping[str, Underway] = MappingProxyType({})


def insights(
    cache: Cache,
    *,
    end: str | None = None,
    days: int = 30,
    free_days: Collection[int] | None = None,
    budget: int = 0,
) -> dict[str, Any]:
    """Compute the statistics of `days` local dates up to `end` (exclusive; now), from the cache
    alone.

    Answers `{"period", "coverage", "baselines", "trends", "load", "sleep", "anomalies",
    "correlations", "weekdays", "behaviours", "summary", "warnings"?}`: `coverage` says
    per resource, for the period and for all that the statistics reach back to, `complete`,
    `missing`? and `as_of`; a warning says that the period was asked for beyond today.
    `free_days` are the weekdays without work, Monday 0; the weekend where left out. `budget` is how
    many characters it may take, 0 for all. Raises ValidationError and CacheEmpty.
    """
    with cache.reading() as snapshot:
        known = read(snapshot, end=end, days=days)
    found = payload.as_dict(answer(known, free_days=free_days))
    today = day(_local(known.now, known.east))
    return fitting.fit({**found, **cut_short(end, today, known.east)}, budget)


def read(snapshot: Snapshot, *, end: str | None = None, days: int = 30) -> Reading:
    """Read the days and their coverage from the cache. Raises ValidationError and CacheEmpty."""
    dates = period(snapshot, end=end, days=days)
    found, known = read_dates(snapshot, reach(dates))
    within = {one.name: snapshot.standing(one, Span(**dates.as_window())) for one in COLLECTIONS}
    coverage = {name: Standings(within[name], known[name]) for name in known}
    first, last = behaviours.window(dates)
    told = journal.told(snapshot.connection, day(first - habits.LAG), day(last))
    east = snapshot.offset()
    today = day(_local(snapshot.now, east))
    running = {
        one.behaviour: one
        for one in sorted(underway(snapshot, today), key=lambda one: one.last_morning)
        if one.first < day(last)
    }
    return Reading(dates, found, east, coverage, snapshot.now, told, running)


def read_dates(snapshot: Snapshot, whole: Dates) -> tuple[list[Day], dict[str, Standing]]:
    """Read one day for each of some dates, and how well each resource is known in them."""
    return read_known(snapshot, day(whole.first), day(whole.last))


def answer(known: Reading, *, free_days: Collection[int] | None = None) -> Answer:
    """Compute all statistics of what was read."""
    free = _WEEKEND if free_days is None else free_days
    found = compute(
        known.days,
        known.period,
        free=free,
        now=known.now,
        told=known.told,
        running=known.running,
    )
    return replace(found, coverage=known.coverage)


def period(snapshot: Snapshot, *, end: str | None = None, days: int = 30) -> Dates:
    """Resolve the local dates that `end` and `days` mean; never beyond today where the newest
    record was made. Raises ValidationError and CacheEmpty."""
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError(f"`days` must be from 1 to {MOST_DAYS}.", hint="Leave it out for 30.")
    bound = times.LATEST if end is None else times.bound("end", end)
    snapshot.require_content()
    east = snapshot.offset()
    last = min(_local(snapshot.now, east), _last_before(bound, east))
    if last < EARLIEST:
        raise ValidationError(
            "`end` comes before anything that WHOOP has.",
            hint=f"Give a date after {day(EARLIEST)}.",
        )
    return _since_the_beginning(Dates.ending(last, days))


def cut_short(end: str | None, today: str, east: int) -> dict[str, list[str]]:
    """Warn that a period ends today, where more of it was asked for: `{"warnings"?}`."""
    if end is None or _last_before(times.bound("end", end), east) <= number(today):
        return {}
    return {"warnings": [f"The period ends today, {today}: what is later is still to come."]}


def _last_before(bound: str, east: int) -> int:
    """Find the last local date of which anything lies before a bound."""
    if len(bound) == 10:
        return number(bound) - 1
    return _local(times.plus(bound, milliseconds=-1), east)


def reach(period: Dates) -> Dates:
    """Return the dates that the statistics of a period look back to."""
    back = max(
        2 * period.days,
        period.days + baselines.BASELINE_DAYS,
        trends.look_back(period.days),
        _REACH,
    )
    return _since_the_beginning(Dates.ending(period.last, back))


def _since_the_beginning(dates: Dates) -> Dates:
    """Cut off what is before WHOOP had anything."""
    return Dates(max(dates.first, EARLIEST), dates.last)


def compute(
    days: Sequence[Day],
    period: Dates,
    *,
    free: Collection[int] = _WEEKEND,
    now: str = times.LATEST,
    told: Sequence[Told] = (),
    running: Mapping[str, Underway] | None = None,
) -> Answer:
    """Compute all statistics of days at hand, one for each date of `reach(period)`.

    What would be after `now` has not been lived yet. `told` is the journal of those days; of it,
    what an experiment is `running` on tells nothing yet. `free` are
    the weekdays without work (Monday 0). Every slope, correlation and behaviour's difference is
    one family: its `q` is Benjamini–Hochberg's over all of them, half of whose level the behaviours
    have and a quarter each the others, however many they are, and its `verdict` goes by that. The
    links that WHOOP has built in are a family of their own, a tenth as ready to claim, and so are
    weekdays; the week's HRV and the drift of resting heart rate are asked alone.
    """
    last = period.last
    table = metrics.read_series(days)
    table["load"] = loads = load.series(days, last)
    hrv, resting = table["ln_hrv"], table["resting_heart_rate"]
    by_number = {number(one.date): one for one in days}
    back = load.anchor(loads, last)
    week, load_week = Dates.ending(last, baselines.WEEK), Dates.ending(back, load.ACUTE)
    load_month = Dates.ending(back, load.ACUTE + load.CHRONIC)
    counts, spectra = count_parts(by_number, period), Spectra()
    tried: dict[str, list[Statistic]] = {
        "baselines": [
            attempt(baselines.HRV, week, partial(baselines.hrv, hrv, last)),
            attempt(baselines.HRV_CV, week, partial(baselines.hrv_cv, hrv, last)),
            *(
                attempt(baselines.mean_of(one.metric), period, partial(baselines.mean, one, period))
                for one in map(table.__getitem__, baselines.IN_MEAN)
            ),
        ],
        "trends": [
            attempt(
                trends.drift_of(resting.metric),
                Dates.ending(last, trends.DRIFT_DAYS),
                partial(trends.drift, resting, last),
            ),
            *(
                attempt(
                    trends.slope_of(one.metric), period, partial(trends.slope, one, period, spectra)
                )
                for one in map(table.__getitem__, trends.IN_SLOPE)
            ),
        ],
        "load": [
            attempt(load.DAILY_MEAN, period, partial(load.daily, loads, period)),
            attempt(load.MONOTONY, load_week, partial(load.monotony, loads, back)),
            attempt(load.FOSTER_STRAIN, load_week, partial(load.foster_strain, loads, back)),
            attempt(load.ACUTE_CHRONIC, load_month, partial(load.acute_chronic, loads, back)),
        ],
        "sleep": [
            attempt(sleep.REGULARITY, period, partial(sleep.regularity, by_number, period, now)),
            attempt(
                sleep.JETLAG,
                Dates.ending(last, sleep.JETLAG_DAYS),
                partial(sleep.jetlag, by_number, last, free),
            ),
            attempt(sleep.DEBT_OF_WHOOP, period, partial(sleep.debt_of_whoop, by_number, period)),
            attempt(
                sleep.DEBT_OF_14,
                Dates.ending(last, sleep.DEBT_DAYS),
                partial(sleep.debt_of_14, by_number, last),
            ),
        ],
        "anomalies": anomalies.anomalies(table, period),
        "correlations": correlations.correlations(table, period, travel.away(days)),
        "weekdays": weekdays.weekdays(table, period),
        "behaviours": behaviours.behaviours(table, period, told, running),
    }
    sections = _judged(tried)
    said = summary.sentences(period, counts, sections, now[:4])
    return Answer(period, counts, table, sections, said)


def _judged(
    sections: Mapping[str, Sequence[Statistic]],
) -> dict[str, list[Statistic]]:
    """Give each statistic that has a `p`, and no verdict of its own, its `q` and its verdict."""
    families: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for name in _JUDGES:
        for one in sections[name]:
            if one.p is not None and one.verdict is None:
                families[_family(name, one)][name][one.id] = one.p
    qs: dict[str, float] = {}
    for family, kinds in families.items():
        times = _BUILT_IN_TIMES if family == _BUILT_IN else 1.0
        ps = [[times * p for p in kind.values()] for kind in kinds.values()]
        found = chain.from_iterable(false_discovery_shared(ps, [_SHARES[kind] for kind in kinds]))
        qs |= zip(chain.from_iterable(kinds.values()), found, strict=True)

    def judged(name: str, one: Statistic) -> Statistic:
        q = qs.get(one.id)
        return one if q is None else replace(one, q=q, verdict=_JUDGES[name](one, q))

    return {name: [judged(name, one) for one in sections[name]] for name in sections}


def _family(section: str, one: Statistic) -> str:
    """Name the questions that one is judged with. Links that WHOOP has built in are true, as are
    most people's weekdays: beside them chance would pass the more easily for one more."""
    if section == "weekdays":
        return section
    return _BUILT_IN if one.relation and one.relation.built_in else "page"


def count_parts(days: Mapping[int, Day], period: Dates) -> dict[str, int]:
    """Count the days of the period, and those that have each kind of record."""
    within = [days[at] for at in range(period.first, period.last + 1) if at in days]
    return {
        "total": period.days,
        **{
            name: sum(not unusable(getattr(one, name)) for one in within)
            for name in ("cycle", "recovery", "sleep")
        },
        "nap": sum(bool(one.naps) for one in within),
        "workout": sum(bool(one.workouts) for one in within),
    }


def _local(instant: str, east: int) -> int:
    return number(times.plus(instant, minutes=east)[:10])
