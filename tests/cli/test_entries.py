"""The entries to paste: each client's own line, quoted for its shell, or text for its file."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from whoop_mcp.cli import clients, entries, starts
from whoop_mcp.cli.starts import Start, command


def spelled(start: Start) -> dict[str, str]:
    """The text of each client's entry."""
    return {
        client.name: entry.text
        for client, entry in zip(clients.CLIENTS, entries.entries(start), strict=True)
    }


def test_every_client_starts_this_interpreter() -> None:
    """Each entry names the absolute interpreter and the module, and nothing of a login."""
    words = [sys.executable, "-m", "whoop_mcp"]
    assert Path(sys.executable).is_absolute()
    for name, text in spelled(Start(command())).items():
        client = clients.BY_NAME[name]
        if client.own_command:
            line = shlex.split(text)
            assert [word for word in line if word != "--"][-3:] == words
            assert line[0] == client.own_command[0]
            assert "whoop" in line
        else:
            assert sys.executable in text
            assert "whoop_mcp" in text
        assert "env" not in text.replace("envs", "").replace(".venv", "")


def test_a_moved_home_and_arguments_go_along() -> None:
    """What the server needs to find a moved home is in each entry; its name is not swallowed."""
    texts = spelled(Start(command("demo", "--serve"), {"WHOOP_HOME": "/some where"}))
    words = shlex.split(texts["claude-code"])
    assert words[:6] == ["claude", "mcp", "add", "--scope", "user", "whoop"]
    assert words[6:9] == ["--env", "WHOOP_HOME=/some where", "--"]
    assert words[-2:] == ["demo", "--serve"]
    for text in texts.values():
        assert "WHOOP_HOME" in text
        assert "/some where" in text
        assert "--serve" in text


PROGRAM_FILES = r"C:\Program Files\Python 3\python.exe"


def test_windows_quotes_for_its_three_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path stands between double quotes, which cmd, PowerShell and Git Bash take; so does the
    `--`, which PowerShell would keep to itself."""
    monkeypatch.setattr(sys, "platform", "win32")
    plain = r"C:\Users\a\whoop\Scripts\python.exe"
    for path in (PROGRAM_FILES, plain):
        line = spelled(Start(command(interpreter=path)))["claude-code"]
        assert line == f'claude mcp add --scope user whoop "--" "{path}" -m whoop_mcp'
    share = spelled(Start(command(interpreter="\\\\host\\share\\python.exe")))["claude-code"]
    assert '"//host/share/python.exe"' in share or " //host/share/python.exe " in share


@pytest.mark.skipif(os.name == "nt", reason="it has a bash of its own kind")
def test_bash_takes_the_line_for_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real bash makes of the line just the words that were meant, backslashes too."""
    monkeypatch.setattr(sys, "platform", "win32")
    start = Start(command(interpreter=PROGRAM_FILES), {"WHOOP_HOME": r"D:\my data\new"})
    words = entries.words(clients.BY_NAME["claude-code"], start)
    line = entries.quoted(words)
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == words


@pytest.mark.parametrize("odd", ["$x", "100%", "a`b", 'a"b', "a!b", "end\\"])
def test_what_the_three_shells_read_differently_is_no_line(
    odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path with a sign that one of the shells replaces is shown as text for the file instead."""
    monkeypatch.setattr(sys, "platform", "win32")
    text = spelled(Start(command(), {"WHOOP_HOME": f"C:\\{odd}"}))["claude-code"]
    assert json.loads(text)["mcpServers"]["whoop"]["env"]["WHOOP_HOME"] == f"C:\\{odd}"


def test_equal_entries_are_shown_once() -> None:
    """Clients that want the same text share it; every client is named."""
    shown = entries.entries(Start(command()))
    text = "\n".join(entries.lines(shown))
    plain = json.dumps({"mcpServers": {"whoop": clients.BY_NAME["cursor"].shape(Start(command()))}})
    assert json.dumps(json.loads(shown[3].text)) == plain
    assert text.count('"mcpServers"') == 2  # the other one is Cline's
    assert all(f"{entry.client}: " in text for entry in shown)


def test_the_nearest_are_those_on_this_computer(tmp_path: Path) -> None:
    """Where clients are here, theirs are shown; else those that most people have."""
    start = Start(starts.command())
    assert [one.client for one in entries.nearest(start)][:2] == ["Claude Code", "Claude Desktop"]
    (Path.home() / ".kiro").mkdir()
    assert [one.client for one in entries.nearest(start)] == ["Kiro"]
