"""Every command where there is no home, no right, no descriptor, no stream, no sane zone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ..support.hostile import COMMANDS, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes, limits and numbers as here")

PLACES = {  # and what is named there for the person to set or mend; None: it may work as well
    "nobody": "HOME",
    "HOME=": "HOME",
    "HOME=relative": "HOME",
    "HOME={folder}/person/missing": None,
    "no rights": None,
    "home no rights": None,
    "read-only": None,
    "home is a file": None,
    "files 9": "ulimit -n",
    "closed 0": None,
    "closed 1": "Standard output",
    "closed 2": None,
    "closed 012": None,
    "TZ=Nowhere/Bad": None,
    "LC_ALL=C": None,
    "LC_ALL=POSIX TZ=:::": None,
    "LC_ALL=xx_YY.none PYTHONUTF8=0 PYTHONCOERCECLOCALE=0": None,
    "HTTPS_PROXY=user:hush-hush@host:8080": None,
    "WHOOP_LOG_FILE=/dev/null/log": None,
    "WHOOP_BASE_URL=https://a..b": None,
    "WHOOP_REDIRECT_URI=http://localhost:99999/callback": None,
    "TMPDIR=/dev/null": None,
}
QUICK = [  # a few kinds of place: a process costs a third of a second
    ("read-only", "sync"),
    ("closed 1", "query"),
    ("WHOOP_REDIRECT_URI=http://localhost:99999/callback", "login"),
]


def check(place: str, command: str, folder: Path) -> None:
    """What holds in every place, for every command."""
    done = run(place, command, folder)
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1, 2), said
    assert "Traceback" not in said
    assert "INTERNAL_ERROR" not in said
    assert "inside whoop-mcp" not in said
    assert "hush-hush" not in said
    assert list((folder / "cwd").iterdir()) == []
    named = PLACES[place]
    if named and command not in ("completion",):
        assert named in said or "~ that stands for" in said
        assert done.returncode == 2
    if done.returncode and "closed" not in place:
        assert len(said.splitlines()) >= 2  # what happened, and what to do


@pytest.mark.parametrize(("place", "command"), QUICK)
def test_a_hostile_place_is_told_of(place: str, command: str, tmp_path: Path) -> None:
    """It ends with words on what to set: no traceback, no INTERNAL_ERROR, no file at a relative
    path."""
    check(place, command, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", PLACES)
def test_every_command_in_every_hostile_place(place: str, command: str, tmp_path: Path) -> None:
    """The same holds for the whole product."""
    check(place, command, tmp_path)


HELLO = [
    {
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    },
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/call", "params": {"name": "health_check", "arguments": {}}},
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("HOME=", "WHOOP_HOME"),
        ("nobody", "WHOOP_HOME"),
        ("HOME=relative", "WHOOP_HOME"),
        ("home no rights", "WHOOP_HOME"),
        ("WHOOP_LOG_FILE=/dev/null/log", "WHOOP_LOG_FILE"),
        ("LC_ALL=C TZ=Nowhere/Bad", "health"),
        ("files 9", "ulimit -n"),
    ],
)
def test_the_server_in_a_hostile_place(place: str, named: str, tmp_path: Path) -> None:
    """Its tools answer what to set; where not even that can be, it says so and does not start."""
    lines = "".join(json.dumps({"jsonrpc": "2.0", **one}) + "\n" for one in HELLO)
    done = run(place, "server", tmp_path, text=lines)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "INTERNAL_ERROR" not in said
    assert list((tmp_path / "cwd").iterdir()) == []
    assert named in said
