"""Start the server as a client would, and ask it who it is: the proof of an installation."""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, NamedTuple, cast

from ..errors import WhoopError
from ..redaction import redact
from .starts import Start

_PATIENCE = 30.0  # seconds; a cold disk and a virus scanner take their time
_REVISION = "2025-06-18"  # of the protocol: every client of the last year speaks it
# What clients hand on to a server by themselves; the rest of the environment they keep.
_HANDED_ON = (
    *("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "APPDATA", "HOMEDRIVE", "HOMEPATH"),
    *("LOCALAPPDATA", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE"),
)


class NoHandshake(WhoopError):
    """Signal that the server did not answer as it should, so that no client is told of it."""

    code = "EXPORT_ERROR"

    def __init__(self, what: str, said: str) -> None:
        last = redact(said.strip().rpartition("\n")[2])[:300]
        super().__init__(
            f"Started as a client would start it, the server {what}."
            + (f" Its last words: {last}" if last else ""),
            hint="Install the program again into this environment, or run `whoop-mcp status`.",
        )


class Handshake(NamedTuple):
    """Hold what a server said of itself."""

    server: str
    version: str
    protocol: str
    tools: int
    login: str  # its status
    seconds: float  # until it had answered


def shake(start: Start, around: Mapping[str, str]) -> Handshake:
    """Start the server, ask who it is, what it can do and whether it is logged in, and end it.

    `around` is the environment of the client. NoHandshake when the server does not answer.
    """
    env = {name: around[name] for name in _HANDED_ON if name in around}
    began = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            start.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**env, **start.environ},
            cwd=tempfile.gettempdir(),  # anywhere but here: nothing may be found by chance
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as problem:
        raise NoHandshake("could not be started", problem.strerror or "") from None
    with process:
        talk = _Conversation(process)
        try:
            who = talk.ask(
                "initialize",
                protocolVersion=_REVISION,
                capabilities={},
                clientInfo={"name": "whoop-mcp install", "version": "1"},
            )
            seconds = time.monotonic() - began
            talk.say("notifications/initialized")
            tools = talk.ask("tools/list")["tools"]
            login = talk.ask("tools/call", name="get_whoop_auth_status", arguments={})
            return Handshake(
                server=who["serverInfo"]["name"],
                version=who["serverInfo"]["version"],
                protocol=who["protocolVersion"],
                tools=len(tools),
                login=json.loads(login["content"][0]["text"]).get("status", "unknown"),
                seconds=round(seconds, 2),
            )
        except _Silent as problem:
            raise NoHandshake(str(problem), talk.end()) from None
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise NoHandshake("answered something other than MCP", talk.end()) from None
        finally:
            talk.end()


class _Silent(Exception):
    """Say why there is no answer."""


class _Conversation:
    """Hold a conversation with a server: messages to it, and its answers as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._asked = 0
        self._ends = time.monotonic() + _PATIENCE
        self._threads = [
            threading.Thread(target=self._read_answers, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its result."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            try:
                line = self._answers.get(timeout=max(0.0, self._ends - time.monotonic()))
            except queue.Empty:
                raise _Silent("did not answer in time") from None
            if line is None:
                raise _Silent("ended before it answered")
            answer = json.loads(line)
            if answer.get("id") == self._asked:
                return answer["result"]

    def say(self, method: str) -> None:
        """Send a notification."""
        self._send({"method": method})

    def end(self) -> str:
        """Hang up, see that the server ends, and answer what it wrote to standard error."""
        with suppress(OSError):  # it may have gone already
            self._to.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for thread in self._threads:
            thread.join(timeout=5)
        return "".join(self._errors)

    @property
    def _to(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._to.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            self._to.flush()
        except OSError:
            raise _Silent("ended before it answered") from None

    def _read_answers(self, stream: IO[str]) -> None:
        for line in stream:
            self._answers.put(line)
        self._answers.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        self._errors.extend(stream)
