"""Offer what is asked of workouts alone: of one sport, and what was around one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import Call
from ..whoop.resources import WORKOUTS
from .arguments import Arguments, Parameter
from .kinds import FLAG, words
from .replies import Answer

if TYPE_CHECKING:
    from ..app import App

SPORT = Parameter("sport", words("running"), "Only this sport.")
CONTEXT = Parameter("context", FLAG, "Also recovery before, night after, rank.", default=False)


def workout(app: App, given: Arguments, call: Call) -> Answer:
    """Answer one workout, where it is asked for with its `context`. Raises WhoopError."""
    from ..reads import single, workout_context  # no list of tools waits for them

    key, fresh = given["workout_id"], given["fresh"]
    if given["context"]:
        return workout_context.workout(app.mirror, key, fresh=fresh, call=call)
    return single.one(app.mirror, WORKOUTS, key, fresh=fresh, call=call)
