"""Which cycle, sleep and workouts a calendar day has, on the wearer's clock or in UTC.

A cycle's date is the one on which its main sleep ended, WHOOP's own day; without a sleep it is
the date that the cycle covers most of. A date shows at most one cycle, a cycle one date at most.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from .. import times
from ..cache.coverage import together
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import ValidationError
from ..spans import Span
from ..sync import freshness
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror, in_one_go
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import diary, nights, overlaps
from .budget import fill
from .nights import DayRule, Night, ended_on

_LISTS = {
    "workouts": "list_whoop_workouts",
    "naps": "list_whoop_sleeps",
    "other_sleeps": "list_whoop_sleeps",
    "other_cycles": "list_whoop_cycles",
}
"""What may be long, and which tool has all of it."""
_ROOM = 120  # characters for what is said of each that was cut


@in_one_go
def summary(
    mirror: Mirror,
    date: str,
    *,
    day: DayRule = "local",
    fresh: bool = False,
    budget: int = 0,
    call: Call | None = None,
) -> dict[str, Any]:
    """What one date holds: `{"date", "day", "cycle", "recovery", "sleep", "other_sleeps", "naps",
    "workouts", "other_cycles", "score_states", "complete", "missing"?, "as_of", "warnings"?}`.

    Its lists are as long as fit into `budget` characters (0: all); a warning says what was left
    out. ValidationError when `date` is no date. A date that has no cycle shows null, as does every
    date after today.
    """
    span = _span(date, day)

    def needs(seen: Snapshot) -> list[Mapping[Resource, Span]]:
        # Whether a cycle has a sleep is known only with all the sleeps of its whole extent.
        return [dict.fromkeys((CYCLES, WORKOUTS), span), {RECOVERIES: _reach(seen, span)}]

    return freshness.settle(
        mirror,
        needs,
        lambda seen, outcome: _answer(seen, date, day, span, outcome, budget),
        call or Call(),
        fresh=fresh,
    )


def _answer(
    seen: Snapshot, date: str, day: DayRule, span: Span, outcome: Outcome, budget: int
) -> dict[str, Any]:
    clock = nights.clock(day)
    sleeps = list(seen.records(SLEEPS, span))
    found = [one for one in diary.nights(seen, span, sleeps) if one.date(clock, seen.now) == date]
    found.sort(key=Night.rank, reverse=True)
    shown = found[0] if found else None
    naps = [one for one in sleeps if one["nap"] and ended_on(one, date, clock)]
    workouts = [
        one for one in seen.records(WORKOUTS, span) if clock(one, one["start"])[:10] == date
    ]
    parts = {
        "cycle": shown and shown.cycle,
        "recovery": shown and shown.recovery,
        "sleep": shown and shown.sleep,
    }
    known = together(
        seen.standing(resource, over, aged=True, began=outcome.began)
        for resource, over in (
            (CYCLES, span),
            (WORKOUTS, span),
            (RECOVERIES, _reach(seen, span)),
        )
    )
    answer: dict[str, Any] = {
        "date": date,
        "day": day,
        **parts,
        "other_sleeps": list(shown.other_sleeps) if shown else [],
        "naps": naps,
        "workouts": workouts,
        "other_cycles": [one.cycle["id"] for one in found[1:]],
        "score_states": {name: part and part["score_state"] for name, part in parts.items()},
        **known.told(),
    }
    if outcome.errors and not any([found, naps, workouts]) and answer["as_of"] is None:
        raise outcome.errors[0]
    warnings = freshness.explain(seen, span, outcome) + overlaps.warnings(workouts, seen.now)
    if warnings:
        answer["warnings"] = warnings
    return _fit(answer, budget)


def _fit(answer: dict[str, Any], budget: int) -> dict[str, Any]:
    """The answer within so many characters (0: as it is), its lists cut at their ends as a page
    is, and what was left out said."""
    if not budget or len(json.dumps(answer)) <= budget:
        return answer
    answer["warnings"] = [*answer.get("warnings", []), *[""] * len(_LISTS)]
    room = (
        budget - len(_LISTS) * _ROOM - len(json.dumps({**answer, **{name: [] for name in _LISTS}}))
    )
    said = []
    for name, tool in _LISTS.items():
        whole = answer[name]
        answer[name], more = fill(whole, _size, room=room, limit=math.inf)
        room -= sum(_size(one) + 2 for one in answer[name])
        if more:
            said.append(
                f"{len(whole) - len(answer[name])} of {len(whole)} {name} are left out, for the "
                f"answer's length: {tool} has them all."
            )
    answer["warnings"] = [*filter(None, answer["warnings"]), *said]
    return answer


def _size(one: Any) -> int:
    return len(json.dumps(one))


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


def _reach(seen: Snapshot, span: Span) -> Span:
    """The span, stretched over the whole of every cycle that it meets."""
    cycles = list(seen.records(CYCLES, span))
    starts = [cycle["start"] for cycle in cycles]
    ends = [cycle["end"] or seen.now for cycle in cycles]
    return Span(min([span.start, *starts]), max([span.end, *ends]))
