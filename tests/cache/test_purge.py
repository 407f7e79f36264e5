"""What is purged is gone, also from the disk, and does not come back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.cache import coverage, purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.errors import CacheEmpty, CacheError
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

from ..support import lookups, samples
from ..support.samples import NOW, Shelf

MARKER = "marker-of-the-purged"
OTHER = "marker-of-the-kept"
YEAR = Window("2026-01-01T00:00:00.000Z", NOW)
FLOOR = "2026-09-01T00:00:00.000Z"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "whoop.db")


def at(start: str, number: int, marker: str, zone: str = "Z") -> dict[str, object]:
    """A workout of half an hour that carries a marker in its flat and its raw record."""
    return samples.workout(
        samples.uuid(number),
        start=start,
        end=times.plus(times.utc(start), minutes=30),
        timezone_offset=zone,
        sport_name=marker,
        note=marker * 500,
    )


def on_disk(shelf: Shelf, marker: str) -> bool:
    """Whether any file of the cache holds the marker's bytes."""
    held = (path for path in shelf.path.parent.glob("whoop.db*") if path.is_file())
    return any(marker.encode() in path.read_bytes() for path in held)


def fill(shelf: Shelf) -> None:
    """Sixty records before the floor and sixty after it, in a year that is known whole."""
    days = [times.plus(FLOOR, days=number) for number in range(-60, 0)]
    shelf.save(WORKOUTS, *(at(day, n, MARKER) for n, day in enumerate(days, 1)), window=YEAR)
    shelf.save(WORKOUTS, *(at(day, n, "changed") for n, day in enumerate(days, 1)))
    shelf.save(WORKOUTS, *(at(day, n, MARKER + "2") for n, day in enumerate(days, 1)))
    later = [times.plus(FLOOR, hours=number) for number in range(60)]
    shelf.save(WORKOUTS, *(at(day, n, OTHER) for n, day in enumerate(later, 101)))


def test_the_purged_is_gone_from_the_disk(shelf: Shelf) -> None:
    """No byte of a purged record is left in the database or its log, nor any event of it.

    That is so also while another program has the file open.
    """
    fill(shelf)
    other = sqlite3.connect(shelf.path)
    other.execute("SELECT count(*) FROM records").fetchone()
    assert on_disk(shelf, MARKER)
    assert purge.before(shelf.cache, FLOOR) == 60
    assert not on_disk(shelf, MARKER)
    assert on_disk(shelf, OTHER)
    other.close()
    assert len(shelf.log()) == 60
    assert shelf.sql("SELECT count(*) FROM records") == [(60,)]
    assert shelf.sql("PRAGMA integrity_check") == [("ok",)]


def test_the_floor_stays(shelf: Shelf) -> None:
    """What is older is not covered any more, and is not stored again, whoever brings it."""
    fill(shelf)
    purge.before(shelf.cache, FLOOR)
    standing = lookups.standing(shelf.cache, WORKOUTS, *YEAR)
    assert standing.missing == [Window(YEAR.start, FLOOR)]
    log = shelf.log()
    old = times.plus(FLOOR, minutes=-30)
    shelf.save(WORKOUTS, at(old, 60, MARKER), by_id=True)
    assert shelf.cache.get(WORKOUTS, samples.uuid(60)) is None
    assert shelf.log() == log
    assert not on_disk(shelf, MARKER)


def test_what_reaches_over_the_floor_stays(shelf: Shelf) -> None:
    """A record belongs to the purged only if it was over; the running cycle never is."""
    shelf.save(
        CYCLES,
        samples.cycle(1, start="2026-08-31T04:00:00Z", end=FLOOR),
        samples.cycle(2, start="2026-08-31T04:00:00Z", end="2026-09-01T00:00:00.001Z"),
        samples.cycle(3, start="2026-08-31T04:00:00Z", end=None),
    )
    shelf.save(PROFILE, samples.profile())
    assert purge.before(shelf.cache, FLOOR) == 1
    assert [one["id"] for one in lookups.stream(shelf.cache, CYCLES)] == [2, 3]
    assert lookups.snapshot(shelf.cache, PROFILE)


def test_a_floor_by_date_is_each_records_own(shelf: Shelf) -> None:
    """Before a date means before its midnight where the record was, also for what comes later."""
    evening = [
        at("2026-08-31T20:00:00Z", 1, "kolkata", "+05:30"),
        at("2026-08-31T20:00:00Z", 2, "london", "+01:00"),
        at("2026-09-01T02:00:00Z", 3, "toronto", "-04:00"),
        at("2026-09-01T04:00:00Z", 4, "toronto", "-04:00"),
    ]
    shelf.save(WORKOUTS, *evening)
    assert purge.before(shelf.cache, "2026-09-01") == 2
    shelf.save(WORKOUTS, *evening)
    assert {one["id"] for one in lookups.stream(shelf.cache, WORKOUTS)} == {
        samples.uuid(1),
        samples.uuid(4),
    }


