"""The morning of docs/MORNING.md: what is told there is what a server answers on the demo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..support.commands import REPOSITORY
from ..test_words import odd
from ..tools import morning

PAGE = (REPOSITORY / "docs" / "MORNING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    """What a real server process answers, over standard input and output."""
    return morning.asked(morning.CALLS)


def numbers(found: Any) -> Iterator[str]:
    """Every number of an answer as people may write it: rounded, as hours and minutes, a part of a
    date or a time of day, or one in a sentence."""
    if isinstance(found, dict):
        for name, one in found.items():
            if name not in ("evidence", "id", "method", "source", "question"):
                yield from numbers(one)
    elif isinstance(found, list):
        for one in found:
            yield from numbers(one)
    elif isinstance(found, str):
        yield from (part.lstrip("0") or "0" for part in re.findall(r"\d+", found))
        yield from re.findall(r"\d+(?:\.\d+)?", found)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield from (f"{found:.{decimals}f}" for decimals in (0, 1, 2))
        hours, minutes = divmod(round(found / 60), 60)
        yield from (f"{hours}", f"{minutes:02d}")


def test_the_page_is_what_the_server_answers(answers: list[dict[str, Any]]) -> None:
    """Word for word; `python -m tests.tools.morning` writes it again."""
    assert morning.page(answers) == PAGE, "python -m tests.tools.morning"


def test_every_number_of_the_page_is_in_an_answer(answers: list[dict[str, Any]]) -> None:
    """Whoever says it: none is made up, nor the result of arithmetic of the assistant's own."""
    known = {one for answer in answers for one in numbers(answer)}
    said = re.findall(r"\d+(?:\.\d+)?", "".join(re.findall(r"^>.*$", PAGE, re.MULTILINE)))
    assert len(said) > 30 and not set(said) - known
    assert not {"29.4", "8.4", "46.93"} <= known, "what nobody answered is not known"


def test_the_calls_of_the_page_are_those_that_were_made() -> None:
    """Each tool with its arguments, in their order; and nothing on it is odd."""
    made = re.findall(r"^- `(\w+)` `(\{.*?\})`", PAGE, re.MULTILINE)
    assert [(name, json.loads(given)) for name, given in made] == list(morning.CALLS)
    assert not odd(PAGE) and "@" not in PAGE and str(Path.home()) not in PAGE
