"""Say what the tool that compares two periods takes and does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import Call
from .arguments import Arguments, Parameter
from .kinds import TIME, UNTIL, some_of
from .replies import Answer

if TYPE_CHECKING:
    from ..app import App

METRICS = (
    *("ln_hrv", "resting_heart_rate", "recovery", "sleep_duration", "sleep_performance", "strain"),
    *("respiratory_rate", "skin_temperature", "load", "spo2", "sleep_efficiency"),
    *("sleep_consistency", "bedtime"),
)
"""All that can be compared; the module that does takes longer to import than a start may."""

PARAMETERS = (
    Parameter("a_start", TIME, "First day of A.", required=True),
    Parameter("a_end", UNTIL, "Exclusive.", required=True),
    Parameter("b_start", TIME, "First day of B.", required=True),
    Parameter("b_end", UNTIL, "Exclusive.", required=True),
    Parameter("metrics", some_of(*METRICS), "Only these; default the first nine."),
)


def compare(app: App, given: Arguments, call: Call) -> Answer:
    """Compare two periods."""
    from ..insights import periods  # no start waits for what it needs

    return periods.compare(app.cache, **given, budget=app.settings.max_response_chars)
