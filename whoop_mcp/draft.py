"""Write what a user asked for at a path: it appears there whole, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

from .destination import permit, taken, unwritable
from .folders import Folder, opened


@contextmanager
def draft(path: Path, *, overwrite: bool, folder: Folder | None = None) -> Iterator[BinaryIO]:
    """Open a file to write, 0600, that is at `path` once the block ends well, else nowhere.

    `folder` is the path's, where that is open already. Raises as `check_free` does for what
    appeared meanwhile, and ExportError for a full disk or one that may not be written, or where
    the folder is not there any more; what was at `path` is then as it was.
    """
    beside = aside()
    with writing(path), parent_of(path, folder) as parent:
        try:
            with new_file(parent, beside) as file:
                yield file
            parent.check_place()
            _put(parent, beside, path, overwrite)
            keep_names(parent)
        finally:
            with suppress(OSError):
                parent.remove(beside)


@contextmanager
def made_folder(path: Path) -> Iterator[Folder]:
    """Open a folder, made 0700 unless it is there; one just made goes again if the block fails."""
    with writing(path), opened(path.parent, real=True) as parent:
        made = parent.look(path.name) is None
        if made:
            parent.make(path.name)
            keep_names(parent)
        try:
            with parent.within(path.name) as folder:
                yield folder
        except BaseException:
            if made:
                with suppress(OSError):
                    parent.remove_folder(path.name)
            raise


@contextmanager
def new_file(folder: Folder, name: str) -> Iterator[BinaryIO]:
    """Make a file that was not there before, 0600, safe on the disk when the block ends."""
    with os.fdopen(folder.create(name), "wb") as file:
        yield file
        save(file)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate the operating system's refusals of a path into this program's errors."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise taken(path) from None
        raise unwritable(problem) from None


def save(file: BinaryIO) -> None:
    """Make what was written so far survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


def keep_names(folder: Folder) -> None:
    """Make a folder's names survive a power cut, where the disk can do that: some shares cannot."""
    with suppress(OSError):
        folder.sync()


def aside() -> str:
    """Make up a name that nobody else has."""
    return f".whoop-{secrets.token_hex(8)}.part"


def parent_of(path: Path, folder: Folder | None) -> AbstractContextManager[Folder]:
    """Open the folder of a path, unless it is open already."""
    return opened(path.parent, real=True) if folder is None else nullcontext(folder)


def _put(folder: Folder, beside: str, path: Path, overwrite: bool) -> None:
    name = path.name
    found = folder.look(name)
    permit(path, found, overwrite=overwrite)
    if not overwrite and found is None:
        # Neither a link nor a new file takes the place of one that appears at this moment, as a
        # rename would.
        try:
            folder.link(beside, name)
            return
        except FileExistsError:
            raise
        except OSError:  # a disk without links, such as a FAT stick
            os.close(folder.create(name))
    folder.replace(beside, name)
