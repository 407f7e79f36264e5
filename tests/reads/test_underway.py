"""For how long the mornings of an experiment are waited for."""

from __future__ import annotations

import pytest

from whoop_mcp.reads.days import Day
from whoop_mcp.reads.underway import awaited

MORNING = "2026-04-20"


@pytest.mark.parametrize(
    ("day", "waits_until"),
    [
        (Day(MORNING, None, None, None, [], [], unseen=["sleeps"]), "2026-07-19"),
        (Day(MORNING, None, None, None, [], []), "2026-04-23"),
        (Day(MORNING, None, None, None, [], [], purged=True), None),
    ],
    ids=["not fetched", "not recorded", "purged"],
)
def test_a_morning_is_waited_for_as_long_as_it_may_come(day: Day, waits_until: str | None) -> None:
    """What was not fetched may come with a first sync, which reaches 90 days back; what WHOOP has
    not for three days; what was purged never. So no experiment waits for ever."""
    for today in ("2026-04-20", "2026-04-23", "2026-04-24", "2026-07-19", "2026-07-20"):
        still = awaited({MORNING: day}, [MORNING], "sleep", today)
        assert still == ([MORNING] if today <= (waits_until or "") else []), today
