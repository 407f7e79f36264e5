"""Run the command that plans, starts, follows and ends experiments on oneself."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .commands import checked, open_app
from .console import Console, pairs, table, wrapped

if TYPE_CHECKING:
    from ..server.replies import Answer

# What only this command needs is imported in its function: help comes by here, too.

_GIVEN = ("behaviour", "outcome", "days", "start", "end", "block_days", "washout_days", "worth")


def try_out(given: Namespace, console: Console) -> int:
    """Do one of the acts of an experiment."""
    from ..reads import journal
    from ..trials.experiment import experiment

    asked = {name: getattr(given, name) for name in _GIVEN}
    wanted = checked("whoop_experiment", action=given.act, experiment=given.experiment, **asked)
    app = open_app()
    if given.act == "end" and console.asks:
        question = "What is ended is not taken up again, and tells no p. End it?"
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
        lines += pairs([("Digest", answer["digest"]), ("Seed of the lot", answer["seed"])])
    return lines


def _plan(one: Any) -> list[str]:
    blocks = f"{one['pairs']} pairs of " + (
        "days" if one["block_days"] == 1 else f"blocks of {one['block_days']} days"
    )
    washed = f", {one['washout_days']} of each not counted" if one["washout_days"] else ""
    return pairs(
        [
            ("Behaviour", one["behaviour"]),
            ("Outcome", f"{one['outcome']} in {one['unit']}"),
            ("Days", f"{one['first']} to {one['last']}, {blocks}{washed}"),
            ("Last morning", one["last_morning"]),
        ]
    )


def _next(answer: Answer) -> list[str]:
    if not answer["registered"]:
        return wrapped("Nothing is registered. `whoop-mcp experiment start` with the same does it.")
    began = "Registered" if answer["new"] else "It was registered already"
    return wrapped(
        f"{began} as experiment {answer['experiment']}; digest {answer['digest']}. "
        "`whoop-mcp experiment today` says what the lot wants of a day, `whoop-mcp log` keeps what "
        "was done."
    )


def _arms(answer: Answer) -> list[str]:
    found, kept = answer["result"]["as_assigned"], answer["adherence"]
    rows = [
        [
            arm,
            "–" if found["means"][arm] is None else f"{found['means'][arm]:.2f}",
            str(found["n"][arm]),
            *(str(kept[arm][name]) for name in ("kept", "broken", "unknown")),
        ]
        for arm in ("do", "leave")
    ]
    head = ["", "mean", "mornings", "kept to", "broken", "not logged"]
    return [*table(head, rows, right=range(1, 6)), ""]
