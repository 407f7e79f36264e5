"""A workout in its context: what came before and after it, and where it stands in its sport."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.errors import NotFound, UpstreamError
from whoop_mcp.reads import records, workout_context
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS

from ..support import accounts, samples
from ..support.faults import FaultySimulator
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

KEYS = ["recovery_before", "sleep_before", "sleep_after", "recovery_after"]


def main_sleep(
    one: MirroredAccount, cycle_id: int, sleeps: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    raw = one.account.main_sleep(cycle_id)
    return sleeps[raw["id"]] if raw else None


def test_before_is_its_cycles_and_after_the_next_ones(tmp_path: Path) -> None:
    """For every workout of weeks with travel, naps and nights without the strap: the recovery and
    the main sleep of the cycle that ran when it began, and of the one after that; the record is as
    without its context."""
    with mirrored_account(tmp_path, days=60, seed=5) as one:
        one.fill()
        cycles = sorted(one.truth(CYCLES).values(), key=lambda flat: flat["start"])
        recoveries, sleeps, checked = one.truth(RECOVERIES), one.truth(SLEEPS), 0
        for key, flat in one.truth(WORKOUTS).items():
            if not "2026-03-28" < flat["start"] < "2026-05-18":
                continue
            answer = workout_context.workout(one.mirror, key)
            context = answer.pop("context")
            assert answer == flat and [*context][:4] == KEYS and context["complete"]
            place = max(at for at, cycle in enumerate(cycles) if cycle["start"] <= flat["start"])
            for name, cycle in (("before", cycles[place]), ("after", cycles[place + 1])):
                assert context[f"recovery_{name}"] == recoveries.get(str(cycle["id"]))
                assert context[f"sleep_{name}"] == main_sleep(one, cycle["id"], sleeps)
            absent = {name for name in KEYS if context[name] is None}
            unscored = {
                name for name in KEYS if context[name] and context[name]["score_state"] != "SCORED"
            }
            assert {*context.get("why_missing", {})} == absent | unscored
            checked += 1
        assert checked > 30


def test_its_rank_is_among_its_sport(tmp_path: Path) -> None:
    """Rank 1 is the highest, equals share one, what was not measured has none and counts for
    nobody; the median is of all that have a value."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        own = [each for each in one.truth(WORKOUTS).values() if each["sport_name"] == "running"]
        for flat in own[:5]:
            among = workout_context.workout(one.mirror, flat["id"])["context"]["among_sport"]
            assert (among["sport"], among["n"]) == ("running", len(own))
            assert (
                among["since"]
                == min(each["start_local"] for each in one.truth(WORKOUTS).values())[:10]
            )
            for name in ("strain", "calories", "avg_hr_bpm", "distance_meter"):
                values = [each[name] for each in own if each[name] is not None]
                told = among["ranks"][name]
                assert told["value"] == flat[name] and told["of"] == len(values)
                assert told["median"] == round(median(values), 3)
                rank = sorted(values, reverse=True).index(flat[name]) + 1 if flat[name] else None
                assert told["rank"] == rank
            length = among["ranks"]["duration_seconds"]
            lengths = [round(times.seconds(each["start"], each["end"]), 1) for each in own]
            assert length["value"] == round(times.seconds(flat["start"], flat["end"]), 1)
            assert length["rank"] == 1 + sum(each > length["value"] for each in lengths)


def test_todays_workout_has_its_night_still_to_come(tmp_path: Path) -> None:
    """What is after it is null, with the reason; what is before it is there."""
    with mirrored_account(tmp_path, days=20) as one:
        one.account.pass_time(hours=8)
        now = one.account.now()
        raw = one.account.add_workout(times.plus(now, hours=-2), sport="cycling")
        context = workout_context.workout(one.mirror, raw["id"])["context"]
        assert context["sleep_before"]["end_local"][:10] == UNTIL[:10]
        assert context["sleep_after"] is context["recovery_after"] is None
        why = context["why_missing"]
        assert why["sleep_after"]["reason"] == "future" and "21 May" in why["sleep_after"]["text"]
        assert context["among_sport"]["sport"] == "cycling"


def test_a_cold_cache_fetches_what_is_around_and_no_more(tmp_path: Path) -> None:
    """The second time nothing is asked; the workouts of the sport are those that are held."""
    with mirrored_account(tmp_path, days=60) as one:
        key = one.account.window("workouts", "2026-04-10", "2026-04-11" + "T23")[0]["id"]
        first = workout_context.workout(one.mirror, key)
        assert first["context"]["complete"] and first["context"]["among_sport"]["n"] == 1
        asked = {request.query.get("start", "")[:7] for request in one.simulator.log}
        assert asked <= {"", "2026-04"}
        one.requests()
        assert workout_context.workout(one.mirror, key) == first
        assert one.requests() == 0


