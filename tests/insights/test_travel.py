"""Days that travel marks, by the clocks of their records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from whoop_mcp.insights import answer, travel
from whoop_mcp.insights.timeseries import day
from whoop_mcp.reads.days import Day
from whoop_mcp.whoop.records import Cycle

from ..support import athlete_days, reference_statistics, samples
from ..support.athlete_days import LAST

FIRST = LAST - 199
_CYCLE = Cycle.from_api(samples.cycle(1))


def lived(clocks: dict[int, str], home: str = "-05:00") -> list[Day]:
    """Two hundred days at home but for these."""
    return [
        Day(
            day(at),
            replace(_CYCLE, timezone_offset=clocks.get(at - FIRST, home)),
            None,
            None,
            [],
            [],
        )
        for at in range(FIRST, LAST + 1)
    ]


def marked(clocks: dict[int, str]) -> list[int]:
    days = lived(clocks)
    found = travel.away(days)
    expected = reference_statistics.away(days, FIRST, LAST)
    assert [at - FIRST in [one - FIRST for one in found] for at in range(FIRST, LAST + 1)] == list(
        expected
    )
    return sorted(at - FIRST for at in found if at <= LAST)


def test_a_journey_marks_its_days_and_the_five_after_the_way_back() -> None:
    """Ten days east: those ten, the day on which the clock is home's again, and five more."""
    assert marked(dict.fromkeys(range(50, 60), "+09:00")) == list(range(50, 66))


def test_summer_time_and_the_next_zone_are_no_journey() -> None:
    """A clock that differs by an hour marks nothing, for a while or for good."""
    assert marked({}) == marked(dict.fromkeys(range(50, 200), "-04:00")) == []


def test_who_moves_house_has_a_new_clock() -> None:
    """The change marks the day and five more; after that the new clock is the usual one."""
    assert marked(dict.fromkeys(range(100, 200), "+01:00")) == list(range(100, 106))


def test_days_without_records_are_passed_over() -> None:
    """A day without cycle and sleep has no clock, and is no change of one."""
    days = lived(dict.fromkeys(range(50, 60), "+09:00"))
    days[55] = days[55]._replace(cycle=None)
    days[180] = days[180]._replace(cycle=None)
    assert sorted(at - FIRST for at in travel.away(days)) == list(range(50, 66))
    assert travel.away([]) == travel.away([one._replace(cycle=None) for one in days]) == set()


def test_correlations_leave_journeys_out_and_say_so() -> None:
    """The days are counted by their reason, and all days of the window are accounted for."""
    quiet: dict[str, Any] = {"illness": (), "quirks": False}
    away = athlete_days.life(1, 300, 30, **quiet, travel=(("2026-03-01", 9, "+05:30"),))
    home = athlete_days.life(1, 300, 30, **quiet, travel=())
    word = "on another clock than usual, or in the five days after"
    for one in answer.compute(*away).sections["correlations"]:
        assert one.excluded[word] >= 14 and one.n + sum(one.excluded.values()) == 180
    for one in answer.compute(*home).sections["correlations"]:
        assert word not in one.excluded
