"""Every stored date is what a rule of its own says of the raw records, whatever has happened."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import dates, purge, schema
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings, Ledger
from whoop_mcp.reads import days
from whoop_mcp.whoop.records import Cycle
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource

from ..support import old_caches, reference_statistics, samples
from ..support.samples import Shelf

ZONES = [None, "Z", "+14:00", "-12:00", "+05:45", "-03:30", "+01:00", "+02:00", "-08:00", "-07:00"]
BEGINNING = "2026-03-20T00:00:00.000Z"
Raw = dict[str, Any]


# ── the rule again, of raw records and by other means ──


def moment(text: str, zone: str | None) -> datetime:
    """An instant on a clock at an offset."""
    minutes = times.offset(zone)
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(timezone(timedelta(minutes=minutes))).replace(tzinfo=None)


def most(start: datetime, end: datetime) -> str:
    """The date with most of a stretch, found by looking at each that it touches."""
    found: dict[str, timedelta] = {}
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= max(start, end):
        covered = min(end, day + timedelta(days=1)) - max(start, day)
        found[day.date().isoformat()] = max(covered, timedelta())
        day += timedelta(days=1)
    return max(found, key=lambda date: (found[date], [-ord(one) for one in date]))


class Truth:
    """All raw records held, and what follows from them."""

    def __init__(self, shelf: Shelf) -> None:
        self.held: dict[str, dict[str, Raw]] = {}
        for resource, key, text in shelf.sql(
            "SELECT resource, id, raw FROM records WHERE raw IS NOT NULL ORDER BY start, id"
        ):
            self.held.setdefault(resource, {})[key] = json.loads(text)

    def all(self, name: str) -> dict[str, Raw]:
        return self.held.get(name, {})

    def main(self, cycle: str) -> Raw | None:
        """A cycle's main sleep."""
        own = [one for one in self.all("sleeps").values() if str(one["cycle_id"]) == cycle]
        named = self.all("recoveries").get(cycle, {}).get("sleep_id")
        for one in own:
            if named and one["id"].lower() == named.lower():
                return one
        nights = [one for one in own if not one["nap"] and one["end"]]
        return max(nights, key=lasting, default=None)

    def cycle_date(self, cycle: str, now: str, zone: str | None = None) -> str:
        """A cycle's date, at an offset or at its own."""
        main, raw = self.main(cycle), self.all("cycles")[cycle]
        if main and main["end"]:
            return moment(main["end"], zone or main["timezone_offset"]).date().isoformat()
        own = zone or raw["timezone_offset"]
        end = raw["end"] or max(now, raw["start"])
        return most(moment(raw["start"], own), moment(end, own))

    def shown(self, now: str) -> dict[str, list[str]]:
        """The cycles of each local date, the one shown first."""
        found: dict[str, list[str]] = {}

        def place(key: str) -> tuple[Any, ...]:
            main, raw = self.main(key), self.all("cycles")[key]
            length = lasting(main) if main and main["end"] else timedelta()
            return main is not None, length, raw["end"] or times.LATEST

        by_start = sorted(self.all("cycles").items(), key=lambda one: one[1]["start"])
        for key in sorted((key for key, _ in by_start), key=place, reverse=True):
            found.setdefault(self.cycle_date(key, now), []).append(key)
        return found


def lasting(raw: Raw) -> timedelta:
    return moment(raw["end"], "Z") - moment(raw["start"], "Z")


