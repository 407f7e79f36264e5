"""The diary says of every date what the daily summary says of it."""

from __future__ import annotations

from pathlib import Path

from whoop_mcp import times
from whoop_mcp.reads import days
from whoop_mcp.reads.days import Day
from whoop_mcp.whoop.records import flat
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS

from ..support import samples
from ..support.athlete_days import days_of
from ..support.mirrored_accounts import mirrored_account
from ..support.samples import Shelf


def read(shelf: Shelf, date: str) -> Day:
    """One date of the diary."""
    with shelf.cache.reading() as seen:
        return days.read_days(seen, date, date)[0]


def offset(shelf: Shelf) -> int:
    """Where the wearer is."""
    with shelf.cache.reading() as seen:
        return seen.offset()


def test_the_diary_is_the_daily_summary_of_every_date(tmp_path: Path) -> None:
    """Cycle, recovery, sleep, naps and workouts of each date, through travel, naps and nights
    without the strap; and so is the diary of records at hand. It asks WHOOP nothing."""
    with mirrored_account(tmp_path, days=60, seed=5) as one:
        one.sync()
        one.requests()
        with one.cache.reading() as seen:
            read = days.read_days(seen, "2026-03-25", "2026-05-21")
        assert one.requests() == 0
        assert [day.date for day in read] == [
            times.plus(times.midnight("2026-03-25"), days=n)[:10] for n in range(58)
        ]
        for day in read:
            summary = days.summary(one.mirror, day.date)
            for name in ("cycle", "recovery", "sleep"):
                part = getattr(day, name)
                assert (part and flat(part)) == summary[name]
            for name in ("naps", "workouts", "other_sleeps"):
                assert [flat(one) for one in getattr(day, name)] == summary[name]
        assert days_of(one.account, "2026-03-25", "2026-05-21") == read


def test_a_cycle_keeps_its_date_at_the_edge(tmp_path: Path) -> None:
    """A sleep that lies outside the dates read still gives its cycle the date, not the hours
    that reach in."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(CYCLES, samples.cycle())
    shelf.save(RECOVERIES, samples.recovery())
    assert read(shelf, "2026-10-20").cycle is None
    day = read(shelf, "2026-10-19")
    assert day.cycle and day.sleep and day.recovery and not day.naps and not day.workouts


def test_of_two_cycles_the_one_with_a_sleep_is_shown(tmp_path: Path) -> None:
    """A date shows one cycle at most, by the rank of the daily summary."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(
        CYCLES,
        samples.cycle(),
        samples.cycle(2, start="2026-10-19T04:00:00.000Z", end="2026-10-19T23:00:00.000Z"),
    )
    day = read(shelf, "2026-10-19")
    assert day.cycle is not None and day.cycle.id == 1


def test_the_offset_is_the_newest_records(tmp_path: Path) -> None:
    """Where the newest record was made is where the wearer is; without any it is UTC."""
    shelf = Shelf(tmp_path / "whoop.db")
    assert offset(shelf) == 0
    shelf.save(CYCLES, samples.cycle())
    assert offset(shelf) == -240
    shelf.save(SLEEPS, samples.sleep(start="2026-10-20T01:00:00Z", timezone_offset="+05:30"))
    assert offset(shelf) == -240  # a malformed one, which ends before it starts
    late = samples.sleep(
        start="2026-10-20T01:00:00Z", end="2026-10-20T02:00:00Z", timezone_offset="+05:30"
    )
    shelf.save(SLEEPS, late)
    assert offset(shelf) == 330
