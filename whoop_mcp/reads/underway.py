"""Tell which experiments are not over: what a lot is still deciding is not looked at yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .. import times
from ..cache import trials
from ..cache.snapshot import Snapshot
from .days import Day
from .usable import NOT_FETCHED, NOT_OVER, NOT_RECORDED, NOT_SCORED, lacking, read_known

LAG = 1
"""Days from a behaviour to the morning that it counts for."""

PATIENCE = 3  # days for which a morning that is not scored is waited for
_FETCHED_WITHIN = 90  # days: so far back a first sync reaches; what is older may never come
_MAY_STILL_COME = (NOT_SCORED, NOT_OVER, NOT_RECORDED)

RECOVERED = ("recovery", "ln_hrv", "resting_heart_rate", "skin_temperature")
"""The outcomes that a recovery tells; a sleep tells the others."""


class Underway(NamedTuple):
    """An experiment that is not over: its number, its habit by the journal's name, its first day
    and last morning, and, once that has come, the mornings that it waits for."""

    id: int
    behaviour: str
    first: str
    last_morning: str
    waits_for: list[str]


def underway(seen: Snapshot, today: str) -> Iterator[Underway]:
    """Read the experiments that are not over on a local date, oldest first."""
    for kept in trials.registered(seen.connection):
        if kept.ended_at is not None:
            continue
        try:
            plan = json.loads(kept.plan)
            days = 2 * plan["pairs"] * plan["block_days"]
            last = _later(plan["first"], days - 1 + LAG)
            waits = _awaited(seen, plan, days, today) if today >= last else []
        except (ValueError, TypeError, KeyError):  # edited: no result of it is ever told
            continue
        if today < last or waits:
            name = trials.known_as(seen.connection, plan["behaviour"])
            yield Underway(kept.id, name, plan["first"], last, waits)


def _awaited(seen: Snapshot, plan: Mapping[str, Any], days: int, today: str) -> list[str]:
    first, block = plan["first"], plan["block_days"]
    mornings = [_later(first, at + LAG) for at in range(days) if at % block >= plan["washout_days"]]
    known, _ = read_known(seen, mornings[0], mornings[-1])
    part = "recovery" if plan["outcome"] in RECOVERED else "sleep"
    return awaited({one.date: one for one in known}, mornings, part, today)


def awaited(known: Mapping[str, Day], mornings: Iterable[str], part: str, today: str) -> list[str]:
    """List the mornings of which the recovery or the sleep may still come: what was not fetched may
    by the next sync, what is not scored for some days, what was purged never."""
    patience = {NOT_FETCHED: _FETCHED_WITHIN, **dict.fromkeys(_MAY_STILL_COME, PATIENCE)}
    return [
        one
        for one in mornings
        if (why := lacking(known[one], part)) in patience and today <= _later(one, patience[why])
    ]


def _later(date: str, days: int) -> str:
    return times.plus(times.midnight(date), days=days)[:10]
