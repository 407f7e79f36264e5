"""Take an experiment's arguments from a client, and hand them on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import spoken
from ..call import Call
from ..trials.choices import ACTIONS, LONGEST, MOST_BLOCK, OUTCOMES
from .arguments import Arguments, Parameter
from .kinds import DATE, LARGEST_EXACT, Kind, one_of, whole, words
from .replies import Answer

if TYPE_CHECKING:
    from ..app import App


def _above_zero(value: object) -> float:
    """Take a number also as text, as models and shells send it."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError("must be a number") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")
    if not 0 < value <= LARGEST_EXACT:
        raise ValueError("must be above 0")
    return float(value)


_END = replace(DATE, said=spoken.end)
_ABOVE_ZERO = Kind({"type": "number", "exclusiveMinimum": 0}, _above_zero, 5)

PARAMETERS = (
    Parameter("action", one_of(*ACTIONS), required=True),
    Parameter("behaviour", words("late coffee"), "To do or leave by draw."),
    Parameter("outcome", one_of(*OUTCOMES), "Of the next morning."),
    Parameter("days", whole(1, LONGEST, example=28), "Default 28."),
    Parameter("start", DATE, "First day; default tomorrow."),
    Parameter("end", _END, "Exclusive, instead of days."),
    Parameter("block_days", whole(1, MOST_BLOCK, example=1), "Default 1."),
    Parameter("washout_days", whole(0, MOST_BLOCK - 1, example=0), "Of each block."),
    Parameter("worth", _ABOVE_ZERO, "Smallest difference that matters."),
    Parameter("experiment", whole(1, example=1), "Its number."),
)


def act(app: App, given: Arguments, call: Call) -> Answer:
    """Do what `action` says. Raises WhoopError."""
    from ..reads import journal  # no start waits for what it needs
    from ..trials import experiment

    journal.settle(app.cache, app.settings.journal_day)
    action, budget = given.pop("action"), app.settings.max_response_chars
    return experiment.experiment(app.cache, action, **given, budget=budget)
