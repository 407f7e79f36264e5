"""How a file is put at a path: whole, or not at all.

Nothing that is there is ever opened: the new file is written beside it under a name of its own,
and takes the path in one step. Only a killed process leaves that other name behind.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .destination import check_free, look, taken, unwritable
from .files import sync_folder

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
# Windows has no O_NOFOLLOW, and alone has O_BINARY.
_NEW |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def draft(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file to write, 0600, that is at `path` once the block ends well, else nowhere.

    Raises as `check_free` does for what appeared meanwhile, and ExportError for a full disk or
    one that may not be written; what was at `path` is then as it was.
    """
    beside = aside(path)
    with writing():
        try:
            with new_file(beside) as file:
                yield file
            _put(beside, path, overwrite)
            keep_names(path.parent)
        finally:
            beside.unlink(missing_ok=True)


@contextmanager
def made_folder(path: Path) -> Iterator[None]:
    """A folder, made 0700 unless it is there; one just made goes again if the block fails."""
    with writing():
        made = look(path) is None
        if made:
            path.mkdir(0o700)
            keep_names(path.parent)
        try:
            yield
        except BaseException:
            if made:
                with suppress(OSError):
                    path.rmdir()
            raise


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there before, 0600, safe on the disk when the block ends."""
    with os.fdopen(os.open(path, _NEW, 0o600), "wb") as file:
        yield file
        save(file)


@contextmanager
def writing() -> Iterator[None]:
    """Tells the operating system's refusals in this program's words."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise taken() from None
        raise unwritable(problem) from None


def save(file: BinaryIO) -> None:
    """Have what was written so far survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


def keep_names(folder: Path) -> None:
    """The same for the names in a folder, where the disk can do that: some shares cannot."""
    with suppress(OSError):
        sync_folder(folder)


def aside(path: Path) -> Path:
    """A name beside a path that nobody else has, short whatever the path's own length."""
    return path.with_name(f".whoop-{secrets.token_hex(8)}.part")


def _put(beside: Path, path: Path, overwrite: bool) -> None:
    check_free(path, overwrite=overwrite)
    if not overwrite and look(path) is None:
        # Neither a link nor a new file takes the place of one that appears at this moment, as a
        # rename would.
        try:
            path.hardlink_to(beside)
            return
        except FileExistsError:
            raise
        except OSError:  # a disk without links, such as a FAT stick
            os.close(os.open(path, _NEW, 0o600))
    beside.replace(path)
