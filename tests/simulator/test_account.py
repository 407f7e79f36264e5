"""The account's life and its levers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from whoop_mcp.simulator.account import RESOURCES

from ..support import accounts
from ..support.accounts import EditableAccount

UNTIL = "2026-10-20T15:00:00.000Z"


@pytest.fixture
def account() -> EditableAccount:
    return accounts.make(seed=4, days=60, until=UNTIL)


def test_time_closes_the_open_cycle(account: EditableAccount) -> None:
    """Two days later the open cycle has ended and newer records are there."""
    was_open = account.all("cycles")[0]
    counts = {resource: len(account.all(resource)) for resource in RESOURCES}
    account.pass_time(days=2, hours=3)
    now_closed = account.get("cycles", was_open["id"])
    assert account.now() == "2026-10-22T18:00:00.000Z"
    assert now_closed and now_closed["end"] and was_open["end"] is None
    assert now_closed["score"]["strain"] >= was_open["score"]["strain"]
    for resource in ("cycles", "recoveries", "sleeps"):
        assert len(account.all(resource)) >= counts[resource] + 2


def test_running_strain_rises(account: EditableAccount) -> None:
    """The open cycle's strain grows, and its updated_at moves, while it is open."""
    before = account.all("cycles")[0]
    account.pass_time(hours=6)
    after = account.all("cycles")[0]
    assert after["id"] == before["id"]
    assert after["end"] is None
    assert after["score"]["strain"] > before["score"]["strain"]
    assert after["updated_at"] > before["updated_at"]


def test_pending_records_are_scored_in_time() -> None:
    """What is pending now is scored three days later, by itself."""
    for seed in range(1, 60):
        account = accounts.make(seed, 5, UNTIL)
        pending = [raw for raw in account.all("sleeps") if raw["score_state"] == "PENDING_SCORE"]
        if pending:
            break
    assert not pending[0].get("score")
    account.pass_time(days=3)
    settled = account.get("sleeps", pending[0]["id"])
    assert settled and settled["score_state"] == "SCORED" and settled["score"]
    assert settled["updated_at"] > pending[0]["updated_at"]


def test_late_score(account: EditableAccount) -> None:
    """A record made pending gets a score, with the values that are asked for."""
    id = account.all("recoveries")[3]["cycle_id"]
    account.edit("recoveries", id, score_state="PENDING_SCORE", score=None)
    account.pass_time(hours=1)
    scored = account.score("recoveries", id, recovery_score=33)
    assert scored["score_state"] == "SCORED"
    assert scored["score"]["recovery_score"] == 33
    assert scored["score"]["hrv_rmssd_milli"] > 0
    assert scored["updated_at"] == account.now()


def test_edit_finds_the_field(account: EditableAccount) -> None:
    """A field is changed where it is, at whatever depth; an unknown one goes on top."""
    id = account.all("workouts")[0]["id"]
    before = account.all("workouts")[0]
    account.edit("workouts", id, sport_name="rowing", zone_two_milli=5, mystery=1)
    after = account.get("workouts", id)
    assert after and after["sport_name"] == "rowing" and after["mystery"] == 1
    assert after["score"]["zone_durations"]["zone_two_milli"] == 5
    assert after["updated_at"] == account.now()
    assert before["sport_name"] != "rowing"  # what was read stays as it was read


def test_edit_without_a_trace(account: EditableAccount) -> None:
    """An edit can leave updated_at as it was: nobody may rely on it."""
    raw = account.all("cycles")[5]
    edited = account.edit("cycles", raw["id"], touch=False, strain=1.5)
    assert edited["updated_at"] == raw["updated_at"]
    assert edited["score"]["strain"] == 1.5


def test_editing_a_sleep_recalculates_its_recovery(account: EditableAccount) -> None:
    """A recovery mirrors its sleep."""
    recovery = account.all("recoveries")[2]
    account.edit("sleeps", recovery["sleep_id"], disturbance_count=0)
    after = account.get("recoveries", recovery["cycle_id"])
    assert after and after["updated_at"] == account.now()
    assert after["score"] != recovery["score"]


def test_workout_for_an_earlier_day(account: EditableAccount) -> None:
    """A workout logged afterwards lies in the past and was created now."""
    raw = account.add_workout("2026-09-30T17:00:00.000Z", 30, "cycling")
    assert raw["end"] == "2026-09-30T17:30:00.000Z"
    assert raw["created_at"] == account.now()
    assert raw in account.window("workouts", "2026-09-30T16:00:00.000Z", "2026-09-30T18:00:00.000Z")
    assert raw["user_id"] == account.user_id


