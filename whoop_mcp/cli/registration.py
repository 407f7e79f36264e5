"""How MCP clients are told of the server: the entry of each, with no secret in it."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..redaction import address

NAME = "whoop"


class Client(NamedTuple):
    """A program that can start the server: what it is called, and where people find its entries.

    `key` is the object of its configuration that lists servers; `typed`: an entry says `stdio`.
    """

    name: str
    title: str
    where: str
    key: str = "mcpServers"
    typed: bool = False


CLIENTS = (
    Client("claude-code", "Claude Code", "in a shell", typed=True),
    Client("claude-desktop", "Claude Desktop", "claude_desktop_config.json (Settings, Developer)"),
    Client("cursor", "Cursor", "~/.cursor/mcp.json"),
    Client("windsurf", "Windsurf", "~/.codeium/windsurf/mcp_config.json"),
    Client(
        "vscode",
        "VS Code",
        ".vscode/mcp.json, or `MCP: Open User Configuration`",
        key="servers",
        typed=True,
    ),
)

# What a server needs of the environment and a client does not hand on by itself.
_SETTINGS = (
    "WHOOP_HOME",
    "WHOOP_DB_PATH",
    "WHOOP_BASE_URL",
    "WHOOP_MAX_AGE",
    "WHOOP_MAX_RESPONSE_CHARS",
    "WHOOP_RETENTION_DAYS",
    "WHOOP_LOG_FILE",
    "WHOOP_LOG_LEVEL",
    "WHOOP_LOG_JSON",
    "NO_PROXY",
    "no_proxy",
)
_EMPTY_TOO = ("WHOOP_LOG_FILE", "https_proxy", "all_proxy")  # set to nothing, they say something
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that is set counts
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class Entry(NamedTuple):
    """What one client wants: `where` it goes, and the `text` that goes there."""

    client: str
    where: str
    text: str


def command(*arguments: str, interpreter: str | None = None) -> list[str]:
    """What starts the server: clients do not know the shell's PATH, so the path is absolute."""
    return [interpreter or sys.executable, "-m", __package__.rpartition(".")[0], *arguments]


def carried(environ: Mapping[str, str]) -> dict[str, str]:
    """What of an environment belongs into an entry: where things are and how to reach out.

    Never the app's id or secret, which the login holds, nor a proxy's password.
    """
    kept = {name: environ[name] for name in _SETTINGS if environ.get(name)}
    kept |= {name: "" for name in _EMPTY_TOO if name in environ and not environ[name].strip()}
    kept |= {name: environ[name] for name in [n for n in _BUNDLES if environ.get(n)][:1]}
    for name in _PROXIES:
        proxy = address(environ.get(name, ""))
        if proxy is not None and not proxy.has_user:
            kept[name] = environ[name]
    return kept


def server(client: Client, command: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """The entry itself, as the client's configuration holds it under the server's name."""
    return {
        **({"type": "stdio"} if client.typed else {}),
        "command": command[0],
        "args": list(command[1:]),
        **({"env": dict(environ)} if environ else {}),
    }


def entries(
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    interpreter: str | None = None,
    clients: Sequence[Client] = CLIENTS,
) -> list[Entry]:
    """The clients' entries as text, for the server started with these arguments.

    `environ` is what the server needs of it, such as a WHOOP_HOME that was moved.
    """
    start = command(*arguments, interpreter=interpreter)
    return [
        Entry(client.title, client.where, _text(client, start, environ or {})) for client in clients
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


def _text(client: Client, command: Sequence[str], environ: Mapping[str, str]) -> str:
    if client.name == "claude-code":
        env = [part for name, value in environ.items() for part in ("--env", f"{name}={value}")]
        add = ["claude", "mcp", "add", "--scope", "user", NAME, *env, "--", *command]
        if sys.platform == "win32":
            from subprocess import list2cmdline  # heavy, and every command's help comes by here

            return list2cmdline(add)
        return shlex.join(add)
    return json.dumps({client.key: {NAME: server(client, command, environ)}}, indent=2)
