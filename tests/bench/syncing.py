"""What a sync costs: the first one, one with nothing new, ten years of it, and under a limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from .contest import Contest, Pair
from .figures import Figure
from .whoop import Whoop, whoop

_LATENCY = 0.15  # seconds, as WHOOP takes over the internet
_FAR = 500  # days, whose requests WHOOP's limit lets through in one minute
_TEN_YEARS = 3650
_LIMIT, _WINDOW = 100, 10.0  # WHOOP's own limit, with a minute of ten seconds


def figures(contest: Contest) -> Iterator[Figure]:
    """First sync, second sync, full sync, limited sync."""
    with whoop(days=90, latency=_LATENCY) as server:
        found = contest.both("sync", server, full=False)
        yield _figure("First sync, 90 days, 150 ms a request", "seconds", found, 0.5)
        yield from _second(contest, server)
    with whoop(days=_FAR, latency=_LATENCY) as server:
        found = contest.both("sync", server, full=True)
        yield _figure(f"Full sync, {_FAR} days, 150 ms a request", "seconds", found, 1.2)
    with whoop(days=_TEN_YEARS) as server:
        found = contest.both("sync", server, full=True)
        yield _figure("Full sync, ten years: time", "seconds", found, 0.7)
        yield _figure("Full sync, ten years: processor", "cpu", found, 0.8)
        ours, theirs = (median(one["peak"] for one in side) for side in found)
        yield Figure("Full sync, ten years: peak memory", "MB", ours, theirs)
    with whoop(days=_TEN_YEARS, limit=_LIMIT, limit_window=_WINDOW) as server:
        yield from _limited(contest, server)


def _second(contest: Contest, server: Whoop) -> Iterator[Figure]:
    """What is asked when there is nothing new, and how long that takes: round by round in turn."""
    programs = contest.ours, contest.theirs
    homes = contest.home(), contest.home()
    for program, home in zip(programs, homes, strict=True):
        program.run("sync", home, server, full=False)
    requests: list[float] = []
    found: Pair = ([], [])
    for _ in range(contest.rounds):
        for program, home, runs in zip(programs, homes, found, strict=True):
            server.requests()
            runs.append(program.run("sync", home, server, full=False))
            requests.append(server.requests())
    ours, theirs = max(requests[::2]), max(requests[1::2])
    yield Figure("Second sync, nothing new", "requests", ours, theirs, 12, absolute=True)
    yield _figure("Second sync, nothing new, 150 ms a request", "seconds", found, 2.1)


def _limited(contest: Contest, server: Whoop) -> Iterator[Figure]:
    """A full sync where only so many requests are answered in a window, against the fewest."""
    floor = (server.pages() - 1) // _LIMIT * _WINDOW
    runs = []
    for _ in range(min(contest.rounds, 3)):  # a minute each
        runs.append(contest.ours.run("sync", contest.home(), server, full=True))
        time.sleep(_WINDOW)  # the next one begins with a window of its own
    assert all(one["status"] == "success" for one in runs), runs
    seconds = median(one["seconds"][0] for one in runs)
    what = "Full sync, ten years, under WHOOP's limit"
    yield Figure(what, "s", seconds, floor, 1.25, "the limit alone")
    theirs = contest.theirs.run("sync", contest.home(), server, full=True)
    theirs_took = theirs["seconds"][0] if theirs["status"] == "success" else None
    yield Figure(f"{what} (0.8.5: {theirs['status']})", "s", seconds, theirs_took)


def _figure(name: str, key: str, found: Pair, target: float) -> Figure:
    """The medians of syncs, all of which must have brought everything."""
    for one in (*found[0], *found[1]):
        assert one["status"] == "success", one
    ours, theirs = (median(one[key][0] for one in side) for side in found)
    return Figure(name, "s", ours, theirs, target)
