"""A connection that is open is used again, and says what one made for the request would say."""

from __future__ import annotations

import errno
import gzip
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.url import parse_url

from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import UpstreamError
from whoop_mcp.whoop.transport import Transport
from whoop_mcp.whoop.wire import _PLAIN, Session

from ..support.peers import HEAD, Peer, asked, certified

GOOD = HEAD + b"Content-Length: 2\r\n\r\n{}"
PACKED = gzip.compress(b'{"records": []}')
QUERY = {"limit": "25", "start": "2026-04-20T00:00:00.000Z", "nextToken": "b2Zmc2V0OjI1+/=="}

ANSWERS = {
    "plain": GOOD,
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "packed": HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
    "as long as the connection": HEAD + b"\r\n{}",
    "closes": HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.0": GOOD.replace(b"1.1", b"1.0"),
    "nothing in it": HEAD + b"Content-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD,
    "refused": b"HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno",
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 2\r\n\r\nhi",
    "more than it says": GOOD + b"{}",
    "less than it says": HEAD + b"Content-Length: 9\r\n\r\n{}",
    "chunks without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "chunks of no length": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "not packed at all": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2, 3\r\n\r\n{}",
    "both framings": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a field without a colon": HEAD + b"what\r\nContent-Length: 2\r\n\r\n{}",
    "half a head": HEAD,
    "no HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


class Server:
    """Answers the n-th request on each connection with the n-th of some answers, then hangs up;
    `heard` is what was asked, by connection."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.heard: list[list[bytes]] = []

    def __call__(self, connection: socket.socket) -> None:
        self.heard.append([])
        for answer in self.answers:
            self.heard[-1].append(asked(connection))
            connection.sendall(answer)


class Slowly(Server):
    """Answers so many bytes at a time."""

    def __init__(self, step: int, *answers: bytes) -> None:
        super().__init__(*answers)
        self.step = step

    def __call__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard.append([])
        for answer in self.answers:
            self.heard[-1].append(asked(connection))
            for at in range(0, len(answer), self.step):
                connection.sendall(answer[at : at + self.step])
                time.sleep(0.0005)  # so that they come in pieces


@pytest.fixture
def meet() -> Iterator[Callable[[Callable[[socket.socket], None]], Transport]]:
    """Makes transports to servers that behave as a function does."""
    closing: list[Any] = []

    def start(act: Callable[[socket.socket], None]) -> Transport:
        peer = Peer(act)
        peer.__enter__()
        made = Transport(f"http://127.0.0.1:{peer.port}", backoff=0.001)
        closing.extend([made.close, lambda: peer.__exit__(None, None, None)])
        return made

    yield start
    for close in closing:
        close()


def ask(transport: Transport, **more: Any) -> Any:
    """What one exchange comes to: an answer's parts, or the error's words."""
    try:
        answer = transport.exchange("GET", "/v2/cycle", query=QUERY, token="t", **more)
    except UpstreamError as problem:
        return type(problem), problem.message, problem.hint
    return answer.status, dict(answer.headers), answer.body


@pytest.mark.parametrize("name", ANSWERS)
def test_an_open_connection_answers_as_a_new_one_does(name: str, meet: Any) -> None:
    """Whatever comes on it, whole or broken, is the same answer or the same error, to a request
    that is the same to the last byte; and what is asked next has its own answer."""
    first, second = Server(ANSWERS[name]), Server(GOOD, ANSWERS[name])
    expected = ask(meet(first))
    used = meet(second)
    assert ask(used)[0] == 200
    assert ask(used) == expected
    (alone,), (before, after) = first.heard[0], second.heard[0]
    assert before == after
    assert alone.partition(b"Host:")[0] == after.partition(b"Host:")[0]
    assert used.get("/v2/cycle") == {}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_in_pieces_is_the_same(name: str, meet: Any) -> None:
    """Wherever an answer is cut on its way, amid its head or its body, it is one answer."""
    expected = ask(meet(Server(ANSWERS[name])))
    for step in (7, len(ANSWERS[name].partition(b"\r\n\r\n")[0]) + 4, 50):
        used = meet(Slowly(step, GOOD, ANSWERS[name]))
        assert ask(used)[0] == 200
        found = ask(used)
        if name != "more than it says":  # of which more or less has come with the rest
            assert found == expected, step


def test_a_long_answer_is_read_whole(meet: Any) -> None:
    """One of many times what is read at once comes whole, and the connection serves on."""
    body = b"[" + b"1," * 300_000 + b"1]"
    server = Server(GOOD, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body, GOOD)
    used = meet(server)
    assert [ask(used)[2] for _ in range(3)] == [b"{}", body, b"{}"]
    assert len(server.heard) == 1


def test_what_follows_an_answer_is_no_part_of_it(meet: Any) -> None:
    """Where more comes than an answer's head has said, and later, it is neither waited for nor read
    as the next one."""
    head = HEAD + b"Content-Length: 2\r\n\r\n"
    server = Slowly(len(head), GOOD, head + b"{}" + GOOD.replace(b"{}", b"no"))
    used = meet(server)
    assert [ask(used)[2] for _ in range(2)] == [b"{}"] * 2
    assert used.get("/v2/cycle") == {}


def test_what_follows_an_answer_is_no_part_of_the_next_over_tls(tmp_path: Path) -> None:
    """TLS takes more off the socket than is read, where nobody sees it: such a connection is not
    used again."""
    serving, trusting = certified(tmp_path)
    body = b'{"a": "' + b"a" * 40_000 + b'"}'
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answers = Server(GOOD, whole + GOOD.replace(b"{}", b"no"), GOOD.replace(b"{}", b"no"))

    def act(connection: socket.socket) -> None:
        with serving.wrap_socket(connection, server_side=True) as secured:
            answers(secured)

    with Peer(act) as peer:
        used = Transport(f"https://127.0.0.1:{peer.port}", ssl_context=lambda: trusting)
        assert [ask(used)[2] for _ in range(3)] == [b"{}", body, b"{}"]
        assert len(answers.heard) == 2
        used.close()


def test_an_endless_answer_is_cut_on_an_open_connection(meet: Any, monkeypatch: Any) -> None:
    """Also there no more is held than any page of WHOOP's can have."""
    monkeypatch.setattr("whoop_mcp.whoop.wire._LARGEST_ANSWER", 100)
    server = Server(GOOD, HEAD + b"Content-Length: 200\r\n\r\n" + b" " * 200)
    used = meet(server)
    assert ask(used)[0] == 200
    assert "in time" in ask(used)[1]


@pytest.mark.parametrize("station", ["head", "body", "chunks", "nothing"])
def test_whoever_drips_on_an_open_connection_is_given_up(station: str) -> None:
    """The call's time ends a drip, and silence ends by itself, however old the connection is."""

    def act(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(GOOD)
        asked(connection)
        if station == "head":
            connection.sendall(HEAD + b"X-Long: ")
        elif station == "body":
            connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        elif station == "chunks":
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        if station != "nothing":
            peer.drip(connection, b"1\r\n \r\n" if station == "chunks" else b" ")
        elif not connection.recv(1):
            peer.left.set()

    with Peer(act) as peer:
        transport = Transport(f"http://127.0.0.1:{peer.port}")
        for seconds in (0.2, 2.0, 10.0):  # a busy machine may not have come to the drip in less
            limit = {"read_timeout": 0.05} if station == "nothing" else {"call": Call(seconds)}
            assert ask(transport)[0] == 200
            assert "in time" in ask(transport, **limit)[1]
            if peer.left.wait(2):
                break
        assert peer.left.is_set()
        transport.close()


@pytest.mark.skipif(urllib3.__version__.startswith("1."), reason="tells no open connection")
def test_a_plain_answer_needs_no_library(meet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What almost all answers on an open connection look like is read past urllib3's objects."""
    used = meet(Server(*[GOOD] * 3, ANSWERS["packed"]))
    assert ask(used)[0] == 200
    monkeypatch.setattr(HTTPConnection, "getresponse", None)
    assert [ask(used)[2] for _ in range(2)] == [b"{}"] * 2
    with pytest.raises(TypeError):
        ask(used)


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_no_token_makes_a_header_of_its_own(token: str, meet: Any) -> None:
    """What is no header field is refused as ever, and not sent."""
    server = Server(GOOD, GOOD, GOOD)
    used = meet(server)
    assert ask(used)[0] == 200
    with suppress(ValueError, UpstreamError):
        used.exchange("GET", "/v2/cycle", token=token)
    assert ask(used)[0] == 200
    assert not [one for heard in server.heard for one in heard if b"Evil" in one or b"a\nb" in one]


@pytest.mark.parametrize(
    "url",
    [
        *("https://API.example", "https://api.example:443/a/", "https://api.example:80"),
        *("http://localhost:80", "http://[::1]", "http://[::1]:8080", "https://api.example./"),
        *("https://api.example.:8443", "https://api.example.:443", "http://127.0.0.1:1"),
    ],
)
def test_a_server_is_named_as_urllib3_names_it(url: str) -> None:
    """The field `Host` says what it would say if it were left to the library."""
    session = Session(url, "t", trust_env=False, context=None)
    conn: Any = urllib3.PoolManager().connection_from_url(session._base_url)._new_conn()
    sent: list[bytes] = []
    conn.send = sent.append
    conn.request("GET", "/")
    assert f"\r\nHost: {session._headers['Host']}\r\n".encode() in b"".join(sent)


@pytest.mark.skipif(urllib3.__version__.startswith("1."), reason="tells no open connection")
def test_an_open_connection_needs_no_pool(meet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first request almost all take the short way; a form, which is to be sent once,
    and what would have to be spelled otherwise go the long one."""
    asked_pool = []
    urlopen = HTTPConnectionPool.urlopen

    def count(pool: Any, *given: Any, **named: Any) -> Any:
        asked_pool.append(named["url"].partition("?")[0])
        return urlopen(pool, *given, **named)

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", count)
    server = Server(*[GOOD] * 6)
    transport = meet(server)
    for _ in range(3):
        ask(transport)
    transport.exchange("POST", "/token", form={"a": "b"})
    transport.exchange("GET", "/v2/a~b")
    ask(transport)
    assert asked_pool == ["/v2/cycle", "/token", "/v2/a~b"]
    assert len(server.heard) == 1 and len(server.heard[0]) == 6


def test_a_connection_that_was_hung_up_is_made_anew(meet: Any) -> None:
    """Where the server has hung up in between, the request goes out on another connection, and
    nothing is lost."""
    server = Server(GOOD)
    transport = meet(server)
    for number in range(1, 4):
        assert ask(transport)[0] == 200
        assert len(server.heard) == number
        (session,) = transport._wire._idle
        assert select.select([session._kept.sock], [], [], 10)[0]  # it has hung up by now


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE])
def test_an_answer_counts_though_its_request_was_cut_short(
    number: int, meet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may answer and hang up before it has heard all: however a system tells that, the
    answer that has come is read."""
    transport = meet(Server(GOOD, GOOD))
    assert ask(transport)[0] == 200
    (session,) = transport._wire._idle
    send = session._kept.send

    def cut_short(data: bytes) -> None:
        send(data)
        raise OSError(number, "cut short")

    monkeypatch.setattr(session._kept, "send", cut_short)
    assert ask(transport)[0] == 200


def test_who_hangs_up_behind_a_proxy_is_told_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing comes through a proxy, the error names the proxy, however old the connection
    is that leads through it."""
    serving, _ = certified(tmp_path)

    def act(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with serving.wrap_socket(connection, server_side=True) as shaken:
            for _ in range(answered):
                asked(shaken)
                shaken.sendall(GOOD)
            asked(shaken)

    for answered in (0, 2):
        with Peer(act) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("no_proxy", "")
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
            transport = Transport("https://127.0.0.1:9", trust_env=True)
            for _ in range(answered):
                assert ask(transport)[0] == 200
            assert "proxy" in ask(transport)[1]
            transport.close()


@pytest.mark.skipif(not hasattr(urllib3.HTTPResponse, "read1"), reason="reads all at once")
@pytest.mark.parametrize("before", [0, 1, 2])
def test_half_an_answer_is_never_the_next_ones(before: int, meet: Any) -> None:
    """What is still to come of an answer that was given up is not taken for the answer to the
    next request, on a connection of whatever age."""
    connections = []

    def act(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(before if len(connections) == 1 else 1):
            asked(connection)
            connection.sendall(GOOD)
        if len(connections) == 1:
            asked(connection)
            call.stop()
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
            asked(connection)  # nothing more should come
            connection.sendall(b" " * 99 + GOOD.replace(b"{}", b"no"))

    call = Call()
    transport = meet(act)
    for _ in range(before):
        assert ask(transport)[2] == b"{}"
    with pytest.raises(Stopped):
        ask(transport, call=call)
    assert ask(transport)[2] == b"{}"
    assert len(connections) == 2


@given(st.text("abzAZ019_/-"), st.dictionaries(st.text(), st.text(), max_size=4))
def test_a_plain_target_is_spelled_as_urllib3_spells_it(path: str, query: dict[str, str]) -> None:
    """What goes past urllib3's own spelling is what that would have left as it is."""
    target = f"/{path}" + (f"?{urlencode(query)}" if query else "")
    assert _PLAIN.fullmatch(target)
    assert parse_url(f"http://h{target}").request_uri == target
