"""Plan, register, follow and end experiments, and tell their results: the six acts of the tool."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import times
from ..cache import journal, trials
from ..cache.cache import Cache
from ..cache.database import Connection
from ..cache.snapshot import Snapshot
from ..counts import counted
from ..errors import ValidationError
from ..insights import answer as insights
from ..insights.metrics import read_series
from ..insights.timeseries import Dates, day, number
from . import payload, power, wording
from .choices import ACTIONS, LONGEST, MOST_BLOCK, OUTCOMES
from .conduct import (
    FINISHED,
    RUNNING,
    UPCOMING,
    WAITING,
    Course,
    Trial,
    checked,
    follow,
    local_today,
    trials_of,
)
from .design import LEAST_PAIRS, Plan, checked_worth, pairs_within
from .history import history, look_back
from .randomisation import smallest_p
from .safety import refuse_medical

_DEFAULT_DAYS = 28
_LONGEST_NAME = 200


def experiment(
    cache: Cache,
    action: str,
    *,
    behaviour: str | None = None,
    outcome: str | None = None,
    days: int | None = None,
    start: str | None = None,
    end: str | None = None,
    block_days: int | None = None,
    washout_days: int | None = None,
    worth: float | None = None,
    experiment: int | None = None,
    budget: int = 0,
) -> dict[str, Any]:
    """Do one of the `ACTIONS`; answers an object with `action`, `today`, `clock` and what it is
    about, see `payload`. WHOOP is not asked, and nothing is sent anywhere.

    `plan` and `start` want a `behaviour` and one of the `OUTCOMES`; `days` (28) or `end`
    (exclusive), from `start` on (tomorrow); `block_days` (1), of which the first `washout_days` (0)
    do not count; and `worth`, the smallest difference that matters, in the outcome's unit.
    `result` wants the number of an `experiment` where there are several, `end` where several run.
    `budget` is how many characters an answer may take, 0 for all.

    ValidationError on bad arguments, on a plan that can tell nothing, a second experiment on one
    outcome or behaviour, a start before today; CacheEmpty; CacheError where a plan was edited.
    """
    given: dict[str, Any] = {
        "behaviour": behaviour,
        "outcome": outcome,
        "days": days,
        "start": start,
        "end": end,
        "block_days": block_days,
        "washout_days": washout_days,
        "worth": worth,
    }
    if action not in ACTIONS:
        raise ValidationError(
            f"`action` must be one of {', '.join(ACTIONS)}.",
            hint="`status` lists your experiments.",
        )
    if action in ("plan", "start"):
        if experiment is not None:
            raise ValidationError(
                f"`experiment` is not for `{action}`.",
                hint="Leave it out: `start` gives the number.",
            )
        answer = _plan(cache, given) if action == "plan" else _start(cache, given)
    else:
        for name, value in given.items():
            if value is not None:
                raise ValidationError(
                    f"`{name}` is not for `{action}`: a registered experiment cannot be changed.",
                    hint="Leave it out; `end` the experiment and `start` another to change it.",
                )
        if action == "end":
            experiment = _end(cache, experiment)
        with cache.reading() as seen:
            seen.require_content()
            act = {"today": _today, "status": _status, "result": _result, "end": _result}[action]
            answer = _at(seen) | act(seen, experiment)
    return payload.fit({"action": action, **answer}, budget)


# ── before it ──


def _plan(cache: Cache, given: Mapping[str, Any]) -> dict[str, Any]:
    with cache.reading() as seen:
        seen.require_content()
        plan = _read_plan(seen, given, "")
        _refuse_past(plan, local_today(seen)[0])
        return _at(seen) | {"registered": False, **_promise(seen, plan)}


def _start(cache: Cache, given: Mapping[str, Any]) -> dict[str, Any]:
    with cache.reading() as seen:
        seen.require_content()
        given = _as_before(seen, given)
        plan = _read_plan(seen, given, secrets.token_hex(16))
        promised = _promise(seen, plan)
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
            _refuse_past(plan, today)
            id, new = _register(connection, plan), True
    with cache.reading() as seen:
        if not new:
            promised = _promise(seen, plan)
        tried = _tried(trials_of(seen), plan, id)
        return _at(seen) | {
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


def _refuse_past(plan: Plan, today: str) -> None:
    if plan.first < today:
        raise ValidationError(
            f"`start` is before today, {today}: days that are over cannot be drawn.",
            hint="Leave it out: it then begins tomorrow.",
        )


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
            hint=f"Wait until {one.plan.last_morning}, or end it first: action end, "
            f"experiment {one.id}.",
        )


def _read_plan(seen: Snapshot, given: Mapping[str, Any], seed: str) -> Plan:
    """Read a plan from arguments. ValidationError where it is none, or can tell nothing."""
    today = local_today(seen)[0]
    for name in ("behaviour", "outcome"):
        if given[name] is None:
            raise ValidationError(
                f"`{name}` is missing.",
                hint='For example: {"action": "plan", "behaviour": "late coffee", '
                '"outcome": "recovery", "days": 28}.',
            )
    behaviour = journal.behaviour(given["behaviour"])
    if not behaviour or len(behaviour) > _LONGEST_NAME or not behaviour.isprintable():
        raise ValidationError(
            "`behaviour` has no name in it.", hint="Use the journal's word, such as late coffee."
        )
    refuse_medical(behaviour)
    behaviour = trials.known_as(seen.connection, behaviour)
    refuse_medical(behaviour)
    if given["outcome"] not in OUTCOMES:
        raise ValidationError(
            f"`outcome` must be one of {', '.join(OUTCOMES)}.", hint="For example: recovery."
        )
    first = given["start"] or day(number(today) + 1)
    if not times.is_date(first):
        raise ValidationError(
            "`start` must be a day as YYYY-MM-DD.", hint="Leave it out to begin tomorrow."
        )
    if number(first) - number(today) > LONGEST:
        raise ValidationError(
            "`start` is more than a year from now.", hint="Plan it when its start is nearer."
        )
    block = 1 if given["block_days"] is None else given["block_days"]
    washout = 0 if given["washout_days"] is None else given["washout_days"]
    if not 1 <= block <= MOST_BLOCK:
        raise ValidationError(f"`block_days` must be from 1 to {MOST_BLOCK}.", hint="1 is usual.")
    if not 0 <= washout < block:
        raise ValidationError(
            f"`washout_days` must leave a day of each block of {block}: 0 to {block - 1}.",
            hint="For a behaviour that works on for two days: block_days 4, washout_days 2.",
        )
    worth = checked_worth(given["worth"], given["outcome"])
    pairs = pairs_within(_length(given, first), block)
    least = 2 * block * LEAST_PAIRS
    if pairs < LEAST_PAIRS:
        raise ValidationError(
            f"{counted(pairs, 'pair')} can show nothing: the smallest p is "
            f"{smallest_p(pairs):.2g}, and under 0.05 is needed.",
            hint=f"Plan at least {least} days, or shorter blocks."
            if least <= LONGEST
            else "Plan shorter blocks.",
        )
    return Plan(
        behaviour,
        given["outcome"],
        first,
        pairs,
        block,
        washout,
        worth,
        seed,
        seen.now,
    )


def _length(given: Mapping[str, Any], first: str) -> int:
    days, end = given["days"], given["end"]
    if end is not None:
        if not times.is_date(end):
            raise ValidationError("`end` must be a day as YYYY-MM-DD.", hint="Or give `days`.")
        if end <= first:
            raise ValidationError(
                f"`end` must be after the first day, {first}.", hint="Or give `days`."
            )
        until = number(end) - number(first)
        if days is not None and days != until:
            raise ValidationError(
                f"`days` and `end` differ: `end` makes it {counted(until, 'day')}.",
                hint="Give one of them.",
            )
        days = until
    days = _DEFAULT_DAYS if days is None else days
    if not 1 <= days <= LONGEST:
        raise ValidationError(
            f"An experiment takes from 1 to {LONGEST} days.", hint="28 are usual."
        )
    return int(days)


def _promise(seen: Snapshot, plan: Plan) -> dict[str, Any]:
    """Tell what a plan can see by what is usual of its outcome up to today. ValidationError where
    the mornings that are likely to be missing leave it nothing."""
    dates = Dates.ending(number(local_today(seen)[0]), look_back(plan.block_days))
    series = read_series(insights.read_dates(seen, dates)[0])[plan.outcome]
    usual = history(series, dates, plan.block_days, plan.washout_days)
    metric = series.metric
    if usual.pair_sd is None or usual.complete is None:
        said = wording.promise(plan, metric, None, usual.reason, None, None)
        return payload.plan(plan, metric, usual, None, None, None, said)
    found = power.detectable(usual.pair_sd, plan.pairs, usual.complete)
    if found is None:
        raise ValidationError(
            f"Of your pairs of blocks only {100 * usual.complete:.0f} % have an outcome in both: "
            f"{plan.pairs} pairs are likely to show nothing.",
            hint="Plan more days, or wear the strap every night first.",
        )
    share = needed = None
    if plan.worth is not None:
        share = power.power(plan.worth, usual.pair_sd, plan.pairs, usual.complete)
        needed = power.days_needed(plan.worth, usual.pair_sd, usual.complete, plan.block_days)
    said = wording.promise(plan, metric, found, None, needed, share)
    return payload.plan(plan, metric, usual, found, share, needed, said)


# ── during and after it ──


def _today(seen: Snapshot, id: int | None) -> dict[str, Any]:
    today = local_today(seen)[0]
    asked = _chosen(trials_of(seen), id)
    open_now = [one for one in asked if one.is_open(today)]
    found = [payload.today(one, today) for one in open_now]
    said = [one["sentence"] for one in found] or ["No experiment is running today."]
    return {"experiments": found, "summary": said}


def _status(seen: Snapshot, id: int | None) -> dict[str, Any]:
    courses = [follow(seen, one) for one in _chosen(trials_of(seen), id)]
    return {
        "experiments": [payload.status(one) for one in reversed(courses)],
        "summary": [payload.standing(one) for one in reversed(courses)]
        or ["No experiment has been registered yet."],
    }


def _result(seen: Snapshot, id: int | None) -> dict[str, Any]:
    known = trials_of(seen)
    trial = _one(known, id)
    course = follow(seen, trial)
    return payload.result(course) | _tried(known, trial.plan, trial.id)


def _end(cache: Cache, id: int | None) -> int:
    """End an experiment; without a number the one that runs. Answers its number: once it is ended
    the call must not fail for want of one."""
    with cache.reading() as seen:
        seen.require_content()
        today = local_today(seen)[0]
        known = trials_of(seen)
        open_now = [one for one in known if one.kept.ended_at is None]
        running = [one for one in open_now if follow(seen, one).state != FINISHED]
        trial = _one(known if id is not None else running or known[-1:], id)
        course: Course = follow(seen, trial)
    if course.state in (UPCOMING, RUNNING, WAITING):
        # Of today nobody knows yet how it will have been lived.
        on = min(day(number(today) - 1), trial.plan.last)
        with cache.database.writing(own=True) as connection:
            trials.end(connection, trial.id, on, cache.clock())
    return trial.id


def _chosen(known: list[Trial], id: int | None) -> list[Trial]:
    return known if id is None else [_one(known, id)]


def _one(known: list[Trial], id: int | None) -> Trial:
    """Choose an experiment by its number, or the only one."""
    if not known:
        raise ValidationError(
            "There is no experiment yet.", hint="Plan one first: action plan, then start."
        )
    if id is None and len(known) == 1:
        return known[0]
    for one in known:
        if one.id == id:
            return one
    numbers = ", ".join(f"{one.id} ({one.plan.behaviour})" for one in known[-8:])
    problem = "`experiment` is missing" if id is None else f"There is no experiment {id}"
    raise ValidationError(f"{problem}.", hint=f"There are: {numbers}.")


def _tried(known: list[Trial], plan: Plan, id: int) -> dict[str, Any]:
    """Count the experiments before it on the same thing: of many, one finds something by chance."""
    before = [
        one.id
        for one in known
        if one.id < id and (one.plan.behaviour, one.plan.outcome) == (plan.behaviour, plan.outcome)
    ]
    return {"earlier": before} if before else {}


def _at(seen: Snapshot) -> dict[str, Any]:
    today, clock = local_today(seen)
    return {"today": today, "clock": f"{clock}, where the newest record was made"}