def test_a_purged_sleep_takes_its_recovery_with_it(shelf: Shelf) -> None:
    """A recovery has its sleep's times, and goes with it although the cycle stays."""
    shelf.save(CYCLES, samples.cycle())
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(RECOVERIES, samples.recovery())
    assert purge.before(shelf.cache, "2026-10-19T12:00:00.000Z") == 2
    assert shelf.cache.get(RECOVERIES, "1") is None
    assert shelf.cache.get(CYCLES, "1")
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(RECOVERIES, samples.recovery(), by_id=True)
    assert shelf.cache.get(SLEEPS, samples.NIGHT) is shelf.cache.get(RECOVERIES, "1") is None


def test_a_lower_floor_does_not_lower_it(shelf: Shelf) -> None:
    """A purge of less than was purged before leaves the floor where it is."""
    fill(shelf)
    purge.before(shelf.cache, FLOOR)
    assert purge.before(shelf.cache, "2026-08-01") == 0
    with shelf.cache.database.reading() as connection:
        assert coverage.floor(connection) == FLOOR


def test_malformed_records_before_the_floor_are_not_asked_for(shelf: Shelf) -> None:
    """What was skipped before the floor is forgotten with the rest."""
    shelf.save(
        CYCLES,
        samples.cycle(1, start="2026-08-01T00:00:00Z", score=[]),
        samples.cycle(2, start="2026-09-02T00:00:00Z", score=[]),
    )
    purge.before(shelf.cache, FLOOR)
    assert shelf.sql("SELECT id FROM skipped") == [("2",)]


def test_the_old_versions_backup_goes_too(shelf: Shelf) -> None:
    """The database that 0.8.x left beside ours is removed by either purge."""
    backup = shelf.path.with_name("whoop.db.v1-backup")
    for act in (lambda: purge.before(shelf.cache, FLOOR), lambda: purge.everything(shelf.cache)):
        backup.write_bytes(b"old")
        act()
        assert not backup.exists()


@pytest.mark.parametrize("name", ["whoop.db.v1-backup", "whoop.db.v1-backup.part"])
def test_a_folder_where_the_old_versions_backup_should_be(shelf: Shelf, name: str) -> None:
    """It is somebody else's: it stays, and no purge nor sync with retention minds it."""
    fill(shelf)
    folder = shelf.path.with_name(name)
    folder.mkdir()
    shelf.path.with_name("whoop.db.v1-backup.1").write_bytes(b"old")
    assert purge.before(shelf.cache, FLOOR) == 60
    purge.before(shelf.cache, FLOOR, at_once=False)
    purge.everything(shelf.cache)
    assert [one.name for one in shelf.path.parent.glob("*.v1-*")] == [name]
    assert not on_disk(shelf, MARKER)


def test_a_backup_that_cannot_be_removed_is_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records go, and CACHE_ERROR says what is still there; a sync's own purge goes on."""
    fill(shelf)
    backup = shelf.path.with_name("whoop.db.v1-backup")
    backup.write_bytes(b"old")

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", refuse)
        with pytest.raises(CacheError, match="copy that whoop-mcp") as caught:
            purge.before(shelf.cache, FLOOR)
        assert "remove the copy yourself" in (caught.value.hint or "")
        assert not on_disk(shelf, MARKER)
        purge.before(shelf.cache, FLOOR, at_once=False)
    purge.everything(shelf.cache)
    assert not backup.exists()


def test_everything_is_everything(shelf: Shelf) -> None:
    """A purge of all leaves an empty cache, with no floor, no owner and another identity."""
    fill(shelf)
    purge.before(shelf.cache, FLOOR)
    shelf.save(PROFILE, samples.profile(first_name=MARKER))
    identity = shelf.cache.recall("cache_id")
    purge.everything(shelf.cache)
    assert not on_disk(shelf, MARKER)
    assert not on_disk(shelf, OTHER)
    with pytest.raises(CacheEmpty):
        shelf.cache.require_content()
    assert shelf.cache.recall("cache_id") not in (None, identity)
    assert shelf.cache.recall("user_id") is shelf.cache.recall("floor") is None
    assert shelf.log() == []
    assert shelf.save(WORKOUTS, at("2026-01-02T00:00:00Z", 1, MARKER)) == {"created": 1}