def assert_true(shelf: Shelf) -> None:
    """Columns, the reading of many days, that of one, and the view say what the truth says."""
    truth, now = Truth(shelf), shelf.now
    stored = {
        (resource, key): tuple(row)
        for resource, key, *row in shelf.sql(
            "SELECT resource, id, local_date, utc_date FROM records WHERE raw IS NOT NULL"
        )
    }
    for key, raw in truth.all("cycles").items():
        main = truth.main(key)
        if raw["end"] is None and not (main and main["end"]):
            assert stored["cycles", key] == (None, None)
        else:
            expected = truth.cycle_date(key, now), truth.cycle_date(key, now, "Z")
            assert stored["cycles", key] == expected, key
    for name, edge in (("sleeps", "end"), ("workouts", "start")):
        for key, raw in truth.all(name).items():
            found = raw[edge] and tuple(
                moment(raw[edge], zone).date().isoformat() for zone in (raw["timezone_offset"], "Z")
            )
            assert stored[name, key] == (found or (None, None)), key
    shown = truth.shown(now)
    if not shown:
        return
    first, last = min(shown), max(shown)
    with shelf.cache.reading() as seen:
        read = days.read_days(seen, first, last)
        for day in ("local", "utc"):
            zone = None if day == "local" else "Z"
            for date in sorted(shown)[::5]:
                nights = days.nights(seen, date, date, day)  # type: ignore[arg-type]
                expected = {
                    key for key in truth.all("cycles") if truth.cycle_date(key, now, zone) == date
                }
                assert {str(night.cycle.id) for _, night in nights} == expected
    for one in read:
        keys = shown.get(one.date, [])
        assert (one.cycle and str(one.cycle.id)) == (keys[0] if keys else None), one.date
        main = truth.main(keys[0]) if keys else None
        assert (one.sleep and one.sleep.id) == (main and main["id"].lower())
    running = {key for key, raw in truth.all("cycles").items() if raw["end"] is None}
    view = {
        date: (str(cycle), others, seconds)
        for date, cycle, others, seconds in shelf.sql(
            "SELECT date, cycle_id, other_cycle_count, workout_seconds FROM days"
        )
    }
    for one in read:
        keys = shown.get(one.date, [])
        if keys and not running:  # the view's present is not the test's
            assert view[one.date][:2] == (keys[0], len(keys) - 1)
        if one.workouts:
            shares = reference_statistics.counted(one.workouts)
            seconds = sum(
                float(share) * times.seconds(workout.start, workout.end)
                for workout, share in zip(one.workouts, shares, strict=True)
            )
            assert view[one.date][2] == pytest.approx(seconds, abs=0.06)


# ── histories ──


