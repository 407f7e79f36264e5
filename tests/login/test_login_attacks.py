"""The attack list: what hostile pages, programs, networks and servers try, and what comes of it."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from whoop_mcp.errors import AuthFailed, UpstreamError, ValidationError
from whoop_mcp.login import endpoint
from whoop_mcp.login import listener as callback
from whoop_mcp.login.attempt import Attempt
from whoop_mcp.login.listener import Listener
from whoop_mcp.settings import Settings

from ..support.faults import FaultySimulator
from ..support.logins import free_port, logged_in, login, whoop
from .test_listener import STATE, Door, door, status

__all__ = ["door"]

GOOD = f"/callback?code=abc&state={STATE}"


def test_forged_callback(door: Door) -> None:
    """A page that guesses the port sends its own code: 400, ignored, the real one still counts."""
    for query in ("code=evil", "code=evil&state=x", "error=access_denied&state=x"):
        assert status(door.get(f"/callback?{query}")) == 400
    assert not door.outcome.done()
    assert status(door.get(GOOD)) == 200
    assert door.outcome.result(0) == "abc"


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "127.0.0.1:8000", ""])
def test_dns_rebinding(door: Door, host: str) -> None:
    """A name that was made to lead here is not ours: 404, even with the right state."""
    assert status(door.get(GOOD, host=host)) == 404
    assert not door.outcome.done()


def test_two_or_no_host_headers(door: Door) -> None:
    """A request with no name, or with two, is nobody's: 404."""
    ours = f"Host: localhost:{door.port}\r\n"
    assert status(door.ask(f"GET {GOOD} HTTP/1.1\r\n\r\n".encode())) == 404
    request = f"GET {GOOD} HTTP/1.1\r\n{ours}Host: evil.example\r\n\r\n"
    assert status(door.ask(request.encode())) == 404


def test_oversized_request(door: Door) -> None:
    """An endless request is cut off without an answer, and the listener lives."""
    with suppress(ConnectionError):  # reset while still sending: cut off as well
        assert door.ask(b"GET /" + b"a" * 2_000_000) == b""
    assert status(door.get(GOOD)) == 200


def test_binary_garbage(door: Door) -> None:
    """Bytes that are no request, or no text, are 404 or cut off, and the listener lives."""
    for junk in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"\xff" * 50 + b"\r\n\r\n", b"\r\n\r\n"):
        assert status(door.ask(junk)) == 404
    assert status(door.get("/callback?" + "&".join(f"a{n}=" for n in range(99)))) == 400
    assert status(door.get(GOOD)) == 200


def test_slow_client(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that hold connections open without a word block nobody, and are dropped."""
    patience = iter([0.2, 0.2])  # of these two: whoever says at once what it wants has its time
    visit = callback._Visit

    def impatient(connection: socket.socket) -> callback._Visit:
        made = visit(connection)
        made.ends = min(made.ends, time.monotonic() + next(patience, 60))
        return made

    monkeypatch.setattr(callback, "_Visit", impatient)
    with (
        socket.create_connection(("127.0.0.1", door.port), 60) as one,
        socket.create_connection(("127.0.0.1", door.port), 60) as other,
    ):
        with suppress(ConnectionError):  # on a busy machine it may have been dropped already
            one.sendall(b"GET /callback")
        assert status(door.get("/")) == 404
        for each in (one, other):
            with suppress(ConnectionError):
                assert each.recv(1) == b""
    assert status(door.get(GOOD)) == 200


def test_a_flood(door: Door) -> None:
    """However many connections are held open without a word, a bounded number of them is kept, by
    one thread, and a browser that comes after all of them brings its code."""
    with ExitStack() as stack:
        before = threading.active_count()
        flood = [
            stack.enter_context(socket.create_connection(("127.0.0.1", door.port), 60))
            for _ in range(3 * callback._MOST_CONNECTIONS)
        ]
        for one in flood[::2]:
            with suppress(ConnectionError):  # it may have had to go already
                one.sendall(b"GET /callback?code=evil")
        assert status(door.get(GOOD)) == 200
        assert door.outcome.result(0) == "abc"
        assert threading.active_count() <= before
        with suppress(ConnectionError):
            assert flood[0].recv(1) == b""


def test_code_replay(door: Door) -> None:
    """The state is good for one answer: a second is 400 and changes nothing."""
    assert status(door.get(GOOD)) == 200
    assert status(door.get(GOOD.replace("abc", "evil"))) == 400
    assert door.outcome.result(0) == "abc"


def test_listening_beyond_loopback() -> None:
    """Nothing but this computer can reach the listener."""
    attempt = Attempt("demo-app", f"http://localhost:{free_port()}/callback", STATE, None)
    listener = Listener(attempt, Future())
    with listener:
        for each in listener._sockets:
            assert each.getsockname()[0] in ("127.0.0.1", "::1")


def test_a_code_used_twice_at_whoop() -> None:
    """A code that somebody else has used first is refused, and no login comes of it."""
    with whoop() as simulator:
        made = login(Path("/nowhere").absolute(), simulator.url)
        app = ("demo-app", "demo-secret")
        form = {"grant_type": "authorization_code", "code": "used", "redirect_uri": "x"}
        with pytest.raises(AuthFailed):
            endpoint.request(made._transport, app, form)
        made._transport.close()


def test_redirect_to_another_host(tmp_path: Path) -> None:
    """A token endpoint that sends us elsewhere is not followed: no token reaches the other host."""
    with whoop() as simulator, whoop() as elsewhere:
        made = logged_in(tmp_path, simulator, expires_in=0)
        simulator.fault("redirect", path="token", to=f"{elsewhere.url}/oauth/oauth2/token")
        with pytest.raises(UpstreamError):
            made.token()
        assert elsewhere.count() == 0
        made._transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.prod.whoop.com",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "ftp://127.0.0.1",
        "https://user:pass@whoop.example",
        "//whoop.example",
    ],
)
def test_a_plain_http_base_url(url: str) -> None:
    """A base URL over which tokens could be read is refused before a byte is sent."""
    with pytest.raises(ValidationError):
        Settings.read({"WHOOP_BASE_URL": url})


def test_a_planted_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .netrc cannot replace the token, nor add credentials to a token request."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[str] = []
    with whoop() as simulator:
        simulator.before = lambda request: seen.append(request.headers.get("Authorization", ""))
        made = logged_in(tmp_path, simulator, expires_in=0)
        made.logout()
        made._transport.close()
    assert seen[0] == ""
    assert seen[1].startswith("Bearer ")


def test_a_link_planted_in_the_home(tmp_path: Path) -> None:
    """A link put where the tokens belong leads them nowhere else."""
    with whoop() as simulator:
        (tmp_path / "home").mkdir()
        (tmp_path / "stolen").touch()
        (tmp_path / "home" / "tokens.json").symlink_to(tmp_path / "stolen")
        logged_in(tmp_path, simulator)
    assert (tmp_path / "stolen").read_bytes() == b""


def test_no_secret_leaves_in_an_error(tmp_path: Path) -> None:
    """An answer that repeats what was sent does not get it into words that a model may see."""
    with whoop() as simulator:
        made = logged_in(tmp_path, simulator, expires_in=0)
        simulator.fault(400, path="token", body="refresh_token=hush demo-secret", times=None)
        with pytest.raises(UpstreamError) as caught:
            made.token()
        made._transport.close()
    shown = str(caught.value.envelope()) + repr(caught.value)
    assert "hush" not in shown
    assert "demo-secret" not in shown
    assert isinstance(simulator, FaultySimulator)
