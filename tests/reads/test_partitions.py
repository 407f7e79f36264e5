"""Folders of one file a year, on a real disk."""

from __future__ import annotations

import dataclasses
import errno
import json
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.errors import ExportError, FileExists, ValidationError
from whoop_mcp.folders import Folder, opened
from whoop_mcp.reads import partitions
from whoop_mcp.reads.writers import jsonl_writer
from whoop_mcp.whoop.records import Cycle

PART = "part-0.jsonl"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that holds nothing but what is put there."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def fill(folder: Path, *records: dict[str, Any], overwrite: bool = False) -> None:
    """Put a dataset of these records at a folder."""
    with (
        partitions.draft(folder, ".jsonl", overwrite=overwrite) as beside,
        partitions.yearly(beside, ".jsonl", jsonl_writer, Cycle) as write,
    ):
        write([json.dumps(one) for one in records])


def began(local: str | None, utc: str) -> dict[str, Any]:
    """A record of which is known when it began."""
    names = (field.name for field in dataclasses.fields(Cycle))
    return {**dict.fromkeys(names), "start_local": local, "start": utc}


def years(folder: Path) -> dict[str, int]:
    """How many records each file holds, by its path in the folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        file.relative_to(folder).as_posix(): len(file.read_text().splitlines())
        for file in sorted(files)
    }


def test_a_records_year_is_its_wearers(out: Path) -> None:
    """The local year decides, UTC where there is none, also when years alternate on a journey."""
    folder = out / "cycles"
    fill(
        folder,
        began("2025-12-31T20:00:00.000-05:00", "2026-01-01T01:00:00.000Z"),
        began("2026-01-01T11:00:00.000+09:00", "2026-01-01T02:00:00.000Z"),
        began("2025-12-31T22:00:00.000-05:00", "2026-01-01T03:00:00.000Z"),
        began(None, "2027-01-01T00:00:00.000Z"),
    )
    assert years(folder) == {
        f"year=2025/{PART}": 2,
        f"year=2026/{PART}": 1,
        f"year=2027/{PART}": 1,
    }
    with opened(folder) as held:
        size = partitions.size(held)
    assert size == sum(file.stat().st_size for file in folder.rglob(PART))


@pytest.mark.posix
def test_a_dataset_is_its_owners_alone(out: Path) -> None:
    """Folders are 0700 and files 0600."""
    folder = out / "cycles"
    fill(folder, began(None, "2026-01-01T00:00:00.000Z"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "year=2026")}
    assert modes == {0o700}
    assert stat.S_IMODE((folder / "year=2026" / PART).stat().st_mode) == 0o600


def test_nothing_at_all_still_is_a_dataset(out: Path) -> None:
    """Without records one file keeps the format's header where readers expect no year."""
    folder = out / "cycles"
    fill(folder)
    assert years(folder) == {f"year=__HIVE_DEFAULT_PARTITION__/{PART}": 0}


def test_overwriting_leaves_no_year_of_the_older_one(out: Path) -> None:
    """A dataset is replaced as a whole, so that no stale year is read with the new ones."""
    folder = out / "cycles"
    fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    with pytest.raises(FileExists):
        fill(folder, began(None, "2026-01-01T00:00:00.000Z"))
    fill(folder, began(None, "2026-01-01T00:00:00.000Z"), overwrite=True)
    assert years(folder) == {f"year=2026/{PART}": 1}
    assert list(out.iterdir()) == [folder]


def test_a_failure_leaves_the_older_one(out: Path) -> None:
    """Until all years are written, the old dataset is there, and afterwards nothing beside it."""
    folder = out / "cycles"
    fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    with (
        pytest.raises(KeyboardInterrupt),
        partitions.draft(folder, ".jsonl", overwrite=True) as beside,
        partitions.yearly(beside, ".jsonl", jsonl_writer, Cycle) as write,
    ):
        write([json.dumps(began(None, "2026-01-01T00:00:00.000Z"))])
        raise KeyboardInterrupt
    assert years(folder) == {f"year=2020/{PART}": 1}
    assert list(out.iterdir()) == [folder]


@pytest.mark.parametrize(
    "other", ["notes.txt", "year=2020/notes.txt", "year=2020/part-0.csv", "year=2020/deep/a", PART]
)
def test_a_folder_of_anything_else_is_never_replaced(out: Path, other: str) -> None:
    """One foreign file in a folder is enough to leave it alone."""
    folder = out / "cycles"
    fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    file = folder / other
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    before = years(folder)
    with pytest.raises(ValidationError, match="holds more"):
        fill(folder, overwrite=True)
    assert years(folder) == before


