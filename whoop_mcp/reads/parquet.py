"""Write flat records as Parquet: the one place that knows `pyarrow`, which not everybody has.

It reads the records from their JSON itself, several times faster than it takes them from Python.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from ..errors import ExportError
from ..whoop.records import API, Batch, Record, Write, kinds, parts

_INSTANTS = ("start", "end")


@contextmanager
def parquet_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Write flat records from their JSON texts, a row group per batch, snappy, under the schema
    of their dataclass.

    `start` and `end` are timestamps (ms, UTC), nested values structs of float64. ExportError
    without pyarrow: its hint is the command that installs it for this very interpreter.
    """
    try:
        import pyarrow as arrow
        import pyarrow.compute
        import pyarrow.json
        import pyarrow.parquet
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow, which is not installed.",
            hint=f"{_quoted(sys.executable)} -m pip install pyarrow",
        ) from None
    schema = _schema(arrow, record)
    parsing = arrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")

    def write(batch: Batch) -> None:
        if batch:
            text = "\n".join(batch).encode()
            whole = arrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1)
            table = arrow.json.read_json(arrow.BufferReader(text), whole, parsing)
            if "source" in schema.names:  # which only what is not the API's says itself
                place = schema.names.index("source")
                said = arrow.compute.fill_null(table.column(place), API)
                table = table.set_column(place, schema.field(place), said)
            out.write_table(table)

    with arrow.parquet.ParquetWriter(file, schema, compression="snappy") as out:
        yield write


def _schema(arrow: Any, record: type[Record]) -> Any:
    numbers = arrow.float64()
    types = {"int": arrow.int64(), "float": numbers, "bool": arrow.bool_(), "str": arrow.string()}
    types |= {name: arrow.timestamp("ms", "UTC") for name in _INSTANTS}
    for name, names in parts(record).items():
        types[name] = arrow.struct([(part, numbers) for part in names])
    return arrow.schema(
        (name, types.get(name) or types[kind]) for name, kind in kinds(record).items()
    )


def _quoted(program: str) -> str:
    return f'"{program}"' if " " in program else program
