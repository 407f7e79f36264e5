"""Define the six flat records, and read each off WHOOP's JSON.

Milliseconds become seconds with one decimal, kilojoules become kcal, the `score` wrapper is
lifted. Null stays null. `start` and `end` are UTC; `start_local` and `end_local` are the same
instants on the wearer's clock. `source` is `export` where the record is known from WHOOP's data
export, and else left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from . import bounds, fields, sport_names
from .fields import Raw


@dataclass(frozen=True)
class Cycle:
    """A physiological day, from one sleep onset to the next; the running one has no `end`."""

    id: int
    start: str
    end: str | None
    start_local: str | None
    end_local: str | None
    timezone_offset: str | None
    score_state: str | None
    strain: float | None
    avg_hr_bpm: float | None
    max_hr_bpm: float | None
    calories: int | None
    step_count: float | None
    source: str | None = None

    seldom: ClassVar[frozenset[str]] = frozenset({"source"})

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> Cycle:
        """Read a `Cycle` of WHOOP\'s v2 API."""
        score = _score(raw)
        key = fields.cycle_id(raw, "id")
        interval = fields.interval(raw)
        score_state = fields.label(raw, "score_state")
        strain, avg_hr, max_hr, kilojoules = fields.numbers(score, bounds.CYCLE)
        return _made(
            cls,
            {
                "id": key,
                **interval,
                "score_state": score_state,
                "strain": strain,
                "avg_hr_bpm": avg_hr,
                "max_hr_bpm": max_hr,
                "calories": fields.calories(kilojoules),
                "step_count": fields.number(raw, "step_count", bounds.COUNT),
            },
        )


@dataclass(frozen=True)
class Recovery:
    """The body's readiness after a sleep; its window is that sleep's."""

    cycle_id: int
    sleep_id: str | None
    score_state: str | None
    recovery_score: float | None
    resting_heart_rate_bpm: float | None
    hrv_rmssd_ms: float | None
    spo2_pct: float | None
    skin_temp_c: float | None
    user_calibrating: bool | None
    start: str
    end: str | None
    start_local: str | None
    end_local: str | None
    timezone_offset: str | None
    source: str | None = None

    seldom: ClassVar[frozenset[str]] = frozenset({"source"})

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> Recovery:
        """Read a `Recovery` of WHOOP\'s v2 API; `parent` is its raw sleep, or else its cycle.

        With neither, all that is known of its time is when it was made, which has no offset.
        """
        score = _score(raw)
        if parent is None:
            made = fields.required_instant(raw, "created_at")
            interval = fields.spelled(made, made, "Z")
        else:
            interval = fields.interval(parent)
        cycle_id = fields.cycle_id(raw, "cycle_id")
        sleep_id = fields.uuid(raw, "sleep_id") if raw.get("sleep_id") is not None else None
        score_state = fields.label(raw, "score_state")
        recovery, resting_hr, hrv, spo2, skin_temp = fields.numbers(score, bounds.RECOVERY)
        return _made(
            cls,
            {
                "cycle_id": cycle_id,
                "sleep_id": sleep_id,
                "score_state": score_state,
                "recovery_score": recovery,
                "resting_heart_rate_bpm": resting_hr,
                "hrv_rmssd_ms": hrv,
                "spo2_pct": spo2,
                "skin_temp_c": skin_temp,
                "user_calibrating": fields.flag(score, "user_calibrating"),
                **interval,
            },
        )


