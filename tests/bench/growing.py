"""What a hundred years of history cost beyond ten, for every read and an incremental sync."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from whoop_mcp import times

from .contest import Contest
from .figures import Figure
from .reading import dates, month
from .whoop import Whoop, whoop

_AT_MOST = 1.2
_DAYS = {10: 3650, 100: 36_500}
_READS = {
    "lists": "Lists",
    "summary": "Daily summaries",
    "one_each": "Single records",
    "snapshots": "Profile and body measurement",
    "news": "New events",
    "export_window": "Export of a month",
    "query": "SQL: a month of `sleeps`",
    "query_days": "SQL: a month of `days`",
    "health": "Health check",
}
_TIMES = 10


def figures(contest: Contest) -> Iterator[Figure]:
    """Each read, then the sync, at a hundred years against ten."""
    raws = contest.folder / "hundred-years"
    raws.mkdir()
    with whoop(days=_DAYS[100], folder=raws) as server:
        homes = {}
        for years, days in _DAYS.items():
            homes[years] = contest.home()
            since = times.plus(times.now(), days=-days)
            contest.ours.run("fill", homes[years], raws=str(raws), since=since)
        window = month(raws)
        given = {"window": window, "dates": dates(window), "ids": _ids(raws)}
        for act, name in _READS.items():
            yield _growth(name, _reads(contest, homes, act, given))
        yield from _syncs(contest, homes, server)


def _reads(
    contest: Contest, homes: dict[int, Path], act: str, given: dict[str, Any]
) -> dict[int, list[float]]:
    seconds: dict[int, list[float]] = {years: [] for years in homes}
    shown = set()
    for _ in range(contest.rounds):
        for years, home in homes.items():
            folder = str(contest.home() / "out")
            found = contest.ours.run("read", home, act=act, times=_TIMES, folder=folder, **given)
            seconds[years] += found["seconds"]
            shown.add(found["records"])
    assert len(shown) == 1, f"{act}: not the same records: {shown}"
    return seconds


def _syncs(contest: Contest, homes: dict[int, Path], server: Whoop) -> Iterator[Figure]:
    """Syncs with nothing new, one after the other."""
    seconds: dict[int, list[float]] = {years: [] for years in homes}
    requests: dict[int, list[float]] = {years: [] for years in homes}
    for home in homes.values():  # the first one settles what the filling left open
        contest.ours.run("sync", home, server, full=False)
    server.requests()
    for _ in range(contest.rounds):
        for years, home in homes.items():
            found = contest.ours.run("sync", home, server, full=False, times=2)
            seconds[years] += found["seconds"]
            requests[years].append(server.requests() / 2)
    yield _growth("Incremental sync", seconds)
    ours, theirs = (median(requests[years]) for years in (100, 10))
    yield Figure("Growth of that: requests", "requests", ours, theirs, _AT_MOST, against="10 years")


def _growth(name: str, seconds: dict[int, list[float]]) -> Figure:
    ours, theirs = (1000 * median(seconds[years]) for years in (100, 10))
    return Figure(f"Growth: {name}", "ms", ours, theirs, _AT_MOST, against="10 years")


def _ids(raws: Path) -> dict[str, Any]:
    """Ids of records of a few weeks ago."""

    def some(name: str) -> dict[str, Any]:
        lines = (raws / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        record: dict[str, Any] = json.loads(lines[30])
        return record

    return {one: some(f"{one}s")["id"] for one in ("cycle", "sleep", "workout")}
