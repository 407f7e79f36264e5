"""JSON text that is put into JSON as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from whoop_mcp import jsontext
from whoop_mcp.jsontext import JsonText

ANSWERS: list[dict[str, Any]] = [
    {},
    {"records": []},
    {"a": 1, 'quo"ted\n': "Zoë ✓", "none": None, "deep": {"list": [1.5, True, {"x": []}]}},
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_object_is_spelled_the_same_whichever_of_its_values_are_text(
    answer: dict[str, Any],
) -> None:
    """With some, all or none of the values as JSON text, the spelling is one: compact JSON."""
    plain = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    for which in range(2 ** len(answer)):
        mixed = {
            name: JsonText(jsontext.spell(value)) if which >> place & 1 else value
            for place, (name, value) in enumerate(answer.items())
        }
        assert "".join(jsontext.parts(mixed)) == plain


@pytest.mark.parametrize("texts", [[], ["1"], ['{"a":1}', "null", '"x"']])
def test_an_array_is_its_items_in_order(texts: list[str]) -> None:
    """Texts that are joined to an array read as the list of what each of them says."""
    assert json.loads(JsonText.array(texts)) == [json.loads(text) for text in texts]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    """No answer leaves with words that are no JSON."""
    with pytest.raises((ValueError, TypeError)):
        list(jsontext.parts({"value": value}))
