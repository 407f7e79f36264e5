"""The entries for MCP clients."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from whoop_mcp import registration


def test_every_client_starts_this_interpreter() -> None:
    """Each entry names the absolute interpreter and the module, and nothing of a login."""
    command = [sys.executable, "-m", "whoop_mcp"]
    code, desktop, cursor, vs_code = registration.entries()
    assert shlex.split(code.text)[-3:] == command
    assert Path(sys.executable).is_absolute()
    for entry in (desktop, cursor):
        server = json.loads(entry.text)["mcpServers"]["whoop"]
        assert [server["command"], *server["args"]] == command
        assert "env" not in server
    assert json.loads(vs_code.text)["servers"]["whoop"]["type"] == "stdio"


def test_a_moved_home_and_arguments_go_along() -> None:
    """What the server needs to find a moved home is in each entry; its name is not swallowed."""
    entries = registration.entries("demo", "--serve", environ={"WHOOP_HOME": "/some where"})
    words = shlex.split(entries[0].text)
    assert words[:6] == ["claude", "mcp", "add", "--scope", "user", "whoop"]
    assert words[6:9] == ["--env", "WHOOP_HOME=/some where", "--"]
    assert words[-2:] == ["demo", "--serve"]
    for entry in entries[1:]:
        assert '"WHOOP_HOME": "/some where"' in entry.text
        assert '"--serve"' in entry.text


def test_windows_quotes_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the shell line has double quotes around a path with spaces."""
    monkeypatch.setattr(sys, "platform", "win32")
    [code, *_] = registration.entries(interpreter=r"C:\Program Files\python.exe")
    assert r'"C:\Program Files\python.exe" -m whoop_mcp' in code.text


def test_equal_entries_are_shown_once() -> None:
    """Clients that want the same text share it; every client is named."""
    entries = registration.entries()
    text = "\n".join(registration.lines(entries))
    assert text.count("mcpServers") == 1
    assert all(f"{entry.client}: " in text for entry in entries)
