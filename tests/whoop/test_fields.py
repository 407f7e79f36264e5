"""What is well formed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from whoop_mcp.whoop import fields
from whoop_mcp.whoop.fields import Malformed

READERS: list[Callable[[Any, str], object]] = [
    fields.number,
    fields.flag,
    fields.text,
    fields.instant,
]
SECRET = "73311-secret"


@pytest.mark.parametrize("read", READERS)
def test_null_and_absent_are_the_same(read: Callable[[Any, str], object]) -> None:
    """A field that is null and one that is not there are both unknown, and no error."""
    assert read({"field": None}, "field") is None
    assert read({}, "field") is None


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (fields.number, [True, "1", [], {}, math.nan, math.inf, -math.inf, 2**53 + 1, 10**400]),
        (fields.flag, [0, 1, "true", []]),
        (fields.text, [1, True, [], {}]),
        (fields.instant, [1, "yesterday", "2026-04-20", "2026-13-01T00:00:00Z", ""]),
        (fields.required_instant, [None]),
        (fields.cycle_id, [None, 0, -1, True, 1.0, "1", 2**63]),
        (fields.uuid, [None, 1, "", "x" * 36, "00000000-0000-4000-8000-00000000000g"]),
        (fields.nested, [1, "x", [], True]),
    ],
)
def test_what_cannot_be_right_is_malformed(
    read: Callable[[Any, str], object], values: list[object]
) -> None:
    """A value of the wrong kind is Malformed, by the field's name."""
    for value in values:
        with pytest.raises(Malformed, match=r"^field is "):
            read({"field": value}, "field")


@pytest.mark.parametrize("read", [*READERS, fields.cycle_id, fields.uuid, fields.nested])
def test_an_error_never_shows_a_value(read: Callable[[Any, str], object]) -> None:
    """Malformed's words hold nothing of what was sent."""
    for value in (SECRET, [SECRET], {"secret": SECRET}, 73311.5):
        try:
            read({"field": value}, "field")
        except Malformed as problem:
            assert "73311" not in str(problem)
            assert problem.__cause__ is None


def test_numbers_stay_as_they_came() -> None:
    """A whole number stays whole and a fraction a fraction."""
    assert type(fields.number({"n": 71}, "n")) is int
    assert type(fields.number({"n": 71.0}, "n")) is float
    assert fields.number({"n": -(2**53)}, "n") == -(2**53)


def test_half_a_surrogate_is_replaced() -> None:
    """JSON can spell text that no encoder takes; what comes out can be written anywhere."""
    raw = json.loads('{"name": "a\\ud800b"}')
    assert fields.text(raw, "name") == "a?b"


def test_an_interval_is_read_in_utc_and_on_the_wall() -> None:
    """Both ends come twice; without an end it runs, without an offset the wall is unknown."""
    start, end = "2026-04-20T01:00:00+01:00", "2026-04-20T02:00:00Z"
    assert fields.interval({"start": start, "end": end, "timezone_offset": "-04:00"}) == {
        "start": "2026-04-20T00:00:00.000Z",
        "end": "2026-04-20T02:00:00.000Z",
        "start_local": "2026-04-19T20:00:00.000-04:00",
        "end_local": "2026-04-19T22:00:00.000-04:00",
        "timezone_offset": "-04:00",
    }
    running = fields.interval({"start": start, "timezone_offset": "Z"})
    assert running["end"] is running["end_local"] is None
    unplaced = fields.interval({"start": start, "end": end})
    assert unplaced["start_local"] is unplaced["end_local"] is unplaced["timezone_offset"] is None


@pytest.mark.parametrize("zone", ["-04:00", "+14:00", "-0400", "Z", "+05:37", None])
@pytest.mark.parametrize(
    "end",
    [
        *(None, "2026-04-20T09:30:00.000Z", "2026-04-20T09:30:00Z", "9999-12-31T23:59:59.999Z"),
        *("2026-04-31T00:00:00.000Z", "2026-04-20T24:00:00.000Z", "soon", 5, "２026-04-20"),
    ],
)
@pytest.mark.parametrize("start", ["2026-04-20T01:00:00.000Z", "0001-01-01T00:00:00.000Z"])
def test_however_plain_its_times_are_spelled_an_interval_is_the_same(
    start: str, end: Any, zone: str | None
) -> None:
    """What is read in one step, as almost all are, is what each time says by itself."""
    raw = {"start": start, "end": end, "timezone_offset": zone}
    odd = {**raw, "start": start.replace("T", " ")}  # is never read in one step
    try:
        expected: Any = fields.interval(odd)
    except Malformed as problem:
        with pytest.raises(type(problem), match=re.escape(str(problem))):
            fields.interval(raw)
    else:
        assert fields.interval(raw) == expected


def test_an_interval_has_an_order() -> None:
    """An end before the start, and an offset that is none, are malformed; a moment is not."""
    with pytest.raises(Malformed, match="end is before start"):
        fields.interval({"start": "2026-04-20T01:00:00Z", "end": "2026-04-20T00:59:59Z"})
    with pytest.raises(Malformed, match="timezone_offset is"):
        fields.interval({"start": "2026-04-20T01:00:00Z", "timezone_offset": "Toronto"})
    moment = "2026-04-20T01:00:00.000Z"
    found = fields.interval({"start": moment, "end": moment})
    assert found["start"] == found["end"] == moment


@pytest.mark.parametrize(
    ("value", "user"), [(7, 7), (None, None), ("7", None), (True, None), (7.0, None)]
)
def test_a_user_is_a_number_or_unknown(value: object, user: int | None) -> None:
    """Only an integer names a user; anything else is no reason to refuse a record."""
    assert fields.user({"user_id": value}) == user
    assert fields.user({}) is None
