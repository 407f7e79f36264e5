"""WHOOP's own time, and what a sync does by a wrong clock once WHOOP has told it."""

from __future__ import annotations

from email.utils import format_datetime
from pathlib import Path

import pytest
import responses

from whoop_mcp import times
from whoop_mcp.cache import coverage
from whoop_mcp.errors import UpstreamError
from whoop_mcp.reads import records
from whoop_mcp.times import Window
from whoop_mcp.whoop.present import Present
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES
from whoop_mcp.whoop.transport import BASE_URL, Transport

from ..support import lookups
from ..support.families import pairs
from ..support.mirrored_accounts import mirrored_account

NOW = "2026-10-20T12:00:00.000Z"


def date(instant: str) -> dict[str, str]:
    """The header that tells an instant."""
    return {"Date": format_datetime(times.moment(instant), usegmt=True)}


@pytest.mark.parametrize(
    ("off", "told"), [({"seconds": 100}, 0), ({"days": 20}, 1), ({"days": -900}, 1)]
)
def test_whoops_time_counts_where_ours_is_minutes_off(off: dict[str, float], told: int) -> None:
    """Off by less, our own clock counts; off by more, WHOOP's does, and it is said."""
    own = times.plus(NOW, **off)
    present = Present(lambda: own)
    assert present() == own and not present.heard
    present.learn({})
    assert present() == own and present.heard  # an answer without a date
    present.learn(date(NOW))
    assert present() == (NOW if told else own)
    assert bool(present.wrong()) is bool(told)
    present.learn(date(times.plus(NOW, seconds=2)))  # it was longer on its way
    assert present() == (NOW if told else own)


def test_a_clock_that_was_set_is_believed_again() -> None:
    """What WHOOP told is forgotten when our clock jumps, until the next answer."""
    clock = [times.plus(NOW, days=20)]
    present = Present(lambda: clock[0])
    present.learn(date(NOW))
    assert present() == NOW
    clock[0] = NOW
    assert present() == NOW and present.skew is None and present.wrong() is None


def test_a_kept_answer_tells_the_time_with_its_age() -> None:
    """The date of an answer out of a cache is as old as that says."""
    present = Present(lambda: NOW)
    present.learn({**date(times.plus(NOW, hours=-1)), "Age": "3600"})
    assert present.skew == 0


@responses.activate
def test_an_old_answer_is_no_answer() -> None:
    """What a cache on the way has kept for minutes is not taken for WHOOP's present."""
    responses.get(f"{BASE_URL}/developer/v2/cycle", json={"records": []}, headers={"Age": "3600"})
    with pytest.raises(UpstreamError, match="old answers"):
        Transport(backoff=0.001).get("/v2/cycle")


@pytest.mark.parametrize(
    ("off", "retention"),
    [
        *pairs([3000, -60], [None, 30]),
        *(
            pytest.param(off, kept, marks=pytest.mark.slow)
            for off in (20, -900)
            for kept in (None, 30)
        ),
    ],
)
def test_a_sync_by_a_wrong_clock_is_a_sync_by_whoops(
    tmp_path: Path, off: int, retention: int | None
) -> None:
    """Days or years off, it stores and claims what a right clock would have, no more, and says
    that the clock is wrong; nothing is purged or dated beyond WHOOP's present."""
    with mirrored_account(tmp_path, days=60, retention_days=retention) as one:
        one.ahead = {"days": off}
        report = one.sync()
        assert report["status"] == "success"
        assert "clock" in report["warnings"][0]
        late = times.plus(one.account.now(), minutes=3)
        assert one.account.now()[:16] <= report["started_at"] <= report["completed_at"] < late
        assert all(run["started_at"] < late for run in lookups.sync_runs(one.cache, 20))
        edge = times.plus(one.now(), days=-(retention or 60), minutes=1)
        with one.cache.database.reading() as connection:
            for resource in COLLECTIONS:
                known = coverage.stretches(connection, resource, Window("0", "99"))
                assert known and all(max(s.window.end, s.confirmed_at) < late for s in known)
        one.ahead = {}
        one.account.pass_time(days=20)
        assert "warnings" not in one.sync()
        for resource in COLLECTIONS:
            truth = one.truth(resource)
            assert {key for key, flat in truth.items() if (flat["end"] or late) > edge} <= {
                *one.held(resource)
            } | {key for key, flat in truth.items() if retention and (flat["end"] or late) < late}
            assert lookups.standing(one.cache, resource, late).complete


def test_a_purge_waits_until_whoop_has_answered(tmp_path: Path) -> None:
    """With a clock years ahead and no network, retention removes nothing."""
    with mirrored_account(tmp_path, days=60, retention_days=30) as one:
        one.fill()
        held = one.held(CYCLES)
        one.ahead = {"days": 900}
        one.simulator.fault("drop", times=None)
        with pytest.raises(UpstreamError):
            one.sync()
        assert one.held(CYCLES) == held


def test_a_read_by_a_wrong_clock(tmp_path: Path) -> None:
    """It asks by WHOOP's time, claims nothing beyond it, and says what is wrong."""
    with mirrored_account(tmp_path, days=60) as one:
        one.ahead = {"days": 20}
        page = records.page(one.mirror, CYCLES, start=times.plus(one.now(), days=-30))
        assert page["complete"] and page["count"] and "clock" in page["warnings"][0]
        assert page["as_of"] < times.plus(one.now(), minutes=1)