@dataclass(frozen=True)
class Sleep:
    """A sleep or a nap. `asleep_seconds` is light + REM + deep, never time in bed."""

    id: str
    cycle_id: int | None
    start: str
    end: str | None
    start_local: str | None
    end_local: str | None
    timezone_offset: str | None
    nap: bool | None
    score_state: str | None
    sleep_performance_pct: float | None
    sleep_consistency_pct: float | None
    sleep_efficiency_pct: float | None
    respiratory_rate: float | None
    in_bed_seconds: float | None
    asleep_seconds: float | None
    light_sleep_seconds: float | None
    rem_sleep_seconds: float | None
    deep_sleep_seconds: float | None
    awake_seconds: float | None
    no_data_seconds: float | None
    sleep_cycle_count: float | None
    disturbance_count: float | None
    sleep_needed_seconds: dict[str, float | None] | None
    source: str | None = None

    parts: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "sleep_needed_seconds": ("baseline", "from_debt", "from_strain", "from_nap", "total")
    }
    seldom: ClassVar[frozenset[str]] = frozenset({"source"})

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> Sleep:
        """Read a `Sleep` of WHOOP\'s v2 API."""
        score = _score(raw)
        stages = fields.nested(score, "stage_summary")
        in_bed, light, rem, deep, awake = fields.numbers(stages, bounds.STAGES)
        key = fields.uuid(raw, "id")
        cycle_id = fields.cycle_id(raw, "cycle_id") if raw.get("cycle_id") is not None else None
        interval = fields.interval(raw)
        nap, score_state = fields.flag(raw, "nap"), fields.label(raw, "score_state")
        performance, consistency, efficiency, breaths = fields.numbers(score, bounds.SLEEP)
        no_data, sleep_cycles, disturbances = fields.numbers(stages, bounds.NIGHT)
        return _made(
            cls,
            {
                "id": key,
                "cycle_id": cycle_id,
                **interval,
                "nap": nap,
                "score_state": score_state,
                "sleep_performance_pct": performance,
                "sleep_consistency_pct": consistency,
                "sleep_efficiency_pct": efficiency,
                "respiratory_rate": breaths,
                "in_bed_seconds": fields.seconds(in_bed),
                "asleep_seconds": fields.seconds(fields.total(light, rem, deep)),
                "light_sleep_seconds": fields.seconds(light),
                "rem_sleep_seconds": fields.seconds(rem),
                "deep_sleep_seconds": fields.seconds(deep),
                "awake_seconds": fields.seconds(awake),
                "no_data_seconds": fields.seconds(no_data),
                "sleep_cycle_count": sleep_cycles,
                "disturbance_count": disturbances,
                "sleep_needed_seconds": _needed(fields.nested(score, "sleep_needed")),
            },
        )


@dataclass(frozen=True)
class Workout:
    """An activity. `percent_recorded` is 0–100, however WHOOP sent it; `sport_id` is known only
    where it is all that tells the sport."""

    id: str
    start: str
    end: str | None
    start_local: str | None
    end_local: str | None
    timezone_offset: str | None
    sport_name: str | None
    sport_id: int | None
    score_state: str | None
    strain: float | None
    avg_hr_bpm: float | None
    max_hr_bpm: float | None
    calories: int | None
    distance_meter: float | None
    altitude_gain_meter: float | None
    altitude_change_meter: float | None
    percent_recorded: float | None
    zone_durations_seconds: dict[str, float | None] | None
    source: str | None = None

    parts: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "zone_durations_seconds": (
            "zone_zero",
            "zone_one",
            "zone_two",
            "zone_three",
            "zone_four",
            "zone_five",
        )
    }
    seldom: ClassVar[frozenset[str]] = frozenset({"sport_id", "source"})

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> Workout:
        """Read a `Workout` of WHOOP\'s v2 API."""
        score = _score(raw)
        sport_name, sport_id = sport_names.sport(raw)
        key = fields.uuid(raw, "id")
        interval = fields.interval(raw)
        score_state = fields.label(raw, "score_state")
        strain, avg_hr, max_hr, kilojoules, distance, gain, change, recorded = fields.numbers(
            score, bounds.WORKOUT
        )
        return _made(
            cls,
            {
                "id": key,
                **interval,
                "sport_name": sport_name,
                "sport_id": sport_id,
                "score_state": score_state,
                "strain": strain,
                "avg_hr_bpm": avg_hr,
                "max_hr_bpm": max_hr,
                "calories": fields.calories(kilojoules),
                "distance_meter": distance,
                "altitude_gain_meter": gain,
                "altitude_change_meter": change,
                "percent_recorded": fields.percent(recorded),
                "zone_durations_seconds": _zones(fields.nested(score, "zone_durations")),
            },
        )


@dataclass(frozen=True)
class Profile:
    """The account's owner."""

    email: str | None
    first_name: str | None
    last_name: str | None

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> Profile:
        """Read a `UserBasicProfile` of WHOOP\'s v2 API."""
        return _made(
            cls,
            {
                "email": fields.label(raw, "email"),
                "first_name": fields.label(raw, "first_name"),
                "last_name": fields.label(raw, "last_name"),
            },
        )


