"""Sort what the journal tells by behaviour: the answers and the amounts of its days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..cache.journal import Told
from .timeseries import Dates, day, ranks

LAG = 1
"""Days from a behaviour to the morning that is looked at."""


@dataclass
class Habit:
    """What the journal tells of a behaviour, by the day after: whether it was done, the amounts,
    and the days with answers that contradict each other."""

    name: str
    done: dict[int, bool] = field(default_factory=dict)
    amounts: dict[int, tuple[float, str]] = field(default_factory=dict)
    contradicted: set[int] = field(default_factory=set)

    @property
    def yes(self) -> int:
        return sum(self.done.values())

    @property
    def no(self) -> int:
        return len(self.done) - self.yes


def read(told: Iterable[Told], dates: Dates) -> list[Habit]:
    """Sort what the journal tells by behaviour, the most answered first; each answer is put to the
    morning after its day, where that is one of the dates. A day without an answer is unknown."""
    found: dict[str, Habit] = {}
    places = {day(at - LAG): at for at in range(dates.first, dates.last + 1)}
    for one in told:
        at = places.get(one.date)
        if at is None:
            continue
        habit = found.get(one.behaviour) or found.setdefault(one.behaviour, Habit(one.behaviour))
        if habit.done.setdefault(at, one.answer) != one.answer:
            habit.contradicted.add(at)
        if one.answer and one.amount is not None:
            amount, unit = habit.amounts.get(at, (0.0, one.unit or ""))
            if unit == (one.unit or ""):
                habit.amounts[at] = amount + one.amount, unit
    for habit in found.values():
        for at in habit.contradicted:
            del habit.done[at]
            habit.amounts.pop(at, None)
    return sorted(found.values(), key=lambda one: (-len(one.done), one.name))


def ranked_amounts(habit: Habit) -> dict[int, float]:
    """Rank the amounts in their commonest unit from 0, the least, to 1; nothing where there are
    none, or but one."""
    if not habit.amounts:
        return {}
    ((unit, _),) = Counter(unit for _, unit in habit.amounts.values()).most_common(1)
    known = {at: amount for at, (amount, its) in habit.amounts.items() if its == unit}
    ranked = ranks(list(known.values()))
    least, most = min(ranked), max(ranked)
    if least == most:
        return {}
    return {at: (rank - least) / (most - least) for at, rank in zip(known, ranked, strict=True)}
