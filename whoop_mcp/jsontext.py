"""Spell JSON, into which a value that is JSON text already is put as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class JsonText(str):
    """Stand for the value that this JSON text spells, so that nobody has to read it."""

    __slots__ = ()

    @classmethod
    def array(cls, texts: Iterable[str]) -> JsonText:
        """Put the JSON texts of an array's items together."""
        return cls(f"[{','.join(texts)}]")


def parts(answer: Mapping[str, Any]) -> Iterator[str]:
    """Spell an object in compact JSON, part by part, so that no long text is copied.

    Its values may be JsonText, but nothing deeper within. ValueError and TypeError for what JSON
    cannot say.
    """
    if not any(isinstance(value, JsonText) for value in answer.values()):
        yield spell(answer)
        return
    mark = "{"
    for name, value in answer.items():
        yield f"{mark}{spell(name)}:"
        yield value if isinstance(value, JsonText) else spell(value)
        mark = ","
    yield "}"


spell = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
"""Spell any value in compact JSON. ValueError and TypeError for what JSON cannot say."""
