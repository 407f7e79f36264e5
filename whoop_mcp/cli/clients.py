"""List the MCP clients in one table: where the file of each is, and what its entry looks like."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .. import surroundings
from ..errors import ValidationError
from . import edit_json, edit_toml, edit_yaml, places, starts
from .places import Place
from .starts import Start

# ── the shapes of entries ──


def _plain(start: Start) -> dict[str, Any]:
    return {**_command(start), **_env("env", start)}


def _typed(start: Start) -> dict[str, Any]:
    return {"type": "stdio", **_plain(start)}


def _for_opencode(start: Start) -> dict[str, Any]:
    return {"type": "local", "command": [*start.command], **_env("environment", start)}


def _for_copilot(start: Start) -> dict[str, Any]:
    return {"type": "local", **_plain(start), "tools": ["*"]}


def _for_cline(start: Start) -> dict[str, Any]:
    return {"transport": {"type": "stdio", **_plain(start)}}


def _for_zed(start: Start) -> dict[str, Any]:
    return {"source": "custom", **_plain(start)}


def _for_goose(start: Start) -> dict[str, Any]:
    return {
        "enabled": True,
        "type": "stdio",
        "name": start.name,
        "cmd": start.command[0],
        "args": [*start.command[1:]],
        "envs": dict(start.environ),
        "timeout": 300,
    }


def _for_continue(start: Start) -> dict[str, Any]:
    return {"name": start.name, **_plain(start)}


def _command(start: Start) -> dict[str, Any]:
    return {"command": start.command[0], "args": [*start.command[1:]]}


def _env(name: str, start: Start) -> dict[str, Any]:
    return {name: dict(start.environ)} if start.environ else {}


OTHERS = ("type", "command", "args", "env", "environment", "url", "httpUrl", "serverUrl", "headers")
"""What an entry of another way to reach a server may hold, and ours does not keep."""

# ── a row ──


class Client(NamedTuple):
    """Describe a program that can start the server; all done for it follows from its row."""

    name: str  # as it is typed
    title: str
    where: str  # an entry goes, in the words of its users
    files: tuple[str, ...]  # for its servers: the first that exists, else the last; see places.path
    windows_file: str = ""  # where that is another one
    folder: str = ""  # that shows that it is here; without: the file's own
    folder_variable: str = ""  # that moves the folder of its files
    key: str = "mcpServers"  # of what in the file holds an entry for each server
    shape: Callable[[Start], dict[str, Any]] = _plain
    language: str = "json"
    head: str = ""  # of a file that does not exist yet
    own_command: tuple[str, ...] = ()  # that adds a server; in {}: what it is told
    note: str = ""  # for whoever has just got the entry
    skills: str = ""  # the folder in which it looks for skills, where it does

    def place(self, home: Path, environ: Mapping[str, str]) -> Place:
        """Find the client's file on this system, whether it exists or not.

        ValidationError where nobody can tell which file the client reads.
        """
        windows = sys.platform == "win32"
        if windows and self.name == "claude-desktop" and (inner := places.packaged(home, environ)):
            return Place(inner / "claude_desktop_config.json", inner)
        spelled = (self.windows_file,) if windows and self.windows_file else self.files
        found = [places.path(one, home, environ) for one in spelled]
        folder = places.path(self.folder, home, environ) if self.folder else found[-1].parent
        moved = environ.get(self.folder_variable, "") if self.folder_variable else ""
        if moved and Path(moved).is_absolute():
            found, folder = [Path(moved) / one.name for one in found], Path(moved)
        there = [one for one in found if surroundings.path_test(one.exists, denied=False)]
        return Place([*there, found[-1]][0], folder)

    def put(self, text: str, start: Start) -> str:
        """Put the entry into the text of the client's file. Unreadable."""
        # Programs keep what a user has set beside our command, such as which tools are allowed.
        put = _EDITORS[self.language][0]
        return put(text or self.head, self.path(start.name), self.shape(start), OTHERS)

    def take_out(self, text: str, name: str) -> str:
        """Take the entry out of the text of the client's file. Unreadable."""
        return _EDITORS[self.language][1](text, self.path(name))

    def path(self, name: str) -> tuple[str, str]:
        """Say where in its file the entry of that name is."""
        return self.key, name


_Put = Callable[[str, Sequence[str], Mapping[str, Any], Sequence[str]], str]
_TakeOut = Callable[[str, Sequence[str]], str]
_EDITORS: Mapping[str, tuple[_Put, _TakeOut]] = {
    "json": (edit_json.put, edit_json.take_out),
    "toml": (edit_toml.put, edit_toml.take_out),
    "yaml": (edit_yaml.put, edit_yaml.take_out),
}


# ── the table ──

_AGENTS = "~/.agents/skills"  # several agents' common folder
_ADD = ("mcp", "add", "{name}", "{env}", "--", "{command}")

