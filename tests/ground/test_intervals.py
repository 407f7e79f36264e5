"""The algebra of windows, against a minute-by-minute model of it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.times import Window, common, gaps, union

from ..support.samples import PROPERTY


def window(start: int, end: int) -> Window:
    """A window between two minutes of one hour."""
    return Window(f"2026-04-20T06:{start:02d}:00.000Z", f"2026-04-20T06:{end:02d}:00.000Z")


WINDOWS = st.builds(window, st.integers(0, 30), st.integers(0, 30))
MANY = st.lists(WINDOWS, max_size=8)


def minutes(*windows: Window) -> set[int]:
    """The minutes that lie in any of the windows."""
    return {
        minute
        for one in windows
        for minute in range(60)
        if one.start <= window(minute, minute).start < one.end
    }


@PROPERTY
@given(MANY)
def test_a_union_is_the_same_time_in_fewest_windows(many: list[Window]) -> None:
    """A union holds the same minutes, in order, and no two of its windows touch."""
    merged = union(many)
    assert minutes(*merged) == minutes(*many)
    assert all(one.start < one.end for one in merged)
    assert all(one.end < other.start for one, other in pairwise(merged))


@PROPERTY
@given(WINDOWS, MANY)
def test_gaps_are_what_is_left(whole: Window, many: list[Window]) -> None:
    """Gaps are exactly the minutes of the window that no other covers, in order."""
    left = gaps(whole, many)
    assert minutes(*left) == minutes(whole) - minutes(*many)
    assert left == union(left)


@PROPERTY
@given(WINDOWS, WINDOWS)
def test_the_common_stretch(one: Window, other: Window) -> None:
    """Two windows share the minutes that are in both, or nothing at all."""
    shared = common(one, other)
    both = minutes(one) & minutes(other)
    assert (shared is None) == (both == set())
    assert shared is None or minutes(shared) == both
