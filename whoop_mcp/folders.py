"""Hold a folder open, so that what is done in it is done there whatever becomes of its path.

Where the system can, every name is looked up in the opened folder itself; elsewhere (on Windows)
by the folder's path, as it always was.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .patience import patiently

_RELATIVE = {os.open, os.mkdir, os.rmdir, os.unlink, os.rename, os.link, os.stat} <= (
    os.supports_dir_fd
) and hasattr(os, "O_DIRECTORY")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
# Windows has no O_NOFOLLOW, and alone has O_BINARY.
_NEW |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


_NO_WAY = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What network drives answer that do not make folders durable by themselves."""


class Folder:
    """An opened folder. Its methods take names in it, follow no link, and raise OSError."""

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self._handle = handle

    def check_place(self) -> None:
        """Raise unless the folder still is where it was opened, and no link leads there."""
        if self._handle is None:
            return
        try:
            same = os.path.samestat(os.fstat(self._handle), self.path.lstat())
            same = same and self.path.resolve(strict=True) == self.path
        except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
            same = False
        if not same:
            raise OSError(errno.ESTALE, "Its folder was moved or replaced meanwhile")

    def look(self, name: str) -> os.stat_result | None:
        """Look at what has this name: itself, never what it links to. None: nothing."""
        try:
            return os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def names(self) -> list[str]:
        """List the names of all that is in it."""
        where = self.path if self._handle is None else self._handle
        return os.listdir(where)  # noqa: PTH208 - a Path cannot be one of a descriptor

    def create(self, name: str, mode: int = 0o600) -> int:
        """Make a file that was not there before; a descriptor to write it. FileExistsError."""
        return os.open(self._at(name), _NEW, mode, dir_fd=self._handle)

    def make(self, name: str) -> None:
        """Make a folder, 0700, that was not there before. FileExistsError."""
        os.mkdir(self._at(name), 0o700, dir_fd=self._handle)

    def link(self, name: str, other: str) -> None:
        """Give a file another name, which must be free. FileExistsError."""
        where = {} if self._handle is None else {"follow_symlinks": False}
        os.link(
            self._at(name),
            self._at(other),
            src_dir_fd=self._handle,
            dst_dir_fd=self._handle,
            **where,
        )

    def rename(self, name: str, other: str) -> None:
        """Give something another name; a file that has it is replaced (not so on Windows)."""
        here = self._handle
        patiently(
            lambda: os.rename(self._at(name), self._at(other), src_dir_fd=here, dst_dir_fd=here)
        )

    def replace(self, name: str, other: str) -> None:
        """Let a file take another's name in one step, wherever."""
        here = self._handle
        patiently(
            lambda: os.replace(self._at(name), self._at(other), src_dir_fd=here, dst_dir_fd=here),
            self.path / other,
        )

    def remove(self, name: str) -> None:
        """Remove a file or a link, if it is there."""
        with suppress(FileNotFoundError):
            patiently(lambda: os.unlink(self._at(name), dir_fd=self._handle), self.path / name)

    def remove_folder(self, name: str) -> None:
        """Remove a folder that is empty."""
        patiently(lambda: os.rmdir(self._at(name), dir_fd=self._handle))

    def remove_tree(self, name: str) -> None:
        """Remove a folder with all that is in it, as far as that can be done; nothing is raised."""
        with suppress(OSError), self.within(name) as folder:
            for one in folder.names():
                found = folder.look(one)
                if found is not None and stat.S_ISDIR(found.st_mode):
                    folder.remove_tree(one)
                else:
                    with suppress(OSError):
                        folder.remove(one)
        with suppress(OSError):
            self.remove_folder(name)

    @contextmanager
    def within(self, name: str) -> Iterator[Folder]:
        """Open a folder in this one, never through a link."""
        if self._handle is None:
            yield Folder(self.path / name, None)
            return
        handle = _open(name, self._handle)
        try:
            yield Folder(self.path / name, handle)
        finally:
            os.close(handle)

    def sync(self) -> None:
        """Make what was named, renamed and removed here durable, where the system has a way to."""
        if self._handle is not None:
            try:
                os.fsync(self._handle)
            except OSError as problem:
                if problem.errno not in _NO_WAY:
                    raise

    def _at(self, name: str) -> str | Path:
        return self.path / name if self._handle is None else name


@contextmanager
def opened(path: Path, *, real: bool = False) -> Iterator[Folder]:
    """Open the folder at a path until the block ends. OSError.

    `real`: only if no link leads there, neither the last name nor one on the way.
    """
    if not _RELATIVE:
        yield Folder(path, None)
        return
    handle = _open(path, None, follow=not real)
    try:
        folder = Folder(path, handle)
        if real:
            folder.check_place()
        yield folder
    finally:
        os.close(handle)


def _open(path: str | Path, within: int | None, *, follow: bool = False) -> int:
    flags = os.O_DIRECTORY | (0 if follow else os.O_NOFOLLOW)
    try:
        return os.open(path, os.O_RDONLY | flags, dir_fd=within)
    except PermissionError:  # one that may be written to, but not listed
        if not hasattr(os, "O_PATH"):
            raise
        return os.open(path, os.O_PATH | flags, dir_fd=within)
