"""Make records of an export's merged rows, of the same kinds as the API's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import times
from ..cache.archived import Archived
from ..whoop.records import EXPORT, Cycle, Recovery, Sleep, Workout
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from ..whoop.sport_names import SPORT_NAMES
from . import identity
from .cells import Clock
from .merging import MergedRows

_SLUGS = frozenset(SPORT_NAMES.values())
_RECOVERED = ("recovery", "resting_heart_rate", "hrv", "skin_temp", "blood_oxygen")
_STAGES = ("asleep", "in_bed", "light", "deep", "rem", "awake")
_SCORED = ("performance", "respiratory_rate", *_STAGES, "efficiency", "consistency")


def make_records(rows: MergedRows) -> dict[Resource, list[Archived]]:
    """Make all records that merged rows tell of, by resource."""
    records: dict[Resource, list[Archived]] = {
        CYCLES: [],
        RECOVERIES: [],
        SLEEPS: list(rows.call.over(_sleeps(rows))),
        WORKOUTS: list(rows.call.over(_workouts(rows))),
    }
    for start, row in rows.call.over(rows.cycles.items()):
        records[CYCLES].append(Archived(_cycle(rows.clock, start, row.values), row.cells))
        if any(row.values[name] is not None for name in _RECOVERED):
            records[RECOVERIES].append(
                Archived(_recovery(rows.clock, start, row.values), row.cells)
            )
    return records


def _sleeps(rows: MergedRows) -> Iterator[Archived]:
    for onset, row in rows.sleeps.items():
        night = rows.nights.get(onset)
        values = dict(row.values)
        if night is not None:
            for name in ("wake", *_SCORED, "need", "debt"):
                if values[name] is None:
                    values[name] = night.values[name]
        yield Archived(_sleep(rows, onset, values), row.cells)
    for onset, row in rows.nights.items():
        if onset not in rows.sleeps:
            yield Archived(_sleep(rows, onset, {**row.values, "nap": False}), row.cells)


def _sleep(rows: MergedRows, onset: str, values: Mapping[str, Any]) -> Sleep:
    start = values["start"]
    in_cycle = start in rows.cycles
    needed = None
    if values["need"] is not None or values["debt"] is not None:
        needed = dict.fromkeys(Sleep.parts["sleep_needed_seconds"])
        needed |= {"from_debt": _seconds(values["debt"]), "total": _seconds(values["need"])}
    scored = any(values[name] is not None for name in _SCORED)
    return Sleep(
        id=identity.uuid("sleep", onset),
        cycle_id=identity.of_cycle(start) if in_cycle else None,
        **rows.clock.when(onset, values["wake"], values["zone"]),
        nap=values["nap"],
        score_state="SCORED" if scored else None,
        sleep_performance_pct=values["performance"],
        sleep_consistency_pct=values["consistency"],
        sleep_efficiency_pct=values["efficiency"],
        respiratory_rate=values["respiratory_rate"],
        in_bed_seconds=_seconds(values["in_bed"]),
        asleep_seconds=_seconds(values["asleep"]),
        light_sleep_seconds=_seconds(values["light"]),
        rem_sleep_seconds=_seconds(values["rem"]),
        deep_sleep_seconds=_seconds(values["deep"]),
        awake_seconds=_seconds(values["awake"]),
        no_data_seconds=None,
        sleep_cycle_count=None,
        disturbance_count=None,
        sleep_needed_seconds=needed,
        source=EXPORT,
    )


def _workouts(rows: MergedRows) -> Iterator[Archived]:
    for (began, place), row in rows.workouts.items():
        yield Archived(_workout(rows, began, place, row.values), row.cells)


def _workout(rows: MergedRows, began: str, place: int, values: Mapping[str, Any]) -> Workout:
    ended = values["ended"]
    length = times.seconds(began, ended) if ended else None
    shares = [values[f"zone_{n}"] for n in range(1, 6)]
    zones: dict[str, float | None] | None = None
    if length is not None and any(share is not None for share in shares):
        lasting = [None if one is None else round(one / 100 * length, 1) for one in shares]
        zones = dict(zip(Workout.parts["zone_durations_seconds"], [None, *lasting], strict=True))
    measured = ("strain", "energy", "max_heart_rate", "average_heart_rate")
    return Workout(
        id=identity.uuid("workout", began, place),
        **rows.clock.when(began, ended, values["zone"]),
        sport_name=_sport(rows, values["activity"]),
        sport_id=None,
        score_state="SCORED" if any(values[one] is not None for one in measured) else None,
        strain=values["strain"],
        avg_hr_bpm=values["average_heart_rate"],
        max_hr_bpm=values["max_heart_rate"],
        calories=_whole(values["energy"]),
        distance_meter=values.get("distance"),
        altitude_gain_meter=values.get("gain"),
        altitude_change_meter=values.get("change"),
        percent_recorded=None,
        zone_durations_seconds=zones,
        source=EXPORT,
    )


def _sport(rows: MergedRows, name: str | None) -> str | None:
    """Spell a display name as the API does; one in another language stays as it is."""
    if name is None:
        return None
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    ours = slug in _SLUGS or (rows.english and name.isascii() and slug)
    return slug if ours else name[:256]


def _cycle(clock: Clock, start: str, values: Mapping[str, Any]) -> Cycle:
    measured = ("strain", "energy", "max_heart_rate", "average_heart_rate")
    return Cycle(
        id=identity.of_cycle(start),
        **clock.when(start, values["end"], values["zone"]),
        score_state="SCORED" if any(values[one] is not None for one in measured) else None,
        strain=values["strain"],
        avg_hr_bpm=values["average_heart_rate"],
        max_hr_bpm=values["max_heart_rate"],
        calories=_whole(values["energy"]),
        step_count=None,
        source=EXPORT,
    )


def _recovery(clock: Clock, start: str, values: Mapping[str, Any]) -> Recovery:
    onset = values["onset"]
    first, last = (onset, values["wake"]) if onset else (start, values["end"])
    return Recovery(
        cycle_id=identity.of_cycle(start),
        sleep_id=identity.uuid("sleep", onset) if onset else None,
        score_state="SCORED",
        recovery_score=values["recovery"],
        resting_heart_rate_bpm=values["resting_heart_rate"],
        hrv_rmssd_ms=values["hrv"],
        spo2_pct=values["blood_oxygen"],
        skin_temp_c=values["skin_temp"],
        user_calibrating=None,
        **clock.when(first, last, values["zone"]),
        source=EXPORT,
    )


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes * 60.0, 1)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
