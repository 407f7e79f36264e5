"""Know the four tables of an export, in any language, and read them row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from ..cache.rows import as_json
from ..call import Call
from ..counts import counted
from ..errors import ValidationError
from . import cells, package
from .cells import Clock, Remembered, Resaved, Unreadable, Value

R = TypeVar("R")

TIME, ZONE = "time", "zone"
_PERCENT = cells.number(0, 1000)
_RATE = cells.number(0, 500)
_MINUTES = cells.number(0, 7 * 1440)
_STRAIN = cells.number(0, 100)
_KCAL = cells.number(0, 250_000)
_METRES = cells.number(0, 10_000_000)
_CELL = 131_072  # characters: the csv module's own bound, so that a longer one is an error there
_FIRST = 20  # rows, of which one has to be readable where the header is not
_PIECE = 2**16  # characters


class Column(NamedTuple):
    """Name a column as this program does and as an English export does, and how it is read."""

    name: str
    english: str
    read: str | Callable[[str], Value]


_CYCLE = (
    Column("start", "Cycle start time", TIME),
    Column("end", "Cycle end time", TIME),
    Column("zone", "Cycle timezone", ZONE),
)
_SLEEP = (
    Column("onset", "Sleep onset", TIME),
    Column("wake", "Wake onset", TIME),
    Column("performance", "Sleep performance %", _PERCENT),
    Column("respiratory_rate", "Respiratory rate (rpm)", _RATE),
    Column("asleep", "Asleep duration (min)", _MINUTES),
    Column("in_bed", "In bed duration (min)", _MINUTES),
    Column("light", "Light sleep duration (min)", _MINUTES),
    Column("deep", "Deep (SWS) duration (min)", _MINUTES),
    Column("rem", "REM duration (min)", _MINUTES),
    Column("awake", "Awake duration (min)", _MINUTES),
    Column("need", "Sleep need (min)", cells.number(-7 * 1440, 7 * 1440)),
    Column("debt", "Sleep debt (min)", cells.number(-7 * 1440, 7 * 1440)),
    Column("efficiency", "Sleep efficiency %", _PERCENT),
    Column("consistency", "Sleep consistency %", _PERCENT),
)
_WORKOUT = (
    *_CYCLE,
    Column("began", "Workout start time", TIME),
    Column("ended", "Workout end time", TIME),
    Column("duration", "Duration (min)", _MINUTES),
    Column("activity", "Activity name", cells.words),
    Column("strain", "Activity Strain", _STRAIN),
    Column("energy", "Energy burned (cal)", _KCAL),
    Column("max_heart_rate", "Max HR (bpm)", _RATE),
    Column("average_heart_rate", "Average HR (bpm)", _RATE),
    *(Column(f"zone_{n}", f"HR Zone {n} %", _PERCENT) for n in range(1, 6)),
    Column("gps", "GPS enabled", cells.flag),
)
_DISTANCES = (
    Column("distance", "Distance (meters)", _METRES),
    Column("gain", "Altitude gain (meters)", _METRES),
    Column("change", "Altitude change (meters)", cells.number(-10_000_000, 10_000_000)),
)

LAYOUTS: dict[str, tuple[tuple[Column, ...], ...]] = {
    "cycles": (
        (
            *_CYCLE,
            Column("recovery", "Recovery score %", _PERCENT),
            Column("resting_heart_rate", "Resting heart rate (bpm)", _RATE),
            Column("hrv", "Heart rate variability (ms)", cells.number(0, 5000)),
            Column("skin_temp", "Skin temp (celsius)", cells.number(-50, 100)),
            Column("blood_oxygen", "Blood oxygen %", _PERCENT),
            Column("strain", "Day Strain", _STRAIN),
            Column("energy", "Energy burned (cal)", _KCAL),
            Column("max_heart_rate", "Max HR (bpm)", _RATE),
            Column("average_heart_rate", "Average HR (bpm)", _RATE),
            *_SLEEP,
        ),
    ),
    "sleeps": ((*_CYCLE, *_SLEEP, Column("nap", "Nap", cells.flag)),),
    "workouts": (_WORKOUT, (*_WORKOUT, *_DISTANCES)),
    "journal": (
        (
            *_CYCLE,
            Column("question", "Question text", cells.words),
            Column("answer", "Answered yes", cells.flag),
            Column("notes", "Notes", cells.words),
        ),
    ),
}
"""The tables by name, each with the layouts that it has had over the years.

