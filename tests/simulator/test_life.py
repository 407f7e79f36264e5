"""The athlete's payloads against WHOOP's description, written out here once more."""

from __future__ import annotations

import math
import re
import uuid
from collections import Counter
from datetime import datetime
from itertools import pairwise
from statistics import correlation, mean
from typing import Any

import pytest

from whoop_mcp.simulator import diary, life
from whoop_mcp.simulator.account import RESOURCES

UNTIL = "2026-10-20T15:00:00.000Z"

# (type, low, high); "?" may be null or absent; everything else has to be there.
INT, REAL, TEXT, BOOL = (int,), (int, float), (str,), (bool,)
CYCLE_SCORE = {
    "strain": (REAL, 0, 21),
    "kilojoule": (REAL, 0, 60_000),
    "average_heart_rate": (INT, 25, 220),
    "max_heart_rate": (INT, 25, 220),
}
RECOVERY_SCORE = {
    "user_calibrating": (BOOL, None, None),
    "recovery_score": (REAL, 0, 100),
    "resting_heart_rate": (REAL, 25, 120),
    "hrv_rmssd_milli": (REAL, 1, 400),
    "spo2_percentage?": (REAL, 50, 100),
    "skin_temp_celsius?": (REAL, 20, 45),
}
DAY = 86_400_000
STAGES = {
    "total_in_bed_time_milli": (INT, 1, 2 * DAY),
    "total_awake_time_milli": (INT, 0, DAY),
    "total_no_data_time_milli": (INT, 0, DAY),
    "total_light_sleep_time_milli": (INT, 0, DAY),
    "total_slow_wave_sleep_time_milli": (INT, 0, DAY),
    "total_rem_sleep_time_milli": (INT, 0, DAY),
    "sleep_cycle_count": (INT, 0, 20),
    "disturbance_count": (INT, 0, 100),
}
NEEDED = {
    "baseline_milli": (INT, 0, DAY),
    "need_from_sleep_debt_milli": (INT, 0, DAY),
    "need_from_recent_strain_milli": (INT, 0, DAY),
    "need_from_recent_nap_milli": (INT, -DAY, 0),
}
SLEEP_SCORE = {
    "stage_summary": STAGES,
    "sleep_needed": NEEDED,
    "respiratory_rate?": (REAL, 5, 40),
    "sleep_performance_percentage?": (REAL, 0, 100),
    "sleep_consistency_percentage?": (REAL, 0, 100),
    "sleep_efficiency_percentage?": (REAL, 0, 100),
}
ZONES = {
    f"zone_{name}_milli": (INT, 0, DAY) for name in ("zero", "one", "two", "three", "four", "five")
}
WORKOUT_SCORE = {
    "strain": (REAL, 0, 21),
    "average_heart_rate": (INT, 25, 220),
    "max_heart_rate": (INT, 25, 220),
    "kilojoule": (REAL, 0, 60_000),
    "percent_recorded": (REAL, 0, 100),
    "distance_meter?": (REAL, 0, 400_000),
    "altitude_gain_meter?": (REAL, 0, 9_000),
    "altitude_change_meter?": (REAL, -9_000, 9_000),
    "zone_durations": ZONES,
}
COMMON = {
    "user_id": (INT, 1, None),
    "created_at": "instant",
    "updated_at": "instant",
    "score_state": "state",
}
TIMED = {**COMMON, "start": "instant", "timezone_offset": "offset"}
TABLES: dict[str, dict[str, Any]] = {
    "cycles": {
        **TIMED,
        "id": (INT, 1, 2**63),
        "end?": "instant",
        "step_count?": (INT, 0, 100_000),
        "score?": CYCLE_SCORE,
    },
    "recoveries": {
        **COMMON,
        "cycle_id": (INT, 1, 2**63),
        "sleep_id": "uuid",
        "score?": RECOVERY_SCORE,
    },
    "sleeps": {
        **TIMED,
        "id": "uuid",
        "cycle_id": (INT, 1, 2**63),
        "v1_id?": (INT, 1, 2**63),
        "end": "instant",
        "nap": (BOOL, None, None),
        "score?": SLEEP_SCORE,
    },
    "workouts": {
        **TIMED,
        "id": "uuid",
        "v1_id?": (INT, 1, 2**63),
        "end": "instant",
        "sport_name": "slug",
        "sport_id?": (INT, -1, 500),
        "score?": WORKOUT_SCORE,
    },
}
WORDS = {
    "instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "offset": re.compile(r"[+-]\d\d:\d\d|Z"),
    "state": re.compile(r"SCORED|PENDING_SCORE|UNSCORABLE"),
    "slug": re.compile(r"[a-z]+(-[a-z]+)*"),
}


