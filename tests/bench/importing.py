"""Measure the import of ten years with a hundred thousand answers: seconds, and memory at most.

`python -m tests.bench.importing` (half a minute; not a test).
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from whoop_mcp.simulator import data_export, life

DAYS, ANSWERS = 3650, 100_000
NOW = "2026-05-20T12:00:00.000Z"


def make(place: Path) -> None:
    """Make the ZIP: a life of ten years, whose journal has more questions than the simulator's."""
    whole = data_export.package(life.make(seed=1, days=DAYS, until=NOW))
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(place, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8-sig")
            if name.startswith("journal"):
                header, *rows = text.splitlines()
                cycles = list(dict.fromkeys(",".join(row.split(",")[:3]) for row in rows))
                each = -(-ANSWERS // len(cycles))
                more = [f"{one},Did you do {n}?,true," for one in cycles for n in range(each)]
                text = "\n".join([header, *more[:ANSWERS]])
            new.writestr(name, text)


def measure(place: str, home: str) -> None:
    """Import in this process, twice, and print what it took."""
    from whoop_mcp.archive.importing import take_in
    from whoop_mcp.cache.cache import Cache

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {}
    for turn in ("first", "again"):
        clock, cpu = time.perf_counter(), time.process_time()
        answer = take_in(Cache(Path(home) / "whoop.db"), place)
        found[turn] = {
            "seconds": round(time.perf_counter() - clock, 2),
            "cpu": round(time.process_time() - cpu, 2),
        }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = {name: one["rows"] for name, one in answer["kinds"].items()}
    print(json.dumps({**found, "MB before": round(before), "MB at most": round(peak), **rows}))


def main() -> None:
    """Make the ZIP here, and import it in a process of its own, three times."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "my_whoop_data_2026_05_20.zip"
        make(place)
        for turn in range(3):
            home = Path(folder) / str(turn)
            home.mkdir()
            command = [sys.executable, "-m", "tests.bench.importing", str(place), str(home)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], sys.argv[2])
    else:
        main()
