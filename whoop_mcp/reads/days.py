"""Gather what a calendar day holds: its cycle with sleep and recovery, its naps and workouts.

The date of each record was decided when it was stored (`cache/dates.py`), on the wearer's clock
and in UTC. A date shows at most one cycle, a cycle belongs to one date at most.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import times
from ..cache import dates
from ..cache.coverage import floor_bound, together
from ..cache.dates import DayRule, choose_main
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import ValidationError
from ..sync import freshness
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror
from ..times import Span
from ..whoop.records import Cycle, R, Recovery, Sleep, Workout, flat
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource, ResourceOf
from . import absence, overlaps
from .paging import fill


class Night(NamedTuple):
    """Put a cycle together with its main sleep, its recovery and its further sleeps.

    These are no naps, newest first: a fragment after waking, say.
    """

    cycle: Cycle
    sleep: Sleep | None
    recovery: Recovery | None
    other_sleeps: Sequence[Sleep] = ()

    @classmethod
    def of(cls, cycle: Cycle, sleeps: Sequence[Sleep], recovery: Recovery | None) -> Night:
        """Put a cycle together with what is its own, naps among its sleeps or not."""
        main = choose_main(sleeps, recovery.sleep_id if recovery else None)
        others = [one for one in sleeps if one is not main and not one.nap]
        others.sort(key=lambda one: (one.start, one.id), reverse=True)
        return cls(cycle, main, recovery, others)

    def precedence(self) -> str:
        """Spell text by which the cycles of one date compare: the greatest is shown."""
        return dates.precedence(self.cycle, self.sleep)


# ── many days, read at one moment ──


class Day(NamedTuple):
    """Hold the records of one local date, nothing where there is none."""

    date: str
    cycle: Cycle | None
    recovery: Recovery | None
    sleep: Sleep | None  # the main one
    naps: list[Sleep]  # that ended on the date
    workouts: list[Workout]  # that began on it
    other_sleeps: Sequence[Sleep] = ()  # of the cycle, no naps either
    unseen: Collection[str] = ()  # names of the resources of which not all of the date was fetched
    other_cycles: Sequence[Night] = ()  # of the date, which are not shown
    purged: bool = False  # records of the date, if it had any, were removed here for good


def read_days(seen: Snapshot, first: str, last: str) -> list[Day]:
    """Read one day for each local date from `first` to `last`, both included, of what is held."""
    found = (nights(seen, first, last), naps(seen, first, last), workouts(seen, first, last))
    return arrange(*found, first, last)


def nights(
    seen: Snapshot, first: str, last: str, day: DayRule = "local"
) -> list[tuple[str, Night]]:
    """Read the cycles of the dates from `first` to `last`, each with its date and what is its own.

    The one that its date shows comes before others of it.
    """
    found = seen.on_dates(CYCLES, first, last, day)
    wanted = [cycle.id for _, cycle in found]
    slept: dict[int | None, list[Sleep]] = defaultdict(list)
    for sleep in seen.of_cycles(SLEEPS, wanted):
        slept[sleep.cycle_id].append(sleep)
    recovered = {one.cycle_id: one for one in seen.of_cycles(RECOVERIES, wanted)}
    by_date: dict[str, list[Night]] = defaultdict(list)
    for date, cycle in found:
        night = Night.of(cycle, slept[cycle.id], recovered.get(cycle.id))
        if date is None:
            date = _on(dates.of_cycle(cycle, night.sleep, seen.now), day)
        if date is not None and first <= date <= last:
            by_date[date].append(night)
    for several in by_date.values():
        if len(several) > 1:
            several.sort(key=Night.precedence, reverse=True)
    return [(date, night) for date, several in by_date.items() for night in several]


def naps(seen: Snapshot, first: str, last: str, day: DayRule = "local") -> list[tuple[str, Sleep]]:
    """Read the naps that ended from `first` to `last`, each with its date, oldest first."""
    return _dated(seen, SLEEPS, dates.of_sleep, first, last, day, naps=True)


def workouts(
    seen: Snapshot, first: str, last: str, day: DayRule = "local"
) -> list[tuple[str, Workout]]:
    """Read the workouts that began from `first` to `last`, each with its date, oldest first."""
    return _dated(seen, WORKOUTS, dates.of_workout, first, last, day)


def _dated(
    seen: Snapshot,
    resource: ResourceOf[R],
    rule: Callable[[R], dates.Dates | None],
    first: str,
    last: str,
    day: DayRule,
    naps: bool = False,
) -> list[tuple[str, R]]:
    """Read records by date, those too that had none when they were stored but have one now."""
    found = []
    for date, record in seen.on_dates(resource, first, last, day, naps=naps):
        date = date or _on(rule(record), day)
        if date is not None and first <= date <= last:
            found.append((date, record))
    return found


def _on(found: dates.Dates | None, day: DayRule) -> str | None:
    """Choose the date by the clock that is asked for."""
    if found is None:
        return None
    return found.local if day == "local" else found.utc


def arrange(
    nights: Iterable[tuple[str, Night]],
    naps: Iterable[tuple[str, Sleep]],
    workouts: Iterable[tuple[str, Workout]],
    first: str,
    last: str,
) -> list[Day]:
    """Arrange records by their dates, the nights by precedence: the greatest first."""
    slept: dict[str, list[Night]] = defaultdict(list)
    for date, night in nights:
        slept[date].append(night)
    ended, begun = _by_date(naps), _by_date(workouts)
    found = []
    for date in times.dates(first, last):
        if date in slept:
            one, *others = slept[date]
            parts = (one.cycle, one.recovery, one.sleep)
            of_date = (ended[date], begun[date], one.other_sleeps)
            found.append(Day(date, *parts, *of_date, other_cycles=others))
        else:
            found.append(Day(date, None, None, None, ended[date], begun[date], []))
    return found


def _by_date(dated: Iterable[tuple[str, R]]) -> dict[str, list[R]]:
    grouped: dict[str, list[R]] = defaultdict(list)
    for date, record in dated:
        grouped[date].append(record)
    return grouped


_LISTS = {
    "workouts": "list_whoop_workouts",
    "naps": "list_whoop_sleeps",
    "other_sleeps": "list_whoop_sleeps",
    "other_cycles": "list_whoop_cycles",
}
"""The lists of an answer that may be long, and the tool that has all of each."""
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
    """Answer what one date holds.

    `{"date", "day", "cycle", "recovery", "sleep", "other_sleeps", "naps", "workouts",
    "other_cycles", "score_states", "why_missing"?, "complete", "missing"?, "as_of", "warnings"?}`;
    `why_missing` is what `absence.explain` answers, if anything. Its lists are as long as fit into
    `budget` characters (0: all); a warning says what was left out. ValidationError when `date` is
    no date. A date that has no cycle shows null, as does every date after today.
    """
    span = _span(date, day)

    def needs(seen: Snapshot) -> list[Mapping[Resource, Span]]:
        # Whether a cycle has a sleep is known only with all the sleeps of its whole extent.
        return [dict.fromkeys((CYCLES, WORKOUTS), span), {RECOVERIES: seen.reach(span)}]

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
    found = [night for _, night in nights(seen, date, date, day)]
    shown = found[0] if found else None
    ended = [nap for _, nap in naps(seen, date, date, day)]
    begun = [workout for _, workout in workouts(seen, date, date, day)]
    cycle, sleep, recovery = shown[:3] if shown else (None, None, None)
    parts = {"cycle": cycle, "recovery": recovery, "sleep": sleep}
    # A date on the wearer's clock lacks all that a purge by date took, or none of it.
    edge = day == "utc" and date <= (floor_bound(seen.connection) or "")[:10]
    known = together(
        seen.standing(resource, over, aged=True, began=outcome.began, edge=edge)
        for resource, over in (
            (CYCLES, span),
            (WORKOUTS, span),
            (RECOVERIES, seen.reach(span)),
        )
    )
    why = absence.explain(seen, date, cycle, recovery, sleep, day=day, began=outcome.began)
    answer: dict[str, Any] = {
        "date": date,
        "day": day,
        **{name: part and flat(part) for name, part in parts.items()},
        "other_sleeps": [flat(one) for one in (shown.other_sleeps if shown else ())],
        "naps": [flat(one) for one in ended],
        "workouts": [flat(one) for one in begun],
        "other_cycles": [one.cycle.id for one in found[1:]],
        "score_states": {name: part and part.score_state for name, part in parts.items()},
        **({"why_missing": why} if why else {}),
        **known.told(),
    }
    bare = answer["as_of"] is None and seen.archived_as_of() is None
    if outcome.errors and bare and not any([found, ended, begun]):
        raise outcome.errors[0]
    warnings = freshness.explain(seen, span, outcome, edge=edge) + overlaps.warnings(
        begun, seen.now
    )
    if warnings:
        answer["warnings"] = warnings
    return _fit(answer, budget)


def _fit(answer: dict[str, Any], budget: int) -> dict[str, Any]:
    """Fit an answer into so many characters (0: as it is).

    Its lists are cut at their ends as a page is, and it says what was left out.
    """
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
                f"{len(whole) - len(answer[name])} of {len(whole)} {name} are left out to keep "
                f"the answer short: {tool} has them all."
            )
    answer["warnings"] = [*filter(None, answer["warnings"]), *said]
    return answer


def _size(one: Any) -> int:
    return len(json.dumps(one))


def _span(date: str, day: DayRule) -> Span:
    """Spell a day as a span, from its first moment anywhere to its last, with its end."""
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
