"""What a client is told between its answers: that a resource it has subscribed to has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import mcp
import pytest
from mcp import types

from whoop_mcp import times
from whoop_mcp.app import App
from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.server import protocol, subscriptions
from whoop_mcp.sync import run

from ..support import accounts
from ..support.fake_core import FakeCore
from ..support.faults import FaultySimulator
from ..support.logins import logged_in, settings
from ..support.piped import piped
from .test_stdio import META, ROOT, at, served, wired

DAYS = 20


@pytest.fixture
def simulator() -> Iterator[FaultySimulator]:
    with FaultySimulator(accounts.make(seed=4, days=DAYS), limit=None, day_limit=None) as running:
        yield running


@pytest.fixture
def app(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[App]:
    """An App of a home that is logged in, and whose cache is as WHOOP is; it is looked at after
    each call alone."""
    monkeypatch.setattr(subscriptions, "_PAUSE", 3600.0)
    logged_in(tmp_path, simulator)
    made = App(settings(tmp_path, simulator.url))
    made.cache.keep_open()
    run.sync(made.mirror)
    yield made
    made.cache.close()
    made.transport.close()


def window(resource: str, first: int, last: int) -> str:
    """The URI of a resource's days, so many ago."""
    start, end = (times.plus(times.now(), days=-back)[:10] for back in (first, last))
    return f"whoop://db/{resource}/{start}/{end}"


class Told:
    """The notifications that a client is sent: URIs, in their order."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self._event = anyio.Event()

    async def hear(self, message: object) -> None:
        """Take a notification down."""
        if isinstance(message, types.ResourceUpdatedNotification):
            self.take(str(message.params.uri))
        elif isinstance(message, types.ServerNotification):
            raise AssertionError(f"told of something else: {message}")

    def take(self, uri: str) -> None:
        self.uris.append(uri)
        self._event.set()
        self._event = anyio.Event()

    async def until(self, *uris: str) -> None:
        """Wait until all of these were told of."""
        with anyio.fail_after(60):
            while not set(uris) <= set(self.uris):
                await self._event.wait()


Act = Callable[[mcp.Client, Told], Awaitable[None]]


def talk(app: App, act: Act) -> None:
    """A conversation of the handshake's era."""

    async def main() -> None:
        told = Told()
        streams = piped(protocol.build(lambda: app))
        async with mcp.Client(streams, mode="legacy", message_handler=told.hear) as client:
            await act(client, told)

    anyio.run(main)


async def subscribe(client: mcp.Client, uri: str) -> None:
    request = types.SubscribeRequest(params=types.SubscribeRequestParams(uri=uri))
    await client.session.send_request(request, types.EmptyResult)


async def unsubscribe(client: mcp.Client, uri: str) -> None:
    request = types.UnsubscribeRequest(params=types.UnsubscribeRequestParams(uri=uri))
    await client.session.send_request(request, types.EmptyResult)


def edit_a_sleep(simulator: FaultySimulator) -> None:
    """Change a score of the night before last."""
    sleep = [one for one in simulator.account.all("sleeps") if not one["nap"]][1]
    score = {**sleep["score"], "sleep_performance_percentage": 41.0}
    simulator.account.edit("sleeps", sleep["id"], score=score)


def test_a_sync_tells_of_what_it_changed_and_of_nothing_else(
    app: App, simulator: FaultySimulator
) -> None:
    """After a sync the client is told of those URIs, of all that it subscribed to, under which
    something changed: not of other days, other records, or what it has unsubscribed from."""
    changed = [window("sleeps", 10, 0), "whoop://db/sync_runs/5", "whoop://db/events/2020-01-01"]
    same = [
        window("sleeps", DAYS, 10),
        window("workouts", 10, 0),
        "whoop://db/profile",
        "whoop://db/body_measurement",
        "whoop://db/events/2020-01-01/2021-01-01",
    ]
    left = "whoop://db/sleeps/2020-01-01/2040-01-01"

    async def act(client: mcp.Client, told: Told) -> None:
        for uri in (*changed, *same, left):
            await subscribe(client, uri)
        await unsubscribe(client, left)
        edit_a_sleep(simulator)
        await client.call_tool("sync_whoop")
        await told.until(*changed)
        # One that finds nothing is a run all the same; what came before it has been told by then.
        await client.call_tool("sync_whoop")
        with anyio.fail_after(60):
            while told.uris.count("whoop://db/sync_runs/5") < 2:
                await anyio.sleep(0.01)
        assert sorted(told.uris) == sorted([*changed, "whoop://db/sync_runs/5"])

    talk(app, act)


