"""List the MCP clients in one table, and put the server's entry into the files of each.

A client's file is another program's property: everything else in it stays as it is, and the file
as it was is kept beside the new one.
"""

from __future__ import annotations

import errno
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .. import files, surroundings
from ..errors import ExportError, ValidationError
from ..redaction import address
from ..surroundings import BUNDLES, PROXIES

NAME = "whoop"
"""The server's name in every client."""


class Start(NamedTuple):
    """Hold how a client starts the server: the command's words, and the variables beside it."""

    command: Sequence[str]
    environ: Mapping[str, str] = {}


class Place(NamedTuple):
    """Name a client's file, and the folder without which the client is not on this computer."""

    file: Path
    folder: Path

    def is_here(self) -> bool:
        """Tell whether the client seems to be on this computer."""
        # A client that its own user may not look at does not start here.
        return surroundings.path_test(self.folder.is_dir, denied=False) or (
            surroundings.path_test(self.file.exists, denied=False)
        )


class Client(NamedTuple):
    """Describe a program that can start the server; all done for it follows from its row."""

    name: str  # as it is typed
    title: str
    where: str  # an entry goes, in the words of its users
    file: str  # of its servers; `~` is the home, `{apps}` the system's folder of applications
    folder: str = ""  # that shows that it is here; without: the file's own
    key: str = "mcpServers"  # of the object in the file that holds an entry for each server
    typed: bool = False  # an entry says `stdio`
    own_command: tuple[str, ...] = ()  # that adds a server, where the client has one

    def place(self, home: Path, environ: Mapping[str, str]) -> Place:
        """Find the client's file on this system, whether it exists or not."""

        def path(spelled: str) -> Path:
            base, _, rest = spelled.partition("/")
            return (_apps(home, environ) if base == "{apps}" else home) / rest

        file = path(self.file)
        return Place(file, path(self.folder) if self.folder else file.parent)

    def entry(self, start: Start) -> dict[str, Any]:
        """Make the entry that the client's file holds under the server's name."""
        return {
            **({"type": "stdio"} if self.typed else {}),
            "command": start.command[0],
            "args": list(start.command[1:]),
            **({"env": dict(start.environ)} if start.environ else {}),
        }

    def text(self, start: Start) -> str:
        """Spell the entry for a person: the client's own command, or JSON for its file."""
        if not self.own_command:
            return json.dumps({self.key: {NAME: self.entry(start)}}, indent=2)
        env = [part for name, value in start.environ.items() for part in _option(name, value)]
        add = [*self.own_command, NAME, *env, "--", *start.command]
        if sys.platform == "win32":
            from subprocess import list2cmdline  # heavy, and every command's help comes by here

            return list2cmdline(add)
        return shlex.join(add)


CLIENTS = (
    Client(
        "claude-code",
        "Claude Code",
        "in a shell",
        file="~/.claude.json",
        folder="~/.claude",
        typed=True,
        own_command=("claude", "mcp", "add", "--scope", "user"),
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        "claude_desktop_config.json (Settings, Developer)",
        file="{apps}/Claude/claude_desktop_config.json",
    ),
    Client("cursor", "Cursor", "~/.cursor/mcp.json", file="~/.cursor/mcp.json"),
    Client(
        "windsurf",
        "Windsurf",
        "~/.codeium/windsurf/mcp_config.json",
        file="~/.codeium/windsurf/mcp_config.json",
    ),
    Client(
        "vscode",
        "VS Code",
        ".vscode/mcp.json, or `MCP: Open User Configuration`",
        file="{apps}/Code/User/mcp.json",
        key="servers",
        typed=True,
    ),
)


def _option(name: str, value: str) -> tuple[str, str]:
    return "--env", f"{name}={value}"


def _apps(home: Path, environ: Mapping[str, str]) -> Path:
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return _named_folder(environ.get("APPDATA"), home / "AppData" / "Roaming")
    return _named_folder(environ.get("XDG_CONFIG_HOME"), home / ".config")


