"""Single records: when WHOOP is asked for them, and what is answered where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.errors import NotFound, UpstreamError
from whoop_mcp.reads import single
from whoop_mcp.whoop.resources import BODY, CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

from ..support import lookups
from ..support.mirrored_accounts import mirrored_account


def test_one_record_is_fetched_once_and_then_held(tmp_path: Path) -> None:
    """An old final record by id costs one request in all; it covers nothing around it."""
    with mirrored_account(tmp_path) as one:
        raw = next(r for r in one.account.all("sleeps")[40:] if r["score_state"] == "SCORED")
        flat = single.one(one.mirror, SLEEPS, raw["id"].upper())
        assert flat == one.truth(SLEEPS)[raw["id"]]
        assert single.one(one.mirror, SLEEPS, raw["id"]) == flat
        assert one.requests() == 1
        assert lookups.standing(one.cache, SLEEPS, raw["start"], raw["end"]).missing


def test_a_record_that_may_still_change_is_asked_for_again(tmp_path: Path) -> None:
    """The open cycle by id is confirmed after max_age; where WHOOP is down it is answered as
    held, but not when `fresh` asks for the truth."""
    with mirrored_account(tmp_path, max_age=600) as one:
        key = one.account.all("cycles")[0]["id"]
        single.one(one.mirror, CYCLES, key)
        one.requests()
        single.one(one.mirror, CYCLES, key)
        assert one.requests() == 0
        one.account.pass_time(minutes=20)
        one.account.edit("cycles", key, strain=17.5)
        assert single.one(one.mirror, CYCLES, key)["strain"] == 17.5
        one.account.pass_time(minutes=20)
        one.simulator.fault(503, times=None)
        assert single.one(one.mirror, CYCLES, key)["strain"] == 17.5
        with pytest.raises(UpstreamError):
            single.one(one.mirror, CYCLES, key, fresh=True)


def test_what_whoop_does_not_have_is_not_found(tmp_path: Path) -> None:
    """An unknown id, and one that was held and deleted since."""
    with mirrored_account(tmp_path, max_age=0) as one:
        with pytest.raises(NotFound):
            single.one(one.mirror, CYCLES, 999)
        key = one.account.all("workouts")[0]["id"]
        single.one(one.mirror, WORKOUTS, key)
        one.account.delete("workouts", key)
        with pytest.raises(NotFound):
            single.one(one.mirror, WORKOUTS, key)


def test_a_recovery_alone_brings_its_times_along(tmp_path: Path) -> None:
    """By cycle id in a cold cache it has its sleep's start, end and offset."""
    with mirrored_account(tmp_path) as one:
        key = one.account.all("recoveries")[30]["cycle_id"]
        assert single.of_cycle(one.mirror, RECOVERIES, key) == one.truth(RECOVERIES)[str(key)]


def test_a_cycles_sleep_is_its_main_one(tmp_path: Path) -> None:
    """Never a nap, cold or warm; after a sync it costs nothing, nor does a cycle without any."""
    with mirrored_account(tmp_path, days=60) as one:
        nap = next(raw for raw in one.account.all("sleeps")[5:] if raw["nap"])
        main = one.account.main_sleep(nap["cycle_id"])
        assert main is not None
        flat = single.of_cycle(one.mirror, SLEEPS, nap["cycle_id"])
        assert flat["id"] == main["id"]
        one.sync()
        one.requests()
        for raw in one.account.all("cycles")[1:]:
            wanted = one.account.main_sleep(raw["id"])
            if wanted is None:
                with pytest.raises(NotFound):
                    single.of_cycle(one.mirror, SLEEPS, raw["id"])
            else:
                assert single.of_cycle(one.mirror, SLEEPS, raw["id"])["id"] == wanted["id"]
        assert one.requests() == 0


def test_what_whoop_does_not_have_is_said_alike(tmp_path: Path) -> None:
    """A cycle, its sleep and its recovery that are not there send to the list of cycles or
    recoveries; of a body measurement there is no list."""
    with mirrored_account(tmp_path, days=5) as one:
        one.simulator.fault(404, times=None)
        asks = {
            "There is no such cycle, or it is gone.": lambda: single.one(one.mirror, CYCLES, 7),
            "There is no such cycle, or it has no sleep but naps.": lambda: single.of_cycle(
                one.mirror, SLEEPS, 7
            ),
            "WHOOP has no body measurement of you.": lambda: single.snapshot(one.mirror, BODY),
        }
        for words, ask in asks.items():
            with pytest.raises(NotFound) as caught:
                ask()
            assert caught.value.message == words
            listed = "List the cycles to find what there is."
            hint = "Enter it in WHOOP's app, then ask again." if "body" in words else listed
            assert caught.value.hint == hint
            assert caught.value.endpoint


