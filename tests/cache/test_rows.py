"""How rows are written: new ones, and those that take another's place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.cache.database import Connection
from whoop_mcp.cache.rows import Held, Rows, as_json, each_as_json
from whoop_mcp.whoop.records import Cycle
from whoop_mcp.whoop.resources import CYCLES

from ..support import samples
from ..support.samples import NOW, PROPERTY, Shelf


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A cache that holds cycle 1, in a transaction."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle(1))
    with shelf.cache.database.writing() as connection:
        yield connection


def put(rows: Rows, number: int, note: str) -> None:
    """Have a cycle's row written, whose raw text is a note."""
    raw = samples.cycle(number)
    rows.put(CYCLES, str(number), Held(note, "{}", NOW, NOW, 7), raw, Cycle.from_api(raw))


def notes(connection: Connection) -> dict[str, str]:
    """The raw texts by id."""
    return dict(connection.execute("SELECT id, raw FROM records ORDER BY id").fetchall())


def test_a_row_is_written_whether_or_not_one_was_looked_up(connection: Connection) -> None:
    """A record that was found to have no row is inserted; any other takes the place of its row,
    also one of which nobody has looked whether it has one, and one that comes twice."""
    rows = Rows(connection)
    assert rows.held(CYCLES, ["1", "2", "3"]).keys() == {"1"}
    for number, note in ((1, "one"), (2, "two"), (3, "three"), (3, "three again"), (4, "four")):
        put(rows, number, note)
    rows.store()
    assert notes(connection) == {"1": "one", "2": "two", "3": "three again", "4": "four"}
    put(rows, 2, "two again")
    rows.store()
    assert notes(connection)["2"] == "two again"


def test_an_exports_row_gives_way(connection: Connection) -> None:
    """What only an export knows is nothing the API has shown, and has a row all the same."""
    connection.execute("UPDATE records SET source = 'export'")
    rows = Rows(connection)
    assert rows.held(CYCLES, ["1"]) == {}
    put(rows, 1, "one")
    rows.store()
    assert notes(connection) == {"1": "one"}


def objects() -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects, with marks in them that stand between objects, too."""
    marks = st.sampled_from(["", "},{", "{", "}", ",", "[{", "}]", '"', "é"])
    plain = st.none() | st.integers() | marks
    inner = st.recursive(
        plain, lambda one: st.lists(one, max_size=3) | st.dictionaries(marks, one, max_size=3)
    )
    return st.dictionaries(marks, inner, max_size=3)


@PROPERTY
@given(st.lists(objects(), max_size=4))
def test_objects_spelled_at_once_are_spelled_as_each_alone(some: list[dict[str, Any]]) -> None:
    """Whatever stands in them, each text is its object's, and none is lost."""
    assert each_as_json(some) == [as_json(one) for one in some]


def test_equal_records_are_equal_texts() -> None:
    """A record's text holds no space and no character beyond ASCII."""
    assert as_json({"a": [1, "é", None, 1.0]}) == '{"a":[1,"\\u00e9",null,1.0]}'
