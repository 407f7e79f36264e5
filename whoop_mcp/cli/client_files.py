"""Put the server's entry into the clients' own files, or take it out again.

A client's file is another program's property: everything else in it stays as it is, and the file
as it was is kept beside the new one.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Literal, NamedTuple

from .. import files, surroundings
from ..errors import ExportError, ValidationError, WhoopError
from ..lock import lock
from .clients import Client
from .edit_json import Unreadable
from .starts import Start

_LARGEST = 32 * 2**20
_LONGEST_WAIT = 30  # seconds for another install, which changes a file in far less than one
_BOM = "\ufeff"


class Written(NamedTuple):
    """Tell what became of a client's file; `backup` is the file as it was before, if any."""

    client: str
    path: Path
    state: Literal["added", "replaced", "unchanged", "removed"]
    backup: Path | None
    note: str = ""

    def answer(self) -> dict[str, str | None]:
        """Say the same in JSON."""
        return {
            "client": self.client,
            "path": str(self.path),
            "state": self.state,
            "backup": None if self.backup is None else str(self.backup),
            **({"note": self.note} if self.note else {}),
        }


class LeftAlone(NamedTuple):
    """Tell why a client's file was not touched, while others were."""

    client: str
    problem: WhoopError

    def answer(self) -> dict[str, str | None]:
        """Say the same in JSON."""
        return {
            "client": self.client,
            "message": self.problem.message,
            "hint": self.problem.hint,
        }


class _Job(NamedTuple):
    """Name a client's file, and whether the entry is to be taken out of it or put into it."""

    client: Client
    file: Path
    takes_out: bool

    @property
    def by_hand(self) -> str:
        """Say how a person does it where this program cannot."""
        if self.takes_out:
            return "Take the entry out of it yourself."
        return "Run the command without --write, and paste the entry yourself."


Plan = Callable[[], Written]
"""Changes one file; all that can be known to fail was checked before."""


def planned(client: Client, file: Path, start: Start) -> Plan:
    """Check that the entry can be put into the file; call the result to do it.

    ValidationError when the file is not what the client would read, ExportError when it cannot be
    read or written; it stays as it is.
    """
    job = _Job(client, file, takes_out=False)
    target, before = _content(job)
    text = _decoded(before, job)
    had = _edited(job, lambda: client.take_out(text, start.name)) != text
    new = _edited(job, lambda: client.put(text, start))
    return _plan(job, target, before, text, new, "replaced" if had else "added")


def removal(client: Client, file: Path, name: str) -> Plan:
    """Check that the entry can be taken out of the file; call the result to do it.

    Raises as `planned` does. A file without the entry is `unchanged`.
    """
    job = _Job(client, file, takes_out=True)
    target, before = _content(job)
    text = _decoded(before, job)
    new = _edited(job, lambda: client.take_out(text, name))
    return _plan(job, target, before, text, new, "removed")


def _plan(
    job: _Job,
    target: Path,
    before: bytes | None,
    text: str,
    new: str,
    state: Literal["added", "replaced", "removed"],
) -> Plan:
    client, file = job.client, job.file
    if new == text:
        return lambda: Written(client.name, file, "unchanged", None)
    _check_writable(job, target)
    mark = _BOM.encode() if before is not None and before.startswith(_BOM.encode()) else b""

    def write() -> Written:
        try:
            with _alone_with(target):
                return change()
        except OSError as problem:
            raise ExportError(
                f"{file} cannot be written ({problem.strerror or 'it failed'}).", hint=job.by_hand
            ) from None

    def change() -> Written:
        _check_same(job, target, before)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        backup = None if before is None else files.keep_aside(target)
        try:  # once more: that took its time
            _check_same(job, target, before)
            if backup is not None and files.read(backup) != before:
                raise _changed(job)
        except ExportError:
            if backup is not None:
                with suppress(OSError):
                    backup.unlink()
            raise
        mode = 0o600 if before is None else target.stat().st_mode & 0o777
        files.replace(target, mark + new.encode(), mode, exactly=before is not None)
        note = "" if state == "removed" else client.note
        return Written(client.name, file, state, backup, note)

    return write


def _alone_with(target: Path) -> AbstractContextManager[None]:
    """Keep other installs from a client's file, whatever `WHOOP_HOME` each of them has.

    The lock is in a folder of ours: the client's own folder is not littered, and Windows does not
    replace a file that is open. Without that folder there is none: that another program has
    changed the file is mostly seen all the same.
    """
    folder = surroundings.home() / ".whoop-mcp-server"
    try:
        files.private_folder(folder)
    except OSError:
        return nullcontext()
    digest = hashlib.sha256(os.fsencode(os.path.normcase(target))).hexdigest()[:16]
    return lock(folder / f"install-{digest}.lock", _LONGEST_WAIT)


def _check_same(job: _Job, target: Path, before: bytes | None) -> None:
    if _content(job) != (target, before):
        raise _changed(job)


def _changed(job: _Job) -> ExportError:
    return ExportError(
        f"{job.client.title} or another program has just changed {job.file}; it was left as it is.",
        hint="Run this again; where that does not help, close it first.",
    )


def _content(job: _Job) -> tuple[Path, bytes | None]:
    """Read a file and find where it is, links followed, as people keep such files elsewhere."""
    try:
        target = job.file.resolve()
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "It is not a regular file")
        if target.stat().st_size > _LARGEST:
            raise OSError(errno.EFBIG, "It is too large for a file of settings")
        return target, files.read(target)
    except FileNotFoundError:
        return target, None
    except (OSError, RuntimeError) as problem:  # RuntimeError: a loop of links, below Python 3.13
        why = getattr(problem, "strerror", None) or "it failed"
        raise ExportError(f"{job.file} cannot be read ({why}).", hint=job.by_hand) from None


def _decoded(data: bytes | None, job: _Job) -> str:
    try:
        return (data or b"").decode("utf-8-sig")
    except ValueError:
        raise _strange(job, "it is not text in UTF-8") from None


def _edited(job: _Job, edit: Callable[[], str]) -> str:
    try:
        new = edit()
        new.encode()
    except UnicodeEncodeError:  # half a character, which an argument may hold and no file can
        raise _strange(job, "the entry cannot be written in UTF-8") from None
    except Unreadable as problem:
        raise _strange(job, str(problem)) from None
    return new


def _check_writable(job: _Job, target: Path) -> None:
    """Raise ExportError for a file that its owner keeps from being written, or a closed folder."""
    there = surroundings.path_test(target.exists, denied=True)
    # By its mode, as for root, and for whoever owns the folder, everything can be replaced.
    act = "take the entry out" if job.takes_out else "put the entry in"
    if there and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
        raise ExportError(
            f"{job.file} is read-only; it was left as it is.",
            hint=f"Another program may make it: {act} there. Or make it writable, and run this "
            "again.",
        )
    folder = next((one for one in target.parents if one.exists()), target.parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ExportError(
            f"{job.file} cannot be written: {folder} is not writable.", hint=job.by_hand
        )


def _strange(job: _Job, why: str) -> ValidationError:
    return ValidationError(
        f"{job.file} was left as it is: {why}.",
        hint=f"Correct it, so that {job.client.title} can read it too, and run this again. Or: "
        f"{job.by_hand[:1].lower()}{job.by_hand[1:]}",
    )
