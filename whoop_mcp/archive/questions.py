"""Read the journal of an export: which behaviour a question asks for, and on which day it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import times
from ..cache.archived import Answered
from ..cache.dates import most_of
from ..cache.journal import behaviour
from .cells import Value
from .tables import Answer
from .telling import Telling


class Journal:
    """Gather the answers of a journal, each behaviour of a cycle once."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._answers: dict[str, dict[str, Answer]] = {}  # by the cycle's start and behaviour
        self._contradicted: set[tuple[str, str]] = set()
        self._meant: dict[str, str] = {}  # the behaviours, by the texts of their questions

    def take(self, given: Answer) -> None:
        """Take in one row; what is answered both yes and no is not known, and left out."""
        meant = ""
        if isinstance(given.question, str):
            if (known := self._meant.get(given.question)) is None:
                known = self._meant[given.question] = behaviour(given.question)
            meant = known
        if given.answer is None or not meant:
            self._telling.leave_out("journal", given.line, "it has no question or no answer")
            return
        start = str(given.cycle["start"])
        if (of_cycle := self._answers.get(start)) is None:
            of_cycle = self._answers[start] = {}
        other = of_cycle.setdefault(meant, given)
        if other is given:
            return
        if other.answer == given.answer:
            self._telling.leave_out("journal", given.line, "it repeats another row")
            if other.notes is None and given.notes is not None:
                of_cycle[meant] = given
            return
        key = start, meant
        if key not in self._contradicted:
            self._telling.leave_out("journal", other.line, "it is answered both yes and no")
        self._contradicted.add(key)
        self._telling.leave_out("journal", given.line, "it is answered both yes and no")

    def answers(self, wakings: Mapping[str, str]) -> Iterator[Answered]:
        """List the answers in the order of cycle and behaviour; `wakings` are the dates on which
        cycles wake, by their starts. What was listed is forgotten."""
        for start in sorted(self._answers):
            woke = wakings.get(start)
            for meant, one in sorted(self._answers.pop(start).items()):
                if self._contradicted and (start, meant) in self._contradicted:
                    continue
                if woke is None:
                    end, zone = _text(one.cycle["end"]), str(one.cycle["zone"])
                    woke = waking(start, end, zone, slept=False)
                question, notes = str(one.question), _text(one.notes)
                yield Answered(start, woke, meant, question, bool(one.answer), notes)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def waking(start: str, end: str | None, zone: str, *, slept: bool) -> str:
    """Tell the local date on which a cycle wakes: where its sleep ends, else what it covers most.

    `end` is its sleep's end where it has slept, else its own; None where it still runs.
    """
    if end is None:
        return times.local(start, zone)[:10]
    if slept:
        return times.local(end, zone)[:10]
    return most_of(times.local(start, zone), times.local(end, zone))
