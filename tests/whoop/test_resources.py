"""The table of the six."""

from __future__ import annotations

import pytest

from whoop_mcp.whoop.fields import Malformed
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CURRENT,
    CYCLES,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    SNAPSHOTS,
    WORKOUTS,
)

from ..support import raws


def test_the_names_users_see() -> None:
    """There are six resources, four lists and two snapshots, in their documented order."""
    assert list(RESOURCES) == [
        "cycles",
        "recoveries",
        "sleeps",
        "workouts",
        "profile",
        "body_measurement",
    ]
    assert (*COLLECTIONS, *SNAPSHOTS) == tuple(RESOURCES.values())


def test_a_record_has_one_key() -> None:
    """An id is text, whatever WHOOP's type; a UUID is the same in capitals; a snapshot has one."""
    assert CYCLES.key(raws.cycle(93845)) == "93845"
    assert RECOVERIES.key(raws.recovery(93845)) == "93845"
    assert SLEEPS.key(raws.sleep(raws.RUN.upper())) == raws.RUN
    assert PROFILE.key(raws.profile(email=None)) == CURRENT
    with pytest.raises(Malformed):
        PROFILE.key({"user_id": 7})


@pytest.mark.parametrize("id", [None, "", "1/../2", 7, "%2e%2e", raws.NIGHT + "\n"])
def test_what_no_uuid_is(id: object) -> None:
    """An id that could change an address is none."""
    with pytest.raises(Malformed):
        WORKOUTS.key({"id": id})


def test_ids_of_cycles() -> None:
    """A cycle's id is a positive 64-bit integer, and `true` is not 1."""
    assert [CYCLES.key({"id": id}) for id in (1, 2**63 - 1)] == ["1", str(2**63 - 1)]
    for id in (0, -1, 2**63, True, 1.0, "1"):
        with pytest.raises(Malformed):
            CYCLES.key({"id": id})
