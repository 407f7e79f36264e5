"""Run processes that answer questions in SQL: kept for the next question, ended when late.

A question that outlives its time takes its process with it, and no thread of ours.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from ..call import Call
from .query_worker import Reply, Request

_PROGRAM = Path(__file__).with_name("query_worker.py")
_STARTING = 30.0  # seconds, on a machine that looks into every program that starts
_GRACE = 1.0  # seconds for a process to say itself that time is up
_AT_ONCE = 4
_IDLE = 2  # how many of them wait for the next question
_LOOK = 0.1  # seconds between two looks at whether the answer is still wanted
_HEAP, _SPACE = 256 * 2**20, 2**30
"""Bytes that SQLite, and the whole process, may take."""


class Unavailable(Exception):
    """No process could be started here. The text says why."""


class Processes:
    """Those of one cache. Creating the object starts none; they end with it.

    What was forked off neither uses nor ends those of the process that it came from.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._idle: dict[int, list[_Process]] = {}  # by the process whose they are
        self._keep = 0.0
        weakref.finalize(self, _end_all, self._idle)

    def keep(self, seconds: float) -> None:
        """From now on a process may have the file open for so long after an answer."""
        if os.name != "nt":  # where its file could not be replaced, and no pipe be waited for
            self._keep = seconds

    def close(self) -> None:
        """Let those end that wait for a question, and close the file before."""
        self._keep = 0.0
        with self._lock:
            own = self._idle.pop(os.getpid(), [])
        for process in own:
            process.leave()

    def ask(self, request: Request, call: Call) -> Reply:
        """Get the reply to a request. Raises Unavailable, and what `call` raises.

        It is `slow` when it outlives its `seconds`, `greedy` when its process broke down over it.
        """
        bounded = {
            **request,
            "keep": self._keep,
            "heap": _HEAP,
            "space": _SPACE,
            "kill_after": request["seconds"] + 2 * _GRACE,
        }
        with self._turn(call):
            process = self._take() or _Process(call)
            try:
                reply = process.ask(bounded, request["seconds"] + _GRACE, call)
            except BaseException:
                process.end()
                raise
            self._give(process, reply)
            return reply

    @contextmanager
    def _turn(self, call: Call) -> Iterator[None]:
        while not self._turns.acquire(timeout=_LOOK):
            call.still_wanted()
        try:
            yield
        finally:
            self._turns.release()

    def _take(self) -> _Process | None:
        with self._lock:
            own = self._idle.setdefault(os.getpid(), [])
            while own:
                process = own.pop()
                if process.lives():
                    return process
                process.end()
        return None

    def _give(self, process: _Process, reply: Reply) -> None:
        with self._lock:
            own = self._idle.setdefault(os.getpid(), [])
            if "slow" not in reply and "greedy" not in reply and len(own) < _IDLE:
                own.append(process)
                return
        process.end()


def _end_all(idle: dict[int, list[_Process]]) -> None:
    for process in idle.get(os.getpid(), ()):
        process.end()


class _Process:
    """Run one of them, and the thread that hears it. Raises Unavailable where it cannot begin."""

    def __init__(self, call: Call) -> None:
        if getattr(sys, "frozen", False) or not sys.executable:
            raise Unavailable("there is no Python to start")  # but the program that we are part of
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as problem:
            raise Unavailable(f"{type(problem).__name__} when starting one") from problem
        self._stdin = cast("IO[bytes]", self._child.stdin)
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        stdout = cast("IO[bytes]", self._child.stdout)
        try:
            threading.Thread(target=_hear, args=(stdout, self._said), daemon=True).start()
        except RuntimeError as problem:
            self.end()
            stdout.close()
            raise Unavailable("no thread can be started") from problem
        try:
            ready = self._hear(_STARTING, call)
        except BaseException:
            self.end()
            raise
        if not ready:
            self.end()
            raise Unavailable("it did not begin")

    def lives(self) -> bool:
        return self._child.poll() is None

    def ask(self, request: Request, seconds: float, call: Call) -> Reply:
        """Get what it answers to a request within so many seconds."""
        try:
            self._stdin.write(json.dumps(request).encode() + b"\n")
            self._stdin.flush()
        except OSError:
            return {"greedy": True}
        until = time.monotonic() + seconds
        said = self._hear(seconds, call)
        # One that nobody has ended by then, as this computer stood still, ends by itself.
        if said is None or (not said and time.monotonic() >= until):
            return {"slow": True}
        reply: Reply = json.loads(said) if said else {"greedy": True}
        return reply

    def leave(self) -> None:
        """Let it end by itself, as it does when there are no more questions."""
        with suppress(OSError):
            self._stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=_GRACE)
        self.end()

    def end(self) -> None:
        """End it, whatever it does."""
        with suppress(OSError):
            self._child.kill()
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=_STARTING)
        with suppress(OSError):
            self._stdin.close()

    def _hear(self, seconds: float, call: Call) -> bytes | None:
        """Read its next line: empty when it ended, None when the time did."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            call.still_wanted()
            with suppress(queue.Empty):
                return self._said.get(timeout=min(left, _LOOK)) or b""
        return None


def _hear(stdout: IO[bytes], said: queue.SimpleQueue[Any]) -> None:
    """Pass on each line, and that there are no more."""
    with stdout:
        for line in stdout:
            said.put(line)
    said.put(None)
