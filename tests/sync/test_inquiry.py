"""What becomes of records that WHOOP's lists do not show any more, or show in an odd way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheError
from whoop_mcp.reads import single
from whoop_mcp.whoop.resources import (
    BODY,
    COLLECTIONS,
    CYCLES,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

from ..support import accounts, lookups
from ..support.families import pairs
from ..support.faults import FaultySimulator
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

DAYS = 8


def hide(one: MirroredAccount, resource: Resource, key: Any) -> None:
    """Leave a record out of its list, and nothing else."""
    field = resource.id_field

    def mangle(payload: dict[str, Any]) -> dict[str, Any]:
        if "records" in payload:
            kept = [raw for raw in payload["records"] if raw[field] != key]
            payload = {**payload, "records": kept}
        return payload

    one.simulator.fault("mangle", path=f"{resource.path}$", times=None, mangle=mangle)


def doubted(one: MirroredAccount, resource: Resource) -> list[str]:
    """What is to be asked for again."""
    return one.cache.doubted(resource)


# ── another answer than there or gone ──

ANSWERS: list[tuple[Any, dict[str, Any]]] = [
    (403, {}),
    (400, {}),
    (500, {}),
    ("wrong_json", {"payload": [1]}),
    ("wrong_json", {"payload": {"id": 1, "cycle_id": 1}}),
    (403, {"body": "html"}),
]


@pytest.mark.parametrize(
    ("kind", "options", "resource"),
    pairs(ANSWERS, COLLECTIONS),
    ids=lambda one: getattr(one, "name", str(one)),
)
def test_a_doubtful_record_holds_nothing_up(
    tmp_path: Path, resource: Resource, kind: Any, options: dict[str, Any]
) -> None:
    """A record that left the list and whose id answers something of its own stays and is warned
    of; what else is new of its kind is stored; and it is asked for again until it is known."""
    field = resource.id_field or ""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        key = one.account.all(resource.name)[3][field]
        hide(one, resource, key)
        one.simulator.fault(kind, path=f"{resource.item.format(id=key)}$", times=None, **options)
        one.account.pass_time(days=2)
        report = one.sync()
        assert report["status"] == "success"
        assert report["resources"][resource.name]["created"] > 0
        (warning,) = report["warnings"]
        assert str(key) in warning and "asked for again" in warning
        assert doubted(one, resource) == [str(key)]
        assert one.held(resource) == one.truth(resource)
        assert lookups.standing(one.cache, resource, None, one.account.now()).complete
        one.simulator.clear_faults()
        assert "warnings" not in one.sync()
        assert doubted(one, resource) == []
        one.assert_exact()


@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_gone(tmp_path: Path, status: int) -> None:
    """404 and 410 for the id of a record that left the list delete it."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        key = one.account.all("workouts")[2]["id"]
        hide(one, WORKOUTS, key)
        one.simulator.fault(status, path=f"{key}$", times=None, body="json")
        report = one.sync()
        assert report["resources"]["workouts"]["deleted"] == 1
        assert "warnings" not in report
        assert key not in one.held(WORKOUTS)


def test_many_doubtful_records_have_their_turn(tmp_path: Path) -> None:
    """Of many ids that answer nothing some are asked for at each sync, and others at the next."""
    with mirrored_account(tmp_path, days=14) as one:
        one.fill()
        keys = {raw["id"] for raw in one.account.all("workouts")[:6]}

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            if "records" in payload:
                kept = [raw for raw in payload["records"] if raw["id"] not in keys]
                payload = {**payload, "records": kept}
            return payload

        one.simulator.fault("mangle", path=f"{WORKOUTS.path}$", times=None, mangle=mangle)
        one.simulator.fault(400, path=f"{WORKOUTS.path}/", times=None)
        asked: set[str] = set()
        for _ in range(3):
            one.simulator.clear_log()
            assert one.sync(resources=["workouts"])["status"] == "success"
            paths = [line.path for line in one.simulator.log]
            asked |= {key for key in keys if any(path.endswith(key) for path in paths)}
            assert len(paths) < 12
        assert asked == keys
        assert keys <= one.held(WORKOUTS).keys()
        one.simulator.clear_faults()
        one.sync()
        one.assert_exact()


def test_an_id_that_always_fails_keeps_no_other_waiting(tmp_path: Path) -> None:
    """Old records that are not final are asked for by id; one that fails costs the rest nothing."""
    with mirrored_account(tmp_path, days=60) as one:
        first, second = (one.account.all("workouts")[-at]["id"] for at in (2, 3))
        for key in (first, second):
            one.account.edit("workouts", key, score_state="PENDING_SCORE")
        one.sync()
        one.account.score("workouts", second)
        one.simulator.fault(500, path=f"{first}$", times=None)
        report = one.sync(resources=["workouts"])
        assert report["status"] == "success"
        assert first in report["warnings"][0]
        assert one.held(WORKOUTS)[second]["score_state"] == "SCORED"


