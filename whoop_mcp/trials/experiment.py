"""Plan, register, follow and end experiments, and tell their results: the six acts of the tool."""

from __future__ import annotations

from typing import Any

from ..cache import trials
from ..cache.cache import Cache
from ..cache.snapshot import Snapshot
from ..errors import ValidationError
from ..insights.timeseries import day, number
from . import payload, planning, registration
from .choices import ACTIONS
from .conduct import (
    FINISHED,
    RUNNING,
    UPCOMING,
    WAITING,
    Course,
    Trial,
    follow,
    local_today,
    trials_of,
)


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
                f"`experiment` is not for the action {action}.",
                hint="Leave it out: an experiment has a number once it is started.",
            )
        answer = (
            planning.plan(cache, given) if action == "plan" else registration.start(cache, given)
        )
    else:
        for name, value in given.items():
            if value is not None:
                raise ValidationError(
                    f"`{name}` is not for the action {action}: a registered experiment cannot be "
                    "changed.",
                    hint="Leave it out; to change it, end the experiment and start another.",
                )
        if action == "end":
            experiment = _end(cache, experiment)
        with cache.reading() as seen:
            seen.require_content()
            act = {"today": _today, "status": _status, "result": _result, "end": _result}[action]
            answer = payload.clock(seen) | act(seen, experiment)
    return payload.fit({"action": action, **answer}, budget)


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
    return payload.result(course) | payload.earlier(known, trial.plan, trial.id)


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
            "There is no experiment yet.",
            hint="Plan one first, then start it.",
            example={
                "action": "plan",
                "behaviour": "late coffee",
                "outcome": "recovery",
            },
        )
    if id is None and len(known) == 1:
        return known[0]
    for one in known:
        if one.id == id:
            return one
    numbers = ", ".join(f"{one.id} ({one.plan.behaviour})" for one in known[-8:])
    problem = "`experiment` is missing" if id is None else f"There is no experiment {id}"
    raise ValidationError(f"{problem}.", hint=f"There are: {numbers}.")
