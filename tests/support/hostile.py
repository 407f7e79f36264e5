"""Places in which the program finds less than it is used to, and commands run there for real."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .commands import REPOSITORY, environ

_LOGIN = ("login", "--no-browser")
COMMANDS: dict[str, tuple[str, ...]] = {
    "login": _LOGIN,
    "logout": ("logout", "--local"),
    "status": ("status",),
    "bundle": ("status", "--bundle", "{out}/bundle.json"),
    "sync": ("sync",),
    "events": ("events", "--since", "2026-01-01"),
    "export": ("export", "sleeps", "--format", "csv", "--out", "{out}/sleeps.csv"),
    "query": ("query", "SELECT 1"),
    "insights": ("insights",),
    "report": ("report", "--out", "{out}/report.html"),
    "purge": ("purge", "--before", "2020-01-01", "--yes"),
    "purge all": ("purge", "--all", "--yes"),
    "install": ("install", "--write"),
    "skill": ("skill", "install"),
    "completion": ("completion", "bash"),
}
_HEAR = "import whoop_mcp.cli.main as c, sys; sys.exit(c.main(sys.argv[1:]))"
# As another user the interpreter may be out of reach: all is imported before, then the user left.
_STRANGER = """
import importlib, os, pathlib, sys
sys.path.insert(0, os.environ["PYTHONPATH"])
import requests, mcp.server, cryptography.fernet, getpass, encodings.idna, uuid, sqlite3
import whoop_mcp
root = pathlib.Path(whoop_mcp.__path__[0])
for one in sorted(root.rglob("*.py")):
    if one.stem not in ("__main__", "__init__"):
        inside = one.relative_to(root).with_suffix("").parts
        importlib.import_module(".".join(("whoop_mcp", *inside)))
import pwd
if os.getuid() == 0:
    os.setgroups([]); os.setgid(54321); os.setuid(54321)
else:
    def getpwuid(uid): raise KeyError(uid)
    pwd.getpwuid = getpwuid
from whoop_mcp.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def _lose_roots_rights() -> None:
    # Even root then needs a folder's permission: its power over files is left out of what the
    # next program gets.
    if os.getuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def _served(
    program: list[str], env: dict[str, str], cwd: Path, prepare: Callable[[], None], text: str
) -> subprocess.CompletedProcess[str]:
    """Ask a server, and hang up only when it has answered the last question, or has gone."""
    with subprocess.Popen(
        program,
        env={**env, "PYTHONPATH": str(REPOSITORY)},
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        answers = ""
        with suppress(BrokenPipeError):  # it may have refused to start
            process.stdin.write(text)
            process.stdin.flush()
        for line in process.stdout:
            answers += line
            if '"id":2,' in line:
                break
        with suppress(BrokenPipeError):
            process.stdin.close()
        errors = process.stderr.read()
        return subprocess.CompletedProcess(program, process.wait(), answers, errors)


def run(
    place: str, command: str, folder: Path, *more: str, text: str | None = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command (`server`: the server itself) in a hostile place, all in a folder."""
    home, out, cwd = folder / "person", folder / "out", folder / "cwd"
    for one in (home, out, cwd):
        one.mkdir(parents=True, exist_ok=True)
    env = environ(home, WHOOP_HOME=str(home / "w"), LC_ALL="C.UTF-8")
    env.pop("XDG_CONFIG_HOME", None)
    (home / ".cursor").mkdir(exist_ok=True)
    before: list[object] = []
    program = [sys.executable, "-c", _HEAR]
    closed: tuple[int, ...] = ()
    if place.startswith("HOME"):
        env.pop("WHOOP_HOME")
        value = place.partition("=")[2]
        env["HOME"] = value.replace("{folder}", str(folder))
    elif place == "nobody":
        env.pop("WHOOP_HOME")
        env.pop("HOME")
        program = [sys.executable, "-c", _STRANGER]
    elif place in ("no rights", "read-only", "home no rights"):
        spot = home if place.startswith("home") else home / "w"
        spot.mkdir(exist_ok=True)
        spot.chmod(0o500 if place == "read-only" else 0)
        before.append(_lose_roots_rights)
    elif place == "home is a file":
        (home / "w").write_text("no folder")
    elif place.startswith("files "):
        limit = int(place.split()[1])
        before.append(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    elif place.startswith("closed "):
        closed = tuple(int(one) for one in place.split()[1])
    elif "=" in place:
        for pair in place.split():
            name, _, value = pair.partition("=")
            env[name] = value

    def prepare() -> None:
        for act in before:
            act()  # type: ignore[operator]
        for number in closed:
            os.close(number)

    arguments = () if command == "server" else COMMANDS[command]
    try:
        if command == "server":
            env.pop("PYTHONWARNINGS")  # its ends of the pipes are closed by its own end
            return _served([sys.executable, *program[1:]], env, cwd, prepare, text or "")
        return subprocess.run(
            [*program, *(one.format(out=out) for one in (*arguments, *more))],
            env={**env, "PYTHONPATH": str(REPOSITORY)},
            cwd=cwd,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=prepare,
            check=False,
        )
    finally:
        for one in (home, home / "w"):
            if one.is_dir():
                one.chmod(0o700)
