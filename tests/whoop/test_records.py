"""The six flat records, field by field."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.whoop import fields, records
from whoop_mcp.whoop.fields import Absurd, Malformed
from whoop_mcp.whoop.resources import (
    BODY,
    COLLECTIONS,
    CYCLES,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

from ..support import samples
from ..support.samples import PROPERTY

MARKER = "73311"
STAMP = "2026-10-19T00:00:00.000Z"

WHEN = ["start", "end", "start_local", "end_local", "timezone_offset"]
FIELDS = {
    "cycles": ["id", *WHEN, "score_state", "strain", "avg_hr_bpm", "max_hr_bpm", "calories",
               "step_count"],
    "recoveries": ["cycle_id", "sleep_id", "score_state", "recovery_score",
                   "resting_heart_rate_bpm", "hrv_rmssd_ms", "spo2_pct", "skin_temp_c",
                   "user_calibrating", *WHEN],
    "sleeps": ["id", "cycle_id", *WHEN, "nap", "score_state", "sleep_performance_pct",
               "sleep_consistency_pct", "sleep_efficiency_pct", "respiratory_rate",
               "in_bed_seconds", "asleep_seconds", "light_sleep_seconds", "rem_sleep_seconds",
               "deep_sleep_seconds", "awake_seconds", "no_data_seconds", "sleep_cycle_count",
               "disturbance_count", "sleep_needed_seconds"],
    "workouts": ["id", *WHEN, "sport_name", "score_state", "strain", "avg_hr_bpm", "max_hr_bpm",
                 "calories", "distance_meter", "altitude_gain_meter", "altitude_change_meter",
                 "percent_recorded", "zone_durations_seconds"],
    "profile": ["email", "first_name", "last_name"],
    "body_measurement": ["height_meter", "weight_kilogram", "max_hr_bpm"],
}  # fmt: skip

SCORED: list[tuple[Resource, dict[str, Any], dict[str, Any]]] = [
    (
        CYCLES,
        samples.cycle(),
        {
            "id": 1,
            "start": "2026-10-19T03:30:00.000Z",
            "end": "2026-10-20T03:40:00.000Z",
            "start_local": "2026-10-18T23:30:00.000-04:00",
            "end_local": "2026-10-19T23:40:00.000-04:00",
            "timezone_offset": "-04:00",
            "score_state": "SCORED",
            "strain": 11.25,
            "avg_hr_bpm": 71,
            "max_hr_bpm": 164,
            "calories": 2000,
            "step_count": 9000,
        },
    ),
    (
        SLEEPS,
        samples.sleep(),
        {
            "id": samples.NIGHT,
            "cycle_id": 1,
            "start": "2026-10-19T03:30:00.000Z",
            "end": "2026-10-19T11:30:00.000Z",
            "start_local": "2026-10-18T23:30:00.000-04:00",
            "end_local": "2026-10-19T07:30:00.000-04:00",
            "timezone_offset": "-04:00",
            "nap": False,
            "score_state": "SCORED",
            "sleep_performance_pct": 91.0,
            "sleep_consistency_pct": 80.0,
            "sleep_efficiency_pct": 93.75,
            "respiratory_rate": 15.5,
            "in_bed_seconds": 28800.0,
            "asleep_seconds": 27000.0,
            "light_sleep_seconds": 14400.0,
            "rem_sleep_seconds": 7200.0,
            "deep_sleep_seconds": 5400.0,
            "awake_seconds": 1800.0,
            "no_data_seconds": 0.0,
            "sleep_cycle_count": 5,
            "disturbance_count": 9,
            "sleep_needed_seconds": {
                "baseline": 27000.0,
                "from_debt": 1800.0,
                "from_strain": 600.0,
                "from_nap": -1200.0,
                "total": 28200.0,
            },
        },
    ),
    (
        WORKOUTS,
        samples.workout(),
        {
            "id": samples.RUN,
            "start": "2026-10-19T21:00:00.000Z",
            "end": "2026-10-19T22:00:00.000Z",
            "start_local": "2026-10-19T17:00:00.000-04:00",
            "end_local": "2026-10-19T18:00:00.000-04:00",
            "timezone_offset": "-04:00",
            "sport_name": "running",
            "score_state": "SCORED",
            "strain": 9.5,
            "avg_hr_bpm": 142,
            "max_hr_bpm": 171,
            "calories": 500,
            "distance_meter": 10012.5,
            "altitude_gain_meter": 55.0,
            "altitude_change_meter": -3.5,
            "percent_recorded": 100.0,
            "zone_durations_seconds": {
                "zone_zero": 60.0,
                "zone_one": 300.0,
                "zone_two": 1200.0,
                "zone_three": 1500.0,
                "zone_four": 480.0,
                "zone_five": 60.0,
            },
        },
    ),
    (
        PROFILE,
        samples.profile(),
        {"email": "athlete@example.com", "first_name": "Demo", "last_name": "Athlete"},
    ),
    (
        BODY,
        {"height_meter": 1.75, "weight_kilogram": 71.4, "max_heart_rate": 191},
        {"height_meter": 1.75, "weight_kilogram": 71.4, "max_hr_bpm": 191},
    ),
]
RECOVERY = {
    "cycle_id": 1,
    "sleep_id": samples.NIGHT,
    "score_state": "SCORED",
    "recovery_score": 66.0,
    "resting_heart_rate_bpm": 52.0,
    "hrv_rmssd_ms": 61.5,
    "spo2_pct": 96.5,
    "skin_temp_c": 33.25,
    "user_calibrating": False,
}
MAKE: dict[str, Callable[..., dict[str, Any]]] = {
    "cycles": samples.cycle,
    "recoveries": samples.recovery,
    "sleeps": samples.sleep,
    "workouts": samples.workout,
}
SCORES = {
    name: FIELDS[name][FIELDS[name].index("score_state") + 1 :]
    for name in ("cycles", "sleeps", "workouts")
} | {"recoveries": FIELDS["recoveries"][3:9]}
UNSCORED = ("step_count", "sport_name")  # beside the score, whatever its state


BODY_RAW = {"height_meter": 1.75, "weight_kilogram": 71.4, "max_heart_rate": 191}
PROFILE_RAW = {name: value for name, value in samples.profile().items() if name != "user_id"}


def deep(levels: int) -> Any:
    """A list in a list, and so on."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def flat(resource: Resource, **changed: Any) -> dict[str, Any]:
    """A flat record of a sample with some of its fields changed."""
    return resource.flatten(MAKE[resource.name](**changed))


