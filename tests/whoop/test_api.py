"""WHOOP's reads, against the account on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.call import Call
from whoop_mcp.errors import NotFound, UpstreamError
from whoop_mcp.simulator import life
from whoop_mcp.whoop.api import PAGE, Api
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CURRENT,
    CYCLES,
    RECOVERIES,
    SLEEPS,
    SNAPSHOTS,
    Resource,
)
from whoop_mcp.whoop.transport import Transport

from ..support.faults import FaultySimulator

UNTIL = "2026-10-20T15:00:00.000Z"
START = "2026-08-20T00:00:00.000Z"


@pytest.fixture(scope="module")
def simulator() -> Iterator[FaultySimulator]:
    """One account of sixty days; nothing of it is changed but its faults."""
    account = life.make(days=60, until=UNTIL)
    with FaultySimulator(account, limit=None, day_limit=None) as running:
        yield running


@pytest.fixture
def api(simulator: FaultySimulator) -> Iterator[Api]:
    """The account's API, without a fault."""
    simulator.clear_faults()
    simulator.clear_log()
    token = simulator.grant()["access_token"]
    transport = Transport(simulator.url, lambda refused: str(token), user_agent="t", backoff=0.001)
    yield Api(transport)
    transport.close()


def whole(api: Api, resource: Resource) -> list[dict[str, Any]]:
    """All records of the account, page by page."""
    found: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        page = api.page(resource, START, UNTIL, token, Call())
        found += map(dict, page.records)
        token = page.next_token
        if token is None:
            return found


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_pages_are_all_there_is(api: Api, simulator: FaultySimulator, resource: Resource) -> None:
    """Followed to the end, pages of 25 hold every record once, and each can be asked for by id."""
    found = whole(api, resource)
    truth = simulator.account.window(resource.name, START, UNTIL)
    assert found == truth
    assert simulator.count() == -(-len(truth) // PAGE)
    assert simulator.log[0].query["limit"] == "25"
    last = found[-1]
    assert api.one(resource, resource.key(last), Call()) == last


@pytest.mark.parametrize("resource", SNAPSHOTS, ids=lambda one: one.name)
def test_snapshots(api: Api, resource: Resource) -> None:
    """Profile and body measurement are read as they stand."""
    assert resource.flatten(api.one(resource, CURRENT, Call()))


def test_a_cycles_main_sleep(api: Api) -> None:
    """WHOOP's own word on which sleep is a cycle's is a sleep of that cycle."""
    recovery = whole(api, RECOVERIES)[0]
    assert api.main_sleep(recovery["cycle_id"], Call())["id"] == recovery["sleep_id"]
    with pytest.raises(NotFound):
        api.main_sleep(999_999_999, Call())


def test_a_record_that_is_not_there(api: Api) -> None:
    """An id that WHOOP does not know is NOT_FOUND."""
    with pytest.raises(NotFound):
        api.one(CYCLES, "999999999", Call())


def test_a_list_is_never_simply_not_there(api: Api, simulator: FaultySimulator) -> None:
    """404 for a whole collection is a lost permission or a fault, never an empty list."""
    simulator.fault(404)
    with pytest.raises(UpstreamError) as caught:
        api.page(CYCLES, START, None, None, Call())
    assert "read:cycles" in str(caught.value.hint)
    assert caught.value.endpoint == "/v2/cycle"


@pytest.mark.parametrize(
    "payload", [[], None, {}, {"records": {}}, {"records": None}, {"records": [], "next_token": 7}]
)
def test_what_is_no_page(api: Api, simulator: FaultySimulator, payload: object) -> None:
    """JSON that is not a page is an UPSTREAM_ERROR."""
    simulator.fault("wrong_json", payload=payload)
    with pytest.raises(UpstreamError, match="not a page"):
        api.page(CYCLES, START, None, None, Call())


def test_what_is_no_record(api: Api, simulator: FaultySimulator) -> None:
    """JSON that is not an object, or another record than asked for, is an UPSTREAM_ERROR."""
    simulator.fault("wrong_json", payload=[1])
    with pytest.raises(UpstreamError, match="not a record"):
        api.one(CYCLES, "1", Call())
    simulator.fault("wrong_json", payload={"id": 2})
    with pytest.raises(UpstreamError, match="another record"):
        api.one(CYCLES, "1", Call())


def test_what_is_malformed_is_left_to_the_cache(api: Api, simulator: FaultySimulator) -> None:
    """In a page, a record without an id and an element that is no object come through to be
    skipped; where one record was asked for, they are not it."""
    simulator.fault("wrong_json", payload={"id": None})
    with pytest.raises(UpstreamError, match="it is not a cycle"):
        api.one(CYCLES, "1", Call())
    simulator.fault("wrong_json", payload={"records": [7, {"id": 1}], "next_token": ""})
    assert api.page(CYCLES, START, None, None, Call()) == ([{}, {"id": 1}], None)


@pytest.mark.parametrize("payload", [{}, {"message": "ok"}, {"records": []}, {"user_id": 7}])
def test_what_is_no_snapshot(api: Api, simulator: FaultySimulator, payload: object) -> None:
    """An object that says nothing of a profile or a body is no answer, and wipes nothing."""
    for resource in SNAPSHOTS:
        simulator.fault("wrong_json", payload=payload)
        with pytest.raises(UpstreamError, match="it is no"):
            api.one(resource, CURRENT, Call())


def test_an_open_end_is_whoops_now(api: Api, simulator: FaultySimulator) -> None:
    """Without an end none is sent; a token is sent as it came."""
    page = api.page(SLEEPS, START, None, None, Call())
    assert set(simulator.log[-1].query) == {"limit", "start"}
    api.page(SLEEPS, START, times.plus(UNTIL, days=-1), page.next_token, Call())
    assert simulator.log[-1].query["nextToken"] == page.next_token
