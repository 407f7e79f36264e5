"""The login at a console of Windows, by Python for Windows under Wine, its console a terminal here.

WHOOP_TEST_WINDOWS names the program that runs that Python; `.ci/windows` makes it.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from whoop_mcp.simulator import life

from ..support.faults import FaultySimulator
from ..support.logins import browser, free_port

PYTHON = os.environ.get("WHOOP_TEST_WINDOWS", "")
ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.windows,
    pytest.mark.posix,
    pytest.mark.skipif(not PYTHON, reason="WHOOP_TEST_WINDOWS names no Python for Windows"),
]

_STYLE = re.compile(rb"\x1b\[[?0-9;]*[A-Za-z]")


class Console:
    """A console in which a command runs, wide enough that it breaks no line."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal

    def read_until(self, pattern: str, seconds: float = 60) -> str:
        """What is shown until the pattern has come, without its styles; all of it where the
        program ends."""
        shown, ends = b"", time.monotonic() + seconds
        while not re.search(pattern, text := _STYLE.sub(b"", shown).decode("utf-8", "replace")):
            assert time.monotonic() < ends, text
            if select.select([self._terminal], [], [], 0.2)[0]:
                try:
                    shown += os.read(self._terminal, 65536)
                except OSError:  # nobody has the other end any more
                    break
        return text

    def type(self, line: str, end: str = "\r") -> None:
        """Type a line, a second later, when the console listens."""
        time.sleep(1)
        os.write(self._terminal, (line + end).encode())


@contextmanager
def console(*arguments: str, **environ: str) -> Iterator[Console]:
    """Run `python -m whoop_mcp` in a console."""
    import fcntl
    import struct
    import termios
    import tty

    terminal, far = os.openpty()
    tty.setraw(far)
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 900, 0, 0))
    process = subprocess.Popen(
        [PYTHON, "-m", "whoop_mcp", *arguments],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**os.environ, **environ},
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(far)
    try:
        yield Console(process, terminal)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(terminal)


@contextmanager
def begun(folder: Path) -> Iterator[tuple[Console, str]]:
    """A login that has shown its address, and the address."""
    uri = f"http://localhost:{free_port()}/callback"
    with FaultySimulator(life.make(days=5), redirect_uris=(uri,)) as whoop:
        settings = {
            "WHOOP_HOME": "Z:" + str(folder / "home").replace("/", "\\"),
            "WHOOP_BASE_URL": whoop.url,
            "WHOOP_CLIENT_ID": whoop.oauth.client_id,
            "WHOOP_CLIENT_SECRET": whoop.oauth.client_secret,
            "WHOOP_REDIRECT_URI": uri,
        }
        with console("login", "--no-browser", **settings) as shown:
            text = shown.read_until("Ctrl-C stops")
            address = re.search(r"http://127\S+", text)
            assert address is not None
            yield shown, address[0]


def answered(shown: Console) -> None:
    """The question that follows a login hears its first answer, and the program ends well."""
    assert "Logged in: WHOOP answers." in shown.read_until(r"now\? \[Y/n\]")
    shown.type("y")
    assert "success" in shown.read_until("To use it in a client")
    shown.read_until("$^")  # to its end
    assert shown.process.wait(timeout=60) == 0


def final_address(address: str) -> str:
    """Where the browser ends, without going there."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(address, timeout=60)
    with caught.value:
        return str(caught.value.headers["Location"])


def test_by_browser(tmp_path: Path) -> None:
    """The thread that waits for a paste lets the console go: the next answer is not lost in it."""
    with begun(tmp_path) as (shown, address):
        browser(address)
        answered(shown)


def test_by_browser_while_somebody_types(tmp_path: Path) -> None:
    """A line that was begun and not ended does not hold the login up."""
    with begun(tmp_path) as (shown, address):
        shown.type("half an addr", end="")
        time.sleep(1)
        browser(address)
        answered(shown)


def test_by_paste(tmp_path: Path) -> None:
    """What is unclear is told, the address is taken, and standard input stays open for more."""
    with begun(tmp_path) as (shown, address):
        shown.type("no such thing")
        shown.read_until("not the whole address")
        shown.type(final_address(address))
        answered(shown)
