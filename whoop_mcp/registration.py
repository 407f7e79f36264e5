"""How MCP clients are told of the server: the entry of each, as text, with no secret in it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NAME = "whoop"


class Entry(NamedTuple):
    """What one client wants: `where` it goes, and the `text` that goes there."""

    client: str
    where: str
    text: str


def entries(
    *arguments: str, environ: Mapping[str, str] | None = None, interpreter: str | None = None
) -> list[Entry]:
    """The entries of all known clients, for the server started with these arguments.

    `environ` is what the server needs of it, such as a WHOOP_HOME that was moved.
    """
    command = [interpreter or sys.executable, "-m", __package__ or "", *arguments]
    server = _server(command, environ or {})
    common = json.dumps({"mcpServers": {NAME: server}}, indent=2)
    code = json.dumps({"servers": {NAME: {"type": "stdio", **server}}}, indent=2)
    return [
        Entry("Claude Code", "in a shell", _claude(command, environ or {})),
        Entry("Claude Desktop", "claude_desktop_config.json (Settings, Developer)", common),
        Entry("Cursor", "~/.cursor/mcp.json", common),
        Entry("VS Code", ".vscode/mcp.json, or `MCP: Open User Configuration`", code),
    ]


def lines(entries: Sequence[Entry]) -> list[str]:
    """The entries to read, each text once."""
    shown: dict[str, list[str]] = {}
    for entry in entries:
        shown.setdefault(entry.text, []).append(f"{entry.client}: {entry.where}")
    return [
        line
        for text, places in shown.items()
        for line in (*places, *(f"  {line}" for line in text.splitlines()), "")
    ][:-1]


def _server(command: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    env = {"env": dict(environ)} if environ else {}
    return {"command": command[0], "args": list(command[1:]), **env}


def _claude(command: Sequence[str], environ: Mapping[str, str]) -> str:
    env = [part for name, value in environ.items() for part in ("--env", f"{name}={value}")]
    add = ["claude", "mcp", "add", "--scope", "user", NAME, *env, "--", *command]
    return subprocess.list2cmdline(add) if sys.platform == "win32" else shlex.join(add)