def test_anybody_may_purge_all(shelf: Shelf) -> None:
    """Another user's cache is not theirs to read or cut, but to empty, and theirs afterwards."""
    shelf.save(CYCLES, samples.cycle())
    stranger = Cache(shelf.path, login=samples.KnownLogin(7), clock=lambda: NOW)
    with pytest.raises(CacheError):
        purge.before(stranger, FLOOR)
    assert shelf.cache.get(CYCLES, "1")
    purge.everything(stranger)
    stranger.save(Findings(CYCLES, NOW, [samples.cycle(2, user_id=7)]))
    assert stranger.get(CYCLES, "2")


def test_a_purge_that_leaves_something_on_the_disk_says_so(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program reads the cache its log cannot be emptied: CACHE_ERROR, and the same
    purge again does it. A sync's own purge leaves that to the next one."""
    monkeypatch.setattr("whoop_mcp.cache.access._WAIT", 0.1)
    shelf.save(PROFILE, samples.profile(first_name=MARKER))
    reader = sqlite3.connect(shelf.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM records").fetchone()
    with pytest.raises(CacheError, match="still stand on the disk"):
        purge.everything(shelf.cache)
    purge.before(shelf.cache, FLOOR, at_once=False)
    reader.close()
    purge.everything(shelf.cache)
    files = shelf.path.parent.glob("whoop.db*")
    assert not any(MARKER.encode() in file.read_bytes() for file in files)


def test_what_was_purged_is_never_claimed(shelf: Shelf) -> None:
    """A reading that began before the purge covers nothing below its floor."""
    purge.before(shelf.cache, FLOOR)
    shelf.save(CYCLES, window=YEAR)
    assert lookups.standing(shelf.cache, CYCLES, YEAR.start, NOW).missing == [
        Window(YEAR.start, FLOOR)
    ]


@pytest.mark.parametrize("start", ["2026-08-20", "2026-08-31T18:00:00.000Z"])
def test_the_hours_that_a_date_was_purged_from_are_not_claimed(shelf: Shelf, start: str) -> None:
    """West of the first place on Earth records of the day before were over after the date began
    there: a span that begins before the date lacks them, and one that begins with it lacks none."""
    shelf.save(WORKOUTS, at("2026-09-01T02:00:00Z", 1, "toronto", "-04:00"), window=YEAR)
    assert purge.before(shelf.cache, "2026-09-01") == 1
    shelf.save(WORKOUTS, at("2026-09-01T02:00:00Z", 1, "toronto", "-04:00"), window=YEAR)
    with shelf.cache.reading() as seen:
        (gap,) = seen.standing(WORKOUTS, Span(start, NOW), edge=True).missing
        assert gap.start == Span(start, NOW).window().start
        assert gap.end == "2026-09-01T12:00:00.000Z"
        for whole in ("2026-09-01", "2026-09-01T12:00:00.000Z"):
            assert seen.standing(WORKOUTS, Span(whole, NOW), edge=True).complete


def test_a_record_that_moves_below_the_floor_is_gone(shelf: Shelf) -> None:
    """A sleep that WHOOP has cut, so that it was over before the floor, is not kept as it was: it
    is deleted, with its recovery, and that is told once; the cycle reaches over the floor."""
    sleep, start = samples.uuid(1), "2026-08-31T20:00:00.000Z"
    shelf.save(CYCLES, samples.cycle(7, start=start, end="2026-09-01T20:00:00.000Z"))
    night = {"start": start, "end": "2026-09-01T00:20:00.000Z", "cycle_id": 7}
    shelf.save(SLEEPS, samples.sleep(sleep, **night))
    shelf.save(RECOVERIES, samples.recovery(7, sleep_id=sleep))
    assert purge.before(shelf.cache, FLOOR) == 0
    logged = shelf.log()
    cut = samples.sleep(sleep, **{**night, "end": "2026-08-31T23:35:00.000Z"})
    for outcome in ("deleted", "purged"):
        assert shelf.save(SLEEPS, cut)[outcome] == 1
    for resource, held in ((SLEEPS, 0), (RECOVERIES, 0), (CYCLES, 1)):
        assert len([*lookups.stream(shelf.cache, resource)]) == held
    assert shelf.log()[len(logged) :] == [
        ("sleeps", sleep, "deleted"),
        ("recoveries", "7", "deleted"),
    ]


def test_a_floor_is_replaced_only_by_what_lies_beyond_it_everywhere() -> None:
    """A later bound of the same kind is beyond; an instant within a date's offsets is not."""
    assert purge._beyond("2026-04-20", None)
    assert purge._beyond("2026-04-21", "2026-04-20")
    assert not purge._beyond("2026-04-20", "2026-04-20")
    assert not purge._beyond("2026-04-19T20:00:00.000Z", "2026-04-20")
    assert purge._beyond("2026-04-20T12:00:00.000Z", "2026-04-20")
    assert not purge._beyond("2026-04-20", "2026-04-20T00:00:00.000Z")
