"""The login in the chat: offered where it is missing, by address alone, and the call goes on."""

from __future__ import annotations

import errno
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import mcp
import pytest
from mcp import types

from whoop_mcp.app import App
from whoop_mcp.login.page import LoginPage
from whoop_mcp.server import login_offer, protocol

from ..login.test_page import Browser
from ..support.faults import FaultySimulator
from ..support.logins import free_port, settings, whoop
from ..support.piped import piped
from .test_stdio import INITIALIZED, META, served

SECRET = "demo-secret"
Answer = Callable[[types.ElicitRequestParams], Awaitable[types.ElicitResult]]


@pytest.fixture
def uri() -> str:
    """A redirect URI on a port that is free."""
    return f"http://localhost:{free_port()}/callback"


@pytest.fixture
def simulator(uri: str) -> Iterator[FaultySimulator]:
    """WHOOP, with an app that lists the redirect URI."""
    with whoop(redirect_uris=(uri,)) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, simulator: FaultySimulator, uri: str) -> App:
    """An App of a home without a login."""
    return App(settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri))


class Person:
    """Whoever sits before the client: what was asked, and what they answer and do."""

    def __init__(self, action: str, *, uses_page: bool = True, secret: str = SECRET) -> None:
        self.action = action
        self.uses_page = uses_page
        self.secret = secret
        self.asked: list[types.ElicitRequestParams] = []
        self.browser = Browser()
        self.threads: list[threading.Thread] = []

    async def elicit(self, context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        """Answer the client's dialog; an accepted page is opened and used, as it were, aside."""
        self.asked.append(params)
        if self.action == "accept" and self.uses_page:
            assert isinstance(params, types.ElicitRequestURLParams)
            if len({one.url for one in self.asked if hasattr(one, "url")}) > len(self.threads):
                self.threads.append(threading.Thread(target=self._log_in, args=(params.url,)))
                self.threads[-1].start()
        return types.ElicitResult(action=self.action)  # type: ignore[arg-type]

    def _log_in(self, address: str) -> None:
        self.browser.get(address)
        self.browser.fill(address, client_id="demo-app", client_secret=self.secret)
        self.browser.consent()
        self.browser.settle(address)


def talk(
    app: App, mode: str, person: Person | None, *tools: str, at_once: bool = False
) -> list[dict[str, Any]]:
    """What the tools answer a client of that era, one after the other, or all at once."""
    answers: list[dict[str, Any]] = []

    async def run() -> None:
        callback = person.elicit if person else None
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode=mode, elicitation_callback=callback) as client:

            async def call(name: str) -> None:
                result = await client.call_tool(name, {})
                assert result.structured_content is not None
                answers.append(result.structured_content)

            if at_once:
                async with anyio.create_task_group() as tasks:
                    for name in tools:
                        tasks.start_soon(call, name)
            else:
                for name in tools:
                    await call(name)

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    for thread in person.threads if person else []:
        thread.join()
    return answers


eras = pytest.mark.parametrize("mode", ["legacy", "auto"])


@eras
def test_the_call_goes_on_after_the_login(app: App, mode: str) -> None:
    """Where there is no login, the client is asked to open the page; once the person has logged in
    there, the very call answers what it was asked for."""
    person = Person("accept")
    [profile] = talk(app, mode, person, "get_whoop_profile")
    assert profile["first_name"]
    assert "You are logged in" in person.browser.text
    [asked] = person.asked
    assert isinstance(asked, types.ElicitRequestURLParams)
    assert re.match(r"http://127\.0\.0\.1:\d+/", asked.url)
    said = json.dumps([asked.model_dump(mode="json"), profile])
    assert SECRET not in said
    assert "demo-app" not in said


@eras
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_a_no_is_a_no(app: App, mode: str, action: str) -> None:
    """Declined or closed: AUTH_FAILED with the hint as ever, and the person is not asked again at
    the next call."""
    person = Person(action)
    answers = talk(app, mode, person, "get_whoop_profile", "list_whoop_sleeps")
    for answer in answers:
        assert answer["error"]["code"] == "AUTH_FAILED"
        assert answer["error"]["hint"].startswith("Run `whoop-mcp login`.")
    assert len(person.asked) == 1


