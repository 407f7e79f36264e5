"""A request that was sent ahead is answered as one that is sent when it is asked for."""

from __future__ import annotations

import logging
import math
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from whoop_mcp.call import Call, OutOfTime, Stopped
from whoop_mcp.errors import AuthFailed, UpstreamError
from whoop_mcp.simulator import life
from whoop_mcp.whoop import transport
from whoop_mcp.whoop.api import Api
from whoop_mcp.whoop.limits import Limits
from whoop_mcp.whoop.resources import COLLECTIONS
from whoop_mcp.whoop.transport import Begun, Transport

from ..support.faults import FaultySimulator
from ..support.leaping import leaping_clock
from ..support.peers import HEAD, Peer, asked

pytestmark = pytest.mark.skipif(
    urllib3.__version__.startswith("1."), reason="tells no open connection"
)

CYCLES = "/v2/cycle"
UNTIL = "2026-10-20T15:00:00.000Z"
START = "2026-08-20T00:00:00.000Z"
SHORT = 0.05  # seconds of a silence that lasts
GOOD = HEAD + b"Content-Length: 2\r\n\r\n{}"


class World:
    """A simulated account, and a transport with an idle connection and some tokens."""

    def __init__(self, simulator: FaultySimulator, tokens: int = 1) -> None:
        self.simulator = simulator
        self.tokens = [str(simulator.grant()["access_token"]) for _ in range(tokens)]
        self.refused: list[str | None] = []
        self.came = threading.Semaphore(0)
        self.transport = Transport(simulator.url, self.token, backoff=0.001)
        simulator.clear_faults()
        self.transport.get(CYCLES)
        simulator.clear_log()
        simulator.before = lambda request: self.came.release()

    def token(self, refused: str | None) -> str:
        self.refused.append(refused)
        return self.tokens[0] if refused is None else self.tokens[-1]

    def begin(self, call: Call | None = None) -> Begun:
        begun = self.transport.begin(CYCLES, {"limit": "2"}, call=call or Call())
        assert begun
        return begun

    def get(self, begun: Begun | None, call: Call | None = None) -> Any:
        return self.transport.get(CYCLES, {"limit": "2"}, begun=begun, call=call)


@pytest.fixture(autouse=True)
def answers_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, nothing keeps a request from being begun, nor makes it old."""
    monkeypatch.setattr(transport, "_AT_ONCE", math.inf)
    monkeypatch.setattr(transport, "_FRESH", math.inf)


@pytest.fixture
def make() -> Iterator[Callable[..., World]]:
    """Makes worlds: of an account that is limited as is said, else not at all."""
    closing: list[Callable[[], Any]] = []

    def start(limit: int | None = None, tokens: int = 1) -> World:
        simulator = FaultySimulator(life.make(days=3, until=UNTIL), limit=limit, day_limit=None)
        simulator.__enter__()
        closing.append(lambda: simulator.__exit__(None, None, None))
        world = World(simulator, tokens)
        closing.append(world.transport.close)
        return world

    yield start
    for close in reversed(closing):
        close()


def left(world: World) -> int:
    """How many requests may still go, as far as is known."""
    allowance = world.transport.allowance()
    assert allowance
    return allowance[0]


def test_it_is_under_way_before_it_is_asked_for(
    make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The request reaches the server when it is begun; its answer is the same, and so is what is
    noted of it, once."""
    world = make()
    expected = world.get(None)
    assert world.came.acquire(timeout=60)
    caplog.set_level(logging.INFO)
    begun = world.begin()
    assert world.came.acquire(timeout=60)
    assert not caplog.messages
    assert world.get(begun) == expected
    assert world.simulator.count() == 2
    (line,) = caplog.messages
    assert line.startswith(f"GET {CYCLES} 200 ") and line.endswith(" attempt 1")


def test_pages_that_are_asked_for_ahead_are_the_pages(make: Any) -> None:
    """By the API, too: the same records and the same token."""
    world = make()
    api = Api(world.transport)
    for resource in COLLECTIONS:
        expected = api.page(resource, START, UNTIL, None, Call())
        begun = api.begin(resource, START, UNTIL, None, Call())
        assert begun
        assert api.page(resource, START, UNTIL, None, Call(), begun) == expected
    begun = api.begin(resource, START, UNTIL, None, Call())
    assert begun
    api.drop(begun)


