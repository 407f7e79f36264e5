"""Questions that are asked before their answers are needed."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.cache import purge
from whoop_mcp.cache.save import Findings
from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import CacheError, UpstreamError
from whoop_mcp.simulator.http_server import Request
from whoop_mcp.sync.ahead import Ahead
from whoop_mcp.sync.asking import Questions
from whoop_mcp.sync.fetch import Reader
from whoop_mcp.sync.listing import Listing
from whoop_mcp.times import Window
from whoop_mcp.whoop import transport
from whoop_mcp.whoop.api import Page
from whoop_mcp.whoop.resources import BODY, CURRENT, CYCLES, PROFILE, RECOVERIES, SLEEPS

from ..support.mirrored_accounts import UNTIL, mirrored_account


def test_it_is_asked_once_whoever_comes_first() -> None:
    """Of many who want an answer one asks, and all of them get what that one was told."""
    asked: list[int] = []
    together = threading.Barrier(8)
    one = Ahead(lambda: asked.append(1) or len(asked))

    def want() -> int:
        together.wait(60)
        one.ask()
        return one.answer()

    with ThreadPoolExecutor(8) as pool:
        assert [each.result() for each in [pool.submit(want) for _ in range(8)]] == [1] * 8


def test_nobody_needs_to_have_asked() -> None:
    """Where no thread was free, whoever needs the answer asks."""
    assert Ahead(lambda: "found").answer() == "found"


def test_what_went_wrong_is_told_to_who_needs_the_answer() -> None:
    """Who asks ahead of time does not fail, who needs it does, and nobody asks anew."""
    asked: list[int] = []

    def fail() -> None:
        asked.append(1)
        raise LookupError("this one")

    one = Ahead(fail)
    one.ask()
    for _ in range(2):
        with pytest.raises(LookupError, match="this one"):
            one.answer()
    assert asked == [1]


@pytest.mark.parametrize("nth", ["first", "second"])
def test_a_sync_asks_all_it_asks_in_one_round(tmp_path: Path, nth: str) -> None:
    """No answer is waited for before the next question is asked, neither at first nor when there is
    nothing new: each gets its answer when all have been asked."""
    with mirrored_account(tmp_path) as one:
        if nth == "second":
            one.fill()
        together = threading.Barrier(20 if nth == "first" else 11)
        lock, asked = threading.Lock(), 0

        def wait(request: Request) -> None:
            nonlocal asked
            with lock:
                asked += 1
                is_first = asked <= together.parties
            if is_first:
                together.wait(30)

        one.simulator.before = wait
        assert one.sync()["status"] == "success"
        assert not together.broken
        assert asked <= together.parties + 1  # the test's login does not learn whose it is
        for resource in (SLEEPS, RECOVERIES):
            assert one.truth(resource).items() >= one.held(resource).items()


def test_a_recovery_that_is_asked_for_before_its_sleep_has_its_times(tmp_path: Path) -> None:
    """Where recoveries are answered first, they are stored no sooner than their sleeps."""
    with mirrored_account(tmp_path) as one:
        recovered = threading.Event()

        def wait(request: Request) -> None:
            if request.path.endswith("/recovery"):
                recovered.set()
            elif request.path.endswith("/sleep"):
                assert recovered.wait(60)

        one.simulator.before = wait
        assert one.sync()["status"] == "success"
        for resource in (SLEEPS, RECOVERIES):
            assert one.held(resource)
            assert one.truth(resource).items() >= one.held(resource).items()


def test_what_was_asked_before_a_purge_is_asked_again(tmp_path: Path) -> None:
    """Of recoveries that were asked for before everything is purged none comes back; nor is one
    user's body measurement kept as another's, who has logged in since."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        asked, again = count(1), threading.Event()
        together = threading.Barrier(5, action=lambda: purge.everything(one.cache))

        def purge_between(request: Request) -> None:
            recoveries = request.path.endswith("/recovery")
            if next(asked) <= together.parties:
                together.wait(60)
                # What else fails lets nothing more be asked: it is answered late.
                assert "end" not in request.query or not recoveries or again.wait(60)
            elif recoveries:
                again.set()

        one.simulator.before = purge_between
        report = one.sync(resources=["recoveries"])["resources"]["recoveries"]
        assert "emptied" in report["error"]["message"]
        assert again.is_set()

    (other := tmp_path / "two").mkdir()
    with mirrored_account(other) as two:
        two.fill()
        measured, changed = threading.Event(), threading.Event()

        def change_user(request: Request) -> None:
            if request.path.endswith("/measurement/body"):
                measured.set()
            elif request.path.endswith("/profile/basic") and not changed.is_set():
                assert measured.wait(60)
                purge.everything(two.cache)
                two.account.profile = {**two.account.profile, "user_id": 77}
                two.account.body = {**two.account.body, "weight_kilogram": 99.0}
                changed.set()

        two.simulator.before = change_user
        two.sync(resources=["profile", "body_measurement"])
        held = two.cache.raw(BODY, CURRENT)
        assert changed.is_set() and (held is None or held["weight_kilogram"] == 99.0)


