"""Kill an act after each of the lines that it runs, as no random moment would find all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from .commands import REPOSITORY


def kill_at_lines(
    modules: tuple[str, ...],
    stride: int,
    prepare: Callable[[], None],
    act: Callable[[], object],
    check: Callable[[int], None],
) -> int:
    """Act again and again, killed each time `stride` lines of those modules later, until it comes
    to its end; how many lines that is. Each time is prepared, and looked at afterwards."""
    for step in count(1, stride):
        prepare()
        child = os.fork()
        if not child:
            _die_at(step, modules)
            act()
            sys.settrace(None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        check(step)
        if status == 0:
            return step
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it never ends")


def _die_at(step: int, modules: tuple[str, ...]) -> None:
    """Kill this process when it comes to that many lines of these modules."""
    lines = count(1)

    def line(frame: FrameType, event: str, value: Any) -> Any:
        if event == "line" and next(lines) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, event: str, value: Any) -> Any:
        return line if frame.f_code.co_filename.endswith(modules) else None

    sys.settrace(call)


def printed_by(module: str, function: str, folder: Path, stride: int) -> int:
    """The number that a test's function prints in a process of its own, which may fork."""
    program = f"import sys; from {module} import {function}; {function}(*sys.argv[1:])"
    said = subprocess.run(
        [sys.executable, "-c", program, folder, str(stride)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return int(said.stdout)
