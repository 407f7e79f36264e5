"""Open the ZIP that WHOOP mails, or its folder, and take no more from it than is safe."""

from __future__ import annotations

import errno
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import ValidationError

try:
    from lzma import LZMAError
except ImportError:  # not in every build of Python

    class LZMAError(Exception):  # type: ignore[no-redef]
        """Stand in for what is never raised then."""


_MOST_FILES = 200
_LARGEST = 64 * 2**20  # bytes of one table: ten years of three answers a day are 4 MB
_LARGEST_OF_ALL = 128 * 2**20
_PIECE = 2**16
_NAMED = re.compile(r"my_whoop_data_(\d{4})_(\d\d)_(\d\d)", re.ASCII)
_MEANT = (
    "In the WHOOP app: Menu, then Data Export; WHOOP mails a link to my_whoop_data_….zip, mostly "
    "within the hour."
)


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    ValueError,
    IndexError,  # of a name without a character, until Python 3.12
    MemoryError,  # which a few wrong bytes may ask for
    NotImplementedError,
    RuntimeError,
)
"""What reading a damaged ZIP raises."""


class File(NamedTuple):
    """Hold a CSV file of an export: its name for nobody but this program, and its text."""

    name: str
    text: str


def read(path: str) -> tuple[list[File], str | None]:
    """Read the CSV files of an export at a path, and the date in its name, if it has one.

    ValidationError for what is no such ZIP or folder, for what is larger than any export, and for
    names and links that lead out of it. No content of a file is in any message.
    """
    try:
        place = _place(path)
        found = _of_folder(place) if place.is_dir() else _of_zip(place)
    except OSError as problem:
        raise ValidationError(
            f"`path` cannot be read: {problem.strerror or 'it failed'}.",
            hint="Check that the file is there and is yours to read.",
        ) from problem
    if not found:
        raise not_an_export("There is no CSV file in it.")
    named = _NAMED.search(place.name)
    return found, "-".join(named.groups()) if named else None


def not_an_export(what: str) -> ValidationError:
    """Say that something is no export of WHOOP's, and which one is meant."""
    return ValidationError(
        f"This is not WHOOP's data export. {what}",
        hint=f"{_MEANT} The archive from WHOOP's privacy page is something else.",
    )


def _place(path: str) -> Path:
    if not path or "\x00" in path:
        raise ValidationError(
            "`path` is empty.", hint="Give the ZIP: ~/Downloads/my_whoop_data.zip"
        )
    try:
        place = Path(path).expanduser()
    except RuntimeError:
        raise ValidationError("`path` names no home.", hint="Give an absolute path.") from None
    if not place.is_absolute():
        raise ValidationError(
            "`path` is not absolute.", hint="For example ~/Downloads/my_whoop_data_2026_04_20.zip"
        )
    if not place.exists():
        raise ValidationError("There is nothing at `path`.", hint=_MEANT)
    return place


# ── a ZIP ──


def _of_zip(place: Path) -> list[File]:
    if not stat.S_ISREG(place.stat().st_mode):
        raise ValidationError("`path` is neither a file nor a folder.", hint=_MEANT)
    if place.suffix.lower() == ".csv":
        raise ValidationError(
            "`path` is a single table of an export.",
            hint="Give the ZIP, or the folder of all four.",
        )
    try:
        with zipfile.ZipFile(place) as package:
            return list(_members(package))
    except _DAMAGED as problem:
        raise not_an_export("It is not a ZIP file, or it is damaged.") from problem
    except OSError as problem:
        # So bz2 says it, or a seek to a place before the file's beginning.
        if problem.errno not in (None, errno.EINVAL):
            raise
        raise not_an_export("It is not a ZIP file, or it is damaged.") from problem


def _members(package: zipfile.ZipFile) -> Iterator[File]:
    members = [one for one in package.infolist() if not one.is_dir()]
    if len(members) > _MOST_FILES:
        raise not_an_export(f"It holds more than {_MOST_FILES} files.")
    for one in members:
        if _leads_out(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
            raise ValidationError(
                "A name in the ZIP leads out of it: somebody has made it so on purpose.",
                hint="Nothing was read. Take the ZIP from WHOOP's own mail.",
            )
    tables = [one for one in members if _is_table(one.filename)]
    if any(one.flag_bits & 1 for one in tables):
        raise ValidationError(
            "The ZIP is encrypted.", hint="Unpack it, and give the folder instead."
        )
    if sum(one.file_size for one in tables) > _LARGEST_OF_ALL:
        raise _too_large()
    room = _LARGEST_OF_ALL
    for one in tables:
        with package.open(one) as file:
            content = _content(file, min(_LARGEST, room))
        room -= len(content)
        yield File(one.filename, _text(content))


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name[:1] in ("/", "\\") or re.match(r"[A-Za-z]:", name) is not None


# ── a folder ──


def _of_folder(place: Path) -> list[File]:
    paths = sorted(place.iterdir())
    if len(paths) > 10 * _MOST_FILES:
        raise not_an_export("The folder holds too many files.")
    tables = [one for one in paths if _is_table(one.name)]
    if not tables:
        # One folder down, as some systems unpack it; but not two exports side by side.
        below = [
            [each for each in sorted(one.iterdir()) if _is_table(each.name)]
            for one in paths
            if one.is_dir() and not one.is_symlink()
        ]
        below = [some for some in below if some]
        if len(below) > 1:
            raise two_exports()
        tables = below[0] if below else []
    if not tables and any(one.suffix.lower() == ".zip" for one in paths):
        raise ValidationError(
            "The folder holds a ZIP, but none of its tables.", hint="Give the ZIP itself."
        )
    found, room = [], _LARGEST_OF_ALL
    for one in tables:
        if one.is_symlink() or not one.is_file():
            raise ValidationError(
                "A table in the folder is a link, or not a file.",
                hint="Unpack the ZIP again, and give that folder.",
            )
        with one.open("rb") as file:
            content = _content(file, min(_LARGEST, room))
        room -= len(content)
        found.append(File(one.name, _text(content)))
    return found


def two_exports() -> ValidationError:
    """Say that more than one export lies at a path."""
    return ValidationError(
        "Two exports lie here together: there are two tables of one kind.",
        hint="Give the ZIP of the newest one, or a folder that holds its four tables alone.",
    )


# ── both ──


def _is_table(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return parts[-1].lower().endswith(".csv") and not hidden


def _content(file: IO[bytes], most: int) -> bytes:
    """Read a file whole; what it says of its own size is not believed."""
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > most:
            raise _too_large()
        pieces.append(piece)
    return b"".join(pieces)


def _too_large() -> ValidationError:
    return ValidationError(
        "It is larger than any export of WHOOP's, and was not read.",
        hint="Take the ZIP from WHOOP's own mail.",
    )


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise resaved("it is not UTF-8") from None


def resaved(what: str) -> ValidationError:
    """Say that a spreadsheet has rewritten a table."""
    return ValidationError(
        f"A spreadsheet program has saved this table again: {what}.",
        hint="Take the ZIP as WHOOP mailed it; you can ask for an export once a day. Look at it "
        "in a copy.",
    )