CLIENTS = (
    Client(
        "claude-code",
        "Claude Code",
        "in a shell",
        files=("~/.claude.json",),
        folder="~/.claude",
        folder_variable="CLAUDE_CONFIG_DIR",
        shape=_typed,
        skills="~/.claude/skills",
        own_command=("claude", "mcp", "add", "--scope", "user", *_ADD[2:]),
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        "claude_desktop_config.json (Settings, Developer)",
        files=("{apps}/Claude/claude_desktop_config.json",),
    ),
    Client(
        "codex",
        "Codex",
        "in a shell",
        files=("~/.codex/config.toml",),
        folder_variable="CODEX_HOME",
        key="mcp_servers",
        language="toml",
        skills=_AGENTS,
        own_command=("codex", *_ADD),
    ),
    Client("cursor", "Cursor", "~/.cursor/mcp.json", files=("~/.cursor/mcp.json",)),
    Client(
        "vscode",
        "VS Code",
        ".vscode/mcp.json, or `MCP: Open User Configuration`",
        files=("{apps}/Code/User/mcp.json",),
        key="servers",
        shape=_typed,
    ),
    Client(
        "windsurf",
        "Windsurf",
        "~/.codeium/windsurf/mcp_config.json",
        files=("~/.codeium/windsurf/mcp_config.json",),
    ),
    Client(
        "gemini",
        "Gemini CLI",
        "in a shell",
        files=("~/.gemini/settings.json",),
        skills=_AGENTS,
        own_command=(*("gemini", "mcp", "add", "-s", "user"), "{env}", "{name}", "{command}"),
        note="Gemini CLI starts servers only in folders that it trusts: in a new one it asks, or "
        "type /permissions there. Elsewhere it lists the server as disabled.",
    ),
    Client(
        "opencode",
        "opencode",
        "in a shell",
        files=("{config}/opencode/opencode.jsonc", "{config}/opencode/opencode.json"),
        key="mcp",
        shape=_for_opencode,
        skills=_AGENTS,  # and Claude Code's
        own_command=("opencode", *_ADD),
    ),
    Client(
        "copilot",
        "GitHub Copilot CLI",
        "in a shell",
        files=("~/.copilot/mcp-config.json",),
        folder_variable="COPILOT_HOME",
        shape=_for_copilot,
        skills=_AGENTS,
        own_command=("copilot", *_ADD),
    ),
    Client(
        "qwen",
        "Qwen Code",
        "in a shell",
        files=("~/.qwen/settings.json",),
        own_command=(
            *("qwen", "mcp", "add", "-s", "user"),
            *("{env}", "{name}", "{program}", "--", "{arguments}"),
        ),
    ),
    Client(
        "cline",
        "Cline",
        "~/.cline/data/settings/cline_mcp_settings.json",
        files=("~/.cline/data/settings/cline_mcp_settings.json",),
        folder="~/.cline",
        shape=_for_cline,
    ),
    Client(
        "zed",
        "Zed",
        "settings.json (`zed: open settings`)",
        files=("{config}/zed/settings.json",),
        windows_file="{apps}/Zed/settings.json",
        key="context_servers",
        shape=_for_zed,
    ),
    Client(
        "amp",
        "Amp",
        "in a shell",
        files=("{config}/amp/settings.json",),
        key="amp.mcpServers",
        own_command=("amp", *_ADD),
    ),
    Client(
        "auggie",
        "Auggie",
        "~/.augment/settings.json",
        files=("~/.augment/settings.json",),
    ),
    Client(
        "goose",
        "Goose",
        "config.yaml (~/.config/goose)",
        files=("{config}/goose/config.yaml",),
        windows_file="{apps}/Block/goose/config/config.yaml",
        key="extensions",
        shape=_for_goose,
        language="yaml",
    ),
    Client(
        "kiro",
        "Kiro",
        "~/.kiro/settings/mcp.json",
        files=("~/.kiro/settings/mcp.json",),
        folder="~/.kiro",
    ),
    Client(
        "continue",
        "Continue",
        "~/.continue/config.yaml",
        files=("~/.continue/config.yaml",),
        shape=_for_continue,
        language="yaml",
        head="name: Local Config\nversion: 1.0.0\nschema: v1\n",
    ),
)

BY_NAME = {client.name: client for client in CLIENTS}


def named(words: str | None) -> list[Client]:
    """Read names with commas between them; all clients for None. ValidationError."""
    if words is None:
        return [*CLIENTS]
    asked = [word.strip() for word in words.split(",")]
    for word in asked:
        if word not in BY_NAME:
            raise ValidationError(
                f"--client does not know {word[:40]!r}.",
                hint=f"It takes one or several, with commas, of: {', '.join(BY_NAME)}",
            )
    return [client for client in CLIENTS if client.name in asked]


def here(clients: Sequence[Client]) -> list[Client]:
    """List those of the clients that seem to be on this computer; none where there is no home."""
    home = surroundings.home_if_any()
    found = []
    for client in clients if home else ():
        try:
            if home and client.place(home, os.environ).is_here():
                found.append(client)
        except ValidationError:
            found.append(client)  # it is here more than once
    return found


def skill_folders(home: Path, environ: Mapping[str, str]) -> list[Path]:
    """List the folders in which the agents on this computer look for skills, each once.

    Where there is no agent, it is the one of Claude Code.
    """
    found: dict[Path, None] = {}
    for client in CLIENTS:
        if client.skills and client.place(home, environ).is_here():
            folder = places.path(client.skills, home, environ)
            moved = environ.get(client.folder_variable, "") if client.folder_variable else ""
            if client.skills != _AGENTS and moved and Path(moved).is_absolute():
                folder = Path(moved) / "skills"
            found[folder] = None
    return [*found] or [home / ".claude" / "skills"]


def check_reader(client: Client, place: Place, environ: Mapping[str, str]) -> None:
    """Raise ValidationError where this Python's writes would not reach the client's file."""
    roots = [environ.get("APPDATA"), environ.get("LOCALAPPDATA")]
    redirected = any(root and place.file.is_relative_to(root) for root in roots)
    if redirected and starts.is_from_the_store(sys.executable, sys.base_prefix):
        raise ValidationError(
            f"{client.title} would not see what is written here: Python from the Microsoft Store "
            f"writes {place.file} into a copy of its own.",
            hint="Install with a Python from python.org or by `uv tool install`, or change "
            f"its file yourself: `whoop-mcp install --client {client.name}` prints the entry.",
        )
