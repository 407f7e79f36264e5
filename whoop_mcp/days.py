"""Which cycle, sleep and workouts a calendar day has, on the wearer's clock or in UTC.

A cycle's date is the one on which its main sleep ended, WHOOP's own day; without a sleep it is
the date that the cycle covers most of. A date shows at most one cycle, a cycle one date at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import freshness, nights, times
from .call import Call
from .coverage import together
from .errors import ValidationError
from .freshness import Outcome
from .mirror import Mirror, in_one_go
from .nights import DayRule, Flat, Night, ended_on
from .resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from .spans import Span


@in_one_go
def summary(
    mirror: Mirror,
    date: str,
    *,
    day: DayRule = "local",
    fresh: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """What one date holds: `{"date", "day", "cycle", "recovery", "sleep", "naps", "workouts",
    "other_cycles", "score_states", "complete", "missing"?, "as_of", "warnings"?}`.

    ValidationError when `date` is no date. A date that has no cycle shows null, as does every
    date after today.
    """
    span = _span(date, day)
    call, began = call or Call(), mirror.cache.clock()
    outcome = freshness.confirm(mirror, dict.fromkeys((CYCLES, WORKOUTS), span), call, fresh=fresh)
    cycles = _records(mirror, CYCLES, span)
    # Whether a cycle has a sleep is known only with all the sleeps of its whole extent.
    reach = _reach(span, cycles, mirror.cache.clock())
    slept = freshness.confirm(mirror, {RECOVERIES: reach}, call, fresh=fresh)
    outcome = Outcome([*outcome.errors, *slept.errors], [*outcome.warnings, *slept.warnings])
    clock = nights.clock(day)
    found = [_night(mirror, cycle) for cycle in _candidates(mirror, span)]
    found = [one for one in found if one.date(clock, mirror.cache.clock()) == date]
    found.sort(key=Night.rank, reverse=True)
    shown = found[0] if found else None
    naps = [s for s in _records(mirror, SLEEPS, span) if s["nap"] and ended_on(s, date, clock)]
    workouts = [
        one for one in _records(mirror, WORKOUTS, span) if clock(one, one["start"])[:10] == date
    ]
    parts = {
        "cycle": shown and shown.cycle,
        "recovery": shown and shown.recovery,
        "sleep": shown and shown.sleep,
    }
    with mirror.cache.database.reading() as connection:
        known = together(
            freshness.standing(
                connection,
                mirror,
                resource,
                reach if resource is RECOVERIES else span,
                aged=True,
                began=began,
            )
            for resource in (CYCLES, WORKOUTS, RECOVERIES)
        )
        warnings = freshness.explain(connection, span, outcome)
    answer: dict[str, Any] = {
        "date": date,
        "day": day,
        **parts,
        "naps": naps,
        "workouts": workouts,
        "other_cycles": [one.cycle["id"] for one in found[1:]],
        "score_states": {name: part and part["score_state"] for name, part in parts.items()},
        **known.told(),
    }
    if outcome.errors and not any([found, naps, workouts]) and answer["as_of"] is None:
        raise outcome.errors[0]
    if warnings:
        answer["warnings"] = warnings
    return answer


def _night(mirror: Mirror, cycle: Flat) -> Night:
    recovery = mirror.cache.get(RECOVERIES, str(cycle["id"]))
    return Night.of(cycle, mirror.cache.of_cycle(SLEEPS, cycle["id"]), recovery)


def _candidates(mirror: Mirror, span: Span) -> list[Flat]:
    """The cycles of a span, and those of its sleeps: a sleep may outlast its cycle, or have been
    recorded at another offset."""
    cycles = {one["id"]: one for one in _records(mirror, CYCLES, span)}
    for sleep in _records(mirror, SLEEPS, span):
        key = sleep["cycle_id"]
        if key is not None and key not in cycles:
            cycle = mirror.cache.get(CYCLES, str(key))
            if cycle is not None:
                cycles[key] = cycle
    return list(cycles.values())


def _span(date: str, day: DayRule) -> Span:
    """The day, from its first moment anywhere to its last, with the instant it ends at."""
    try:
        if not times.is_date(date):
            raise ValueError("not a date")
    except ValueError as problem:
        raise ValidationError(
            f"`date` is {problem}.", hint="Give a calendar day such as 2026-04-20."
        ) from None
    midnight = times.midnight(date)
    tomorrow = times.plus(midnight, days=1, milliseconds=1)
    if day == "utc":
        return Span(midnight, tomorrow)
    return Span(*Span(date, times.plus(midnight, days=1)[:10]).window())


def _reach(span: Span, cycles: Iterable[Flat], now: str) -> Span:
    """The span, stretched over the whole of every cycle that it meets."""
    starts = [cycle["start"] for cycle in cycles]
    ends = [cycle["end"] or now for cycle in cycles]
    return Span(min([span.start, *starts]), max([span.end, *ends]))


def _records(mirror: Mirror, resource: Resource, span: Span) -> list[Flat]:
    return list(mirror.cache.stream(resource, span.start, span.end))