def problems(raw: Any, table: dict[str, Any], where: str = "") -> list[str]:
    """List what in a payload its table does not allow."""
    found = [f"{where}{key} unknown" for key in raw if key not in table and f"{key}?" not in table]
    for name, rule in table.items():
        key = name.rstrip("?")
        value = raw.get(key)
        if value is None:
            found += [] if name.endswith("?") else [f"{where}{key} missing"]
        elif isinstance(rule, dict):
            found += problems(value, rule, f"{where}{key}.")
        elif rule == "uuid":
            found += [] if str(uuid.UUID(value)) == value else [f"{where}{key} {value!r}"]
        elif isinstance(rule, str):
            found += [] if WORDS[rule].fullmatch(value) else [f"{where}{key} {value!r}"]
        else:
            types, low, high = rule
            fits = type(value) in types
            fits = fits and (low is None or value >= low) and (high is None or value <= high)
            found += [] if fits else [f"{where}{key} {value!r}"]
    return found


@pytest.fixture(scope="module")
def account() -> life.Account:
    return life.make(seed=3, days=1000, until=UNTIL)


@pytest.mark.parametrize("resource", RESOURCES)
def test_payload_fields(account: life.Account, resource: str) -> None:
    """Every record has the fields, types and bounds of WHOOP's description, and no others."""
    records = account.all(resource)
    assert len(records) > 800
    assert [one for raw in records for one in problems(raw, TABLES[resource])] == []


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(n, marks=pytest.mark.slow) for n in range(8, 20))]
)
def test_any_seed_is_well_formed(seed: int) -> None:
    """Whatever the seed, a hundred days keep to the description."""
    account = life.make(seed, 100, UNTIL)
    for resource, table in TABLES.items():
        assert [one for raw in account.all(resource) for one in problems(raw, table)] == []


def test_profile_and_body(account: life.Account) -> None:
    """The two snapshots have WHOOP's fields, and a name nobody has."""
    assert set(account.profile) == {"user_id", "email", "first_name", "last_name"}
    assert account.profile["email"].endswith("@example.com")
    assert set(account.body) == {"height_meter", "weight_kilogram", "max_heart_rate"}


def test_bounds_meet_to_the_millisecond(account: life.Account) -> None:
    """A cycle starts with its main sleep and ends where the next one starts; the last is open."""
    cycles = account.all("cycles")[::-1]
    assert all(one["end"] == two["start"] for one, two in pairwise(cycles))
    assert cycles[-1]["end"] is None
    assert cycles[-1]["score_state"] == "SCORED"
    assert cycles[-1]["score"]["strain"] > 0
    for cycle in cycles:
        sleep = account.main_sleep(cycle["id"])
        assert sleep is not None
        assert sleep["start"] == cycle["start"]


def test_naps_share_the_cycle_and_have_no_recovery(account: life.Account) -> None:
    """A nap has a score and its cycle's id; recoveries are those of main sleeps alone."""
    sleeps = {raw["id"]: raw for raw in account.all("sleeps")}
    naps = [raw for raw in sleeps.values() if raw["nap"]]
    mains = {raw["cycle_id"] for raw in sleeps.values() if not raw["nap"]}
    assert len(naps) > 20
    assert all(raw["cycle_id"] in mains for raw in naps)
    assert all(not sleeps[raw["sleep_id"]]["nap"] for raw in account.all("recoveries"))


def test_stages_add_up(account: life.Account) -> None:
    """Awake, no data and the three stages fill the time in bed exactly."""
    for raw in account.all("sleeps"):
        stages = (raw.get("score") or {}).get("stage_summary")
        if stages:
            parts = [stages[key] for key in STAGES if key.endswith("milli")]
            assert parts[0] == sum(parts[1:])


def test_quirks_are_met(account: life.Account) -> None:
    """Everything live accounts surprise with is there: states, nulls, fractions, offsets."""
    sleeps, workouts = account.all("sleeps"), account.all("workouts")
    recoveries, cycles = account.all("recoveries"), account.all("cycles")
    for records in (sleeps, recoveries, workouts, cycles):
        assert "UNSCORABLE" in {raw["score_state"] for raw in records}
        assert any(raw["updated_at"] > raw["created_at"] > raw.get("start", "") for raw in records)
    assert any("score" not in raw for raw in sleeps)
    assert any(raw.get("score", 1) is None and raw["score_state"] == "SCORED" for raw in workouts)
    scores = [raw["score"] for raw in workouts if raw.get("score")]
    assert min(one["percent_recorded"] for one in scores) <= 1
    assert max(one["percent_recorded"] for one in scores) > 90
    assert any(one["distance_meter"] is None for one in scores)
    assert any(raw["sport_id"] is None for raw in workouts)
    assert any(raw["v1_id"] is None for raw in sleeps)
    assert any((raw.get("score") or {"spo2_percentage": 1})["spo2_percentage"] is None
               for raw in recoveries)  # fmt: skip
    offsets = {raw["timezone_offset"] for raw in cycles}
    assert {"-05:00", "-04:00", "+05:30"} <= offsets
    lengths = [length(raw) for raw in cycles if raw["end"]]
    assert max(lengths) > 40  # the strap left at home
    assert len({raw["sport_name"] for raw in workouts}) == 9