@pytest.mark.parametrize(("resource", "raw", "golden"), SCORED, ids=lambda one: str(one)[:20])
def test_a_scored_record(resource: Resource, raw: dict[str, Any], golden: dict[str, Any]) -> None:
    """Each record has exactly the documented fields, in their order, with the units named."""
    found = resource.flatten(raw)
    assert list(found.items()) == list(golden.items())
    assert list(found) == FIELDS[resource.name]


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_the_records_are_what_they_are_documented_to_be(resource: Resource) -> None:
    """The dataclass itself lists the documented fields in their order, and nothing else."""
    seldom = records.row_defaults(resource.record)
    names = [field.name for field in dataclasses.fields(resource.record)]
    assert [name for name in names if name not in seldom] == FIELDS[resource.name]


@pytest.mark.parametrize(
    ("parent", "start", "end", "zone"),
    [
        (samples.sleep(), "2026-10-19T03:30:00.000Z", "2026-10-19T11:30:00.000Z", "-04:00"),
        (samples.cycle(end=None), "2026-10-19T03:30:00.000Z", None, "-04:00"),
        (None, "2026-10-19T11:46:00.000Z", "2026-10-19T11:46:00.000Z", "Z"),
    ],
    ids=["its sleep's", "its cycle's", "when it was made"],
)
def test_a_recoverys_times(
    parent: dict[str, Any] | None, start: str, end: str | None, zone: str
) -> None:
    """A recovery has its parent's window; without one, that of its making, in UTC."""
    found = RECOVERIES.flatten(samples.recovery(), parent)
    assert list(found) == FIELDS["recoveries"]
    assert {name: found[name] for name in RECOVERY} == RECOVERY
    assert (found["start"], found["end"], found["timezone_offset"]) == (start, end, zone)
    assert found["start_local"][-6:] == ("+00:00" if zone == "Z" else zone)


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "changed",
    [
        {"score_state": "PENDING_SCORE", "score": None},
        {"score_state": "UNSCORABLE"},
        {"score_state": "SCORED", "score": None},
        {"score_state": "SCORED", "score": {}},
        {"score_state": "PENDING_SCORE"},
        {"score_state": "SOMETHING_NEW"},
        {"score_state": None},
    ],
    ids=str,
)
def test_what_is_not_scored_has_no_scores(resource: Resource, changed: dict[str, Any]) -> None:
    """Unless a record is SCORED and has a score, every score field is null, never 0."""
    found = flat(resource, **changed)
    assert found["score_state"] == changed["score_state"]
    assert {found[name] for name in SCORES[resource.name] if name not in UNSCORED} == {None}
    assert list(found) == FIELDS[resource.name]


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_null_and_absent_fields_are_null(resource: Resource) -> None:
    """A score whose fields are all null, and one without them, flatten alike: to nulls."""
    raw = MAKE[resource.name]()
    emptied = json.loads(json.dumps(raw), object_hook=lambda one: dict.fromkeys(one))
    nulled = resource.flatten({**raw, "score": dict.fromkeys(raw["score"])})
    absent = resource.flatten({**raw, "score": {"unknown": 1}})
    assert nulled == absent
    assert {nulled[name] for name in SCORES[resource.name] if name not in UNSCORED} == {None}
    with pytest.raises(Malformed):
        resource.flatten(emptied)


