"""Which cycle, sleep and workouts a calendar day has, on the wearer's clock or in UTC.

A cycle's date is the one on which its main sleep ended, WHOOP's own day; without a sleep it is
the date that the cycle covers most of. A date shows at most one cycle, a cycle one date at most.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from .. import times
from ..cache.coverage import together
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import ValidationError
from ..sync import freshness
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror
from ..times import Span
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import overlaps
from .paging import fill

# ── the main sleep, and the date it gives ──

DayRule = Literal["local", "utc"]
Flat = dict[str, Any]
WallClock = Callable[[Flat, str], str]
"""How an instant of a record is read."""


class Night(NamedTuple):
    """A cycle with the sleep whose end gives it its date, if it has one, and its recovery; and
    its further sleeps that are no naps, newest first: a fragment after waking, say."""

    cycle: Flat
    sleep: Flat | None
    recovery: Flat | None
    other_sleeps: Sequence[Flat] = ()

    @classmethod
    def of(cls, cycle: Flat, sleeps: Sequence[Flat], recovery: Flat | None) -> Night:
        """A cycle put together with what is its own, naps among its sleeps or not."""
        main = choose_main(sleeps, recovery)
        others = [one for one in sleeps if one is not main and not one["nap"]]
        others.sort(key=lambda one: (one["start"], one["id"]), reverse=True)
        return cls(cycle, main, recovery, others)

    def date(self, clock: WallClock, now: str) -> str:
        """The cycle's date by a clock."""
        if self.sleep is not None and self.sleep["end"] is not None:
            return clock(self.sleep, self.sleep["end"])[:10]
        end = self.cycle["end"] or max(now, self.cycle["start"])
        return most_of(clock(self.cycle, self.cycle["start"]), clock(self.cycle, end))

    def rank(self) -> tuple[bool, float, str]:
        """The higher goes first: with a sleep, then the longer sleep, then the later end."""
        length = 0.0
        if self.sleep is not None and self.sleep["end"] is not None:
            length = times.seconds(self.sleep["start"], self.sleep["end"])
        return self.sleep is not None, length, self.cycle["end"] or times.LATEST


def choose_main(sleeps: Sequence[Flat], recovery: Flat | None) -> Flat | None:
    """Which of a cycle's sleeps is the main one: the one that the recovery names, else its
    longest that is not a nap."""
    named = recovery and recovery["sleep_id"]
    for sleep in sleeps:
        if named and sleep["id"].lower() == named.lower():
            return sleep
    ended = [sleep for sleep in sleeps if not sleep["nap"] and sleep["end"]]
    return max(ended, key=lambda one: times.seconds(one["start"], one["end"]), default=None)


def wearers(record: Flat, instant: str) -> str:
    """An instant on the clock of the record's own place."""
    return times.local(instant, record["timezone_offset"])


def wall_clock(day: DayRule) -> WallClock:
    """How an instant of a record is read: on its own clock, or in UTC."""
    return wearers if day == "local" else lambda record, instant: instant


def ended_on(sleep: Flat, date: str, clock: WallClock) -> bool:
    """Whether a sleep was over on a date."""
    return sleep["end"] is not None and clock(sleep, sleep["end"])[:10] == date


def most_of(start: str, end: str) -> str:
    """The date that a stretch of wall-clock time covers most of, the earlier on a tie."""
    first, last = (_as_utc(one) for one in (start, end))

    def covered(date: str) -> float:
        tomorrow = times.plus(times.midnight(date), days=1)
        return times.seconds(max(first, times.midnight(date)), min(last, tomorrow))

    # Between the first date and the last all are whole, of which the earliest goes first.
    second = times.plus(times.midnight(first[:10]), days=1)[:10]
    dates = (first[:10], min(second, last[:10]), last[:10])
    return max(dates, key=covered)


def _as_utc(wall: str) -> str:
    """Wall-clock text read as if it were UTC, so that it can be reckoned with."""
    return wall[:23] + "Z"


# ── many days, read at one moment ──


class Day(NamedTuple):
    """What one local date holds: flat records, nothing where there is none."""

    date: str
    cycle: Flat | None
    recovery: Flat | None
    sleep: Flat | None  # the main one
    naps: list[Flat]  # that ended on the date
    workouts: list[Flat]  # that began on it
    other_sleeps: Sequence[Flat] = ()  # of the cycle, no naps either
    unseen: Collection[str] = ()  # names of the resources of which not all of the date was fetched


def read_days(seen: Snapshot, first: str, last: str) -> list[Day]:
    """One day for each date from `first` to `last`, both included, by the rule of the daily
    summary on the wearer's clock; WHOOP is not asked."""
    span = Span(*Span(first, _after(last)).window())
    sleeps, workouts = (list(seen.records(one, span)) for one in (SLEEPS, WORKOUTS))
    return arrange(nights(seen, span, sleeps), sleeps, workouts, first, last, seen.now)


def nights(seen: Snapshot, span: Span, sleeps: Iterable[Flat]) -> list[Night]:
    """The cycles of a span and those of its sleeps, each with all that is its own: a sleep may
    outlast its cycle, or have been recorded at another offset, and a cycle reach out of the span
    with its own."""
    wanted = {one["id"] for one in seen.records(CYCLES, span)} | {
        one["cycle_id"] for one in sleeps if one["cycle_id"] is not None
    }
    slept: dict[int, list[Flat]] = defaultdict(list)
    for sleep in seen.of_cycles(SLEEPS, wanted):
        slept[sleep["cycle_id"]].append(sleep)
    recovered = {one["cycle_id"]: one for one in seen.of_cycles(RECOVERIES, wanted)}
    return [
        Night.of(one, slept[one["id"]], recovered.get(one["id"]))
        for one in seen.of_cycles(CYCLES, wanted)
    ]


def arrange(
    nights: Iterable[Night],
    sleeps: Iterable[Flat],
    workouts: Iterable[Flat],
    first: str,
    last: str,
    now: str,
) -> list[Day]:
    """The same from records at hand; `now` is as far as a running cycle goes."""
    shown: dict[str, Night] = {}
    for night in sorted(nights, key=Night.rank, reverse=True):
        shown.setdefault(night.date(wearers, now), night)
    naps, begun = defaultdict(list), defaultdict(list)
    for sleep in sleeps:
        if sleep["nap"] and sleep["end"]:
            naps[wearers(sleep, sleep["end"])[:10]].append(sleep)
    for workout in workouts:
        begun[wearers(workout, workout["start"])[:10]].append(workout)
    found = []
    date = first
    while date <= last:
        if one := shown.get(date):
            parts = (one.cycle, one.recovery, one.sleep)
            found.append(Day(date, *parts, naps[date], begun[date], one.other_sleeps))
        else:
            found.append(Day(date, None, None, None, naps[date], begun[date], []))
        date = _after(date)
    return found


def _after(date: str) -> str:
    return times.plus(times.midnight(date), days=1)[:10]


_LISTS = {
    "workouts": "list_whoop_workouts",
    "naps": "list_whoop_sleeps",
    "other_sleeps": "list_whoop_sleeps",
    "other_cycles": "list_whoop_cycles",
}
"""What may be long, and which tool has all of it."""
_ROOM = 120  # characters for what is said of each that was cut


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
    clock = wall_clock(day)
    sleeps = list(seen.records(SLEEPS, span))
    found = [one for one in nights(seen, span, sleeps) if one.date(clock, seen.now) == date]
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
