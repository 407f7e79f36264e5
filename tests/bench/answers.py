"""How long a client waits for an answer: over stdio, from a server that runs, on ten years."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from .client import Client, served
from .contest import Contest
from .figures import Figure
from .whoop import ROOT, whoop

_DAYS = 3650
_LISTS = ("cycles", "recoveries", "sleeps", "workouts")
_COUNT = "SELECT count(*) FROM sleeps"
_SUMMED_UP = ("cycle", "recovery", "sleep")


@dataclass(frozen=True)
class Act:
    """What is asked for the n-th time, and how many records the answer shows.

    After `turns` answers all has been asked once. `target` is ours ÷ that of 0.8.5, or, where that
    has no such tool, ÷ our own ping.
    """

    name: str
    ask: Callable[[Client, int], int]
    turns: int
    target: float
    contested: bool = True


def figures(contest: Contest) -> Iterator[Figure]:
    """Every kind of answer, and the size of the file that all of this is read from."""
    raws = contest.folder / "answers"
    raws.mkdir()
    with whoop(days=_DAYS, folder=raws):
        pass
    homes = contest.home(), contest.home()
    with ExitStack() as stack:
        clients = []
        filled = []
        for program, home in zip((contest.ours, contest.theirs), homes, strict=True):
            filled.append(program.run("fill", home, raws=str(raws), since="0001"))
            clients.append(stack.enter_context(served(program, home)))
        assert filled[0]["records"] == filled[1]["records"], filled
        yield from compare(clients[0], clients[1], acts(raws), contest.rounds)
        ours, theirs = (client.peak() for client in clients)
        yield Figure("Peak memory of the server after all that", "MB", ours, theirs, 0.85)
    yield _command(contest, homes[0])
    yield Figure(
        "File size for each record", "B", *(one["bytes"] / one["records"] for one in filled)
    )


def compare(ours: Client, theirs: Client, asked: list[Act], rounds: int) -> Iterator[Figure]:
    """Ask both in turn, answer by answer; what they show is counted and must be as much."""
    ping, their_ping = _milliseconds([ours, theirs], Act("ping", _ping, 20, 1.0), rounds)
    yield Figure("Answer to a ping", "ms", ping, their_ping)
    for act in asked:
        what = f"Answer: {act.name}"
        if act.contested:
            own, other = _milliseconds([ours, theirs], act, rounds)
            yield Figure(what, "ms", own, other, act.target)
        else:
            (own,) = _milliseconds([ours], act, rounds)
            yield Figure(what, "ms", own, ping, act.target, "our ping")


def month(raws: Path) -> dict[str, str]:
    """A window of about 30 days that begins and ends with a cycle.

    There the two programs agree on what overlaps it: 0.8.5 gives recoveries their cycle's time.
    """
    starts = [raw["start"] for raw in _raw(raws, "cycles")[:60]]
    return {"start": starts[40], "end": starts[10]}


def dates(window: dict[str, str]) -> list[str]:
    """The calendar days within it."""
    first = date.fromisoformat(window["start"][:10])
    return [(first + timedelta(days=1 + day)).isoformat() for day in range(28)]


def acts(raws: Path) -> list[Act]:
    """What is asked of an account whose raw records lie in a folder."""
    window = month(raws)
    cycles = [raw["id"] for raw in _raw(raws, "cycles")[20:50]]
    nights = {raw["end"][:10] for raw in _raw(raws, "sleeps") if not raw["nap"]}
    # On a date without a night 0.8.5 shows the cycle of an earlier date again, and we none.
    days = [one for one in dates(window) if one in nights]

    def page(client: Client, number: int) -> int:
        name = f"list_whoop_{_LISTS[number % len(_LISTS)]}"
        return len(client.tool(name, **window)["records"])

    def all_pages(client: Client, number: int) -> int:
        whole = {"start": "2010-01-01T00:00:00Z", "end": window["end"]}
        return sum(len(client.tool(f"list_whoop_{name}", **whole)["records"]) for name in _LISTS)

    def feed(client: Client, number: int) -> int:
        total, since = 0, "2010-01-01T00:00:00Z"
        while since:
            found = client.tool("get_whoop_events", since=since, limit=5000)
            total, since = total + len(found["events"]), found["next_cursor"]
        return total

    def one(client: Client, number: int) -> int:
        cycle = cycles[number % len(cycles)]
        return int(client.tool("get_whoop_cycle", cycle_id=cycle)["id"] == cycle)

    def day(client: Client, number: int) -> int:
        # 0.8.5 knows days by UTC only, and no word for it.
        by = {"day": "utc"} if client.name == "ours" else {}
        found = client.tool("get_whoop_daily_summary", date=days[number % len(days)], **by)
        return sum(found[one] is not None for one in _SUMMED_UP) + len(found["workouts"])

    def count(client: Client, number: int) -> int:
        (row,) = client.tool("query_whoop", sql=_COUNT)["rows"]
        return int(row[0])

    return [
        Act("a 30-day list", page, len(_LISTS), 0.6),
        Act("one record by its id", one, len(cycles), 2.0, contested=False),
        Act("one record by its id, beside 0.8.5", one, len(cycles), 0.6),
        Act("a daily summary", day, len(days), 0.7),
        Act("a count in SQL", count, 10, 4.0, contested=False),
        Act("ten years of all four lists", all_pages, 1, 0.6),
        Act("the whole event feed", feed, 1, 0.5),
    ]


def _command(contest: Contest, home: Path) -> Figure:
    """The count as a command, which starts anew and needs no SDK; 0.8.5 has none."""
    ours = (*contest.ours.serve, "query", _COUNT)
    bare = (sys.executable, "-c", "pass")
    seconds: dict[tuple[str, ...], list[float]] = {ours: [], bare: []}
    for _ in range(4 * contest.rounds):
        for words, took in seconds.items():
            began = time.perf_counter()
            subprocess.run(
                words, cwd=ROOT, env=contest.ours.environ(home), capture_output=True, check=True
            )
            took.append(time.perf_counter() - began)
    own, python = (median(took) for took in seconds.values())
    return Figure("A count in SQL as a command", "s", own, python, None, "bare Python")


def _raw(folder: Path, name: str) -> list[dict[str, Any]]:
    """The raw records of one kind, the newest first."""
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _ping(client: Client, number: int) -> int:
    client.ping()
    return 0


def _milliseconds(clients: list[Client], act: Act, rounds: int) -> list[float]:
    """The median of each, where all show as many records; the first round is not counted."""
    seconds: dict[str, list[float]] = {client.name: [] for client in clients}
    for turn in range(1 + rounds):
        for number in range(act.turns):
            shown: dict[str, int] = {}
            for client in clients if number % 2 else clients[::-1]:  # neither is always the second
                before = client.seconds
                shown[client.name] = act.ask(client, number)
                if turn:
                    seconds[client.name].append(client.seconds - before)
            assert len({*shown.values()}) == 1, f"{act.name}, number {number}: {shown}"
    return [1000 * median(took) for took in seconds.values()]
