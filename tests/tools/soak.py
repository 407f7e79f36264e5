"""Three servers on one home for as long as one likes: `python -m tests.tools.soak --minutes 60`.

The account lives on, is edited, and WHOOP fails now and then, while every tool is called all the
time. At the end the cache is WHOOP's, record for record, and no server has grown.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.simulator import data_export
from whoop_mcp.simulator.account import Account
from whoop_mcp.whoop.resources import COLLECTIONS

from ..server.test_stdio import Wire
from ..support import accounts, lookups
from ..support.accounts import RandomChanges
from ..support.commands import REPOSITORY, environ
from ..support.faults import FaultySimulator
from ..support.logins import logged_in
from ..support.mirrored_accounts import MirroredAccount

SERVERS = 3
AHEAD_DAYS = 10
"""How much of its life the account has before it: late records stay in the live tail."""

HARMLESS = {"UPSTREAM_ERROR", "RATE_LIMITED", "NOT_FOUND"}
"""What a caller may be told while WHOOP fails and records go."""

EVERY = 5.0  # seconds between two measurements
LONGEST = 60.0  # seconds: 50 are promised, on a machine that nobody else uses
GROWTH = 1.05
"""How much larger a server may be in the last third of the time than in the middle one."""

FAULTS: list[tuple[int | str, dict[str, Any]]] = [
    (500, {}),
    (502, {}),
    (503, {"retry_after": 1}),
    (429, {"retry_after": 1}),
    (403, {"body": "error code: 1015"}),
    ("drop", {}),
    ("truncate", {}),
    ("not_json", {}),
    ("slow", {"seconds": 2.0}),
]


class Server:
    """A server process, the client that keeps it busy, and what both came to."""

    def __init__(self, number: int, account: Account, env: dict[str, str], folder: Path) -> None:
        self.dice = random.Random(number)
        self.account = account
        self.folder = folder / f"out-{number}"
        self.folder.mkdir()
        self.mailed = self.folder / data_export.name(account)
        self.mailed.write_bytes(data_export.package(account))
        self.answers: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.events = 0
        self.unwanted: list[str] = []
        self.longest = 0.0
        self.memory: list[int] = []  # KiB
        self.files: list[int] = []  # descriptors
        self.threads: list[int] = []
        self.children: list[int] = []  # processes that answer questions in SQL
        self.cursor: str | None = None
        self.followed: dict[tuple[str, str], dict[str, Any]] = {}
        with (folder / f"server-{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "whoop_mcp"],
                cwd=REPOSITORY,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.wire = Wire(process)
        self.wire.initialize()

    def keep_busy(self, stopping: threading.Event) -> None:
        """Call one tool after the other."""
        try:
            while not stopping.wait(0.05):
                name, given = self.dice.choice(self._calls())()
                if name == "get_whoop_events":
                    self.follow()
                elif name == "read":
                    self.read(given["uri"])
                else:
                    self.ask(name, **given)
        except Exception as problem:  # a thread that dies in silence would pass for a good one
            self.unwanted.append(f"the client gave up: {problem!r}")

    def ask(self, name: str, **given: Any) -> dict[str, Any] | None:
        """A tool's answer; None where it was an error, of which only harmless ones may be."""
        began = time.monotonic()
        result = self.wire.tool(name, given)
        self.longest = max(self.longest, time.monotonic() - began)
        self.calls[name] += 1
        answer: dict[str, Any] = json.loads(result["content"][0]["text"])
        code = answer["error"]["code"] if "error" in answer else "ok"
        self.answers[code] += 1
        if code == "ok":
            return answer
        if code not in HARMLESS:
            self.unwanted.append(f"{name}: {json.dumps(answer['error'])[:300]}")
        return None

    def read(self, uri: str) -> None:
        """Read a URI, which asks the cache alone."""
        self.calls["resources/read"] += 1
        contents = self.wire.ask("resources/read", uri=uri)["result"]["contents"]
        answer: dict[str, Any] = json.loads(contents[0]["text"])
        self.answers["error" if "error" in answer else "ok"] += 1
        if "error" in answer:
            self.unwanted.append(f"{uri}: {json.dumps(answer['error'])[:300]}")

    def follow(self) -> None:
        """Take in what changed since the last time, page by page."""
        more = True
        while more:
            answer = self.ask("get_whoop_events", since=self.cursor or "2000-01-01T00:00:00Z")
            if answer is None:
                return
            self.events += len(answer["events"])
            for event in answer["events"]:
                place = event["resource"], str(event["id"])
                if event["record"] is None:
                    self.followed.pop(place, None)
                else:
                    self.followed[place] = event["record"]
            more = answer["next_cursor"] is not None
            self.cursor = answer["next_cursor"] or answer["resume_cursor"]

    def measure(self) -> None:
        """Note how large the process is, and how many files, threads and processes it has."""
        place = Path(f"/proc/{self.wire.process.pid}")
        words = (place / "status").read_text().split()
        self.memory.append(int(words[words.index("VmRSS:") + 1]))
        self.threads.append(int(words[words.index("Threads:") + 1]))
        self.files.append(len(list((place / "fd").iterdir())))
        children = 0
        for task in (place / "task").iterdir():
            with suppress(OSError):  # a thread that has just ended
                children += len((task / "children").read_text().split())
        self.children.append(children)

    def _calls(self) -> list[Callable[[], tuple[str, dict[str, Any]]]]:
        dice = self.dice
        start = times.plus(self.account.now(), days=-dice.randint(1, 120))
        window = {"start": start, "end": times.plus(start, days=dice.randint(1, 40))}
        fresh = {"fresh": dice.random() < 0.1}

        def some(resource: str, field: str) -> Any:
            return dice.choice(self.account.all(resource)[:200])[field]

        def listing(resource: str) -> Callable[[], tuple[str, dict[str, Any]]]:
            return lambda: (f"list_whoop_{resource}", {**window, **fresh})

        kind = dice.choice(["cycles", "recoveries", "sleeps", "workouts"])
        suffix = dice.choice(["csv", "jsonl"])
        whole = {"kind": kind, "format": suffix, "overwrite": True}
        counting = "SELECT count(*), avg(strain) FROM workouts"
        journal = "SELECT behaviour, count(*) FROM journal GROUP BY 1"
        habit = {"behaviour": dice.choice(["late coffee", "reading"]), "date": start[:10]}
        now = self.account.now()
        before, cut = (times.plus(now, days=-days)[:10] for days in (60, 30))
        halves = {"a_start": before, "a_end": cut, "b_start": cut, "b_end": now[:10]}
        trial = {"action": "plan", "behaviour": "late coffee", "outcome": "recovery"}
        return [
            lambda: ("sync_whoop", {}),
            lambda: ("sync_whoop", {}),
            lambda: ("sync_whoop", {"resources": [kind]}),
            *(listing(one.name) for one in COLLECTIONS),
            lambda: ("get_whoop_cycle", {"cycle_id": some("cycles", "id"), **fresh}),
            lambda: ("get_whoop_cycle_sleep", {"cycle_id": some("cycles", "id"), **fresh}),
            lambda: ("get_whoop_cycle_recovery", {"cycle_id": some("cycles", "id"), **fresh}),
            lambda: ("get_whoop_sleep", {"sleep_id": some("sleeps", "id"), **fresh}),
            lambda: ("get_whoop_workout", {"workout_id": some("workouts", "id"), **fresh}),
            lambda: ("get_whoop_profile", fresh),
            lambda: ("get_whoop_body_measurement", fresh),
            lambda: ("get_whoop_daily_summary", {"date": start[:10], **fresh}),
            lambda: ("get_whoop_events", {}),
            lambda: ("get_whoop_events", {}),
            lambda: ("export_whoop", {**whole, "path": str(self.folder / f"{kind}.{suffix}")}),
            lambda: ("get_whoop_insights", {}),
            lambda: ("compare_whoop_periods", halves),
            lambda: ("whoop_experiment", trial),
            lambda: ("log_whoop_journal", {"entries": [habit], "remove": dice.random() < 0.3}),
            lambda: ("get_whoop_journal", window),
            lambda: ("query_whoop", {"sql": counting}),
            lambda: ("query_whoop", {"sql": journal}),
            lambda: ("read", {"uri": f"whoop://db/sleeps/{start[:10]}/{window['end'][:10]}"}),
            lambda: ("read", {"uri": "whoop://db/sync_runs/5"}),
            lambda: (
                "create_whoop_report",
                {"path": str(self.folder / "report.html"), "overwrite": True},
            ),
            lambda: ("import_whoop_export", {"path": str(self.mailed)}),
            lambda: ("health_check", {}),
            lambda: ("get_whoop_auth_status", {}),
        ]


