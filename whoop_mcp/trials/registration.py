"""Register an experiment, once: a repeated start finds it, another on the same thing is refused."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..cache import journal, trials
from ..cache.cache import Cache
from ..cache.database import Connection
from ..cache.snapshot import Snapshot
from ..errors import ValidationError
from . import payload
from .conduct import Trial, checked, local_today, trials_of
from .design import Plan
from .planning import promise, read_plan, refuse_past


def start(cache: Cache, given: Mapping[str, Any]) -> dict[str, Any]:
    """Register an experiment, or find the same one that is open; answers its number and its plan.

    ValidationError where another one that is open is on its outcome or behaviour, and as `plan`.
    """
    with cache.reading() as seen:
        seen.require_content()
        given = _as_before(seen, given)
        plan = read_plan(seen, given, secrets.token_hex(16))
        promised = promise(seen, plan)
        today = local_today(seen)[0]
    with cache.database.writing(own=True) as connection:
        # What another process has registered meanwhile is seen here: one of two is first.
        for one in map(checked, trials.registered(connection)):
            if not one.is_open(today):
                continue
            if _is_same(one.plan, plan, given):
                plan, id, new = one.plan, one.id, False
                break
            _refuse_second(one, plan)
        else:
            refuse_past(plan, today)
            id, new = _register(connection, plan), True
    with cache.reading() as seen:
        if not new:
            promised = promise(seen, plan)
        tried = payload.earlier(trials_of(seen), plan, id)
        return payload.clock(seen) | {
            "registered": True,
            "new": new,
            "experiment": id,
            "digest": plan.digest,
            **tried,
            **promised,
        }


def _as_before(seen: Snapshot, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a start that has no first day that of the experiment that it may repeat: counted from
    another day, the same `end` would be another length."""
    if given["start"] is not None:
        return given
    today = local_today(seen)[0]
    name = trials.known_as(seen.connection, journal.behaviour(given["behaviour"] or ""))
    for one in trials_of(seen):
        of = one.plan.behaviour, one.plan.outcome
        if one.is_open(today) and of == (name, given["outcome"]):
            return {**given, "start": one.plan.first}
    return given


def _register(connection: Connection, plan: Plan) -> int:
    return trials.keep(connection, plan.text(), plan.digest, plan.behaviour, plan.first, plan.last)


def _is_same(held: Plan, wanted: Plan, given: Mapping[str, Any]) -> bool:
    """Tell whether a start asks for what is held: a repeated call, later on the day or the next,
    has another default for its first day."""
    first = held.first if given["start"] is None else wanted.first
    drawn = replace(wanted, seed=held.seed, registered_at=held.registered_at, rule=held.rule)
    return replace(drawn, first=first) == held


def _refuse_second(one: Trial, plan: Plan) -> None:
    shared = next(
        (
            f"{name} “{getattr(plan, name)}”"
            for name in ("outcome", "behaviour")
            if getattr(one.plan, name) == getattr(plan, name)
        ),
        None,
    )
    if shared:
        raise ValidationError(
            f"Experiment {one.id} with the {shared} is not over, and a registered experiment "
            "cannot be changed.",
            hint=f"Wait until {one.plan.last_morning}, or end it first.",
            example={"action": "end", "experiment": one.id},
        )
