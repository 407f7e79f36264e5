"""Write files whole, durable and private from their first byte, where a user may have them."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

from . import windows
from .errors import ExportError, FileExists, ValidationError
from .folders import Folder, opened
from .patience import is_held, patiently


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


# ── paths that may be written ──

_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def file_at(path: str, suffix: str, *, home: Path, overwrite: bool = False) -> Path:
    """Find the file that a user's `path` names, its folder free of links.

    ValidationError unless it is absolute or begins with `~`, ends in `suffix`, and lies in an
    existing folder outside of `home`; otherwise raises as `check_free` does.
    """
    example = f"~/Downloads/whoop{suffix}"
    if not path.endswith(suffix):
        raise ValidationError(f"`path` does not end in {suffix}.", hint=f"For example {example}.")
    place = _place(path, home, example)
    check_free(place, overwrite=overwrite)
    return place


def folder_at(path: str, *, home: Path) -> Path:
    """Find the folder, there or not yet, that a user's `path` names. Raises as `file_at` does."""
    place = _place(path, home, "~/Downloads/whoop")
    found = look(place)
    if found is not None and not stat.S_ISDIR(found.st_mode):
        raise ValidationError(
            "`path` is a file or a link where a folder is needed.",
            hint="Give a real folder such as ~/Downloads/whoop.",
        )
    return place


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise unless a file may be put here.

    FileExists when there is content and no leave to overwrite; with it, ValidationError for
    whatever is not a regular file.
    """
    permit(look(path), overwrite=overwrite)


def permit(found: os.stat_result | None, *, overwrite: bool) -> None:
    """Raise as `check_free` does for what is at a path (None: nothing)."""
    regular = found is not None and stat.S_ISREG(found.st_mode)
    if found is None or (regular and (overwrite or found.st_size == 0)):
        return
    if not overwrite:
        raise taken()
    raise ValidationError(
        "`path` is a folder, a link or a device, which is never overwritten.",
        hint="Choose another path.",
    )


def look(path: Path) -> os.stat_result | None:
    """Look at what is at a path: itself, never what it links to. None: nothing."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None
    except PermissionError as problem:
        raise unwritable(problem) from None
    except OSError:
        raise ValidationError(
            "`path` is longer than the disk allows.", hint="Choose a shorter path."
        ) from None


def taken() -> FileExists:
    """Make the error for a path that holds something."""
    return FileExists(
        "There is already something at that path.",
        hint="Choose another path, or ask to overwrite (overwrite=true, --overwrite).",
    )


def unwritable(problem: OSError) -> ExportError:
    """Make the error for a disk that refuses, or for a program that holds the file."""
    if is_held(problem):
        return ExportError(
            f"The destination could not be written: {problem.strerror}.",
            hint="Close it there (Excel keeps a table to itself while it shows it), then try "
            "again; or choose another path. What was there before is untouched.",
        )
    return ExportError(
        f"The destination could not be written: {problem.strerror or 'the disk refused'}.",
        hint="Free some space or choose another folder. What was there before is untouched.",
    )


def _place(path: str, home: Path, example: str) -> Path:
    def refused(problem: str) -> ValidationError:
        return ValidationError(f"`path` {problem}.", hint=f"For example {example}.")

    if _UNUSABLE.search(path):
        raise refused("holds a character that no path should")
    if windows.HERE and (trouble := windows.trouble_with(path)):
        raise refused(trouble)
    try:
        given = Path(path).expanduser()
        # An empty HOME makes it the root of all paths, which is nobody's home.
        homeless = path[:2] in ("~", "~/") and len(Path.home().parts) < 2
    except (RuntimeError, KeyError):
        raise refused("begins with a ~ that stands for no known home") from None
    if homeless:
        raise refused("begins with a ~ that stands for no known home")
    if not given.is_absolute():
        raise refused("is neither absolute nor begins with ~")
    if given.name in ("", ".."):
        raise refused("does not end in a name")
    try:
        folder = given.parent.resolve(strict=True)
    except PermissionError as problem:
        raise unwritable(problem) from None
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        raise refused("lies in a folder that does not exist") from None
    if not folder.is_dir():
        raise refused("lies in something that is not a folder")
    place = folder / given.name
    look(place)
    if any(_same(one, home) for one in (place, *place.parents)):
        raise refused("lies in the folder where whoop-mcp keeps its own files")
    return place


def _same(one: Path, home: Path) -> bool:
    # By identity, since a disk may take several spellings for one name; by a spelling without
    # case besides, since what does not exist yet has no identity.
    try:
        if one.exists() and home.exists():
            return one.samefile(home)
    except OSError:
        pass  # what may not be looked at is told apart by its spelling alone
    return str(one).casefold() == str(home.resolve()).casefold()


# ── a file written whole, or not at all ──


@contextmanager
def draft(path: Path, *, overwrite: bool, folder: Folder | None = None) -> Iterator[BinaryIO]:
    """Open a file to write, 0600, that is at `path` once the block ends well, else nowhere.

    `folder` is the path's, where that is open already. Raises as `check_free` does for what
    appeared meanwhile, and ExportError for a full disk or one that may not be written, or where
    the folder is not there any more; what was at `path` is then as it was.
    """
    beside = aside()
    with writing(), parent_of(path, folder) as parent:
        try:
            with new_file(parent, beside) as file:
                yield file
            parent.check_place()
            _put(parent, beside, path.name, overwrite)
            keep_names(parent)
        finally:
            with suppress(OSError):
                parent.remove(beside)


@contextmanager
def made_folder(path: Path) -> Iterator[Folder]:
    """Open a folder, made 0700 unless it is there; one just made goes again if the block fails."""
    with writing(), opened(path.parent, real=True) as parent:
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
def writing() -> Iterator[None]:
    """Translate the operating system's refusals into this program's errors."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise taken() from None
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


def _put(folder: Folder, beside: str, name: str, overwrite: bool) -> None:
    found = folder.look(name)
    permit(found, overwrite=overwrite)
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
