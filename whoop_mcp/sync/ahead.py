"""Ask WHOOP a question before its answer is needed, once, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Hold a question that a free thread may ask, and that whoever needs the answer asks else.

    `cache_id` is the cache for which it is asked. Several threads may use it.
    """

    def __init__(self, ask: Callable[[], T], cache_id: str | None = None) -> None:
        self._ask = ask
        self.cache_id = cache_id
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


def asked_for(cache_id: str | None, ahead: Ahead[T] | None) -> Ahead[T] | None:
    """Keep a question that was asked for a cache, if any; drop it where that was purged since, as
    what was asked before may be another user's."""
    return ahead if ahead and ahead.cache_id == cache_id else None