def disturb(
    simulator: FaultySimulator, changes: RandomChanges, speed: float, over: threading.Event
) -> None:
    """Once a second: time passes, records change, WHOOP fails, tokens run out."""
    dice, seconds = changes.dice, 0
    while not over.wait(1.0):
        seconds += 1
        changes.account.pass_time(seconds=speed)
        if dice.random() < 0.3:
            changes.change()
        if dice.random() < 0.1:
            kind, options = dice.choice(FAULTS)
            many = dice.choice([1, 1, 2, 30])  # more than are tried again
            simulator.fault(kind, path="/v2/", times=many, after=dice.randint(0, 5), **options)
        if dice.random() < 0.02:
            # Not after the tokens were changed: an answer that is lost there ends every login.
            simulator.fault(dice.choice([500, 503, "drop"]), path="token$", times=2)
        if seconds % 45 == 0:
            simulator.expire_access_tokens()


def settle(servers: list[Server]) -> None:
    """Every window is read again until nothing remains, and every follower is up to date."""
    for _ in range(2):
        for _ in range(40):
            report = servers[0].ask("sync_whoop", full=True)
            if report and report["status"] == "success" and "remaining" not in report:
                break
            if report is None:  # after an outage of the login it is left alone for a while
                time.sleep(1.0)
    for server in servers:
        server.follow()


