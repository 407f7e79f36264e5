"""Take in the rows of an export's tables, and merge those that tell of the same thing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ..cache.rows import as_json
from ..call import Call
from ..times import Window
from . import questions
from .cells import Clock, impossible
from .tables import Row, Skipped, Table
from .telling import Telling

MOMENTS = ("start", "end", "onset", "wake", "began", "ended")
"""The columns that hold times, in whichever table."""
_PAIRS = (("onset", "wake"), ("began", "ended"))


class MergedRows:
    """Hold the rows of all tables, merged by the instants at which things began."""

    def __init__(self, telling: Telling, latest: str, call: Call) -> None:
        self.telling = telling
        self.call = call
        self.clock = Clock()
        self.latest = latest  # that a row may tell of
        self.cycles: dict[str, Row] = {}
        self.nights: dict[str, Row] = {}  # main sleeps as the cycles tell them
        self.sleeps: dict[str, Row] = {}
        self.workouts: dict[tuple[str, int], Row] = {}
        self._begun: dict[str, set[tuple[Any, ...]]] = {}  # what workouts say, by their starts
        self.journal = questions.Journal(telling)
        self.whole_journal = True
        self.order: dict[str, list[Window | None]] = defaultdict(list)  # of each table's rows
        self.english = True

    def take(self, name: str, table: Table) -> None:
        """Take in one table, row by row; cycles come first."""
        self.english = self.english and table.english
        if name == "journal":
            self._take_journal(table)
            return
        act = getattr(self, f"_take_{name}")
        names = [column.name for column in table.columns]
        moments = [one for one in MOMENTS if one in names]
        pairs = [pair for pair in _PAIRS if pair[0] in names]
        order = self.order[name]
        for row in table.rows(self.clock, self.call):
            self.telling.rows[name] += 1
            reason = (
                row.reason
                if isinstance(row, Skipped)
                else self._from_the_future(row.values, moments) or _impossible(row.values, pairs)
            )
            if isinstance(row, Skipped) or reason is not None:
                order.append(None)
                self.telling.leave_out(name, row.line, str(reason))
                continue
            start = str(row.values["start"])
            order.append(Window(start, str(row.values["end"] or start)))
            act(row)

    def _take_journal(self, table: Table) -> None:
        cycle, reason = None, None
        for row in table.answers(self.clock, self.call):
            self.telling.rows["journal"] += 1
            if isinstance(row, Skipped):
                self.telling.leave_out("journal", row.line, row.reason)
                self.whole_journal = False
                continue
            if row.cycle is not cycle:
                cycle = row.cycle
                reason = self._from_the_future(cycle, ("start", "end"))
            if reason is None:
                self.journal.take(row)
            else:
                self.telling.leave_out("journal", row.line, reason)
                self.whole_journal = False

    def _from_the_future(self, values: Mapping[str, Any], moments: Sequence[str]) -> str | None:
        for name in moments:
            moment = values[name]
            if moment is not None and moment > self.latest:
                return "a time in it is in the future"
        return None

    def _take_cycles(self, row: Row) -> None:
        self._merge("cycles", self.cycles, str(row.values["start"]), row)
        if (onset := row.values["onset"]) is not None:
            self.nights.setdefault(str(onset), row)

    def _take_sleeps(self, row: Row) -> None:
        if row.values["onset"] is None:
            self.order["sleeps"][-1] = None
            self.telling.leave_out("sleeps", row.line, "it has no onset")
        else:
            self._merge("sleeps", self.sleeps, str(row.values["onset"]), row)

    def _take_workouts(self, row: Row) -> None:
        began = row.values["began"]
        if began is None:
            self.order["workouts"][-1] = None
            self.telling.leave_out("workouts", row.line, "it has no start")
            return
        # Two devices may have recorded one at the same second.
        same = self._begun.setdefault(str(began), set())
        said = tuple(row.values.values())
        if said in same:
            self.telling.leave_out("workouts", row.line, "it repeats another row")
            return
        self.workouts[str(began), len(same)] = row
        same.add(said)

    def _merge(self, name: str, known: dict[str, Row], key: str, row: Row) -> None:
        """Put a row beside another of the same start: a blank never hides what the other says."""
        other = known.get(key)
        if other is None:
            known[key] = row
            return
        self.telling.leave_out(name, row.line, "it repeats another row")
        contradicts = any(
            None not in (value, other.values[column]) and value != other.values[column]
            for column, value in row.values.items()
        )
        if contradicts:
            self.telling.note(name, row.line, "it contradicts an earlier row, which counts")
        merged = {
            column: value if value is not None else row.values[column]
            for column, value in other.values.items()
        }
        cells = {**json.loads(row.cells), **json.loads(other.cells)}
        known[key] = Row(other.line, merged, as_json(cells))


def _impossible(values: Mapping[str, Any], pairs: Sequence[tuple[str, str]]) -> str | None:
    for first, last in pairs:
        if reason := impossible(values[first], values[last]):
            return reason
    return None
