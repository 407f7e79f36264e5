"""Between two steps of one act another runs: what is answered and kept is whole all the same."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from whoop_mcp import lock, times
from whoop_mcp.cache import access, purge, upgrade
from whoop_mcp.cache.access import Database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.login import endpoint
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.reads import days, records
from whoop_mcp.reads import events as feed
from whoop_mcp.reads.exports import ALL, export
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.sync.run import sync
from whoop_mcp.whoop.api import Api
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS
from whoop_mcp.whoop.wire import Wire

from ..cache.test_upgrade import assert_taken
from ..support import logins, lookups, old_caches, samples
from ..support.interleave import Outcome, Pair, everywhere, steps
from ..support.mirrored_accounts import MirroredAccount, mirrored_account
from ..support.samples import Shelf

TRANSACTIONS = [(Database, "reading"), (Database, "writing"), (Database, "erase")]
DISK = [(os, "replace"), (os, "fsync"), (os, "rename"), (os, "link"), (os, "unlink")]


# ── the harness itself ──


def test_each_call_of_a_seam_is_a_step(tmp_path: Path) -> None:
    """A dry run names every call, in order; a run stops at the one that was asked for."""
    here, order = tmp_path / "here", list[str]()

    def first() -> None:
        for name in ("a", "b"):
            (tmp_path / name).touch()
            order.append(name)
            os.replace(tmp_path / name, here)  # noqa: PTH105 - this is the seam

    assert steps(first, seams=[(os, "replace")]) == ["os.replace"] * 2
    order.clear()

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        order.clear()
        yield Pair(first, lambda: order.append("other"), lambda outcome: places.append([*order]))

    places: list[list[str]] = []
    everywhere(set_up, seams=[(os, "replace")])
    assert places == [["a", "other", "b"], ["a", "b", "other"]]


def test_who_waits_for_the_first_act_is_let_wait(tmp_path: Path) -> None:
    """An act that blocks on the first one's lock ends after it, and nothing hangs."""
    order: list[str] = []

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        held = threading.Lock()

        def first() -> None:
            with held:
                (tmp_path / "a").touch()
                os.replace(tmp_path / "a", tmp_path / "b")  # noqa: PTH105 - this is the seam
                order.append("first")

        def other() -> None:
            with held:
                order.append("other")

        yield Pair(first, other, lambda outcome: None)

    everywhere(set_up, seams=[(os, "replace")], patience=0.05)
    assert order == ["first", "first", "other"]


# ── sync and reads ──


