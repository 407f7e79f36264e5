"""WHOOP's answers with each field missing, null, of a wrong type or huge: nothing else is lost."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.errors import WhoopError
from whoop_mcp.reads import single
from whoop_mcp.whoop import fields
from whoop_mcp.whoop.fields import Malformed
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CYCLES,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    SNAPSHOTS,
    WORKOUTS,
    Resource,
)

from ..support import samples
from ..support.mirrored_accounts import MirroredAccount, mirrored_account

SOME = 60
"""How many changes of each resource are tried at once, on every other day of an account."""

MISSING = object()
Change = tuple[tuple[str, ...], Any]
"""The way to a field, and what is put there."""

MAKE = {
    CYCLES: samples.cycle,
    RECOVERIES: samples.recovery,
    SLEEPS: samples.sleep,
    WORKOUTS: samples.workout,
}


def nest(depth: int) -> Any:
    """Lists and objects in one another."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"score": value}
    return value


VALUES = [
    *(MISSING, None, True, False, 0, -1, 0.5, -1e308, 1e308, 2**70, -(2**70)),
    *("", "x", "0", "null", "\ud800", "x" * 100_000, "=1+1\r\n"),
    *("2026-05-20T11:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-02-30"),
    *("SCORED", "PENDING_SCORE", "+05:30", "+99:99", [], {}, [1], {"a": None}, nest(150)),
]