def test_the_page_is_kept_when_time_runs_out_over_one_record(tmp_path: Path) -> None:
    """Where asking for what left the list fails altogether, what the page showed is stored."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        key = one.account.all("workouts")[2]["id"]
        hide(one, WORKOUTS, key)
        one.simulator.fault(401, path=f"{key}$", times=None)
        one.account.pass_time(days=2)
        report = one.sync()
        assert report["resources"]["workouts"]["error"]["code"] == "AUTH_FAILED"
        assert one.held(WORKOUTS) == one.truth(WORKOUTS)


# ── whose login it is ──


@pytest.mark.parametrize("left", ["some", "none of its kind"])
def test_a_deletion_needs_no_profile(tmp_path: Path, left: str) -> None:
    """A login that may not read the profile finds deletions all the same: the records say whose
    it is, those of another kind where none of its own is left."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.simulator.fault(403, path="/profile/basic$", times=None)
        one.sync()
        keys = [raw["id"] for raw in one.account.all("workouts")]
        for key in keys[: 1 if left == "some" else None]:
            one.account.delete("workouts", key)
        report = one.sync(resources=["workouts"])
        assert report["resources"]["workouts"]["deleted"] == (1 if left == "some" else len(keys))
        one.assert_exact()


def test_a_deletion_by_nobody_is_not_believed(tmp_path: Path) -> None:
    """Where neither a record nor the profile says whose login it is, nothing is deleted, and
    nothing else waits."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        key = one.account.all("workouts")[1]["id"]

        def anonymous(payload: dict[str, Any]) -> dict[str, Any]:
            for raw in payload.get("records", [payload]):
                raw.pop("user_id", None)
            return payload

        one.simulator.fault(403, path="/profile/basic$", times=None)
        one.simulator.fault("mangle", times=None, mangle=anonymous)
        one.account.delete("workouts", key)
        one.account.pass_time(days=1)
        report = one.sync(resources=["workouts"])
        assert report["resources"]["workouts"]["status"] == "success"
        assert "whose login" in report["warnings"][0]
        assert one.held(WORKOUTS).keys() == one.truth(WORKOUTS).keys() | {key}
        one.simulator.clear_faults()
        one.sync()
        one.assert_exact()


def test_a_deletion_costs_one_question(tmp_path: Path) -> None:
    """That WHOOP shows anything at all, and whose it is, the pages have said that lack it."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        one.sync()
        one.requests()
        one.sync()
        usual = one.requests()
        one.account.delete("workouts", one.account.all("workouts")[2]["id"])
        assert one.sync()["resources"]["workouts"]["deleted"] == 1
        assert one.requests() == usual + 1


def test_anothers_login_without_a_profile_deletes_nothing(tmp_path: Path) -> None:
    """To another user's login all is gone: its own records say whose it is, and it is refused."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill(resources=["workouts"])
        held = one.held(WORKOUTS)
        other = accounts.make(seed=9, days=30, until=UNTIL, user_id=777)
        for raw in other.all("workouts"):
            other.delete("workouts", raw["id"])
        with FaultySimulator(other, limit=None, day_limit=None) as simulator:
            simulator.fault(403, path="/profile/basic$", times=None)
            theirs = MirroredAccount(other, simulator, tmp_path)
            with pytest.raises(CacheError, match="another WHOOP user"):
                theirs.sync(resources=["workouts"])
            theirs.transport.close()
        assert one.held(WORKOUTS) == held


def test_a_body_needs_no_profile(tmp_path: Path) -> None:
    """A body measurement does not say whose it is; without the profile the records do."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.simulator.fault(403, path="/profile/basic$", times=None)
        mirror = MirroredAccount(one.account, one.simulator, tmp_path / "b")
        assert single.snapshot(mirror.mirror, BODY) == BODY.flatten(one.account.body)
        mirror.transport.close()
        assert mirror.login.learned == [one.account.user_id]
        assert one.sync()["resources"]["body_measurement"]["status"] == "success"


@pytest.mark.parametrize("payload", [{}, {"message": "ok"}, {"records": []}])
def test_another_shape_wipes_no_snapshot(tmp_path: Path, payload: dict[str, Any]) -> None:
    """A good answer that is no profile, or no body, is none: what is known is kept."""
    with mirrored_account(tmp_path, days=2) as one:
        one.fill()
        for resource in (PROFILE, BODY):
            before = lookups.snapshot(one.cache, resource)
            one.simulator.fault("wrong_json", path=f"{resource.path}$", times=None, payload=payload)
            report = one.sync(resources=[resource.name, "cycles"])
            error = report["resources"][resource.name]["error"]
            assert error["code"] == "UPSTREAM_ERROR"
            assert lookups.snapshot(one.cache, resource) == before
            assert all(before.values())
            one.simulator.clear_faults()


