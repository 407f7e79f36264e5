"""A WHOOP account on loopback and a temporary home that is logged in to it: the demo's place."""

from __future__ import annotations

import io
import shutil
import signal
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

from .. import surroundings, times
from ..app import App
from ..login import flow
from ..settings import Settings
from ..simulator import athlete
from ..simulator.account import Account
from ..simulator.server import Simulator

DAYS = 90


class Stage(NamedTuple):
    """What a demo plays with. All of it is gone when the block around it ends."""

    folder: Path
    account: Account
    whoop: Simulator
    settings: Settings

    def login(self) -> App:
        """Log in as a person would, by the browser's way through the real OAuth flow."""
        flow.login(
            self.settings,
            stdin=io.StringIO(),
            out=io.StringIO(),
            open_browser=_consent,
            after=lambda login, out: None,
        )
        return App(self.settings)

    def clear(self) -> None:
        """Remove the folder before the block ends, where the process ends in it."""
        _remove(self.folder)


@contextmanager
def stage(*, lives: bool = False) -> Iterator[Stage]:
    """Set the account and the home up. Nothing of the environment counts, and no proxy.

    `lives`: the account's clock goes with the real one.
    """
    account = athlete.make(days=DAYS)

    def live(request: object) -> None:
        account.pass_time(seconds=times.seconds(account.now(), times.now()))

    folder = surroundings.temporary_folder("whoop-mcp-demo-")
    redirect_uri = f"http://localhost:{_free_port()}/callback"
    whoop = Simulator(account, redirect_uris=(redirect_uri,), before=live if lives else None)
    try:
        with _ended_politely(), whoop:
            environ = {
                "WHOOP_HOME": str(folder / "home"),
                "WHOOP_BASE_URL": whoop.url,
                "WHOOP_CLIENT_ID": whoop.oauth.client_id,
                "WHOOP_CLIENT_SECRET": whoop.oauth.client_secret,
                "WHOOP_REDIRECT_URI": redirect_uri,
            }
            yield Stage(folder, account, whoop, Settings.read(environ))
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    for _ in range(3):  # somebody may still be writing in it
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _consent(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as page:
        page.read()


@contextmanager
def _ended_politely() -> Iterator[None]:
    """A termination unwinds the blocks around it, as Ctrl-C does, so that nothing is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)
