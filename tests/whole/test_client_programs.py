"""The real programs from npm: each lists the server as its own after `install` has written it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..support.commands import REPOSITORY, run

BIN = REPOSITORY / ".venv-node" / "node_modules" / ".bin"
"""Where AGENTS.md has Node and the programs put."""

pytestmark = pytest.mark.clients

FOLDERS = {
    "claude-code": ".claude",
    "codex": ".codex",
    "gemini": ".gemini",
    "opencode": ".config/opencode",
    "copilot": ".copilot",
    "qwen": ".qwen",
}


def around(home: Path) -> dict[str, str]:
    """An environment of a home, in which nothing else of this computer's is seen."""
    (home / "tmp").mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "TERM": "dumb",
        "NO_COLOR": "1",
        "DISABLE_AUTOUPDATER": "1",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        **{name: value for name, value in os.environ.items() if "proxy" in name.casefold()},
        **{n: os.environ[n] for n in ("NODE_EXTRA_CA_CERTS",) if n in os.environ},
    }


def said(home: Path, *words: str, text: str = "") -> str:
    """What a program prints, in that home."""
    assert (BIN / words[0]).exists(), "AGENTS.md says how to install the programs"
    done = subprocess.run(
        [BIN / words[0], *words[1:]],
        cwd=home,
        env=around(home),
        input=text,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    return done.stdout + done.stderr


def listed_by_codex(home: Path) -> str:
    """What Codex's app server knows of its servers; its list on the terminal starts none."""
    server = subprocess.Popen(
        [BIN / "codex", "app-server"],
        cwd=home,
        env=around(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin
    assert server.stdout

    def ask(number: int, method: str, **params: Any) -> Any:
        assert server.stdin
        assert server.stdout
        message = {"id": number, "method": method, "params": params}
        server.stdin.write(json.dumps(message) + "\n")
        server.stdin.flush()
        for line in server.stdout:
            answer = json.loads(line)
            if answer.get("id") == number:
                return answer["result"]
        raise AssertionError("Codex has gone")

    try:
        ask(1, "initialize", clientInfo={"name": "test", "version": "1"})
        [status] = ask(2, "mcpServerStatus/list")["data"]
    finally:
        server.terminate()
        server.communicate(timeout=60)
    assert status["name"] == "whoop"
    assert status["serverInfo"]["name"] == "whoop"
    return "connected"


def in_terminal(*words: str) -> Callable[[Path], str]:
    """A list that a program prints."""
    return lambda home: said(home, *words)


LISTS: dict[str, tuple[Callable[[Path], str], str]] = {
    "claude-code": (in_terminal("claude", "mcp", "list"), "✔ Connected"),
    "codex": (listed_by_codex, "connected"),
    "gemini": (in_terminal("gemini", "mcp", "list"), "- Connected"),
    "opencode": (in_terminal("opencode", "mcp", "list"), "connected"),
    "copilot": (in_terminal("copilot", "mcp", "list"), "whoop (local)"),
    "qwen": (in_terminal("qwen", "mcp", "list"), "- Connected"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_client_connects_to_what_install_wrote(name: str, tmp_path: Path) -> None:
    """After `install --write` the program itself shows the server, started and answering (Copilot
    starts none for its list); after `install --remove` it does not."""
    home = tmp_path / "person"
    (home / FOLDERS[name]).mkdir(parents=True)
    if name == "gemini":  # as its note says
        trusted = home / ".gemini" / "trustedFolders.json"
        trusted.write_text(json.dumps({str(home): "TRUST_FOLDER"}))
    env = {**around(home), "PYTHONPATH": str(REPOSITORY)}
    done = run("install", "--write", "--client", name, env=env)
    assert done.returncode == 0, done.stderr
    listing, connected = LISTS[name]
    shown = listing(home)
    assert "whoop" in shown or name == "codex"
    assert connected in shown, shown
    assert run("install", "--remove", "--client", name, env=env).returncode == 0
    if name != "codex":
        assert sys.executable not in listing(home)


@pytest.mark.parametrize("name", LISTS)
def test_a_clients_own_command_is_as_good(name: str, tmp_path: Path) -> None:
    """The line that `install` prints is taken by the program, and `install --write` finds in the
    file that it made what it would have written, but for Codex's spelling of variables."""
    home = tmp_path / "person"
    (home / FOLDERS[name]).mkdir(parents=True)
    env = {**around(home), "PYTHONPATH": str(REPOSITORY), "WHOOP_HOME": str(home / "my data")}
    [entry] = json.loads(run("install", "--json", "--client", name, env=env).stdout)["entries"]
    shell = subprocess.run(
        ["bash", "-c", entry["text"]],
        cwd=home,
        env=around(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert shell.returncode == 0, shell.stdout + shell.stderr
    told = json.loads(run("install", "--write", "--json", "--client", name, env=env).stdout)
    [written] = told["written"]
    assert written["state"] == ("replaced" if name == "codex" else "unchanged")
