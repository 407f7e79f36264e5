"""The mirror on disk, as the rest of the program reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.errors import CacheEmpty, CacheError
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

from ..support import lookups, samples
from ..support.samples import NOW, Shelf

OCTOBER = Window("2026-10-01T00:00:00.000Z", NOW)
LATER = times.plus(NOW, seconds=60)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "home" / "whoop.db")


def test_making_one_touches_nothing(shelf: Shelf) -> None:
    """A Cache is a description until it is used."""
    assert not shelf.path.parent.exists()


def test_an_empty_cache_says_so(shelf: Shelf) -> None:
    """Nothing held and nothing covered is CACHE_EMPTY; either of them is content."""
    with pytest.raises(CacheEmpty):
        shelf.cache.require_content()
    shelf.save(CYCLES, window=OCTOBER)
    shelf.cache.require_content()


def test_notes_are_kept_and_forgotten(shelf: Shelf) -> None:
    """A note stays until it is replaced by another, or by nothing."""
    assert shelf.cache.recall("note") is None
    for value in ("one", "two", None):
        shelf.cache.remember("note", value)
        assert Cache(shelf.path).recall("note") == value


def test_a_record_flat_and_raw(shelf: Shelf) -> None:
    """A record is there in both forms, and in neither once it is gone."""
    shelf.save(WORKOUTS, samples.workout())
    assert shelf.cache.get(WORKOUTS, samples.RUN) == WORKOUTS.flatten(samples.workout())
    assert next(iter(shelf.cache.get(WORKOUTS, samples.RUN) or {})) == "id"
    assert shelf.cache.raw(WORKOUTS, samples.RUN) == samples.workout()
    shelf.save(WORKOUTS, gone=[samples.RUN])
    assert shelf.cache.get(WORKOUTS, samples.RUN) is shelf.cache.raw(WORKOUTS, samples.RUN) is None
    assert shelf.cache.get(CYCLES, samples.RUN) is None


def test_a_snapshot(shelf: Shelf) -> None:
    """The profile is a record like any other, of which there is one."""
    assert lookups.snapshot(shelf.cache, PROFILE) is None
    shelf.save(PROFILE, samples.profile())
    assert lookups.snapshot(shelf.cache, PROFILE) == PROFILE.flatten(samples.profile())


def test_a_stream_goes_forward_in_time(shelf: Shelf) -> None:
    """A span's records come oldest first; without bounds it is all of them."""
    starts = {3: "2026-10-03T05:00:00.000Z", 1: "2026-10-01T05:00:00.000Z"}
    starts[2] = "2026-10-02T05:00:00.000Z"
    for id, start in starts.items():
        shelf.save(CYCLES, samples.cycle(id, start=start, end=times.plus(start, hours=24)))
    assert [one["id"] for one in lookups.stream(shelf.cache, CYCLES)] == [1, 2, 3]
    assert [one["id"] for one in lookups.stream(shelf.cache, CYCLES, "2026-10-03")] == [2, 3]
    assert [one["id"] for one in lookups.stream(shelf.cache, CYCLES, end="2026-10-02")] == [1]


def test_a_stream_that_is_left_holds_nothing_up(shelf: Shelf) -> None:
    """Whoever stops reading in the middle leaves the cache free for writers."""
    shelf.save(CYCLES, samples.cycle(1), samples.cycle(2))
    stream = lookups.stream(shelf.cache, CYCLES)
    next(stream)
    shelf.save(CYCLES, samples.cycle(3))
    assert len(list(stream)) == 1
    assert len(list(lookups.stream(shelf.cache, CYCLES))) == 3


def test_how_well_a_span_is_known(shelf: Shelf) -> None:
    """Standing tells the gaps and the oldest confirmation, up to now and no further."""
    assert not lookups.standing(shelf.cache, CYCLES, *OCTOBER).complete
    assert lookups.standing(shelf.cache, CYCLES, *OCTOBER).as_of is None
    assert lookups.standing(
        shelf.cache, CYCLES
    ).complete  # nothing was ever known, nothing is amiss
    middle = Window("2026-10-05T00:00:00.000Z", "2026-10-10T00:00:00.000Z")
    shelf.save(CYCLES, at=times.plus(NOW, days=-1), window=middle)
    shelf.save(CYCLES, at=NOW, window=Window(middle.end, NOW))
    standing = lookups.standing(shelf.cache, CYCLES, *OCTOBER)
    assert standing.missing == [Window(OCTOBER.start, middle.start)]
    assert standing.as_of == times.plus(NOW, days=-1)
    assert lookups.standing(shelf.cache, CYCLES).complete
    assert lookups.standing(shelf.cache, CYCLES, middle.start, times.LATEST).complete
    assert not lookups.standing(shelf.cache, WORKOUTS, *OCTOBER).complete