def test_part_of_a_breakdown_may_be_missing() -> None:
    """What is known of a breakdown stays, and a sum with an unknown part is unknown."""
    score = samples.sleep()["score"]
    del score["stage_summary"]["total_rem_sleep_time_milli"]
    score["sleep_needed"]["need_from_recent_nap_milli"] = None
    found = flat(SLEEPS, score=score)
    assert found["asleep_seconds"] is found["rem_sleep_seconds"] is None
    assert found["light_sleep_seconds"] == 14400.0
    assert found["sleep_needed_seconds"] == {
        "baseline": 27000.0,
        "from_debt": 1800.0,
        "from_strain": 600.0,
        "from_nap": None,
        "total": None,
    }


@pytest.mark.parametrize(("sent", "percent"), [(0.987, 98.7), (98.7, 98.7), (None, None), (0, 0)])
def test_percent_recorded(sent: float | None, percent: float | None) -> None:
    """A fraction and a percentage are both a percentage here."""
    score = {**samples.workout()["score"], "percent_recorded": sent}
    assert flat(WORKOUTS, score=score)["percent_recorded"] == percent


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Z", "2026-10-19T03:30:00.000+00:00"),
        ("+05:30", "2026-10-19T09:00:00.000+05:30"),
        ("-04:00", "2026-10-18T23:30:00.000-04:00"),
        (None, None),
    ],
)
def test_wall_clock_times(zone: str | None, local: str | None) -> None:
    """Local times are the same instants at the record's own offset, which is kept as it came."""
    found = flat(CYCLES, timezone_offset=zone)
    assert found["start"] == "2026-10-19T03:30:00.000Z"
    assert (found["start_local"], found["timezone_offset"]) == (local, zone)


def test_the_running_cycle_has_no_end() -> None:
    """Without an end upstream there is none here, absent or null."""
    absent = samples.cycle()
    del absent["end"]
    for raw in (absent, samples.cycle(end=None)):
        found = CYCLES.flatten(raw)
        assert found["end"] is found["end_local"] is None
        assert found["strain"] == 11.25


WRONG = [
    (CYCLES, {"id": None}),
    (CYCLES, {"id": MARKER}),
    (CYCLES, {"id": True}),
    (CYCLES, {"id": 73311.5}),
    (CYCLES, {"start": None}),
    (CYCLES, {"start": f"{MARKER}-10-19"}),
    (CYCLES, {"start": 73311}),
    (CYCLES, {"end": "2026-10-18T00:00:00Z"}),
    (CYCLES, {"timezone_offset": f"+{MARKER}"}),
    (CYCLES, {"timezone_offset": 73311}),
    (CYCLES, {"timezone_offset": "-23:59"}),
    (CYCLES, {"end": "2027-10-21T00:00:00Z"}),
    (SLEEPS, {"score": {"stage_summary": {"total_light_sleep_time_milli": 1e12}}}),
    (WORKOUTS, {"score": {"zone_durations": {"zone_one_milli": -1}}}),
    (CYCLES, {"score_state": 73311}),
    (CYCLES, {"score": [MARKER]}),
    (CYCLES, {"score": {"strain": MARKER}}),
    (CYCLES, {"score": {"strain": float("nan")}}),
    (CYCLES, {"score": {"kilojoule": 10**400}}),
    (CYCLES, {"step_count": [73311]}),
    (RECOVERIES, {"cycle_id": None}),
    (RECOVERIES, {"sleep_id": MARKER}),
    (RECOVERIES, {"created_at": None}),
    (RECOVERIES, {"score": {"user_calibrating": 73311}}),
    (SLEEPS, {"id": MARKER}),
    (SLEEPS, {"cycle_id": MARKER}),
    (SLEEPS, {"nap": MARKER}),
    (SLEEPS, {"score": {"stage_summary": MARKER}}),
    (SLEEPS, {"score": {"sleep_needed": {"baseline_milli": MARKER}}}),
    (WORKOUTS, {"id": 73311}),
    (WORKOUTS, {"sport_name": 73311}),
    (WORKOUTS, {"score": {"zone_durations": [73311]}}),
    (WORKOUTS, {"score": {"zone_durations": {"zone_five_milli": MARKER}}}),
]


