"""Which records belong to a span, against a plain filter over the same records."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import selection
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import CYCLES, WORKOUTS

from ..support import samples
from ..support.samples import NOW, Shelf

ZONES = ["Z", "+05:30", "-04:00", "+14:00", "-12:00", "+00:00", "-03:30", None]
DAY = "2026-10-10T00:00:00.000Z"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "whoop.db")


def at(bound: str, zone: str | None) -> str:
    """The instant that a bound means to a record."""
    return bound if len(bound) > 10 else times.midnight(bound, zone)


def belongs(flat: dict[str, Any], span: Span, now: str) -> bool:
    """Whether a record's own interval overlaps the span, said as plainly as can be."""
    since, until = (at(bound, flat["timezone_offset"]) for bound in span)
    if since >= until:
        return False
    start = flat["start"]
    end = flat["end"] or max(now, start)
    if start == end:
        return bool(since <= start < until)
    return bool(start < until and end > since)


def scattered(random: Random, number: int) -> dict[str, Any]:
    """A workout or so around ten days, of any length, in any place."""
    start = times.plus(DAY, minutes=random.randrange(-3000, 12000) // 30 * 30)
    long = random.choice([0, 0, 30, 60, 24 * 60, 3000])
    return {
        "id": number,
        "start": start,
        "end": None if random.random() < 0.05 else times.plus(start, minutes=long),
        "timezone_offset": random.choice(ZONES),
    }


def spans(random: Random, count: int) -> list[Span]:
    """Spans of dates, of instants and of one of each, in their right order and not."""

    def bound() -> str:
        instant = times.plus(DAY, minutes=random.randrange(-3000, 12000) // 30 * 30)
        return instant if random.random() < 0.4 else instant[:10]

    return [Span(bound(), bound()) for _ in range(count)]


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 6))]
)
def test_a_span_holds_what_a_plain_filter_holds(shelf: Shelf, seed: int) -> None:
    """Bare dates at every record's own offset, open and zero-length records, whatever the bounds.

    Count, order and both directions agree with the filter.
    """
    random = Random(seed)
    now = times.plus(DAY, days=random.randrange(8))
    found = [scattered(random, number) for number in range(1, 121)]
    shelf.save(CYCLES, *(samples.cycle(**one) for one in found))
    flats = [CYCLES.flatten(samples.cycle(**one)) for one in found]
    with shelf.cache.database.reading() as connection:
        for span in spans(random, 60):
            expected = sorted(
                (flat["start"], str(flat["id"])) for flat in flats if belongs(flat, span, now)
            )
            rows = selection.select(connection, CYCLES, span, now, oldest_first=True)
            assert [(row.start, row.id) for row in rows] == expected, span
            rows = selection.select(connection, CYCLES, span, now)
            assert [(row.start, row.id) for row in rows] == expected[::-1], span
            assert selection.count(connection, CYCLES, span, now) == len(expected)


@pytest.mark.parametrize("oldest_first", [False, True])
def test_going_on_after_a_record(shelf: Shelf, oldest_first: bool) -> None:
    """Page by page, each after the last record of the one before, nothing is lost or repeated.

    That holds for records that began at the same moment, too.
    """
    same = [samples.cycle(number) for number in range(1, 12)]
    shelf.save(CYCLES, *same, samples.cycle(50, start="2026-10-19T03:30:00.001Z"))
    span = Span("2026-10-01", "2026-11-01")
    with shelf.cache.database.reading() as connection:

        def page(after: tuple[str, str] | None) -> list[selection.Row]:
            rows = selection.select(
                connection, CYCLES, span, NOW, oldest_first=oldest_first, after=after
            )
            return [row for row, _ in zip(rows, range(3), strict=False)]

        whole = list(selection.select(connection, CYCLES, span, NOW, oldest_first=oldest_first))
        got: list[selection.Row] = []
        while more := page((got[-1].start, got[-1].id) if got else None):
            got += more
    assert got == whole
    assert len(got) == 12


def test_the_running_cycle_lasts_until_now(shelf: Shelf) -> None:
    """An open cycle belongs to every span from its start to now, and to none after that."""
    shelf.save(
        CYCLES, samples.cycle(end=None, start="2026-10-18T04:00:00.000Z", timezone_offset="Z")
    )

    def held(start: str, end: str) -> int:
        with shelf.cache.database.reading() as connection:
            return selection.count(connection, CYCLES, Span(start, end), NOW)

    assert held("2026-10-20", "2026-10-21") == 1
    assert held("2026-10-21", "2026-10-22") == 0
    assert held(NOW, "2026-11-01") == 0
    assert held("2026-10-17", "2026-10-18") == 0
    assert held("2026-10-17", "2026-10-18T04:00:00.001Z") == 1


def test_a_day_is_each_records_own(shelf: Shelf) -> None:
    """The same evening is the 19th in Toronto and the 20th in Kolkata."""
    shelf.save(
        WORKOUTS,
        samples.workout(samples.uuid(1), timezone_offset="-04:00"),
        samples.workout(samples.uuid(2), timezone_offset="+05:30"),
    )
    with shelf.cache.database.reading() as connection:
        for date, after, id in (
            ("2026-10-19", "2026-10-20", samples.uuid(1)),
            ("2026-10-20", "2026-10-21", samples.uuid(2)),
        ):
            rows = selection.select(connection, WORKOUTS, Span(date, after), NOW)
            assert [row.id for row in rows] == [id]


def test_the_deleted_belong_nowhere(shelf: Shelf) -> None:
    """A record that is gone is in no span."""
    shelf.save(CYCLES, samples.cycle(), window=Window("2026-10-01T00:00:00.000Z", NOW))
    shelf.save(CYCLES, gone=["1"])
    with shelf.cache.database.reading() as connection:
        assert selection.count(connection, CYCLES, Span(times.EARLIEST, times.LATEST), NOW) == 0
