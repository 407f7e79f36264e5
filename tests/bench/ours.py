"""The driver of our program: does one job of a bench in a process with the server loaded.

`python -m tests.bench.ours '{"job": …}'` prints what it found as JSON.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whoop_mcp import logs, times
from whoop_mcp.app import App
from whoop_mcp.cache.save import Findings
from whoop_mcp.call import Call
from whoop_mcp.login.grant import Grant
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.server import protocol
from whoop_mcp.server.tools import BY_NAME
from whoop_mcp.settings import Settings
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import BODY, CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

LISTS = ("cycles", "recoveries", "sleeps", "workouts")


def tool(app: App, name: str, **given: Any) -> dict[str, Any]:
    """What a tool answers."""
    return BY_NAME[name].call(app, given, Call())


def log_in(app: App, tokens: dict[str, Any]) -> None:
    """Store a login as our own door would."""
    app.settings.home.mkdir(mode=0o700, exist_ok=True)
    expires_at = times.plus(times.now(), seconds=tokens["expires_in"])
    grant = Grant(
        tokens["access_token"], tokens["refresh_token"], expires_at, tokens["scope"].split()
    )
    LoginFile(app.settings.home).save_new(grant)


def fill(app: App, raws: str, since: str) -> dict[str, Any]:
    """Put raw records that began at or after `since` into the cache, as seen whole just now."""
    now, total = times.now(), 0
    for resource, name in (
        (CYCLES, "cycles"),
        (SLEEPS, "sleeps"),
        (RECOVERIES, "recoveries"),
        (WORKOUTS, "workouts"),
        (PROFILE, "profile"),
        (BODY, "body"),
    ):
        lines = (Path(raws) / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        # A recovery has no start: it is made when its night ends.
        records = [raw for raw in map(json.loads, lines) if _when(raw, since) >= since]
        window = Window(since, now) if name in LISTS else None
        app.cache.save(Findings(resource, now, records, window=window, by_id=window is None))
        total += len(records)
    return {"records": total, "bytes": app.settings.db_path.stat().st_size}


def _when(raw: dict[str, Any], otherwise: str) -> str:
    return str(raw.get("start") or raw.get("created_at") or otherwise)


def sync(app: App, full: bool, times: int = 1) -> dict[str, Any]:
    """Sync so many times; the seconds of each, on the clock and of the processor."""
    wall, cpu, report = [], [], {}
    for _ in range(times):
        began, busy = time.perf_counter(), time.process_time()
        report = tool(app, "sync_whoop", full=full)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
    fetched = sum(one["records_fetched"] for one in report["resources"].values())
    return {"status": report["status"], "records": fetched, "seconds": wall, "cpu": cpu}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "log_in": lambda app: {},  # which the tokens given with it have done
    "fill": fill,
    "sync": sync,
}


def main() -> None:
    """Do the job of the first argument."""
    gc.freeze()  # as the server does when all is imported
    given = json.loads(sys.argv[1])
    settings = Settings.read()
    logs.set_up(settings)
    app = App(settings)
    protocol.build(lambda: app)
    if "tokens" in given:
        log_in(app, given.pop("tokens"))
    found = JOBS[given.pop("job")](app, **given)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({**found, "peak": int(peak.split()[1]) / 1024}))


if __name__ == "__main__":
    main()