def test_deleting_a_sleep_deletes_its_recovery(account: EditableAccount) -> None:
    """Both are gone, and both come back."""
    recovery = account.all("recoveries")[4]
    account.delete("sleeps", recovery["sleep_id"])
    assert account.get("sleeps", recovery["sleep_id"]) is None
    assert account.get("recoveries", recovery["cycle_id"]) is None
    account.pass_time(days=3)
    assert account.get("sleeps", recovery["sleep_id"]) is None
    account.restore("sleeps", recovery["sleep_id"])
    back = account.get("recoveries", recovery["cycle_id"])
    assert back and back["score"] == recovery["score"]


def test_deleting_a_nap_leaves_the_recovery(account: EditableAccount) -> None:
    """A nap has no recovery to take along."""
    nap = next(raw for raw in account.all("sleeps") if raw["nap"])
    before = account.all("recoveries")
    account.delete("sleeps", nap["id"])
    assert account.all("recoveries") == before


def test_extended_sleep(account: EditableAccount) -> None:
    """The end moves, the stages still add up, the recovery is recalculated."""
    recovery = account.all("recoveries")[3]
    before = account.get("sleeps", recovery["sleep_id"])
    after = account.extend_sleep(recovery["sleep_id"], 20)
    assert before and after["end"] > before["end"]
    stages, was = after["score"]["stage_summary"], before["score"]["stage_summary"]
    assert stages["total_in_bed_time_milli"] - was["total_in_bed_time_milli"] == 1_200_000
    assert account.get("recoveries", recovery["cycle_id"]) != recovery


def test_moved_cycle_bound(account: EditableAccount) -> None:
    """Two cycles and the sleep between them still share one instant."""
    cycle, before = account.all("cycles")[6:8]
    moved = account.move_cycle_bound(cycle["id"], -12)
    neighbour, sleep = account.get("cycles", before["id"]), account.main_sleep(cycle["id"])
    assert moved["start"] < cycle["start"]
    assert neighbour and neighbour["end"] == moved["start"]
    assert sleep and sleep["start"] == moved["start"]


def test_travel(account: EditableAccount) -> None:
    """What is recorded from now on is at the new offset; what was stays."""
    before = account.all("sleeps")
    account.travel("+05:30")
    account.pass_time(days=12)
    new = [raw for raw in account.all("cycles") if raw["start"] > "2026-10-21T12:00:00.000Z"]
    assert len(new) > 5
    assert {raw["timezone_offset"] for raw in new} == {"+05:30"}
    assert [account.get("sleeps", raw["id"]) for raw in before[9:]] == before[9:]


def test_window_is_half_open_and_by_overlap(account: EditableAccount) -> None:
    """A window holds what overlaps it: start counts, end does not, the open cycle never ends."""
    latest, cycle = account.all("cycles")[0], account.all("cycles")[5]
    inside = account.window("cycles", cycle["start"], cycle["end"])
    assert inside == [cycle]
    later = "2027-01-01T00:00:00.000Z"
    assert account.window("cycles", later, "2027-01-02T00:00:00.000Z") == [latest]
    recoveries = account.window("recoveries", cycle["start"], cycle["end"])
    assert [raw["cycle_id"] for raw in recoveries] == [cycle["id"]]


@pytest.mark.parametrize("resource", RESOURCES)
def test_window_equals_a_plain_filter(account: EditableAccount, resource: str) -> None:
    """Bisection finds what looking at every record finds, long cycles and all."""
    account.add("cycles", {**account.all("cycles")[20], "id": 7, "end": UNTIL})

    def interval(raw: dict[str, str]) -> tuple[str, str]:
        timed = account.get("sleeps", raw["sleep_id"]) if resource == "recoveries" else raw
        assert timed
        return timed["start"], timed["end"] or "9999"

    everything = account.all(resource)
    bounds = [f"2026-09-{day:02d}T0{day % 10}:00:00.000Z" for day in range(1, 31)]
    for start in bounds:
        for end in bounds:
            plain = [r for r in everything if interval(r)[0] < end and interval(r)[1] > start]
            if start < end:
                assert account.window(resource, start, end) == plain


def test_many_threads(account: EditableAccount) -> None:
    """Readers and levers at once neither fail nor lose a record."""

    def read(number: int) -> int:
        account.add_workout("2026-10-01T10:00:00.000Z", 10 + number)
        account.pass_time(minutes=5)
        return len(account.all("workouts"))

    before = len(account.all("workouts"))
    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(read, range(64))) >= before + 64
