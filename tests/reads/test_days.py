"""Which cycle, sleep and workouts a date has: the day rule and its hard cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache.dates import DayRule, most_of
from whoop_mcp.errors import UpstreamError, ValidationError
from whoop_mcp.reads import days
from whoop_mcp.simulator.account import Account
from whoop_mcp.whoop.resources import CYCLES, SLEEPS, WORKOUTS

from ..support import accounts
from ..support.faults import FaultySimulator
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

FIELDS = [
    "date",
    "day",
    "cycle",
    "recovery",
    "sleep",
    "other_sleeps",
    "naps",
    "workouts",
    "other_cycles",
    "score_states",
    "complete",
    "as_of",
]


def dates(first: str, number: int) -> list[str]:
    return [times.plus(times.midnight(first), days=n)[:10] for n in range(number)]


def test_a_day_is_the_night_before_and_what_followed(tmp_path: Path) -> None:
    """The cycle whose main sleep ended that morning, its recovery, naps that ended and workouts
    that began on the date; every field in its documented place."""
    with mirrored_account(tmp_path, days=30) as one:
        for date in dates("2026-05-10", 5):
            answer = days.summary(one.mirror, date)
            assert list(answer) == FIELDS and answer["complete"]
            sleep = answer["sleep"]
            assert sleep["end_local"][:10] == date
            assert sleep["cycle_id"] == answer["cycle"]["id"] == answer["recovery"]["cycle_id"]
            assert answer["score_states"]["cycle"] == answer["cycle"]["score_state"]
            for flat in one.truth(WORKOUTS).values():
                assert (flat in answer["workouts"]) == (flat["start_local"][:10] == date)
            for flat in one.truth(SLEEPS).values():
                wanted = flat["nap"] and flat["end_local"][:10] == date
                assert (flat in answer["naps"]) == bool(wanted)


@pytest.mark.parametrize("day", ["local", pytest.param("utc", marks=pytest.mark.slow)])
def test_no_cycle_has_two_dates_and_every_cycle_has_one(tmp_path: Path, day: DayRule) -> None:
    """Over months with travel, naps and nights without the strap each cycle is shown on exactly
    one date, as the cycle or among the others."""
    with mirrored_account(tmp_path, days=80, seed=5) as one:
        one.fill()
        shown: list[int] = []
        for date in dates("2026-03-01", 85):
            answer = days.summary(one.mirror, date, day=day)
            shown += [answer["cycle"]["id"]] if answer["cycle"] else []
            shown += answer["other_cycles"]
        assert sorted(shown) == sorted(int(key) for key in one.truth(CYCLES))


def test_once_synced_a_past_day_costs_nothing(tmp_path: Path) -> None:
    """Days of the mirror are answered without a request, also those without the strap."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        one.requests()
        for date in dates("2026-04-01", 30):
            assert days.summary(one.mirror, date)["complete"]
        assert one.requests() == 0


def test_after_today_there_is_nothing(tmp_path: Path) -> None:
    """The running cycle is today's and never tomorrow's."""
    with mirrored_account(tmp_path, days=10) as one:
        one.account.pass_time(hours=8)
        today = days.summary(one.mirror, UNTIL[:10])
        assert today["cycle"]["end"] is None
        tomorrow = days.summary(one.mirror, times.plus(UNTIL, days=1)[:10])
        assert tomorrow["cycle"] is tomorrow["sleep"] is tomorrow["recovery"] is None
        assert tomorrow["workouts"] == [] and tomorrow["complete"]


def test_an_outage_is_told(tmp_path: Path) -> None:
    """Cold and without WHOOP it is the error; half known it says what is missing."""
    with mirrored_account(tmp_path, days=80) as one:
        one.simulator.fault(503, times=None)
        with pytest.raises(UpstreamError):
            days.summary(one.mirror, "2026-04-05")
        one.simulator.clear_faults()
        days.summary(one.mirror, "2026-04-05")
        one.simulator.fault(503, times=None)
        answer = days.summary(one.mirror, "2026-04-06")
        assert not answer["complete"] and answer["missing"] and answer["warnings"]


@pytest.mark.parametrize("date", ["yesterday", "2026-02-30", "2026-04-20T00:00:00Z", ""])
def test_a_date_is_a_calendar_day(tmp_path: Path, date: str) -> None:
    """Anything else is a VALIDATION_ERROR with an example, and nothing is sent."""
    with mirrored_account(tmp_path, days=5) as one:
        with pytest.raises(ValidationError, match="date"):
            days.summary(one.mirror, date)
        assert one.requests() == 0


# ── hard cases, laid out by hand ──


def made(*steps: tuple[str, str, str, str]) -> Account:
    """An account with records of `(kind, start, end, offset)`; a sleep belongs to the cycle before
    it in the list."""
    account = accounts.make(days=0, until="2026-04-30T00:00:00Z")
    cycle = 0
    for number, (kind, start, end, offset) in enumerate(steps, 100):
        raw: dict[str, Any] = {
            "user_id": account.user_id,
            "created_at": times.utc(start),
            "updated_at": times.utc(end),
            "start": times.utc(start),
            "end": times.utc(end),
            "timezone_offset": offset,
            "score_state": "PENDING_SCORE",
        }
        if kind == "cycle":
            cycle = number
            account.add("cycles", {**raw, "id": cycle})
        else:
            key = f"00000000-0000-4000-8000-{number:012d}"
            account.add("sleeps", {**raw, "id": key, "cycle_id": cycle, "nap": kind == "nap"})
    return account


