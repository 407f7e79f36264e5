"""The audit of syncs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times, windows
from whoop_mcp.sync import audit
from whoop_mcp.times import Window

from ..support import lookups
from ..support.samples import NOW, Shelf

LATER = times.plus(NOW, seconds=60)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "whoop.db")


def statuses(shelf: Shelf) -> list[tuple[object, ...]]:
    """Each run's resource, status and end, oldest first."""
    return [
        (run["resource"], run["status"], run["completed_at"])
        for run in reversed(lookups.sync_runs(shelf.cache, 100))
    ]


def test_a_run_from_beginning_to_end(shelf: Shelf) -> None:
    """A row is there while the run goes on, and tells afterwards what it did."""
    ids = audit.begin(shelf.cache, ["cycles", "sleeps"])
    assert statuses(shelf) == [("cycles", "running", None), ("sleeps", "running", None)]
    shelf.now = LATER
    results: dict[str, dict[str, Any]] = {
        "cycles": {"status": "success", "records_fetched": 7, "created": 5, "requests": 2},
        "sleeps": {"status": "error", "error": {"code": "UPSTREAM_ERROR", "message": "…"}},
    }
    audit.finish(shelf.cache, ids, results, {"cycles": Window(NOW, LATER)})
    sleeps, cycles = lookups.sync_runs(shelf.cache, 100)
    assert cycles == {
        "id": ids["cycles"],
        "resource": "cycles",
        "started_at": NOW,
        "completed_at": LATER,
        "status": "success",
        "window_start": NOW,
        "window_end": LATER,
        "records_fetched": 7,
        "created": 5,
        "updated": 0,
        "deleted": 0,
        "unchanged": 0,
        "skipped": 0,
        "requests": 2,
        "error": None,
        "replaced": 0,
    }
    assert (sleeps["status"], sleeps["error"]) == ("error", "UPSTREAM_ERROR")
    assert sleeps["window_start"] is sleeps["window_end"] is None


def test_the_newest_runs_come_first(shelf: Shelf) -> None:
    """No more rows than asked for, the newest first."""
    for name in ("cycles", "sleeps", "workouts"):
        audit.begin(shelf.cache, [name])
    assert [run["resource"] for run in lookups.sync_runs(shelf.cache, 2)] == ["workouts", "sleeps"]


def test_a_killed_run_is_closed_by_the_next(shelf: Shelf) -> None:
    """A run whose process is gone becomes `interrupted` when another begins, and stays so."""
    program = (
        "import sys, os; from pathlib import Path; from whoop_mcp.sync.run import audit as runs; "
        "from whoop_mcp.cache import Cache; "
        "runs.begin(Cache(Path(sys.argv[1])), ['cycles']); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(shelf.path)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode in (-9, 9)  # on Windows the number is only handed on
    assert [status for _, status, _ in statuses(shelf)] == ["running"]
    audit.begin(shelf.cache, ["sleeps"])
    assert statuses(shelf) == [("cycles", "interrupted", NOW), ("sleeps", "running", None)]


@pytest.mark.posix
def test_another_process_that_lives_is_left_alone(shelf: Shelf) -> None:
    """A run of a process that is still there goes on, and so does one of this process."""
    audit.begin(shelf.cache, ["cycles"])
    shelf.sql("UPDATE runs SET process = ?", f"{os.getppid()}:abcd")
    audit.begin(shelf.cache, ["sleeps"])
    audit.begin(shelf.cache, ["workouts"])
    assert {status for _, status, _ in statuses(shelf)} == {"running"}


def test_an_earlier_process_with_our_number(shelf: Shelf) -> None:
    """In a container every process may have the same number: its name tells them apart."""
    audit.begin(shelf.cache, ["cycles"])
    shelf.sql("UPDATE runs SET process = ?", f"{os.getpid()}:another")
    audit.begin(shelf.cache, ["sleeps"])
    assert [status for _, status, _ in statuses(shelf)] == ["interrupted", "running"]


_FORKS = """
import os, signal, sys
from pathlib import Path
from whoop_mcp import windows
from whoop_mcp.sync import audit as runs
from whoop_mcp.cache import Cache
cache = Cache(Path(sys.argv[1]))
runs.begin(cache, ["cycles"])
child = os.fork()
if not child:
    runs.begin(cache, ["sleeps"])
    os.kill(os.getpid(), 9)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # ended, but not yet reaped
runs.begin(cache, ["workouts"])
os.waitpid(child, 0)
runs.begin(cache, ["profile"])
with cache.reading() as seen:
    print(*(run["status"] for run in reversed(seen.sync_runs(9))))
"""


@pytest.mark.posix
def test_a_forked_worker_that_was_killed(shelf: Shelf) -> None:
    """Its run is closed by its parent's next, which is another process; the parent's go on."""
    told = subprocess.run(
        [sys.executable, "-c", _FORKS, str(shelf.path)],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.split() == ["running", "interrupted", "running", "running"]


@pytest.mark.posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say")
def test_a_number_that_another_process_has_now(shelf: Shelf) -> None:
    """A run is not under way because some process has its number: it began at another time."""
    audit.begin(shelf.cache, ["cycles"])
    parent = os.getppid()
    ours = audit._name(parent)
    shelf.sql("UPDATE runs SET process = ?", ours)
    audit.begin(shelf.cache, ["sleeps"])
    assert [status for _, status, _ in statuses(shelf)] == ["running", "running"]
    shelf.sql("UPDATE runs SET process = ? WHERE resource = 'cycles'", f"{ours}0")
    audit.begin(shelf.cache, ["workouts"])
    assert [status for _, status, _ in statuses(shelf)] == ["interrupted", "running", "running"]


def test_as_on_windows_processes_are_told_apart(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a process is asked without a signal: one that runs goes on, one that is gone, or has
    another's number since, is closed."""
    running = {4711: "1d0000"}
    monkeypatch.setattr(windows, "HERE", True)
    monkeypatch.setattr(
        windows, "beginning", lambda pid: (pid in running, running.get(pid)), raising=True
    )
    monkeypatch.setattr(os, "kill", None)
    audit.begin(shelf.cache, ["cycles"])
    for process, closed in (
        ("4711:began 1d0000", False),
        ("4711:f00", False),
        ("4711:began 1d0001", True),
        ("4712:began 1d0000", True),
    ):
        shelf.sql("UPDATE runs SET process = ?, completed_at = NULL, status = 'running'", process)
        audit.begin(shelf.cache, ["sleeps"])
        assert (statuses(shelf)[0][1] == "interrupted") is closed
