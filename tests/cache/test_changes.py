"""What counts as a change, and the log of changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoop_mcp.cache import changes
from whoop_mcp.cache.access import Database
from whoop_mcp.whoop.resources import CYCLES

from ..support import samples
from ..support.samples import NOW

PENDING = CYCLES.flatten(samples.cycle(score_state="PENDING_SCORE", score=None))
SCORED = CYCLES.flatten(samples.cycle())


def test_what_was_not_there_is_created() -> None:
    """A first record, and one that comes back, is created, with nothing to compare it with."""
    assert changes.compare(None, SCORED) == ("created", None)


def test_the_same_is_no_change() -> None:
    """Equal flat records are no change; a whole number and its fraction of nought are equal."""
    assert changes.compare(SCORED, {**SCORED, "max_hr_bpm": 164.0}) == (None, None)


def test_a_late_score_is_scored() -> None:
    """From waiting to SCORED is a change of its own kind; from waiting to anything else is not."""
    assert changes.compare(PENDING, SCORED)[0] == "scored"
    assert changes.compare(PENDING, {**PENDING, "score_state": "UNSCORABLE"}) == (
        "updated",
        {"score_state": ["PENDING_SCORE", "UNSCORABLE"]},
    )


def test_an_update_tells_what_differs() -> None:
    """The differences are the changed fields, each before and after, null included."""
    change, diff = changes.compare(SCORED, {**SCORED, "strain": 12.0, "step_count": None})
    assert change == "updated"
    assert diff == {"strain": [11.25, 12.0], "step_count": [9000, None]}


@pytest.mark.parametrize("number", [0, 1, 25, 26, 60])
def test_however_many_are_stored_at_once(tmp_path: Path, number: int) -> None:
    """Each change is stored once, at the position that was answered for it."""
    file = Database(tmp_path / "whoop.db")
    with file.writing() as connection:
        log = changes.Log(connection)
        noted = [
            (log.note(CYCLES, str(key), "created", NOW, NOW), str(key)) for key in range(number)
        ]
        log.flush()
        log.flush()
        rows = connection.execute(
            "SELECT position, id FROM change_log ORDER BY position"
        ).fetchall()
    assert rows == noted


def test_positions_are_never_used_twice(tmp_path: Path) -> None:
    """A change's position is larger than every one before, also after the log was emptied."""
    file = Database(tmp_path / "whoop.db")
    with file.writing() as connection:
        log = changes.Log(connection)
        first = log.note(CYCLES, "1", "created", learned_at=NOW, updated_at=NOW)
        log.flush()
        connection.execute("DELETE FROM change_log")
        log = changes.Log(connection)
        second = log.note(
            CYCLES, "1", "updated", learned_at=NOW, updated_at=NOW, diff={"a": [1, 2]}
        )
        log.flush()
        assert second > first > 0
        rows = connection.execute("SELECT change, diff FROM change_log").fetchall()
    assert rows == [("updated", '{"a": [1, 2]}')]


@pytest.mark.parametrize("before", [PENDING, SCORED])
def test_every_field_can_differ(before: dict[str, object]) -> None:
    """Whichever field changes, the differences name it and no other."""
    for name in before:
        if name != "score_state":
            _, diff = changes.compare(before, {**before, name: "another"})
            assert diff == {name: [before[name], "another"]}
