"""Put files in place whole, durable and private from their first byte; make folders private."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

from . import windows
from .folders import opened
from .patience import patiently

_TRIAL = 32 * 1024  # bytes: a key and a login, each in blocks of its own, need less


def private_folder(path: Path) -> None:
    """Make the folder, 0700; one that is there already is tightened to that. OSError if not.

    On Windows only one that is new is made its owner's alone.
    """
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        windows.make_private(str(path))
    tighten(path)


def tighten(path: Path) -> None:
    """Take everybody else's rights on a file or folder away, where it is ours to do so."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & 0o077:
            path.chmod(mode & 0o700)


def replace(path: Path, data: bytes, mode: int = 0o600, *, exactly: bool = False) -> None:
    """Put a file in place, all of it or nothing, and not return before it is on the disk.

    `exactly`: with these very rights, of which the process's umask takes none away.
    A reader sees the old file or the new one; a link at `path` is replaced, not followed.
    OSError leaves the old file as it was. A process killed midway leaves a `partial` behind.
    """
    partial = f".{path.name[:100]}.{secrets.token_hex(6)}.tmp"
    with opened(path.parent) as folder:
        try:
            with os.fdopen(folder.create(partial, mode), "wb") as file:
                if exactly and os.name != "nt":
                    os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            folder.replace(partial, path.name)
        except BaseException:
            with suppress(OSError):
                folder.remove(partial)
            raise
        folder.sync()


def try_out(path: Path) -> None:
    """Write beside a file what `replace` would, and take it away again. OSError where that fails.

    Where its folder is not there yet, the nearest above it that is has to take one.
    """
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    trial = f".{path.name[:100]}.{secrets.token_hex(6)}.tmp"
    with opened(folder) as held:
        if folder != path.parent:
            held.make(trial)
            held.remove_folder(trial)
            return
        try:
            with os.fdopen(held.create(trial), "wb") as file:
                file.write(bytes(_TRIAL))
                file.flush()
                os.fsync(file.fileno())
            held.sync()
        finally:
            with suppress(OSError):
                held.remove(trial)


def overwrite(path: Path, data: bytes) -> None:
    """Write a text over one that is there, for want of a better way, in one write. OSError.

    What is left of a longer one is blanked, not cut off, so that no reader finds half of each.
    """
    with path.open("r+b", buffering=0) as file:
        file.write(data.ljust(os.fstat(file.fileno()).st_size))
        os.fsync(file.fileno())


def read(path: Path) -> bytes:
    """Read a file whole, also one that somebody is just replacing. OSError."""
    return patiently(path.read_bytes, path)


def keep_aside(path: Path) -> Path:
    """Copy a file beside itself, under a name with the time, with the same rights. OSError."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    data, mode = read(path), path.stat().st_mode & 0o777
    for n in ("", *(f"-{i}" for i in range(1, 1000))):
        copy = path.with_name(f"{path.name}.{stamp}{n}.bak")
        try:  # the name is taken at once, as another process may want it at this moment
            with opened(path.parent) as folder:
                os.close(folder.create(copy.name))
        except FileExistsError:
            continue
        try:
            replace(copy, data, mode, exactly=True)
        except BaseException:
            with suppress(OSError):
                copy.unlink()
            raise
        return copy
    raise FileExistsError(errno.EEXIST, "Too many copies of it are there")


def remove_partials(path: Path) -> None:
    """Clear away what killed writers of this path left. Only where no one can be writing it."""
    with opened(path.parent) as folder:
        for name in folder.names():
            if name.startswith(f".{path.name[:100]}.") and name.endswith(".tmp"):
                found = folder.look(name)
                if found is not None and not stat.S_ISDIR(found.st_mode):
                    folder.remove(name)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable, where the system has a way to."""
    with opened(folder) as held:
        held.sync()


def few_files_left(count: int = 8) -> bool:
    """Tell whether not even so many more files could be opened now."""
    opened: list[int] = []
    try:
        while len(opened) < count:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as problem:
        return problem.errno in (errno.EMFILE, errno.ENFILE)
    finally:
        for handle in opened:
            os.close(handle)
    return False