def ways(raw: dict[str, Any], inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every field of a record, at every depth."""
    for name, value in raw.items():
        yield (*inside, name)
        if isinstance(value, dict):
            yield from ways(value, (*inside, name))


def changes(raw: dict[str, Any]) -> list[Change]:
    """Every field with every value; of `user_id`, only what names nobody else."""
    return [
        (way, value)
        for way in ways(raw)
        for value in VALUES
        if way != ("user_id",) or not isinstance(value, int)
    ]


def changed(raw: dict[str, Any], change: Change) -> dict[str, Any]:
    """A record with one field changed; as it was, where it has no such field."""
    way, value = change
    place = result = copy.deepcopy(raw)
    for name in way[:-1]:
        place = place.get(name) or {}
    if value is MISSING:
        place.pop(way[-1], None)
    else:
        place[way[-1]] = value
    return result


def parent(one: MirroredAccount, resource: Resource, raw: dict[str, Any]) -> Any:
    """What a changed record takes its times from."""
    if resource is not RECOVERIES:
        return None
    for other, field in ((SLEEPS, "sleep_id"), (CYCLES, "cycle_id")):
        for found in one.account.all(other.name):
            if str(found["id"]) == str(raw.get(field)).lower():
                return found
    return None


def expected(
    one: MirroredAccount, resource: Resource, served: list[dict[str, Any]]
) -> tuple[dict[str, Any], int]:
    """The flat records by key of what is sound, and how many are not."""
    sound: dict[str, Any] = {}
    skipped = 0
    for raw in served:
        # As it comes off the wire: JSON has no other half of a surrogate pair, but a spelling.
        there = json.loads(json.dumps(raw))
        try:
            fields.touched_at(there, None)
            sound[resource.key(there)] = resource.flatten(there, parent(one, resource, there))
        except Malformed:
            skipped += 1
    return sound, skipped


def try_pages(folder: Path, resource: Resource, all_changes: list[Change]) -> None:
    """A sync of pages on which every other record is changed, and one of sound pages after it."""
    with mirrored_account(folder, days=2 * len(all_changes) + 20, seed=3) as one:
        if resource is RECOVERIES:
            one.sync(resources=["sleeps", "cycles"])
        field = resource.id_field
        every = one.account.all(resource.name)
        assert len(every) >= 2 * len(all_changes)
        spoilt = {
            raw[field]: changed(raw, change)
            for raw, change in zip(every[::2], all_changes, strict=False)
        }

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            if "records" not in payload:
                return spoilt.get(payload.get(field), payload)
            shown = [spoilt.get(raw[field], raw) for raw in payload["records"]]
            return {**payload, "records": shown}

        one.simulator.fault("mangle", path=f"{resource.path}(/|$)", times=None, mangle=mangle)
        report = one.sync(resources=[resource.name], full=True)
        counts = report["resources"][resource.name]
        sound, skipped = expected(one, resource, [spoilt.get(raw[field], raw) for raw in every])
        assert report["status"] == "success", report
        held = one.held(resource)
        wrong = [key for key in held.keys() | sound if held.get(key) != sound.get(key)]
        assert not wrong, [(held.get(key), sound.get(key)) for key in wrong]
        assert counts["skipped"] >= skipped
        assert bool(counts["skipped"]) == bool(skipped) == bool(report.get("warnings"))
        assert all(len(words) < 500 for words in report.get("warnings", []))
        one.simulator.clear_faults()
        one.sync(full=True)
        one.assert_exact()


def batches(all_changes: list[Change]) -> list[list[Change]]:
    """So many at once as leave sound records between them."""
    return [all_changes[at : at + SOME] for at in range(0, len(all_changes), SOME)]


def some(resource: Resource) -> list[Change]:
    """Always the same few."""
    return random.Random(resource.name).sample(changes(MAKE[resource]()), SOME)


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_a_spoilt_record_costs_no_other(tmp_path: Path, resource: Resource) -> None:
    """Whatever a field of a record holds, it is kept as it reads or skipped and counted, every
    other record of its page is kept, and once it is sound it comes in."""
    try_pages(tmp_path, resource, some(resource)[: SOME // 2])


@pytest.mark.slow
@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_no_spoilt_record_costs_another(tmp_path: Path, resource: Resource) -> None:
    """The same for every field with every value."""
    for number, batch in enumerate(batches(changes(MAKE[resource]()))):
        try_pages(tmp_path / str(number), resource, batch)


def try_single(
    one: MirroredAccount,
    resource: Resource,
    path: str,
    ask: Callable[[], dict[str, Any]],
    change: Change,
) -> None:
    """Ask freshly for one record that is changed: it is what was sent, or refused."""
    before = one.held(resource)
    sent: list[dict[str, Any]] = []

    def mangle(payload: dict[str, Any]) -> dict[str, Any]:
        sent.append(changed(payload, change))
        return sent[-1]

    one.simulator.fault("mangle", path=path, times=None, mangle=mangle)
    try:
        answer = ask()
    except WhoopError as problem:
        assert problem.code == "UPSTREAM_ERROR", (change, problem.message)
        assert one.held(resource) == before
    else:
        there = json.loads(json.dumps(sent[-1]))
        assert answer == resource.flatten(there, parent(one, resource, there)), change
    finally:
        one.simulator.clear_faults()


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_a_spoilt_single_record_is_told(tmp_path: Path, resource: Resource, step: int) -> None:
    """Asked for afresh by its id, a record with whatever in a field is answered as it came, or is
    UPSTREAM_ERROR and all that was known is kept."""
    with mirrored_account(tmp_path, days=8) as one:
        one.fill()
        raw = next(raw for raw in one.account.all(resource.name) if raw.get("score"))
        key = raw[resource.id_field]
        path = f"{resource.item.format(id=key)}$"

        def ask() -> dict[str, Any]:
            return single.one(one.mirror, resource, key, fresh=True)

        ids = [(way, value) for way, value in changes(raw) if way[-1].endswith("id")]
        for change in [*some(resource)[:12], *ids[::4]][::step]:
            try_single(
                one,
                resource,
                path,
                lambda: single.one(one.mirror, resource, key, fresh=True),
                change,
            )


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_a_cycles_spoilt_sleep_is_told(tmp_path: Path, step: int) -> None:
    """The same holds for the sleep of a cycle, whose id is not known before."""
    with mirrored_account(tmp_path, days=8) as one:
        one.fill()
        cycle_id = one.account.all("recoveries")[0]["cycle_id"]
        ids = [(way, value) for way, value in changes(samples.sleep()) if way == ("id",)]
        for change in [*some(SLEEPS)[:12], *ids[::2]][::step]:
            try_single(
                one,
                SLEEPS,
                f"/cycle/{cycle_id}/sleep$",
                lambda: single.of_cycle(one.mirror, SLEEPS, cycle_id, fresh=True),
                change,
            )


@pytest.mark.parametrize("step", [13, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("resource", SNAPSHOTS, ids=lambda one: one.name)
def test_a_spoilt_snapshot_is_told(tmp_path: Path, resource: Resource, step: int) -> None:
    """A profile or body measurement with whatever in a field is kept as it reads, or skipped and
    what was known is kept; the next sound one is taken."""
    with mirrored_account(tmp_path, days=2) as one:
        one.fill()
        raw = one.account.profile if resource.name == "profile" else one.account.body
        before = single.snapshot(one.mirror, resource)
        for change in changes(dict(raw))[::step]:
            spoilt = changed({**raw, "score_state": "SCORED"}, change)
            one.simulator.fault(
                "mangle", path=f"{resource.path}$", times=None, mangle=lambda payload, s=spoilt: s
            )
            counts = one.sync(resources=[resource.name])["resources"][resource.name]
            assert (counts["status"], counts.get("error")) == ("success", None), change
            there = json.loads(json.dumps(spoilt))
            try:
                now = resource.flatten(there)
                assert not counts["skipped"], change
            except Malformed:
                assert counts["skipped"] == 1, change
                now = before
            one.simulator.clear_faults()
            with one.cache.database.reading() as connection:
                (flat,) = connection.execute(
                    "SELECT flat FROM records WHERE resource = ?", (resource.name,)
                ).fetchone()
            assert json.loads(flat) == now, change
            before = now
        one.sync()
        assert single.snapshot(one.mirror, resource) == resource.flatten(raw)


NO_PAGES = [
    *("", " ", "null", "true", "7", '"page"', "[]", "{}", '{"records": null}', '{"records": {}}'),
    *('{"records": "x"}', '{"records": [], "next_token": 5}', '{"records": [], "next_token": []}'),
    *('{"records": [}', '{"records": []', "\ufeff{}", "<html></html>", "NaN", "\x00"),
    "[" * 100_000,
    '{"records": ' * 50_000,
]


@pytest.mark.slow
def test_what_is_no_page_is_an_upstream_error(tmp_path: Path) -> None:
    """An answer that is no page of records fails its resource with UPSTREAM_ERROR, none other,
    and costs nothing that is known."""
    with mirrored_account(tmp_path, days=3) as one:
        one.fill()
        for body in NO_PAGES:
            one.simulator.fault(200, path=f"{WORKOUTS.path}$", times=None, body=body)
            report = one.sync(resources=["workouts", "profile"])["resources"]
            assert report["workouts"]["error"]["code"] == "UPSTREAM_ERROR", body[:40]
            assert report["profile"]["status"] == "success"
            one.simulator.clear_faults()
        one.assert_exact()


MEMBERS = [None, True, 7, "x", [], [{}], {}, nest(150), {"records": []}]


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_what_is_no_record_is_skipped(tmp_path: Path, resource: Resource) -> None:
    """Members of a page that are no records at all are counted, and the others are kept."""
    with mirrored_account(tmp_path, days=20) as one:

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            return {**payload, "records": [*payload["records"], *MEMBERS]}

        one.simulator.fault("mangle", path=f"{resource.path}$", times=None, mangle=mangle)
        report = one.sync()
        assert report["status"] == "success"
        assert report["resources"][resource.name]["skipped"] >= len(MEMBERS)
        one.assert_exact()


def test_every_resource_is_fuzzed() -> None:
    """No kind of record is left out."""
    assert {*MAKE, *SNAPSHOTS} == set(RESOURCES.values())
