"""Whole items within a room, one at least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.reads import paging

from ..support.samples import PROPERTY


@PROPERTY
@given(st.lists(st.text(max_size=30)), st.integers(0, 200), st.integers(1, 20))
def test_as_many_as_fit_and_one_at_least(texts: list[str], room: int, limit: int) -> None:
    """What is taken is the beginning, it fits unless it is a single item, the next one would not
    have fitted, and it is told whether there is a next one."""
    taken, more = paging.fill(texts, len, room=room, limit=limit)
    assert taken == texts[: len(taken)] and more == (len(taken) < len(texts))
    assert len(taken) <= limit and bool(taken) == bool(texts)
    sizes = [len(text) + 2 for text in texts]
    assert len(taken) <= 1 or sum(sizes[: len(taken)]) <= room
    if more and len(taken) < limit:
        assert sum(sizes[: len(taken) + 1]) > room
