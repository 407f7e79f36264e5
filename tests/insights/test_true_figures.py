"""Figures of odd days: what is not known is not counted as nothing, what was lived is counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.cache.save import Findings
from whoop_mcp.insights import answer, load
from whoop_mcp.insights.timeseries import day
from whoop_mcp.reads.days import Day
from whoop_mcp.simulator.life import make
from whoop_mcp.times import Window
from whoop_mcp.whoop.records import Cycle, Workout
from whoop_mcp.whoop.resources import COLLECTIONS, WORKOUTS

from ..support import samples
from ..support.athlete_days import LAST, UNTIL
from ..support.samples import Shelf

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


def test_a_hole_lies_on_the_date_of_the_place_where_it_was_lived(tmp_path: Path) -> None:
    """In Tokyo the hours from 16 to 20 UTC are of the next morning, whatever clock is worn today:
    workouts that were not fetched there are not taken for rest."""
    home = {"illness": (), "quirks": False, "home": "-05:00"}
    account = make(seed=1, days=60, until=UNTIL, travel=(("2026-04-01", 20, "+09:00"),), **home)
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = UNTIL
    for resource in COLLECTIONS:
        hole = Window("2026-04-10T16:00:00.000Z", "2026-04-10T20:00:00.000Z")
        if resource is not WORKOUTS:
            hole = Window(UNTIL, UNTIL)
        for known in (Window("2010-01-01T00:00:00.000Z", hole.start), Window(hole.end, UNTIL)):
            raws = [
                raw
                for raw in account.all(resource.name)
                if known.start <= times.utc(raw.get("start") or raw["created_at"]) < known.end
            ]
            shelf.cache.save(Findings(resource, UNTIL, raws, (), known))
    with shelf.cache.reading() as seen:
        days = {one.date: one for one in answer.read(seen).days}
    assert [date for date, one in days.items() if WORKOUTS.name in one.unseen] == ["2026-04-11"]
