"""A client that costs next to nothing: it writes a line to a server and reads one back.

What is measured is what a client waits for: the pipe, the SDK, and the tool.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .contest import Program
from .whoop import ROOT, Whoop

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    },
}


class Client:
    """Talk to one server process. `seconds` is for how long it was waited for in all."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self.name = name
        self.seconds = 0.0
        self._in, self._out, self._pid = process.stdin, process.stdout, process.pid
        self._asked = 0
        self._exchange(INITIALIZE)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ping(self) -> None:
        """Ask for nothing."""
        self._ask("ping", {})

    def tool(self, name: str, **given: Any) -> dict[str, Any]:
        """What a tool answers, which must be the same as structure and as text."""
        result = self._ask("tools/call", {"name": name, "arguments": given})
        assert not result.get("isError"), f"{self.name}, {name}: {result['content']}"
        found: dict[str, Any] = json.loads(result["content"][0]["text"])
        assert found == result["structuredContent"], f"{self.name}, {name}: two answers"
        return found

    def peak(self) -> float:
        """The most memory that the server has held, in MB."""
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        answer = self._exchange(request)
        assert "result" in answer, f"{self.name}, {method}: {answer}"
        return answer["result"]

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and await its answer; nothing is parsed while the clock runs."""
        line = json.dumps(request).encode() + b"\n"
        own = b'"id":%d' % request["id"]
        began = time.perf_counter()
        self._in.write(line)
        self._in.flush()
        said = self._out.readline()
        while said and own not in said[:200].replace(b" ", b""):  # a notification
            said = self._out.readline()
        self.seconds += time.perf_counter() - began
        assert said, f"{self.name} ended at {request['method']}"
        answer: dict[str, Any] = json.loads(said)
        assert answer["id"] == request["id"]
        return answer

    def _send(self, message: dict[str, Any]) -> None:
        self._in.write(json.dumps(message).encode() + b"\n")
        self._in.flush()


@contextmanager
def served(program: Program, home: Path, whoop: Whoop | None = None) -> Iterator[Client]:
    """A server process of a program in a home, and a client of it."""
    environ = program.environ(home)
    if whoop:
        environ["WHOOP_BASE_URL"] = whoop.url
    process = subprocess.Popen(
        program.serve,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield Client(program.name, process)
        finally:
            process.kill()
