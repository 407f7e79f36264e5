"""How windows are cut, so that a first sync waits for WHOOP as seldom as can be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.sync import plan
from whoop_mcp.times import Window, union
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource

from ..support.mirrored_accounts import mirrored_account

NOW = "2026-10-20T15:00:00.123Z"


@pytest.mark.parametrize(
    ("resource", "number"),
    [(CYCLES, 4), (RECOVERIES, 4), (SLEEPS, 5), (WORKOUTS, 5)],
    ids=lambda one: getattr(one, "name", None),
)
def test_ninety_days_are_cut_into_as_many_parts_as_pages(resource: Resource, number: int) -> None:
    """The parts are the whole window, newest first, none longer than fills a page."""
    window = Window(times.plus(NOW, days=-90), NOW)
    parts = plan.pieces(resource, window)
    assert len(parts) == number
    assert parts[0].end == window.end and parts[-1].start == window.start
    assert all(older.end == newer.start for newer, older in pairwise(parts))
    lengths = [times.seconds(*part) for part in parts]
    assert max(lengths) - min(lengths) < 0.01


@pytest.mark.parametrize("days", [0.001, 14, 44, 44.9, 90, 199, 200, 6000])
def test_no_cut_loses_anything(days: float) -> None:
    """However long a window is, its parts are it; very short and very long ones stay whole."""
    window = Window(times.plus(NOW, days=-days), NOW)
    for resource in COLLECTIONS:
        parts = plan.pieces(resource, window)
        assert union(parts) == [window]
        assert (len(parts) == 1) is (days <= 44 or days >= 200)


def test_a_first_sync_takes_hardly_more_requests_than_pages(tmp_path: Path) -> None:
    """Ninety days are eighteen pages at best, and little is asked for on top of that."""
    with mirrored_account(tmp_path, days=150) as one:
        one.requests()
        one.sync()
        assert one.requests() <= 22
