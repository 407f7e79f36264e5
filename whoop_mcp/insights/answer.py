"""Compute all statistics of a period, judge them together, and write them as an answer."""

from __future__ import annotations

import json
from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

from .. import times
from ..cache.cache import Cache
from ..cache.coverage import Standing
from ..cache.snapshot import Snapshot
from ..errors import ValidationError
from ..reads.days import Day, read_days
from ..times import Span, Window
from ..whoop.resources import COLLECTIONS
from . import anomalies, baselines, correlations, load, metrics, sleep, summary, trends
from .metrics import Evidence, Series
from .statistic import (
    SECTIONS,
    Band,
    Baseline,
    Comparison,
    Statistic,
    attempt,
)
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
"""The sections that claim something, and the function that puts it into words."""


class Known(NamedTuple):
    """How well a resource is known over the period, and over all that the statistics reach to."""

    period: Standing
    reach: Standing


class Reading(NamedTuple):
    """What was read at one moment: the period, one day for each date of its reach, the minutes
    east of UTC of its newest record, and how well each resource is known."""

    period: Dates
    days: list[Day]
    east: int
    coverage: dict[str, Known]


@dataclass(frozen=True)
class Answer:
    """All that is computed of a period: `counts` of its days by what they have, the series that
    the statistics are computed from, the statistics by section, and the sentences about them."""

    period: Dates
    counts: Mapping[str, int]
    series: Mapping[str, Series]
    sections: Mapping[str, Sequence[Statistic]]
    summary: Sequence[str]
    coverage: Mapping[str, Known] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Statistic]:
        return {one.id: one for section in self.sections.values() for one in section}


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
    return fit(as_dict(answer(known, free=free)), budget)


def read(seen: Snapshot, *, end: str | None = None, days: int = 30) -> Reading:
    """What the cache has for that. Raises ValidationError and CacheEmpty."""
    dates = period(seen, end=end, days=days)
    whole = reach(dates)
    east = seen.offset()
    known, within = (
        {one.name: seen.standing(one, Span(**span.as_window())) for one in COLLECTIONS}
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
    coverage = {name: Known(within[name], known[name]) for name in known}
    return Reading(dates, found, east, coverage)


def answer(known: Reading, *, free: Collection[int] = _WEEKEND) -> Answer:
    """Compute all statistics of what was read."""
    return replace(compute(known.days, known.period, free=free), coverage=known.coverage)


def as_dict(answer: Answer) -> dict[str, Any]:
    """Write an answer as the JSON object that leaves the program."""
    period = answer.period
    coverage = {
        name: {"period": known.period.told(), "reach": known.reach.told()}
        for name, known in answer.coverage.items()
    }
    return {
        "period": {
            **period.as_window(),
            "days": period.days,
            "previous": period.before(period.days).as_window(),
        },
        "coverage": {"days": dict(answer.counts), **coverage},
        **{name: [_statistic(one) for one in answer.sections[name]] for name in SECTIONS},
        "summary": list(answer.summary),
    }


def _statistic(one: Statistic) -> dict[str, Any]:
    """`{"id", "value", "unit", "method", "source", "n", "n_excluded", "window", "ci"?, "reason"?,
    …, "note"?, "evidence", "q"?, "verdict"?}`."""
    band, relation, judged = one.band, one.relation, one.q is not None
    verdict = one.verdict and one.verdict.words
    in_ms = {"geometric_mean_ms": one.geometric_mean_ms}
    optional = {
        "ci": one.ci and list(one.ci),
        "reason": one.reason,
        **({} if band else in_ms),
        "baseline": one.baseline and _baseline(one.baseline),
        **(in_ms | {"band": _band(band)} if band else {}),
        "previous": one.previous and _comparison(one.previous),
        "usual": one.usual and _comparison(one.usual),
        "level": one.level,
        **(one.firing._asdict() if one.firing else {}),
        "lag": relation and relation.lag,
        "n_eff": one.n_eff,
        "phi": one.phi,
        "p": one.p,
        "verdict": None if judged else verdict,
        **(one.figures or {}),
        "note": one.note,
        "evidence": [_evidence(line) for line in one.evidence],
        "q": one.q,
    }
    return {
        "id": one.id,
        "value": one.value,
        "unit": one.unit,
        "method": one.method,
        "source": one.source,
        "n": one.n,
        "n_excluded": dict(one.excluded),
        "window": one.dates.as_window(),
        **{name: figure for name, figure in optional.items() if figure is not None},
        **({"verdict": verdict} if judged else {}),
    }


def _baseline(one: Baseline) -> dict[str, Any]:
    return {
        "mean": one.mean,
        "sd": one.sd,
        "n": one.n,
        "n_excluded": dict(one.excluded),
        "window": one.dates.as_window(),
    }


def _band(one: Band) -> dict[str, Any]:
    return {
        "low": one.low,
        "high": one.high,
        "low_ms": one.low_ms,
        "high_ms": one.high_ms,
        "position": one.position,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {one.name: one.value, "n": one.n, "window": one.dates.as_window()}


def _evidence(line: Evidence) -> dict[str, Any]:
    pair = len(line.values) > 1
    value = list(line.values) if pair else line.values[0]
    found = {"date": line.date, "value": value, "id": line.id}
    if line.metric is not None:
        found |= {"metric": line.metric.id, "measured": line.measured}
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
) -> Answer:
    """Compute all statistics of days at hand, one for each date of `reach(period)`.

    `free` are the weekdays without work (Monday 0). Everything with a `p` is one family: its `q`
    is Benjamini–Hochberg's over all that the answer tries, and its `verdict` goes by that.
    """
    last = period.last
    table = metrics.read(days)
    table["load"] = loads = load.series(days, last)
    hrv, resting = table["ln_hrv"], table["resting_heart_rate"]
    by_number = {number(one.date): one for one in days}
    back = load.anchor(loads, last)
    week, load_week = Dates.ending(last, baselines.WEEK), Dates.ending(back, load.ACUTE)
    load_month = Dates.ending(back, load.ACUTE + load.CHRONIC)
    counts = _counts(by_number, period)
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
                attempt(trends.slope_of(one.metric), period, partial(trends.slope, one, period))
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
            attempt(sleep.REGULARITY, period, partial(sleep.regularity, by_number, period)),
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
        "correlations": correlations.correlations(table, period),
    }
    sections = _judged(tried)
    return Answer(period, counts, table, sections, summary.sentences(period, counts, sections))


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

    def shorter(name: str, place: int, one: dict[str, Any]) -> dict[str, Any]:
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


def _judged(
    sections: Mapping[str, Sequence[Statistic]],
) -> dict[str, list[Statistic]]:
    """Give each statistic that has a `p` its `q` and its verdict."""
    ps = [one.p for name in _JUDGES for one in sections[name] if one.p is not None]
    qs = iter(false_discovery(ps))

    def judged(name: str, one: Statistic) -> Statistic:
        if one.p is None or name not in _JUDGES:
            return one
        q = next(qs)
        return replace(one, q=q, verdict=_JUDGES[name](one, q))

    return {name: [judged(name, one) for one in sections[name]] for name in sections}


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