class History:
    """Random acts upon a cache: records come, change, move, go, are purged; the program is renewed,
    and an older one writes."""

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self.shelf = shelf
        self.dice = random.Random(seed)
        self.at = BEGINNING
        self.cycles = 0

    def act(self) -> None:
        """Do one of all, those more often that make something."""
        acts = [self.night] * 6 + [self.edit] * 5 + [self.bury] * 3 + [self.workout] * 3
        acts += [self.purge, self.move, self.move, self.end]
        self.shelf.now = times.plus(max(self.shelf.now, self.at), minutes=1)
        self.dice.choice(acts)()

    def span(self, after: float, hours: float) -> Raw:
        start = times.plus(self.at, hours=after)
        zone = self.dice.choice(ZONES)
        return {"start": start, "end": times.plus(start, hours=hours), "timezone_offset": zone}

    def night(self) -> None:
        """A cycle with none, one or more sleeps, in any order."""
        self.cycles += 1
        hours = self.dice.choice([3, 12, 20, 24, 24, 25.5, 31, 48, 75])
        cycle = samples.cycle(self.cycles, **self.span(0, hours))
        if self.dice.random() < 0.15:
            cycle["end"] = None
        sleeps = [self.sleep(number, hours) for number in range(self.dice.choice([0, 1, 1, 2, 3]))]
        named = self.dice.choice([one["id"].upper() for one in sleeps] + [samples.uuid(999_999)])
        came: list[tuple[Resource, list[Raw]]] = [(CYCLES, [cycle]), (SLEEPS, sleeps)]
        if self.dice.random() < 0.6:
            came.append((RECOVERIES, [samples.recovery(self.cycles, sleep_id=named)]))
        self.dice.shuffle(came)
        for resource, found in came:
            if found:
                self.shelf.save(resource, *found)
        self.at = times.plus(self.at, hours=hours + self.dice.choice([0, 0, 0, 20]))

    def sleep(self, number: int, hours: float) -> Raw:
        when = self.span(self.dice.choice([0, 0, hours / 2]), self.dice.choice([1, 2, 2, 7]))
        nap = self.dice.random() < 0.3
        key = samples.uuid(self.cycles * 10 + number)
        return samples.sleep(key, cycle_id=self.cycles, nap=nap, **when)

    def workout(self) -> None:
        """One or two, which may overlap."""
        for _ in range(self.dice.choice([1, 2])):
            key = samples.uuid(10**6 + self.dice.randrange(40))
            when = self.span(self.dice.choice([-30, -1, -0.5, -0.2]), self.dice.choice([0.3, 1]))
            self.shelf.save(WORKOUTS, samples.workout(key, **when), by_id=True)

    def any(self, *names: str) -> tuple[Resource, str, Raw] | None:
        held = [
            (one, key, raw)
            for one in (CYCLES, SLEEPS, RECOVERIES, WORKOUTS)
            if one.name in names
            for key, raw in Truth(self.shelf).all(one.name).items()
        ]
        return self.dice.choice(held[-40:]) if held else None

    def edit(self) -> None:
        """Bounds, offset, or whether it is a nap."""
        if one := self.any("cycles", "sleeps", "workouts"):
            resource, _, raw = one
            raw = {**raw, "timezone_offset": self.dice.choice(ZONES)}
            minutes = self.dice.choice([0, 7, 300, 1500])
            raw["end"] = times.plus(raw["end"] or self.at, minutes=minutes)
            if resource is SLEEPS:
                raw["nap"] = self.dice.random() < 0.3
            self.shelf.save(resource, raw, by_id=True)

    def end(self) -> None:
        """A sleep or a cycle is not over after all."""
        if one := self.any("cycles", "sleeps"):
            self.shelf.save(one[0], {**one[2], "end": None}, by_id=True)

    def move(self) -> None:
        """A sleep goes to another cycle, or a recovery names another sleep."""
        if one := self.any("sleeps", "recoveries"):
            resource, _, raw = one
            if resource is SLEEPS:
                raw = {**raw, "cycle_id": self.dice.randint(1, self.cycles)}
            else:
                sleep = self.any("sleeps")
                raw = {**raw, "sleep_id": sleep[1] if sleep else raw["sleep_id"]}
            self.shelf.save(resource, raw, by_id=True)

    def bury(self) -> None:
        """Something is gone."""
        if one := self.any("cycles", "sleeps", "recoveries", "workouts"):
            self.shelf.save(one[0], gone=[one[1]])

    def purge(self) -> None:
        """What is older than some weeks is forgotten."""
        if self.dice.random() < 0.2:
            purge.before(self.shelf.cache, times.plus(self.at, days=-20), at_once=False)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 30))]
)
def test_dates_are_true_after_any_history(tmp_path: Path, seed: int) -> None:
    """Records that come in any order, change, move, vanish and are purged, at any offset."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = BEGINNING
    shelf.cache.recall("nothing")  # makes the file
    history = History(shelf, seed)
    for step in range(90):
        history.act()
        if step % 6 == 0:
            assert_true(shelf)
    assert_true(shelf)
    shelf.sql("UPDATE meta SET value = 'another' WHERE key = 'flattening'")
    columns = ", ".join(schema.DATE_COLUMNS)
    query = f"SELECT resource, id, {columns} FROM records WHERE raw IS NOT NULL ORDER BY 1, 2"
    before = shelf.sql(query)
    Cache(shelf.path).require_content()
    assert shelf.sql(query) == before


def older(shelf: Shelf, resource: Resource, key: str, raw: Raw | None) -> None:
    """Write as a program does that knows nothing of dates."""
    if raw is None:
        shelf.sql("UPDATE records SET raw = NULL, flat = NULL WHERE resource = ? AND id = ?",
                  resource.name, key)  # fmt: skip
        return
    flat = resource.flatten(raw, None)
    shelf.sql(
        'INSERT OR REPLACE INTO records (resource, id, start, "end", zone, seconds, cycle_id, '
        "sleep_id, final, raw, flat, asked_at, changed_at, change) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, '', '', 0)",
        resource.name, key, flat["start"], flat["end"], times.offset(flat["timezone_offset"]),
        times.seconds(flat["start"], flat["end"]),
        str(flat["id"] if resource is CYCLES else flat.get("cycle_id")), flat.get("sleep_id"),
        json.dumps(raw), json.dumps(flat),
    )  # fmt: skip


def test_what_an_older_program_writes_is_dated_at_the_next_reading(tmp_path: Path) -> None:
    """Such a program clears a date without knowing it: what is read is right at once, and the next
    that stores something stores the dates too."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle())
    shelf.save(SLEEPS, samples.sleep())
    later = {"start": "2026-10-20T03:30:00.000Z", "end": "2026-10-20T10:30:00.000Z"}
    for act in (
        lambda: older(shelf, SLEEPS, samples.NIGHT, samples.sleep(**later)),
        lambda: older(shelf, SLEEPS, samples.NIGHT, None),
        lambda: older(shelf, CYCLES, "1", samples.cycle(end="2026-10-21T03:00:00.000Z")),
    ):
        act()
        assert shelf.sql("SELECT local_date FROM records WHERE resource = 'cycles'") == [(None,)]
        shown = Truth(shelf).shown(shelf.now)
        with shelf.cache.reading() as seen:
            read = days.read_days(seen, "2026-10-15", "2026-10-25")
        assert {one.date: [str(one.cycle.id)] for one in read if one.cycle} == shown
        shelf.save(WORKOUTS, samples.workout(), by_id=True)
        assert_true(shelf)


