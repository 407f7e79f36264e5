"""Files that appear whole or not at all, on a real disk."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from whoop_mcp.draft import draft, made_folder
from whoop_mcp.errors import ExportError, FileExists, ValidationError
from whoop_mcp.folders import Folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that holds nothing but what is put there."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.posix
def test_the_file_appears_at_the_end_and_for_its_owner_alone(out: Path) -> None:
    """Until the block ends there is nothing at the path; then a file with mode 0600 is."""
    target = out / "a.csv"
    with draft(target, overwrite=False) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(out.iterdir()) == [target]


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt, OSError])
def test_a_failure_leaves_all_as_it_was(out: Path, problem: type[BaseException]) -> None:
    """Whatever ends the block early, the old file is whole and nothing is beside it."""
    target = out / "a.csv"
    target.write_text("old")
    expected = ExportError if problem is OSError else problem
    with pytest.raises(expected), draft(target, overwrite=True) as file:
        file.write(b"half")
        raise problem
    assert target.read_text() == "old"
    assert list(out.iterdir()) == [target]


def test_a_file_that_appears_meanwhile_is_kept(out: Path) -> None:
    """Without leave to overwrite, whoever was quicker keeps the path."""
    target = out / "a.csv"
    with pytest.raises(FileExists), draft(target, overwrite=False) as file:
        file.write(b"ours")
        target.write_text("theirs")
    assert target.read_text() == "theirs"
    assert list(out.iterdir()) == [target]


@pytest.mark.posix
def test_a_link_that_appears_meanwhile_is_not_followed(out: Path) -> None:
    """What a path is made to point at while we write stays untouched."""
    target, secret = out / "a.csv", out / "secret"
    secret.write_text("secret")
    with pytest.raises(ValidationError), draft(target, overwrite=True) as file:
        file.write(b"ours")
        target.symlink_to(secret)
    assert secret.read_text() == "secret"


@pytest.mark.posix
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_folder_that_is_swapped_for_a_link_meanwhile(out: Path, overwrite: bool) -> None:
    """Nothing comes to lie where the link leads, nothing half-made stays, and what was there is."""
    other, moved = out.with_name("other"), out.with_name("moved")
    other.mkdir()
    (out / "mine.csv").write_text("mine")
    with (
        pytest.raises(ExportError, match="moved or replaced"),
        draft(out / "a.csv", overwrite=overwrite) as file,
    ):
        file.write(b"half")
        out.rename(moved)
        out.symlink_to(other)
    assert list(other.iterdir()) == []
    assert [path.name for path in moved.iterdir()] == ["mine.csv"]


def test_a_folder_that_was_swapped_before_is_refused(out: Path) -> None:
    """A place that was judged and became a link before the first byte gets none."""
    other = out.with_name("other")
    other.mkdir()
    out.rmdir()
    out.symlink_to(other)
    with pytest.raises(ExportError), draft(out / "a.csv", overwrite=True):
        pass
    (other / "deep").mkdir()
    with pytest.raises(ExportError), draft(out / "deep" / "a.csv", overwrite=True):
        pass
    assert list(other.rglob("*")) == [other / "deep"]


def test_where_links_cannot_be_made_the_name_is_claimed(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk without hard links a new file still appears, and a quicker one is still kept."""

    def refuse(self: Folder, name: str, other: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Folder, "link", refuse)
    target = out / "a.csv"
    with draft(target, overwrite=False) as file:
        file.write(b"whole")
    assert target.read_bytes() == b"whole"
    assert list(out.iterdir()) == [target]


def test_an_overwritten_files_other_names_keep_its_content(out: Path) -> None:
    """Overwriting replaces a name; it never writes into the file that had it."""
    target, other = out / "a.csv", out / "other"
    target.write_text("old")
    other.hardlink_to(target)
    with draft(target, overwrite=True) as file:
        file.write(b"new")
    assert (target.read_text(), other.read_text()) == ("new", "old")


def test_a_name_as_long_as_the_disk_allows_can_be_written(out: Path) -> None:
    """The name it is written under first is no longer than its own."""
    target = out / ("a" * 251 + ".csv")
    with draft(target, overwrite=False) as file:
        file.write(b"x")
    assert target.read_bytes() == b"x"


@pytest.mark.posix
def test_a_full_disk_leaves_the_old_file(out: Path) -> None:
    """Where the disk takes no more, the old file is whole, and the error says what happened."""
    target = out / "a.csv"
    target.write_text("old")
    program = """
import resource, sys
from pathlib import Path
from whoop_mcp.draft import draft
from whoop_mcp.errors import ExportError
resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))
try:
    with draft(Path(sys.argv[1]), overwrite=True) as file:
        for _ in range(100):
            file.write(b"x" * 1000)
except ExportError as problem:
    print(problem.message)
"""
    done = subprocess.run(
        # Without -B what it compiles would be cut off as well, and kept for everybody.
        [sys.executable, "-B", "-W", "error", "-X", "dev", "-c", program, str(target)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in done.stdout
    assert done.stderr == ""
    assert target.read_text() == "old"
    assert list(out.iterdir()) == [target]


@pytest.mark.posix
def test_a_folder_made_for_nothing_goes_again(out: Path) -> None:
    """A folder that was made stays only if the work in it succeeds; one that was there stays."""
    folder = out / "exports"
    with pytest.raises(ValueError, match="boom"), made_folder(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        raise ValueError("boom")
    assert not folder.exists()
    with made_folder(folder):
        pass
    with pytest.raises(ValueError, match="boom"), made_folder(folder):
        raise ValueError("boom")
    assert folder.is_dir()