def test_a_recovery_that_goes_with_its_sleep_stays_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sleep that is deleted after the recoveries were answered takes its recovery with it: the
    older list does not bring it back in the same sync."""
    asked, answered = Questions._asked, threading.Event()

    def tell(questions: Questions, start: str, end: str | None) -> tuple[str, Page]:
        found = asked(questions, start, end)
        if questions.resource is RECOVERIES:
            answered.set()
        return found

    monkeypatch.setattr(Questions, "_asked", tell)
    with mirrored_account(tmp_path) as one:
        one.fill()
        answered.clear()
        nights = [sleep for sleep in one.account.all("sleeps") if not sleep["nap"]]
        night = sorted(nights, key=lambda sleep: str(sleep["start"]))[-3]

        def delete_between(request: Request) -> None:
            if request.path.endswith("/activity/sleep"):
                assert answered.wait(60)
                if one.account.get("sleeps", night["id"]):
                    one.account.delete("sleeps", night["id"])

        one.simulator.before = delete_between
        assert one.sync()["status"] == "success"
        assert night["id"] not in one.held(SLEEPS)
        assert str(night["cycle_id"]) not in one.held(RECOVERIES)


def test_the_next_page_is_asked_for_before_one_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where WHOOP answers at once, it looks for a page while the one above is stored: none is
    stored before the next one was asked for, and all come once."""
    monkeypatch.setattr(transport, "_AT_ONCE", math.inf)
    with mirrored_account(tmp_path) as one:
        one.mirror.api.one(PROFILE, CURRENT, Call())  # a connection is open
        asked, save, lowest = threading.Semaphore(0), one.cache.save, list[bool]()

        def stored(*findings: Findings) -> object:
            for _ in range(0 if findings[0].lowest else 1 if lowest else 2):
                assert asked.acquire(timeout=60)  # what was asked for it, and for the next one
            lowest.append(findings[0].lowest)
            return save(*findings)

        one.simulator.before = lambda request: asked.release()
        monkeypatch.setattr(one.cache, "save", stored)
        reader = Reader(one.mirror, CYCLES, Call())
        assert [*reader.read(Window(times.plus(UNTIL, days=-100), reader.now))]
        assert lowest == [False] * 3 + [True]
        assert one.held(CYCLES) == one.truth(CYCLES)
        assert reader.tally.counts["cycles"]["requests"] == 4


def test_a_reading_that_is_cut_short_leaves_nothing_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that was asked for ahead is hung up on, and its place in the limit given back."""
    monkeypatch.setattr(transport, "_AT_ONCE", math.inf)
    with mirrored_account(tmp_path, limit=100) as one:
        one.mirror.api.one(PROFILE, CURRENT, Call())
        reader = Reader(one.mirror, CYCLES, Call())
        reading = reader.read(Window(times.plus(UNTIL, days=-100), reader.now))
        next(reading)
        assert one.transport._limits._under_way == 1
        reading.close()
        assert one.transport._limits._under_way == 0
        assert reader.tally.counts["cycles"]["requests"] == 3
        one.sync(full=True)
        one.assert_exact()


@pytest.mark.parametrize("fails", ["page", "store", "stop"])
def test_a_reading_that_fails_leaves_nothing_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Whether the page that was asked for ahead fails, or the one above it cannot be stored, or
    nobody wants it any more: it is given back once, and its connection is lent to one at a time."""
    monkeypatch.setattr(transport, "_AT_ONCE", math.inf)
    with mirrored_account(tmp_path, limit=100) as one:
        call, save, stored = Call(), one.cache.save, count(1)
        one.mirror.api.one(PROFILE, CURRENT, call)

        def break_down(*findings: Findings) -> object:
            if next(stored) == 2:
                if fails == "store":
                    raise CacheError("no")
                if fails == "stop":
                    call.stop()
                else:
                    one.simulator.fault(500, times=4)
            return save(*findings)

        monkeypatch.setattr(one.cache, "save", break_down)
        reader = Reader(one.mirror, CYCLES, call)
        with pytest.raises((UpstreamError, CacheError, Stopped)) as raised:
            [*reader.read(Window(times.plus(UNTIL, days=-100), reader.now))]
        assert raised.value.__traceback__  # which holds the reading itself
        assert one.transport._limits._under_way == 0
        idle = one.transport._wire._idle
        assert len({*map(id, idle)}) == len(idle)
        monkeypatch.undo()
        one.simulator.clear_faults()
        one.sync(full=True)
        one.assert_exact()


def test_recoveries_are_read_beside_their_sleeps(tmp_path: Path) -> None:
    """Where answers take their time, no page of sleeps waits for the recoveries of those above."""
    with mirrored_account(tmp_path, days=150, latency=0.03) as one:
        nights, deep = count(1), threading.Event()

        def wait(request: Request) -> None:
            if request.path.endswith("/activity/sleep") and next(nights) == 5:
                deep.set()
            if request.path.endswith("/recovery"):
                assert deep.wait(60)

        one.simulator.before = wait
        assert one.sync(full=True)["status"] == "success"
        one.assert_exact()


def test_what_another_has_confirmed_between_two_pages_is_not_kept_for_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page's records are as new as its own question, not as the one before it: where another
    reader has looked between the two, and WHOOP has changed a record since, the change is taken."""
    monkeypatch.setattr(transport, "_AT_ONCE", 0.0)  # each page is asked for when it is read
    with mirrored_account(tmp_path, days=120) as one:
        one.sync(full=True)
        window = Window(times.plus(UNTIL, days=-110), times.plus(UNTIL, days=-5))
        key = one.account.all("cycles")[45]["id"]  # on the second page
        reader, asked = Reader(one.mirror, CYCLES, Call()), count(1)
        ask = reader._questions._asked

        def between(start: str, end: str | None) -> tuple[str, Listing]:
            if next(asked) == 2:
                list(Reader(one.mirror, CYCLES, Call()).read(window))
                one.account.pass_time(seconds=1)
                one.account.edit("cycles", key, timezone_offset="+09:00")
            return ask(start, end)

        monkeypatch.setattr(reader._questions, "_asked", between)
        list(reader.read(window))
        assert one.held(CYCLES)[str(key)] == one.truth(CYCLES)[str(key)]
