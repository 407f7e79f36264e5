"""Logging in, by every way, as the command and as a function."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from whoop_mcp.errors import AuthFailed, UpstreamError
from whoop_mcp.login import flow
from whoop_mcp.login.attempt import SCOPES
from whoop_mcp.login.tokens import Login

from ..support.faults import FaultySimulator
from ..support.logins import browser, free_port, login, settings, whoop

APP = {"WHOOP_CLIENT_ID": "demo-app", "WHOOP_CLIENT_SECRET": "demo-secret"}
PASTED = "https://elsewhere.example/callback"


@pytest.fixture
def uri() -> str:
    """A redirect URI on a port that is free."""
    return f"http://localhost:{free_port()}/callback"


@pytest.fixture
def simulator(uri: str) -> Iterator[FaultySimulator]:
    """WHOOP, with an app that lists both redirect URIs."""
    with whoop(redirect_uris=(uri, PASTED)) as running:
        yield running


@pytest.fixture
def quiet() -> Iterator[Any]:
    """An open standard input on which nothing comes, and its other end."""
    source, sink = os.pipe()
    with os.fdopen(source) as stdin, os.fdopen(sink, "w") as far:
        yield stdin, far


def log_in(
    home: Path, simulator: FaultySimulator, uri: str, quiet: Any, **options: Any
) -> tuple[Login, str]:
    """Log in with the app in the environment; the login and what was said."""
    out = io.StringIO()
    given = settings(home, simulator.url, WHOOP_REDIRECT_URI=uri, **APP)
    options = {"stdin": quiet[0], "out": out, "open_browser": browser, "timeout": 60, **options}
    return flow.login(given, **options), out.getvalue()


# ── by browser ──


@pytest.mark.parametrize("pkce", [True, False])
def test_by_browser(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any, pkce: bool
) -> None:
    """The browser comes back to the listener; the login is stored with its app, and proven live."""
    made, said = log_in(tmp_path, simulator, uri, quiet, pkce=pkce)
    assert "Logged in: WHOOP answers." in said
    assert made.user_id == 10129
    assert set(made.status()["scopes"]) == set(SCOPES)
    assert login(tmp_path, simulator.url).app() == ("demo-app", "demo-secret")
    assert ("code_challenge" in said) is pkce
    assert made.token() not in said
    assert "demo-secret" not in said


def test_no_browser_there(tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any) -> None:
    """Where none can be opened, the address is shown and waited for all the same."""

    def fail(address: str) -> bool:
        quiet[1].write(f"{browser_end(address)}\n")
        quiet[1].flush()
        raise OSError("no display")

    made, said = log_in(tmp_path, simulator, uri, quiet, open_browser=fail)
    assert made.status()["status"] == "valid"
    assert "/oauth/oauth2/auth?" in said


def browser_end(address: str) -> str:
    """Where WHOOP sends the browser, without going there."""
    parts = urlsplit(address)
    way = HTTPConnection(parts.netloc, timeout=60)
    way.request("GET", f"{parts.path}?{parts.query}")
    where = way.getresponse().getheader("Location")
    way.close()
    assert where is not None
    return where


def test_denied_consent(tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any) -> None:
    """A no at WHOOP ends the login in words, with nothing stored."""
    simulator.deny_next = True
    with pytest.raises(AuthFailed, match="declined"):
        log_in(tmp_path, simulator, uri, quiet)
    assert not (tmp_path / "home").exists()


def test_forged_state(tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any) -> None:
    """A forged answer before the real one is refused, and the real one counts."""
    refused: list[Any] = []

    def open_browser(address: str) -> None:
        try:
            browser(f"{uri}?code=evil&state=forged")
        except HTTPError as problem:
            problem.close()
            refused.append(problem.code)
        browser(address)

    made, _ = log_in(tmp_path, simulator, uri, quiet, open_browser=open_browser)
    assert made.status()["status"] == "valid"
    assert refused == [400]


def test_nobody_comes(tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any) -> None:
    """After its time the wait ends in words."""
    with pytest.raises(AuthFailed, match=r"within 0\.1 s"):
        log_in(tmp_path, simulator, uri, quiet, no_browser=True, timeout=0.1)


# ── by paste ──


def test_by_paste(tmp_path: Path, simulator: FaultySimulator, quiet: Any) -> None:
    """A redirect URI that is not loopback goes by paste of the final address."""

    def open_browser(address: str) -> None:
        quiet[1].write(f"what?\n{browser_end(address)}\n")
        quiet[1].flush()

    made, said = log_in(tmp_path, simulator, PASTED, quiet, open_browser=open_browser)
    assert made.status()["status"] == "valid"
    assert "whole address" in said


def test_over_a_busy_port(tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any) -> None:
    """A port that is taken is told, and the final address can be pasted."""
    port = int(uri.split(":")[2].split("/")[0])

    def open_browser(address: str) -> None:
        quiet[1].write(f"{browser_end(address)}\n")
        quiet[1].flush()

    with socket.create_server(("127.0.0.1", port)):
        made, said = log_in(tmp_path, simulator, uri, quiet, open_browser=open_browser)
    assert made.status()["status"] == "valid"
    assert "cannot be opened" in said


def test_paste_beside_the_listener(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """While the listener waits, a bare code pasted (with PKCE) ends the login too."""

    def open_browser(address: str) -> None:
        code = re.search(r"code=([\w-]+)", browser_end(address))
        assert code is not None
        quiet[1].write(f"{code[1]}\n")
        quiet[1].flush()

    made, _ = log_in(tmp_path, simulator, uri, quiet, open_browser=open_browser)
    assert made.status()["status"] == "valid"


# ── refusals, explained ──


def test_a_wrong_secret_is_explained(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """What was sent is told by its length and its odd bytes, never itself; nothing is stored."""
    given = settings(
        tmp_path,
        simulator.url,
        WHOOP_REDIRECT_URI=uri,
        WHOOP_CLIENT_ID="demo-app",
        WHOOP_CLIENT_SECRET="demo\u00a0secret",
    )
    with pytest.raises(AuthFailed) as caught:
        flow.login(given, stdin=quiet[0], out=io.StringIO(), open_browser=browser, timeout=60)
    assert "byte 5 is 0xc2" in str(caught.value.hint)
    assert "secret of 12 bytes" in str(caught.value.hint)
    assert "demo\u00a0" not in str(caught.value.hint)
    assert not (tmp_path / "home").exists()


def test_a_used_code_is_explained(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """A code that WHOOP no longer takes: the redirect URI sent is shown with its length."""
    simulator.fault(400, path="token", body={"error": "invalid_grant"})
    with pytest.raises(AuthFailed) as caught:
        log_in(tmp_path, simulator, uri, quiet)
    assert f"{uri} ({len(uri)} bytes)" in str(caught.value.hint)


def test_scopes_not_ticked_are_named(tmp_path: Path, uri: str, quiet: Any) -> None:
    """What was asked and not granted is named; a login without `offline` is warned of."""
    granted = ("read:profile", "read:cycles")
    with whoop(redirect_uris=(uri,), granted=granted) as simulator:
        made, said = log_in(tmp_path, simulator, uri, quiet)
        assert made.status()["scopes"] == list(granted)
    assert "Not granted: read:body_measurement, read:recovery, read:sleep, read:workout" in said
    assert "ends within the hour" in said
    assert said.count("`offline`") == 2  # why, and which box
    assert "Logged in: WHOOP answers." in said


def test_a_login_that_ends_is_told_though_whoop_names_no_scope(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """Where the answer names no scopes and brings no refresh token, login says that it ends within
    the hour and which box to tick, and `offline` does not count as granted."""
    answer = simulator.grant(scopes=("read:profile",))
    del answer["scope"]
    simulator.fault(200, path="token", body=answer)
    made, said = log_in(tmp_path, simulator, uri, quiet)
    assert "ends within the hour" in said
    assert "the box `offline` for your app in WHOOP's developer dashboard" in said
    assert "offline" not in made.status()["scopes"]


def test_whose_it_is_may_stay_unknown(tmp_path: Path, uri: str, quiet: Any) -> None:
    """Without the profile's scope the login stands, and what cannot be seen is said."""
    with whoop(redirect_uris=(uri,), granted=("read:cycles", "offline")) as simulator:
        made, said = log_in(tmp_path, simulator, uri, quiet)
    assert "whose account it is cannot be seen" in said
    assert made.user_id is None


