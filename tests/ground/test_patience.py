"""Files that somebody else has open, as Windows tells of it: by fakes of the one call."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from whoop_mcp import files, patience
from whoop_mcp.draft import draft
from whoop_mcp.errors import ExportError
from whoop_mcp.patience import Held, patiently

from ..support.holding import Refusing, held


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SECONDS", 60.0)
    monkeypatch.setattr(patience, "_FIRST", 0.001)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.mark.parametrize("number", [5, 32, 33])
def test_who_holds_a_file_for_a_moment_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A file is replaced once the other program lets it go, and nothing is left beside it."""
    (folder / "login").write_bytes(b"old")
    refusing = Refusing(os.replace, 2, number)
    monkeypatch.setattr(os, "replace", refusing)
    files.replace(folder / "login", b"new")
    assert refusing.left == 0
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [("login", b"new")]


def test_one_that_is_just_replaced_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading waits as well."""
    (tmp_path / "login").write_bytes(b"whole")
    refusing = Refusing(Path.read_bytes, 2, 32)
    monkeypatch.setattr(Path, "read_bytes", lambda path: refusing(path))
    assert files.read(tmp_path / "login") == b"whole"
    assert refusing.left == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (32, "another program has it open: Excel"),
        (5, "access is denied, or it is held open: Excel"),
    ],
)
def test_who_never_lets_go_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """After some seconds the error says who it may be, what to do, and the old file stays."""
    target = folder / "a.csv"
    target.write_bytes(b"old")
    monkeypatch.setattr(patience, "SECONDS", 0.05)
    monkeypatch.setattr(os, "replace", Refusing(os.replace, 10**6, number))
    with (
        pytest.raises(ExportError, match=words) as caught,
        draft(target, overwrite=True) as file,
    ):
        file.write(b"new")
    assert "Close it there" in str(caught.value.hint)
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [("a.csv", b"old")]


def test_a_folder_in_the_way_is_not_waited_for(tmp_path: Path) -> None:
    """Windows refuses to replace a folder in the same words, and for good."""
    asked = 0

    def act() -> None:
        nonlocal asked
        asked += 1
        raise held(5)

    with pytest.raises(PermissionError) as caught:
        patiently(act, tmp_path)
    assert not isinstance(caught.value, Held)
    assert asked == 1


@pytest.mark.posix
def test_elsewhere_a_refusal_is_one_at_once() -> None:
    """Where nobody's reading keeps a file from being replaced, no time is lost on a refusal."""
    asked = 0

    def act() -> None:
        nonlocal asked
        asked += 1
        raise PermissionError(13, "Permission denied")

    with pytest.raises(PermissionError):
        patiently(act)
    assert asked == 1


@pytest.mark.parametrize("before", [b"short", b"something longer than what comes"])
def test_writing_over_leaves_nothing_of_the_old(tmp_path: Path, before: bytes) -> None:
    """What is written over a longer text is followed by blanks alone, in the same file."""
    file = tmp_path / "login"
    file.write_bytes(before)
    number = file.stat().st_ino
    files.overwrite(file, b"what comes")
    assert file.read_bytes().rstrip() == b"what comes"
    assert file.stat().st_ino == number
