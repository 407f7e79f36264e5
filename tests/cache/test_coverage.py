"""What has been seen whole, against a model that remembers every minute by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp import times
from whoop_mcp.cache import coverage
from whoop_mcp.cache.access import Database
from whoop_mcp.cache.database import Connection, set_meta
from whoop_mcp.cache.save import Findings, Ledger
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, SLEEPS, WORKOUTS

from ..support import samples
from ..support.samples import PROPERTY

HOUR = "2026-04-20T06:00:00.000Z"
NOW = samples.NOW
SIZE = 24


def at(minute: int) -> str:
    """A minute of the model's hour."""
    return times.plus(HOUR, minutes=minute)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A cache whose transactions the tests undo."""
    return Database(tmp_path_factory.mktemp("coverage") / "whoop.db")


class Undone(Exception):
    """Ends a transaction that shall leave nothing."""


@pytest.fixture
def connection(file: Database) -> Iterator[Connection]:
    """A transaction in an empty cache, undone at the end."""
    with file.writing() as one:
        yield one
        one.execute("ROLLBACK")
        one.execute("BEGIN")


def minutes(stretch: Window) -> range:
    """The minutes of a window."""
    start = round(times.seconds(HOUR, stretch.start) / 60)
    return range(start, round(times.seconds(HOUR, stretch.end) / 60))


LAID = st.lists(
    st.tuples(st.integers(0, SIZE), st.integers(0, SIZE), st.integers(0, 5)), max_size=12
)


@PROPERTY
@given(laid=LAID, first=st.integers(0, SIZE), last=st.integers(0, SIZE))
def test_the_newest_confirmation_of_each_minute_wins(
    file: Database, laid: list[tuple[int, int, int]], first: int, last: int
) -> None:
    """Windows laid in any order, asked for at any time, leave each minute its newest stamp.

    Rows never overlap, none is empty, and what is missing, and the oldest stamp, are the model's.
    """
    model: dict[int, str] = {}
    with pytest.raises(Undone), file.writing() as connection:
        for start, end, stamp in laid:
            confirmed = times.plus(NOW, minutes=stamp)
            coverage.cover(connection, CYCLES, Window(at(start), at(end)), confirmed)
            for minute in range(start, end):
                model[minute] = max(model.get(minute, ""), confirmed)
        coverage.cover(connection, SLEEPS, Window(at(0), at(SIZE)), NOW)  # another's, never mixed
        rows = connection.execute(
            "SELECT start, \"end\" FROM coverage WHERE resource = 'cycles' ORDER BY start"
        ).fetchall()
        assert all(start < end for start, end in rows)
        assert all(one[1] <= other[0] for one, other in pairwise(rows))
        found = {
            minute: one.confirmed_at
            for one in coverage.stretches(connection, CYCLES, Window(at(0), at(SIZE)))
            for minute in minutes(one.window)
        }
        assert found == model
        window = Window(at(first), at(last))
        standing = coverage.standing(connection, CYCLES, window)
        inside = range(first, last)
        missing = {minute for gap in standing.missing for minute in minutes(gap)}
        assert missing == set(inside) - set(model)
        assert standing.complete == (not missing)
        stamps = [model[minute] for minute in inside if minute in model]
        assert standing.as_of == min(stamps, default=None)
        reach = coverage.run_from(connection, CYCLES, at(first), at(max(first, last)))
        holes = [minute for minute in inside if minute not in model]
        assert reach == at(holes[0] if holes else max(first, last))
        raise Undone


@PROPERTY
@given(laid=LAID, before=st.integers(0, SIZE))
def test_coverage_before_an_instant_is_forgotten(
    file: Database, laid: list[tuple[int, int, int]], before: int
) -> None:
    """`uncover` takes away exactly what lies before the instant."""
    with pytest.raises(Undone), file.writing() as connection:
        whole = Window(at(0), at(SIZE))
        for start, end, stamp in laid:
            coverage.cover(connection, CYCLES, Window(at(start), at(end)), at(stamp))
        known = coverage.standing(connection, CYCLES, Window(at(before), at(SIZE))).missing
        coverage.uncover(connection, at(before))
        after = coverage.stretches(connection, CYCLES, whole)
        assert all(one.window.start >= at(before) for one in after)
        assert all(one.window.start < one.window.end for one in after)
        kept = coverage.standing(connection, CYCLES, Window(at(before), at(SIZE))).missing
        assert kept == known
        raise Undone


def test_a_gap_that_is_too_young_is_forgiven(connection: Connection) -> None:
    """A last gap counts only if it began before what is forgiven; one further back always does."""
    coverage.cover(connection, CYCLES, Window(at(2), at(10)), NOW)
    window = Window(at(0), at(12))
    young = Window(at(10), at(12))
    first = Window(at(0), at(2))
    assert coverage.standing(connection, CYCLES, window).missing == [first, young]
    assert coverage.standing(connection, CYCLES, window, at(10)).missing == [first]
    assert coverage.standing(connection, CYCLES, window, at(11)).missing == [first, young]
    assert coverage.standing(connection, CYCLES, window, at(0)).missing == [first]


# ── the live tail ──

TAIL = times.plus(NOW, days=-14)


def back(days: float) -> str:
    """So many days before now."""
    return times.plus(NOW, days=-days)


def put(connection: Connection, *ages: float) -> None:
    """Workouts that began so many days ago."""
    found = [
        samples.workout(
            samples.uuid(number), start=back(age), end=times.plus(back(age), minutes=30)
        )
        for number, age in enumerate(ages, 1)
    ]
    Ledger(connection, NOW).enter(Findings(WORKOUTS, NOW, found))


def known(connection: Connection, start: float, end: float) -> None:
    """What was seen whole, from so many days ago to so many."""
    coverage.cover(connection, WORKOUTS, Window(back(start), back(end)), NOW)


def tail(connection: Connection) -> str:
    """Where the live tail of the workouts begins."""
    return coverage.tail_start(connection, WORKOUTS, NOW)


def test_the_tail_of_nothing_is_two_weeks(connection: Connection) -> None:
    """With no records, or none that is known to be the last, the tail is 14 days."""
    assert tail(connection) == TAIL
    put(connection, 100)
    assert tail(connection) == TAIL


def test_a_busy_tail_is_two_weeks(connection: Connection) -> None:
    """Where 25 records lie within 14 days, it is still 14 days."""
    put(connection, *(number / 4 for number in range(1, 41)))
    known(connection, 90, 0)
    assert tail(connection) == TAIL


def test_a_quiet_tail_is_twenty_five_records(connection: Connection) -> None:
    """Where fewer lie there, the tail reaches back to the 25th newest record."""
    put(connection, *(number * 2 for number in range(1, 41)))
    known(connection, 90, 0)
    assert tail(connection) == back(50)


def test_fewer_than_twenty_five_are_all_tail(connection: Connection) -> None:
    """Where there are fewer at all, the tail reaches back to the first."""
    put(connection, 1, 40, 70)
    known(connection, 90, 0)
    assert tail(connection) == back(70)


def test_the_tail_ends_at_a_hole(connection: Connection) -> None:
    """Records beyond a hole are not the last ones: the tail reaches back to the hole only."""
    put(connection, 1, 40, 70)
    known(connection, 90, 60)
    known(connection, 30, 0)
    assert tail(connection) == back(30)


def test_a_hole_within_two_weeks_hides_nothing(connection: Connection) -> None:
    """The last 14 days are tail anyway, so a hole in them does not end it."""
    put(connection, 1, 40)
    known(connection, 90, 5)
    known(connection, 3, 0)
    assert tail(connection) == back(40)


@pytest.mark.parametrize(("days", "expected"), [(100, 70), (20, 20), (3, 3)])
def test_the_tail_stops_at_the_floor(connection: Connection, days: int, expected: int) -> None:
    """What was purged is no part of the tail, however short that makes it."""
    put(connection, 1, 40, 70)
    known(connection, 90, 0)
    set_meta(connection, "floor", back(days))
    assert tail(connection) == back(expected)
    assert coverage.floor(connection) == back(days)


def test_a_floor_by_date_lies_before_it_everywhere(connection: Connection) -> None:
    """Nothing that anybody on Earth would date on or after the floor's day is under it."""
    assert coverage.floor(connection) == times.EARLIEST
    set_meta(connection, "floor", "2026-10-01")
    assert coverage.floor(connection) == "2026-09-30T10:00:00.000Z"


def test_many_gaps_are_told_in_few_words() -> None:
    """Beyond twenty the oldest are told as one: longer than they are, but nothing goes unsaid."""
    windows = [Window(at(2 * n), at(2 * n + 1)) for n in range(25)]
    told = coverage.told(windows)
    assert len(told) == 20
    assert told[0] == {"start": windows[0].start, "end": windows[5].end}
    assert told[1:] == [{"start": one.start, "end": one.end} for one in windows[6:]]
    assert coverage.told(windows[:20]) == [one._asdict() for one in windows[:20]]