def test_an_outage_after_the_grant_keeps_the_login(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """Where the live proof fails for an outage, the login is kept and that is said."""
    simulator.fault("redirect", path="profile", times=None)
    made, said = log_in(tmp_path, simulator, uri, quiet)
    assert "could not be tried out" in said
    assert made.status()["status"] == "valid"


def test_a_login_that_whoop_does_not_take_is_refused(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """Where WHOOP refuses its own fresh token, the login is not called good."""
    simulator.fault(401, path="profile", body="json", times=None)
    with pytest.raises(AuthFailed):
        log_in(tmp_path, simulator, uri, quiet)


def test_an_outage_at_the_token_endpoint(
    tmp_path: Path, simulator: FaultySimulator, uri: str, quiet: Any
) -> None:
    """An outage while the code is exchanged is UPSTREAM_ERROR, and nothing is stored."""
    simulator.fault(503, path="token", body="html")
    with pytest.raises(UpstreamError):
        log_in(tmp_path, simulator, uri, quiet)
    assert not (tmp_path / "home").exists()


# ── the command ──


def command(home: Path, url: str, uri: str, *arguments: str, **environ: str) -> dict[str, Any]:
    """How to run the command in a process of its own."""
    return {
        "args": [sys.executable, "-m", "whoop_mcp.oauth", *arguments],
        "env": {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "WHOOP_HOME": str(home / "home"),
            "WHOOP_BASE_URL": url,
            "WHOOP_REDIRECT_URI": uri,
            **environ,
        },
        "cwd": Path(__file__).parents[2],
        "text": True,
    }


def shown_address(lines: Any) -> str:
    """The address to open, out of what a process prints."""
    return str(next(line for line in lines if "/oauth/oauth2/auth?" in line)).strip()


def test_the_command_with_an_address_on_its_input(
    tmp_path: Path, simulator: FaultySimulator, uri: str
) -> None:
    """Without terminal and browser: the address is printed, the final one comes on stdin, exit 0;
    what it writes and logs holds no secret, and asks nothing."""
    with subprocess.Popen(
        **command(tmp_path, simulator.url, uri, "--no-browser", **APP),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        final = browser_end(shown_address(process.stdout))
        said, errors = process.communicate(f"{final}\n", timeout=60)
    assert process.returncode == 0, errors
    assert errors == ""
    written = said + "".join(
        path.read_text() for path in (tmp_path / "home").rglob("*") if path.is_file()
    )
    for secret in ("demo-secret", login(tmp_path, simulator.url).token(), final, "@example"):
        assert secret not in written


def test_the_command_without_an_app(tmp_path: Path, simulator: FaultySimulator, uri: str) -> None:
    """Without app and terminal: exit 2, the variables are named, nothing is asked."""
    ended = subprocess.run(
        **command(tmp_path, simulator.url, uri), stdin=subprocess.DEVNULL, capture_output=True
    )
    assert ended.returncode == 2
    assert "WHOOP_CLIENT_SECRET" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "WHOOP_HOME" not in ended.stdout


def test_the_command_with_bad_settings(tmp_path: Path, uri: str) -> None:
    """A base URL that would show tokens to the network: exit 2 at once."""
    ended = subprocess.run(
        **command(tmp_path, "http://whoop.example", uri, **APP), capture_output=True
    )
    assert ended.returncode == 2
    assert "https" in ended.stderr


@pytest.mark.posix
def test_ctrl_c(tmp_path: Path, simulator: FaultySimulator, uri: str) -> None:
    """Ctrl-C ends the wait with a line, without a traceback."""
    with subprocess.Popen(
        **command(tmp_path, simulator.url, uri, "--no-browser", **APP),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        shown_address(process.stdout)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == "Stopped. Everything stored so far is safe."


@pytest.mark.slow
def test_on_a_terminal_the_app_is_asked_for(
    tmp_path: Path, simulator: FaultySimulator, uri: str
) -> None:
    """On a terminal id and secret are asked for, the secret without showing it; both are stored,
    and a second login offers them."""
    for typed in (["demo-app\n", "demo-secret\n"], ["\n", "\n"]):
        terminal, far = os.openpty()
        how = command(tmp_path, simulator.url, uri, "--no-browser")
        with subprocess.Popen(
            **how, stdin=far, stdout=far, stderr=far, start_new_session=True
        ) as process:
            os.close(far)
            shown = read_until(terminal, "App id")
            os.write(terminal, typed[0].encode())
            shown += read_until(terminal, "App secret")
            os.write(terminal, typed[1].encode())
            shown += read_until(terminal, "Ctrl-C stops.")
            browser(shown_address(shown.splitlines()))
            shown += read_until(terminal, "90 days now?")
            os.write(terminal, b"n\n")
            shown += read_until(terminal, None)
        os.close(terminal)
        assert process.returncode == 0, shown
        assert "demo-secret" not in shown
        assert login(tmp_path, simulator.url).app() == ("demo-app", "demo-secret")


def read_until(terminal: int, text: str | None) -> str:
    """What a terminal shows until a text comes, or until its end."""
    shown = ""
    while text is None or text not in shown:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the far end is gone
            break
        shown += part.decode()
    return shown


def test_oauth_is_a_leaf() -> None:
    """The package itself does not import the door, so that `-m` runs one copy of it."""
    program = "import sys, whoop_mcp; assert 'whoop_mcp.oauth' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
