"""Write flat records as CSV and as JSON lines.

The cache holds each record as JSON of one shape. That text is taken apart by a pattern and put
together anew, a column at a time, so that no number is ever read: it takes half the time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from typing import Any, BinaryIO

from ..whoop.records import Batch, Record, Write, kinds, parts, row_defaults

Spell = Callable[[str], str]
"""Makes what is written of a value of what the cache's text has of it."""
Rows = Callable[[Batch], Iterable[tuple[str, ...]]]

_compact = json.JSONEncoder(separators=(",", ":")).encode
_JSON = json.JSONEncoder(ensure_ascii=False).encode

# A spreadsheet takes text that begins so for a formula and runs it, some also after white space or
# where the signs are full-width.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
# Checked when they were read, so no formula; an offset may begin with a sign and keeps it.
_CHECKED = ("id", "sleep_id", "start", "end", "start_local", "end_local", "timezone_offset")
_REMEMBERED = 1000  # words: sports and states are few
_QUOTED = re.compile(r'[",\r\n]')


@contextmanager
def csv_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Write flat records as RFC 4180, UTF-8, under an alphabetically sorted header.

    Nested values are JSON, flags `true` / `false`, null is empty. Text that a spreadsheet would
    run as a formula gets a leading apostrophe.
    """
    spells: dict[str, Spell] = dict.fromkeys(_words(record), _remembered(_cell))
    for name, names in parts(record).items():
        spells[name] = partial(_nested_cell, _sorted(names))
    for name, value in row_defaults(record).items():
        spells[name] = partial(_either, spells.get(name, str), value or "")
    rows = _rows(record, '"{name}":(?:null|{opens}({inner}){closes})', spells)

    def write(batch: Batch) -> None:
        put(rows(batch))

    def put(rows: Iterable[Iterable[str]]) -> None:
        file.write("".join([f"{row}\r\n" for row in map(",".join, rows)]).encode())

    put([sorted(kinds(record))])
    yield write


@contextmanager
def jsonl_writer(file: BinaryIO, record: type[Record]) -> Iterator[Write]:
    """Write flat records as JSON, one a line, UTF-8, keys sorted."""
    spells: dict[str, Spell] = dict.fromkeys(_words(record), _remembered(_unescaped))
    for name, names in parts(record).items():
        spells[name] = partial(_nested_member, _sorted(names))
    for name, value in row_defaults(record).items():
        spells[name] = partial(_either, spells.get(name, str), f'"{name}":{_JSON(value)}')
    rows = _rows(record, '("{name}":(?:null|{opens}{inner}{closes}))', spells)

    def write(batch: Batch) -> None:
        file.write("".join([f"{{{row}}}\n" for row in map(",".join, rows(batch))]).encode())

    yield write


# ── the cache's text as columns ──


def _rows(record: type[Record], group: str, spells: Mapping[str, Spell]) -> Rows:
    """Make what reads records as rows of values, in the order of their sorted names.

    `group` is the pattern of a field, with one group: what of it goes into a row, through that of
    `spells` which has its name.
    """
    names = list(kinds(record))
    pattern = re.compile(rf"\{{{''.join(_fields(record, group))[1:]}\}}")
    order = [(names.index(name), spells.get(name)) for name in sorted(names)]

    def read(batch: Batch) -> Iterable[tuple[str, ...]]:
        found = pattern.findall("\n".join(batch))
        if len(found) != len(batch):  # some of them have another shape
            found = pattern.findall("\n".join(_shaped(record, text) for text in batch))
            if len(found) != len(batch):
                raise ValueError("the cache holds a record that no record can be")
        columns = list(zip(*found, strict=True)) or [()] * len(names)
        return zip(
            *(map(spell, columns[at]) if spell else columns[at] for at, spell in order),
            strict=True,
        )

    return read


def _fields(record: type[Record], group: str) -> Iterator[str]:
    """Spell the pattern of each field, with the comma before it."""
    nested = parts(record)
    for name, kind in kinds(record).items():
        if name in nested:
            inner = ",".join(f'"{part}":[^,}}]+' for part in nested[name])
            value = {"opens": r"\{", "inner": inner, "closes": r"\}"}
        elif kind == "str":
            value = {"opens": '"', "inner": r'[^"\\]*(?:\\.[^"\\]*)*', "closes": '"'}
        else:
            value = {"opens": "", "inner": "[^,}]+", "closes": ""}
        field = f",{group.format(name=name, **value)}"
        yield f"(?:{field})?" if name in row_defaults(record) else field


def _shaped(record: type[Record], text: str) -> str:
    """Spell a record as the cache does: compact, with all fields and parts in their order."""
    found: dict[str, Any] = json.loads(text)
    one = {name: found.get(name) for name in kinds(record)}
    for name, names in parts(record).items():
        if (inner := one[name]) is not None:
            one[name] = {part: inner.get(part) for part in names}
    return _compact(one)


def _words(record: type[Record]) -> list[str]:
    """List the fields of free text."""
    return [name for name, kind in kinds(record).items() if kind == "str" and name not in _CHECKED]


def _either(spell: Spell, absent: str, text: str) -> str:
    return spell(text) or absent


def _remembered(spell: Spell) -> Spell:
    """Spell the same words once in an export; nothing of them stays in memory after it."""
    known: dict[str, str] = {}

    def spelled(text: str) -> str:
        found = known.get(text)
        if found is None:
            found = spell(text)
            if len(known) < _REMEMBERED:
                known[text] = found
        return found

    return spelled


def _sorted(names: tuple[str, ...]) -> Callable[[list[str]], tuple[str, ...]]:
    """Make what puts the parts of a nested value into the order of their names."""
    return itemgetter(*(names.index(name) for name in sorted(names)))


# ── values in CSV: what is between the quotes or braces, "" for null ──


def _cell(text: str) -> str:
    if "\\" in text:
        text = json.loads(f'"{text}"')
    text = _defused(text)
    if _QUOTED.search(text):
        text = '"{}"'.format(text.replace('"', '""'))
    return text


def _defused(text: str) -> str:
    if text[:1].isalnum():
        return text
    bare = text.lstrip("'")  # one that looks as if defused gets one more, so that all can be undone
    runs = bare.startswith(_FORMULA) or bare.lstrip().startswith(_FORMULA)
    return f"'{text}" if runs else text


def _nested_cell(pick: Callable[[list[str]], tuple[str, ...]], text: str) -> str:
    if not text:
        return ""
    inner = ",".join(pick(text.replace('"', '""').split(",")))
    return f'"{{{inner}}}"'


# ── members of an object in JSON lines: `"name":value` ──


def _unescaped(member: str) -> str:
    if "\\" not in member:
        return member
    name, _, value = member.partition(":")
    return f"{name}:{_JSON(json.loads(value))}"


def _nested_member(pick: Callable[[list[str]], tuple[str, ...]], member: str) -> str:
    name, _, inner = member.partition("{")
    return f"{name}{{{','.join(pick(inner[:-1].split(',')))}}}" if inner else member
