"""The statistics of a period, put together, and what may be claimed once all were tried."""

from __future__ import annotations

import json
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from .. import times
from ..cache.cache import Cache
from ..cache.snapshot import Snapshot
from ..errors import ValidationError
from ..reads.days import Day, read_days
from ..times import Span, Window
from ..whoop.resources import COLLECTIONS
from . import anomalies, baselines, correlations, load, metrics, sleep, summary, trends
from .metrics import Series
from .statistic import SECTIONS, Statistic, attempt
from .timeseries import Dates, day, false_discovery, number

MOST_DAYS = 3650
_REACH = 396  # days that the longest look back takes: a year of back-test and its baseline
_EARLIEST = number(times.BEGINNING[:10])
_WEEKEND = (sleep.SATURDAY, sleep.SUNDAY)

_JUDGES = {
    "baselines": baselines.judge,
    "trends": trends.judge,
    "correlations": correlations.judge,
}
"""The sections that claim something, and who puts it into words."""


class Reading(NamedTuple):
    """What was read at one moment: the period, one day for each date of its reach, the minutes
    east of UTC of its newest record, and what of each resource is complete."""

    period: Dates
    days: list[Day]
    east: int
    coverage: dict[str, Any]


def insights(
    cache: Cache,
    *,
    end: str | None = None,
    days: int = 30,
    free: Collection[int] = _WEEKEND,
    budget: int = 0,
) -> dict[str, Any]:
    """The statistics of `days` local dates up to `end` (exclusive; now), from the cache alone.

    Answers `{"period", "coverage", "baselines", "trends", "load", "sleep", "anomalies",
    "correlations", "summary"}`, as `compute` does; `coverage` also says per resource, for the
    period and for all that the statistics reach back to, `complete`, `missing`? and `as_of`.
    `budget` is how many characters it may take, 0 for all. Raises ValidationError and CacheEmpty.
    """
    with cache.reading() as seen:
        known = read(seen, end=end, days=days)
    return fit(answer(known, free=free), budget)


def read(seen: Snapshot, *, end: str | None = None, days: int = 30) -> Reading:
    """What the cache has for that. Raises ValidationError and CacheEmpty."""
    dates = period(seen, end=end, days=days)
    whole = reach(dates)
    east = seen.offset()
    known, within = (
        {one.name: seen.standing(one, Span(*span.told().values())) for one in COLLECTIONS}
        for span in (whole, dates)
    )
    unseen: dict[int, list[str]] = defaultdict(list)
    for name, standing in known.items():
        for at in {at for gap in standing.missing for at in touched(gap, east, whole)}:
            unseen[at].append(name)
    found = [
        one._replace(unseen=unseen.get(number(one.date), ()))
        for one in read_days(seen, day(whole.first), day(whole.last))
    ]
    coverage = {
        name: {"period": within[name].told(), "reach": known[name].told()} for name in known
    }
    return Reading(dates, found, east, coverage)


def answer(known: Reading, *, free: Collection[int] = _WEEKEND) -> dict[str, Any]:
    """All that is computed of it."""
    found = compute(known.days, known.period, free=free)
    found["coverage"] |= known.coverage
    return found


def period(seen: Snapshot, *, end: str | None = None, days: int = 30) -> Dates:
    """The local dates that `end` and `days` mean; never beyond today where the newest record was
    made. Raises ValidationError and CacheEmpty."""
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError(f"`days` must be from 1 to {MOST_DAYS}.", hint="Leave it out for 30.")
    bound = None if end is None else times.bound("end", end)
    seen.require_content()
    east = seen.offset()
    last = _local(seen.now, east)
    if bound is not None and len(bound) == 10:
        last = min(last, number(bound) - 1)
    elif bound is not None:
        last = min(last, _local(times.plus(bound, milliseconds=-1), east))
    if last < _EARLIEST:
        raise ValidationError(
            "`end` comes before anything that WHOOP has.", hint="Give a date after 2010-01-01."
        )
    return Dates.ending(last, days)


def reach(period: Dates) -> Dates:
    """The dates that the statistics of a period look back to."""
    back = max(2 * period.days, period.days + baselines.BASELINE_DAYS, _REACH)
    return Dates.ending(period.last, back)


