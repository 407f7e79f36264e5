"""Turn every answer into JSON text, and every failure into the envelope that stands for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import surroundings

Answer = dict[str, Any]
"""The object that a tool or URI answers: all that JSON can say."""


@dataclass(frozen=True)
class Reply:
    """Hold what a tool or URI replies: one object, and the compact JSON text that says the same."""

    value: Answer
    text: str

    @property
    def failed(self) -> bool:
        """Tell whether it is an error envelope."""
        return "error" in self.value


def reply(act: Callable[[], Answer]) -> Reply:
    """Reply with what `act` answers, or the envelope of what it raised. A crash is only logged."""
    try:
        return spell(act())
    except Exception as problem:
        error = surroundings.error_of(problem, "A tool or URI")
        error.hint = error.hint and surroundings.runnable(error.hint)
        return spell(error.envelope())


def spell(value: Answer) -> Reply:
    """Spell a value as JSON. ValueError when it holds what JSON cannot say."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # File names can hold half a surrogate pair, on which every encoder of the wire would fail.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return Reply(value if clean == text else json.loads(clean), clean)