No two of them have the same number of columns, and their order is the same in every language.
"""


class Row(NamedTuple):
    """Hold a row: its line in the file, and its cells by the names of their columns."""

    line: int
    values: dict[str, Value]
    cells: str  # as they stand there, without blank ones: the JSON text of an object by names


class Answer(NamedTuple):
    """Hold a row of the journal: its line in the file, what its cycle's cells say, and its own."""

    line: int
    cycle: Mapping[str, Value]  # start, end and zone; rows of one cycle share it
    question: Value
    answer: Value
    notes: Value


class Skipped(NamedTuple):
    """Hold what is left out, and why, in words that hold nothing of it."""

    line: int
    reason: str


class Table(NamedTuple):
    """Hold one table of an export; `english` where its header says so."""

    name: str
    columns: Sequence[Column]
    places: Sequence[int]  # of the columns in each row
    width: int
    english: bool
    text: str

    def rows(self, clock: Clock, call: Call) -> Iterator[Row | Skipped]:
        """Read the rows in the order of the file, their times by the export's clock.

        ValidationError where most of them are not what their columns hold, or where a spreadsheet
        program has written them.
        """
        start, end, zone = self.places[:3]
        rest = self._rest()
        named = [*zip(self.columns, self.places, strict=True)]

        def row(line: int, found: list[str]) -> Row:
            values = clock.cycle(found[start], found[end], found[zone]).copy()
            moments = clock.at(str(values["zone"]))
            for name, place, known in rest:
                values[name] = (moments if known is None else known)[found[place]]
            texts = {one.english: found[place] for one, place in named if found[place]}
            return Row(line, values, as_json(texts))

        return self._read(row, call)

    def answers(self, clock: Clock, call: Call) -> Iterator[Answer | Skipped]:
        """Read the rows of a journal, as `rows` does those of the others, which are far fewer."""
        start, end, zone = self.places[:3]
        question, answer, notes = self.places[3:]
        asked, given, noted = (Remembered(read) for read in (cells.words, cells.flag, cells.words))

        def row(line: int, found: list[str]) -> Answer:
            return Answer(
                line,
                clock.cycle(found[start], found[end], found[zone]),
                asked[found[question]],
                given[found[answer]],
                noted[found[notes]],
            )

        return self._read(row, call)

    def _rest(self) -> list[tuple[str, int, Remembered | None]]:
        """List the columns after those of the cycle: name, place, and reader; None for a time."""
        alike = {
            column.read: Remembered(column.read) for column in self.columns if callable(column.read)
        }
        return [
            (column.name, place, alike[column.read] if callable(column.read) else None)
            for column, place in zip(self.columns[3:], self.places[3:], strict=True)
        ]

    def _read(self, read: Callable[[int, list[str]], R], call: Call) -> Iterator[R | Skipped]:
        lines = csv.reader(_lines(self.text, call), strict=True)
        count = failed = 0
        try:
            next(lines)
            begun = lines.line_num + 1
            for found in lines:
                line, begun = begun, lines.line_num + 1
                reason = "it does not have as many cells as the header"
                if len(found) == self.width:
                    try:
                        one = read(line, found)
                    except Resaved as problem:
                        raise package.resaved(f"in its {self.name} {problem}") from None
                    except Unreadable as problem:
                        reason = str(problem)
                    else:
                        count += 1
                        yield one
                        if count == 50 and failed > 25:
                            break
                        continue
                if not any(map(cells.stripped, found)):
                    continue  # a blank line, which has no cycle
                count += 1
                failed += 1
                yield Skipped(line, reason)
                if count == 50 and failed > 25:
                    break
        except csv.Error:
            raise package.not_an_export(
                f"Its {self.name} cannot be read as a table, or are cut off."
            ) from None
        if failed * 2 > count:
            raise package.not_an_export(
                f"Most rows of its {self.name} are not what their columns should hold."
            )


