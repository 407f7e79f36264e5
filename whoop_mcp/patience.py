"""Wait out programs that hold a file open, which on Windows keep it from being replaced or read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SECONDS = 5.0
"""How long a file that somebody holds is tried again: a scanner or an indexer is done by then."""

_DENIED, _SHARING, _LOCKED = 5, 32, 33  # the numbers that Windows has for it
_FIRST, _LONGEST = 0.01, 0.25  # seconds between two tries
_WHO = "Excel, an editor, a virus scanner or a backup may"


class Held(PermissionError):
    """Signal that a file is held open by somebody; `strerror` says who it may be."""

    def __init__(self, problem: OSError) -> None:
        sure = _number(problem) in (_SHARING, _LOCKED)
        words = "another program has it open" if sure else "access is denied, or it is held open"
        super().__init__(problem.errno, f"{words}: {_WHO}")
        self.filename = problem.filename


def patiently(act: Callable[[], T], path: Path | None = None) -> T:
    """Answer what `act` returns, tried again for some seconds while somebody holds its file.

    Held when somebody still does then; any other OSError at once, as on systems that let a file be
    replaced whoever reads it. `path` is where a folder, which nobody waits for, would be in the
    way.
    """
    ends = time.monotonic() + SECONDS
    pause = _FIRST
    while True:
        try:
            return act()
        except OSError as problem:
            if not is_held(problem) or (path is not None and path.is_dir()):
                raise
            if time.monotonic() >= ends:
                raise Held(problem) from None
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)


def is_held(problem: OSError) -> bool:
    """Tell whether a refusal may be one of a program that has the file open."""
    if isinstance(problem, Held) or _number(problem) in (_DENIED, _SHARING, _LOCKED):
        return True
    # The C library, through which files are opened there, keeps the number to itself.
    return os.name == "nt" and isinstance(problem, PermissionError)


def _number(problem: OSError) -> int | None:
    """Find Windows' own number of a failure; None elsewhere."""
    return getattr(problem, "winerror", None)
