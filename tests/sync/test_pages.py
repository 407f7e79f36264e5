"""How the pages of several readers come to be stored together, and what that must not change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache.database import Unusable
from whoop_mcp.cache.save import Findings
from whoop_mcp.call import Call
from whoop_mcp.errors import CacheError, SyncError
from whoop_mcp.sync import pages as pages_module
from whoop_mcp.sync.fetch import Reader
from whoop_mcp.sync.inquiry import Tally
from whoop_mcp.sync.pages import Pages
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, WORKOUTS

from ..support import lookups, samples
from ..support.mirrored_accounts import mirrored_account
from ..support.samples import NOW, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "whoop.db")


def cycle(number: int, **fields: Any) -> Findings:
    """A page that shows one cycle."""
    return Findings(CYCLES, NOW, [samples.cycle(number, **fields)])


def counted(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many findings each transaction from now on is given, one number for each."""
    sizes: list[int] = []
    save = shelf.cache.save

    def saved(*findings: Findings) -> Any:
        sizes.append(len(findings))
        return save(*findings)

    monkeypatch.setattr(shelf.cache, "save", saved)
    return sizes


def held(shelf: Shelf) -> list[str]:
    """The ids of the cycles that are held."""
    return sorted(key for (key,) in shelf.sql("SELECT id FROM records WHERE resource = 'cycles'"))


