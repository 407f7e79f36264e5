"""CSV and JSON lines, read back."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.cache.rows import as_json
from whoop_mcp.reads.writers import csv_writer, jsonl_writer
from whoop_mcp.whoop.records import (
    BodyMeasurement,
    Cycle,
    Profile,
    Sleep,
    Workout,
    flat,
    row_defaults,
)
from whoop_mcp.whoop.resources import RESOURCES

from ..support.samples import PROPERTY

START, END = "2026-04-20T04:00:00.000Z", "2026-04-20T05:00:00.000Z"
LOCAL_START, LOCAL_END = "2026-04-20T00:00:00.000-04:00", "2026-04-20T01:00:00.000-04:00"
ZONES = {f"zone_{name}": 60.5 for name in ("zero", "one", "two", "three", "four", "five")}


MORE_FORMULAS = ("＝1", "＋1", "－1", "＠SUM(A1)", "\n=1", "\tx", " =1", "\u00a0\r\n-1")


def workout(**fields: Any) -> dict[str, Any]:
    """A flat workout, all of whose other fields are null."""
    names = [field.name for field in dataclasses.fields(Workout)]
    known = {
        "id": "ecfc6a15-4661-442f-a9a4-f160dd7afae8",
        "start": START,
        "end": END,
        "start_local": LOCAL_START,
        "end_local": LOCAL_END,
        "timezone_offset": "-04:00",
    }
    return {**dict.fromkeys(names), **known, **fields}


def as_csv(record: Any, *batches: list[dict[str, Any]]) -> bytes:
    """What the CSV writer makes of some batches."""
    file = io.BytesIO()
    with csv_writer(file, record) as write:
        for batch in batches:
            write([as_json(one) for one in batch])
    return file.getvalue()


def cells(record: Any, one: dict[str, Any]) -> dict[str, str]:
    """One record as a reader of CSV sees it."""
    (row,) = csv.DictReader(io.StringIO(as_csv(record, [one]).decode(), newline=""))
    return row


def test_the_header_is_sorted_and_every_line_ends_in_crlf() -> None:
    """A CSV file is RFC 4180 under an alphabetical header, also with nothing in it."""
    empty = as_csv(Workout)
    assert empty.endswith(b"\r\n")
    assert empty.count(b"\n") == 1
    header = empty.decode().rstrip("\r\n").split(",")
    assert header == sorted(field.name for field in dataclasses.fields(Workout))
    assert as_csv(Workout, [workout()], [workout()]).count(b"\r\n") == 3


def test_values_are_spelled_plainly() -> None:
    """Null is empty, a flag true or false, zero is zero, a nested value is JSON."""
    seen = cells(
        Workout, workout(strain=0, calories=-3, percent_recorded=99.5, zone_durations_seconds=ZONES)
    )
    assert seen["strain"] == "0"
    assert seen["calories"] == "-3"
    assert seen["percent_recorded"] == "99.5"
    assert seen["distance_meter"] == ""
    assert json.loads(seen["zone_durations_seconds"]) == ZONES
    nothing = dict.fromkeys(field.name for field in dataclasses.fields(Sleep))
    assert [cells(Sleep, {**nothing, "nap": nap})["nap"] for nap in (True, False, None)] == [
        "true",
        "false",
        "",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", *MORE_FORMULAS])
def test_formulas_are_defused(text: str) -> None:
    """Text that a spreadsheet would run is shown as text; what only holds a sign is left."""
    person = Profile(email=f"a{text}", first_name=text, last_name=None)
    assert cells(Profile, flat(person)) == {
        "email": f"a{text}",
        "first_name": f"'{text}",
        "last_name": "",
    }


def test_offsets_and_numbers_keep_their_sign() -> None:
    """A UTC offset and a negative number are never taken for formulas."""
    seen = cells(Workout, workout(altitude_change_meter=-12.5))
    assert seen["timezone_offset"] == "-04:00"
    assert seen["altitude_change_meter"] == "-12.5"
    assert seen["start_local"] == LOCAL_START


def test_awkward_text_comes_back_as_it_was() -> None:
    """Commas, quotes, line ends and any script survive."""
    text = 'Ann "A", née Ö\r\nsecond line\n三 🙂'
    assert cells(Profile, flat(Profile(text, None, None)))["email"] == text


def test_the_records_written_are_not_altered() -> None:
    """A writer changes nothing in what it is given."""
    one = workout(sport_name="=x", zone_durations_seconds=dict(ZONES))
    before = json.dumps(one)
    as_csv(Workout, [one])
    assert json.dumps(one) == before


def test_jsonl_is_one_compact_record_a_line_with_sorted_keys() -> None:
    """Each line is a whole record, its keys sorted at every depth, its nulls there."""
    file = io.BytesIO()
    body = flat(BodyMeasurement(1.8, 75.5, None))
    with jsonl_writer(file, Workout) as write, jsonl_writer(file, BodyMeasurement) as write_body:
        write([as_json(workout(zone_durations_seconds=ZONES, sport_name="=läuft\n"))])
        write_body([as_json(body)])
    first, second = file.getvalue().decode().splitlines()
    assert json.loads(first) == workout(zone_durations_seconds=ZONES, sport_name="=läuft\n")
    assert list(json.loads(first)) == sorted(json.loads(first))
    assert list(json.loads(first)["zone_durations_seconds"]) == sorted(ZONES)
    assert second == '{"height_meter":1.8,"max_hr_bpm":null,"weight_kilogram":75.5}'


@pytest.mark.parametrize("writer", [csv_writer, jsonl_writer])
def test_a_record_of_another_shape_is_written_all_the_same(writer: Any) -> None:
    """Spaces, another order, a field that is lacking or unknown: the file is as from our own text,
    and no record is left out of it."""
    one = workout(zone_durations_seconds=ZONES, sport_name='a "b", {c}: [d]\\')
    turned = dict(reversed([*one.items()])) | {
        "zone_durations_seconds": dict(reversed(ZONES.items()))
    }
    more = {key: value for key, value in one.items() if value is not None} | {"new": [1, {"a": 2}]}
    other = [json.dumps(one), as_json(turned), as_json(more), as_json(one)]
    files = io.BytesIO(), io.BytesIO()
    for file, texts in zip(files, ([as_json(one)] * 4, other), strict=True):
        with writer(file, Workout) as write:
            write(texts)
            write([])
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize("writer", [csv_writer, jsonl_writer])
def test_no_record_is_left_out_in_silence(writer: Any) -> None:
    """What is no record of its kind at all ends the export: a file never lacks one."""
    with pytest.raises(ValueError, match="no record"), writer(io.BytesIO(), Workout) as write:
        write([as_json(workout()), as_json(workout(strain="a, b"))])


def test_no_records_are_an_empty_jsonl_file() -> None:
    """Nothing is a valid file of no lines."""
    file = io.BytesIO()
    with jsonl_writer(file, Cycle):
        pass
    assert file.getvalue() == b""


# ── whatever a record may hold ──

NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-(2**53), 2**53, allow_nan=False)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
SIGNS = st.text(st.sampled_from("'=+-@＝＋－＠\t\r\n ,\"1aé"), min_size=1, max_size=5)
TEXTS = WORDS | SIGNS
IDS = ("id", "sleep_id")
CHECKED = (*IDS, "start", "end", "start_local", "end_local", "timezone_offset")
UUID = "ecfc6a15-4661-442f-a9a4-f160dd7afae8"


def values(record: Any, field: dataclasses.Field[Any]) -> st.SearchStrategy[Any]:
    """What a field of a flat record may hold, null included."""
    kind = str(field.type).split(" |")[0]
    if kind.startswith("dict"):
        parts = {name: st.none() | NUMBERS for name in record.parts[field.name]}
        return st.none() | st.fixed_dictionaries(parts)
    checked = [UUID] if field.name in IDS else [START, LOCAL_START, "-04:00"]
    some: dict[str, st.SearchStrategy[Any]] = {
        "str": st.sampled_from(checked) if field.name in CHECKED else TEXTS,
        "float": NUMBERS,
        "int": st.integers(-(2**53), 2**63 - 1),
        "bool": st.booleans(),
    }
    return st.none() | some[kind]


def records(record: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Flat records of a kind."""
    return st.fixed_dictionaries(
        {one.name: values(record, one) for one in dataclasses.fields(record)}
    )


