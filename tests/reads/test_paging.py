"""Opaque strings."""

from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.errors import ValidationError
from whoop_mcp.reads import paging

from ..support.samples import PROPERTY

KINDS = {"page": {"after": str, "position": int, "resources": list}}


@PROPERTY
@given(st.text(), st.integers(1 - 2**63, 2**63 - 1), st.lists(st.text()))
def test_a_cursor_gives_back_what_it_was_given(
    after: str, position: int, resources: list[str]
) -> None:
    """Whatever a cursor holds comes back, and no character of it needs escaping in a URL."""
    cursor = paging.write(kind="page", after=after, position=position, resources=resources)
    assert re.fullmatch("[A-Za-z0-9_-]+", cursor)
    assert paging.read("cursor", cursor, KINDS) == {
        "kind": "page",
        "after": after,
        "position": position,
        "resources": resources,
    }


def packed(content: object) -> str:
    """A string that is as a cursor is, whatever it holds."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


GOOD = {"kind": "page", "after": "a", "position": 1, "resources": []}


@pytest.mark.parametrize(
    "content",
    [
        [],
        7,
        None,
        {},
        {"kind": "walk"},
        {"kind": ["page"]},
        {"kind": "page"},
        {**GOOD, "position": "1"},
        {**GOOD, "position": True},
        {**GOOD, "after": None},
        {**GOOD, "resources": [1]},
    ],
    ids=str,
)
def test_a_cursor_of_another_shape(content: object) -> None:
    """What has the wrong fields, or fields of the wrong type, is no cursor."""
    with pytest.raises(ValidationError, match="`since` is not a cursor"):
        paging.read("since", packed(content), KINDS)


@PROPERTY
@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    """Text that no tool gave is a ValidationError, whatever it is."""
    with pytest.raises(ValidationError):
        paging.read("cursor", text, KINDS)


@PROPERTY
@given(st.integers(0, 200), st.characters(codec="ascii"), st.booleans())
def test_a_damaged_cursor_is_refused_or_sound(place: int, other: str, cut: bool) -> None:
    """With a character changed or the end cut off a cursor is refused, or still has its shape."""
    whole = paging.write(**GOOD)
    place %= len(whole)
    damaged = whole[:place] if cut else whole[:place] + other + whole[place + 1 :]
    try:
        found = paging.read("cursor", damaged, KINDS)
    except ValidationError:
        return
    assert {name: type(value) for name, value in found.items() if name in GOOD} == {
        name: type(value) for name, value in GOOD.items()
    }


def test_a_nest_of_brackets_is_no_cursor() -> None:
    """A cursor made to exhaust the reader is refused as any other."""
    bomb = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(ValidationError):
        paging.read("cursor", bomb, KINDS)