class Past(NamedTuple):
    """A world whose cache was synced before its account changed."""

    world: MirroredAccount
    file: Path
    changed: str  # the instant after the changes

    def mirror(self, folder: Path) -> Mirror:
        """The old cache again, in a folder of its own."""
        folder.mkdir()
        shutil.copy(self.file, folder / "whoop.db")
        cache = Cache(folder / "whoop.db", clock=self.world.now, max_age=864_000.0)
        return Mirror(cache, Api(self.world.transport))


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Ten days, synced; then a day and a half more, an edit, a longer night, a workout more and
    one less."""
    folder = tmp_path_factory.mktemp("past")
    with mirrored_account(folder, days=10, max_age=864_000.0) as one:
        one.sync()
        file = folder / "old.db"
        shutil.copy(one.cache.path, file)
        account = one.account
        account.pass_time(hours=36)
        account.edit("recoveries", account.all("recoveries")[2]["cycle_id"], recovery_score=11)
        account.extend_sleep(account.all("sleeps")[2]["id"], 12)
        account.add_workout(times.plus(account.now(), hours=-30), minutes=20, sport="running")
        account.delete("workouts", account.all("workouts")[-1]["id"])
        yield Past(one, file, one.now())


Read = Callable[[Mirror], Any]
PARTS = ("cycle", "recovery", "sleep", "naps", "workouts", "other_cycles")


def page(mirror: Mirror) -> Any:
    """All workouts."""
    return records.page(mirror, WORKOUTS, start="2026-05-01", end="2026-06-01")


def day(mirror: Mirror) -> Any:
    """The day that came after the first sync."""
    return days.summary(mirror, "2026-05-21")


def shown(answer: dict[str, Any]) -> Any:
    """What an answer holds, without what it says of itself."""
    return answer["records"] if "records" in answer else {name: answer[name] for name in PARTS}


def assert_honest(answer: Any, before: Any, after: Any, changed: str) -> None:
    """It is the one moment or the other, and the later one if it claims to be."""
    assert isinstance(answer, dict), answer
    if answer["complete"]:
        assert shown(answer) in (before, after)
        assert answer["as_of"] < changed or shown(answer) == after


@pytest.mark.parametrize("every", [17, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("read", [page, day])
def test_a_sync_amid_a_read(past: Past, tmp_path: Path, read: Read, every: int) -> None:
    """Whichever statement of a read a whole sync comes before, the answer is of one moment."""
    before = shown(read(past.mirror(tmp_path / "before")))
    synced = past.mirror(tmp_path / "after")
    sync(synced)
    after = shown(read(synced))
    assert before != after

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        mirror = past.mirror(tmp_path / str(number))

        def check(outcome: Outcome) -> None:
            assert outcome.other["status"] == "success"
            assert_honest(outcome.first, before, after, past.changed)
            assert shown(read(mirror)) == after

        yield Pair(lambda: read(mirror), lambda: sync(mirror), check)
        shutil.rmtree(tmp_path / str(number))

    names = everywhere(set_up, seams=TRANSACTIONS, statements=True, every=every)
    assert any("coverage" in name for name in names)


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("read", [page, day])
def test_a_read_amid_a_sync(past: Past, tmp_path: Path, read: Read, every: int) -> None:
    """Whatever a sync has stored so far, a read claims no more than is there."""
    synced = past.mirror(tmp_path / "after")
    sync(synced)
    after = shown(read(synced))

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        mirror = past.mirror(tmp_path / str(number))

        def check(outcome: Outcome) -> None:
            assert outcome.first["status"] == "success"
            answer = outcome.other
            assert isinstance(answer, dict), answer
            claimed = answer["complete"] and answer["as_of"] >= past.changed
            assert not claimed or shown(answer) == after
            assert shown(read(mirror)) == after

        yield Pair(lambda: sync(mirror), lambda: read(mirror), check)
        shutil.rmtree(tmp_path / str(number))

    names = everywhere(set_up, seams=[*TRANSACTIONS, (Wire, "send")], every=every)
    assert {"Wire.send", "Database.writing"} <= {*names}


def seen(mirror: Mirror, since: str) -> tuple[list[dict[str, Any]], str]:
    """All events from a moment or a cursor on, page by page, and where to resume."""
    events: list[dict[str, Any]] = []
    resume = None
    while True:
        answer = feed.events(mirror.cache, since=since, limit=7)
        events += answer["events"]
        if since.startswith("ey") is False:
            resume = answer["resume_cursor"]
        if answer["next_cursor"] is None:
            return events, resume or answer["resume_cursor"]
        since = answer["next_cursor"]


@pytest.mark.parametrize("every", [17, pytest.param(1, marks=pytest.mark.slow)])
def test_a_sync_amid_a_walk(past: Past, tmp_path: Path, every: int) -> None:
    """A walk with its resume shows every record as it is in the end, whenever a sync came."""

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        mirror = past.mirror(tmp_path / str(number))

        def check(outcome: Outcome) -> None:
            assert isinstance(outcome.first, tuple), outcome.first
            walked, resume = outcome.first
            learned, _ = seen(mirror, resume)
            latest = {(one["resource"], one["id"]): one["record"] for one in [*walked, *learned]}
            for resource in COLLECTIONS:
                field = resource.id_field
                held = {one[field]: one for one in lookups.stream(mirror.cache, resource)}
                told = {key: one for (name, key), one in latest.items() if name == resource.name}
                assert {key: one for key, one in told.items() if one is not None} == held

        yield Pair(lambda: seen(mirror, "2010-01-01"), lambda: sync(mirror), check)
        shutil.rmtree(tmp_path / str(number))

    assert everywhere(set_up, seams=TRANSACTIONS, statements=True, every=every)


@pytest.mark.parametrize("every", [19, pytest.param(1, marks=pytest.mark.slow)])
def test_a_resume_amid_a_sync(past: Past, tmp_path: Path, every: int) -> None:
    """What is resumed in the midst of a sync, and after it, is every change once, in order."""

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        mirror = past.mirror(tmp_path / str(number))
        begin = feed.events(mirror.cache, since="2010-01-01")["resume_cursor"]

        def check(outcome: Outcome) -> None:
            assert isinstance(outcome.other, tuple), outcome.other
            early, resume = outcome.other
            later, _ = seen(mirror, resume)
            whole, _ = seen(mirror, begin)
            keys = [
                [(e["resource"], e["id"], e["change"]) for e in events]
                for events in ([*early, *later], whole)
            ]
            assert keys[0] == keys[1] != []

        yield Pair(lambda: sync(mirror), lambda: seen(mirror, begin), check)
        shutil.rmtree(tmp_path / str(number))

    assert everywhere(set_up, seams=[*TRANSACTIONS, (Wire, "send")], every=every)


# ── renewing and logging in ──

LOGIN = [
    (lock, "_taken"),
    (LoginFile, "load"),
    (LoginFile, "save"),
    (LoginFile, "save_new"),
    (endpoint, "request"),
    (Wire, "send"),
    *DISK,
]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("renews_first", [True, False])
def test_a_login_amid_a_renewal_and_the_other_way_round(
    tmp_path: Path, renews_first: bool, every: int
) -> None:
    """At the end the newer login is stored, it works, and whoever asked for a token has one."""
    with logins.whoop() as simulator:
        app = (simulator.oauth.client_id, simulator.oauth.client_secret)

        @contextmanager
        def set_up(number: int) -> Iterator[Pair]:
            home = tmp_path / str(number)
            home.mkdir()
            logins.logged_in(home, simulator, expires_in=0)
            newer = simulator.grant()
            renewing = logins.login(home, simulator.url)
            other = logins.login(home, simulator.url)

            def log_in() -> None:
                other.save_grant(newer, app=app, scopes=logins.SCOPES)

            def check(outcome: Outcome) -> None:
                token, made = outcome.first, outcome.other
                if not renews_first:
                    token, made = made, token
                assert made is None, made
                assert isinstance(token, str), token
                stored = LoginFile(home / "home").load()
                assert stored and stored.refresh_token == newer["refresh_token"]
                again = logins.login(home, simulator.url)
                assert again.token() == newer["access_token"]
                assert again.token(refused=newer["access_token"]) != newer["access_token"]

            acts = (renewing.token, log_in) if renews_first else (log_in, renewing.token)
            yield Pair(*acts, check)
            for one in (renewing, other):
                one._transport.close()
            shutil.rmtree(home)

        names = everywhere(set_up, seams=LOGIN, patience=0.1, every=every)
    assert {"LoginFile.save", "whoop_mcp.lock._taken"} <= {*names}
    assert ("Wire.send" in names) is renews_first


# ── exporting and purging ──

FLOOR = "2026-09-01T00:00:00.000Z"


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("exports_first", [True, False])
def test_a_purge_amid_an_export_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exports_first: bool, every: int
) -> None:
    """An export is whole and of one moment: all its files have what was purged, or none has, and
    then they say so. What is exported after a purge has none of it."""
    monkeypatch.setattr(access, "_WAIT", 0.05)  # the log of a cache that is read is left
    shelf = Shelf(tmp_path / "made" / "whoop.db")
    starts = [times.plus(FLOOR, days=n) for n in (-3, -2, -1, 1, 2)]
    nights = [samples.uuid(n) for n in range(len(starts))]
    when = [{"start": at, "end": times.plus(at, hours=8)} for at in starts]
    for resource, made in (
        (CYCLES, [samples.cycle(n + 1, **at) for n, at in enumerate(when)]),
        (SLEEPS, [samples.sleep(nights[n], cycle_id=n + 1, **at) for n, at in enumerate(when)]),
        (RECOVERIES, [samples.recovery(n + 1, sleep_id=nights[n]) for n in range(len(when))]),
        (WORKOUTS, [samples.workout(samples.uuid(100 + n), **at) for n, at in enumerate(when)]),
    ):
        shelf.save(resource, *made)

    def exported(cache: Cache, out: Path) -> dict[str, int]:
        answer = export(cache, ALL, "jsonl", str(out), home=cache.path.parent)
        counts = {one["kind"]: one["records"] for one in answer["files"]}
        for name in counts:
            lines = (out / f"{name}.jsonl").read_text().splitlines()
            assert len([json.loads(line) for line in lines]) == counts[name]
        return {one.name: counts[one.name] for one in COLLECTIONS}

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        folder = tmp_path / str(number)
        (folder / "home").mkdir(parents=True)
        shutil.copy(shelf.path, folder / "home" / "whoop.db")
        cache = Cache(folder / "home" / "whoop.db", clock=lambda: samples.NOW)

        def check(outcome: Outcome) -> None:
            counts, purged = outcome.first, outcome.other
            if not exports_first:
                counts, purged = purged, counts
            assert purged == 12, purged
            assert isinstance(counts, dict), counts
            assert {*counts.values()} in ({5}, {2}), counts
            assert {*exported(cache, folder / "later").values()} == {2}

        acts = (
            lambda: exported(cache, folder / "out"),
            lambda: purge.before(cache, FLOOR, at_once=False),
        )
        yield Pair(*(acts if exports_first else acts[::-1]), check)
        shutil.rmtree(folder)

    names = everywhere(set_up, seams=[*TRANSACTIONS, *DISK], statements=True, every=every)
    assert any("fsync" in name for name in names) is exports_first


# ── taking over ──


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_two_open_an_old_cache_at_once(tmp_path: Path, every: int) -> None:
    """Wherever one of them is in taking it over, it is taken over once, and whole for both."""
    old = old_caches.make(tmp_path / "old.db", old_caches.day())
    held = old_caches.contents(old)

    @contextmanager
    def set_up(number: int) -> Iterator[Pair]:
        path = tmp_path / str(number) / "whoop.db"
        path.parent.mkdir()
        shutil.copy(old, path)

        def open_it() -> str | None:
            cache = Cache(path)
            cache.require_content()
            return cache.recall("cache_id")

        def check(outcome: Outcome) -> None:
            assert isinstance(outcome.first, str), outcome.first
            assert outcome.other == outcome.first
            assert_taken(path, held)

        yield Pair(open_it, open_it, check)
        shutil.rmtree(path.parent)

    seams = [
        *TRANSACTIONS,
        *DISK,
        (Database, "_check"),
        (upgrade, "_is_old"),
        (upgrade, "_copy"),
        (upgrade, "_enter"),
    ]
    names = everywhere(set_up, seams=seams, patience=0.05, every=every)
    assert names.count("whoop_mcp.cache.upgrade._copy") == 1
    assert names.count("whoop_mcp.cache.upgrade._enter") == 6