def compute(
    days: Sequence[Day],
    period: Dates,
    *,
    free: Collection[int] = _WEEKEND,
) -> dict[str, Any]:
    """The same of days at hand, one for each date of `reach(period)`; `coverage` only counts days.

    `free` are the weekdays without work (Monday 0). Everything with a `p` is one family: its `q`
    is Benjamini–Hochberg's over all that the answer tries, and its `verdict` goes by that.
    """
    last = period.last
    table = metrics.read(days)
    table["load"] = loads = load.series(days, last)
    by_number = {number(one.date): one for one in days}
    back = load.anchor(loads, last)
    week = Dates.ending(last, baselines.WEEK)

    def of(
        series: Series, what: str, unit: str, compute: Callable[[Series, Dates], Statistic]
    ) -> Statistic:
        id = f"{series.metric.id}.{what}"
        return attempt(id, unit, period, partial(compute, series, period))

    found: dict[str, Any] = {
        "period": {
            **period.told(),
            "days": period.days,
            "previous": period.before(period.days).told(),
        },
        "coverage": {"days": _counts(by_number, period)},
        "baselines": [
            attempt("hrv.baseline", "ln ms", week, partial(baselines.hrv, table["ln_hrv"], last)),
            attempt("hrv.cv", "%", week, partial(baselines.hrv_cv, table["ln_hrv"], last)),
            *(
                of(table[name], "mean", table[name].metric.unit, baselines.mean)
                for name in baselines.IN_MEAN
            ),
        ],
        "trends": [
            attempt(
                "resting_heart_rate.drift",
                "bpm per 4 weeks",
                Dates.ending(last, trends.DRIFT_DAYS),
                partial(trends.drift, table["resting_heart_rate"], last),
            ),
            *(
                of(table[name], "slope", f"{table[name].metric.unit} per 4 weeks", trends.slope)
                for name in trends.IN_SLOPE
            ),
        ],
        "load": [
            attempt(f"load.{id}", unit, dates, compute)
            for id, unit, dates, compute in (
                ("daily_mean", "zone-minutes a day", period, partial(load.daily, loads, period)),
                ("monotony", "ratio", Dates.ending(back, load.ACUTE),
                 partial(load.monotony, loads, back)),
                ("foster_strain", "zone-minutes", Dates.ending(back, load.ACUTE),
                 partial(load.foster_strain, loads, back)),
                ("acute_chronic", "ratio", Dates.ending(back, load.ACUTE + load.CHRONIC),
                 partial(load.acute_chronic, loads, back)),
            )
        ],
        "sleep": [
            attempt(f"sleep.{id}", unit, dates, compute)
            for id, unit, dates, compute in (
                ("regularity_index", "−100 to 100", period,
                 partial(sleep.regularity, by_number, period)),
                ("social_jetlag", "hours", Dates.ending(last, sleep.JETLAG_DAYS),
                 partial(sleep.jetlag, by_number, last, free)),
                ("debt_whoop", "hours", period, partial(sleep.debt_of_whoop, by_number, period)),
                ("debt_14_cycles", "hours", Dates.ending(last, sleep.DEBT_DAYS),
                 partial(sleep.debt_of_14, by_number, last)),
            )
        ],
        "anomalies": anomalies.anomalies(table, period),
        "correlations": correlations.correlations(table, period),
    }  # fmt: skip
    _judge(found)
    found["summary"] = summary.sentences(found)
    return found


def fit(answer: dict[str, Any], budget: int) -> dict[str, Any]:
    """The answer within so many characters of JSON (0: as it is), its evidence shortened to the
    newest: first that of correlations, of which there is most, last that of a day's anomaly. What
    was cut says `evidence_omitted`; no statistic is ever left out."""
    if not budget or _size(answer) <= budget:
        return answer
    most = {name: max(len(one["evidence"]) for one in answer[name]) for name in SECTIONS}
    pairs = most.pop("correlations")
    whole = max(most.values())
    cuts = [
        *((0, 0, bare) for bare in reversed(range(len(answer["anomalies"])))),
        *((0, keep, 0) for keep in range(1, whole + 1)),
        *((keep, whole, 0) for keep in range(1, pairs)),
    ]
    fitting = bisect(cuts, budget, key=lambda cut: _size(_cut(answer, *cut)))
    return _cut(answer, *cuts[max(fitting - 1, 0)])


def _cut(answer: dict[str, Any], pairs: int, keep: int, bare: int) -> dict[str, Any]:
    """At most `pairs` lines of evidence of each correlation, `keep` of each other statistic, and
    none of the first `bare` anomalies."""

    def shorter(name: str, place: int, one: Statistic) -> Statistic:
        evidence = one["evidence"]
        most = pairs if name == "correlations" else keep
        if name == "anomalies" and place:
            most = len(evidence) if place > bare else 0
        if len(evidence) <= most:
            return one
        left = evidence[len(evidence) - most :]
        return {**one, "evidence": left, "evidence_omitted": len(evidence) - most}

    shortened = {
        name: [shorter(name, place, one) for place, one in enumerate(answer[name])]
        for name in SECTIONS
    }
    return {**answer, **shortened}


def _size(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))


def _judge(found: dict[str, Any]) -> None:
    claims = [(judge, one) for name, judge in _JUDGES.items() for one in found[name] if "p" in one]
    qs = false_discovery([one["p"] for _, one in claims])
    for (judge, one), q in zip(claims, qs, strict=True):
        one["q"] = q
        one["verdict"] = judge(one)


def _counts(days: dict[int, Day], period: Dates) -> dict[str, int]:
    """How many days the period has, and how many of them have what."""
    within = [days[at] for at in range(period.first, period.last + 1) if at in days]
    return {
        "total": period.days,
        **{
            name: sum(not metrics.unusable(getattr(one, name)) for one in within)
            for name in ("cycle", "recovery", "sleep")
        },
        "nap": sum(bool(one.naps) for one in within),
        "workout": sum(bool(one.workouts) for one in within),
    }


def touched(gap: Window, east: int, within: Dates) -> range:
    """The local dates that a window touches."""
    first, last = _local(gap.start, east), _local(times.plus(gap.end, milliseconds=-1), east)
    return range(max(first, within.first), min(last, within.last) + 1)


def _local(instant: str, east: int) -> int:
    return number(times.plus(instant, minutes=east)[:10])
