"""Requests over real loopback HTTP, and what becomes of every way in which they fail."""

from __future__ import annotations

import gzip
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import responses

from whoop_mcp import times
from whoop_mcp.call import Call, OutOfTime, Stopped
from whoop_mcp.errors import (
    AuthFailed,
    NotFound,
    RateLimited,
    UpstreamError,
    ValidationError,
    WhoopError,
)
from whoop_mcp.simulator import life
from whoop_mcp.simulator.http_server import Request
from whoop_mcp.whoop.transport import BASE_URL, Transport, checked

from ..support.faults import FaultySimulator
from ..support.leaping import leaping_clock

CYCLES = "/v2/cycle"
UNTIL = "2026-10-20T15:00:00.000Z"


class World:
    """A simulated account, and a transport whose login works."""

    def __init__(self, simulator: FaultySimulator) -> None:
        self.simulator = simulator
        self.requests: list[Request] = []
        self.refused: list[str | None] = []  # what `token` was asked with
        self.tokens = [simulator.grant()["access_token"]]
        self.transport = Transport(
            simulator.url, self.token, user_agent="whoop-mcp/test", backoff=0.001
        )

    def token(self, refused: str | None) -> str:
        self.refused.append(refused)
        return str(self.tokens[0] if refused is None else self.tokens[-1])

    def get(self, path: str = CYCLES, **given: Any) -> Any:
        return self.transport.get(path, **given)


@pytest.fixture(scope="module")
def simulator() -> Iterator[FaultySimulator]:
    """One account for all tests here; nothing of it is changed but its faults."""
    with FaultySimulator(life.make(days=3, until=UNTIL), limit=None, day_limit=None) as running:
        yield running


@pytest.fixture
def world(simulator: FaultySimulator) -> Iterator[World]:
    """The account with no fault and an empty log."""
    simulator.clear_faults()
    simulator.clear_log()
    made = World(simulator)
    simulator.before = made.requests.append
    yield made
    simulator.before = None
    made.transport.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], str]]:
    """Starts servers that answer each connection with the same bytes and hang up."""
    servers: list[socketserver.TCPServer] = []

    def start(reply: bytes) -> str:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(65536)
                self.request.sendall(reply)

        server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def fails(kind: type[WhoopError], act: Callable[[], Any]) -> WhoopError:
    """The error, which is of exactly this code."""
    with pytest.raises(WhoopError) as caught:
        act()
    assert caught.value.code == kind.code
    return caught.value


# ── what is sent ──


def test_a_request_as_whoop_sees_it(world: World) -> None:
    """A request has our own name, the token, the query, and asks for JSON."""
    assert world.get(query={"limit": "2"})["records"]
    request = world.requests[-1]
    assert request.path == "/developer/v2/cycle"
    assert request.query == {"limit": "2"}
    assert request.headers["User-Agent"] == "whoop-mcp/test"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == f"Bearer {world.tokens[0]}"


def test_nothing_of_a_request_is_left_in_the_next_one(world: World) -> None:
    """Each has its own query, form and token, and those that it is given alone."""
    exchange, data = world.transport.exchange, "/developer" + CYCLES
    exchange("POST", "/oauth/oauth2/token", form={"grant_type": "x", "scope": "a b&c"})
    exchange("GET", data, query={"start": "a:b+c"}, token="t")
    exchange("GET", data)
    posted, asked, bare = world.requests
    assert posted.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert posted.form == {"grant_type": "x", "scope": "a b&c"} and posted.query == {}
    assert asked.query == {"start": "a:b+c"} and asked.headers["Authorization"] == "Bearer t"
    assert asked.headers["Content-Type"] is None
    assert bare.query == {} and bare.headers["Authorization"] is None


