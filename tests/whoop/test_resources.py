"""The table of the six."""

from __future__ import annotations

import pytest

from whoop_mcp.whoop.fields import Malformed
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CURRENT,
    CYCLES,
    FOLLOWERS,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    SNAPSHOTS,
    WORKOUTS,
    with_parents,
)

from ..support import samples


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
    assert CYCLES.key(samples.cycle(93845)) == "93845"
    assert RECOVERIES.key(samples.recovery(93845)) == "93845"
    assert SLEEPS.key(samples.sleep(samples.RUN.upper())) == samples.RUN
    assert PROFILE.key(samples.profile(email=None)) == CURRENT
    with pytest.raises(Malformed):
        PROFILE.key({"user_id": 7})


@pytest.mark.parametrize("id", [None, "", "1/../2", 7, "%2e%2e", samples.NIGHT + "\n"])
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


def test_a_recovery_is_as_well_known_as_its_sleep() -> None:
    """Only recoveries take their times from others: from their sleep, whose windows they share,
    or else from their cycle."""
    assert [one for one in RESOURCES.values() if one.times_from] == [RECOVERIES]
    assert RECOVERIES.times_from == ((SLEEPS, "sleep_id"), (CYCLES, "cycle_id"))
    assert FOLLOWERS == {SLEEPS: RECOVERIES}
    assert [with_parents(one) for one in COLLECTIONS] == [
        (CYCLES,),
        (SLEEPS, RECOVERIES),
        (SLEEPS,),
        (WORKOUTS,),
    ]


def test_what_lasts_is_final_once_it_is_over() -> None:
    """A cycle, sleep or workout without an end may still change; a recovery has no end of its
    own, a snapshot none at all."""
    scored = {"score_state": "SCORED"}
    assert [one.name for one in RESOURCES.values() if not one.is_final(scored)] == [
        "cycles",
        "sleeps",
        "workouts",
    ]
    assert all(one.is_final({**scored, "end": samples.NOW}) for one in RESOURCES.values())
    assert not any(one.is_final({"score_state": "PENDING_SCORE"}) for one in RESOURCES.values())