@pytest.mark.parametrize(("resource", "changed"), WRONG, ids=lambda one: str(one)[:48])
def test_a_malformed_record_is_named_without_its_values(
    resource: Resource, changed: dict[str, Any]
) -> None:
    """A field that cannot be right makes the record Malformed; the words hold no value of it."""
    with pytest.raises(Malformed) as caught:
        flat(resource, **changed)
    assert MARKER not in str(caught.value)
    assert any(word in str(caught.value) for word in ("is ", "are "))


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_what_no_body_measures_is_malformed(resource: Resource) -> None:
    """What is beyond any body makes a record Malformed; twice the usual never does."""
    raw: dict[str, Any] = BODY_RAW if resource is BODY else PROFILE_RAW
    raw = MAKE[resource.name]() if resource.name in MAKE else raw
    ways = list(measurements(raw))
    assert ways or resource is PROFILE
    for way in ways:
        before = raw
        for name in way:
            before = before[name]
        assert resource.flatten(put(raw, way, 2 * before))  # type: ignore[operator]
        for value in (1e10, -1e10, 1e12):
            with pytest.raises(Absurd):
                resource.flatten(put(raw, way, value))


@pytest.mark.parametrize("sport", [None, "", "  ", "absent"])
def test_a_number_tells_the_sport_where_no_name_does(sport: str | None) -> None:
    """A published number has its name, another is shown as it is, and none is no field at all."""
    raw = samples.workout(sport_name=sport)
    if sport == "absent":
        del raw["sport_name"]
    for number, name in ((0, "running"), (-1, "activity"), (52, "hiking-rucking"), (250, "barrys")):
        found = WORKOUTS.flatten({**raw, "sport_id": number})
        assert found["sport_name"] == name
        assert "sport_id" not in found
    for number in (2, 9999, -7):
        found = WORKOUTS.flatten({**raw, "sport_id": number})
        assert (found["sport_name"], found["sport_id"]) == (None, number)
        names = FIELDS["workouts"]
        at = names.index("score_state")
        assert list(found) == [*names[:at], "sport_id", *names[at:]]
    for nonsense in (None, "5", True, 2**31, 1.5, [1]):
        found = WORKOUTS.flatten({**raw, "sport_id": nonsense})
        assert found["sport_name"] is None
        assert list(found) == FIELDS["workouts"]


def test_the_name_goes_before_the_number() -> None:
    """A sport that has a name needs no number, and is called nothing else."""
    found = flat(WORKOUTS, sport_name="foam_rolling", sport_id=1)
    assert found["sport_name"] == "foam_rolling"
    assert "sport_id" not in found


@pytest.mark.parametrize(
    ("resource", "name"),
    [(WORKOUTS, "sport_name"), (CYCLES, "score_state"), (PROFILE, "email")],
    ids=lambda one: str(getattr(one, "name", one)),
)
def test_long_text_is_cut_where_it_is_shown(resource: Resource, name: str) -> None:
    """Text of a flat record has at most 256 characters, the last of which says that it was cut."""
    make = {**MAKE, "profile": samples.profile}[resource.name]
    assert resource.flatten(make(**{name: "x" * 256}))[name] == "x" * 256
    assert resource.flatten(make(**{name: "x" * 150_000}))[name] == "x" * 255 + "…"


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**400, [{"a": [float("-inf")]}], deep(201)],
    ids=["NaN", "Infinity", "four hundred digits", "inside", "two hundred levels"],
)
def test_what_cannot_be_read_again_is_malformed(value: Any) -> None:
    """Wherever it stands in a record, what is no JSON for everybody makes it Malformed."""
    fields.check_whole(samples.cycle(unknown=deep(150)))
    with pytest.raises(Malformed):
        fields.check_whole(samples.cycle(unknown=value))


