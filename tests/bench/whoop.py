"""A made-up WHOOP account in a process of its own, so that serving costs the measured nothing.

`python -m tests.bench.whoop '{"days": 90, …}'` is that process; `whoop()` starts it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.simulator import life
from whoop_mcp.whoop.resources import COLLECTIONS

from ..support.faults import FaultySimulator

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ("profile", "body")


class Whoop:
    """The other end of the process. `tokens` is what its token endpoint would answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        hello = self._line()
        self.url: str = hello["url"]
        self.tokens: dict[str, Any] = hello["tokens"]
        self.records: dict[str, int] = hello["records"]  # how many the account has, by resource

    def requests(self) -> int:
        """How many were answered since the last call of this."""
        assert self._process.stdin
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return int(self._line()["requests"])

    def pages(self) -> int:
        """The fewest requests that can show all that the account has."""
        return sum(-(-number // 25) for number in self.records.values()) + len(SNAPSHOTS)

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def whoop(*, days: int, folder: Path | None = None, **options: Any) -> Iterator[Whoop]:
    """A server for an athlete of so many days; `options` are the simulator's.

    With `folder`, its raw records lie there afterwards, `cycles.jsonl` and so on.
    """
    options = {"limit": None, "day_limit": None, "token_life": 86_400, **options}
    given = {"days": days, "folder": str(folder) if folder else None, "options": options}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(given)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Whoop(process)
        assert process.stdin
        process.stdin.close()


def main(given: dict[str, Any]) -> None:
    """Serve until the input ends; each line of it asks for the number of requests."""
    # At home all the time: 0.8.5 knows days by UTC only, and elsewhere would show other records.
    account = life.make(days=given["days"], until=times.now(), travel=())
    records = {one.name: account.all(one.name) for one in COLLECTIONS}
    if given["folder"]:
        raws = records | {name: [getattr(account, name)] for name in SNAPSHOTS}
        for name, of_kind in raws.items():
            lines = "".join(f"{json.dumps(raw)}\n" for raw in of_kind)
            (Path(given["folder"]) / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    with FaultySimulator(account, **given["options"]) as simulator:
        hello = {
            "url": simulator.url,
            "tokens": simulator.grant(),
            "records": {name: len(of_kind) for name, of_kind in records.items()},
        }
        print(json.dumps(hello), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"requests": simulator.count()}), flush=True)
            simulator.clear_log()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
