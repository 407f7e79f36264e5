"""The tools, with an export and no login: they answer from it, and say of which date it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.app import App
from whoop_mcp.call import Call
from whoop_mcp.errors import AuthFailed, NotFound
from whoop_mcp.server.replies import spell
from whoop_mcp.server.tools import BY_NAME
from whoop_mcp.settings import Settings
from whoop_mcp.simulator import life

from ..support import exports_of_whoop

LISTS = ("cycles", "recoveries", "sleeps", "workouts")


class World:
    """An App in an empty home, which has imported an export of some time ago."""

    def __init__(self, folder: Path, ago: float) -> None:
        self.until = times.plus(times.now(), days=-ago)
        account = life.make(seed=8, days=120, until=self.until)
        place = exports_of_whoop.save(account, folder)
        self.app = App(Settings.read({"WHOOP_HOME": str(folder / "home")}))
        self.imported = self.ask("import_whoop_export", path=str(place))

    def ask(self, tool: str, **given: Any) -> dict[str, Any]:
        return spell(BY_NAME[tool].call(self.app, given, Call(20))).value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, ago=100)


def test_lists_answer_from_an_old_export(world: World) -> None:
    """A window that it covers is complete as of its date; one that reaches beyond says from when on
    nothing is known, and how to log in."""
    as_of = world.imported["as_of"]
    for name in LISTS:
        start, end = (times.plus(as_of, days=-days) for days in (40, 10))
        page = world.ask(f"list_whoop_{name}", start=start, end=end)
        assert page["complete"] and page["as_of"] == as_of and page["count"] > 10
        assert {one["source"] for one in page["records"]} == {"export"}
        page = world.ask(f"list_whoop_{name}", start=start)
        assert not page["complete"] and page["missing"][0]["start"] <= times.plus(as_of, seconds=1)
        assert "whoop-mcp login" in " ".join(page["warnings"])
        page = world.ask(f"list_whoop_{name}")  # the last 30 days, of which nothing is known
        assert page["records"] == [] and not page["complete"]


def test_a_cycle_that_ran_then_does_not_run_on(world: World) -> None:
    """The open cycle of an old export belongs to its time, not to all days since."""
    newest = world.ask("list_whoop_cycles", start=times.plus(world.until, days=-3))["records"][0]
    assert newest["end"] is None
    later = times.plus(world.until, days=20)
    page = world.ask("list_whoop_cycles", start=later)
    assert page["records"] == []
    assert world.ask("get_whoop_daily_summary", date=later[:10])["cycle"] is None


def test_one_record_and_one_day_answer(world: World) -> None:
    """A cycle by its id below zero, its sleep and recovery, and the day that has all of them; asked
    for anew, WHOOP would not know the id."""
    cycle = world.ask("list_whoop_cycles", end=times.plus(world.until, days=-5))["records"][0]
    assert cycle["id"] < 0
    assert world.ask("get_whoop_cycle", cycle_id=cycle["id"]) == cycle
    sleep = world.ask("get_whoop_cycle_sleep", cycle_id=cycle["id"])
    recovery = world.ask("get_whoop_cycle_recovery", cycle_id=cycle["id"])
    assert sleep["id"] == recovery["sleep_id"]
    assert world.ask("get_whoop_sleep", sleep_id=sleep["id"]) == sleep
    day = world.ask("get_whoop_daily_summary", date=sleep["end_local"][:10])
    assert (day["cycle"], day["sleep"], day["recovery"]) == (cycle, sleep, recovery)
    assert day["complete"]
    for tool, key in (("get_whoop_cycle", cycle["id"]), ("get_whoop_cycle_sleep", cycle["id"])):
        with pytest.raises(NotFound):
            world.ask(tool, cycle_id=key, fresh=True)
        with pytest.raises(NotFound):
            world.ask(tool, cycle_id=key - 1)
    with pytest.raises(AuthFailed):
        world.ask("get_whoop_profile")
    with pytest.raises(AuthFailed):
        world.ask("list_whoop_sleeps", fresh=True)


def test_statistics_and_health_answer(world: World) -> None:
    """Insights of the export's time are computed; health says from what the cache lives."""
    as_of = world.imported["as_of"][:10]
    end = times.plus(times.midnight(as_of), days=-1)[:10]
    insights = world.ask("get_whoop_insights", end=end, days=30)
    assert all(one["complete"] for one in insights["coverage"]["cycles"].values())
    hrv = next(one for one in insights["baselines"] if one["id"] == "hrv.baseline")
    assert hrv["value"] is not None
    health = world.ask("health_check")
    assert health["status"] == "degraded"
    assert f"export of {as_of}" in health["checks"]["auth"]["detail"]
    assert world.ask("get_whoop_journal", start="2020-01-01")["count"] > 100
