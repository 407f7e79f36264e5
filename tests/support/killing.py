"""A process that does one thing after the other in children of its own, and kills them amid it.

As a program it reads lines `act seconds now`: it forks, kills the child after so many seconds (0:
it lets it end) and answers how long the child lived and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from whoop_mcp.app import App
from whoop_mcp.reads import exports
from whoop_mcp.settings import Settings
from whoop_mcp.sync import run

from .commands import REPOSITORY

KINDS = ("csv", "jsonl")


def _sync(app: App) -> None:
    run.sync(app.mirror, full=True)


def _export(app: App) -> None:
    for kind in KINDS:
        folder = str(app.settings.home.parent / kind)
        home = app.settings.home
        exports.export(app.cache, "all", kind, folder, overwrite=True, home=home)


def _renew(app: App) -> None:
    with app.login._store.locked():
        held = app.login._store.get().access_token
    app.login.token(held)


ACTS: dict[str, Callable[[App], None]] = {"sync": _sync, "export": _export, "renew": _renew}


class Victim:
    """The process that forks and kills, on one home, until the block ends."""

    def __init__(self, home: Path, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killing"],
            cwd=REPOSITORY,
            env={**os.environ, "WHOOP_HOME": str(home), "WHOOP_BASE_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Victim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, what: object, where: TracebackType | None
    ) -> None:
        self._process.communicate()

    def does(self, act: str, now: str, seconds: float = 0) -> float:
        """Let it do an act, killed after so many seconds if that is not 0; how long it took.

        An act that ends by itself has to end well.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{act} {seconds} {now}\n")
        self._process.stdin.flush()
        took, status = json.loads(self._process.stdout.readline())
        assert status == 0 or (seconds and status == -signal.SIGKILL), (act, status)
        return float(took)


def _child(act: str, now: str) -> None:
    code = 1
    try:
        ACTS[act](App(Settings.read(), clock=lambda: now))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Serve lines until there are no more."""
    for line in sys.stdin:
        act, seconds, now = line.split()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            _child(act, now)
        left, status = 0, 0
        while not left:
            left, status = os.waitpid(child, os.WNOHANG)
            if not left and float(seconds) and time.monotonic() - began > float(seconds):
                os.kill(child, signal.SIGKILL)
                left, status = os.waitpid(child, 0)
            time.sleep(0.0005)
        answer = [time.monotonic() - began, os.waitstatus_to_exitcode(status)]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
