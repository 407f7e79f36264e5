"""What is known of Windows wherever the tests run: names, and what a failed write means."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from whoop_mcp import windows
from whoop_mcp.cli import console
from whoop_mcp.destination import file_at
from whoop_mcp.errors import ValidationError


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (r"\\server\share\a.csv", "another computer"),
        ("//server/share/a.csv", "another computer"),
        (r"\/server\share\a.csv", "another computer"),
        (r"\\?\C:\a.csv", "a device"),
        (r"\\.\COM1", "a device"),
        (r"C:\a.txt:b.csv", "a colon"),
        ("~/a.csv:b.csv", "a colon"),
        ("a:b:c.csv", "a colon"),
        ("1:/a.csv", "a colon"),
        (r"C:\con.csv", "con.csv, which is a device"),
        (r"C:\Nul", "a device"),
        ("~/aux/a.csv", "aux, which is a device"),
        ("C:/com1.tar.csv", "a device"),
        ("C:/lpt³ .csv", "a device"),
        ("C:/conin$", "a device"),
        ("C:/a?.csv", r"a \?"),
        ('C:/a".csv', 'a "'),
        ("C:/folder./a.csv", "Windows drops"),
        ("C:/folder /a.csv", "Windows drops"),
        ("C:/a.csv.", "Windows drops"),
    ],
)
def test_names_that_are_no_files_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    """They are refused by their spelling, before the system is asked for any of them."""

    def ask(path: Path, strict: bool = False) -> Path:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(windows, "HERE", True)
    monkeypatch.setattr(Path, "resolve", ask)
    monkeypatch.setattr(Path, "expanduser", ask)
    with pytest.raises(ValidationError, match=words):
        file_at(path, path[-4:], home=tmp_path / "home")


@pytest.mark.parametrize(
    "path",
    ["C:\\Users\\Jane Doe\\a.csv", "C:/a.b.csv", "~/console.csv", "d:\\x\\..\\com10.csv", "C:\\é"],
)
def test_names_that_are_files(path: str) -> None:
    """Nothing is said of them."""
    assert windows.trouble_with(path) is None


def test_who_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """There a closed pipe is an invalid argument; elsewhere that is something else."""
    invalid = OSError(errno.EINVAL, "Invalid argument")
    monkeypatch.setattr(windows, "HERE", False)
    assert windows.has_left(BrokenPipeError())
    assert not windows.has_left(invalid)
    monkeypatch.setattr(windows, "HERE", True)
    assert windows.has_left(invalid)
    assert not windows.has_left(OSError(errno.ENOSPC, "No space left on device"))


class Terminal:
    """A terminal whose reader has left."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    def flush(self) -> None:
        pass


def test_a_reader_that_leaves_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program ends as it does where the pipe says so by its own name."""
    monkeypatch.setattr(windows, "HERE", True)
    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(BrokenPipeError):
        console.Console().say("a line")


@pytest.mark.parametrize("takes", [True, False])
def test_colours_are_for_consoles_that_take_them(
    monkeypatch: pytest.MonkeyPatch, takes: bool
) -> None:
    """Where escape signs would be shown there are none, neither colour nor a bar."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(windows, "is_console", lambda stream: True)
    monkeypatch.setattr(windows, "takes_escapes", lambda stream: takes)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    assert console.Console().colour is takes
    assert console.Progress()._live is takes


def test_nothing_is_asked_of_what_is_no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """NUL, which calls itself a terminal, is none."""
    monkeypatch.setattr(windows, "is_console", lambda stream: False)
    for name in ("stdin", "stdout"):
        monkeypatch.setattr(sys, name, Terminal())
    assert not console.Console().asks
    assert not console.Console().colour
