"""Parquet, read back with pyarrow."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet
import pytest

from whoop_mcp.reads.parquet import parquet_writer
from whoop_mcp.whoop.records import BodyMeasurement, Cycle, Profile, Recovery, Sleep, Workout

EVERY_RECORD = (Cycle, Recovery, Sleep, Workout, Profile, BodyMeasurement)


def as_parquet(record: Any, *batches: list[dict[str, Any]]) -> Any:
    """The file that the writer makes of some batches, opened."""
    file = io.BytesIO()
    with parquet_writer(file, record) as write:
        for batch in batches:
            write([json.dumps(one) for one in batch])
    return arrow.parquet.ParquetFile(file)


def sleep(**fields: Any) -> dict[str, Any]:
    """A flat sleep, all of whose other fields are null."""
    return {**dict.fromkeys(field.name for field in dataclasses.fields(Sleep)), **fields}


NEEDED = {"baseline": 27000.0, "from_debt": 1.5, "from_strain": 0.0, "from_nap": -60.0, "total": 1}


def test_the_schema_says_what_each_column_is() -> None:
    """Instants are timestamps, wall clocks text, numbers numbers, nested values structs."""
    schema = as_parquet(Sleep).schema_arrow
    assert schema.names == [field.name for field in dataclasses.fields(Sleep)]
    assert schema.field("start").type == arrow.timestamp("ms", "UTC")
    assert schema.field("end").type == arrow.timestamp("ms", "UTC")
    assert schema.field("start_local").type == arrow.string()
    assert schema.field("id").type == arrow.string()
    assert schema.field("cycle_id").type == arrow.int64()
    assert schema.field("nap").type == arrow.bool_()
    assert schema.field("respiratory_rate").type == arrow.float64()
    assert schema.field("sleep_needed_seconds").type == arrow.struct(
        [(name, arrow.float64()) for name in NEEDED]
    )


def test_values_come_back_as_they_were() -> None:
    """An integer among floats, a null, a missing part and an instant's milliseconds survive."""
    full = sleep(
        id="ecfc6a15-4661-442f-a9a4-f160dd7afae8",
        cycle_id=2**40,
        start="2026-04-20T04:00:00.123Z",
        nap=False,
        respiratory_rate=15,
        sleep_needed_seconds=NEEDED,
    )
    partly = sleep(sleep_needed_seconds={**NEEDED, "total": None})
    opened = as_parquet(Sleep, [full, sleep()], [partly])
    first, second, third = opened.read().to_pylist()
    start = datetime(2026, 4, 20, 4, 0, 0, 123000, timezone.utc)
    assert first == {**full, "start": start, "respiratory_rate": 15.0, "source": "api"}
    assert second == sleep(source="api")
    assert third["sleep_needed_seconds"] == {**NEEDED, "total": None}
    assert opened.num_row_groups == 2
    assert opened.metadata.row_group(0).column(0).compression == "SNAPPY"


@pytest.mark.parametrize("record", EVERY_RECORD)
def test_an_empty_file_has_the_same_schema(record: Any) -> None:
    """What a reader learns of the columns does not hang on there being rows."""
    nothing = dict.fromkeys(field.name for field in dataclasses.fields(record))
    empty, full = as_parquet(record), as_parquet(record, [nothing])
    assert empty.schema_arrow == full.schema_arrow
    assert (empty.metadata.num_rows, full.metadata.num_rows) == (0, 1)


def test_without_pyarrow_the_hint_is_the_command_that_installs_it() -> None:
    """The command names the interpreter that runs, so it can be pasted as it stands."""
    program = """
import io, sys
sys.modules["pyarrow"] = None
from whoop_mcp.errors import ExportError
from whoop_mcp.reads.parquet import parquet_writer
from whoop_mcp.whoop.records import Cycle
try:
    with parquet_writer(io.BytesIO(), Cycle):
        pass
except ExportError as problem:
    print(problem.hint)
"""
    here = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{sys.executable} -m pip install pyarrow"
