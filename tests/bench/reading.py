"""What the event feed costs beside that of 0.8.5, on ten years of the same records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from .contest import Contest, Pair
from .figures import Figure
from .whoop import whoop

_TIMES = 5  # repetitions in one process


def figures(contest: Contest) -> Iterator[Figure]:
    """Events, size on disk."""
    raws = contest.folder / "ten-years"
    raws.mkdir()
    with whoop(days=3650, folder=raws):
        pass
    homes = contest.home(), contest.home()
    filled = [
        program.run("fill", home, raws=str(raws), since="0001")
        for program, home in zip((contest.ours, contest.theirs), homes, strict=True)
    ]
    assert filled[0]["records"] == filled[1]["records"], filled
    yield _read(contest, homes, "The whole event feed", 0.6, "events")
    ours, theirs = (one["bytes"] / one["records"] for one in filled)
    yield Figure("File size for each record", "B", ours, theirs)


def month(raws: Path) -> dict[str, str]:
    """A window of about 30 days that begins and ends with a cycle.

    There the two programs agree on what overlaps it: 0.8.5 gives recoveries their cycle's time.
    """
    lines = (raws / "cycles.jsonl").read_text(encoding="utf-8").splitlines()
    starts = [json.loads(line)["start"] for line in lines[:60]]
    return {"start": starts[40], "end": starts[10]}


def dates(window: dict[str, str]) -> list[str]:
    """The calendar days within it."""
    first = date.fromisoformat(window["start"][:10])
    return [(first + timedelta(days=1 + day)).isoformat() for day in range(28)]


def _read(
    contest: Contest, homes: tuple[Path, Path], name: str, target: float, act: str, **given: Any
) -> Figure:
    return _figure(name, _rounds(contest, homes, act, **given), target)


def _rounds(contest: Contest, homes: tuple[Path, Path], act: str, **given: Any) -> Pair:
    """What each found, round by round in turn."""
    found: Pair = ([], [])
    for _ in range(contest.rounds):
        for program, home, answers in zip(
            (contest.ours, contest.theirs), homes, found, strict=True
        ):
            folder = str(contest.home() / "out")
            answers.append(program.run("read", home, act=act, times=_TIMES, folder=folder, **given))
    counts = {answer["records"] for answers in found for answer in answers}
    assert len(counts) == 1, f"{act}: the two do not show as many records: {counts}"
    return found


def _figure(name: str, found: Pair, target: float) -> Figure:
    ours, theirs = (1000 * median(s for one in side for s in one["seconds"]) for side in found)
    return Figure(name, "ms", ours, theirs, target)