def test_a_folder_that_cannot_take_its_place_gives_it_back(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the second of the two renames fails, the older dataset is there again."""
    folder = out / "cycles"
    fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    real, renamed = Folder.rename, list[str]()

    def rename(self: Folder, name: str, other: str) -> None:
        renamed.append(name)
        if len(renamed) == 2:
            raise OSError(errno.EIO, "Input/output error")
        real(self, name, other)

    monkeypatch.setattr(Folder, "rename", rename)
    with pytest.raises(ExportError):
        fill(folder, began(None, "2026-01-01T00:00:00.000Z"), overwrite=True)
    assert years(folder) == {f"year=2020/{PART}": 1}
    assert list(out.iterdir()) == [folder]


@pytest.mark.parametrize("step", range(6))
def test_an_interrupt_at_any_step_leaves_the_old_or_the_new_and_nothing_else(
    out: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Ctrl-C right after each thing that is done to the disk: one whole dataset is there by its
    name, and nothing lies hidden beside it."""
    folder = out / "cycles"
    fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    done = 0

    def interrupted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> None:
            nonlocal done
            real(*given)
            if given[0].path == out:
                done += 1
                if done == step + 1:
                    raise KeyboardInterrupt

        return call

    monkeypatch.setattr(Folder, "make", interrupted(Folder.make))
    monkeypatch.setattr(Folder, "check_place", interrupted(Folder.check_place))
    monkeypatch.setattr(Folder, "rename", interrupted(Folder.rename))
    monkeypatch.setattr(partitions, "keep_names", interrupted(partitions.keep_names))
    with suppress(KeyboardInterrupt):  # not every system takes all of these steps
        fill(folder, began(None, "2026-01-01T00:00:00.000Z"), overwrite=True)
    old, new = {f"year=2020/{PART}": 1}, {f"year=2026/{PART}": 1}
    assert years(folder) in {0: [old], 5: [new]}.get(step, [old, new])
    assert list(out.iterdir()) == [folder]


@pytest.mark.posix
def test_links_in_a_folder_are_foreign(out: Path) -> None:
    """A link that poses as a year, or as its file, is not taken for an earlier export."""
    real = out / "real"
    fill(real, began(None, "2020-01-01T00:00:00.000Z"))
    posing = out / "posing"
    posing.mkdir()
    (posing / "year=2020").symlink_to(real / "year=2020")
    with pytest.raises(ValidationError, match="holds more"):
        partitions.check_free(posing, ".jsonl", overwrite=True)
    (posing / "year=2020").unlink()
    (posing / "year=2020").mkdir()
    (posing / "year=2020" / PART).symlink_to(real / "year=2020" / PART)
    with pytest.raises(ValidationError, match="holds more"):
        partitions.check_free(posing, ".jsonl", overwrite=True)


def test_records_that_appear_meanwhile_are_kept(out: Path) -> None:
    """Whoever fills the folder first keeps it."""
    folder = out / "cycles"
    with pytest.raises(FileExists), partitions.draft(folder, ".jsonl", overwrite=False):
        fill(folder, began(None, "2020-01-01T00:00:00.000Z"))
    assert json.loads((folder / "year=2020" / PART).read_text())["start_local"] is None
    assert list(out.iterdir()) == [folder]


@pytest.mark.posix
def test_a_folder_that_is_swapped_for_a_link_meanwhile(out: Path) -> None:
    """Nothing comes to lie where the link leads, and no year of a half-made dataset stays."""
    other, moved = out.with_name("other"), out.with_name("moved")
    other.mkdir()
    with (
        pytest.raises(ExportError, match="moved or replaced"),
        partitions.draft(out / "cycles", ".jsonl", overwrite=True) as beside,
        partitions.yearly(beside, ".jsonl", jsonl_writer, Cycle) as write,
    ):
        write([json.dumps(began(None, "2020-01-01T00:00:00.000Z"))])
        out.rename(moved)
        out.symlink_to(other)
        write([json.dumps(began(None, "2021-01-01T00:00:00.000Z"))])
    assert list(other.iterdir()) == list(moved.iterdir()) == []
