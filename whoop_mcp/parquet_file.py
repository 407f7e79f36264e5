"""Flat records as Parquet: the one place that knows `pyarrow`, which not everybody has."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from .errors import ExportError
from .records import Record

_INSTANTS = ("start", "end")


@contextmanager
def parquet_writer(
    file: BinaryIO, record: type[Record]
) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """Writes flat records, a row group per batch, snappy, under the schema of their dataclass.

    `start` and `end` are timestamps (ms, UTC), nested values structs of float64. ExportError
    without pyarrow: its hint is the command that installs it for this very interpreter.
    """
    try:
        import pyarrow as arrow
        import pyarrow.parquet
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow, which is not installed.",
            hint=f"{_quoted(sys.executable)} -m pip install pyarrow",
        ) from None
    schema = _schema(arrow, record)

    def array(column: Any, batch: list[dict[str, Any]]) -> Any:
        values = [one[column.name] for one in batch]
        if column.name in _INSTANTS:  # text, which Arrow parses faster than Python
            return arrow.array(values, arrow.string()).cast(column.type)
        return arrow.array(values, column.type)

    def write(batch: list[dict[str, Any]]) -> None:
        out.write_table(arrow.table([array(column, batch) for column in schema], schema=schema))

    with arrow.parquet.ParquetWriter(file, schema, compression="snappy") as out:
        yield write


def _schema(arrow: Any, record: type[Record]) -> Any:
    numbers = arrow.float64()
    types = {"int": arrow.int64(), "float": numbers, "bool": arrow.bool_(), "str": arrow.string()}
    types |= {name: arrow.timestamp("ms", "UTC") for name in _INSTANTS}
    for name, parts in getattr(record, "parts", {}).items():
        types[name] = arrow.struct([(part, numbers) for part in parts])
    return arrow.schema(
        (field.name, types.get(field.name) or types[str(field.type).split(" |")[0]])
        for field in dataclasses.fields(record)
    )


def _quoted(program: str) -> str:
    return f'"{program}"' if " " in program else program
