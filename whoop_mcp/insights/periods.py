"""Compare two stretches of days: every metric's means, and which differ beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import times
from ..cache.cache import Cache
from ..cache.coverage import Standing, floor_bound
from ..cache.snapshot import Snapshot
from ..choices import MOST_DAYS
from ..errors import ValidationError
from ..reads.days import Day
from ..times import Span
from ..whoop.resources import COLLECTIONS, Resource
from . import fitting, load, metrics, payload
from .answer import EARLIEST, count_parts, read_dates
from .baselines import IN_MEAN
from .comparison_words import sentences
from .difference import AFTER, Noise, difference, difference_of, judge, look_back
from .metrics import Format, Series
from .statistic import Statistic, attempt
from .timeseries import Dates, day, false_discovery, number
from .wander import Spectra

USUAL = (*IN_MEAN, "load")
"""The metrics that are compared where none are named."""

_NAMES = ("Period A", "Period B")

METRICS = (*USUAL, "spo2", "sleep_efficiency", "sleep_consistency", "bedtime")
"""All that can be compared."""

_HINT = "For example A from 2026-04-01 to 2026-05-01 and B from 2026-05-01 to 2026-06-01."
_FAR_APART = "WHOOP's zones of heart rate changed on 2024-11-21: loads of both are never compared"


@dataclass(frozen=True)
class Comparison:
    """Two stretches, the days around them, and the difference of every metric between them."""

    a: Dates
    b: Dates
    history: Dates
    counts: tuple[Mapping[str, int], Mapping[str, int]]
    metrics: Sequence[Statistic]
    summary: Sequence[str]


@dataclass(frozen=True)
class Known:
    """What was read for a comparison, at one moment."""

    a: Dates
    b: Dates
    history: Dates
    days: list[Day]
    coverage: Mapping[str, Mapping[str, Standing]]


def compare(
    cache: Cache,
    *,
    a_start: str,
    a_end: str | None,
    b_start: str,
    b_end: str | None,
    metrics: Sequence[str] | None = None,
    budget: int = 0,
) -> dict[str, Any]:
    """Compare the local dates from `b_start` to `b_end` (exclusive) with those of A, from the cache
    alone; each end is a bare date or an instant.

    Answers `{"window", "coverage", "metrics", "summary"}`: `window` and `coverage` of `a`, `b` and
    `history`, the days around both by which chance is told. `budget` is how many characters it may
    take, 0 for all. Raises ValidationError and CacheEmpty.
    """
    unknown = [one for one in metrics or () if one not in METRICS]
    if unknown:
        raise ValidationError(
            f"`metrics` names {unknown[0][:40]!r}, which cannot be compared.",
            hint=f"There are: {', '.join(METRICS)}.",
        )
    a, b = (
        Span(times.bound(f"{name}_start", start), times.bound(f"{name}_end", end or times.LATEST))
        for name, start, end in (("a", a_start, a_end), ("b", b_start, b_end))
    )
    with cache.reading() as snapshot:
        known = read(snapshot, a, b)
    return fitting.shorten(as_dict(compared(known, metrics), known), "metrics", budget)


def read(snapshot: Snapshot, a: Span, b: Span, names: tuple[str, str] = _NAMES) -> Known:
    """Read both stretches and the days around them. Raises ValidationError, which calls them by
    `names`, and CacheEmpty."""
    for name, span in (("a", a), ("b", b)):
        _in_order(name, span)
    snapshot.require_content()
    east = snapshot.offset()
    one, other = (_dates(*each, snapshot, east) for each in zip(names, (a, b), strict=True))
    if one.first <= other.last and other.first <= one.last:
        raise ValidationError(
            f"The two periods share days, from {day(max(one.first, other.first))} to "
            f"{day(min(one.last, other.last))}.",
            hint="Each day can be in one of them: end the earlier where the later begins. " + _HINT,
        )
    began = min(one.first, other.first) - look_back(one, other)
    today = _local(snapshot.now, east)
    history = Dates(max(began, EARLIEST), min(max(one.last, other.last) + AFTER, today))
    days, reach = read_dates(snapshot, history)
    coverage = {
        name: {
            resource.name: snapshot.standing(resource, Span(**dates.as_window()))
            for resource in COLLECTIONS
        }
        for name, dates in (("a", one), ("b", other))
    }
    return Known(one, other, history, days, {**coverage, "history": reach})


def compared(known: Known, metrics: Sequence[str] | None = None) -> Comparison:
    """Compute the comparison of what was read."""
    return compute(known.days, known.a, known.b, known.history, metrics)


def compute(
    days: Sequence[Day],
    a: Dates,
    b: Dates,
    history: Dates,
    wanted: Sequence[str] | None = None,
) -> Comparison:
    """Compare two stretches of days at hand, one for each date of `history`, which has both.

    All metrics are one family: each `q` is Benjamini–Hochberg's over all that were compared.
    """
    table = metrics.read_series(days)
    table["load"] = _loads(days, a, b)
    spectra, noises = Spectra(), dict[str, Noise]()

    def tried(series: Series) -> Statistic:
        found, noise = difference(series, a, b, history, spectra)
        if noise is not None:
            noises[found.id] = noise
        return found

    found = [
        attempt(
            difference_of(one.metric),
            Dates(min(a.first, b.first), max(a.last, b.last)),
            partial(tried, one),
        )
        for one in map(table.__getitem__, wanted or USUAL)
    ]
    if _zones_differ(a, b):
        found = [_unlike(one) if one.id == "load.difference" else one for one in found]
    ps = {one.id: one.p for one in found if one.p is not None}
    qs = dict(zip(ps, false_discovery(list(ps.values())), strict=True))

    def judged(one: Statistic) -> Statistic:
        q = qs.get(one.id)
        if q is None:
            return one
        least = noises[one.id].least_seen(len(qs))
        figures = {**(one.figures or {}), "smallest_seen": least}
        return replace(one, q=q, verdict=judge(one, q, len(qs)), figures=figures)

    found = [judged(one) for one in found]
    by_number = {number(one.date): one for one in days}
    counts = (count_parts(by_number, a), count_parts(by_number, b))
    return Comparison(a, b, history, counts, found, sentences(a, b, counts, found))


def as_dict(found: Comparison, known: Known) -> dict[str, Any]:
    """Write a comparison as the JSON object that leaves the program."""
    stretches = {"a": found.a, "b": found.b, "history": found.history}
    counts = dict(zip("ab", found.counts, strict=True))
    return {
        "window": {
            name: {**dates.as_window(), "days": dates.days} for name, dates in stretches.items()
        },
        "coverage": {
            name: {
                **({"days": dict(counts[name])} if name in counts else {}),
                "complete": all(one.complete for one in known.coverage[name].values()),
                **{resource: one.told() for resource, one in known.coverage[name].items()},
            }
            for name in stretches
        },
        "metrics": [_with_natural(one) for one in found.metrics],
        "summary": list(found.summary),
    }


def _with_natural(one: Statistic) -> dict[str, Any]:
    """Write a difference; of logarithms also the means that there are in ms, the share that the
    difference is, and what it is in ms by the mean of A."""
    written = payload.as_object(one)
    if one.metric is None or one.metric.format is not Format.LOGARITHM:
        return written
    for side in (written[name] for name in "ab" if name in written):
        if side["mean"] is not None:
            side["geometric_mean_ms"] = math.exp(side["mean"])
    if one.value is None:
        return written
    in_ms = [one.change(end) for end in (one.value, *(one.ci or ()))]
    return {**written, "percent": 100 * math.expm1(one.value), "difference_ms": in_ms}


# ── the dates ──


def _in_order(name: str, span: Span) -> None:
    """Refuse what is wrong by itself, before anything is read."""
    if span.start[:10] > span.end[:10] or (
        len(span.start) == len(span.end) and span.start >= span.end
    ):
        raise ValidationError(
            f"`{name}_end` is not after `{name}_start`: period {name.upper()} has no day.",
            hint=f"The end is exclusive. {_HINT}",
        )


def _dates(whose: str, span: Span, snapshot: Snapshot, east: int) -> Dates:
    """Resolve the local dates of a period, up to today; ValidationError where it has none."""
    start, end = span
    today = _local(snapshot.now, east)
    oldest = snapshot.oldest()
    first = today if oldest is None else _local(oldest, east)
    begins = number(start) if len(start) == 10 else _local(start, east)
    ends = number(end) - 1 if len(end) == 10 else _local(times.plus(end, milliseconds=-1), east)
    if begins > today:
        raise ValidationError(
            f"{whose} is in the future: today is {day(today)}.", hint=f"Compare past days. {_HINT}"
        )
    if ends < first:
        why, hint = _before_all(snapshot, Dates(begins, ends), first)
        raise ValidationError(f"{whose} ends before anything that is known: {why}.", hint=hint)
    found = Dates(max(begins, EARLIEST), min(ends, today))
    if found.days < 1:
        raise ValidationError(f"{whose} has no day.", hint=f"The end is exclusive. {_HINT}")
    if found.days > MOST_DAYS:
        raise ValidationError(
            f"{whose} has more than {MOST_DAYS} days.", hint="Compare shorter periods."
        )
    return found


def _before_all(snapshot: Snapshot, dates: Dates, first: int) -> tuple[str, str]:
    """Say why nothing is known of dates before the first that is, and what to do: a sync is named
    only where one can bring what is lacking."""
    beginning = number(times.BEGINNING[:10])
    bound = floor_bound(snapshot.connection)
    # By dates, since the window of a date reaches into the next, and there is something of that.
    dates = Dates(max(dates.first, beginning), dates.last)
    floor = _first_kept(bound, snapshot.offset())
    kept = Dates(max(dates.first, floor), dates.last)
    if kept.days > 0 and any(_may_bring(snapshot, one, kept) for one in COLLECTIONS):
        return f"the cache begins on {day(first)}", (
            "Call sync_whoop with full=true, or run `whoop-mcp sync --full`, to fetch earlier "
            "days; or give later ones."
        )
    if dates.days > 0 and dates.first < floor:
        why = f"records from before {bound} are not kept (purge or retention)"
    elif snapshot.oldest() is None:
        why = "WHOOP has nothing yet"
    else:
        why = f"WHOOP has nothing from then, its first record here is of {day(first)}"
    return why, "Give later days."


def _first_kept(bound: str | None, east: int) -> int:
    """Find the first local date that is not all before a purge's or a retention's bound."""
    if bound is None:
        return number(times.BEGINNING[:10])
    return number(bound) if len(bound) == 10 else _local(bound, east)


def _may_bring(snapshot: Snapshot, resource: Resource, dates: Dates) -> bool:
    """Tell whether a sync may bring what lies in some dates."""
    window = Span(**dates.as_window()).window()
    start = max(window.start, times.BEGINNING, snapshot.floor())
    return bool(snapshot.standing(resource, Span(start, window.end)).missing)


def _local(instant: str, east: int) -> int:
    return number(times.plus(instant, minutes=east)[:10])


# ── the load, whose zones WHOOP has changed ──


def _loads(days: Sequence[Day], a: Dates, b: Dates) -> Series:
    last = max(a.last, b.last)
    if last < load.ZONES_SINCE:  # what came later is measured otherwise
        days = [one for one in days if number(one.date) < load.ZONES_SINCE]
    return load.series(days, last)


def _zones_differ(a: Dates, b: Dates) -> bool:
    return min(a.last, b.last) < load.ZONES_SINCE <= max(a.last, b.last)


def _unlike(one: Statistic) -> Statistic:
    return replace(one, value=None, ci=None, p=None, verdict=None, reason=_FAR_APART, figures=None)
