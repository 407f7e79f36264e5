"""What one server process of each program takes to sync ten years, answer all and export it.

How long an export takes, and the most memory that the process ever held.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from .client import Client, served
from .contest import Contest
from .figures import Figure
from .whoop import ROOT, Whoop, whoop

_DAYS = 3650
_EVER = "2010-01-01T00:00:00Z"
_LISTS = ("cycles", "recoveries", "sleeps", "workouts")
_TEXT = {"csv": 0.35, "jsonl": 0.4}
_PARQUET = {"parquet": 0.5}
_TIMES = 4  # how often each process exports in a format; the first time is not counted
_WITH_PEAK = """
import sys
from whoop_mcp.cli.main import main
assert main(sys.argv[1:]) == 0
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), end="")
"""

Seconds = dict[str, dict[str, list[float]]]  # by format, then by program
Peaks = dict[str, dict[str, list[float]]]  # megabytes by what was done until then, then by program


def figures(contest: Contest) -> Iterator[Figure]:
    """Exports, the memory after all that, and the same exports as commands."""
    seconds: Seconds = {name: {"ours": [], "0.8.5": []} for name in (*_TEXT, *_PARQUET)}
    peaks: Peaks = {name: {"ours": [], "0.8.5": []} for name in ("without", "with")}
    home = contest.home()
    with whoop(days=_DAYS) as server:
        for _ in range(contest.rounds):
            home = _round(contest, server, seconds, peaks)
    for name, target in (_TEXT | _PARQUET).items():
        ours, theirs = (1000 * median(took) for took in seconds[name].values())
        yield Figure(f"Export of ten years: {name}", "ms", ours, theirs, target)
    for name, target in (("without", 0.85), ("with", 0.9)):
        ours, theirs = map(median, peaks[name].values())
        what = f"Peak memory after sync, lists, feed and exports, {name} Parquet"
        yield Figure(what, "MB", ours, theirs, target)
    for name in seconds:
        found = [_command(contest, home, name) for _ in range(contest.rounds)]
        took, peak = (median(column) for column in zip(*found, strict=True))
        theirs = median(seconds[name]["0.8.5"])
        what = f"Export as a command, its start included: {name}"
        yield Figure(what, "ms", 1000 * took, 1000 * theirs, None, "0.8.5's server")
        held = median(peaks["with" if name in _PARQUET else "without"]["0.8.5"])
        yield Figure(f"Peak memory of that: {name}", "MB", peak, held, None, "0.8.5's server")


def _round(contest: Contest, server: Whoop, seconds: Seconds, peaks: Peaks) -> Path:
    """Let a new process of each do all that in turn; the home of ours, full by then."""
    homes = contest.home(), contest.home()
    with ExitStack() as stack:
        clients = []
        for program, home in zip((contest.ours, contest.theirs), homes, strict=True):
            program.run("log_in", home, server)
            clients.append(stack.enter_context(served(program, home, server)))
        for client in clients:
            _sync(client)
        _same(clients, _lists)
        _same(clients, _feed)
        for formats, until in ((_TEXT, "without"), (_PARQUET, "with")):
            for name in formats:
                _exports(contest, clients, name, seconds[name])
            for client in clients:
                peaks[until][client.name].append(client.peak())
    return homes[0]


def _exports(
    contest: Contest, clients: list[Client], format: str, seconds: dict[str, list[float]]
) -> None:
    for turn in range(_TIMES):
        folder = contest.home()

        def export(client: Client, folder: Path = folder) -> int:
            path = str(folder / client.name)
            done = client.tool("export_whoop", kind="all", format=format, path=path)
            return sum(one["records"] for one in done["files"])

        before = {client.name: client.seconds for client in clients}
        _same(clients if turn % 2 else clients[::-1], export)
        if turn:
            for client in clients:
                seconds[client.name].append(client.seconds - before[client.name])


def _same(clients: list[Client], act: Callable[[Client], int]) -> None:
    """Let each do it, one after the other; they must show the same number of records."""
    shown = {client.name: act(client) for client in clients}
    assert len({*shown.values()}) == 1, f"not the same records: {shown}"


def _sync(client: Client) -> None:
    report = client.tool("sync_whoop", full=True)
    while "remaining" in report:  # a busy machine may need more than the time of one call
        report = client.tool("sync_whoop", full=True)
    assert report["status"] == "success", report


def _lists(client: Client) -> int:
    lists = (client.tool(f"list_whoop_{name}", start=_EVER) for name in _LISTS)
    return sum(len(one["records"]) for one in lists)


def _feed(client: Client) -> int:
    total, since = 0, _EVER
    while since:
        page = client.tool("get_whoop_events", since=since, limit=5000)
        total += page["count"]
        since = page["next_cursor"]
    return total


def _command(contest: Contest, home: Path, format: str) -> tuple[float, float]:
    """Seconds and megabytes that `whoop-mcp export` takes, which needs no SDK; 0.8.5 has none."""
    words = ("export", "all", "--format", format, "--out", str(contest.home() / "out"))
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _WITH_PEAK, *words],
        cwd=ROOT,
        env=contest.ours.environ(home),
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.perf_counter() - began
    return took, int(done.stdout.splitlines()[-1].split()[1]) / 1024