def test_a_snapshot_and_a_deletion_are_changes(app: App, simulator: FaultySimulator) -> None:
    """A new weight changes the body measurement; a workout that is gone, the days that it was on,
    and one that was moved, those that it was on before."""
    account: Any = simulator.account
    gone, moved = account.all("workouts")[1:3]
    days = [
        f"whoop://db/workouts/{one['start'][:10]}/{times.plus(one['end'], days=1)[:10]}"
        for one in (gone, moved)
    ]

    async def act(client: mcp.Client, told: Told) -> None:
        for uri in ("whoop://db/body_measurement", *days):
            await subscribe(client, uri)
        account.body["weight_kilogram"] = 55.5
        long_ago = [f"2026-01-01T{hour}:00:00.000Z" for hour in (10, 11)]
        account.edit("workouts", moved["id"], start=long_ago[0], end=long_ago[1])
        account.delete("workouts", gone["id"])
        await client.call_tool("get_whoop_body_measurement", {"fresh": True})
        await client.call_tool("sync_whoop")
        await told.until("whoop://db/body_measurement", *days)

    talk(app, act)


NO_RESOURCES = (
    "whoop://db/steps/1",
    "whoop://db/sleeps/2026-04-20",
    "whoop://db/sleeps/soon/later",
    "whoop://db/sleeps/2026-04-20/2026-04-13",
    "whoop://db/sync_runs/0",
    "file:///etc/passwd",
    "",
)


@pytest.mark.parametrize("modern", [False, True])
def test_what_is_no_resource_cannot_be_subscribed_to(
    monkeypatch: pytest.MonkeyPatch, modern: bool
) -> None:
    """A URI that nothing is under is -32602 with a hint, in both eras, whatever was refused before
    on the same connection."""
    with wired(FakeCore().install(monkeypatch.setattr)) as wire:
        if not modern:
            wire.initialize()
        for uri in NO_RESOURCES:
            if modern:
                wanted = {"resourceSubscriptions": ["whoop://db/profile", uri]}
                answer = wire.ask("subscriptions/listen", notifications=wanted, _meta=META)
            else:
                answer = wire.ask("resources/subscribe", uri=uri)
            error = answer["error"]
            assert error["code"] == -32602, uri
            assert "For example" in error["message"] or "Swap" in error["message"], uri


