"""A process killed at any moment leaves a whole cache, from which the next one goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .worlds import UNTIL, World, world

PROGRAM = """
import sys
from pathlib import Path
from whoop_mcp import sync
from whoop_mcp.api import Api
from whoop_mcp.cache import Cache
from whoop_mcp.lanes import Mirror
from whoop_mcp.transport import Transport
url, token, path, now = sys.argv[1:]
transport = Transport(url, lambda refused: token, user_agent="tests")
cache = Cache(Path(path), clock=lambda: now)
print(sync.sync(Mirror(cache, Api(transport)), full=True)["status"])
"""


def start(one: World, folder: Path) -> subprocess.Popen[str]:
    """A full sync in a process of its own."""
    token = one.simulator.grant()["access_token"]
    arguments = [one.simulator.url, token, str(folder / "whoop.db"), UNTIL]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    )


def wait_for(one: World, requests: int, process: subprocess.Popen[str]) -> None:
    """Until so many requests were answered, or the process has ended."""
    while len(one.simulator.log) < requests and process.poll() is None:
        time.sleep(0.002)


def assert_whole(one: World) -> None:
    with one.cache.database.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_killed_full_sync_loses_no_page(tmp_path: Path) -> None:
    """Killed half-way and begun again, both together take at most 1.35 times one pass."""
    with world(tmp_path / "one", days=400, latency=0.004) as one:
        one.sync(full=True)
        whole = one.requests()
    with world(tmp_path / "two", days=400, latency=0.004) as one:
        process = start(one, tmp_path / "two")
        wait_for(one, whole // 2, process)
        process.kill()
        process.communicate()
        assert_whole(one)
        again = start(one, tmp_path / "two")
        assert again.communicate()[0].strip() == "success"
        assert one.requests() <= 1.35 * whole
        one.assert_exact()
        assert "interrupted" in {row["status"] for row in one.cache.sync_runs(50)}


@pytest.mark.slow
def test_kills_at_random_moments_harm_nothing(tmp_path: Path) -> None:
    """Twenty-five kills in a row: the file stays whole, and one undisturbed sync ends exact."""
    dice = random.Random(3)
    with world(tmp_path, days=300, latency=0.002) as one:
        for _ in range(25):
            one.requests()
            process = start(one, tmp_path)
            wait_for(one, dice.randint(0, 60), process)
            time.sleep(dice.random() * 0.02)
            process.kill()
            process.communicate()
            assert_whole(one)
        process = start(one, tmp_path)
        assert process.communicate()[0].strip() == "success"
        one.sync(full=True)
        one.assert_exact()