def test_no_cookie_is_kept() -> None:
    """What a server sets is not sent back to it."""
    came: list[bytes] = []

    class Baker(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for _ in range(2):
                while (line := self.rfile.readline()) != b"\r\n":
                    came.append(line.lower())
                self.wfile.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\n")
                self.wfile.write(b"Content-Length: 2\r\n\r\n{}")

    with socketserver.TCPServer(("127.0.0.1", 0), Baker) as server:
        threading.Thread(target=server.handle_request).start()
        transport = Transport(f"http://127.0.0.1:{server.server_address[1]}")
        for _ in range(2):
            assert transport.exchange("GET", CYCLES).headers["set-cookie"] == "a=b; Path=/"
        transport.close()
    assert sum(line.startswith(b"get ") for line in came) == 2
    assert not any(line.startswith(b"cookie") for line in came)


@pytest.mark.parametrize("trust_env", [False, True])
def test_a_netrc_never_replaces_the_token(
    world: World, trust_env: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.netrc` for the host is passed over, whether or not the environment is trusted."""
    netrc = Path.home() / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    transport = Transport(world.simulator.url, world.token, trust_env=trust_env)
    assert transport.get(CYCLES)["records"]
    assert world.requests[-1].headers["Authorization"] == f"Bearer {world.tokens[0]}"
    bare = Transport(world.simulator.url, trust_env=trust_env)
    assert bare.exchange("GET", "/developer" + CYCLES).status == 401
    assert world.requests[-1].headers["Authorization"] is None
    transport.close()
    bare.close()


def test_proxies_only_where_the_environment_is_trusted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy setting is used where it is asked for, and nowhere else."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
    monkeypatch.setenv("no_proxy", "")
    assert world.get()["records"]
    trusting = Transport(world.simulator.url, world.token, trust_env=True, backoff=0.001)
    error = fails(UpstreamError, lambda: trusting.get(CYCLES))
    assert "proxy" in error.message
    trusting.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.prod.whoop.com",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "https://someone:secret@api.prod.whoop.com",
        "https://:secret@api.prod.whoop.com",
        "https://api.prod.whoop.com?x=1",
        "https://api.prod.whoop.com#x",
        "https://",
        "https://api.prod.whoop.com:port",
        "https://[::1",
        "ftp://localhost",
        "file:///etc/passwd",
        "localhost:8000",
        "",
    ],
)
def test_base_urls_that_are_refused(url: str) -> None:
    """Anything but https, loopback apart, is refused before a byte is sent, and not repeated."""
    error = fails(ValidationError, lambda: Transport(url))
    assert "secret" not in str(error.envelope())
    assert "WHOOP_BASE_URL" in str(error.hint)


@pytest.mark.parametrize(
    "url", [BASE_URL, "https://proxy.example/whoop/", "http://localhost:1", "http://[::1]:1"]
)
def test_base_urls_that_are_taken(url: str) -> None:
    """https anywhere and plain loopback are fine; a slash at the end is not kept."""
    assert checked(url) == url.rstrip("/")


# ── what comes back ──


def test_what_passes_is_tried_again(world: World) -> None:
    """Broken answers of each kind, three in a row, are tried again until one is whole."""
    for kind in (500, 503, "drop", "truncate", "not_json"):
        world.simulator.clear_log()
        world.simulator.fault(kind, times=3)
        assert world.get()["records"], kind
        assert world.simulator.count() == 4, kind


@pytest.mark.parametrize("kind", [500, 502, "drop", "truncate", "not_json"])
def test_what_stays_is_given_up(world: World, kind: int | str) -> None:
    """After four attempts it is an UPSTREAM_ERROR that names the path without its ids."""
    world.simulator.fault(kind, times=None)
    error = fails(UpstreamError, lambda: world.get(f"{CYCLES}/93845", template="/v2/cycle/{id}"))
    assert world.simulator.count() == 4
    assert error.endpoint == "/v2/cycle/{id}"
    assert error.hint
    assert "93845" not in str(error.envelope())


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (400, {}, UpstreamError),
        (403, {"body": "json"}, AuthFailed),
        (403, {"body": "empty"}, AuthFailed),
        (403, {"body": "html"}, UpstreamError),
        (403, {"body": "error code: 1010"}, UpstreamError),
        (404, {"body": "json"}, NotFound),
        (404, {"body": "html"}, UpstreamError),
        (401, {"body": "html"}, UpstreamError),
        ("redirect", {}, UpstreamError),
        ("redirect", {"to": "https://evil.example/"}, UpstreamError),
    ],
)
def test_what_is_not_tried_again(
    world: World, kind: int | str, options: dict[str, Any], expected: type[WhoopError]
) -> None:
    """A refusal is final: one request, no redirect followed, the error of its meaning."""
    world.simulator.fault(kind, times=None, **options)
    fails(expected, lambda: world.get(scope="read:cycles"))
    assert world.simulator.count() == 1


@pytest.mark.parametrize("location", [b"http://[bad", b"", b"http://h:999999/", b"\xff\xfe"])
def test_a_redirect_to_nowhere(raw_server: Callable[[bytes], str], location: bytes) -> None:
    """A redirect's target is not even read: a broken one is a redirect like any other."""
    url = raw_server(
        b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 2\r\n\r\nhi"
    )
    transport = Transport(url)
    error = fails(UpstreamError, lambda: transport.get(CYCLES))
    assert "302" in error.message
    transport.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"[" * 20000,
        b"not HTTP at all\r\n\r\n",
        b"",
    ],
)
def test_answers_that_break_off(raw_server: Callable[[bytes], str], answer: bytes) -> None:
    """However an answer is broken, it is an UPSTREAM_ERROR and never half an answer."""
    transport = Transport(raw_server(answer), backoff=0.001)
    fails(UpstreamError, lambda: transport.get(CYCLES))
    transport.close()


def test_a_packed_answer_is_unpacked(raw_server: Callable[[bytes], str]) -> None:
    """A gzip body is read as what it holds."""
    body = gzip.compress(b'{"records": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    transport = Transport(raw_server(head.encode() + body))
    assert transport.get(CYCLES) == {"records": []}
    transport.close()


def test_an_endless_answer_is_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer larger than any page of WHOOP's is given up, not held."""
    monkeypatch.setattr("whoop_mcp.whoop.wire._LARGEST_ANSWER", 100)
    error = fails(UpstreamError, world.get)
    assert "in time" in error.message


def test_nobody_there() -> None:
    """A server that is not there is an UPSTREAM_ERROR after the attempts are used up."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    error = fails(UpstreamError, lambda: Transport(url, backoff=0.001).get(CYCLES))
    assert "reached" in error.message


def test_tls_that_cannot_be_trusted_gives_advice(world: World) -> None:
    """A failed handshake is not tried again; the advice is asked with host and port."""
    asked: list[tuple[str, int]] = []

    def advice(host: str, port: int) -> str:
        asked.append((host, port))
        return "ask the administrator"

    url = world.simulator.url.replace("http:", "https:")
    transport = Transport(url, tls_advice=advice)
    error = fails(UpstreamError, lambda: transport.get(CYCLES))
    assert error.hint == "ask the administrator"
    assert asked == [("127.0.0.1", world.simulator.server.server_port)]
    transport.close()


# ── time ──


@pytest.mark.slow
def test_a_slow_drip_ends_with_the_calls_time(world: World) -> None:
    """An answer that comes byte by byte is given up when the call's time is over."""
    world.simulator.fault("slow", seconds=6, times=None)
    with pytest.raises(OutOfTime):
        world.get(call=Call(0.5))


def test_silence_ends_with_the_calls_time(world: World) -> None:
    """A server that says nothing holds nobody longer than the call may take."""
    heard, release, spoke = (threading.Event() for _ in range(3))

    def keep_silent(request: object) -> None:
        heard.set()
        release.wait(60)
        spoke.set()

    world.simulator.before = keep_silent
    for seconds in (0.3, 3.0, 10.0):  # a busy machine may not have asked in less
        fails(UpstreamError, lambda seconds=seconds: world.get(call=Call(seconds)))
        assert not spoke.is_set()
        if heard.wait(2):
            break
    assert heard.is_set()
    release.set()
    while not world.simulator.count():
        time.sleep(0.001)  # else the next test would find this request in the log


def test_attempts_end_with_the_calls_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait between attempts is not longer than the call may take."""
    clock = leaping_clock(monkeypatch)
    world.simulator.fault(503, times=None)
    patient = Transport(world.simulator.url, world.token, backoff=3600)
    with pytest.raises(OutOfTime):
        patient.get(CYCLES, call=Call(60))
    assert 0 < clock.leapt <= 60
    assert world.simulator.count() == 1
    patient.close()


def test_a_stopped_call_sends_nothing(world: World) -> None:
    """What is no longer wanted is not asked for."""
    call = Call()
    call.stop()
    with pytest.raises(Stopped):
        world.get(call=call)
    assert world.simulator.count() == 0


# ── the limit ──


@pytest.mark.parametrize(
    "options",
    [{"retry_after": 0}, {"retry_after": formatdate(0, usegmt=True)}, {"reset": 0}],
    ids=["seconds", "date", "reset header"],
)
def test_a_short_refusal_is_waited_out(
    world: World, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a 429 it waits as long as WHOOP says, in whichever way it says so, and asks again."""
    clock = leaping_clock(monkeypatch)
    world.simulator.fault(429, **options)
    assert world.get(call=Call(60))["records"]
    assert 0.25 <= clock.leapt < 1
    assert [line.status for line in world.simulator.log] == [429, 200]


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        ({"retry_after": 3600}, [3600]),
        (
            {"retry_after": formatdate(times.moment(UNTIL).timestamp() + 80_000, usegmt=True)},
            [None],
        ),
        ({"reset": 3600}, [3600]),
        ({}, [2, 4, 8, 16, 32]),
    ],
    ids=["seconds", "date", "reset header", "nothing"],
)
def test_a_long_refusal_is_said_at_once(
    world: World,
    options: dict[str, Any],
    waits: list[int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wait that the call has no time for is RATE_LIMITED with the seconds, and not begun: none of
    an hour, and of those that double where WHOOP says nothing the one that is too long."""
    clock = leaping_clock(monkeypatch)
    world.simulator.fault(429, times=None, **options)
    error = fails(RateLimited, lambda: world.get(call=Call(60)))
    assert waits[-1] in (None, error.retry_after_seconds)
    assert clock.leapt == pytest.approx(sum(wait or 0 for wait in waits[:-1]), abs=2)
    assert world.simulator.count() == len(waits)
    fails(RateLimited, lambda: world.get(call=Call(1)))
    assert world.simulator.count() == len(waits)


def test_the_days_limit_is_said_at_once() -> None:
    """With the day's requests used up, RATE_LIMITED says how many hours remain; none is sent."""
    account = life.make(days=1, until=UNTIL)
    with FaultySimulator(account, day_limit=1) as simulator:
        made = World(simulator)
        assert made.get()["records"]
        error = fails(RateLimited, lambda: made.get(call=Call(50)))
        assert (error.retry_after_seconds or 0) > 80_000
        assert simulator.count(CYCLES) == 1
        made.transport.close()


# ── the login ──


def test_a_refused_token_is_renewed_once(world: World) -> None:
    """A 401 asks for a token that is not the refused one, and the request goes once more."""
    world.tokens = ["stale", *world.tokens]
    assert world.get()["records"]
    assert world.refused == [None, "stale"]
    assert [line.status for line in world.simulator.log] == [401, 200]


def test_a_token_that_stays_refused(world: World) -> None:
    """After one renewal a 401 is AUTH_FAILED, and shows no token."""
    world.tokens = ["stale-73311", "fresh-73311"]
    error = fails(AuthFailed, world.get)
    assert world.simulator.count() == 2
    assert "73311" not in str(error.envelope())
    assert "whoop-mcp login" in str(error.hint)


def test_without_a_login_there_is_nothing_to_renew(world: World) -> None:
    """A transport without tokens takes a 401 for what it is."""
    bare = Transport(world.simulator.url)
    fails(AuthFailed, lambda: bare.get(CYCLES))
    assert world.simulator.count() == 1
    bare.close()


def test_a_failing_login_goes_out_as_it_is(world: World) -> None:
    """When there is no token to be had, nothing is sent."""

    def none(refused: str | None) -> str:
        raise AuthFailed("No login.")

    fails(AuthFailed, lambda: Transport(world.simulator.url, none).get(CYCLES))
    assert world.simulator.count() == 0


# ── beside ──


def test_the_log_has_no_ids_and_no_tokens(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Each request is logged by its template, status, time and attempt, and by nothing else."""
    caplog.set_level(logging.INFO, "whoop_mcp")
    fails(NotFound, lambda: world.get(f"{CYCLES}/93845", template="/v2/cycle/{id}"))
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("whoop_mcp")]
    assert len(ours) == 1
    assert ours[0].startswith("GET /v2/cycle/{id} 404 ")
    assert ours[0].endswith(" attempt 1")


def test_whoops_clock_is_noticed(world: World) -> None:
    """The difference between WHOOP's clock and ours is known after an answer, not before."""
    assert world.transport.clock_skew is None
    theirs = times.moment(world.simulator.account.now()).timestamp() - time.time()
    world.simulator.clock_skew = 300.0
    world.get()
    world.simulator.clock_skew = 0.0
    assert 290 < (world.transport.clock_skew or 0) - theirs < 310


def test_threads_share_a_transport(world: World) -> None:
    """Twenty threads at once get an answer each, and connections are used again."""
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(world.get()["records"])) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert all(answer == answers[0] for answer in answers)


@responses.activate
def test_the_default_server_is_whoops() -> None:
    """Without a setting, data is asked of WHOOP's own server, below /developer."""
    responses.get("https://api.prod.whoop.com/developer/v2/cycle", json={"records": []})
    assert Transport().get(CYCLES) == {"records": []}


def test_a_form_is_sent_as_it_is(world: World) -> None:
    """An exchange sends exactly one request and answers whatever came, errors too."""
    answer = world.transport.exchange("POST", "/oauth/oauth2/token", form={"grant_type": "no way"})
    assert answer.status == 401
    assert world.requests[-1].form == {"grant_type": "no way"}
    assert world.requests[-1].headers["Authorization"] is None
