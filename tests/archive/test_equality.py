"""An export beside the API: the same account gives the same records, to the export's precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.simulator.export_words import LANGUAGES
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource

from ..support import exports_of_whoop, lookups
from ..support.mirrored_accounts import mirrored_account

LACKING = {
    "cycles": {"step_count"},
    "recoveries": {"user_calibrating"},
    "sleeps": {"no_data_seconds", "sleep_cycle_count", "disturbance_count"},
    "workouts": {"percent_recorded", "sport_id"},
}
DISTANCES = {"distance_meter", "altitude_gain_meter", "altitude_change_meter"}
DIGITS = {"strain": 1, "respiratory_rate": 1, "spo2_pct": 2, "skin_temp_c": 2}
IDS = {"id", "cycle_id", "sleep_id", "source", "score_state"}
WHOLE = {
    "hrv_rmssd_ms",
    "recovery_score",
    "resting_heart_rate_bpm",
    "sleep_performance_pct",
    "sleep_consistency_pct",
    "sleep_efficiency_pct",
    "avg_hr_bpm",
    "max_hr_bpm",
}


def zone_at(cycles: list[dict[str, Any]], instant: str) -> str:
    """The offset of the cycle in which something began; the cycles are in order."""
    return str([one for one in cycles if one["start"][:19] <= instant[:19]][-1]["timezone_offset"])


def local(instant: str | None, zone: str) -> str | None:
    return None if instant is None else times.local(instant[:19] + ".000Z", zone)


def expected(
    cycles: dict[str, dict[str, Any]], resource: Resource, flat: dict[str, Any]
) -> dict[str, Any]:
    """A flat record as an export of the same account tells it, without its ids."""
    found: dict[str, Any] = {}
    own = cycles.get(str(flat.get("cycle_id")))  # a sleep is in its cycle's row, wherever it began
    zone = str(own["timezone_offset"]) if own else zone_at([*cycles.values()], flat["start"])
    zone = "+00:00" if zone == "Z" else zone
    for name, value in flat.items():
        if name in IDS:
            continue
        if name in ("start", "end"):
            found[name] = value and value[:19] + ".000Z"
        elif name in ("start_local", "end_local"):
            found[name] = local(flat[name[:-6]], zone)
        elif name == "timezone_offset":
            found[name] = zone
        elif name in LACKING[resource.name] or value is None:
            found[name] = None
        elif name in DIGITS:
            found[name] = round(value, DIGITS[name])
        elif name in WHOLE:
            found[name] = round(value)
        elif name == "sleep_needed_seconds":
            near = pytest.approx
            found[name] = {
                **dict.fromkeys(value),
                "from_debt": near(value["from_debt"], abs=30.1),
                "total": near(value["total"], abs=30.1),
            }
        elif name == "zone_durations_seconds":
            length = times.seconds(flat["start"], flat["end"])
            found[name] = {
                part: None if part == "zone_zero" else pytest.approx(lasting, abs=length / 100)
                for part, lasting in value.items()
            }
        elif name.endswith("_seconds"):
            found[name] = pytest.approx(value, abs=30.1)
        else:
            found[name] = value
    return found


LONG = 400
"""Days in which there is everything."""


def open_cycle(flat: dict[str, Any]) -> dict[str, Any]:
    """Of a cycle that runs an export has no scores."""
    scores = dict.fromkeys(("strain", "avg_hr_bpm", "max_hr_bpm", "calories"))
    return {**flat, **scores}


@pytest.mark.parametrize(
    ("language", "seed", "columns", "days"),
    [
        pytest.param(
            *(name, seed, 17 + 3 * (seed % 2), days),
            marks=[pytest.mark.slow] if days == LONG and seed > 1 else [],
        )
        for seed, name in enumerate(LANGUAGES, 1)
        for days in ((LONG,) if seed == 1 else (60, LONG))
    ],
)
def test_an_import_equals_what_the_api_shows(
    tmp_path: Path, language: str, seed: int, columns: int, days: int
) -> None:
    """Over a life with travel, summer time, naps and gaps each record of an export is the API's,
    field by field, in every language and with either number of columns."""
    with mirrored_account(tmp_path, days=days, seed=seed) as one:
        place = exports_of_whoop.save(one.account, tmp_path, language, columns=columns)
        cache = Cache(tmp_path / "other" / "whoop.db", clock=one.now)
        answer = take_in(cache, str(place))
        assert "warnings" not in answer
        in_order = sorted(one.truth(CYCLES).items(), key=lambda known: known[1]["start"])
        cycles = dict(in_order)
        for resource in COLLECTIONS:
            told = {flat["start"][:19]: flat for flat in lookups.stream(cache, resource)}
            truth = {flat["start"][:19]: flat for flat in one.truth(resource).values()}
            if resource is RECOVERIES:  # without a score an export has nothing of it
                truth = {key: flat for key, flat in truth.items() if flat["recovery_score"]}
            assert told.keys() == truth.keys()
            assert len(told) == answer["kinds"][resource.name]["new"]
            for key, flat in truth.items():
                wanted = expected(cycles, resource, flat)
                if resource is CYCLES and flat["end"] is None:
                    wanted = open_cycle(wanted)
                if resource is WORKOUTS and columns == 17:
                    wanted |= dict.fromkeys(DISTANCES)
                shown = {name: value for name, value in told[key].items() if name not in IDS}
                shown = {**dict.fromkeys(wanted), **shown}
                assert told[key]["source"] == "export"
                assert shown == wanted, (resource.name, key)


def test_sleeps_and_recoveries_hang_on_the_cycles_of_the_export(tmp_path: Path) -> None:
    """The ids of an export's records are made of their starts, and tie its nights together."""
    with mirrored_account(tmp_path, days=60) as one:
        cache = Cache(tmp_path / "other" / "whoop.db", clock=one.now)
        take_in(cache, str(exports_of_whoop.save(one.account, tmp_path)))
        cycles = {flat["id"]: flat for flat in lookups.stream(cache, CYCLES)}
        for flat in cycles.values():
            assert flat["id"] == -int(times.seconds("1970-01-01T00:00:00.000Z", flat["start"]))
        sleeps = {flat["id"]: flat for flat in lookups.stream(cache, SLEEPS)}
        assert all(flat["cycle_id"] in cycles for flat in sleeps.values())
        for flat in lookups.stream(cache, RECOVERIES):
            assert sleeps[flat["sleep_id"]]["cycle_id"] == flat["cycle_id"]
            assert sleeps[flat["sleep_id"]]["start"] == flat["start"]
