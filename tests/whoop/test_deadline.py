"""One deadline over an exchange, whatever the other side does; and nothing lost that has come."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.call import Call
from whoop_mcp.errors import UpstreamError
from whoop_mcp.login import endpoint
from whoop_mcp.whoop import deadline, tls
from whoop_mcp.whoop.answers import Transient
from whoop_mcp.whoop.deadline import Deadline
from whoop_mcp.whoop.transport import Transport

from ..support.logins import logged_in, login, whoop
from ..support.peers import HEAD, Peer, asked, attempts, certified, stand_still, stop

posix = pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process so")

ROOT = Path(__file__).parents[2]
PATIENCE = 1.0  # seconds of the process that is stopped
SHORT = 0.2  # seconds; the drips go on for half a minute
LONGER = (SHORT, 2.0, 10.0)  # a busy machine may not have come to the drip in less
RECORD = b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb"  # the beginning of a long TLS record


class Roads:
    """What stands at each station of an exchange, and drips."""

    def __init__(self, folder: Path) -> None:
        self.serving, self.trusting = certified(folder)
        self.trusted = folder / "ca.pem"
        self.peer: Peer

    def header(self, connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(HEAD + b"X-Long: ")
        self.peer.drip(connection, b"a")

    def continues(self, connection: socket.socket) -> None:
        asked(connection)
        self.peer.drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n")

    def continues_in_a_flood(self, connection: socket.socket) -> None:
        asked(connection)
        self.peer.drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n" * 100, pause=0)

    def body(self, connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        self.peer.drip(connection, b" ")

    def trailer(self, connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
        self.peer.drip(connection, b"X: y\r\n")

    def handshake(self, connection: socket.socket) -> None:
        connection.recv(1)  # the client speaks first
        connection.sendall(RECORD)
        self.peer.drip(connection, b"\0")

    def header_in_tls(self, connection: socket.socket) -> None:
        with self.serving.wrap_socket(connection, server_side=True) as shaken:
            self.header(shaken)

    def proxy_answer(self, connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 200 Connected\r\nX-Long: ")
        self.peer.drip(connection, b"a")

    def handshake_through_proxy(self, connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        self.handshake(connection)

    def handshake_within_tls(self, connection: socket.socket) -> None:
        with self.serving.wrap_socket(connection, server_side=True) as shaken:
            self.handshake_through_proxy(shaken)


@pytest.fixture
def roads(tmp_path: Path) -> Roads:
    """The stations, with a certificate."""
    return Roads(tmp_path)


def transport(roads: Roads, station: str, monkeypatch: pytest.MonkeyPatch) -> Transport:
    """A transport whose way leads over the station."""
    port = roads.peer.port
    if "proxy" in station or "within" in station:
        scheme = "https" if "within" in station else "http"
        monkeypatch.setenv("https_proxy", f"{scheme}://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(roads.trusted))
        return Transport("https://whoop.example", trust_env=True)
    safe = station in ("handshake", "header_in_tls")
    url = f"http{'s' if safe else ''}://127.0.0.1:{port}"
    return Transport(url, ssl_context=lambda: roads.trusting if safe else None)


STATIONS = [name for name in vars(Roads) if not name.startswith("_")]


@pytest.mark.parametrize("station", STATIONS)
def test_whoever_drips_is_given_up(
    roads: Roads, station: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever on the way the other side sends a little now and then, the call's time ends it:
    the connection is closed while the drip still goes on."""
    with Peer(getattr(roads, station)) as roads.peer:
        made = transport(roads, station, monkeypatch)
        for seconds in LONGER:
            with pytest.raises(Transient) as caught:
                made.exchange("GET", "/", call=Call(seconds))
            assert "in time" in caught.value.message
            if roads.peer.left.wait(2):
                break
        assert roads.peer.left.is_set()
        made.close()


def test_without_a_limit_of_the_call_an_exchange_ends_too(
    roads: Roads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command has no limit, but each of its exchanges does."""
    with Peer(roads.header) as roads.peer:
        made = transport(roads, "header", monkeypatch)
        for seconds in LONGER:
            monkeypatch.setattr("whoop_mcp.whoop.wire._WHOLE", seconds)
            with pytest.raises(Transient):
                made.exchange("GET", "/")
            if roads.peer.left.wait(2):
                break
        assert roads.peer.left.is_set()
        made.close()


def test_a_name_with_many_addresses_has_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address that does not answer takes from the same time, not a time-out of its own."""
    tried: list[float] = []

    class Silent(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(self.gettimeout() or 0)
            clock[0] += tried[-1]
            raise TimeoutError

    clock = [1000.0]
    monkeypatch.setattr(deadline.time, "monotonic", lambda: clock[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))] * 8
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: found)
    monkeypatch.setattr(deadline.socket, "socket", Silent)
    made = Transport("http://localhost:9")
    with pytest.raises(Transient) as caught:
        made.exchange("GET", "/")
    assert sum(tried) == pytest.approx(30)
    assert max(tried) == 5
    assert "in time" in caught.value.message


def test_a_kept_connection_has_a_new_deadline_each_time() -> None:
    """A connection serves one exchange after the other, each with its own time."""
    served = []

    def act(connection: socket.socket) -> None:
        while True:
            served.append(asked(connection))
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with Peer(act) as peer:
        made = Transport(f"http://127.0.0.1:{peer.port}")
        for _ in range(3):
            assert made.exchange("GET", "/", call=Call(60)).body == b"{}"
        made.close()
    assert len(served) == 3  # by the one connection that the peer talked to


