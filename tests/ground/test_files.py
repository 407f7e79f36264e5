"""Files and folders as they come to lie on a real disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from whoop_mcp import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def mode(path: Path) -> int:
    """The permission bits of a path."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.posix
def test_a_file_is_private_and_whole(folder: Path) -> None:
    """What is put in place can be read by nobody else, whatever the umask, and leaves no trace."""
    old = os.umask(0)
    try:
        files.replace(folder / "login", b"first")
        files.replace(folder / "login", b"second")
    finally:
        os.umask(old)
    assert (folder / "login").read_bytes() == b"second"
    assert mode(folder / "login") == 0o600
    assert [path.name for path in folder.iterdir()] == ["login"]


def test_a_link_is_replaced_not_followed(folder: Path) -> None:
    """A link put where the file belongs does not lead the content elsewhere."""
    (folder / "elsewhere").write_bytes(b"theirs")
    (folder / "login").symlink_to(folder / "elsewhere")
    files.replace(folder / "login", b"ours")
    assert (folder / "elsewhere").read_bytes() == b"theirs"
    assert not (folder / "login").is_symlink()


def test_a_failure_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    """Where the file cannot be put in place, what was there stays and no partial is left."""
    (folder / "login").mkdir()
    (folder / "login" / "inside").touch()
    with pytest.raises(OSError):
        files.replace(folder / "login", b"new")
    assert [path.name for path in folder.iterdir()] == ["login"]


def test_what_killed_writers_left_is_cleared(folder: Path) -> None:
    """Partials of this path go, other files stay."""
    (folder / ".login.00ff.tmp").touch()
    (folder / ".other.00ff.tmp").touch()
    files.remove_partials(folder / "login")
    assert [path.name for path in folder.iterdir()] == [".other.00ff.tmp"]


def test_a_folder_named_as_a_partial_stops_nothing(folder: Path) -> None:
    """What cannot be a partial of ours is left alone."""
    (folder / ".login.00ff.tmp").mkdir()
    (folder / ".login.00aa.tmp").symlink_to(folder)
    files.remove_partials(folder / "login")
    files.replace(folder / "login", b"new")
    assert sorted(path.name for path in folder.iterdir()) == [".login.00ff.tmp", "login"]


@pytest.mark.posix
def test_folders_become_private(folder: Path) -> None:
    """A new folder is 0700, and a 0755 one that is there already becomes so."""
    loose = folder / "loose"
    loose.mkdir(mode=0o755)
    files.private_folder(loose)
    files.private_folder(folder / "a" / "new")
    assert mode(loose) == mode(folder / "a" / "new") == 0o700


def test_a_copy_never_takes_the_name_of_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another process takes a copy's name right after it was looked for, the next one is
    used, and both copies stay; one that cannot be written leaves nothing."""
    file = folder / "mcp.json"
    file.write_text("as it was")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    copies = {files.keep_aside(file), files.keep_aside(file)}
    assert len(copies) == 2
    assert {one.read_text() for one in copies} == {"as it was"}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "replace", full)
    with pytest.raises(OSError, match="No space"):
        files.keep_aside(file)
    assert {*folder.glob("*.bak")} == copies
