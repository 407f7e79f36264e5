"""Find what else is done on the days of a behaviour, and what cannot be told apart from it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from .habits import Habit

TOGETHER = 0.5  # φ from which on two behaviours are not told apart


class Company(NamedTuple):
    """What else was done on the days of a behaviour: how many others on days with it and without,
    and which mostly come with it or in its place."""

    others: tuple[float, float]
    together: tuple[str, ...]
    instead: tuple[str, ...]


def companies(habits: Sequence[Habit], enough: Sequence[Habit]) -> dict[str, Company]:
    """Find for each behaviour that has enough days what else is done on them."""
    first = min((at for one in habits for at in one.done), default=0)
    known = {one.name: _bits(one.done, first) for one in habits}
    done = {one.name: _bits([at for at, yes in one.done.items() if yes], first) for one in habits}
    together: dict[str, list[str]] = defaultdict(list)
    instead: dict[str, list[str]] = defaultdict(list)
    for a, b in combinations([one.name for one in enough], 2):
        like = _phi(done[a], done[b], known[a] & known[b])
        if abs(like) > TOGETHER:
            for one, other in ((a, b), (b, a)):
                (together if like > 0 else instead)[one].append(other)
    return {
        one.name: Company(
            _others(one, done, first), tuple(together[one.name]), tuple(instead[one.name])
        )
        for one in enough
    }


def note(company: Company) -> str | None:
    """Say what cannot be told apart from a behaviour, where there is such."""
    parts = []
    if company.together:
        parts.append(f"mostly done on the same days as {', '.join(company.together)}")
    if company.instead:
        parts.append(f"mostly done instead of {', '.join(company.instead)}")
    return f"{'; '.join(parts)}: their effects cannot be told apart" if parts else None


def _others(habit: Habit, done: Mapping[str, int], first: int) -> tuple[float, float]:
    """Return how many other behaviours a day with this one has, and a day without it."""
    yes = done[habit.name]
    no = _bits(habit.done, first) & ~yes
    rest = [bits for name, bits in done.items() if name != habit.name]
    with_it = sum((bits & yes).bit_count() for bits in rest) / habit.yes
    without = sum((bits & no).bit_count() for bits in rest) / habit.no
    return round(with_it, 2), round(without, 2)


def _phi(a: int, b: int, known: int) -> float:
    """Correlate two behaviours by yes and no over the days that both were answered on."""
    n, of_a, of_b = known.bit_count(), (a & known).bit_count(), (b & known).bit_count()
    square = of_a * (n - of_a) * of_b * (n - of_b)
    return (n * (a & b & known).bit_count() - of_a * of_b) / math.sqrt(square) if square else 0.0


def _bits(days: Iterable[int], first: int) -> int:
    return sum(1 << at - first for at in days)