def test_another_processs_sync_is_noticed(
    app: App, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While something is subscribed to, the cache is looked at now and then, so that what a timer
    synced is told of without a call."""
    monkeypatch.setattr(subscriptions, "_PAUSE", 0.05)
    uri = window("sleeps", 10, 0)

    async def act(client: mcp.Client, told: Told) -> None:
        await subscribe(client, uri)
        edit_a_sleep(simulator)
        synced = await anyio.to_thread.run_sync(elsewhere, app, "sync")
        assert synced.returncode == 0, synced.stderr
        await told.until(uri)

    talk(app, act)


def elsewhere(app: App, *command: str) -> subprocess.CompletedProcess[bytes]:
    """A command of the command line, as another process."""
    environ = {
        "WHOOP_HOME": str(app.settings.home),
        "WHOOP_BASE_URL": str(app.settings.base_url),
    }
    return subprocess.run(
        [sys.executable, "-m", "whoop_mcp", *command],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        timeout=60,
    )


def test_a_purge_changes_every_page(app: App) -> None:
    """What a purge takes away is no event, but each page may have had it."""
    pages = [window(name, DAYS, 0) for name in ("cycles", "workouts")]
    event = "whoop://db/events/2020-01-01"

    async def act(client: mcp.Client, told: Told) -> None:
        for uri in (*pages, event):
            await subscribe(client, uri)
        before = times.plus(times.now(), days=-5)[:10]
        done = await anyio.to_thread.run_sync(elsewhere, app, "purge", "--yes", "--before", before)
        assert done.returncode == 0, done.stderr
        await client.call_tool("get_whoop_auth_status")  # whatever is called, it is noticed
        await told.until(*pages)
        assert event not in told.uris

    talk(app, act)


@pytest.fixture
def retaining(app: App, tmp_path: Path, simulator: FaultySimulator) -> Iterator[App]:
    """The same App, where records of fifteen days are kept."""
    made = App(settings(tmp_path, simulator.url, WHOOP_RETENTION_DAYS="15"))
    made.cache.keep_open()
    run.sync(made.mirror)
    yield made
    made.cache.close()
    made.transport.close()


def test_a_floor_that_moves_hides_no_change(retaining: App, simulator: FaultySimulator) -> None:
    """Where each sync purges what is too old, records that it changed are told of all the same,
    and pages that lie after the floor, or long before it, only where they changed."""
    changed = [window("sleeps", 10, 0), "whoop://db/events/2020-01-01", "whoop://db/profile"]
    across = window("cycles", DAYS, 0)
    same = [window("workouts", 10, 0), "whoop://db/workouts/2020-01-01/2020-02-01"]
    app = retaining

    async def act(client: mcp.Client, told: Told) -> None:
        for uri in (*changed, across, *same, "whoop://db/sync_runs/5"):
            await subscribe(client, uri)
        floor = app.cache.recall("floor")
        edit_a_sleep(simulator)
        simulator.account.profile["first_name"] = "Zoë"
        await client.call_tool("sync_whoop")
        assert app.cache.recall("floor") != floor
        await told.until(*changed, across)
        told.uris.clear()
        await client.call_tool("sync_whoop")
        await told.until("whoop://db/sync_runs/5", across)
        assert sorted(told.uris) == sorted(["whoop://db/sync_runs/5", across])

    talk(app, act)


def test_a_record_across_the_floor_is_missed_before_it(
    app: App, simulator: FaultySimulator
) -> None:
    """A page that ends before the floor may show a record that ends after it, and is told when the
    floor moves past that one."""
    account: Any = simulator.account
    cycle = account.all("cycles")[10]
    assert cycle["end"] is not None
    start, middle, end = cycle["start"], times.plus(cycle["start"], hours=2), cycle["end"]
    page = f"whoop://db/cycles/{times.plus(start, hours=-1)}/{times.plus(start, hours=1)}"

    async def act(client: mcp.Client, told: Told) -> None:
        purge.before(app.cache, middle)
        await subscribe(client, page)
        purge.before(app.cache, times.plus(end, hours=1))
        await client.call_tool("get_whoop_auth_status")
        await told.until(page)

    talk(app, act)


@pytest.mark.parametrize("replaced", [False, True])
def test_another_cache_changes_everything(app: App, replaced: bool) -> None:
    """After a purge of all, or where another file is put in the cache's place, whatever is
    subscribed to is another."""
    every = [
        "whoop://db/profile",
        "whoop://db/body_measurement",
        "whoop://db/sync_runs/5",
        "whoop://db/events/2020-01-01",
        "whoop://db/events/2020-01-01/2021-01-01",
        "whoop://db/sleeps/2020-01-01/2020-02-01",
    ]

    async def act(client: mcp.Client, told: Told) -> None:
        for uri in every:
            await subscribe(client, uri)
        if replaced:
            app.cache.close()
            for file in app.cache.path.parent.glob("whoop.db*"):
                file.unlink()
            Cache(app.cache.path).remember("note", "made anew")
        else:
            purge.everything(app.cache)
        await client.call_tool("get_whoop_auth_status")
        await told.until(*every)

    talk(app, act)


def test_a_cache_that_cannot_be_read_ends_nothing(
    app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the cache cannot be read nothing is told, the server goes on, and it is no defect."""

    async def act(client: mcp.Client, told: Told) -> None:
        await subscribe(client, "whoop://db/profile")
        app.cache.close()
        (tmp_path / "home" / "whoop.db").write_bytes(b"no database " * 1000)
        for _ in range(3):
            assert (await client.call_tool("get_whoop_profile")).is_error
        assert not (await client.call_tool("get_whoop_auth_status")).is_error
        assert told.uris == []

    talk(app, act)
    assert "could not be told" not in caplog.text


def test_a_stream_of_2026_tells_of_what_it_names(app: App, simulator: FaultySimulator) -> None:
    """A client of 2026 opens a stream for URIs, and is told on it alone; the lists that it asked
    for are acknowledged as never changing."""
    changed, same = window("sleeps", 10, 0), window("sleeps", DAYS, 10)

    async def main() -> None:
        async with mcp.Client(piped(protocol.build(lambda: app)), mode="auto") as client:
            wanted = {"resource_subscriptions": [changed, same], "tools_list_changed": True}
            async with client.listen(**wanted) as stream:
                assert stream.honored.tools_list_changed is None
                assert stream.honored.resource_subscriptions == [changed, same]
                edit_a_sleep(simulator)
                await client.call_tool("sync_whoop")
                with anyio.fail_after(60):
                    async for event in stream:
                        assert event.uri == changed  # type: ignore[union-attr]
                        break

    anyio.run(main)


def test_the_end_of_input_ends_an_open_stream(tmp_path: Path, simulator: FaultySimulator) -> None:
    """A client that leaves amid its subscriptions is not waited for."""
    logged_in(tmp_path, simulator)
    with served(environ=at(tmp_path, simulator.url)) as wire:
        wanted = {"resourceSubscriptions": ["whoop://db/profile"]}
        wire.request("subscriptions/listen", notifications=wanted, _meta=META)
        assert wire.receive()["method"] == "notifications/subscriptions/acknowledged"
        assert wire.leave()[0] == 0


def test_a_client_may_subscribe_to_a_thousand(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than are of use are refused, what is there already apart."""
    monkeypatch.setattr(subscriptions, "_MOST", 2)

    async def act(client: mcp.Client, told: Told) -> None:
        for limit in (1, 2, 2, 1):
            await subscribe(client, f"whoop://db/sync_runs/{limit}")
        with pytest.raises(mcp.MCPError, match="Unsubscribe"):
            await subscribe(client, "whoop://db/sync_runs/3")
        await unsubscribe(client, "whoop://db/sync_runs/1")
        await subscribe(client, "whoop://db/sync_runs/3")

    talk(app, act)
