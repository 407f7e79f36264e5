"""Figures of odd days: what is not known is not counted as nothing, what was lived is counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache.save import Findings
from whoop_mcp.insights import answer, load, metrics, sleep
from whoop_mcp.insights.timeseries import Dates, day
from whoop_mcp.reads.days import Day, Night, arrange
from whoop_mcp.simulator.life import make
from whoop_mcp.times import Window
from whoop_mcp.whoop.records import Cycle, Sleep, Workout
from whoop_mcp.whoop.resources import COLLECTIONS, WORKOUTS

from ..support import athlete_days, reference_statistics, samples
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


def slept(number: int, start: str, hours: float, **changed: Any) -> Sleep:
    """A scored sleep in London in winter, asleep throughout, with a need of 8 hours."""
    return replace(
        Sleep.from_api(samples.sleep(samples.uuid(number), cycle_id=number)),
        start=start,
        end=times.plus(start, hours=hours),
        timezone_offset="Z",
        asleep_seconds=3600 * hours,
        sleep_needed_seconds={"baseline": 8 * 3600.0, "from_strain": 0.0},
        **changed,
    )


def night(one: Sleep) -> Night:
    """The cycle of a sleep."""
    return Night(Cycle.from_api(samples.cycle(one.cycle_id or 1)), one, None)


def lived(*, split: bool, nap: bool = False) -> list[Day]:
    """Twenty nights from 23:30 to 7:30; with `split` every other one has two cycles, awake from
    3:00 to 3:30, and with `nap` each but the last is followed by a nap from 9:30 to 10:30."""
    nights, naps = [], []
    for n, at in enumerate(range(LAST - 19, LAST + 1), start=1):
        late = f"{day(at - 1)}T23:30:00.000Z"
        if split and n % 2:
            nights.append((day(at), night(slept(2 * n, f"{day(at)}T03:30:00.000Z", 4))))
            nights.append((day(at), night(slept(2 * n + 1, late, 3.5))))
        else:
            nights.append((day(at), night(slept(2 * n, late, 8))))
        if nap and at < LAST:
            again = slept(1000 + n, f"{day(at)}T09:30:00.000Z", 1, nap=True)
            naps.append((day(at), replace(again, cycle_id=2 * n)))
    return arrange(nights, naps, [], day(LAST - 19), day(LAST))


def regular(days: list[Day], now: str = times.LATEST) -> float | None:
    """Their regularity, by number."""
    by_number = {LAST - 19 + at: one for at, one in enumerate(days)}
    return sleep.regularity(by_number, Dates(LAST - 19, LAST), now).value


def test_a_sleep_of_another_cycle_of_the_date_is_sleep() -> None:
    """A night in two cycles differs from a whole one by the half hour awake, not by a cycle."""
    days = lived(split=True)
    assert [len(one.other_cycles) for one in days] == [1, 0] * 10
    assert regular(days) == pytest.approx(100 * (1 - 2 * 0.5 / 24))
    assert reference_statistics.regularity(days) == pytest.approx(100 * (1 - 2 * 0.5 / 24))
    owed = sleep.debt_of_14({LAST - 19 + at: one for at, one in enumerate(days)}, LAST)
    assert owed.value == pytest.approx(7 * 0.5) and owed.n == 14


def test_time_asleep_is_all_that_was_slept_on_the_date() -> None:
    """A night in two cycles of one date counts both, as regularity and debt do; naps count apart.
    Where one of them is not scored, the time asleep of the date is not known."""
    days = lived(split=True, nap=True)
    series = metrics.read_series(days)["sleep_duration"]
    assert list(series.values.values()) == [7.5, 8.0] * 10
    (other,) = days[0].other_cycles
    assert other.sleep
    pending = other._replace(sleep=replace(other.sleep, score_state="PENDING_SCORE"))
    unscored = [days[0]._replace(other_cycles=[pending]), *days[1:]]
    assert metrics.read_series(unscored)["sleep_duration"].why == {
        LAST - 19: "further sleep not scored"
    }


def test_hours_to_come_are_not_called_awake() -> None:
    """At nine in the morning nobody knows whether the daily nap will be taken."""
    days = lived(split=False, nap=True)
    now = f"{day(LAST)}T09:00:00.000Z"
    assert regular(days, now) == 100 == reference_statistics.regularity(days, now)
    assert regular(days) == pytest.approx(reference_statistics.regularity(days))
    assert (regular(days) or 0) < 99.9


@pytest.mark.slow
def test_days_too_old_to_be_judged_are_not_passed_over_in_silence() -> None:
    """Watch and flag days are looked for in the last 365; of a longer period that is said."""
    for period, said in ((365, False), (366, True), (500, True)):
        rate = athlete_days.answer(1, 800, period)["anomalies"][0]
        assert rate["note"].endswith("; no day before 2025-05-21 was judged") is said
    short = athlete_days.answer(1, 100, 500)["anomalies"][0]
    assert "judged" not in short["note"]