# ── everything at once ──


def emptied(one: MirroredAccount) -> dict[str, dict[str, dict[str, Any]]]:
    """Delete all records upstream; what is held of them."""
    held = {resource.name: one.held(resource) for resource in COLLECTIONS}
    for resource in (RECOVERIES, SLEEPS, WORKOUTS, CYCLES):
        for raw in one.account.all(resource.name):
            one.account.delete(resource.name, raw[resource.id_field])
    return held


def all_held(one: MirroredAccount) -> dict[str, dict[str, dict[str, Any]]]:
    """What is held of each kind."""
    return {resource.name: one.held(resource) for resource in COLLECTIONS}


@pytest.mark.parametrize("days", [5, pytest.param(40, marks=pytest.mark.slow)])
def test_a_sudden_emptiness_is_believed_an_hour_later(tmp_path: Path, days: int) -> None:
    """Where all records of all kinds vanish nothing is deleted, and that is said; nor half an hour
    later. What a sync an hour later sees is believed, whichever process it is, however many they
    are."""
    with mirrored_account(tmp_path, days=days) as one:
        one.fill()
        held = emptied(one)
        for minutes in (0, 30):
            one.account.pass_time(minutes=minutes)
            report = one.sync()
            assert "no record at all" in report["warnings"][0]
            assert {result["deleted"] for result in report["resources"].values()} == {0}
            assert all_held(one) == held
        one.account.pass_time(minutes=31)
        other = MirroredAccount(one.account, one.simulator, tmp_path)  # as another process has it
        for _ in range(3):
            other.sync(full=True)
        assert all_held(other) == {resource.name: {} for resource in COLLECTIONS}
        other.transport.close()


def test_whatever_is_shown_ends_the_emptiness(tmp_path: Path) -> None:
    """A moment without records, and another days later, are two: neither is believed."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()

        def nothing(payload: dict[str, Any]) -> dict[str, Any]:
            return {"records": []} if "records" in payload else payload

        def vanish() -> None:
            one.simulator.fault("mangle", path="/v2/(cycle|recovery|activity/[a-z]+)$",
                                times=None, mangle=nothing)  # fmt: skip
            one.simulator.fault(404, path="/v2/(cycle|activity)/", times=None)

        for _ in range(2):
            vanish()
            assert "no record at all" in one.sync()["warnings"][0]
            one.simulator.clear_faults()
            assert "warnings" not in one.sync()
            one.account.pass_time(days=1)
        one.sync()
        one.assert_exact()


def test_a_long_sync_does_not_confirm_itself(tmp_path: Path) -> None:
    """What began before all had vanished is no second look, however long it goes on."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        cache = one.cache
        began = cache.clock()
        assert not cache.vanished_before(began)
        one.account.pass_time(hours=5)
        assert not cache.vanished_before(began)
        assert cache.vanished_before(cache.clock())
        one.account.pass_time(days=-400)  # a clock that was ahead has noted that
        assert not cache.vanished_before(cache.clock())


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_one_get_does_not_believe_it_either(tmp_path: Path, resource: Resource) -> None:
    """Asked for by its id when all have vanished, a record that is held is answered as it is."""
    with mirrored_account(tmp_path, days=5) as one:
        one.fill()
        key, before = next(iter(one.held(resource).items()))
        emptied(one)
        one.account.pass_time(minutes=30)
        assert single.one(one.mirror, resource, key) == before
        assert one.held(resource)[key] == before


def test_the_last_of_a_kind_may_go(tmp_path: Path) -> None:
    """Where records of other kinds are still there, all of one kind are deleted at once."""
    with mirrored_account(tmp_path, days=5) as one:
        one.fill()
        for raw in one.account.all("workouts"):
            one.account.delete("workouts", raw["id"])
        assert one.sync()["resources"]["workouts"]["deleted"] > 0
        one.assert_exact()


def test_a_purge_leaves_no_old_emptiness(tmp_path: Path) -> None:
    """An account that was empty before a purge and has records after it is as any other."""
    with mirrored_account(tmp_path, days=5) as one:
        one.fill()
        emptied(one)
        one.sync()
        purge.everything(one.cache)
        one.account.pass_time(days=3)
        one.sync()
        one.assert_exact()


# ── what contradicts itself ──