@pytest.mark.parametrize("kind", [500, "drop", "lose", "truncate", "not_json"])
def test_what_fails_is_tried_again(make: Any, kind: int | str) -> None:
    """It counts as the first of four attempts, however it ends, also where the server has hung up
    before anybody asked for its answer."""
    world = make()
    for times in (1, 3):
        world.simulator.clear_log()
        world.simulator.fault(kind, times=times)
        begun = world.begin()
        assert world.came.acquire(timeout=60)
        assert world.get(begun)["records"]
        assert world.simulator.count() == times + 1
    world.simulator.fault(kind, times=4)
    begun = world.begin()
    with pytest.raises(UpstreamError):
        world.get(begun)


def test_a_refused_token_is_renewed(make: Any) -> None:
    """A 401 has the token renewed that it was begun with, and only once."""
    world = make(tokens=2)
    world.simulator.fault(401)
    world.refused.clear()
    assert world.get(world.begin())["records"]
    assert world.refused == [None, world.tokens[0]]
    world.simulator.fault(401, times=2)
    begun = world.begin()
    with pytest.raises(AuthFailed):
        world.get(begun)


def test_a_limit_is_waited_out(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 429 is waited out as WHOOP asks, and no request is begun meanwhile."""
    clock = leaping_clock(monkeypatch)
    world = make()
    world.simulator.fault(429, retry_after=30)
    assert world.get(world.begin())["records"]
    assert 30 <= clock.leapt < 60
    assert world.simulator.count() == 2


def test_nothing_is_begun_beyond_the_limit(make: Any) -> None:
    """Of the last few requests that the limit lets through none is asked ahead."""
    world = make(limit=7)  # one of which has made the connection
    assert world.get(world.begin())["records"]
    assert world.transport.begin(CYCLES, call=Call()) is None
    assert left(world) == 5
    assert world.simulator.count() == 1


def test_a_request_is_counted_once(make: Any) -> None:
    """One under way takes a place of the limit, one that could not be begun none, and one that is
    dropped gives back what is not WHOOP's to count."""
    world = make(limit=100)
    assert left(world) == 99
    begun = world.begin()
    assert world.came.acquire(timeout=60)
    assert left(world) == 98
    assert world.transport.begin(CYCLES, call=Call()) is None  # no other connection is open
    assert left(world) == 98
    assert world.get(begun)["records"]
    assert left(world) == 98
    begun = world.begin()
    assert world.came.acquire(timeout=60)
    world.transport.drop(begun)
    assert world.get(None)["records"]
    assert left(world) == 96


def test_where_answers_take_long_nothing_is_begun(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last answer took tells whether anything is gained by it; before one, nothing is."""
    world = make()
    monkeypatch.setattr(transport, "_AT_ONCE", 0.0)
    assert world.transport.begin(CYCLES, call=Call()) is None
    assert world.simulator.count() == 0


def test_an_answer_that_has_lain_for_long_is_asked_for_anew(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells a time that is past, and what WHOOP allowed then: its connection is closed."""
    world = make(limit=100)
    monkeypatch.setattr(transport, "_FRESH", 3600.0)
    begun = world.begin()
    assert world.came.acquire(timeout=60)
    steady, wall = begun.sent
    # The steady clock stands still while a computer sleeps.
    assert world.get(begun._replace(sent=(steady, wall - 7200)))["records"]
    assert world.simulator.count() == 2
    assert world.transport._limits._under_way == 0


def test_without_an_open_connection_nothing_is_begun(make: Any) -> None:
    """Before the first request, and when the server has hung up, there is none to begin on; the
    request itself makes one."""
    fresh = Transport("http://127.0.0.1:9")
    assert fresh.begin(CYCLES, call=Call()) is None
    world = make()
    (session,) = world.transport._wire._idle
    session._kept.sock.shutdown(socket.SHUT_RDWR)
    assert world.transport.begin(CYCLES, call=Call()) is None
    assert world.get(None)["records"]
    assert world.get(world.begin())["records"]


def test_whoever_may_not_ask_begins_nothing(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token, and for a call that is over, nothing is sent."""
    world = make()
    stopped = Call()
    stopped.stop()
    for call in (stopped, Call(0)):
        assert world.transport.begin(CYCLES, call=call) is None

    def refuse(refused: str | None) -> str:
        raise AuthFailed("no login")

    monkeypatch.setattr(world.transport, "_token", refuse)
    assert world.transport.begin(CYCLES, call=Call()) is None
    assert world.simulator.count() == 0


def test_what_cannot_be_sent_was_not_begun(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sending fails the connection is closed, nothing counts, and the next one works."""
    world = make(limit=100)
    (session,) = world.transport._wire._idle

    def fail(data: bytes) -> None:
        raise OSError("no")

    monkeypatch.setattr(session._kept, "send", fail)
    assert world.transport.begin(CYCLES, call=Call()) is None
    monkeypatch.undo()
    assert left(world) == 99
    assert world.get(None)["records"]
    assert left(world) == 98


def test_what_is_given_back_ends_no_refusal() -> None:
    """Where WHOOP has refused one request while another was to be begun, none goes too soon."""
    limits = Limits()
    limits.learn({"X-RateLimit-Remaining": "50", "X-RateLimit-Reset": "60"})
    assert limits.enter_at_once()
    limits.refused({"Retry-After": "60"}, 1)
    limits.give_back()
    allowed = limits.allowance()
    assert allowed and allowed[0] == 0


@pytest.mark.parametrize("end", ["drop", "stop", "out of time"])
def test_what_is_not_wanted_any_more_is_hung_up_on(end: str, monkeypatch: Any) -> None:
    """Dropped, stopped or out of time: its connection is closed, and the next has its own."""
    waiting, gone = threading.Event(), threading.Event()

    def act(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(GOOD)
        if gone.is_set():
            return
        asked(connection)
        waiting.set()
        if not connection.recv(1):
            gone.set()

    call = Call()
    with Peer(act) as peer:
        transport = Transport(f"http://127.0.0.1:{peer.port}", backoff=0.001)
        transport.get(CYCLES)
        begun = transport.begin(CYCLES, call=call)
        assert begun and waiting.wait(60)
        if end == "drop":
            transport.drop(begun)
        elif end == "stop":
            call.stop()
            with pytest.raises(Stopped):
                transport.get(CYCLES, call=call, begun=begun)
        else:
            with pytest.raises(OutOfTime):
                transport.get(CYCLES, call=Call(0), begun=begun)
        assert gone.wait(60)
        assert transport._limits._under_way == 0
        assert transport.get(CYCLES) == {}
        transport.close()


def test_its_time_begins_when_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its answer has lain there, it is read; and silence is given up as ever."""
    there = threading.Event()

    def act(connection: socket.socket) -> None:
        for _ in range(2):
            asked(connection)
            connection.sendall(GOOD)
        there.set()
        asked(connection)
        connection.recv(1)  # until the other side hangs up

    with Peer(act) as peer:
        transport = Transport(f"http://127.0.0.1:{peer.port}")
        transport.get(CYCLES)
        begun = transport.begin(CYCLES, call=Call())
        assert begun and there.wait(60)
        begun.session.deadline.begin(-1, silence=0)  # that of sending is long over
        assert transport.get(CYCLES, begun=begun) == {}
        begun = transport.begin(CYCLES, call=Call())
        assert begun
        with pytest.raises(UpstreamError, match="in time"):
            transport.exchange("GET", CYCLES, begun=begun, read_timeout=SHORT)
        transport.close()


def test_threads_do_not_take_each_others_answers(make: Any) -> None:
    """Each thread that has begun gets the answer to its own request."""
    world = make()
    both = threading.Barrier(2)

    def ask(most: int) -> None:
        query = {"limit": str(most)}
        for _ in range(20):
            both.wait(60)
            begun = world.transport.begin(CYCLES, query, call=Call())
            both.wait(60)
            answer = world.transport.get(CYCLES, query, begun=begun)
            assert len(answer["records"]) == most

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(ask, (1, 2)))
    assert world.simulator.count() == 40