def _named_folder(named: str | None, usual: Path) -> Path:
    """Take the folder that a variable names; a relative one counts for nothing, by its makers."""
    return Path(named) if named and Path(named).is_absolute() else usual


# ── the start that an entry holds ──

# What a server needs of the environment and a client does not hand on by itself.
_SETTINGS = (
    "WHOOP_HOME",
    "WHOOP_DB_PATH",
    "WHOOP_BASE_URL",
    "WHOOP_MAX_AGE",
    "WHOOP_MAX_RESPONSE_CHARS",
    "WHOOP_RETENTION_DAYS",
    "WHOOP_JOURNAL_DAY",
    "WHOOP_LOG_FILE",
    "WHOOP_LOG_LEVEL",
    "WHOOP_LOG_JSON",
    "NO_PROXY",
    "no_proxy",
)
_EMPTY_TOO = ("WHOOP_LOG_FILE", *PROXIES)  # set to nothing, they say something


def command(*arguments: str, interpreter: str | None = None) -> list[str]:
    """List the words that start the server; absolute, as clients do not know the shell's PATH."""
    return [interpreter or sys.executable, "-m", __package__.rpartition(".")[0], *arguments]


def carried(environ: Mapping[str, str]) -> dict[str, str]:
    """Pick what of an environment belongs into an entry: where things are, how to reach out.

    Never the app's id or secret, which the login holds, nor a proxy's password.
    """
    kept = {name: environ[name] for name in _SETTINGS if environ.get(name)}
    kept |= {name: "" for name in _EMPTY_TOO if name in environ and not environ[name].strip()}
    kept |= {name: environ[name] for name in [n for n in BUNDLES if environ.get(n)][:1]}
    for name in (name for small in PROXIES for name in (small.upper(), small)):
        proxy = address(environ.get(name, ""))
        if proxy is not None and not proxy.has_user:
            kept[name] = environ[name]
    return kept


# ── entries for a person to paste ──


class Entry(NamedTuple):
    """Pair the `text` that one client wants with `where` it goes."""

    client: str
    where: str
    text: str


def entries(start: Start, clients: Sequence[Client] = CLIENTS) -> list[Entry]:
    """Spell each client's entry for a server that is started so."""
    return [Entry(client.title, client.where, client.text(start)) for client in clients]


def lines(entries: Sequence[Entry]) -> list[str]:
    """List the entries to read, each text once."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.text, []).append(f"{entry.client}: {entry.where}")
    return [
        line
        for text, where in places.items()
        for line in (*where, *(f"  {line}" for line in text.splitlines()), "")
    ][:-1]


# ── entries in the clients' own files ──


class Written(NamedTuple):
    """Tell what became of a client's file; `backup` is the file as it was before, if any."""

    client: str
    path: Path
    state: Literal["added", "replaced", "unchanged"]
    backup: Path | None

    def answer(self) -> dict[str, str | None]:
        """Say the same in JSON."""
        return {
            **self._asdict(),
            "path": str(self.path),
            "backup": self.backup and str(self.backup),
        }


def planned(client: Client, file: Path, start: Start) -> Callable[[], Written]:
    """Check that the entry can be put into the file; call the result to do it.

    ValidationError when the file is not what the client would read, and it stays as it is.
    """
    target, before = _content(file)
    whole = _parsed(before, client, file)
    servers = whole.setdefault(client.key, {})
    if not isinstance(servers, dict):
        raise _strange(client, file)
    found = servers.get(NAME)
    servers[NAME] = client.entry(start)
    try:
        data = (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:  # half a character, which JSON can name and no file can hold
        raise _strange(client, file) from None

    def write() -> Written:
        if found == servers[NAME]:
            return Written(client.name, file, "unchanged", None)
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
        return Written(client.name, file, "replaced" if found else "added", backup)

    return write


def _content(file: Path) -> tuple[Path, bytes | None]:
    """Read a file and find where it is, links followed, as people keep such files elsewhere."""
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
    """Make an object, not one that names a thing twice: only one would be written back."""
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
