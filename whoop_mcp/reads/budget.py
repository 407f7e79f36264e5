"""How much of a long answer fits: whole items only, and one at least."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def fill(
    items: Iterable[Item], size: Callable[[Item], int], *, room: float, limit: float
) -> tuple[list[Item], bool]:
    """The first items whose sizes (characters) fit into the room, at most `limit` of them, and
    whether more follow."""
    taken: list[Item] = []
    for item in items:
        room -= size(item) + 2  # the comma and, however it is spelled, a space
        if len(taken) >= limit or (taken and room < 0):
            return taken, True
        taken.append(item)
    return taken, False
