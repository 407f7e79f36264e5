"""Write records as a folder of a file a year, as DuckDB and Spark read: `year=2026/part-0.csv`.

The folder is one thing: it appears, or takes the place of an older one, by a rename, so that
nobody reads half of one, nor years of two exports.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from ..destination import look, taken
from ..draft import aside, keep_names, new_file, parent_of, writing
from ..errors import ValidationError
from ..folders import Folder, opened
from ..whoop.records import Batch, Record, Write

Writer = Callable[[BinaryIO, type[Record]], AbstractContextManager[Write]]
"""Writes batches of flat records, each as its JSON text, to a file in one format."""

_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"
"""Where the readers look for rows without a year; an empty export's schema is kept there."""


def check_free(folder: Path, suffix: str, *, overwrite: bool) -> None:
    """Raise unless a dataset may be put here.

    FileExists when the folder holds anything and there is no leave to overwrite; with it,
    ValidationError when it holds anything else than such a dataset in the same format.
    """
    if look(folder) is not None:
        with writing(folder), opened(folder.parent) as parent:
            _is_free(parent, folder.name, suffix, overwrite)


@contextmanager
def draft(
    place: Path, suffix: str, *, overwrite: bool, parent: Folder | None = None
) -> Iterator[Folder]:
    """Open a folder to fill, 0700, that is at `place` once the block ends well, else nowhere.

    Where one is replaced there is none for the moment between two renames. `parent` is the folder
    it lies in, where that is open already. Raises as `check_free` does, and ExportError as a
    file's draft does.
    """
    beside, old, name = aside(), aside(), place.name
    with writing(place), parent_of(place, parent) as around:
        try:
            around.make(beside)
            with around.within(beside) as folder:
                yield folder
                keep_names(folder)
            around.check_place()
            if _is_free(around, name, suffix, overwrite):
                around.rename(name, old)
            around.rename(beside, name)
            keep_names(around)
        finally:
            # Ctrl-C may come after any of these steps: what is there now tells which were taken.
            unused = around.look(beside) is not None
            try:
                if unused and around.look(old) is not None:
                    around.rename(old, name)
            finally:
                around.remove_tree(beside if unused else old)


@contextmanager
def yearly(folder: Folder, suffix: str, writer: Writer, record: type[Record]) -> Iterator[Write]:
    """Write each record to the file of the year in which it began on the wearer's clock."""
    with ExitStack() as stack:
        years: dict[str, Write] = {}

        def keep_year(year: str) -> None:
            with folder.within(f"year={year}") as part:
                keep_names(part)

        def write_year(year: str, batch: Batch) -> None:
            if year not in years:
                folder.make(f"year={year}")
                stack.callback(keep_year, year)
                with folder.within(f"year={year}") as part:
                    file = stack.enter_context(new_file(part, f"part-0{suffix}"))
                years[year] = stack.enter_context(writer(file, record))
            years[year](batch)

        def write(batch: Batch) -> None:
            for year, some in groupby(batch, _year):
                write_year(year, list(some))

        yield write
        if not years:
            write_year(_NO_YEAR, [])


def size(folder: Folder) -> int:
    """Count the bytes of its files together."""
    total = 0
    for year in folder.names():
        with folder.within(year) as part:
            found = (part.look(name) for name in part.names())
            total += sum(one.st_size for one in found if one is not None)
    return total


def _year(text: str) -> str:
    record = json.loads(text)
    return str(record["start_local"] or record["start"])[:4]


def _is_free(parent: Folder, name: str, suffix: str, overwrite: bool) -> bool:
    """Tell whether an older dataset is there to be replaced. Raises as `check_free` does."""
    found = parent.look(name)
    if found is None:
        return False
    if not stat.S_ISDIR(found.st_mode):
        raise ValidationError(
            "`path` holds a file or a link where a folder is needed.", hint="Choose another path."
        )
    with parent.within(name) as folder:
        held = folder.names()
        if held and not overwrite:
            raise taken(parent.path / name)
        if not all(_is_year(folder, one, f"part-0{suffix}") for one in held):
            raise ValidationError(
                f"`path` is a folder that holds more than the {suffix} files of such an export.",
                hint="Choose another folder: only files of an earlier export are overwritten.",
            )
    return True


def _is_year(folder: Folder, name: str, part: str) -> bool:
    found = folder.look(name)
    if found is None or not (name.startswith("year=") and stat.S_ISDIR(found.st_mode)):
        return False
    with folder.within(name) as year:
        held = {one: year.look(one) for one in year.names()}
    return all(one == part and at and stat.S_ISREG(at.st_mode) for one, at in held.items())
