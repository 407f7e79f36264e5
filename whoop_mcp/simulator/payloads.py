"""Make WHOOP's JSON as live accounts show it: every field, null and quirk of the four collections.

Moments are milliseconds since 1970 here, because bounds are equal to the millisecond.
"""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

Raw = dict[str, Any]

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1)  # naive both ways: half the cost, which ten years feel
_STEPS_SINCE = "2026-09-01"


class Sport(NamedTuple):
    """Describe a sport as WHOOP names it; `speed` in metres a minute, None indoors."""

    id: int
    minutes: int
    intensity: float
    speed: int | None


SPORTS = {
    "running": Sport(0, 45, 0.72, 165),
    "cycling": Sport(1, 75, 0.60, 420),
    "weightlifting": Sport(45, 55, 0.42, None),
    "functional-fitness": Sport(48, 45, 0.62, None),
    "yoga": Sport(44, 50, 0.20, None),
    "swimming": Sport(33, 40, 0.58, 45),
    "hiking-rucking": Sport(52, 130, 0.45, 70),
    "walking": Sport(63, 40, 0.25, 85),
    "meditation": Sport(70, 12, 0.02, None),
}


def spell(moment: int) -> str:
    """Spell a moment, `2026-04-20T06:30:00.000Z`."""
    return (_EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds") + "Z"


def milli(instant: str) -> int:
    """Read the moment of a canonical text."""
    return (datetime.fromisoformat(instant[:-1]) - _EPOCH) // timedelta(milliseconds=1)


def new_id(rng: Random) -> str:
    """Make a UUID such as names a sleep or a workout."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def clamp(value: float, low: float, high: float) -> float:
    """Find the nearest value that is not outside the two bounds."""
    return max(low, min(high, value))


def cycle(id: int, start: int, zone: str, made: int, score: Raw, rng: Random) -> Raw:
    """Make a cycle that has just begun: open, and already scored."""
    began = spell(start)
    counted = began >= _STEPS_SINCE and rng.random() < 0.9
    return {
        "id": id,
        "created_at": spell(made),
        "updated_at": spell(made),
        "start": began,
        "end": None,
        "timezone_offset": zone,
        "score_state": "SCORED",
        "score": score,
        "step_count": round(clamp(rng.gauss(8200, 2600), 300, 30000)) if counted else None,
    }


def cycle_score(strain: float, share: float, peak: int) -> Raw:
    """Make the score of a day's load when `share` (0–1) of the day has gone by."""
    return {
        "strain": round(strain * share**0.6, 7),
        "kilojoule": round((5600 + 420 * strain) * share, 4),
        "average_heart_rate": round(58 + 1.1 * strain),
        "max_heart_rate": round(96 + (peak - 96) * share**0.3),
    }


def sleep(
    rng: Random,
    cycle_id: int,
    start: int,
    end: int,
    zone: str,
    made: int,
    *,
    nap: bool = False,
    need: Raw,
    respiratory_rate: float,
) -> Raw:
    """Make a scored sleep or nap; the stages add up to the time in bed."""
    in_bed = end - start
    awake = round(in_bed * clamp(rng.gauss(0.08, 0.025), 0.015, 0.2))
    no_data = rng.randrange(MINUTE, 9 * MINUTE) if rng.random() < 0.03 else 0
    deep = round(in_bed * clamp(rng.gauss(0.19, 0.025), 0.08, 0.3))
    rem = round(in_bed * clamp(rng.gauss(0.22, 0.03), 0.08, 0.32))
    raw: Raw = {
        "id": new_id(rng),
        "cycle_id": cycle_id,
        "v1_id": rng.randrange(10**8, 10**9) if rng.random() < 0.5 else None,
        "created_at": spell(made),
        "updated_at": spell(made),
        "start": spell(start),
        "end": spell(end),
        "timezone_offset": zone,
        "nap": nap,
        "score_state": "SCORED",
        "score": {
            "stage_summary": {
                "total_in_bed_time_milli": in_bed,
                "total_awake_time_milli": awake,
                "total_no_data_time_milli": no_data,
                "total_light_sleep_time_milli": in_bed - awake - no_data - deep - rem,
                "total_slow_wave_sleep_time_milli": deep,
                "total_rem_sleep_time_milli": rem,
                "sleep_cycle_count": max(0, round(in_bed / (97 * MINUTE))),
                "disturbance_count": max(0, round(rng.gauss(in_bed / HOUR * 1.3, 2.5))),
            },
            "sleep_needed": need,
            "respiratory_rate": round(respiratory_rate, 6),
            "sleep_performance_percentage": 0.0,
            "sleep_consistency_percentage": round(clamp(rng.gauss(76, 9), 20, 100)),
            "sleep_efficiency_percentage": 0.0,
        },
    }
    return resized(raw, start, end)


def resized(raw: Raw, start: int, end: int) -> Raw:
    """Make the same sleep within other bounds; light sleep takes up the difference."""
    moved = {**raw, "start": spell(start), "end": spell(end)}
    if not raw.get("score"):
        return moved
    stages = dict(raw["score"]["stage_summary"])
    change = end - start - stages["total_in_bed_time_milli"]
    stages["total_in_bed_time_milli"] += change
    stages["total_light_sleep_time_milli"] += change
    asleep = (
        stages["total_in_bed_time_milli"]
        - stages["total_awake_time_milli"]
        - stages["total_no_data_time_milli"]
    )
    needed = max(sum(raw["score"]["sleep_needed"].values()), HOUR)
    moved["score"] = {
        **raw["score"],
        "stage_summary": stages,
        "sleep_performance_percentage": float(min(100, round(100 * asleep / needed))),
        "sleep_efficiency_percentage": round(100 * asleep / (end - start), 6),
    }
    return moved


def recovery(raw_sleep: Raw, score: Raw) -> Raw:
    """Make a sleep's recovery: no id, time or zone of its own."""
    return {
        "cycle_id": raw_sleep["cycle_id"],
        "sleep_id": raw_sleep["id"],
        "created_at": raw_sleep["created_at"],
        "updated_at": raw_sleep["updated_at"],
        "score_state": "SCORED",
        "score": score,
    }


def recalculated(raw: Raw) -> Raw:
    """Make a recovery as it is after its sleep has changed."""
    if not raw.get("score"):
        return raw
    score = raw["score"]
    return {**raw, "score": {**score, "recovery_score": (score["recovery_score"] + 6) % 100}}


def workout(rng: Random, start: int, minutes: float, sport: str, zone: str, made: int) -> Raw:
    """Make a scored workout; a breathing session is `SCORED` with no score at all."""
    kind = SPORTS[sport]
    end = start + round(minutes * MINUTE)
    return {
        "id": new_id(rng),
        "v1_id": rng.randrange(10**8, 10**9) if rng.random() < 0.5 else None,
        "created_at": spell(made),
        "updated_at": spell(made),
        "start": spell(start),
        "end": spell(end),
        "timezone_offset": zone,
        "sport_name": sport,
        "sport_id": kind.id if rng.random() < 0.7 else None,
        "score_state": "SCORED",
        "score": None if sport == "meditation" else _workout_score(rng, kind, minutes),
    }


def _workout_score(rng: Random, kind: Sport, minutes: float) -> Raw:
    effort = clamp(kind.intensity + rng.gauss(0, 0.06), 0.05, 0.95)
    average = round(80 + 95 * effort)
    recorded = 1.0 if rng.random() < 0.6 else round(rng.uniform(0.9, 1), 4)
    weights = [math.exp(-((effort * 5.5 - zone) ** 2) / 1.6) for zone in range(6)]
    scale = minutes * MINUTE * recorded / sum(weights)
    names = ("zero", "one", "two", "three", "four", "five")
    away = kind.speed and kind.speed * minutes * rng.uniform(0.85, 1.1)
    climb = away and away * rng.uniform(0, 0.02)
    return {
        "strain": round(21 * (1 - math.exp(-minutes * effort**1.5 / 45)), 7),
        "average_heart_rate": average,
        "max_heart_rate": min(199, average + rng.randint(10, 36)),
        "kilojoule": round(minutes * (12 + 40 * effort), 4),
        # Documented as 0–100 and sent as a fraction: both are met.
        "percent_recorded": recorded if rng.random() < 0.5 else recorded * 100,
        "distance_meter": round(away, 3) if away else None,
        "altitude_gain_meter": round(climb, 3) if climb else None,
        "altitude_change_meter": round(climb * rng.uniform(-1, 1), 3) if climb else None,
        "zone_durations": {
            f"zone_{name}_milli": round(weight * scale)
            for name, weight in zip(names, weights, strict=True)
        },
    }
