"""What records say, and whose times recoveries take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import intake
from whoop_mcp.cache.database import Connection
from whoop_mcp.cache.intake import Reading
from whoop_mcp.cache.rows import as_json
from whoop_mcp.whoop import fields
from whoop_mcp.whoop.fields import Malformed, Raw
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS

from ..support import samples
from ..support.samples import Shelf


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A cache that holds cycle 1, its sleep, and cycle 2 without one."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(
        CYCLES, samples.cycle(1), samples.cycle(2, start="2026-10-20T03:00:00.000Z", end=None)
    )
    shelf.save(SLEEPS, samples.sleep())
    with shelf.cache.database.reading() as connection:
        yield connection


def test_a_recovery_takes_its_sleeps_times_or_else_its_cycles(connection: Connection) -> None:
    """Each is read beside its own parent, and without one it stands alone."""
    came = [
        samples.recovery(1, sleep_id=samples.NIGHT.upper()),
        samples.recovery(2, sleep_id=samples.uuid(5)),
        samples.recovery(3, sleep_id=None),
    ]
    parents = intake.parents(connection, RECOVERIES, came)
    assert parents == [
        samples.sleep(),
        samples.cycle(2, start="2026-10-20T03:00:00.000Z", end=None),
        None,
    ]
    found = intake.read(connection, RECOVERIES, came, as_parents=False)
    sound = [one for one in found if isinstance(one, Reading)]
    assert [one.key for one in sound] == ["1", "2", "3"]
    assert [one.lone for one in sound] == [False, True, True]
    assert [one.flat["start"] for one in sound] == [
        samples.sleep()["start"],
        "2026-10-20T03:00:00.000Z",
        samples.recovery()["created_at"],
    ]


def test_what_is_malformed_is_told_in_its_place(connection: Connection) -> None:
    """One record that cannot be read takes nothing from the others, whatever is in it."""
    came = [samples.workout(), samples.workout(start="soon"), {}, samples.workout(samples.uuid(3))]
    found = intake.read(connection, WORKOUTS, came, as_parents=False)
    assert [isinstance(one, Malformed) for one in found] == [False, True, True, False]
    (torn,) = intake.read(
        connection, RECOVERIES, [samples.recovery(sleep_id="\ud800")], as_parents=False
    )
    assert isinstance(torn, Malformed)


def test_a_followers_news_is_its_parents(connection: Connection) -> None:
    """Where only the parent changed, a recovery is as new as that."""
    newer = samples.recovery(updated_at="2026-10-18T00:00:00.000Z")
    own, both = (
        intake.read(connection, RECOVERIES, [newer], as_parents=as_parents)[0]
        for as_parents in (False, True)
    )
    assert isinstance(own, Reading) and isinstance(both, Reading)
    assert own.updated_at == "2026-10-18T00:00:00.000Z"
    assert both.updated_at == samples.sleep()["updated_at"]


def deep(levels: int) -> Any:
    """A list in a list, so many times."""
    return None if not levels else [deep(levels - 1)]


@pytest.mark.parametrize(
    "value",
    [
        *(
            float("nan"),
            float("-inf"),
            10**300,
            -(10**400),
            [{"a": float("inf")}],
            deep(200),
            deep(250),
        ),
        *(10**299, -(10**299), "7" * 500, "[{" * 500, "NaN", deep(199), [[]] * 300, 1e308, "é🏃"),
    ],
    ids=lambda value: str(value)[:6],
)
def test_a_text_that_shows_nothing_wrong_has_nothing_wrong(
    connection: Connection, value: Any
) -> None:
    """What a record's text is enough to let pass, its values let pass as well, and what they
    refuse is refused; the text kept is the record's own."""
    raw: Raw = samples.cycle(9, unknown=value)
    (found,) = intake.read(connection, CYCLES, [raw], as_parents=False)
    try:
        fields.check_whole(raw)
    except Malformed as problem:
        assert isinstance(found, Malformed)
        assert str(found) == str(problem)
    else:
        assert isinstance(found, Reading)
        assert json.loads(found.text) == raw


def test_a_records_text_is_its_own_on_any_page(connection: Connection) -> None:
    """Beside records that part as a page does, or hold what cannot be read, each text is the
    same as alone."""
    came = [
        samples.cycle(1),
        samples.cycle(2, unknown="},{"),
        samples.cycle(3, unknown=[{}, {"a": [{"b": 1}, {}]}]),
        samples.cycle(4, unknown=float("nan")),
        samples.cycle(5, unknown=deep(150)),
    ]
    for page in (came, came[:1], came[:2], came[::2], came[3:]):
        found = intake.read(connection, CYCLES, page, as_parents=False)
        texts = [one.text if isinstance(one, Reading) else str(one) for one in found]
        unreadable = "a number in it cannot be read"
        assert texts == [unreadable if raw["id"] == 4 else as_json(raw) for raw in page]