def _lines(text: str, call: Call) -> Iterator[str]:
    """Cut a text into its lines piece by piece: as a whole they would be held a second time."""
    return chain.from_iterable(io.StringIO(piece, newline="\n") for piece in _pieces(text, call))


def _pieces(text: str, call: Call) -> Iterator[str]:
    begun = 0
    while begun < len(text):
        call.check()  # by pieces and not by rows: blank lines, too, take their time
        end = text.find("\n", begun + _PIECE) + 1 or len(text)
        yield text[begun:end]
        begun = end


def known(files: Sequence[package.File], call: Call) -> tuple[dict[str, Table], list[str]]:
    """Find which table each file is, by its columns alone; answers the tables and what to say.

    ValidationError where two are of one kind, where there are no cycles, and for what a
    spreadsheet program has saved.
    """
    tables: dict[str, Table] = {}
    others = 0
    for file in files:
        table = _known(file.text, call)
        if table is None:
            others += 1
        elif table.name in tables:
            raise package.two_exports()
        else:
            tables[table.name] = table
    if not tables:
        raise package.not_an_export("None of its tables has the columns of one.")
    if "cycles" not in tables:
        raise ValidationError(
            "The export has no physiological cycles, by which all else is dated.",
            hint="Give the whole ZIP as WHOOP mailed it, or a folder of all its tables.",
        )
    said = [
        f"The export has no {name}, so nothing is known of them."
        for name in LAYOUTS
        if name not in tables
    ]
    if others:
        kind = "of no known kind"
        left = counted(others, f"table {kind} was", f"tables {kind} were")
        said.append(f"{left} left out.")
    return tables, said


def _known(text: str, call: Call) -> Table | None:
    try:
        header = next(csv.reader(io.StringIO(text[: 2 * _CELL], newline="")), [])
    except csv.Error:
        return None
    names = [_plain(cell) for cell in header]
    if len(names) == 1 and names[0].count(";") > 4:
        raise package.resaved("its cells are separated by semicolons")
    for name, layouts in LAYOUTS.items():
        for columns in layouts:
            english = [_plain(column.english) for column in columns]
            if names[:3] == english[:3] and set(english) <= set(names):
                if len(names) != len(english) and _fits_better(names):
                    continue
                places = [names.index(one) for one in english]
                return Table(name, columns, places, len(names), True, text)
    if names[:1] == [_plain(_CYCLE[0].english)]:
        return None  # English, but none of the four: an unknown table is not read by position
    for name, layouts in LAYOUTS.items():
        for columns in layouts:
            if len(columns) == len(names):
                table = Table(name, columns, range(len(names)), len(names), False, text)
                return table if _reads(table, call) else None
    return None


def _reads(table: Table, call: Call) -> bool:
    """Tell whether a table that is known by its width alone holds what its columns should.

    One row of the first ones is enough. So is none at all; and what is wrong with the very first
    one in a way that has words of its own, as of a spreadsheet, is told when it is read.
    """
    found: Row | Skipped | None = None
    try:
        for found in islice(table.rows(Clock(), call), _FIRST):
            if isinstance(found, Row):
                return True
    except ValidationError:
        pass
    return found is None


def _fits_better(names: list[str]) -> bool:
    """Tell whether a header holds all of a layout with more columns, too."""
    return any(
        {_plain(column.english) for column in columns} == set(names)
        for layouts in LAYOUTS.values()
        for columns in layouts
    )


def _plain(cell: str) -> str:
    return (
        " ".join(cell.replace("\u00a0", " ").replace("\u202f", " ").split()).strip("\ufeff").lower()
    )
