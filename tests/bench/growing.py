"""What ten years of history cost beyond one, for every read and an incremental sync."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from whoop_mcp import times

from .answers import dates, month
from .client import Client, served
from .contest import Contest
from .figures import Figure
from .whoop import Whoop, whoop

_AT_MOST = 1.3
_DAYS = {"1 year": 365, "10 years": 3650}
_LITTLE = {"100 days": 100, "10 years": 3650}
_LISTS = ("cycles", "recoveries", "sleeps", "workouts")
_TURNS = 5  # how often each is asked in a round

Ask = Callable[[Client], int]
"""Asks a server, and tells how much it showed."""


def figures(contest: Contest) -> Iterator[Figure]:
    """Each read over stdio, then the sync, of ten years against one."""
    raws = contest.folder / "growth"
    raws.mkdir()
    with whoop(days=_DAYS["10 years"], folder=raws) as server:
        homes = {}
        for history, days in {**_LITTLE, **_DAYS}.items():
            homes[history] = contest.home()
            since = times.plus(times.now(), days=-days)
            contest.ours.run("fill", homes[history], raws=str(raws), since=since)
        with ExitStack() as stack:
            clients = {
                history: stack.enter_context(served(replace(contest.ours, name=history), home))
                for history, home in homes.items()
            }
            long = [clients[history] for history in _DAYS]
            for name, ask in _reads(raws, contest).items():
                yield _growth(name, "ms", _milliseconds(long, ask, contest.rounds))
            yield from _insights([clients[history] for history in _LITTLE], contest.rounds)
        yield from _syncs(contest, {history: homes[history] for history in _DAYS}, server)


def _reads(raws: Path, contest: Contest) -> dict[str, Ask]:
    """What is asked of an account whose raw records lie in a folder: the same weeks of each."""
    window = month(raws)
    days = dates(window)
    cycle, sleep, workout = (_id(raws, name) for name in ("cycles", "sleeps", "workouts"))
    nights = f"SELECT id, start FROM sleeps WHERE start >= '{window['start']}' ORDER BY start"
    strains = f"SELECT date, strain FROM days WHERE date >= '{days[0]}'"

    def lists(client: Client) -> int:
        return sum(len(client.tool(f"list_whoop_{one}", **window)["records"]) for one in _LISTS)

    def summaries(client: Client) -> int:
        found = [client.tool("get_whoop_daily_summary", date=day) for day in days]
        return sum(one["cycle"] is not None for one in found)

    def singles(client: Client) -> int:
        client.tool("get_whoop_cycle", cycle_id=cycle)
        client.tool("get_whoop_cycle_sleep", cycle_id=cycle)
        client.tool("get_whoop_cycle_recovery", cycle_id=cycle)
        client.tool("get_whoop_sleep", sleep_id=sleep)
        client.tool("get_whoop_workout", workout_id=workout)
        return 5

    def snapshots(client: Client) -> int:
        client.tool("get_whoop_profile")
        client.tool("get_whoop_body_measurement")
        return 2

    def news(client: Client) -> int:
        page = client.tool("get_whoop_events", since=window["start"], limit=100)
        client.tool("get_whoop_events", since=page["resume_cursor"])
        return int(page["count"])

    def exports(client: Client) -> int:
        path = str(contest.home() / "out")
        done = client.tool("export_whoop", kind="all", format="csv", path=path, **window)
        return sum(one["records"] for one in done["files"])

    def query(sql: str) -> Ask:
        return lambda client: int(client.tool("query_whoop", sql=sql, max_rows=1000)["row_count"])

    def health(client: Client) -> int:
        return len(client.tool("health_check", live=False)["checks"])

    return {
        "Lists": lists,
        "Daily summaries": summaries,
        "Single records": singles,
        "Profile and body measurement": snapshots,
        "New events": news,
        "Export of a month": exports,
        "SQL: a month of `sleeps`": query(nights),
        "SQL: a month of `days`": query(strains),
        "Health check": health,
    }


def _milliseconds(clients: list[Client], ask: Ask, rounds: int) -> dict[str, list[float]]:
    """How long all answers to it take, in turn; what they show must be as much."""
    took: dict[str, list[float]] = {client.name: [] for client in clients}
    for turn in range(1 + _TURNS * rounds):
        shown = set()
        for client in clients if turn % 2 else clients[::-1]:  # neither is always the second
            before = client.seconds
            shown.add(ask(client))
            if turn:
                took[client.name].append(1000 * (client.seconds - before))
        assert len(shown) == 1, f"not the same records: {shown}"
    return took


def _insights(clients: list[Client], rounds: int) -> Iterator[Figure]:
    """The statistics of 30 days, for which more is looked back at where there is more."""

    def ping(client: Client) -> int:
        client.ping()
        return 0

    def insights(client: Client) -> int:
        return int(client.tool("get_whoop_insights")["period"]["days"])

    little, much = (median(took) for took in _milliseconds(clients, insights, rounds).values())
    pinged = median(_milliseconds(clients[:1], ping, rounds)["100 days"])
    what = "Answer: insights"
    yield Figure(f"{what}, 100 days of history", "ms", little, pinged, 133.0, "our ping")
    yield Figure(f"{what}, ten years of it", "ms", much, little, 3.0, "100 days")


def _syncs(contest: Contest, homes: dict[str, Path], server: Whoop) -> Iterator[Figure]:
    """Syncs with nothing new, one after the other."""
    busy: dict[str, list[float]] = {years: [] for years in homes}
    requests: dict[str, list[float]] = {years: [] for years in homes}
    for home in homes.values():  # the first one settles what the filling left open
        contest.ours.run("sync", home, server, full=False)
    server.requests()
    for _ in range(contest.rounds):
        for years, home in homes.items():
            found = contest.ours.run("sync", home, server, full=False, times=2)
            busy[years] += [1000 * seconds for seconds in found["cpu"]]
            requests[years].append(server.requests() / 2)
    yield _growth("Processor time of an incremental sync", "ms", busy)
    yield replace(_growth("Requests of that", "requests", requests), target=None)


def _growth(name: str, unit: str, found: dict[str, list[float]]) -> Figure:
    many, one = median(found["10 years"]), median(found["1 year"])
    return Figure(f"Growth: {name}", unit, many, one, _AT_MOST, against="1 year")


def _id(raws: Path, name: str) -> Any:
    """The id of a record of a few weeks ago."""
    lines = (raws / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(lines[30])["id"]
