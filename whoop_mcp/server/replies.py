"""Turn every answer into JSON text, and every failure into the envelope that stands for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import jsontext, surroundings
from ..jsontext import JsonText

Answer = dict[str, Any]
"""The object that a tool or URI answers: all that JSON can say. Its long lists may be JsonText."""


@dataclass(frozen=True)
class Reply:
    """Hold what a tool or URI replies: the compact JSON text of one object.

    `quoted` is that text as a JSON string; `failed` tells whether it is an error envelope; `links`
    point to the files that a tool wrote, each the JSON text of an object.
    """

    text: JsonText
    quoted: JsonText
    failed: bool
    links: Sequence[JsonText] = ()

    @property
    def value(self) -> dict[str, Any]:
        """Read the object from its text."""
        value: dict[str, Any] = json.loads(self.text)
        return value


def reply(
    act: Callable[[], Answer], links: Callable[[Answer], Sequence[JsonText]] | None = None
) -> Reply:
    """Reply with what `act` answers, or the envelope of what it raised. A crash is only logged.

    `links` makes the links of an answer.
    """
    try:
        answer = act()
        return spell(answer, links(answer) if links else ())
    except Exception as problem:
        error = surroundings.error_of(problem, "A tool or URI")
        error.hint = error.hint and surroundings.runnable(error.hint)
        return spell(error.envelope())


def spell(answer: Answer, links: Sequence[JsonText] = ()) -> Reply:
    """Spell an answer. ValueError and TypeError when it holds what JSON cannot say."""
    text = "".join(jsontext.parts(answer))
    if not text.isascii():
        # File names can hold half a surrogate pair, on which every encoder of the wire would fail.
        text = text.encode("utf-8", "replace").decode("utf-8")
    return Reply(JsonText(text), JsonText(jsontext.spell(text)), "error" in answer, links)
