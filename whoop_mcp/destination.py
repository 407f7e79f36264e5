"""Find the place that a user's path names, and refuse those where nothing may be written."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from . import windows
from .errors import ExportError, FileExists, ValidationError
from .patience import is_held

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
    permit(path, look(path), overwrite=overwrite)


def permit(path: Path, found: os.stat_result | None, *, overwrite: bool) -> None:
    """Raise as `check_free` does for what was `found` at a path (None: nothing)."""
    regular = found is not None and stat.S_ISREG(found.st_mode)
    if found is None or (regular and (overwrite or found.st_size == 0)):
        return
    if not overwrite:
        raise taken(path)
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


def taken(path: Path) -> FileExists:
    """Make the error for a path that holds something."""
    return FileExists(
        f"There is already something at {path}.",
        hint="Choose another path, or ask to overwrite (overwrite=true).",
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