@pytest.mark.parametrize(
    ("raw", "final"),
    [
        (samples.cycle(), True),
        (samples.cycle(end=None), False),
        (samples.cycle(score_state="PENDING_SCORE"), False),
        (samples.cycle(score_state="UNSCORABLE"), True),
    ],
)
def test_what_whoop_is_done_with(raw: dict[str, Any], final: bool) -> None:
    """A record is final once it is over and scored, or never will be."""
    assert CYCLES.is_final(raw) is final


def test_a_recovery_is_final_without_an_end() -> None:
    """A recovery has no end of its own: only its score is waited for."""
    assert RECOVERIES.is_final(samples.recovery())
    assert not RECOVERIES.is_final(samples.recovery(score_state="PENDING_SCORE"))


# ── whatever WHOOP may send ──

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([STAMP, "SCORED", "Z", "+05:30", samples.NIGHT, 10**400])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = sorted({key for make in MAKE.values() for raw in [make()] for key in [*raw, *raw["score"]]})
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8)


@pytest.mark.parametrize("name", MAKE)
def test_a_flat_record_is_a_record_again(name: str) -> None:
    """It is what it was read as, and flat again word for word; a field that is lacking is null,
    and one that nobody knows is left out."""
    resource = RESOURCES[name]
    found = resource.flatten(MAKE[name]())
    made = records.from_flat(resource.record, json.loads(json.dumps(found)))
    assert made == resource.record.from_api(MAKE[name]())
    assert json.dumps(records.flat(made)) == json.dumps(found)
    first, *others = found
    older = {one: found[one] for one in others}
    assert records.from_flat(resource.record, {**older, "unknown": 1}) == dataclasses.replace(
        made, **{first: None}
    )


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
@PROPERTY
@given(noise=OBJECTS, score=OBJECTS, whole=st.booleans())
def test_nothing_but_malformed(
    resource: Resource, noise: dict[str, Any], score: dict[str, Any], whole: bool
) -> None:
    """Any JSON object becomes a flat record or is Malformed; nothing else ever happens.

    Where it becomes one, that has the documented fields, and the id that names it is read too.
    """
    base = MAKE[resource.name]() if resource.name in MAKE and whole else {}
    raw = {**base, "score": {**base.get("score", {}), **score}, **noise}
    try:
        found = resource.flatten(raw)
        resource.key(raw)
    except Malformed:
        return
    assert [name for name in found if name != "sport_id"] == FIELDS[resource.name]
    json.dumps(found, allow_nan=False).encode()
    hints = get_type_hints(resource.record)
    for name, value in found.items():
        assert fits(value, hints[name]), (name, value)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a field's type; a whole number may stand for any number."""
    if get_origin(hint) is UnionType:
        return any(fits(value, one) for one in get_args(hint))
    if get_origin(hint) is dict:
        names, values = get_args(hint)
        return isinstance(value, dict) and all(
            fits(name, names) and fits(part, values) for name, part in value.items()
        )
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint


def measurements(raw: dict[str, Any], inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every number of a raw record but its ids."""
    for name, value in raw.items():
        if isinstance(value, dict):
            yield from measurements(value, (*inside, name))
        elif type(value) in (int, float) and not name.endswith("id"):
            yield (*inside, name)


def put(raw: dict[str, Any], way: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A record with another value at the end of a way."""
    inner = value if len(way) == 1 else put(raw[way[0]], way[1:], value)
    return {**raw, way[0]: inner}


def leaves(flat: dict[str, Any]) -> dict[str, Any]:
    """A flat record's values, those of its breakdowns too."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        parts = value if isinstance(value, dict) else {"": value}
        found.update({f"{name}.{part}": one for part, one in parts.items()})
    return found


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_zero_is_not_null(resource: Resource) -> None:
    """Whichever measurement is zero is zero, and whichever is null is null, with all that is
    reckoned from it; nothing else depends on it."""
    raw = MAKE[resource.name]()
    ways = list(measurements(raw))
    assert len(ways) >= 4
    for way in ways:
        zero = leaves(resource.flatten(put(raw, way, 0)))
        null = leaves(resource.flatten(put(raw, way, None)))
        differing = [name for name in zero if zero[name] != null[name]]
        assert differing, way
        assert all(null[name] is None and zero[name] is not None for name in differing), way
