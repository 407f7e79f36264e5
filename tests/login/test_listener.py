"""The listener on loopback, as a browser and as others meet it."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from whoop_mcp.login.attempt import Attempt, Denied
from whoop_mcp.login.listener import Listener
from whoop_mcp.login.single_flight import NoThread

from ..support.logins import browser, free_port

STATE = "the-state-of-this-login"


class Door(NamedTuple):
    """A listening attempt."""

    port: int
    outcome: Future[str]

    def ask(self, request: bytes, family: str = "127.0.0.1") -> bytes:
        """Everything that comes back for raw bytes."""
        with socket.create_connection((family, self.port), 60) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer

    def get(self, target: str, host: str | None = None) -> bytes:
        """The answer to a GET, under our name unless another is given."""
        name = f"localhost:{self.port}" if host is None else host
        return self.ask(f"GET {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())


@pytest.fixture
def door() -> Iterator[Door]:
    """A listener on a free port."""
    port = free_port()
    outcome: Future[str] = Future()
    attempt = Attempt("demo-app", f"http://localhost:{port}/callback", STATE, None)
    with Listener(attempt, outcome):
        yield Door(port, outcome)


def status(answer: bytes) -> int:
    """The status of a raw answer."""
    return int(answer.split(b" ")[1])


def test_a_browser_brings_the_code(door: Door) -> None:
    """The browser's own request ends the wait, and it gets a page that may load nothing."""
    page = browser(f"http://localhost:{door.port}/callback?code=abc&state={STATE}")
    assert "terminal" in page
    assert door.outcome.result(0) == "abc"


class Overtaken(Future[str]):
    """An outcome that a paste settles just after it was looked at."""

    def done(self) -> bool:
        """Not yet, as it was a moment ago."""
        return False


@pytest.mark.parametrize("query", ["code=abc", "error=access_denied"])
@pytest.mark.parametrize("kind", [Overtaken, Future], ids=["during", "before"])
def test_a_browser_beside_a_paste_gets_an_answer(query: str, kind: type[Future[str]]) -> None:
    """A paste that settles the login while the browser's callback is read, or just before it:
    the paste counts, and the browser is told that the login has had its answer."""
    door = Door(free_port(), kind())
    attempt = Attempt("demo-app", f"http://localhost:{door.port}/callback", STATE, None)
    with Listener(attempt, door.outcome):
        door.outcome.set_result("pasted")
        answer = door.get(f"/callback?{query}&state={STATE}")
    assert status(answer) == 400
    assert b"Already done" in answer
    assert door.outcome.result(0) == "pasted"


def test_who_stands_at_the_door_gets_an_answer() -> None:
    """Browsers that have come by the time the listener is told to end still get their page."""
    port = free_port()
    outcome: Future[str] = Future()
    outcome.set_result("pasted")
    listener = Listener(
        Attempt("demo-app", f"http://localhost:{port}/callback", STATE, None), outcome
    )
    request = f"GET /callback?code=abc&state={STATE} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    with ExitStack() as stack:
        waiting = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(3)
        ]
        for connection in waiting:
            connection.sendall(request.encode())
        listener._wake.send(b"x")
        with listener:
            pass
        for connection in waiting:
            assert b"Already done" in connection.recv(65536)


def test_where_no_thread_can_be_had_nothing_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that cannot be started says so and gives its port back."""

    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    uri = f"http://localhost:{free_port()}/callback"
    listener = Listener(Attempt("demo-app", uri, STATE, None), Future())
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", fail)
        with pytest.raises(NoThread), listener:
            pass
    with Listener(Attempt("demo-app", uri, STATE, None), Future()):
        pass


def test_both_families_are_listened_on(door: Door) -> None:
    """A browser that takes `localhost` for ::1 finds the listener too."""
    try:
        answer = door.ask(b"GET / HTTP/1.1\r\n\r\n", "::1")
    except OSError:
        with pytest.raises(OSError):
            socket.create_server(("::1", 0), family=socket.AF_INET6)
        return  # this computer has no IPv6
    assert status(answer) == 404


def test_strays_are_answered_and_ignored(door: Door) -> None:
    """Any other path, method or protocol is 404; a wrong state is 400; the wait goes on."""
    good = f"/callback?code=abc&state={STATE}"
    host = f"Host: localhost:{door.port}\r\n\r\n"
    assert status(door.get("/favicon.ico")) == 404
    assert status(door.get(good.replace("callback", "callback/"))) == 404
    assert status(door.get(good.replace("/callback", "//callback"))) == 404
    assert status(door.get(f"http://localhost:{door.port}{good}")) == 404
    assert status(door.ask(f"POST {good} HTTP/1.1\r\n{host}".encode())) == 404
    assert status(door.ask(f"GET {good}\r\n{host}".encode())) == 404
    assert status(door.get("/callback")) == 400
    assert status(door.get("/callback?code=abc&state=forged")) == 400
    assert not door.outcome.done()
    assert status(door.get(good)) == 200


def test_a_denial_is_shown_escaped(door: Door) -> None:
    """The reason from outside appears on the page as text, never as markup."""
    text = "%3Cscript%3Ealert(1)%3C/script%3E"
    answer = door.get(f"/callback?error=access_denied&error_description={text}&state={STATE}")
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in answer
    assert b"<script" not in answer
    assert b"default-src 'none'" in answer
    assert isinstance(door.outcome.exception(0), Denied)


def test_a_busy_port_is_told() -> None:
    """A port that another program has, on either family, is not shared with it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        uri = f"http://localhost:{other.getsockname()[1]}/callback"
        with pytest.raises(OSError):
            Listener(Attempt("demo-app", uri, STATE, None), Future())


def test_waiting_uses_no_processor() -> None:
    """While nobody comes, the listener waits for as long as it takes, and looks at nothing."""
    uri = f"http://localhost:{free_port()}/callback"
    with Listener(Attempt("demo-app", uri, STATE, None), Future()) as listener:
        assert listener._pause(math.inf) is None
