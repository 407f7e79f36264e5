"""The driver of whoop-mcp 0.8.5, run by its own interpreter: does one job of a bench.

Takes the same jobs as `ours.py` and prints the same; nothing of either program is shared.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import config  # type: ignore[import-not-found]

if "WHOOP_BASE_URL" in os.environ:  # it reads no such variable
    config.WHOOP_API_BASE = os.environ["WHOOP_BASE_URL"] + "/developer/v2"

import auth_manager  # type: ignore[import-not-found]
import whoop_mcp_server as server  # type: ignore[import-not-found]

LISTS = {
    "cycles": server.Cycle,
    "sleeps": server.Sleep,
    "recoveries": server.Recovery,
    "workouts": server.Workout,
}


async def fill(raws: str, since: str) -> dict[str, Any]:
    """Put raw records into the cache, through the program's own models and store."""
    store, total = server._get_store(), 0

    def lines(name: str) -> list[Any]:
        text = (Path(raws) / f"{name}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    for name, model in LISTS.items():
        records = [raw for raw in lines(name) if (raw.get("start") or raw["created_at"]) >= since]
        total += store.upsert_records(
            name, [(raw, model.model_validate(raw).flatten()) for raw in records]
        )
    for name, table, model in (
        ("profile", "profile_snapshots", server.Profile),
        ("body", "body_measurements", server.BodyMeasurement),
    ):
        raw = lines(name)[0]
        total += store.upsert_snapshot(table, raw, model.model_validate(raw).flatten())
    store.close()
    return {"records": total, "bytes": Path(store.db_path).stat().st_size}


async def sync(full: bool) -> dict[str, Any]:
    """Sync; its seconds on the clock and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    report = await server.sync_whoop(full=full)
    wall, cpu = time.perf_counter() - began, time.process_time() - busy
    fetched = sum(one["records_fetched"] for one in report["resources"].values())
    return {"status": report["status"], "records": fetched, "seconds": [wall], "cpu": [cpu]}


async def log_in() -> dict[str, Any]:
    """Do nothing more: the tokens given with it have done it."""
    return {}


def main() -> None:
    """Do the job of the first argument."""
    given = json.loads(sys.argv[1])
    if "tokens" in given:
        auth_manager.TokenManager().save_tokens(given.pop("tokens"))
    jobs: dict[str, Any] = {"log_in": log_in, "fill": fill, "sync": sync}
    found = asyncio.run(jobs[given.pop("job")](**given))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({**found, "peak": int(peak.split()[1]) / 1024}))


if __name__ == "__main__":
    main()
