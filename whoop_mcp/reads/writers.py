"""Write flat records as CSV and as JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, BinaryIO

from ..whoop.records import Batch, Record, Write, kinds, parts, row_defaults

Spellings = dict[str, Callable[[Any], str]]

_JSON = json.JSONEncoder(ensure_ascii=False).encode

# A spreadsheet takes text that begins so for a formula and runs it, some also after white space or
# where the signs are full-width.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
# Checked when they were read, so no formula; an offset may begin with a sign and keeps it.
_TIMES = ("start", "end", "start_local", "end_local", "timezone_offset")


@contextmanager
def csv_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Write flat records as RFC 4180, UTF-8, under an alphabetically sorted header.

    Nested values are JSON, flags `true` / `false`, null is empty. Text that a spreadsheet would
    run as a formula gets a leading apostrophe.
    """
    names = sorted(kinds(record))
    pick, missing = itemgetter(*names), row_defaults(record)
    spellings = _spellings(record, _OF_CSV)
    special = [
        (at, spellings[name])
        for at, name in enumerate(names)
        if name in spellings and name not in _TIMES
    ]

    def row(one: dict[str, Any]) -> list[Any]:
        cells = list(pick({**missing, **one} if missing else one))
        for at, spell in special:
            if cells[at] is not None:
                cells[at] = spell(cells[at])
        return cells

    def write(batch: Batch) -> None:
        put(map(row, _read(batch)))

    def put(rows: Any) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        file.write(text.getvalue().encode())

    put([names])
    yield write


@contextmanager
def jsonl_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Write flat records as JSON, one a line, UTF-8, keys sorted."""

    spellings = dict(sorted(_spellings(record, _OF_JSON).items()))
    pick, missing = itemgetter(*spellings), row_defaults(record)
    spells = [*spellings.values()]
    template = _object(spellings) + "\n"

    def line(one: dict[str, Any]) -> str:
        values = zip(spells, pick({**missing, **one} if missing else one), strict=True)
        return template % tuple(
            ["null" if value is None else spell(value) for spell, value in values]
        )

    def write(batch: Batch) -> None:
        file.write("".join(map(line, _read(batch))).encode())

    yield write


def _read(batch: Batch) -> list[dict[str, Any]]:
    """Read the records; fractions stay text, and are written as they came."""
    records: list[dict[str, Any]] = json.loads(f"[{','.join(batch)}]", parse_float=str)
    return records


def _spellings(record: type[Record], by_kind: Spellings) -> Spellings:
    """Choose a spelling for each column that is not written as it is."""
    nested = parts(record)
    return {
        name: _nested(nested[name]) if name in nested else by_kind[kind]
        for name, kind in kinds(record).items()
        if name in nested or kind in by_kind
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _defused(text: str) -> str:
    if text[:1].isalnum():
        return text
    bare = text.lstrip("'")  # one that looks as if defused gets one more, so that all can be undone
    runs = bare.startswith(_FORMULA) or bare.lstrip().startswith(_FORMULA)
    return f"'{text}" if runs else text


def _nested(names: Iterable[str]) -> Callable[[dict[str, Any]], str]:
    """Spell an object that always has these keys."""
    names = sorted(names)
    pick, template = itemgetter(*names), _object(names)

    def spell(parts: dict[str, Any]) -> str:
        values = pick(parts)
        if None in values:
            values = tuple("null" if value is None else value for value in values)
        return str(template % values)

    return spell


def _object(names: Iterable[str]) -> str:
    """Make JSON of these keys, with a place for each value."""
    return f"{{{','.join(f'{_JSON(name)}:%s' for name in names)}}}"


_OF_JSON: Spellings = {
    "bool": _flag,
    "str": _JSON,
    "int": str,
    "float": str,
}
_OF_CSV: Spellings = {"bool": _flag, "str": _defused}
"""How values are spelled by their type; in CSV, others are written as they are."""
