"""Folders held open on a real disk, while their paths come to mean something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from whoop_mcp import folders
from whoop_mcp.folders import Folder, opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file, a folder and a link in it."""
    folder = tmp_path.resolve() / "place"
    (folder / "inner").mkdir(parents=True)
    (folder / "file").write_text("content")
    (folder / "link").symlink_to(folder / "inner")
    return folder


@contextmanager
def swapped(place: Path) -> Iterator[Path]:
    """A link to another folder where the folder was; answers where that is now."""
    moved, other = place.with_name("moved"), place.with_name("other")
    other.mkdir()
    place.rename(moved)
    place.symlink_to(other)
    yield moved
    assert list(other.iterdir()) == []


@pytest.mark.skipif(not folders._RELATIVE, reason="the system opens no folders")
def test_all_is_done_in_the_folder_that_was_opened(place: Path) -> None:
    """Whatever its path has become, names are made, renamed and removed in the folder itself."""
    with opened(place, real=True) as folder, swapped(place) as moved:
        os.close(folder.create("new"))
        folder.make("made")
        folder.link("new", "twin")
        folder.rename("new", "renamed")
        folder.replace("twin", "file")
        assert sorted(folder.names()) == ["file", "inner", "link", "made", "renamed"]
        assert folder.look("file") and not folder.look("twin")
        folder.remove("renamed")
        folder.remove("renamed")
        folder.remove_folder("made")
        folder.remove_tree("inner")
        folder.sync()
        assert sorted(one.name for one in moved.iterdir()) == ["file", "link"]
        with pytest.raises(OSError, match="moved or replaced"):
            folder.check_place()


@pytest.mark.skipif(not folders._RELATIVE, reason="the system opens no folders")
def test_no_link_is_followed(place: Path) -> None:
    """A real folder is none behind a link, at its end or on its way; nor is one within another."""
    with opened(place, real=True) as folder:
        folder.check_place()
        with pytest.raises(OSError), folder.within("link"):
            pass
    for path in (place / "link", place / "link" / "deeper"):
        (place / "inner" / "deeper").mkdir(exist_ok=True)
        with pytest.raises(OSError), opened(path, real=True):
            pass
    with opened(place / "link") as folder:
        assert folder.names() == ["deeper"]


def test_a_tree_is_removed_and_nothing_behind_its_links(place: Path) -> None:
    """Links in it go; what they lead to stays."""
    (place / "tree" / "a" / "b").mkdir(parents=True)
    (place / "tree" / "a" / "file").touch()
    (place / "tree" / "a" / "out").symlink_to(place / "inner")
    (place / "inner" / "kept").touch()
    with opened(place) as folder:
        folder.remove_tree("tree")
        folder.remove_tree("never there")
    assert not (place / "tree").exists()
    assert (place / "inner" / "kept").exists()


@pytest.mark.posix
def test_where_folders_cannot_be_opened_paths_serve(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: the same acts, by the path."""
    monkeypatch.setattr(folders, "_RELATIVE", False)
    with opened(place, real=True) as folder:
        folder.check_place()
        os.close(folder.create("new"))
        with pytest.raises(FileExistsError):
            folder.create("new")
        folder.link("new", "twin")
        folder.replace("twin", "file")
        folder.rename("new", "other")
        folder.remove("other")
        folder.make("made")
        with folder.within("made") as made:
            os.close(made.create("deep"))
            assert made.names() == ["deep"]
        folder.remove_tree("made")
        folder.sync()
        assert sorted(folder.names()) == ["file", "inner", "link"]
        assert folder.look("file") and folder.look("never there") is None


def test_a_folder_that_may_not_be_listed_can_be_written(place: Path) -> None:
    """Who may enter and write a folder needs no right to list it."""
    place.chmod(0o300)
    try:
        with opened(place) as folder:
            assert isinstance(folder, Folder)
            os.close(folder.create("new"))
    finally:
        place.chmod(0o700)
    assert (place / "new").exists()
