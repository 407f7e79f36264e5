"""How quick the server stays while it syncs with a WHOOP that takes a second for each answer.

`python -m tests.bench.ping` prints a table; it fails when the median ping takes 20 ms or more, or
when a cached read is not answered during the sync.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.simulator import life

from ..server.test_stdio import Wire, served
from ..support.faults import FaultySimulator
from ..support.logins import logged_in

DAYS = 180
LATENCY = 1.0  # seconds that WHOOP takes for each answer
AT_MOST = 0.020  # seconds for the median ping
PAUSE = 0.01  # between two questions, as no client asks without a breath


def questions(now: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What is asked in turn, without end: its name, the method and the parameters."""
    settled = {"start": times.plus(now, days=-60), "end": times.plus(now, days=-30)}
    average = "SELECT count(*), avg(hrv_rmssd_ms) FROM days"
    tools: dict[str, dict[str, Any]] = {
        "list_whoop_sleeps": settled,
        "query_whoop": {"sql": average},
        "get_whoop_events": {"since": settled["start"], "limit": 20},
    }
    while True:
        for name, arguments in tools.items():
            yield "ping", "ping", {}
            yield name, "tools/call", {"name": name, "arguments": arguments}


def measure(wire: Wire, now: str) -> tuple[dict[str, list[float]], float]:
    """Seconds that each answer took, by what was asked, and how long the sync under it took."""
    began = time.perf_counter()
    sync = wire.request("tools/call", name="sync_whoop", arguments={"full": True})
    took: dict[str, list[float]] = {}
    for name, method, params in questions(now):
        asked_at = time.perf_counter()
        asked = wire.request(method, **params)
        while (answer := wire.receive())["id"] != asked:
            assert answer["id"] == sync
            check(answer)
            return took, time.perf_counter() - began
        check(answer)
        took.setdefault(name, []).append(time.perf_counter() - asked_at)
        time.sleep(PAUSE)
    raise AssertionError("the questions have no end")


def check(answer: dict[str, Any]) -> None:
    """Only a good answer counts."""
    assert "error" not in answer and not answer["result"].get("isError"), answer


def main() -> int:
    """Print the table; 0 when all was quick enough."""
    account = life.make(days=DAYS, until=times.now())
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultySimulator(account, limit=None, day_limit=None) as simulator,
    ):
        logged_in(Path(folder), simulator)
        environ = {
            "WHOOP_HOME": str(Path(folder) / "home"),
            "WHOOP_BASE_URL": simulator.url,
            "WHOOP_LOG_LEVEL": "WARNING",
        }
        with served(environ=environ) as wire:
            wire.initialize()
            wire.tool("sync_whoop")
            simulator.latency = LATENCY
            simulator.clear_log()
            took, whole = measure(wire, account.now())
            wire.leave()
    print(f"a sync of {whole:.1f} s, {len(simulator.log)} requests, {LATENCY:g} s for each\n")
    print(f"{'ms':<20}{'asked':>8}{'median':>8}{'95 %':>8}{'worst':>8}")
    for name, seconds in took.items():
        late = statistics.quantiles(seconds, n=20)[-1]
        figures = [1000 * one for one in (statistics.median(seconds), late, max(seconds))]
        print(f"{name:<20}{len(seconds):>8}" + "".join(f"{one:>8.1f}" for one in figures))
    return 0 if len(took) == 4 and statistics.median(took["ping"]) < AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
