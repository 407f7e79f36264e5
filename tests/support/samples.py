"""Synthetic records as WHOOP would send them, and a cache on a real disk to put them in."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import Resource

PROPERTY = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
"""Hypothesis settings: however slow the machine is, and with nothing left behind."""

NOW = "2026-10-20T12:00:00.000Z"
USER = 10129
NIGHT = "00000000-0000-4000-8000-0000000000ab"
NAP = "00000000-0000-4000-8000-000000000002"
RUN = "00000000-0000-4000-8000-00000000000a"


def uuid(number: int) -> str:
    """An id of a sleep or a workout."""
    return f"00000000-0000-4000-8000-{number:012x}"


def cycle(id: int = 1, **changed: Any) -> dict[str, Any]:
    """A scored cycle of 19 October in Toronto."""
    return {
        "id": id,
        "user_id": USER,
        "created_at": "2026-10-19T11:00:00.000Z",
        "updated_at": "2026-10-20T05:00:00.000Z",
        "start": "2026-10-19T03:30:00.000Z",
        "end": "2026-10-20T03:40:00.000Z",
        "timezone_offset": "-04:00",
        "score_state": "SCORED",
        "score": {
            "strain": 11.25,
            "kilojoule": 8368.0,
            "average_heart_rate": 71,
            "max_heart_rate": 164,
        },
        "step_count": 9000,
        **changed,
    }


def sleep(id: str = NIGHT, **changed: Any) -> dict[str, Any]:
    """A scored night of eight hours, the first of cycle 1."""
    return {
        "id": id,
        "cycle_id": 1,
        "v1_id": None,
        "user_id": USER,
        "created_at": "2026-10-19T11:45:00.000Z",
        "updated_at": "2026-10-19T12:00:00.000Z",
        "start": "2026-10-19T03:30:00.000Z",
        "end": "2026-10-19T11:30:00.000Z",
        "timezone_offset": "-04:00",
        "nap": False,
        "score_state": "SCORED",
        "score": {
            "stage_summary": {
                "total_in_bed_time_milli": 28_800_000,
                "total_awake_time_milli": 1_800_049,
                "total_no_data_time_milli": 0,
                "total_light_sleep_time_milli": 14_400_000,
                "total_slow_wave_sleep_time_milli": 5_400_000,
                "total_rem_sleep_time_milli": 7_199_951,
                "sleep_cycle_count": 5,
                "disturbance_count": 9,
            },
            "sleep_needed": {
                "baseline_milli": 27_000_000,
                "need_from_sleep_debt_milli": 1_800_000,
                "need_from_recent_strain_milli": 600_000,
                "need_from_recent_nap_milli": -1_200_000,
            },
            "respiratory_rate": 15.5,
            "sleep_performance_percentage": 91.0,
            "sleep_consistency_percentage": 80.0,
            "sleep_efficiency_percentage": 93.75,
        },
        **changed,
    }


def recovery(cycle_id: int = 1, **changed: Any) -> dict[str, Any]:
    """The scored recovery of that night."""
    return {
        "cycle_id": cycle_id,
        "sleep_id": NIGHT,
        "user_id": USER,
        "created_at": "2026-10-19T11:46:00.000Z",
        "updated_at": "2026-10-19T12:01:00.000Z",
        "score_state": "SCORED",
        "score": {
            "user_calibrating": False,
            "recovery_score": 66.0,
            "resting_heart_rate": 52.0,
            "hrv_rmssd_milli": 61.5,
            "spo2_percentage": 96.5,
            "skin_temp_celsius": 33.25,
        },
        **changed,
    }


def workout(id: str = RUN, **changed: Any) -> dict[str, Any]:
    """A scored run of an hour."""
    return {
        "id": id,
        "v1_id": 17,
        "user_id": USER,
        "created_at": "2026-10-19T22:10:00.000Z",
        "updated_at": "2026-10-19T22:20:00.000Z",
        "start": "2026-10-19T21:00:00.000Z",
        "end": "2026-10-19T22:00:00.000Z",
        "timezone_offset": "-04:00",
        "sport_name": "running",
        "sport_id": 0,
        "score_state": "SCORED",
        "score": {
            "strain": 9.5,
            "average_heart_rate": 142,
            "max_heart_rate": 171,
            "kilojoule": 2092.0,
            "percent_recorded": 1.0,
            "distance_meter": 10012.5,
            "altitude_gain_meter": 55.0,
            "altitude_change_meter": -3.5,
            "zone_durations": {
                "zone_zero_milli": 60_000,
                "zone_one_milli": 300_000,
                "zone_two_milli": 1_200_000,
                "zone_three_milli": 1_500_000,
                "zone_four_milli": 480_000,
                "zone_five_milli": 60_040,
            },
        },
        **changed,
    }


def profile(**changed: Any) -> dict[str, Any]:
    """A profile."""
    return {
        "user_id": USER,
        "email": "athlete@example.com",
        "first_name": "Demo",
        "last_name": "Athlete",
        **changed,
    }


class KnownLogin:
    """A login that says it is this user's; `learned` holds what it was told."""

    def __init__(self, known: int | None = None) -> None:
        self.known = known
        self.learned: list[int] = []

    def user(self) -> int | None:
        return self.known

    def learn(self, user: int) -> None:
        self.learned.append(user)


def private(path: Path, content: bytes) -> None:
    """Write a file that is its owner's alone, such as a cache's that another test has filled."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)


class Shelf:
    """A cache whose clock stands where the test puts it."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.path = path
        self.cache = Cache(path, clock=lambda: self.now)

    def save(
        self,
        resource: Resource,
        *raws: dict[str, Any],
        at: str | None = None,
        gone: Sequence[str] = (),
        window: Window | None = None,
        by_id: bool = False,
    ) -> dict[str, int]:
        """Store one finding, asked for `at` (now); answers the counts of its resource."""
        found = Findings(resource, at or self.now, raws, gone, window, by_id=by_id)
        counts, _ = self.cache.save(found)
        return dict(counts.get(resource.name, {}))

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read in the file what any other program would."""
        connection = sqlite3.connect(self.path)
        try:
            rows = connection.execute(statement, values).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()

    def log(self) -> list[tuple[str, str, str]]:
        """The change log as (resource, id, change)."""
        return self.sql("SELECT resource, id, change FROM change_log ORDER BY position")