def cycles_of(tmp_path: Path, account: Account, *wanted: str, day: DayRule = "local") -> list[Any]:
    """For each date its cycle id (None: none) and the ids of the other cycles."""
    with FaultySimulator(account, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(account, simulator, tmp_path)
        answers = [days.summary(one.mirror, date, day=day) for date in wanted]
        one.transport.close()
    return [(a["cycle"] and a["cycle"]["id"], a["other_cycles"]) for a in answers]


def test_a_cycle_without_sleep_has_the_date_it_covers_most_of(tmp_path: Path) -> None:
    """Thirty hours without the strap belong to the full day; on a tie the earlier date wins."""
    account = made(
        ("cycle", "2026-04-10T22:00:00Z", "2026-04-12T04:00:00Z", "Z"),
        ("cycle", "2026-04-14T12:00:00Z", "2026-04-15T12:00:00Z", "Z"),
    )
    found = cycles_of(tmp_path, account, *dates("2026-04-10", 6))
    assert found == [(None, []), (100, []), (None, []), (None, []), (101, []), (None, [])]


def test_of_two_cycles_on_one_date_the_one_with_the_longer_sleep_is_shown(tmp_path: Path) -> None:
    """A split night makes two cycles of one date; the other one is named."""
    account = made(
        ("cycle", "2026-04-10T22:00:00Z", "2026-04-11T03:00:00Z", "Z"),
        ("sleep", "2026-04-10T22:00:00Z", "2026-04-11T01:00:00Z", "Z"),
        ("cycle", "2026-04-11T03:00:00Z", "2026-04-11T23:00:00Z", "Z"),
        ("sleep", "2026-04-11T03:00:00Z", "2026-04-11T08:00:00Z", "Z"),
        ("nap", "2026-04-11T14:00:00Z", "2026-04-11T20:30:00Z", "Z"),
    )
    assert cycles_of(tmp_path, account, "2026-04-11") == [(102, [100])]


def test_a_sleep_that_outlasts_its_cycle_dates_it(tmp_path: Path) -> None:
    """A cycle that was over before the date is the date's all the same when its sleep was not."""
    account = made(
        ("cycle", "2026-04-08T20:00:00Z", "2026-04-08T23:00:00Z", "Z"),
        ("sleep", "2026-04-08T22:00:00Z", "2026-04-11T06:00:00Z", "Z"),
    )
    with FaultySimulator(account, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(account, simulator, tmp_path)
        one.sync()
        answer = days.summary(one.mirror, "2026-04-11")
        one.transport.close()
    assert answer["cycle"]["id"] == 100
    assert answer["sleep"]["cycle_id"] == 100


def test_dates_are_read_where_the_wearer_was(tmp_path: Path) -> None:
    """The same sleep ends on the 11th in Auckland and on the 10th in UTC."""
    account = made(
        ("cycle", "2026-04-10T10:00:00Z", "2026-04-11T09:00:00Z", "+12:00"),
        ("sleep", "2026-04-10T10:00:00Z", "2026-04-10T18:30:00Z", "+12:00"),
    )
    assert cycles_of(tmp_path / "a", account, "2026-04-10", "2026-04-11") == [(None, []), (100, [])]
    assert cycles_of(tmp_path / "b", account, "2026-04-10", "2026-04-11", day="utc") == [
        (100, []),
        (None, []),
    ]


def test_travel_and_summer_time_move_no_day(tmp_path: Path) -> None:
    """A sleep begun at one offset is dated by the offset it carries, though the next differs."""
    account = made(
        ("cycle", "2026-03-28T22:00:00Z", "2026-03-29T21:30:00Z", "+01:00"),
        ("sleep", "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z", "+01:00"),
        ("cycle", "2026-03-29T21:30:00Z", "2026-03-30T23:00:00Z", "+02:00"),
        ("sleep", "2026-03-29T21:30:00Z", "2026-03-30T04:30:00Z", "+02:00"),
        ("cycle", "2026-03-30T23:00:00Z", "2026-04-01T03:00:00Z", "-08:00"),
        ("sleep", "2026-03-30T23:00:00Z", "2026-03-31T07:30:00Z", "-08:00"),
    )
    found = cycles_of(tmp_path, account, *dates("2026-03-28", 5))
    # The second and third nights both end on the 30th: the longer is shown.
    assert found == [(None, []), (100, []), (104, [102]), (None, []), (None, [])]


@pytest.mark.parametrize(
    ("start", "end", "date"),
    [
        ("2026-04-10T22:00:00.000", "2026-04-11T01:00:00.000", "2026-04-10"),
        ("2026-04-10T22:00:00.000", "2026-04-11T02:00:00.000", "2026-04-10"),
        ("2026-04-10T22:00:00.000", "2026-04-11T02:00:00.001", "2026-04-11"),
        ("2026-04-10T01:00:00.000", "2026-04-13T22:00:00.000", "2026-04-11"),
        ("2026-04-10T01:00:00.000", "2026-04-10T01:00:00.000", "2026-04-10"),
        ("2026-04-10T00:00:00.000", "2026-04-13T22:00:00.000", "2026-04-10"),
        ("2026-04-10T01:00:00.000", "9999-12-31T23:59:59.999", "2026-04-11"),
    ],
)
def test_the_date_that_is_covered_most(start: str, end: str, date: str) -> None:
    """By wall-clock hours, the earlier of equals."""
    assert most_of(start, end) == date
