"""Parts that tests of the login share: settings of a throw-away home, a browser, a free port."""

from __future__ import annotations

import socket
import urllib.request
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Any

from whoop_mcp import network, times
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.login.tokens import Login
from whoop_mcp.settings import Settings
from whoop_mcp.simulator import life

from .faults import FaultySimulator

SCOPES = ["read:profile", "offline"]


def free_port() -> int:
    """A port that nobody listens on, and that no system gives to who asks for any.

    Else one of the tests beside this one might be given it before it is taken here.
    """
    while True:
        port = SystemRandom().randrange(10_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def whoop(**options: Any) -> FaultySimulator:
    """A WHOOP server for an account of a few days, without limits."""
    return FaultySimulator(life.make(days=3), limit=None, day_limit=None, **options)


def settings(home: Path, url: str, **environ: str) -> Settings:
    """Settings of a home in a temporary place, against a server, with no app of its own."""
    return Settings.read({"WHOOP_HOME": str(home / "home"), "WHOOP_BASE_URL": url, **environ})


def login(home: Path, url: str, **environ: str) -> Login:
    """A login object on that home, as one process has one."""
    given = settings(home, url, **environ)
    return Login(given, network.transport(given))


def logged_in(
    home: Path, simulator: FaultySimulator, expires_in: float | None = None, **answer: Any
) -> Login:
    """A stored login, of whose usual life `expires_in` seconds are left where that is given;
    `answer` alters what WHOOP answered."""
    made = login(home, simulator.url)
    app = (simulator.oauth.client_id, simulator.oauth.client_secret)
    made.save_grant({**simulator.grant(), **answer}, app=app, scopes=SCOPES)
    if expires_in is not None:
        age(home, expires_in)
    return made


def age(home: Path, left: float) -> None:
    """Let so many seconds be left of the life of the token that is stored."""
    file = LoginFile(home / "home")
    grant = file.load()
    assert grant is not None
    file.save(replace(grant, expires_at=times.plus(times.now(), seconds=left)))


def browser(address: str) -> str:
    """Open an address as a person's browser would, following where it leads; the page's text."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=60) as page:
        return str(page.read().decode())
