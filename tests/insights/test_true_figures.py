"""Figures of odd days: what is not known is not counted as nothing, what was lived is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from whoop_mcp.insights import load
from whoop_mcp.insights.timeseries import day
from whoop_mcp.reads.days import Day
from whoop_mcp.whoop.records import Cycle, Workout

from ..support import samples
from ..support.athlete_days import LAST

ZONES = ("zone_zero", "zone_one", "zone_two", "zone_three", "zone_four", "zone_five")


def trained(at: int, *workouts: dict[str, Any], **cycle: Any) -> Day:
    """A day with workouts of one minute in each zone, but for these fields."""
    whole = replace(
        Workout.from_api(samples.workout()),
        percent_recorded=100.0,
        zone_durations_seconds=dict.fromkeys(ZONES, 60.0),
    )
    made = [replace(whole, id=samples.uuid(n), **one) for n, one in enumerate(workouts)]
    return Day(day(at), replace(Cycle.from_api(samples.cycle(at)), **cycle), None, None, [], made)


def test_a_zone_that_was_not_measured_is_no_rest_in_it() -> None:
    """A workout with a null among zones 1 to 5 has no load; zone 0 has no weight."""
    for number, zone in enumerate(ZONES):
        lacking = {"zone_durations_seconds": {**dict.fromkeys(ZONES, 60.0), zone: None}}
        found = load.series([trained(LAST, lacking)], LAST)
        if number:
            assert found.why == {LAST: "workout without all its zones"} and not found.values
        else:
            assert found.values == {LAST: 1.0 + 2 + 3 + 4 + 5}


def test_a_share_that_is_not_known_is_not_called_too_small() -> None:
    """Without `percent_recorded` a workout's load is not known, for that reason."""
    found = load.series([trained(LAST, {"percent_recorded": None})], LAST)
    assert found.why == {LAST: "workout of which it is not known how much was recorded"}


def test_an_open_cycle_is_not_over_whatever_its_score() -> None:
    """While today's cycle runs unscored, the week before it has its monotony all the same."""
    days = [trained(LAST - 29 + at, *[{}] * (at % 3)) for at in range(29)]
    for state in ("SCORED", "PENDING_SCORE", "UNSCORABLE"):
        found = load.series([*days, trained(LAST, end=None, score_state=state)], LAST)
        assert found.why == {LAST: "not over"}
        back = load.anchor(found, LAST)
        assert back == LAST - 1
        assert load.monotony(found, back).value and load.acute_chronic(found, back).value
