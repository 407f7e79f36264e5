"""Ask WHOOP a question before its answer is needed, once, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Hold a question that a free thread may ask, and that whoever needs the answer asks else.

    Several threads may use it.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answers: list[T] = []
        self._problem: Exception | None = None

    def ask(self) -> None:
        """Ask, unless somebody has; what goes wrong is told to whoever needs the answer."""
        with suppress(Exception):
            self.answer()

    def answer(self) -> T:
        """Get the answer, asked for now where nobody has. Raises what asking raised."""
        with self._lock:  # who waits here gets what the other one is asking for
            if self._problem is None and not self._answers:
                try:
                    self._answers.append(self._ask())
                except Exception as problem:
                    self._problem = problem
            if self._problem is not None:
                raise self._problem
            return self._answers[0]
