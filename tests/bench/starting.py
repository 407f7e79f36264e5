"""How soon a server answers, how large it is then, and how soon a command is done."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from .client import INITIALIZE
from .contest import HERE, Contest
from .figures import Figure
from .whoop import ROOT


def figures(contest: Contest) -> Iterator[Figure]:
    """Start, memory then, a command's help."""
    words = {
        "ours": contest.ours.serve,
        "0.8.5": contest.theirs.serve,
        "ten lines": (sys.executable, str(HERE / "floor.py")),
    }
    seconds: dict[str, list[float]] = {name: [] for name in words}
    megabytes: dict[str, list[float]] = {name: [] for name in words}
    for turn in range(2 * contest.rounds + 1):
        for name, command in words.items():
            took, size = _start(command, contest.ours.environ(contest.home()))
            if turn:  # the first one writes bytecode
                seconds[name].append(took)
                megabytes[name].append(size)
    for name, unit, found, targets in (
        ("Start to the initialize answer", "s", seconds, {"ten lines": 1.0, "0.8.5": None}),
        ("Memory then", "MB", megabytes, {"ten lines": 1.05, "0.8.5": None}),
    ):
        for against, target in targets.items():
            ours, theirs = median(found["ours"]), median(found[against])
            yield Figure(name, unit, ours, theirs, target, against)
    help_of = (sys.executable, "-m", "whoop_mcp", "--help")
    bare = (sys.executable, "-c", "pass")
    ours_took, bare_took = [], []
    for _ in range(4 * contest.rounds):
        ours_took.append(_run(help_of))
        bare_took.append(_run(bare))
    yield Figure("`--help`", "s", median(ours_took), median(bare_took), None, "bare Python")


def _start(words: tuple[str, ...], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds from spawn to the answer, and megabytes in memory at that moment."""
    began = time.perf_counter()
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        took = time.perf_counter() - began
        assert answer["result"]["serverInfo"]
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        process.stdin.close()
        process.wait()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return took, int(resident.split()[1]) / 1024


def _run(words: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