def test_what_is_begun_too_late_is_not_sent() -> None:
    """Where no time is left nothing goes out: its answer would not be waited for."""
    heard: list[bytes] = []

    def act(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))

    with Peer(act) as peer:
        made = Transport(f"http://127.0.0.1:{peer.port}")
        with pytest.raises(Transient):
            made.exchange("POST", "/", form={"refresh_token": "once"}, call=Call(0))
        made.close()
    assert not any(heard)


# ── the token endpoint ──


def test_a_drip_at_the_token_endpoint_frees_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Header bytes without end are an outage: the lock is free again, and the login is kept."""
    with whoop() as simulator:
        logged_in(tmp_path, simulator, expires_in=0)

    def act(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(HEAD + b"X-Long: ")
        peer.drip(connection, b"a")

    with Peer(act) as peer:
        made = login(tmp_path, f"http://127.0.0.1:{peer.port}")
        for seconds in LONGER:
            monkeypatch.setattr(endpoint, "PATIENCE", seconds)
            with pytest.raises(UpstreamError) as caught:
                made.token()
            if peer.left.wait(2):
                break
        assert peer.left.is_set()
        assert made.lock_holder() is None
        assert made.status()["has_refresh_token"]
        assert "kept" in str(caught.value.hint)


RENEW = """
import time
from whoop_mcp import network
from whoop_mcp.login import endpoint, tokens
from whoop_mcp.settings import Settings
endpoint.PATIENCE = 1.0  # as below
given = Settings.read()
login = tokens.Login(given, network.transport(given))
print(time.monotonic(), flush=True)
print(login.token(), flush=True)
"""


@pytest.mark.slow
@posix
def test_an_answer_that_came_while_the_process_was_stopped_is_kept(tmp_path: Path) -> None:
    """Stopped in the midst of a refresh and woken long after its time, a process finds the answer
    in its socket, takes it and stores it."""
    with whoop() as simulator:
        logged_in(tmp_path, simulator, expires_in=0)
    fresh = {"access_token": "new", "refresh_token": "next", "expires_in": 3600, "scope": "offline"}
    answer = json.dumps(fresh).encode()
    came, go, there = threading.Event(), threading.Event(), threading.Event()

    def act(connection: socket.socket) -> None:
        head, _, form = asked(connection).partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        while len(form) < length:  # it is sent after the head, and not at all by who is stopped
            form += connection.recv(65536)
        came.set()
        go.wait(60)
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(answer) + answer)
        there.set()

    for _ in attempts():
        for event in (came, go, there):
            event.clear()
        with Peer(act) as peer:
            url = f"http://127.0.0.1:{peer.port}"
            environ = {"WHOOP_HOME": str(tmp_path / "home"), "WHOOP_BASE_URL": url}
            with subprocess.Popen(
                [sys.executable, "-c", RENEW],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                assert process.stdout is not None
                began = float(process.stdout.readline())
                assert came.wait(60)
                in_time = stop(process) < began + PATIENCE
                stand_still(PATIENCE + 0.1)  # its time runs out; then its answer comes
                go.set()
                assert there.wait(60)
                process.send_signal(signal.SIGCONT)
                said, errors = process.communicate(timeout=60)
        if in_time:
            break
    assert said == "new\n", errors
    stored = login(tmp_path, "http://127.0.0.1:9")
    assert stored.token() == "new"


def test_who_was_stopped_is_given_a_moment_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that took far longer than it was meant to was no silence of the other side: the
    answer that is on its way is waited for once more, and only once."""
    clock, waits = [1000.0], []
    monkeypatch.setattr(deadline.time, "monotonic", lambda: clock[0])
    here, there = socket.socketpair()
    with here, there:
        made = Deadline()
        made.begin(10, silence=15)

        def take() -> bytes:
            waits.append(here.gettimeout())
            if waits == [10]:
                clock[0] += 3600
                raise TimeoutError
            if waits[-1] and len(waits) > 2:
                clock[0] += waits[-1]
                raise TimeoutError
            if len(waits) == 2:
                there.sendall(b"late")
            return here.recv(10)

        assert made.receive(here, take, len) == b"late"
        with pytest.raises(TimeoutError):
            made.receive(here, take, len)
    assert waits == [10, 2, 2, 0]


def test_what_lies_there_when_the_time_is_over_is_read_and_no_more() -> None:
    """Over time, bytes that have come are answered at once, and their absence is a time-out."""
    here, there = socket.socketpair()
    with here, there:
        made = Deadline()
        made.begin(-1, silence=15)
        there.sendall(b"late")
        assert made.receive(here, lambda: here.recv(10), len) == b"late"
        with pytest.raises(TimeoutError):
            made.receive(here, lambda: here.recv(10), len)
        assert made.missed


# ── looking at a certificate ──


def test_a_proxy_that_drips_gives_no_advice_for_ever(
    roads: Roads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at a certificate ends as well, with the advice that can be given without it."""
    with Peer(roads.proxy_answer) as roads.peer:
        proxy = f"http://127.0.0.1:{roads.peer.port}"
        for seconds in LONGER:
            monkeypatch.setattr(tls, "_PATIENCE", seconds)
            assert "REQUESTS_CA_BUNDLE" in tls.advice("whoop.example", 443, proxy=proxy)
            if roads.peer.left.wait(2):
                break
        assert roads.peer.left.is_set()
