"""Tell what tests have left behind: processes that still run, and temporary files."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

MARK = "STARTED_BY_TESTS_OF"  # a variable that each process has from the one that started it
PATIENCE = 30.0  # seconds for a process that was told to end


def processes(mark: str) -> dict[int, str]:
    """The command lines, by number, of other processes whose variable is this; Linux tells."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (place / "environ").read_bytes().split(b"\0"):
                found[int(place.name)] = (place / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has ended, or is somebody else's
            continue
    found.pop(os.getpid(), None)
    return found


def left(mark: str, temporary: Path | None) -> list[str]:
    """What is still there, once whatever is about to end has had the time for it."""
    ends = time.monotonic() + PATIENCE
    while (running := processes(mark)) and time.monotonic() < ends:
        gc.collect()  # a process may wait for whoever owns it to be forgotten
        time.sleep(0.02)
    return [*running.values(), *sorted(map(str, temporary.iterdir() if temporary else ()))]
