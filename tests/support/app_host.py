"""A host of MCP Apps: a web page that shows the app, with the real server behind it as a process.

Run as a program with a home and an instant, it is that server: its clock stands at the instant, so
that a mirror made for it is fresh and nobody needs to be asked.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .chromium import Page

ROOT = Path(__file__).parents[2]
EXTENSION = "io.modelcontextprotocol/ui"
MIME = "text/html;profile=mcp-app"

HOST = """<!DOCTYPE html><meta charset=utf-8><title>host</title><link rel=icon href="data:,">
<style>body { margin: 0 } iframe { border: 0; width: 100%; height: 300px; display: block }</style>
<script>
let frame, shown, letGo;
const heard = [], calls = [];
const rpc = async (method, params) => {
  const answer = await fetch("/rpc", {method: "POST", body: JSON.stringify({method, params})});
  return answer.json();
};
const send = message => frame.contentWindow.postMessage({jsonrpc: "2.0", ...message}, "*");
const tell = (method, params) => send({method: `ui/notifications/${method}`, params});
const answer = async ({id, method, params}) => {
  if (method === "ui/initialize") return {
    protocolVersion: params.protocolVersion, hostInfo: {name: "host", version: "1"},
    hostCapabilities: shown.can, hostContext: shown.context};
  if (method === "tools/call") {
    calls.push(params);
    return rpc(method, params);
  }
  if (method === "ui/request-display-mode") {
    frame.style.height = "100vh";
    setTimeout(() => tell("host-context-changed", {displayMode: params.mode}));
    return {mode: params.mode};
  }
};
addEventListener("message", async ({source, data}) => {
  if (source !== frame?.contentWindow) return;
  heard.push(data);
  if (data.id !== undefined && data.method) {
    send({id: data.id, result: await answer(data)});
  } else if (data.method === "ui/notifications/initialized") {
    tell("tool-input", {arguments: shown.input});
    if (shown.tool || shown.result) tell("tool-result", shown.result
      ?? await rpc("tools/call", {name: shown.tool, arguments: shown.input}));
  } else if (data.method === "ui/notifications/size-changed"
      && shown.context.displayMode !== "fullscreen") {
    frame.style.height = `${data.params.height}px`;
  }
});
const open = async what => {
  shown = {can: {serverTools: {}}, context: {}, input: {}, ...what};
  frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  if (shown.context.displayMode === "fullscreen") frame.style.height = "100vh";
  const {contents: [page]} = await rpc("resources/read", {uri: "ui://whoop/dashboard"});
  frame.srcdoc = page.text;
  document.body.append(frame);
};
</script>"""


class Server:
    """The server as a process, for a client that knows MCP Apps."""

    def __init__(self, home: Path, now: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.app_host", now],
            cwd=ROOT,
            env={**os.environ, "WHOOP_HOME": str(home), "WHOOP_LOG_FILE": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lock = threading.Lock()
        self._number = 0
        hello = self.ask(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={"extensions": {EXTENSION: {"mimeTypes": [MIME]}}},
            clientInfo={"name": "host", "version": "1"},
        )
        self.capabilities: dict[str, Any] = hello["capabilities"]
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, **params: Any) -> Any:
        """The result of one request."""
        with self._lock:
            self._number += 1
            request = {"id": self._number, "method": method, "params": params}
            self._write({"jsonrpc": "2.0", **request})
            assert self._process.stdout is not None
            while True:
                line = self._process.stdout.readline()
                assert line, "the server has gone"
                message = json.loads(line)
                if message.get("id") == self._number:
                    return message["result"]

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End it as a client does."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@contextmanager
def serving(home: Path, now: str, folder: Path | None = None) -> Iterator[tuple[str, Server]]:
    """The address of the host's page, and the server behind it; files of a folder beside it."""
    server = Server(home, now)

    class Host(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=folder and str(folder))

        def do_GET(self) -> None:
            if self.path == "/" or folder is None:
                self._answer("text/html", HOST)
            else:
                super().do_GET()

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            result = server.ask(asked["method"], **asked["params"])
            self._answer("application/json", json.dumps(result))

        def _answer(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *words: Any) -> None:
            pass

    try:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as web:
            thread = threading.Thread(target=web.serve_forever, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{web.server_port}/", server
            web.shutdown()
            thread.join()
    finally:
        server.close()


class View:
    """The app as a browser shows it inside the host's page."""

    def __init__(self, browser: Page, address: str) -> None:
        self.browser = browser
        self._address = address
        self._world = 0

    def open(self, *, width: int = 760, dark: bool = False, **what: Any) -> None:
        """Show the app as the host is told, and wait until it has said its size."""
        self.browser.open(self._address, width=width, dark=dark)
        self.browser.value(f"open({json.dumps(what)})")
        self.until_heard("ui/notifications/size-changed")
        self.enter()

    def enter(self) -> None:
        """Find the innermost frame: some hosts show an app through a page in between."""
        at = self.browser.ask("Page.getFrameTree")["frameTree"]
        while within := at.get("childFrames"):
            (at,) = within
        made = self.browser.ask("Page.createIsolatedWorld", frameId=at["frame"]["id"])
        self._world = made["executionContextId"]

    def until_heard(self, method: str) -> None:
        """Wait until the app has sent a message of a method."""
        self.browser.value(waited(f"heard.some(one => one.method === {method!r})"))

    def value(self, script: str) -> Any:
        """Evaluate an expression inside the app; a promise is waited for."""
        answer = self.browser.ask(
            "Runtime.evaluate",
            contextId=self._world,
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until something is true inside the app."""
        self.value(waited(condition))

    def click(self, selector: str) -> None:
        """Press a button of the app."""
        self.value(f"document.querySelector({json.dumps(selector)}).click()")

    def text(self, selector: str) -> str:
        """The words of an element as they are shown; nothing where it is hidden."""
        found = f"document.querySelector({json.dumps(selector)})"
        return str(self.value(f"{found}?.checkVisibility() ? {found}.innerText : ''"))

    @property
    def calls(self) -> Any:
        """The tools that the app has called, with their arguments, in order."""
        return [(one["name"], one["arguments"]) for one in self.browser.value("calls")]


def waited(condition: str) -> str:
    """An expression that waits until another is true; after a minute it fails."""
    return (
        "new Promise((done, failed) => { const last = Date.now() + 60000; const look = () => {"
        f" if ({condition}) done(true); else if (Date.now() > last) failed(new Error('waited'));"
        " else setTimeout(look, 20); }; look(); })"
    )


def main(now: str) -> None:
    """Serve MCP on standard input and output with a clock that stands still."""
    from whoop_mcp.app import App
    from whoop_mcp.server import process
    from whoop_mcp.settings import Settings

    process.serve(lambda: App(Settings.read(), clock=lambda: now))


if __name__ == "__main__":
    main(sys.argv[1])