def differences(servers: list[Server], one: MirroredAccount, path: Path) -> list[str]:
    """In what the cache or a follower of its changes is not what WHOOP has."""
    cache = Cache(path)
    found = []
    for resource in COLLECTIONS:
        truth = one.truth(resource)
        field = resource.id_field
        held = {str(flat[field]).lower(): flat for flat in lookups.stream(cache, resource)}
        if held != truth:
            wrong = [key for key in held.keys() | truth if held.get(key) != truth.get(key)]
            found.append(f"{resource.name}: {len(wrong)} records of the cache are not WHOOP's")
        for number, server in enumerate(servers):
            seen = {key: flat for (name, key), flat in server.followed.items()
                    if name == resource.name}  # fmt: skip
            if seen != truth:
                wrong = [key for key in seen.keys() | truth if seen.get(key) != truth.get(key)]
                found.append(f"{resource.name}: events told server {number} {len(wrong)} wrong")
    with cache.database.reading() as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            found.append("the cache is damaged")
    return found


def grown(servers: list[Server]) -> list[str]:
    """Which servers became larger, or kept files open or threads; the first third of the time is
    warming up."""
    return [
        f"server {number} grew from {before:.0f} to {after:.0f} {what}"
        for number, server in enumerate(servers)
        for what, (before, after), most, more in measures(server)
        if after > before * most + more
    ]


def measures(server: Server) -> list[tuple[str, tuple[float, float], float, int]]:
    """What is measured, how much of it there was in the second and the last third of the time, by
    what it may grow, and how many more are no growth.

    Of what comes and goes with each call, the least counts: a leak lifts that.
    """
    return [
        ("KiB", thirds(server.memory, statistics.median), GROWTH, 0),
        ("open files", thirds(server.files, min), 1.25, 1),
        ("threads", thirds(server.threads, min), 1.25, 1),
        ("processes", thirds(server.children, min), 1.25, 1),
    ]


def thirds(values: list[int], of: Callable[[list[int]], float]) -> tuple[float, float]:
    """What `of` makes of the second third, and of the last."""
    third = len(values) // 3
    return of(values[third : 2 * third]), of(values[2 * third :])


def kept(home: Path) -> list[str]:
    """What lies in the home, the logs apart, when all servers have ended."""
    return sorted(path.name for path in home.iterdir() if path.name != "logs")