@dataclass(frozen=True)
class BodyMeasurement:
    """The body's present size and the highest heart rate WHOOP reckons with."""

    height_meter: float | None
    weight_kilogram: float | None
    max_hr_bpm: float | None

    @classmethod
    def from_api(cls, raw: Raw, parent: Raw | None = None) -> BodyMeasurement:
        """Read a `UserBodyMeasurement` of WHOOP\'s v2 API."""
        return _made(
            cls,
            {
                "height_meter": fields.number(raw, "height_meter", bounds.HEIGHT),
                "weight_kilogram": fields.number(raw, "weight_kilogram", bounds.WEIGHT),
                "max_hr_bpm": fields.number(raw, "max_heart_rate", bounds.HEART_RATE),
            },
        )


Record = Cycle | Recovery | Sleep | Workout | Profile | BodyMeasurement
R = TypeVar("R", bound=Record)

_FIELDS: dict[type[Any], dict[str, None]] = {
    # Without the source, of which the class has the default: almost all records have none.
    record: dict.fromkeys(
        field.name for field in dataclasses.fields(record) if field.name != "source"
    )
    for record in (Cycle, Recovery, Sleep, Workout, Profile, BodyMeasurement)
}


def flat(record: Record) -> dict[str, Any]:
    """Make the dictionary that users see, its fields in their documented order.

    A field that is there but seldom is left out where it is null.
    """
    found = dict(vars(record))
    for name in getattr(record, "seldom", ()):
        if found.get(name) is None:
            found.pop(name, None)
    return found


def from_flat(record: type[R], found: Mapping[str, Any]) -> R:
    """Make a record again of the dictionary that `flat` made of it.

    A field that it has not, as where another program version made it, is null; one that is not
    known here is left out.
    """
    names = _FIELDS[record]
    if found.keys() != names.keys():
        source = {"source": found["source"]} if found.get("source") else {}
        found = {**{name: found.get(name) for name in names}, **source}
    return _made(record, {**found})


# ── what the records share ──


def _made(record: type[R], values: dict[str, Any]) -> R:
    """Make a record of all its fields, in their order, but for the source; it keeps the dictionary.

    A frozen dataclass's own constructor takes six times as long, and ten years are 15,000.
    """
    one = object.__new__(record)
    object.__setattr__(one, "__dict__", values)
    return one


def _score(raw: Raw) -> Raw:
    """Read the scores; none, so that every score field is null, unless it is `SCORED`."""
    score = fields.nested(raw, "score")
    return score if raw.get("score_state") == "SCORED" else {}


def _needed(needed: Raw) -> dict[str, float | None] | None:
    if not needed:
        return None
    parts = fields.numbers(needed, bounds.NEED)
    names = Sleep.parts["sleep_needed_seconds"]
    return dict(zip(names, map(fields.seconds, [*parts, fields.total(*parts)]), strict=True))


def _zones(zones: Raw) -> dict[str, float | None] | None:
    if not zones:
        return None
    names = Workout.parts["zone_durations_seconds"]
    return dict(zip(names, map(fields.seconds, fields.numbers(zones, bounds.ZONES)), strict=True))


# ── flat records as rows ──

Batch = list[str]
"""Flat records as their JSON texts, the fields in their order."""

Write = Callable[[Batch], None]


def kinds(record: type[Record]) -> dict[str, str]:
    """List each field's type, but for null: `int`, `float`, `bool`, `str` or a dictionary's."""
    return {field.name: str(field.type).split(" |")[0] for field in dataclasses.fields(record)}


def parts(record: type[Record]) -> Mapping[str, tuple[str, ...]]:
    """List the parts of each nested field, in their order."""
    nested: Mapping[str, tuple[str, ...]] = getattr(record, "parts", {})
    return nested


API, EXPORT = "api", "export"
"""Where a record came from: WHOOP's API, or the data export that WHOOP mails."""


def row_defaults(record: type[Record]) -> dict[str, str | None]:
    """Give what a row says in the fields that a record has only where they are known."""
    names: frozenset[str] = getattr(record, "seldom", frozenset())
    return {name: API if name == "source" else None for name in names}
