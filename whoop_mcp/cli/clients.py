"""Where each MCP client keeps its servers on this system, and how one is put there.

These files are other programs' property: everything else in them stays as it is, and the file as
it was is kept beside the new one.
"""

from __future__ import annotations

import errno
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .. import files
from ..errors import ExportError, ValidationError
from ..redaction import address

# ── the entry that each client is given ──

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


class Place(NamedTuple):
    """A client's file, and the folder without which the client is not on this computer."""

    file: Path
    folder: Path


class Written(NamedTuple):
    """What became of a client's file; `backup` is the file as it was before, if there was one."""

    state: Literal["added", "replaced", "unchanged"]
    backup: Path | None


def place(client: Client, home: Path, environ: Mapping[str, str]) -> Place:
    """The file of a client, whether it exists or not."""
    apps = _apps(home, environ)
    places = {
        "claude-code": Place(home / ".claude.json", home / ".claude"),
        "claude-desktop": _in(apps / "Claude", "claude_desktop_config.json"),
        "cursor": _in(home / ".cursor", "mcp.json"),
        "windsurf": _in(home / ".codeium" / "windsurf", "mcp_config.json"),
        "vscode": _in(apps / "Code" / "User", "mcp.json"),
    }
    return places[client.name]


def is_here(place: Place) -> bool:
    """Whether the client seems to be on this computer."""
    try:
        return place.folder.is_dir() or place.file.exists()
    except OSError:
        return False  # a client that its own user may not look at does not start here


def planned(client: Client, file: Path, server: Mapping[str, Any]) -> Callable[[], Written]:
    """Check that the entry can be put into the file; what is returned does it.

    ValidationError when the file is not what the client would read, and it stays as it is.
    """
    target, before = _content(file)
    whole = _parsed(before, client, file)
    servers = whole.setdefault(client.key, {})
    if not isinstance(servers, dict):
        raise _strange(client, file)
    found = servers.get(NAME)
    servers[NAME] = dict(server)
    try:
        data = (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:  # half a character, which JSON can name and no file can hold
        raise _strange(client, file) from None

    def write() -> Written:
        if found == server:
            return Written("unchanged", None)
        try:
            if _content(file) != (target, before):
                raise ExportError(
                    f"{client.title} has just changed {file}; it was left as it is.",
                    hint="Close it, then run this again.",
                )
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            backup = None if before is None else files.keep_aside(target)
            mode = 0o600 if before is None else target.stat().st_mode & 0o777
            files.replace(target, data, mode)
        except OSError as problem:
            raise ExportError(
                f"{file} cannot be written ({problem.strerror or 'it failed'}).",
                hint="Run the command without --write, and paste the entry yourself.",
            ) from None
        return Written("replaced" if found else "added", backup)

    return write


def _in(folder: Path, name: str) -> Place:
    return Place(folder / name, folder)


def _apps(home: Path, environ: Mapping[str, str]) -> Path:
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return _folder(environ.get("APPDATA"), home / "AppData" / "Roaming")
    return _folder(environ.get("XDG_CONFIG_HOME"), home / ".config")


def _folder(named: str | None, usual: Path) -> Path:
    """The folder that a variable names. A relative one counts for nothing, says whoever made it."""
    return Path(named) if named and Path(named).is_absolute() else usual


def _content(file: Path) -> tuple[Path, bytes | None]:
    """Where a file is, links followed, as people keep such files elsewhere, and what is in it."""
    try:
        target = file.resolve()
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "It is no regular file")
        return target, target.read_bytes()
    except FileNotFoundError:
        return target, None
    except (OSError, RuntimeError) as problem:  # RuntimeError: a loop of links, below Python 3.13
        why = getattr(problem, "strerror", None) or "it failed"
        raise ExportError(
            f"{file} cannot be read ({why}).",
            hint="Run the command without --write, and paste the entry yourself.",
        ) from None


def _parsed(data: bytes | None, client: Client, file: Path) -> dict[str, Any]:
    try:
        text = (data or b"").decode("utf-8-sig").strip() or "{}"
        whole = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise _strange(client, file) from None
    if not isinstance(whole, dict):
        raise _strange(client, file)
    return whole


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; not one that names a thing twice, of which only one would be written back."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _strange(client: Client, file: Path) -> ValidationError:
    return ValidationError(
        f"{file} is not plain JSON with {client.title}'s servers in it; it was left as it is.",
        hint="It may hold comments, or a name twice. Nothing was written. Write the other clients "
        "one by one with --client; without --write the entry is printed, to paste here.",
    )
