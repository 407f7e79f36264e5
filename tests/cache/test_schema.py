"""Tables and views, as any other program sees them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from whoop_mcp import times
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource

from ..support import samples
from ..support.samples import Shelf

SAMPLES = {
    CYCLES: samples.cycle(),
    SLEEPS: samples.sleep(),
    RECOVERIES: samples.recovery(),
    WORKOUTS: samples.workout(),
}
NAMES = {
    **{name: f"sleep_needed_{name}_seconds" for name in
       ("baseline", "from_debt", "from_strain", "from_nap", "total")},
    **{f"zone_{name}": f"zone_{name}_seconds" for name in
       ("zero", "one", "two", "three", "four", "five")},
}  # fmt: skip


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A cache that holds one record of each list."""
    made = Shelf(tmp_path / "whoop.db")
    for resource, raw in SAMPLES.items():
        made.save(resource, raw)
    return made


def spread(flat: dict[str, object]) -> dict[str, object]:
    """A flat record with its nested values as columns of their own."""
    found: dict[str, object] = {}
    for name, value in flat.items():
        if isinstance(value, dict):
            found |= {NAMES[part]: one for part, one in value.items()}
        else:
            found[name] = value
    return found


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_a_view_shows_the_flat_record(shelf: Shelf, resource: Resource) -> None:
    """A view's columns are the flat fields in their order, with the flat values in them."""
    columns = [name for _, name, *_ in shelf.sql(f"PRAGMA table_info({resource.name})")]
    (row,) = shelf.sql(f"SELECT * FROM {resource.name}")
    flat = shelf.cache.get(resource, resource.key(SAMPLES[resource]))
    assert flat is not None
    expected = spread(flat)
    assert ("sport_id" in columns) is (resource is WORKOUTS)
    if "sport_id" in columns:  # which a record has only without a name; the view has it always
        row = (*row[: columns.index("sport_id")], *row[columns.index("sport_id") + 1 :])
        columns.remove("sport_id")
    assert columns.pop() == "source"  # which only an export's records say themselves
    assert row[-1] == "api"
    assert list(zip(columns, row[:-1], strict=True)) == list(expected.items())


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_a_views_values_have_types(shelf: Shelf, resource: Resource) -> None:
    """Each column's values are of one type, none is JSON, and the declared type agrees.

    SQLite before 3.41 declares none for a view's expressions.
    """
    declared = {"TEXT": ["TEXT"], "REAL": ["REAL"], "INTEGER": ["INT", "INTEGER", "NUM"]}
    shelf.save(WORKOUTS, samples.workout(sport_name=None, sport_id=9999), by_id=True)
    shelf.save(WORKOUTS, samples.workout(samples.uuid(77)))
    for _, name, kind, *_ in shelf.sql(f"PRAGMA table_info({resource.name})"):
        ((type_,),) = shelf.sql(
            f'SELECT DISTINCT upper(typeof("{name}")) FROM {resource.name} '
            f'WHERE "{name}" IS NOT NULL'
        )
        expected = "REAL" if name.endswith(("_seconds", "_bpm", "_pct")) else type_
        assert type_ == expected, name
        assert kind in ("", *declared[type_]), name


def test_views_hold_only_what_is_there(shelf: Shelf) -> None:
    """A deleted record is in no view, though its change is."""
    shelf.now = "2026-10-20T12:00:01.000Z"
    shelf.save(WORKOUTS, gone=[samples.RUN])
    assert shelf.sql("SELECT * FROM workouts") == []
    assert shelf.sql("SELECT resource, id, change FROM changes ORDER BY position DESC LIMIT 1") == [
        ("workouts", samples.RUN, "deleted")
    ]
    assert shelf.sql("SELECT * FROM sync_runs") == []


def test_the_running_cycle_has_null_columns(shelf: Shelf) -> None:
    """What is null in the flat record is NULL in its view."""
    shelf.save(CYCLES, samples.cycle(2, end=None, score=None))
    assert shelf.sql('SELECT "end", end_local, strain, calories FROM cycles WHERE id = 2') == [
        (None, None, None, None)
    ]


def test_the_raw_record_is_kept_whole(shelf: Shelf) -> None:
    """Unknown fields of WHOOP's stay in the raw record."""
    shelf.save(CYCLES, samples.cycle(3, new_field={"deep": [1, None]}))
    ((text,),) = shelf.sql("SELECT raw FROM records WHERE id = '3'")
    assert json.loads(text)["new_field"] == {"deep": [1, None]}


def test_a_month_of_days_costs_no_more_with_more_years(tmp_path: Path) -> None:
    """What SQLite does for the dates asked for does not grow with what else is held."""
    shelf = Shelf(tmp_path / "whoop.db")
    steps, held = [], 0
    for more in (60, 540):
        for resource in (CYCLES, SLEEPS, WORKOUTS):
            found = []
            for number in range(held, held + more):
                start = times.plus("2026-10-18T03:30:00.000Z", days=-number)
                key = number + 1 if resource is CYCLES else samples.uuid(number + 1)
                own = {"cycle_id": number + 1} if resource is SLEEPS else {}
                end = times.plus(start, hours=23 if resource is CYCLES else 7)
                found.append(SAMPLES[resource] | {"id": key, "start": start, "end": end} | own)
            shelf.save(resource, *found)
        held += more
        connection = sqlite3.connect(shelf.path)
        ticks = []
        connection.set_progress_handler(lambda ticks=ticks: ticks.append(1), 10)  # type: ignore[misc]
        asked = "SELECT * FROM days WHERE date BETWEEN '2026-09-01' AND '2026-09-30'"
        assert len(connection.execute(asked).fetchall()) == 30
        connection.close()
        steps.append(len(ticks))
    assert steps[0] > 100 and steps[1] < 1.1 * steps[0], steps