def test_a_record_on_two_pages_is_settled_by_its_id(tmp_path: Path) -> None:
    """Where an older page shows a record otherwise, its id tells which is so, at each sync anew
    and with no event."""
    with mirrored_account(tmp_path, days=60) as one:
        one.fill(full=True)
        old = one.account.all("workouts")[-1]
        odd = {**one.account.all("workouts")[0], "sport_name": "otherwise"}

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            records = payload.get("records", [])
            if any(raw["id"] == old["id"] for raw in records):
                payload = {**payload, "records": [*records, {**odd, "start": old["start"]}]}
            return payload

        one.simulator.fault("mangle", path=f"{WORKOUTS.path}$", times=None, mangle=mangle)
        for _ in range(3):
            counts = one.sync(full=True)["resources"]["workouts"]
            assert (counts["updated"], counts["created"]) == (0, 0)
            one.assert_exact()


def goes_back_in_time(one: MirroredAccount) -> dict[str, Any]:
    """From now on the list shows a workout as it was before an edit that is held; answers that."""
    key = one.account.all("workouts")[1]["id"]
    before = dict(one.account.get("workouts", key) or {})
    one.account.pass_time(hours=1)
    one.account.edit("workouts", key, strain=3.5)
    one.sync()

    def mangle(payload: dict[str, Any]) -> dict[str, Any]:
        shown = [before if raw["id"] == key else raw for raw in payload.get("records", [])]
        return {**payload, "records": shown} if shown else payload

    one.simulator.fault("mangle", path=f"{WORKOUTS.path}$", times=None, mangle=mangle)
    return before


def test_a_list_that_goes_back_in_time_is_settled_by_the_id(tmp_path: Path) -> None:
    """A list that shows an older state than the held one changes nothing as long as the id shows
    the newer; where the id has gone back too, so has the record."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        before = goes_back_in_time(one)
        key = before["id"]
        for _ in range(2):
            assert one.sync()["resources"]["workouts"]["updated"] == 0
            assert one.held(WORKOUTS)[key]["strain"] == 3.5
        one.account.edit("workouts", key, touch=False, **before["score"],
                         updated_at=before["updated_at"])  # fmt: skip
        assert one.sync()["resources"]["workouts"]["updated"] == 1
        one.assert_exact()


def test_what_contradicts_itself_is_asked_for_again(tmp_path: Path) -> None:
    """Where the id tells nothing of a record that two pages show otherwise, it is not forgotten:
    that is said, what is held stays, and the next sync asks for it."""
    with mirrored_account(tmp_path, days=DAYS) as one:
        key = goes_back_in_time(one)["id"]
        one.simulator.fault(500, path=f"{WORKOUTS.path}/{key}", times=None)
        assert key in " ".join(one.sync()["warnings"])
        assert doubted(one, WORKOUTS) == [key]
        assert one.held(WORKOUTS)[key]["strain"] == 3.5
        one.simulator.clear_faults()
        assert "warnings" not in one.sync()
        assert doubted(one, WORKOUTS) == []
        one.assert_exact()


# ── what cannot be read ──


UNREADABLE = {
    "digits": "9" * 5000,
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e999": "1e999",
    "nest": "[" * 1000 + "]" * 1000,
}


@pytest.mark.parametrize(
    ("kind", "resource"),
    pairs(tuple(UNREADABLE), COLLECTIONS),
    ids=lambda one: getattr(one, "name", one),
)
def test_one_unreadable_value_costs_one_record(
    tmp_path: Path, kind: str, resource: Resource
) -> None:
    """A value that no reader of JSON takes costs the record it stands in, which is said; the page,
    the cache and every reading of it live."""
    field = resource.id_field or ""
    with mirrored_account(tmp_path, days=DAYS) as one:
        one.fill()
        every = one.account.all(resource.name)
        key = every[2][field]
        shown = [{**raw, "odd": "HERE" if raw[field] == key else 7} for raw in every]
        body = json.dumps({"records": shown, "next_token": None}).replace(
            '"HERE"', f"[{UNREADABLE[kind]}]"
        )
        one.simulator.fault(200, path=f"{resource.path}$", times=None, body=body)
        report = one.sync(resources=[resource.name])
        counts = report["resources"][resource.name]
        assert report["status"] == "success"
        assert counts["skipped"] > 0
        assert str(key) in " ".join(report["warnings"])
        one.assert_exact()
        fresh = Cache(one.cache.path)
        for name in RESOURCES.values():
            for flat in lookups.stream(fresh, name):
                json.dumps(flat, allow_nan=False)
        one.simulator.clear_faults()
        assert "warnings" not in one.sync()
        assert doubted(one, resource) == []
