"""Write plans, days and results as the JSON objects that leave the program, within a size."""

from __future__ import annotations

import json
import math
from typing import Any

from ..cache.snapshot import Snapshot
from ..counts import counted, of_all
from ..insights.metrics import Metric
from ..insights.timeseries import day, in_words, number
from ..reads.paging import fill
from ..reads.underway import LAG
from . import wording
from .conduct import ENDED, FINISHED, Course, Day, Trial, local_today, metric_of
from .design import DO, LEAVE, Plan
from .history import History
from .power import POWER
from .randomisation import SOURCE, Tested, smallest_p
from .result import Arms, Result
from .result import result as reckon

METHOD = (
    "two-sided re-randomisation test of the mean difference within pairs of blocks, over the draws "
    "that the plan could have made; the 95 % interval inverts that test"
)
_POWER = (
    "80 % power of that test by the SD of the differences between neighbouring blocks in the "
    "mornings before, and the share of pairs that are complete there"
)
_ROOM = 300  # characters around the days


def clock(seen: Snapshot) -> dict[str, Any]:
    """Write `{"today", "clock"}`: the local date, and the clock that it is by."""
    date, zone = local_today(seen)
    return {"today": date, "clock": f"{zone}, where the newest record was made"}


def plan(
    wanted: Plan,
    metric: Metric,
    usual: History,
    seen: float | None,
    share: float | None,
    needed: int | None,
    said: list[str],
) -> dict[str, Any]:
    """Write `{"plan", "history", "detectable", "worth"?, "smallest_p", "method", "source",
    "summary"}`; `detectable` has `difference`, `power` and `expected_pairs`, or null with its
    `reason`."""
    detectable: dict[str, Any] = {"difference": seen, "unit": metric.unit, "power": POWER}
    if seen is None:
        detectable["reason"] = usual.reason
    elif usual.complete is not None:
        detectable["expected_pairs"] = round(wanted.pairs * usual.complete, 1)
    worth = {"difference": wanted.worth, "power": share, "days_needed": needed}
    return {
        "plan": of_plan(wanted, metric),
        "history": {
            "n": usual.n,
            "n_excluded": dict(usual.excluded),
            "window": usual.dates.as_window(),
            "sd": usual.sd,
            "autocorrelation": usual.autocorrelation,
            "pair_sd": usual.pair_sd,
            "complete_pairs": usual.complete,
        },
        "detectable": detectable,
        **({} if wanted.worth is None else {"worth": worth}),
        "smallest_p": smallest_p(wanted.pairs),
        "method": f"{METHOD}; {_POWER}",
        "source": SOURCE,
        "summary": said,
    }


def of_plan(one: Plan, metric: Metric) -> dict[str, Any]:
    """Write a plan without its lot: what is still hidden cannot be planned for."""
    return {
        "behaviour": one.behaviour,
        "outcome": one.outcome,
        "unit": metric.unit,
        "lag_days": LAG,
        "first": one.first,
        "last": one.last,
        "last_morning": one.last_morning,
        "days": one.days,
        "pairs": one.pairs,
        "block_days": one.block_days,
        "washout_days": one.washout_days,
        "worth": one.worth,
    }


def today(trial: Trial, date: str) -> dict[str, Any]:
    """Write `{"experiment", "behaviour", "outcome", "arm", "counts", "morning", "day",
    "of_days", "sentence"}`; before its first day the arm is null."""
    one, metric = trial.plan, metric_of(trial.plan.outcome)
    block = one.block_of(number(date))
    known = {
        "experiment": trial.id,
        "behaviour": one.behaviour,
        "outcome": one.outcome,
    }
    if block is None:
        return {
            **known,
            "arm": None,
            "first": one.first,
            "sentence": f"“{one.behaviour}”: it begins on {in_words(one.first)}.",
        }
    counts = number(date) in block.counted
    morning = day(number(date) + LAG)
    return {
        **known,
        "arm": block.arm,
        "counts": counts,
        "morning": morning,
        "day": number(date) - number(one.first) + 1,
        "of_days": one.days,
        "sentence": wording.arm_of(one, block.arm, counts=counts, morning=morning, metric=metric),
    }


def status(course: Course) -> dict[str, Any]:
    """Write how far an experiment has come; no outcome is in it."""
    adherence = reckon(course, tested=False).adherence
    counted = [one for one in course.days if one.counts]
    return {
        "experiment": course.trial.id,
        "state": course.state,
        **of_plan(course.trial.plan, course.metric),
        "digest": course.trial.kept.digest,
        "days_done": len(course.days),
        "mornings": sum(one.value is not None for one in counted),
        "mornings_lacking": sum(one.value is None for one in counted),
        "adherence": {arm: one._asdict() for arm, one in adherence.items()},
        "summary": standing(course),
        **_journal(course),
    }


def standing(course: Course) -> str:
    """Say where an experiment stands, in a sentence or two."""
    one = course.trial.plan
    begun = f"Experiment {course.trial.id}, “{one.behaviour}” on {wording.outcome(course.metric)}:"
    if course.state == FINISHED:
        return f"{begun} finished; its result is ready."
    if course.state == ENDED:
        return f"{begun} ended early, after {len(course.days)} of {one.days} days."
    return f"{begun} {len(course.days)} of {one.days} days. {wording.stands(course)}"


