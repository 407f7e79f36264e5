"""Run the command that plans, starts, follows and ends experiments on oneself."""

from __future__ import annotations

import math
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .commands import checked, open_app
from .console import Console, pairs, table, wrapped

if TYPE_CHECKING:
    from ..server.replies import Answer

# What only this command needs is imported in its function: help comes by here, too.

_LOGARITHM = ("ln_hrv", "HRV")  # the outcome that is counted in logarithms, and its name
_BEDTIME = "bedtime"  # the outcome that is a time of day
_GIVEN = ("behaviour", "outcome", "days", "start", "end", "block_days", "washout_days", "worth")


def try_out(given: Namespace, console: Console) -> int:
    """Do one of the acts of an experiment."""
    from ..reads import journal
    from ..trials.experiment import experiment

    asked = {name: getattr(given, name) for name in _GIVEN}
    wanted = checked("whoop_experiment", action=given.action, experiment=given.experiment, **asked)
    app = open_app()
    if given.action == "end" and console.asks:
        question = "An ended experiment cannot be resumed, and its result is not tested. End it?"
        if not console.agrees(question, default=False):
            console.say("Nothing was ended.")
            return 1
    journal.settle(app.cache, app.settings.journal_day)
    answer = wanted.told(experiment(app.cache, wanted.pop("action"), **wanted))
    console.answer(answer, told(answer))
    return 0


def told(answer: Answer) -> list[str]:
    """Word what an act answered."""
    lines = [line for one in answer["summary"] for line in wrapped(one)]
    if answer["action"] in ("plan", "start"):
        return [*_plan(answer["plan"]), "", *lines, "", *_next(answer)]
    if answer.get("result"):
        lines += ["", *_arms(answer)]
        lines += pairs([("Digest", answer["digest"]), ("Seed of the draw", answer["seed"])])
    return lines


def _plan(one: Any) -> list[str]:
    blocks = f"{one['pairs']} pairs of " + (
        "days" if one["block_days"] == 1 else f"blocks of {one['block_days']} days"
    )
    washed = f", {one['washout_days']} of each not counted" if one["washout_days"] else ""
    outcome = f"{one['outcome'].replace('_', ' ')} in {one['unit']}"
    if one["outcome"] == _LOGARITHM[0]:
        outcome = f"{_LOGARITHM[1]} (worth in ln: 0.05 ≈ 5 %)"
    return pairs(
        [
            ("Behaviour", one["behaviour"]),
            ("Outcome", outcome),
            ("Days", f"{one['first']} to {one['last']}, {blocks}{washed}"),
            ("Last morning", one["last_morning"]),
        ]
    )


def _next(answer: Answer) -> list[str]:
    if not answer["registered"]:
        return wrapped(
            "Nothing is registered yet: `whoop-mcp experiment start` with the same options does it."
        )
    began = "Registered" if answer["new"] else "It is already registered"
    return wrapped(
        f"{began} as experiment {answer['experiment']}; digest {answer['digest']}. "
        "`whoop-mcp experiment today` says what to do each day, `whoop-mcp log` keeps what you did."
    )


def _mean(value: float | None, outcome: str) -> str:
    """Write an arm's mean, that of logarithms of ms in ms, and a time of day by the clock."""
    from ..insights.metrics import clock

    if value is None:
        return "–"
    if outcome == _BEDTIME:
        return clock(value)
    return f"{math.exp(value):.1f} ms" if outcome == _LOGARITHM[0] else f"{value:.2f}"


def _arms(answer: Answer) -> list[str]:
    found, kept = answer["result"]["as_assigned"], answer["adherence"]
    rows = [
        [
            arm,
            _mean(found["means"][arm], answer["plan"]["outcome"]),
            str(found["n"][arm]),
            *(str(kept[arm][name]) for name in ("kept", "broken", "unknown")),
        ]
        for arm in ("do", "leave")
    ]
    head = ["", "mean", "mornings", "kept to", "broken", "not logged"]
    return [*table(head, rows, right=range(1, 6)), ""]
