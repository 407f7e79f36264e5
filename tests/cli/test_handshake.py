"""The server, started as a client would start it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from whoop_mcp import __version__
from whoop_mcp.cli import handshake, starts
from whoop_mcp.cli.handshake import NoHandshake
from whoop_mcp.cli.starts import Start
from whoop_mcp.server.tools import TOOLS

from ..support.commands import REPOSITORY


@pytest.mark.slow
def test_the_real_server_answers(tmp_path: Path) -> None:
    """It says who it is, how many tools it has and how the login stands; the shell's own variables
    do not reach it, the entry's do."""
    environ = {"PYTHONPATH": str(REPOSITORY), "WHOOP_HOME": str(tmp_path / "home")}
    proof = handshake.shake(
        Start(starts.command(), environ),
        {**os.environ, "HOME": str(tmp_path), "WHOOP_LOG_LEVEL": "not a level"},
    )
    assert proof.seconds > 0
    assert {**proof._asdict(), "seconds": 0.0} == {
        "server": "whoop",
        "version": __version__,
        "protocol": "2025-06-18",
        "tools": len(TOOLS),
        "login": "no_tokens",
        "seconds": 0.0,
    }


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit('No module named whoop')", "ended before.*No module named whoop"),
        ("print('Hello!', flush=True); input()", "something other than MCP"),
        ("print('[]', flush=True); input()", "something other than MCP"),
    ],
)
def test_what_is_no_server(program: str, words: str) -> None:
    """What does not speak MCP is told with its last words, and does not stay behind."""
    with pytest.raises(NoHandshake, match=words):
        handshake.shake(Start([sys.executable, "-c", program]), os.environ)


def test_one_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience ends, and so does the process."""
    monkeypatch.setattr(handshake, "_PATIENCE", 0.1)
    with pytest.raises(NoHandshake, match="in time"):
        handshake.shake(Start([sys.executable, "-c", "import sys; sys.stdin.read()"]), os.environ)


def test_an_interpreter_that_is_gone() -> None:
    """A command that is not there is told as such."""
    with pytest.raises(NoHandshake, match="could not be started"):
        handshake.shake(Start(["/no/such/python"]), os.environ)