def test_recoveries_are_known_as_well_as_their_sleeps(shelf: Shelf) -> None:
    """Since a recovery's times are its sleep's, both have to be known for the window to be."""
    shelf.save(RECOVERIES, window=OCTOBER)
    assert lookups.standing(shelf.cache, RECOVERIES, *OCTOBER).missing == [OCTOBER]
    shelf.save(SLEEPS, at=times.plus(NOW, hours=-1), window=OCTOBER)
    assert lookups.standing(shelf.cache, RECOVERIES, *OCTOBER).complete
    assert lookups.standing(shelf.cache, RECOVERIES, *OCTOBER).as_of == times.plus(NOW, hours=-1)


def test_a_record_by_id_covers_nothing(shelf: Shelf) -> None:
    """Asking for one record confirms it, and says nothing of the time around it."""
    shelf.save(CYCLES, samples.cycle(), by_id=True)
    assert lookups.standing(shelf.cache, CYCLES, *OCTOBER).missing == [OCTOBER]
    shelf.now = LATER
    shelf.save(CYCLES, samples.cycle(), by_id=True)
    assert lookups.asked_at(shelf.cache, CYCLES, "1") == LATER


def test_when_a_record_was_last_confirmed(shelf: Shelf) -> None:
    """A record is as fresh as its own asking, or the last whole reading of where it lies."""
    assert lookups.asked_at(shelf.cache, CYCLES, "1") is None
    shelf.save(CYCLES, samples.cycle())
    assert lookups.asked_at(shelf.cache, CYCLES, "1") == NOW
    shelf.now = LATER
    shelf.save(CYCLES, samples.cycle(), window=OCTOBER)
    assert lookups.asked_at(shelf.cache, CYCLES, "1") == LATER
    shelf.save(PROFILE, samples.profile())
    assert lookups.asked_at(shelf.cache, PROFILE, "current") == LATER


def test_what_belongs_to_a_cycle(shelf: Shelf) -> None:
    """A cycle's sleeps, naps too, oldest first; its recovery; and the recoveries of a sleep."""
    nap = samples.sleep(
        samples.NAP, nap=True, start="2026-10-19T18:00:00Z", end="2026-10-19T18:30:00Z"
    )
    shelf.save(SLEEPS, nap, samples.sleep(), samples.sleep(samples.uuid(9), cycle_id=2))
    shelf.save(
        RECOVERIES,
        samples.recovery(sleep_id=samples.NIGHT.upper()),
        samples.recovery(2, sleep_id=samples.uuid(9)),
    )
    assert [one["id"] for one in lookups.of_cycle(shelf.cache, SLEEPS, 1)] == [
        samples.NIGHT,
        samples.NAP,
    ]
    assert [one["sleep_id"] for one in lookups.of_cycle(shelf.cache, RECOVERIES, 1)] == [
        samples.NIGHT
    ]
    assert shelf.cache.recoveries_of([samples.NIGHT, samples.NAP]) == ["1"]
    assert lookups.of_cycle(shelf.cache, SLEEPS, 3) == []


def test_a_save_is_whole_or_not_at_all(shelf: Shelf) -> None:
    """A save that fails in the middle leaves no record, no event and no coverage."""
    shelf.save(CYCLES, samples.cycle())
    broken = Findings(WORKOUTS, NOW, [samples.workout()], gone=[object()])  # type: ignore[list-item]
    with pytest.raises(CacheError):
        shelf.cache.save(Findings(SLEEPS, NOW, [samples.sleep()], window=OCTOBER), broken)
    assert shelf.log() == [("cycles", "1", "created")]
    assert shelf.sql("SELECT * FROM coverage") == []
    assert shelf.cache.get(SLEEPS, samples.NIGHT) is None
