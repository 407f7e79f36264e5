"""What a clock that was ahead has left in a cache, and how it is outlived."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import coverage, purge
from whoop_mcp.reads import records
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, WORKOUTS

from ..support import lookups
from ..support.families import pairs
from ..support.mirrored_accounts import MirroredAccount, mirrored_account


def sync_as_before(one: MirroredAccount, **ahead: float) -> None:
    """A sync of an older version, which believed this computer's clock."""
    right = one.cache.clock
    one.cache.clock = lambda: times.plus(one.now(), **ahead)
    one.sync()
    one.cache.clock = right


def future(one: MirroredAccount) -> list[tuple[Any, ...]]:
    """All that the cache dates after the present."""
    connection = sqlite3.connect(one.cache.path)
    late = times.plus(one.now(), minutes=3)
    try:
        return [
            row
            for statement in (
                'SELECT * FROM coverage WHERE confirmed_at > :late OR "end" > :late',
                "SELECT * FROM runs WHERE started_at > :late OR completed_at > :late",
                "SELECT resource, id FROM records WHERE asked_at > :late OR changed_at > :late",
                "SELECT * FROM meta WHERE key = 'floor' AND value > :late",
            )
            for row in connection.execute(statement, {"late": late})
        ]
    finally:
        connection.close()


def assert_whole(one: MirroredAccount, days: int) -> None:
    """The last days are held as WHOOP has them, and known to be."""
    edge = times.plus(one.now(), days=-days, minutes=1)
    for resource in COLLECTIONS:
        held = {
            key: flat for key, flat in one.held(resource).items() if (flat["end"] or edge) >= edge
        }
        truth = {
            key: flat for key, flat in one.truth(resource).items() if (flat["end"] or edge) >= edge
        }
        assert held == truth, resource.name
        assert lookups.standing(one.cache, resource, edge).complete, resource.name


@pytest.mark.parametrize(
    ("ahead", "retention"),
    [
        *pairs([20, 3000], [None, 30]),
        *(pytest.param(60, kept, marks=pytest.mark.slow) for kept in (None, 30)),
    ],
)
@pytest.mark.parametrize("history", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_one_sync_with_the_right_clock_heals_all(
    tmp_path: Path, history: int, ahead: int, retention: int | None
) -> None:
    """After a sync days or years ahead, nothing is dated in the future any more, and all that
    should be held is held and known: today, and on each day that the wrong clock had claimed."""
    with mirrored_account(tmp_path, days=history, retention_days=retention) as one:
        one.fill(since=times.plus(one.now(), days=-history))
        sync_as_before(one, days=ahead)
        assert future(one)
        kept = retention or history
        one.account.pass_time(days=5)
        report = one.sync()
        assert report["status"] == "success"
        assert future(one) == []
        assert_whole(one, kept)
        for _ in range(4):
            one.account.pass_time(days=5)
            one.sync()
            assert_whole(one, kept)


def test_a_read_believes_no_claim_from_the_future(tmp_path: Path) -> None:
    """Without a sync between, a window that the wrong clock had claimed is fetched when it has
    become the past."""
    with mirrored_account(tmp_path, days=60) as one:
        sync_as_before(one, days=90)
        began = one.now()
        one.account.pass_time(days=50)
        end = times.plus(began, days=20)
        page = records.page(one.mirror, CYCLES, start=began, end=end, limit=100)
        truth = [flat for flat in one.truth(CYCLES).values() if flat["start"] < end]
        assert page["complete"]
        assert page["total"] == sum((flat["end"] or end) > began for flat in truth) >= 20


@pytest.mark.parametrize("retention", [None, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_persons_floor_stays(tmp_path: Path, retention: int | None) -> None:
    """What somebody purged is not fetched again because a clock was ahead afterwards."""
    with mirrored_account(tmp_path, days=60, retention_days=retention) as one:
        one.fill()
        bound = times.plus(one.now(), days=-20)
        purge.before(one.cache, bound)
        sync_as_before(one, days=90)
        one.sync()
        assert one.cache.recall("floor") == bound
        assert all((flat["end"] or bound) >= bound for flat in one.held(WORKOUTS).values())


def test_a_clock_behind_voids_nothing(tmp_path: Path) -> None:
    """Where this computer's clock lags, WHOOP's time says that nothing is in the future."""
    with mirrored_account(tmp_path, days=60) as one:
        one.fill()
        with one.cache.database.reading() as connection:
            before = coverage.stretches(connection, CYCLES, coverage.Window("0", "9"))
        one.ahead = {"days": -400}
        start = times.plus(one.now(), days=-60)
        page = records.page(one.mirror, CYCLES, start=start, end=one.now())
        assert page["complete"]
        with one.cache.database.reading() as connection:
            after = coverage.stretches(connection, CYCLES, coverage.Window("0", "9"))
        assert after[0] == before[0]
        assert one.cache.recall("floor") is None


def test_nothing_is_voided_where_nobody_tells_the_time(tmp_path: Path) -> None:
    """Offline, all stays as it is."""
    with mirrored_account(tmp_path, days=60) as one:
        sync_as_before(one, days=90)
        before = future(one)
        one.account.pass_time(days=1)
        one.simulator.fault("drop", times=None)
        with pytest.raises(Exception, match=r"."):
            one.sync()
        assert [row for row in future(one) if row in before] == before
