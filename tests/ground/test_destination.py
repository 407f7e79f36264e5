"""Which paths are refused, on a real disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from whoop_mcp.destination import file_at, folder_at
from whoop_mcp.errors import FileExists, ValidationError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The program's own folder, with a folder in it."""
    folder = tmp_path / "home"
    (folder / "logs").mkdir(parents=True)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that may be written."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.mark.posix
def test_an_absolute_path_in_an_existing_folder_is_good(home: Path, place: Path) -> None:
    """What is named is what is answered, links and `..` in its folder resolved."""
    assert file_at(f"{place}/a.csv", ".csv", home=home) == place / "a.csv"
    (place / "sub").mkdir()
    assert file_at(f"{place}/sub/../a.csv", ".csv", home=home) == place / "a.csv"
    (place / "link").symlink_to(place / "sub")
    assert file_at(f"{place}/link/a.csv", ".csv", home=home) == place / "sub" / "a.csv"


def test_a_tilde_is_the_users_folder(
    home: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~` is expanded, for files and for folders."""
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    assert file_at("~/a.csv", ".csv", home=home) == place / "a.csv"
    assert folder_at("~/exports", home=home) == place / "exports"


@pytest.mark.posix
@pytest.mark.parametrize(
    "path",
    [
        "",
        "a.csv",
        "./a.csv",
        "../a.csv",
        "~nobody-of-that-name/a.csv",
        "{place}/a.txt",
        "{place}/a.csv.txt",
        "{place}/a.csv/",
        "{place}/a.csv/.",
        "{place}/missing/a.csv",
        "{place}/file/a.csv",
        "{place}/file/deeper/a.csv",
        "{place}/loop/a.csv",
        "{place}/a\0.csv",
        "{place}/a\n.csv",
        "{place}/a\ud800.csv",
        "{place}/" + "a" * 300 + ".csv",
        "/" + "a/" * 5000 + "a.csv",
    ],
)
def test_bad_paths_are_refused(home: Path, place: Path, path: str) -> None:
    """Anything but a usable file name of the suffix in an existing folder names the argument."""
    (place / "file").write_text("x")
    (place / "loop").symlink_to(place / "loop")
    with pytest.raises(ValidationError, match="path") as caught:
        file_at(path.replace("{place}", str(place)), ".csv", home=home)
    assert caught.value.hint
    assert str(place) not in caught.value.message + caught.value.hint


@pytest.mark.posix
@pytest.mark.parametrize(
    "path",
    [
        "{root}/home/a.csv",
        "{root}/home/logs/a.csv",
        "{root}/home/../home/logs/a.csv",
        "{root}/place/../home/a.csv",
        "{root}/place/link/a.csv",
        "{root}/place/link/logs/a.csv",
        "{root}/place/deep/a.csv",
        "{root}//home//a.csv",
    ],
)
def test_the_programs_own_folder_is_never_written(
    tmp_path: Path, home: Path, place: Path, path: str
) -> None:
    """However a path gets into the home, by `..` or by links, it is refused."""
    (place / "link").symlink_to(home)
    (place / "deep").symlink_to(home / "logs")
    with pytest.raises(ValidationError, match="own files"):
        file_at(path.replace("{root}", str(tmp_path)), ".csv", home=home)


@pytest.mark.posix
def test_a_home_that_is_a_link_or_not_there_yet_is_protected(tmp_path: Path, place: Path) -> None:
    """The home is known by what it is, and before it exists by its name in any case."""
    linked = tmp_path / "linked"
    linked.symlink_to(place)
    with pytest.raises(ValidationError, match="own files"):
        file_at(f"{place}/a.csv", ".csv", home=linked)
    for name in ("whoop", "WHOOP"):
        with pytest.raises(ValidationError, match="own files"):
            folder_at(f"{place}/{name}", home=place / "Whoop")


def test_the_home_itself_is_no_folder_to_export_to(home: Path) -> None:
    """Neither the home nor a folder in it takes an export of all."""
    for path in (home, home / "exports"):
        with pytest.raises(ValidationError, match="own files"):
            folder_at(str(path), home=home)


def test_content_is_not_overwritten_unasked(home: Path, place: Path) -> None:
    """A file with content needs leave; an empty one holds nothing to lose."""
    target = place / "a.csv"
    target.touch()
    assert file_at(str(target), ".csv", home=home) == target
    target.write_text("x")
    with pytest.raises(FileExists):
        file_at(str(target), ".csv", home=home)
    assert file_at(str(target), ".csv", home=home, overwrite=True) == target


@pytest.mark.posix
@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "dangling link"])
def test_only_regular_files_are_overwritten(home: Path, place: Path, kind: str) -> None:
    """A folder, device or link is taken, and leave to overwrite does not change that."""
    target = place / "a.csv"
    (place / "other.csv").write_text("x")
    if kind == "folder":
        target.mkdir()
    elif kind == "fifo":
        os.mkfifo(target)
    else:
        target.symlink_to(place / ("other.csv" if kind == "link" else "nowhere.csv"))
    with pytest.raises(FileExists):
        file_at(str(target), ".csv", home=home)
    with pytest.raises(ValidationError, match="never overwritten"):
        file_at(str(target), ".csv", home=home, overwrite=True)


@pytest.mark.posix
@pytest.mark.parametrize("path", ["", "/", "relative", "{place}/..", "{place}/file", "{place}/l"])
def test_a_folder_must_be_a_real_one(home: Path, place: Path, path: str) -> None:
    """A folder has a name of its own and is no file and no link."""
    (place / "file").write_text("x")
    (place / "l").symlink_to(place)
    with pytest.raises(ValidationError, match="path"):
        folder_at(path.replace("{place}", str(place)), home=home)