def test_enough_pages_are_one_transaction(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait until there are sixteen, which are stored at once, and each is told so."""
    sizes, tally = counted(shelf, monkeypatch), Tally()
    pages = Pages(shelf.cache, tally, gather=True)
    put = [pages.put(cycle(number)) for number in range(1, 16)]
    assert not any(one.is_settled for one in put)
    assert sizes == []
    put.append(pages.put(cycle(16)))
    assert all(one.is_settled for one in put)
    assert sizes == [16]
    assert held(shelf) == sorted(map(str, range(1, 17)))
    assert tally.counts["cycles"]["created"] == 16


def test_a_page_that_is_needed_is_stored_at_once(shelf: Shelf) -> None:
    """Whoever settles a page finds it on the disk, and all that came before it."""
    pages = Pages(shelf.cache, Tally(), gather=True)
    pages.put(cycle(1))
    pages.settle(pages.put(cycle(2)))
    assert held(shelf) == ["1", "2"]


def test_without_gathering_no_page_waits(shelf: Shelf) -> None:
    """Where nobody looks after what waits, each page is stored before `put` ends."""
    pages = Pages(shelf.cache, Tally())
    assert pages.put(cycle(1)).is_settled
    assert held(shelf) == ["1"]


def test_what_has_waited_for_long_is_stored(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page for which no other comes is stored by whoever looks after them, once it is due."""
    pages = Pages(shelf.cache, Tally(), gather=True)
    monkeypatch.setattr(pages_module, "_LONG", 3600.0)
    page = pages.put(cycle(1))
    pages.store_overdue()
    assert not page.is_settled
    monkeypatch.setattr(pages_module, "_LONG", 0.0)
    pages.store_overdue()
    assert page.is_settled
    assert held(shelf) == ["1"]


def test_a_page_that_is_refused_takes_no_other_along(shelf: Shelf) -> None:
    """Of pages stored together, one that shows another user's records alone is an error."""
    shelf.save(CYCLES, samples.cycle(1))
    pages = Pages(shelf.cache, Tally(), gather=True)
    first, strange, last = (pages.put(one) for one in (cycle(2), cycle(3, user_id=99), cycle(4)))
    pages.settle(last)
    pages.settle(first)
    with pytest.raises(CacheError, match="another WHOOP user"):
        pages.settle(strange)
    assert held(shelf) == ["1", "2", "4"]


def test_a_file_that_cannot_be_written_is_tried_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is the file that fails, all pages that wait have its error, without a try each."""
    shelf.save(CYCLES, samples.cycle(1))
    sizes = counted(shelf, monkeypatch)
    shelf.cache.path.write_bytes(b"no database" * 1000)
    pages = Pages(shelf.cache, Tally(), gather=True)
    put = [pages.put(cycle(number)) for number in (2, 3)]
    for page in put:
        with pytest.raises(CacheError, match="damaged"):
            pages.settle(page)
    assert sizes == [2]


def test_a_bug_is_told_to_all_whom_it_concerns(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen exception leaves nobody waiting for a page that will never be stored."""

    def broken(*findings: Findings) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(shelf.cache, "save", broken)
    pages = Pages(shelf.cache, Tally(), gather=True)
    first, last = pages.put(cycle(1)), pages.put(cycle(2))
    for page in (last, first):
        with pytest.raises(ZeroDivisionError):
            pages.settle(page)


def test_a_page_is_not_stored_without_the_one_before(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page shows whole counts on the records of the page before: where that was not stored,
    neither is this one, nor the next."""
    save, broken = shelf.cache.save, [True]

    def saved(*findings: Findings) -> Any:
        if broken.pop():
            raise CacheError("The disk is full.")
        return save(*findings)

    monkeypatch.setattr(shelf.cache, "save", saved)
    pages = Pages(shelf.cache, Tally(), gather=True)
    first = pages.put(cycle(1))
    with pytest.raises(CacheError, match="full"):
        pages.settle(first)
    broken += [False] * 9
    second = pages.put(cycle(2), after=first)
    third = pages.put(cycle(3), after=second)
    fourth = pages.put(cycle(4))
    pages.settle(pages.put(cycle(5), after=fourth))
    for page in (third, second):
        with pytest.raises(CacheError, match="full"):
            pages.settle(page)
    assert held(shelf) == ["4", "5"]


def test_who_is_stopped_while_storing_leaves_no_page_untold(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an interrupt ends the storing of pages one by one, none of them passes for stored."""
    raised: list[type[BaseException]] = [KeyboardInterrupt, CacheError]

    def saved(*findings: Findings) -> Any:
        raise raised.pop()("stopped")

    monkeypatch.setattr(shelf.cache, "save", saved)
    pages = Pages(shelf.cache, Tally(), gather=True)
    first, last = pages.put(cycle(1)), pages.put(cycle(2))
    for page in (first, last):
        with pytest.raises(KeyboardInterrupt):
            pages.settle(page)
    assert not raised
    monkeypatch.setattr(Pages, "_store", lambda pages, waiting: None)
    with pytest.raises(SyncError, match="not stored"):
        pages.settle(pages.put(cycle(3)))


def test_many_threads_lose_no_page(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever puts and settles beside others finds each of its pages stored once."""
    sizes, tally = counted(shelf, monkeypatch), Tally()
    pages = Pages(shelf.cache, tally, gather=True)

    def bring(first: int) -> Callable[[], None]:
        def act() -> None:
            for page in [pages.put(cycle(first + number)) for number in range(20)]:
                pages.settle(page)

        return act

    threads = [threading.Thread(target=bring(first)) for first in (1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held(shelf)) == tally.counts["cycles"]["created"] == sum(sizes) == 60


def test_nothing_is_covered_that_was_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a page in the middle cannot be stored while the next is asked for, no hour whose
    records are lacking counts as seen, and the next sync brings them."""
    monkeypatch.setattr(pages_module, "_LONG", 0.0)
    with mirrored_account(tmp_path, days=200) as one:
        one.sync(resources=["profile"])
        save, ask, count = one.cache.save, one.mirror.api.page, [0]
        pages = Pages(one.cache, Tally(), gather=True)

        def saved(*findings: Findings) -> Any:
            if count[0] == 4:
                count[0] += 1
                raise Unusable("The cache is in use.")
            return save(*findings)

        def asked(*args: Any, **how: Any) -> Any:
            count[0] += 1
            pages.store_overdue()
            return ask(*args, **how)

        monkeypatch.setattr(one.cache, "save", saved)
        monkeypatch.setattr(one.mirror.api, "page", asked)
        reader = Reader(one.mirror, WORKOUTS, Call(), pages=pages)
        with pytest.raises(Unusable):
            list(reader.read(Window("2010-01-01T00:00:00.000Z", one.cache.clock())))
        monkeypatch.undo()
        starts = {raw["id"]: raw["start"] for raw in one.account.all("workouts")}
        lacking = starts.keys() - one.held(WORKOUTS).keys()
        assert lacking and len(lacking) < len(starts)
        for key in lacking:
            start = starts[key]
            assert not lookups.standing(
                one.cache, WORKOUTS, start, times.plus(start, seconds=1)
            ).complete
        one.sync(full=True, resources=["workouts"])
        assert starts.keys() == one.held(WORKOUTS).keys()


def test_a_sync_that_is_cut_short_keeps_what_came(tmp_path: Path) -> None:
    """Where WHOOP fails after three pages, they are stored although more would be stored at once,
    and the hours of the first two are known."""
    with mirrored_account(tmp_path, days=200) as one:
        one.simulator.fault(500, path=f"{WORKOUTS.path}$", times=None, after=3)
        report = one.sync(full=True, resources=["workouts"])
        assert report["status"] == "partial"
        starts = sorted((raw["start"] for raw in one.account.all("workouts")), reverse=True)
        assert len(one.held(WORKOUTS)) >= 70
        assert lookups.standing(one.cache, WORKOUTS, starts[45], None).complete
        assert not lookups.standing(one.cache, WORKOUTS, starts[75], None).complete
