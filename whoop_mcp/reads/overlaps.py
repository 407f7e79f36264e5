"""Find workouts that overlap, and warn of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

_TOLD = 10  # pairs: what a reader can take in


class Timed(Protocol):
    """A workout, or the cache's row of it: only its id and its times are looked at."""

    @property
    def id(self) -> str: ...
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str | None: ...


W = TypeVar("W", bound=Timed)


def pairs(workouts: Sequence[W], now: str) -> Iterator[tuple[W, W]]:
    """Find workouts of which one began before another was over, in the order of their starts."""
    running: list[W] = []
    for one in sorted(workouts, key=lambda one: (one.start, one.id)):
        running = [other for other in running if _end(other, now) > one.start]
        if _end(one, now) > one.start:
            yield from ((other, one) for other in running)
            running.append(one)


def warnings(
    workouts: Sequence[Timed], now: str, shown: Collection[str] | None = None
) -> list[str]:
    """Warn of pairs of which one is `shown` at least (None: all are)."""
    found = (
        f"Workouts {one.id} and {other.id} overlap: perhaps one session recorded twice. "
        "Where a day's minutes, calories and load are added up, the overlap counts once."
        for one, other in pairs(workouts, now)
        if shown is None or one.id in shown or other.id in shown
    )
    told = list(islice(found, _TOLD + 1))
    return told if len(told) <= _TOLD else [*told[:_TOLD], "More workouts overlap."]


def _end(one: Timed, now: str) -> str:
    return one.end or max(now, one.start)
