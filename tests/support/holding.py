"""A call refused as Windows refuses it while another program has the file open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def held(number: int) -> PermissionError:
    """What Windows says of a file that somebody has open: 5, 32 or 33."""
    problem = PermissionError(13, "Access is denied")
    problem.winerror = number  # type: ignore[attr-defined] # an attribute there alone
    return problem


class Refusing:
    """Does something only after it was refused `left` times."""

    def __init__(self, act: Callable[..., Any], left: int, number: int) -> None:
        self._act = act
        self.left = left
        self._number = number

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.left:
            self.left -= 1
            raise held(self._number)
        return self._act(*given, **named)
