"""Set a workout in its context: the recovery before it, the night after, its rank in its sport.

The workout belongs to the cycle that was running when it began, WHOOP's own day: that cycle's
recovery and sleep came before it, those of the next cycle after it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import times
from ..cache.coverage import together
from ..cache.selection import flats
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import NotFound
from ..sync import freshness
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror
from ..times import Span, Window
from ..whoop.records import Recovery, Sleep, Workout, flat
from ..whoop.resources import CYCLES, RECOVERIES, WORKOUTS, Resource
from . import absence, days, single, sports

_BEFORE = 36  # hours before a workout: its cycle began after that, or is not one day's
_AFTER = 36  # hours after it: until then the night after it has begun
_NIGHT_OVER = 6  # o'clock: a workout that begins from then on comes after its date's night


def workout(
    mirror: Mirror, key: str, *, fresh: bool = False, call: Call | None = None
) -> dict[str, Any]:
    """Answer a flat workout with its `context`, after asking WHOOP for what the cache lacks of it.

    `{…the record…, "context": {"recovery_before", "sleep_before", "sleep_after", "recovery_after",
    "why_missing"?: {name: {"reason", "text"}}, "among_sport": {"sport", "n", "since", "ranks":
    {"strain" | "duration_seconds" | "calories" | "avg_hr_bpm" | "distance_meter": {"value",
    "rank", "of", "median"}}} or null, "complete", "missing"?, "as_of", "warnings"?}}`. The four
    are flat records or null; rank 1 is the highest of the `n` workouts of its sport that the cache
    holds, which has workouts `since` that date; equals share a rank. What is known is told of the
    cycles, recoveries and sleeps around the workout.
    NotFound when WHOOP has no such workout; otherwise as `single.one`.
    """
    call = call or Call()
    with mirror.cache.held():
        single.one(mirror, WORKOUTS, key, fresh=fresh, call=call)

        def needs(seen: Snapshot) -> list[Mapping[Resource, Span]]:
            span = _span(_workout(seen, key))
            return [{CYCLES: span}, {RECOVERIES: seen.reach(span)}]

        return freshness.settle(
            mirror, needs, lambda seen, outcome: _answer(seen, key, outcome), call, fresh=fresh
        )


def _workout(seen: Snapshot, key: str) -> Workout:
    found = seen.record(WORKOUTS, key)
    if found is None:  # it was just there
        raise NotFound(
            "There is no such workout any more.", hint="List the workouts to find what there is."
        )
    return found


def _span(one: Workout) -> Span:
    """Span the cycle in which a workout was done and the night after it."""
    end = times.plus(one.end or one.start, hours=_AFTER)
    return Span(times.plus(one.start, hours=-_BEFORE), end)


class _Night(NamedTuple):
    """A cycle's sleep and recovery, and the date by which what lacks of them is explained."""

    date: str
    night: days.Night | None


def _answer(seen: Snapshot, key: str, outcome: Outcome) -> dict[str, Any]:
    one = _workout(seen, key)
    span = _span(one)
    before, after = _around(seen, one)
    context: dict[str, Any] = {}
    why: absence.Why = {}
    for when, (date, night) in (("before", before), ("after", after)):
        sleep = night and night.sleep
        recovery = night and night.recovery
        found: dict[str, Sleep | Recovery | None] = {"recovery": recovery, "sleep": sleep}
        context |= {f"{name}_{when}": part and flat(part) for name, part in found.items()}
        cycle = night and night.cycle
        lacks = absence.explain(seen, date, cycle, recovery, sleep, began=outcome.began)
        why |= {f"{name}_{when}": lacks[name] for name in found if name in lacks}
    known = together(
        seen.standing(resource, over, aged=True, began=outcome.began)
        for resource, over in ((CYCLES, span), (RECOVERIES, seen.reach(span)))
    )
    warnings = freshness.explain(seen, span, outcome)
    return {
        **flat(one),
        "context": {
            **{name: context[name] for name in _ORDER},
            **({"why_missing": why} if why else {}),
            "among_sport": _among(seen, one),
            **known.told(),
            **({"warnings": warnings} if warnings else {}),
        },
    }


_ORDER = ("recovery_before", "sleep_before", "sleep_after", "recovery_after")


def _around(seen: Snapshot, one: Workout) -> tuple[_Night, _Night]:
    """Find the night of the cycle in which a workout began, and that of the cycle after it."""
    date = (one.start_local or one.start)[:10]
    first, last = (times.plus(times.midnight(date), days=by)[:10] for by in (-2, 3))
    by_start = sorted(days.nights(seen, first, last), key=lambda each: each[1].cycle.start)
    before = [each for each in by_start if each[1].cycle.start <= one.start]
    own = before[-1] if before and _lasts(seen, before[-1][1], one.start) else None
    over = one.end or one.start
    within = Window(one.start, times.plus(over, hours=_AFTER))
    following = [each for each in by_start if within.start < each[1].cycle.start < within.end]
    # Without a cycle the workout is of its own date, and what comes after it of the next.
    own_date = own[0] if own else date
    next_date = times.plus(times.midnight(own_date), days=1)[:10]
    later = following[0] if following else None
    # Without a night the cycle of the day before runs on: the date's own night is no night after.
    if int((one.start_local or one.start)[11:13]) >= _NIGHT_OVER:
        next_date = max(next_date, times.plus(times.midnight(date), days=1)[:10])
    if later and later[1].sleep:
        next_date = later[0]
    elif later:  # a night that has just begun may still have the workout's date
        next_date = max(next_date, later[0])
    return _Night(own_date, own and own[1]), _Night(next_date, later and later[1])


def _lasts(seen: Snapshot, night: days.Night, instant: str) -> bool:
    return instant < (night.cycle.end or max(seen.now, times.plus(instant, milliseconds=1)))


# ── its rank ──


def _among(seen: Snapshot, one: Workout) -> dict[str, Any] | None:
    """Rank a workout among those of its sport that the cache holds; None where it names none."""
    if one.sport_name is None:
        return None
    names = sports.held(seen, one.sport_name)
    rows = seen.select(WORKOUTS, times.EVER, sports=names, oldest_first=True)
    measured = [_measures(each) for each in flats(row.flat for row in rows)]
    own = _measures(flat(one))
    ranks = {}
    for name, value in own.items():
        there = [each[name] for each in measured if each[name] is not None]
        ranks[name] = {
            "value": value,
            "rank": None if value is None else 1 + sum(each > value for each in there),
            "of": len(there),
            "median": round(statistics.median(there), 3) if there else None,
        }
    first = next(seen.select(WORKOUTS, times.EVER, oldest_first=True), None)
    since = first and (json.loads(first.flat)["start_local"] or first.start)[:10]
    return {"sport": one.sport_name, "n": len(measured), "since": since, "ranks": ranks}


def _measures(workout: dict[str, Any]) -> dict[str, Any]:
    """Read off a flat workout what it is ranked by."""
    start, end = workout["start"], workout["end"]
    return {
        "strain": workout["strain"],
        "duration_seconds": None if end is None else round(times.seconds(start, end), 1),
        "calories": workout["calories"],
        "avg_hr_bpm": workout["avg_hr_bpm"],
        "distance_meter": workout["distance_meter"],
    }
