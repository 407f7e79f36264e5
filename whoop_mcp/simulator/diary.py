"""Make up what an athlete answers in WHOOP's journal on a morning, about the day before."""

from __future__ import annotations

import hashlib
from random import Random
from typing import NamedTuple

ALCOHOL = "Have any alcoholic drinks?"
QUESTIONS = (
    (ALCOHOL, 0.25),
    ("Consumed caffeine?", 0.8),
    ("Ate food close to bedtime?", 0.3),
    ("Read (non-screened device) while in bed? ", 0.4),
    ("Experienced stress", 0.2),
)
"""Each with the share of days on which it is a yes."""

_NOTES = ("two glasses", "a long day", "with friends")
_BLANK = 0.15  # mornings without an answer
_NOTED = 0.1  # of what was done


class Answer(NamedTuple):
    """Hold an answer; `note` is empty mostly."""

    question: str
    yes: bool
    note: str


def answers(start: str) -> list[Answer]:
    """Answer the questions in the cycle that began at `start`, or none of them; always the same."""
    lived = day(start)
    return [] if _dice(start).random() < _BLANK else lived


def day(start: str) -> list[Answer]:
    """Say what was done on the day before a cycle that began at `start`, answered or not."""
    dice = _dice(start)
    dice.random()  # whether it is answered
    found = []
    for question, share in QUESTIONS:
        yes = dice.random() < share
        note = dice.choice(_NOTES) if yes and dice.random() < _NOTED else ""
        found.append(Answer(question, yes, note))
    return found


def drank(start: str) -> bool:
    """Tell whether there was alcohol on the day before a cycle that began at `start`."""
    return any(one.yes for one in day(start) if one.question == ALCOHOL)


def _dice(start: str) -> Random:
    return Random(hashlib.sha256(start.encode()).digest())  # noqa: S311