@eras
def test_a_client_without_it_reads_the_hint(app: App, mode: str) -> None:
    """A client that cannot open addresses is asked for nothing."""
    [answer] = talk(app, mode, None, "get_whoop_profile")
    assert answer["error"]["hint"].startswith("Run `whoop-mcp login`.")


@eras
def test_a_home_that_can_hold_no_login_is_said_to_the_client(
    app: App, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page is offered whose login would be lost; the answer's hint is what is in the way."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("whoop_mcp.files.try_out", refuse)
    person = Person("accept")
    [answer] = talk(app, mode, person, "get_whoop_profile")
    assert "No login can be kept here" in answer["error"]["hint"]
    assert "Make room in" in answer["error"]["hint"]
    assert person.asked == []


@eras
def test_what_needs_no_login_offers_none(app: App, mode: str) -> None:
    """Status, health and an empty cache are answered as they are."""
    person = Person("accept")
    answers = talk(app, mode, person, "get_whoop_auth_status", "get_whoop_insights")
    assert answers[0]["status"] == "no_tokens"
    assert answers[1]["error"]["code"] == "CACHE_EMPTY"
    assert person.asked == []


@eras
def test_whoever_takes_longer_asks_again(
    app: App, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call does not wait for ever: it says that the page is open, and the next one goes on with
    the same page, without asking once more."""
    monkeypatch.setattr(login_offer, "_ROUNDS", 1)
    slow = Person("accept", uses_page=False)
    wait = LoginPage.wait

    async def elicit(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        return await Person.elicit(slow, context, params)

    answers: list[Any] = []

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode=mode, elicitation_callback=elicit) as client:
            with monkeypatch.context() as hasty:  # a call's time is over soon after it waits
                hasty.setattr(LoginPage, "wait", lambda page, _, *more: wait(page, 0.1, *more))
                first = await client.call_tool("get_whoop_profile", {})
            answers.append(first.structured_content)
            [asked] = slow.asked
            assert isinstance(asked, types.ElicitRequestURLParams)
            await anyio.to_thread.run_sync(slow._log_in, asked.url)
            answers.append((await client.call_tool("get_whoop_profile", {})).structured_content)

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    assert answers[0]["error"]["code"] == "AUTH_FAILED"
    assert "login page is open" in answers[0]["error"]["hint"]
    assert answers[1]["first_name"]
    assert len(slow.asked) == 1


@pytest.mark.slow
def test_an_offer_that_nobody_answers_ends_with_the_call(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dialog that is left lying holds neither its call nor the others: each says in time that
    the page is open; once the person is there, the next call waits with them and asks no more."""
    monkeypatch.setattr(login_offer, "_WAIT", 8.0)
    monkeypatch.setattr(login_offer, "_LEAST", 1.0)
    person = Person("accept", uses_page=False)
    answers: list[Any] = []

    async def elicit(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        person.asked.append(params)
        await anyio.sleep_forever()
        raise AssertionError

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode="legacy", elicitation_callback=elicit) as client:

            async def call() -> None:
                result = await client.call_tool("get_whoop_profile", {})
                answers.append(result.structured_content)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                tasks.start_soon(call)
            [asked] = person.asked
            assert isinstance(asked, types.ElicitRequestURLParams)
            await anyio.to_thread.run_sync(person.browser.get, asked.url)
            monkeypatch.setattr(login_offer, "_WAIT", 30.0)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await anyio.to_thread.run_sync(person._log_in, asked.url)

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    for answer in answers[:2]:
        assert answer["error"]["code"] == "AUTH_FAILED"
        assert "login page is open" in answer["error"]["hint"]
    assert answers[2]["first_name"]
    assert len(person.asked) == 1


def test_the_offer_and_the_login_share_one_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """However late the person says yes, the wait for the login ends when the call's time does."""
    left: list[float] = []

    def noted(self: LoginPage, seconds: float, check: Any = lambda: None) -> bool:
        left.append(seconds)
        return False

    monkeypatch.setattr(LoginPage, "wait", noted)
    person = Person("accept", uses_page=False)

    async def late(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        await anyio.sleep(0.1)
        return await Person.elicit(person, context, params)

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode="legacy", elicitation_callback=late) as client:
            result = await client.call_tool("get_whoop_profile", {})
            assert result.structured_content is not None
            assert "login page is open" in result.structured_content["error"]["hint"]

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    [seconds] = left
    assert seconds <= login_offer._WAIT - 0.1


@eras
def test_calls_at_once_share_one_page(app: App, mode: str) -> None:
    """Three tools that find no login at the same time: one question, one page, three answers."""
    person = Person("accept")
    tools = ("get_whoop_profile", "list_whoop_sleeps", "get_whoop_body_measurement")
    answers = talk(app, mode, person, *tools, at_once=True)
    assert not [answer for answer in answers if "error" in answer]
    assert len({params.url for params in person.asked if hasattr(params, "url")}) == 1
    if mode == "legacy":
        assert len(person.asked) == 1


@eras
def test_a_login_made_while_another_call_looks(
    app: App, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that found no login in the file just before another call's page brought it goes on
    with that login: no second page is opened."""
    pages: list[LoginPage] = []
    looks: list[bool] = []

    class Noted(LoginPage):
        def open(self) -> LoginPage:
            pages.append(self)
            return super().open()

    look = login_offer.LoginOffer._is_needed

    def late(self: login_offer.LoginOffer) -> bool:
        looks.append(look(self))
        if pages and looks[-1]:
            pages[0].wait(60)
        return looks[-1]

    monkeypatch.setattr("whoop_mcp.login.page.LoginPage", Noted)
    monkeypatch.setattr(login_offer.LoginOffer, "_is_needed", late)
    person = Person("accept")
    tools = ("get_whoop_profile", "list_whoop_sleeps")
    answers = talk(app, mode, person, *tools, at_once=True)
    assert not [answer for answer in answers if "error" in answer]
    assert len(pages) == 1
    assert looks.count(True) >= (2 if mode == "auto" else 1)


def test_a_yes_counts_for_the_page_that_it_was_asked_for(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a page ends before its dialog is answered, the yes is none to the page that follows:
    the person is asked again, with that one's address, and the call goes on there."""
    monkeypatch.setattr(login_offer, "_ROUNDS", 1)
    person, asked = Person("accept"), list[str]()

    def two_browsers(address: str) -> None:
        for browser in (Browser(), Browser()):  # which ends a page
            browser.get(address)

    async def late(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        asked.append(params.url)
        if asked[1:]:
            return await person.elicit(context, params)
        await anyio.to_thread.run_sync(two_browsers, params.url)
        return types.ElicitResult(action="accept")

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode="auto", elicitation_callback=late) as client:
            result = await client.call_tool("get_whoop_profile", {})
            assert result.structured_content is not None
            assert result.structured_content.get("first_name"), result.structured_content

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    person.threads[0].join()
    first, second = asked
    assert first != second


def test_a_second_dialog_that_is_closed_ends_no_page(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls at once ask twice for one page. The person says yes to one dialog and closes the
    other: the page stays, and the next call has their login."""
    asked: list[str] = []
    waits = threading.Event()
    wait = LoginPage.wait

    def hasty(page: LoginPage, seconds: float, *more: Any) -> bool:
        waits.set()
        return wait(page, 0.1, *more)

    async def elicit(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        asked.append(params.url)
        if asked[1:]:
            await anyio.to_thread.run_sync(waits.wait, 60)
            return types.ElicitResult(action="cancel")
        while not asked[1:]:
            await anyio.sleep(0.01)
        return types.ElicitResult(action="accept")

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode="auto", elicitation_callback=elicit) as client:
            with monkeypatch.context() as quick:
                quick.setattr(LoginPage, "wait", hasty)
                async with anyio.create_task_group() as tasks:
                    for _ in range(2):
                        tasks.start_soon(client.call_tool, "get_whoop_profile", {})
            await anyio.to_thread.run_sync(Person("accept")._log_in, asked[0])
            result = await client.call_tool("get_whoop_profile", {})
            assert result.structured_content is not None
            assert result.structured_content.get("first_name"), result.structured_content

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    assert len(asked) == 2
    assert len(set(asked)) == 1


@eras
def test_closing_a_dialog_ends_no_page_that_is_in_use(app: App, mode: str) -> None:
    """Whoever is on the page already, by a dialog of an earlier call, and closes the one that came
    since, goes on there: the call waits for them."""
    person = Person("cancel")

    async def elicit(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        await anyio.to_thread.run_sync(person.browser.get, params.url)
        person.threads.append(threading.Thread(target=person._log_in, args=(params.url,)))
        person.threads[-1].start()
        return await Person.elicit(person, context, params)

    async def run() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode=mode, elicitation_callback=elicit) as client:
            result = await client.call_tool("get_whoop_profile", {})
            assert result.structured_content is not None
            assert result.structured_content.get("first_name"), result.structured_content

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)
    person.threads[-1].join()
    assert len(person.asked) == 1


@pytest.mark.parametrize(
    "count",
    ["", "-1", "\u0663", "1.5", "9" * 5000],
    ids=["none", "negative", "other digits", "broken", "endless"],
)
def test_rounds_that_a_client_made_up(count: str) -> None:
    """What is no number that this program sent counts as too often; it is no fault of ours."""
    assert login_offer._rounds(count) == login_offer._ROUNDS


@pytest.mark.parametrize(
    "version", [pytest.param("2025-06-18", marks=pytest.mark.slow), "2025-11-25", "2026-07-28"]
)
def test_over_the_wire(tmp_path: Path, simulator: FaultySimulator, uri: str, version: str) -> None:
    """A real process, asked as clients of these three years ask, sends an address, and the person's
    login there lets the call go on; nothing of the app is on the wire or in the log."""
    environ = {
        "WHOOP_HOME": str(tmp_path / "home"),
        "WHOOP_BASE_URL": simulator.url,
        "WHOOP_REDIRECT_URI": uri,
    }
    person = Person("accept")
    able = {"elicitation": {"form": {}, "url": {}}}
    client = {"name": "test", "version": "1"}
    with served(environ=environ) as wire:
        called = {"name": "get_whoop_profile", "arguments": {}}
        if version == "2026-07-28":
            meta = {**META, "io.modelcontextprotocol/clientCapabilities": able}
            first = wire.ask("tools/call", **called, _meta=meta)["result"]
            assert first["resultType"] == "input_required"
            [(key, asked)] = first["inputRequests"].items()
            assert asked["params"]["mode"] == "url"
            person._log_in(asked["params"]["url"])
            again = {"inputResponses": {key: {"action": "accept"}}}
            again["requestState"] = first["requestState"]
            result = wire.ask("tools/call", **called, _meta=meta, **again)["result"]
        else:
            wire.ask("initialize", protocolVersion=version, capabilities=able, clientInfo=client)
            wire.send(INITIALIZED)
            wanted = wire.request("tools/call", **called)
            asked = wire.receive()
            assert asked["method"] == "elicitation/create"
            assert asked["params"]["mode"] == "url"
            wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}})
            person._log_in(asked["params"]["url"])
            after = wire.receive()
            if version == "2025-11-25":
                assert after["method"] == "notifications/elicitation/complete"
                assert after["params"]["elicitationId"] == asked["params"]["elicitationId"]
                after = wire.receive()
            assert after["id"] == wanted
            result = after["result"]
        assert result["structuredContent"]["first_name"]
        assert SECRET not in json.dumps([asked, result])
        code, errors = wire.leave()
    assert (code, SECRET in errors) == (0, False)