def test_an_outage_is_told(tmp_path: Path) -> None:
    """A held workout is answered with what is known around it: missing hours, warnings, and the
    reason; `fresh` raises instead."""
    with mirrored_account(tmp_path, days=60) as one:
        key = one.account.window("workouts", "2026-04-10", "2026-04-11" + "T23")[0]["id"]
        records.page(one.mirror, WORKOUTS, start="2026-04-08", end="2026-04-13")
        one.simulator.fault(503, times=None)
        context = workout_context.workout(one.mirror, key)["context"]
        assert not context["complete"] and context["missing"] and context["warnings"]
        assert {each["reason"] for each in context["why_missing"].values()} == {"not_fetched"}
        with pytest.raises(UpstreamError):
            workout_context.workout(one.mirror, key, fresh=True)


def test_there_is_no_context_without_a_workout(tmp_path: Path) -> None:
    """NOT_FOUND, as without it."""
    with mirrored_account(tmp_path, days=5) as one, pytest.raises(NotFound):
        workout_context.workout(one.mirror, "00000000-0000-4000-8000-000000000001")


def test_without_a_sport_there_is_no_rank(tmp_path: Path) -> None:
    """A workout that names none stands among none."""
    with mirrored_account(tmp_path, days=20) as one:
        key = one.account.all("workouts")[3]["id"]
        one.account.edit("workouts", key, sport_name=None, sport_id=None)
        assert workout_context.workout(one.mirror, key)["context"]["among_sport"] is None


def test_a_workout_before_a_late_night_is_of_the_day_before(tmp_path: Path) -> None:
    """After midnight and before sleep it is still the running cycle's: its recovery is that of the
    morning before, and the night after it is the one that follows."""
    with mirrored_account(tmp_path, days=20) as one:
        night = max(
            (raw for raw in one.account.all("sleeps") if not raw["nap"] and raw["end"] < UNTIL),
            key=lambda raw: raw["start"],
        )
        cycle = one.truth(CYCLES)[str(night["cycle_id"])]
        start = times.plus(night["start"], minutes=-50)
        raw = one.account.add_workout(start, minutes=20)
        context = workout_context.workout(one.mirror, raw["id"])["context"]
        assert context["sleep_after"]["id"] == night["id"]
        assert context["sleep_after"]["cycle_id"] == cycle["id"]
        assert context["sleep_before"]["end"] < start


def test_a_night_that_has_just_begun_is_not_the_workouts_date(tmp_path: Path) -> None:
    """A cycle that began before midnight and has no sleep yet is of the next date: to come, and
    not a night without the strap."""
    with mirrored_account(tmp_path, days=20) as one:
        one.account.pass_time(hours=10)  # 18:00
        raw = one.account.add_workout(times.plus(one.account.now(), hours=-2))
        running = one.account.all("cycles")[0]
        bedtime = times.plus(UNTIL, hours=14.5)  # 22:30
        one.account.edit("cycles", running["id"], end=bedtime)
        night = {"start": bedtime, "end": None, "timezone_offset": running["timezone_offset"]}
        one.account.add("cycles", samples.cycle(running["id"] + 1, **night))
        one.account.pass_time(hours=5)
        context = workout_context.workout(one.mirror, raw["id"])["context"]
        assert context["sleep_after"] is None and context["sleep_before"]
        assert context["why_missing"]["sleep_after"]["reason"] == "future"


@pytest.mark.parametrize("hour", [7, 12])
def test_the_night_after_it_is_none_that_was_before(tmp_path: Path, hour: int) -> None:
    """Without a night the cycle of the day before runs on: the workout's night is still to come,
    and the strapless one before it is not the night after."""
    now = "2026-04-12T23:30:00.000Z"
    made = accounts.make(days=0, until=now)
    start, woke = "2026-04-11T03:00:00.000Z", "2026-04-11T11:00:00.000Z"
    said = {"start": start, "timezone_offset": "-04:00", "created_at": woke, "updated_at": woke}
    made.add("cycles", samples.cycle(1, **{**said, "end": None}))
    made.add("sleeps", samples.sleep(samples.uuid(1), **{**said, "cycle_id": 1, "end": woke}))
    begun = f"2026-04-12T{hour + 4:02}:00:00.000Z"
    over = times.plus(begun, minutes=40)
    key = samples.uuid(9)
    made.add("workouts", samples.workout(key, start=begun, end=over, timezone_offset="-04:00"))
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        why = workout_context.workout(one.mirror, key)["context"]["why_missing"]
        one.transport.close()
    assert why["sleep_after"]["reason"] == "future" and "13 Apr" in why["sleep_after"]["text"]