def test_a_cycle_is_written_again_only_where_its_date_may_be_another(tmp_path: Path) -> None:
    """One that comes, or comes anew, is dated with its row by the sleep that is held, and once more
    when its sleep comes; the recovery that names that sleep changes nothing."""
    shelf = Shelf(tmp_path / "whoop.db")
    alone = {"end": "2026-10-19T20:00:00.000Z"}  # covers most of the 19th; its sleep ends later
    last = {"end": "2026-10-20T10:30:00.000Z"}
    named = samples.recovery(sleep_id=samples.NIGHT.upper())
    other = {"start": "2026-10-21T03:30:00.000Z", "end": "2026-10-21T10:30:00.000Z"}
    for resource, raw, written, date in (
        (CYCLES, samples.cycle(**alone), 0, "2026-10-19"),
        (SLEEPS, samples.sleep(**last), 1, "2026-10-20"),
        (RECOVERIES, named, 0, "2026-10-20"),
        (CYCLES, samples.cycle(step_count=1, **alone), 0, "2026-10-20"),
        (RECOVERIES, {**named, "sleep_id": samples.uuid(7)}, 0, "2026-10-20"),
        (SLEEPS, samples.sleep(samples.uuid(7), nap=True, **other), 1, "2026-10-21"),
        (RECOVERIES, named, 1, "2026-10-20"),
    ):
        statements: list[str] = []
        with shelf.cache.database.writing() as connection:
            ledger = Ledger(connection, shelf.now)
            connection.set_trace_callback(statements.append)
            ledger.enter(Findings(resource, shelf.now, [raw]))
            ledger.settle()
            connection.set_trace_callback(None)
        assert sum(one.startswith("UPDATE records") for one in statements) == written, raw
        assert shelf.sql("SELECT local_date FROM records WHERE resource = 'cycles'") == [(date,)]


