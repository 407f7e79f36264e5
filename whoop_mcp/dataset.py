"""Records as a folder of one file a year, as DuckDB and Spark read it: `year=2026/part-0.csv`.

The folder is one thing: it appears, or takes the place of an older one, by a rename, so that
nobody reads half of one, nor years of two exports.
"""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from . import destination
from .columns import Batch, Write
from .draft import aside, keep_names, new_file, writing
from .errors import ValidationError
from .records import Record

Writer = Callable[[BinaryIO, type[Record]], AbstractContextManager[Write]]
"""Writes batches of flat records, each as its JSON text, to a file in one format."""

_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"
"""Where the readers look for rows without a year; an empty export's schema is kept there."""


def check_free(folder: Path, suffix: str, *, overwrite: bool) -> None:
    """Raise unless a dataset may be put here.

    FileExists when the folder holds anything and there is no leave to overwrite; with it,
    ValidationError when it holds anything else than such a dataset in the same format.
    """
    found = destination.look(folder)
    if found is None:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise ValidationError(
            "`path` holds a file or a link where a folder is needed.", hint="Choose another path."
        )
    with writing():
        held = list(folder.iterdir())
        if held and not overwrite:
            raise destination.taken()
        if not all(_is_year(one, f"part-0{suffix}") for one in held):
            raise ValidationError(
                f"`path` is a folder that holds more than the {suffix} files of such an export.",
                hint="Choose another folder: only files of an earlier export are overwritten.",
            )


@contextmanager
def draft(folder: Path, suffix: str, *, overwrite: bool) -> Iterator[Path]:
    """A folder to fill, 0700, that is at `folder` once the block ends well, else nowhere.

    Where one is replaced there is none for the moment between two renames. Raises as
    `check_free` does, and ExportError for a disk that is full or may not be written.
    """
    beside, old = aside(folder), aside(folder)
    with writing():
        try:
            beside.mkdir(0o700)
            yield beside
            keep_names(beside)
            check_free(folder, suffix, overwrite=overwrite)
            replaces = destination.look(folder) is not None
            if replaces:
                folder.rename(old)
            try:
                beside.rename(folder)
            except OSError:
                if replaces:
                    old.rename(folder)
                raise
            keep_names(folder.parent)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def yearly(folder: Path, suffix: str, writer: Writer, record: type[Record]) -> Iterator[Write]:
    """Writes each record to the file of the year in which it began on the wearer's clock."""
    with ExitStack() as stack:
        years: dict[str, Write] = {}

        def write_year(year: str, batch: Batch) -> None:
            if year not in years:
                part = folder / f"year={year}" / f"part-0{suffix}"
                part.parent.mkdir(0o700)
                stack.callback(keep_names, part.parent)
                file = stack.enter_context(new_file(part))
                years[year] = stack.enter_context(writer(file, record))
            years[year](batch)

        def write(batch: Batch) -> None:
            for year, some in groupby(batch, _year):
                write_year(year, list(some))

        yield write
        if not years:
            write_year(_NO_YEAR, [])


def size(folder: Path) -> int:
    """How many bytes its files hold together."""
    return sum(part.stat().st_size for part in folder.glob("*/*"))


def _year(text: str) -> str:
    record = json.loads(text)
    return str(record["start_local"] or record["start"])[:4]


def _is_year(folder: Path, part: str) -> bool:
    return (
        folder.name.startswith("year=")
        and stat.S_ISDIR(folder.lstat().st_mode)
        and all(one.name == part and stat.S_ISREG(one.lstat().st_mode) for one in folder.iterdir())
    )