def test_same_seed_same_life() -> None:
    """The seed and the present decide everything; another seed is another person."""
    one, two = (life.make(5, 60, UNTIL) for _ in range(2))
    other = life.make(6, 60, UNTIL)
    assert all(one.all(resource) == two.all(resource) for resource in RESOURCES)
    assert one.all("sleeps") != other.all("sleeps")


def test_time_passed_is_time_lived() -> None:
    """An account that lived four more days is the one made four days later."""
    lived = life.make(5, 60, UNTIL)
    for _ in range(96):
        lived.pass_time(hours=1)
    made = life.make(5, 64, "2026-10-24T15:00:00.000Z")
    assert all(lived.all(resource) == made.all(resource) for resource in RESOURCES)


def test_no_days_is_an_empty_account() -> None:
    """An athlete who has not slept with the strap yet has no records."""
    account = life.make(days=0, until=UNTIL)
    assert all(account.all(resource) == [] for resource in RESOURCES)
    account.pass_time(days=2)
    assert account.all("sleeps")


def test_summer_time() -> None:
    """The home offset changes on the second Sunday of March and the first of November."""
    account = life.make(1, 400, UNTIL, travel=(), quirks=False)
    waking = {raw["end"][:10]: raw["timezone_offset"] for raw in account.all("sleeps")}
    assert (waking["2026-03-07"], waking["2026-03-08"]) == ("-05:00", "-04:00")
    assert (waking["2025-11-01"], waking["2025-11-02"]) == ("-04:00", "-05:00")


def test_truths_can_be_put_in() -> None:
    """An illness, a journey, a shift of HRV and an effect of strain are where they were put."""
    account = life.make(
        2,
        300,
        UNTIL,
        illness=(("2026-08-10", 5),),
        travel=(("2026-06-01", 7, "+05:30"),),
        hrv_shift=("2026-09-15", 0.4),
        strain_effect=-0.05,
        quirks=False,
    )
    nights = {}
    for raw in account.all("recoveries"):
        sleep = account.get("sleeps", raw["sleep_id"])
        assert sleep is not None
        nights[sleep["end"][:10]] = (raw["score"], sleep)
    assert len(nights) == 300
    pulse = {day: score["resting_heart_rate"] for day, (score, _) in nights.items()}
    ill = [f"2026-08-{day}" for day in range(10, 15)]
    assert mean(pulse[day] for day in ill) > mean(pulse.values()) + 4
    away = [day for day, (_, sleep) in nights.items() if sleep["timezone_offset"] == "+05:30"]
    assert len(away) == 7
    hrv = {day: score["hrv_rmssd_milli"] for day, (score, _) in nights.items()}
    after = mean(value for day, value in hrv.items() if day >= "2026-09-15")
    assert after > 1.3 * mean(value for day, value in hrv.items() if day < "2026-09-15")
    cycles = account.all("cycles")[::-1]
    strains = [raw["score"]["strain"] for raw in cycles[:-1]]
    scores = [raw["score"]["hrv_rmssd_milli"] for raw in account.all("recoveries")[::-1]]
    assert correlation(strains[:250], scores[1:251]) < -0.4


def test_a_week_has_a_rhythm(account: life.Account) -> None:
    """Weekends are trained more than Mondays, which are for rest."""
    weekdays = Counter(
        datetime.fromisoformat(raw["start"][:-1]).weekday() for raw in account.all("workouts")
    )
    assert weekdays[5] + weekdays[6] > 4 * weekdays[0]


def length(raw: dict[str, Any]) -> float:
    """An activity's hours."""
    start, end = (datetime.fromisoformat(raw[key][:-1]) for key in ("start", "end"))
    return (end - start).total_seconds() / 3600


def test_alcohol_lowers_the_next_morning_where_it_is_said_to() -> None:
    """The journal of the export names the days; without an effect an account is as it was."""
    plain, sober = (life.make(2, 120, UNTIL, **truths) for truths in ({}, {"alcohol_effect": 0.0}))
    assert all(plain.all(resource) == sober.all(resource) for resource in RESOURCES)
    drinker = life.make(2, 120, UNTIL, alcohol_effect=-0.3, quirks=False)
    same = life.make(2, 120, UNTIL, quirks=False)
    starts = {raw["id"]: raw["start"] for raw in drinker.all("cycles")}
    lower = 0
    for one, other in zip(drinker.all("recoveries"), same.all("recoveries"), strict=True):
        ratio = one["score"]["hrv_rmssd_milli"] / other["score"]["hrv_rmssd_milli"]
        drank = diary.drank(starts[one["cycle_id"]])
        assert ratio == pytest.approx(math.exp(-0.3) if drank else 1, rel=1e-4)
        lower += drank
    answered = [diary.answers(start)[0].yes for start in starts.values() if diary.answers(start)]
    assert 15 < lower < 50 and 0 < sum(answered) <= lower and len(answered) < 120