def test_what_runs_in_an_export_has_the_date_of_its_time(tmp_path: Path) -> None:
    """An export tells of an open cycle until it was made, and of no day since."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle(end=None))
    shelf.sql("UPDATE records SET source = 'export', asked_at = '2026-10-20T03:00:00.000Z'")
    with shelf.cache.database.writing() as connection:
        dates.decide(connection)
    query = "SELECT local_date, turns_at FROM records"
    assert shelf.sql(query) == [("2026-10-19", None)]


OVERLAPPING = (
    samples.workout(),
    samples.workout(
        samples.uuid(2), start="2026-10-19T21:30:00.000Z", end="2026-10-19T22:30:00.000Z"
    ),
)
"""An hour, and one that begins in its midst: of the second a half counts."""
SHARES = "SELECT id, share FROM records WHERE resource = 'workouts' ORDER BY start"
HALF = [(samples.RUN, 1.0), (samples.uuid(2), 0.5)]


@pytest.mark.parametrize("again", ["by its id", "touched", "as it was"])
def test_a_workout_that_comes_again_keeps_its_share(tmp_path: Path, again: str) -> None:
    """Whatever is written of it anew, the time that it shares with another counts once."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, *OVERLAPPING)
    assert shelf.sql(SHARES) == HALF
    second = OVERLAPPING[1]
    if again == "touched":
        second = {**second, "updated_at": "2026-10-19T23:00:00.000Z"}
    shelf.save(WORKOUTS, second, by_id=again == "by its id")
    assert shelf.sql(SHARES) == HALF


def test_workouts_of_0_8_are_shared_out(tmp_path: Path) -> None:
    """A cache that is taken over counts the time that two workouts share once."""
    path = tmp_path / "whoop.db"
    old_caches.make(path, {"workouts": list(OVERLAPPING)})
    shelf = Shelf(path)
    shelf.cache.require_content()
    assert shelf.sql(SHARES) == HALF


def walls() -> Iterator[tuple[str, str]]:
    """Stretches around the points where the date of most hours turns."""
    dice = random.Random(4)
    for _ in range(400):
        start = times.plus(BEGINNING, minutes=dice.randrange(2880), milliseconds=dice.randrange(3))
        left = times.seconds(start, times.plus(times.midnight(start[:10]), days=1))
        for around in (-0.001, 0, 0.001, dice.uniform(-90_000, 200_000)):
            yield start, max(start, times.plus(start, seconds=2 * left + around))
    yield "2026-04-10T00:00:00.000Z", "2026-04-19T22:00:00.000Z"


def test_the_turn_is_where_the_second_date_has_more() -> None:
    """To the millisecond, as found by looking at every date that is touched."""
    for start, end in walls():
        expected = most(moment(start, "Z"), moment(end, "Z"))
        assert dates.most_of(start, end) == expected, (start, end)


def test_a_running_cycle_turns_at_the_stored_instant(tmp_path: Path) -> None:
    """Before it and at it its local date is the first, after it the second: what SQL goes by."""
    shelf = Shelf(tmp_path / "whoop.db")
    for zone in ZONES:
        raw = samples.cycle(start="2026-10-19T03:31:00.000Z", end=None, timezone_offset=zone)
        shelf.save(CYCLES, raw, by_id=True)
        ((turn,),) = shelf.sql("SELECT turns_at FROM records WHERE id = '1'")
        for late in (-1, 0, 1):
            now = times.plus(turn, milliseconds=late)
            expected = Truth(shelf).cycle_date("1", now)
            found = dates.of_cycle(Cycle.from_api(raw), None, now)
            assert found is not None and found.local == expected
            first = moment(raw["start"], zone).date()
            assert found.local == (first + timedelta(days=late > 0)).isoformat()
    shelf.save(CYCLES, samples.cycle(start="2026-10-19T04:00:00.000Z", end=None), by_id=True)
    assert shelf.sql("SELECT turns_at FROM records") == [(times.LATEST,)]  # begun at midnight
