"""How flat records are spelled in CSV and in JSON lines."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, BinaryIO

from .records import Record

Batch = list[dict[str, Any]]
Write = Callable[[Batch], None]

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

# A spreadsheet takes text that begins so for a formula and runs it, some also after white space or
# where the signs are full-width.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
# Checked when they were read, so no formula; an offset may begin with a sign and keeps it.
_TIMES = ("start", "end", "start_local", "end_local", "timezone_offset")


@contextmanager
def csv_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Writes flat records as RFC 4180, UTF-8, under an alphabetically sorted header.

    Nested values are JSON, flags `true` / `false`, null is empty. Text that a spreadsheet would
    run as a formula gets a leading apostrophe.
    """
    names = sorted(field.name for field in dataclasses.fields(record))
    pick = itemgetter(*names)
    spellings = _spellings(record)
    special = [(at, spellings[name]) for at, name in enumerate(names) if name in spellings]

    def row(one: dict[str, Any]) -> list[Any]:
        cells = list(pick(one))
        for at, spell in special:
            if cells[at] is not None:
                cells[at] = spell(cells[at])
        return cells

    def write(batch: Batch) -> None:
        put(map(row, batch))

    def put(rows: Any) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        file.write(text.getvalue().encode())

    put([names])
    yield write


@contextmanager
def jsonl_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Writes flat records as JSON, one a line, UTF-8, keys sorted."""

    def write(batch: Batch) -> None:
        file.write("".join(f"{_JSON(one)}\n" for one in batch).encode())

    yield write


def _spellings(record: type[Record]) -> dict[str, Callable[[Any], str]]:
    """The columns whose values are not written as they are."""
    of_type: dict[str, Callable[[Any], str]] = {
        "bool": _flag,
        "str": _defused,
        "dict[str, float": _JSON,
    }
    kinds = {field.name: str(field.type).split(" |")[0] for field in dataclasses.fields(record)}
    return {
        name: of_type[kind]
        for name, kind in kinds.items()
        if kind in of_type and name not in _TIMES
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _defused(text: str) -> str:
    runs = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if runs else text