ANY = st.sampled_from([one.record for one in RESOURCES.values()]).flatmap(
    lambda record: st.tuples(st.just(record), st.lists(records(record), max_size=2))
)


def undefused(cell: str) -> str:
    """Text as it was before it was kept from being a formula."""
    bare = cell.lstrip("'")
    runs = bare.startswith(FORMULAS) or bare.lstrip().startswith(FORMULAS)
    return cell[1:] if runs else cell


FORMULAS = tuple("=+-@＝＋－＠\t\r\n")


def read_back(cell: str, value: Any, name: str) -> Any:
    """A cell as the kind of value that was written."""
    if cell == "":
        return None
    if isinstance(value, bool):
        return {"true": True, "false": False}[cell]
    if isinstance(value, (int, float)):
        return type(value)(cell)
    if isinstance(value, dict):
        return json.loads(cell)
    return cell if name in CHECKED else undefused(cell)


@PROPERTY
@given(ANY)
def test_csv_gives_back_every_value(written: tuple[Any, list[dict[str, Any]]]) -> None:
    """Every value of every record comes back from Python's own reader; no cell of free text is a
    formula, and what kept it from being one can be undone. A source that is not said is the API."""
    record, ones = written
    rows = list(csv.DictReader(io.StringIO(as_csv(record, ones).decode(), newline="")))
    assert len(rows) == len(ones)
    for row, one in zip(rows, ones, strict=True):
        said = {name: value for name, value in row_defaults(record).items() if one[name] is None}
        wanted = {**one, **said}
        assert {name: read_back(row[name], value, name) for name, value in wanted.items()} == wanted
        for name, value in one.items():
            if isinstance(value, str) and name not in CHECKED:
                assert not row[name].lstrip().startswith(FORMULAS)


@PROPERTY
@given(ANY)
def test_jsonl_gives_back_every_value(written: tuple[Any, list[dict[str, Any]]]) -> None:
    """Every line is a record with each of its values, whatever they are."""
    record, ones = written
    file = io.BytesIO()
    with jsonl_writer(file, record) as write:
        write([as_json(one) for one in ones])
    lines = file.getvalue().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == ones
