"""What people paste."""

from __future__ import annotations

import os
import select
from concurrent.futures import Future, wait
from typing import TextIO

import pytest

from whoop_mcp import windows
from whoop_mcp.errors import AuthFailed
from whoop_mcp.login import paste
from whoop_mcp.login.attempt import Attempt, Denied

URI = "http://localhost:8000/callback"
ATTEMPT = Attempt("demo-app", URI, "the-state-of-this-login", "the-verifier")
QUERY = "code=abc-DEF_123&state=the-state-of-this-login"


@pytest.mark.parametrize(
    "text",
    [
        f"{URI}?{QUERY}",
        f"  <{URI}?{QUERY}>\n",
        f'"{URI}?{QUERY}"',
        f"whoop://somewhere?{QUERY}",
        QUERY,
        f"?{QUERY}",
        QUERY.replace("&", "&amp;"),
        "abc-DEF_123",
    ],
)
def test_an_address_a_query_or_a_code_will_do(text: str) -> None:
    """However the person copied it, the code is found."""
    assert paste.code(text, ATTEMPT) == "abc-DEF_123"


def test_a_bare_code_needs_pkce() -> None:
    """Without PKCE a bare code could be anybody's: the whole address is asked for."""
    with pytest.raises(paste.Unclear, match="whole address"):
        paste.code("abc-DEF_123", Attempt("demo-app", URI, ATTEMPT.state, None))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello there", "whole address"),
        (f"{URI}?code=abc&state=another", "another login"),
        (f"{URI}?error=access_denied&state=another", "another login"),
        (f"{URI}?state={ATTEMPT.state}", "no code"),
        (ATTEMPT.address("https://whoop.example"), "the address to open"),
        (f"{URI}/", "byte 31: sent ends, registered has 0x2f '/'"),
        ("http://localhost:8080/callback", "byte 20: sent has 0x30 '0', registered has 0x38 '8'"),
        (URI, "byte for byte"),
        (
            "https://whoop.example/oauth/oauth2/fallbacks/error?error=invalid_request"
            "&error_description=The+%27redirect_uri%27+parameter+does+not+match",
            "30 bytes",
        ),
        ("https://whoop.example/oauth/oauth2/fallbacks/error?error=invalid_client", "app id"),
        (f"{URI}?" + "&".join(f"a{n}=1" for n in range(50)), "cannot be read"),
    ],
)
def test_what_does_not_fit_is_explained(text: str, words: str) -> None:
    """Wrong addresses are told apart, a redirect URI down to the byte that differs."""
    with pytest.raises(paste.Unclear) as caught:
        paste.code(text, ATTEMPT)
    assert words in str(caught.value)


def test_a_refusal_can_be_pasted_too() -> None:
    """An address with our state and an error ends the login."""
    with pytest.raises(Denied):
        paste.code(f"{URI}?error=access_denied&state={ATTEMPT.state}", ATTEMPT)


def test_equal_texts_do_not_differ() -> None:
    """The comparison shows nothing where there is nothing, and any character it shows is plain."""
    assert paste.difference("a", "a") == ""
    assert "\\u200b" in paste.difference("a\u200bb", "ab")


def reading(text: bytes, *, alone: bool, close: bool = True) -> tuple[Future[str], list[str]]:
    """What becomes of a text on a real standard input, and what the person is told."""
    outcome: Future[str] = Future()
    said: list[str] = []
    source, sink = os.pipe()
    os.write(sink, text)
    if close:
        os.close(sink)
    with os.fdopen(source) as stdin:
        with paste.Reader(ATTEMPT, outcome, stdin, said.append, alone=alone):
            if text or alone:
                wait([outcome], 60)
        if not close:
            os.close(sink)
    return outcome, said


def test_lines_are_read_until_one_fits() -> None:
    """Unclear lines are explained and the next is read; the last needs no line end."""
    outcome, said = reading(f"\nhello there\n{URI}?{QUERY}".encode(), alone=False)
    assert outcome.result(0) == "abc-DEF_123"
    assert len(said) == 1


def test_the_end_of_input_ends_only_a_lonely_login() -> None:
    """Where nothing else can bring the code, the end of input ends the wait with words."""
    outcome, _ = reading(b"nothing useful", alone=True)
    with pytest.raises(AuthFailed, match="input ended"):
        outcome.result(0)


def test_an_open_input_does_not_hold_the_login_up() -> None:
    """Once the listener has the code, reading ends although the input stays open and silent."""
    outcome, _ = reading(b"", alone=False, close=False)
    assert not outcome.done()


def test_what_is_no_real_input_is_not_read() -> None:
    """A closed input is like one at its end."""
    source: TextIO = open(os.devnull)  # noqa: SIM115, PTH123
    source.close()
    outcome: Future[str] = Future()
    with paste.Reader(ATTEMPT, outcome, source, print, alone=True):
        wait([outcome], 60)
    assert isinstance(outcome.exception(0), AuthFailed)


@pytest.mark.posix
def test_as_on_windows_no_more_is_read_than_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a pipe can only be looked at now and then: what is unclear is told, the address is
    taken, and what is typed afterwards is left for whoever asks next."""

    def is_ready(stream: TextIO) -> bool:
        return bool(select.select([stream], [], [], 0)[0])

    monkeypatch.setattr(windows, "HERE", True)
    monkeypatch.setattr(windows, "is_console", lambda stream: False)
    monkeypatch.setattr(windows, "is_ready", is_ready)
    near, far = os.pipe()
    outcome: Future[str] = Future()
    said: list[str] = []
    with os.fdopen(near) as stdin, os.fdopen(far, "w", buffering=1) as typed:
        with paste.Reader(ATTEMPT, outcome, stdin, said.append, alone=False):
            os.write(far, f"no such thing\n{URI}?{QUERY}\n".encode())
            assert outcome.result(timeout=60) == "abc-DEF_123"
        assert len(said) == 1
        typed.write("y\n")
        assert stdin.readline() == "y\n"


@pytest.mark.posix
def test_as_on_windows_a_half_typed_line_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console gives whole lines alone: the thread that waits for one is freed at the end."""
    monkeypatch.setattr(windows, "HERE", True)
    monkeypatch.setattr(windows, "is_console", lambda stream: True)
    monkeypatch.setattr(windows, "is_ready", lambda stream: True)
    near, far = os.pipe()
    said: list[str] = []
    with os.fdopen(near) as stdin, os.fdopen(far, "w", buffering=1) as typed:
        monkeypatch.setattr(windows, "press_enter", lambda stream: typed.write("\n"))
        typed.write("half a li")
        typed.flush()
        with paste.Reader(ATTEMPT, Future(), stdin, said.append, alone=False) as reader:
            pass
        assert not reader._thread.is_alive()
    assert said == []