def result(course: Course) -> dict[str, Any]:
    """Write what an experiment showed; before its end where it stands, with `result` null and no
    figure of its outcome.

    `{"experiment", "state", "plan", "digest", "seed"?, "rule"?, "result", "adherence",
    "corrections"?, "journal_floor"?, "method", "source", "summary", "days"}`: `result` has
    `as_assigned` (`difference`, `ci`, `p`, `lots`, `p_error`?, `means`, `n`, `pairs`,
    `pairs_drawn`, `n_excluded`) and `as_lived` (`difference`, `pairs`, `n`).
    """
    trial = course.trial
    over = course.state in (FINISHED, ENDED) and bool(course.days)
    found = reckon(course, tested=course.state == FINISHED)
    known: dict[str, Any] = {
        "experiment": trial.id,
        "state": course.state,
        "plan": of_plan(trial.plan, course.metric),
        "registered_at": trial.plan.registered_at,
        "digest": trial.kept.digest,
    }
    if over and course.state == ENDED:  # the last day that counts, where there is one
        known["ended_on"] = trial.kept.ended_on
    known["adherence"] = {arm: one._asdict() for arm, one in found.adherence.items()}
    known |= _journal(course)
    if not over:
        reason = wording.stands(course)
        return {**known, "result": None, "reason": reason, "summary": [reason]}
    return {
        **known,
        "seed": trial.plan.seed,
        "rule": trial.plan.rule,
        "result": _figures(found),
        "method": METHOD if course.state == FINISHED else "described, not tested",
        "source": SOURCE,
        "summary": sentences(course, found),
        "days": [_day(one) for one in course.days],
    }


def sentences(course: Course, found: Result) -> list[str]:
    """Say what an experiment showed, and what that rests on."""
    said = [wording.told(course, found)]
    one, lived = found.assigned, found.lived
    kept = sum(arm.kept for arm in found.adherence.values())
    days = sum(arm.days for arm in found.adherence.values())
    unknown = sum(arm.unknown for arm in found.adherence.values())
    silent = f" The journal says nothing about {unknown}." if unknown else ""
    said.append(f"You kept to the draw on {of_all(kept, days, 'day')}.{silent}")
    if lived.difference is not None:
        differed = wording.amount(course.metric, lived.difference, sign=True)
        said.append(
            f"By what you really did, the difference is {differed} "
            f"({counted(lived.pairs, 'pair')}). That was not drawn at random, so it describes your "
            "days and is not a test."
        )
    lacking = wording.mornings_lacking(one)
    if lacking:
        said.append(
            "1 morning has no outcome; its pair is left out, or its block has fewer days."
            if lacking == 1
            else f"{lacking} mornings have no outcome; pairs without both blocks are left out."
        )
    changed = len({one.date for one, known in course.corrections if known})
    late = sum(arm.late for arm in found.adherence.values())
    if changed or late:
        said.append(
            f"After the outcome was already visible, journal entries were written for "
            f"{counted(late, 'day')} and changed for {changed}."
        )
    if course.trial.kept.journal_floor:
        said.append(f"The journal before {in_words(course.trial.kept.journal_floor)} was purged.")
    return said


def earlier(known: list[Trial], plan: Plan, id: int) -> dict[str, Any]:
    """Write `{"earlier"}`, the experiments before it on the same thing, where there are any: of
    many, one finds something by chance."""
    before = [
        one.id
        for one in known
        if one.id < id and (one.plan.behaviour, one.plan.outcome) == (plan.behaviour, plan.outcome)
    ]
    return {"earlier": before} if before else {}


def _figures(found: Result) -> dict[str, Any]:
    one = found.assigned
    return {
        "as_assigned": {
            "difference": one.difference,
            **_tested(one.test),
            "means": _arms(one.means),
            "n": _arms(one.n),
            "pairs": one.pairs,
            "pairs_drawn": one.drawn,
            "n_excluded": one.excluded,
        },
        "as_lived": {
            "difference": found.lived.difference,
            "pairs": found.lived.pairs,
            "n": _arms(found.lived.n),
        },
    }


def _tested(test: Tested | None) -> dict[str, Any]:
    if test is None:
        return {"ci": None, "p": None}
    ci = None if test.low is None or test.high is None else [test.low, test.high]
    error = {} if test.error is None else {"p_error": test.error}
    return {"ci": ci, "p": test.p, "lots": test.lots, **error}


def _arms(one: Arms) -> dict[str, Any]:
    return {DO: one.do, LEAVE: one.leave}


def _journal(course: Course) -> dict[str, Any]:
    """Write what became of its journal, where there is anything to tell."""
    changed = [{**one._asdict(), "outcome_was_known": known} for one, known in course.corrections]
    floor = course.trial.kept.journal_floor
    return {
        **({"corrections": changed} if changed else {}),
        **({"journal_floor": floor} if floor else {}),
    }


def _day(one: Day) -> dict[str, Any]:
    lived = None if one.lived is None else DO if one.lived else LEAVE
    return {
        "date": one.date,
        "arm": one.block.arm,
        "lived": lived,
        "morning": one.morning,
        "value": None if one.value is None else round(one.value, 4),
        **({} if one.reason is None else {"reason": one.reason}),
        **({} if one.counts else {"washout": True}),
        **({"late": True} if one.late else {}),
    }


def fit(answer: dict[str, Any], budget: int) -> dict[str, Any]:
    """Cut an answer to so many characters (0: leave it): the days of a result to the newest, a list
    of experiments to the first. What was cut says `…_omitted`; no figure is left out."""
    for name in ("days", "corrections", "experiments"):
        whole = answer.get(name)
        if not budget or not whole or len(json.dumps(answer)) <= budget:
            continue
        newest = list(reversed(whole)) if name != "experiments" else whole
        room = budget - _ROOM - len(json.dumps({**answer, name: []}))
        left, more = fill(newest, lambda one: len(json.dumps(one)) + 2, room=room, limit=math.inf)
        if more:
            kept = left if name == "experiments" else list(reversed(left))
            answer = {**answer, name: kept, f"{name}_omitted": len(whole) - len(left)}
    return answer