def slope(values: list[int], minutes: float) -> float:
    """By how much a minute the last two thirds rise."""
    late = values[len(values) // 3 :]
    steps = [index * minutes / len(values) for index in range(len(late))]
    return statistics.linear_regression(steps, late).slope


def line(minute: int, servers: list[Server], simulator: FaultySimulator) -> str:
    """A minute in short."""
    codes: Counter[str] = sum((server.answers for server in servers), Counter())
    memory = "/".join(f"{server.memory[-1] / 1024:.0f}" for server in servers)
    files = "/".join(str(server.files[-1]) for server in servers)
    told = " ".join(f"{code} {count}" for code, count in codes.most_common())
    requests = simulator.count()
    simulator.clear_log()
    return f"minute {minute}: {told} | {requests} requests | {memory} MiB | {files} files"


def live(
    servers: list[Server], simulator: FaultySimulator, changes: RandomChanges, minutes: float
) -> list[str]:
    """Keep all of them busy for so long; answers what broke off, or could not be stopped."""
    over, wrong = threading.Event(), list[str]()
    speed = AHEAD_DAYS * 86400 / (minutes * 60) * 0.9
    threads = [
        threading.Thread(target=server.keep_busy, args=(over,), daemon=True) for server in servers
    ]

    def disturbing() -> None:
        try:
            disturb(simulator, changes, speed, over)
        except Exception as problem:
            wrong.append(f"the account came to rest: {problem!r}")

    threads.append(threading.Thread(target=disturbing, daemon=True))
    for thread in threads:
        thread.start()
    for step in range(1, round(minutes * 60 / EVERY) + 1):
        time.sleep(EVERY)
        for server in servers:
            server.measure()
        if step * EVERY % 60 == 0:
            print(line(round(step * EVERY / 60), servers, simulator), flush=True)
    over.set()
    for thread in threads:
        thread.join(timeout=90)
    return [*wrong, *(f"{thread.name} hangs" for thread in threads if thread.is_alive())]


def soak(minutes: float, folder: Path, seed: int) -> list[str]:
    """Run it; answers what was wrong."""
    account = accounts.make(
        seed=seed, days=200, until=times.plus(times.now(), days=-AHEAD_DAYS)
    )  # fmt: skip
    # Below five minutes of life a token is renewed: these are after half a minute.
    with FaultySimulator(account, limit=1200, day_limit=None, token_life=330) as simulator:
        logged_in(folder, simulator)
        env = environ(
            folder,
            WHOOP_HOME=str(folder / "home"),
            WHOOP_BASE_URL=simulator.url,
            WHOOP_MAX_AGE="5",
        )
        servers = [Server(number, account, env, folder) for number in range(SERVERS)]
        try:
            servers[0].ask("sync_whoop")
            before = kept(folder / "home")
            changes = RandomChanges(account, random.Random(seed))
            wrong = live(servers, simulator, changes, minutes)
            simulator.clear_faults()
            settle(servers)
            one = MirroredAccount(account, simulator, folder)
            wrong += differences(servers, one, folder / "home" / "whoop.db")
            one.transport.close()
            wrong += grown(servers)
            for number, server in enumerate(servers):
                wrong += sorted(set(server.unwanted))
                if server.longest > LONGEST:
                    wrong.append(f"a call of server {number} took {server.longest:.0f} s")
                server.wire.process.communicate(timeout=20)
                if server.wire.process.returncode != 0:
                    wrong.append(f"server {number} did not end well")
            if strays := set(kept(folder / "home")) - set(before):
                wrong.append(f"left in the home: {', '.join(sorted(strays))}")
        finally:
            for server in servers:
                server.wire.process.kill()
    slopes = ", ".join(f"{slope(server.memory, minutes):+.0f}" for server in servers)
    longest = max(server.longest for server in servers)
    calls = sum(sum(server.answers.values()) for server in servers)
    print(f"{calls} calls, the longest {longest:.1f} s; memory {slopes} KiB a minute")
    for number, server in enumerate(servers):
        told = ", ".join(f"{a:.0f} → {b:.0f} {what}" for what, (a, b), _, _ in measures(server))
        print(f"server {number}, second third → last: {told}; {server.events} changes followed")
    kinds = sum((server.calls for server in servers), Counter())
    print("calls:", ", ".join(f"{name} {count}" for name, count in kinds.most_common()))
    return wrong


def main() -> int:
    """0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, default=1, help="which account (1)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whoop-mcp-soak-") as folder:
        wrong = soak(given.minutes, Path(folder), given.seed)
    for one in wrong:
        print(f"wrong: {one}")
    print("verdict:", f"{len(wrong)} things are wrong" if wrong else "all is well")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