def test_profile_and_body_are_confirmed_when_old(tmp_path: Path) -> None:
    """Held for max_age, then asked for again; a change shows, an outage does not hide them."""
    with mirrored_account(tmp_path, max_age=600) as one:
        assert single.snapshot(one.mirror, PROFILE)["email"].endswith("example.com")
        weight = single.snapshot(one.mirror, BODY)["weight_kilogram"]
        one.account.body = {**one.account.body, "weight_kilogram": weight + 1}
        assert single.snapshot(one.mirror, BODY)["weight_kilogram"] == weight
        one.account.pass_time(minutes=20)
        assert single.snapshot(one.mirror, BODY)["weight_kilogram"] == weight + 1
        one.account.pass_time(minutes=20)
        one.simulator.fault("drop", times=None)
        assert single.snapshot(one.mirror, BODY)["weight_kilogram"] == weight + 1


def test_a_cache_without_a_snapshot_says_how_to_get_it(tmp_path: Path) -> None:
    """Where only the cache is asked, what is not there yet was not looked for at WHOOP."""
    with mirrored_account(tmp_path) as one:
        one.fill(resources=["sleeps"])
        one.requests()
        with pytest.raises(NotFound, match="The cache holds no profile yet") as caught:
            single.snapshot(one.mirror, PROFILE, cached_only=True)
        assert "get_whoop_profile" in str(caught.value.hint)
        assert one.requests() == 0


def test_a_purged_record_is_said_to_be(tmp_path: Path) -> None:
    """Asking by id for what was purged is NOT_FOUND with the reason: WHOOP still has it."""
    with mirrored_account(tmp_path, retention_days=20) as one:
        one.fill()
        oldest = one.account.all("cycles")[-1]["id"]
        with pytest.raises(NotFound, match="was purged") as caught:
            single.one(one.mirror, CYCLES, oldest)
        assert "purge --all" in str(caught.value.hint)
        with pytest.raises(NotFound, match="no such cycle"):
            single.one(one.mirror, CYCLES, 5)


def test_a_record_that_was_moved_before_what_is_kept_is_said_to_be_purged(tmp_path: Path) -> None:
    """The very answer that finds it moved says so: it is not gone, WHOOP still has it."""
    with mirrored_account(tmp_path, retention_days=20) as one:
        one.fill()
        newest = one.account.all("workouts")[0]
        start, end = (times.plus(newest[name], days=-60) for name in ("start", "end"))
        one.account.edit("workouts", newest["id"], start=start, end=end)
        for _ in range(2):
            with pytest.raises(NotFound, match="was purged"):
                single.one(one.mirror, WORKOUTS, newest["id"], fresh=True)
        assert newest["id"] not in one.held(WORKOUTS)


def test_a_cycle_without_a_sleep_is_known_to_have_none(tmp_path: Path) -> None:
    """Where the hours of a cycle were read whole, that it has no sleep costs no request."""
    with mirrored_account(tmp_path, days=30) as one:
        night = one.account.all("sleeps")[20]
        one.account.delete("sleeps", night["id"])
        for raw in one.account.window("sleeps", "", "9"):
            if raw["cycle_id"] == night["cycle_id"]:
                one.account.delete("sleeps", raw["id"])
        one.sync()
        one.requests()
        with pytest.raises(NotFound, match="has no sleep but naps"):
            single.of_cycle(one.mirror, SLEEPS, night["cycle_id"])
        assert one.requests() == 0


def test_in_an_outage_single_records_are_answered_as_held(tmp_path: Path) -> None:
    """A cycle's sleep, a record and a profile that should be confirmed, but cannot be, are told as
    they were; asked for afresh they are the error."""
    with mirrored_account(tmp_path, days=10, max_age=0) as one:
        one.fill()
        last = one.account.all("recoveries")[0]
        cycle_id, sleep_id = last["cycle_id"], last["sleep_id"]
        one.account.edit("sleeps", sleep_id, score_state="PENDING_SCORE")
        one.sync()
        asks = [
            lambda **how: single.of_cycle(one.mirror, SLEEPS, cycle_id, **how),
            lambda **how: single.one(one.mirror, SLEEPS, sleep_id, **how),
            lambda **how: single.snapshot(one.mirror, PROFILE, **how),
        ]
        before = [ask() for ask in asks]
        one.requests()
        one.simulator.fault(503, times=None)
        assert [ask() for ask in asks] == before
        assert one.requests() >= len(asks)
        for ask in asks:
            with pytest.raises(UpstreamError):
                ask(fresh=True)
