"""What was trained: the workouts of some days by sport, as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from .. import times
from ..reads import overlaps
from ..reads.diary import Day
from ..reads.nights import Flat
from . import charts
from .charts import Head
from .html import Markup, element
from .wording import amount, hours

_NAMED = 12  # sports; the rest in one row


class Done(NamedTuple):
    """A workout, and how much of its time counts: what two share counts once."""

    workout: Flat
    share: float


def sports(days: Sequence[Day]) -> Markup:
    """Sessions, time and the highest strain of each sport, the longest first. Strain is never
    summed."""
    done: dict[str, list[Done]] = defaultdict(list)
    for day in days:
        for workout, share in zip(day.workouts, overlaps.shares(day.workouts), strict=True):
            done[_name(workout)].append(Done(workout, share))
    ranked = sorted(done.items(), key=lambda item: -_seconds(item[1]))
    rows = [(element("bdi", name), workouts) for name, workouts in ranked[:_NAMED]]
    if rest := [one for _, workouts in ranked[_NAMED:] for one in workouts]:
        rows.append((element("bdi", f"{len(ranked) - _NAMED} others"), rest))
    head = Head("sports", "Workouts by sport", "", "Counted on the day on which each began.")
    if not rows:
        return charts.nothing(head, "no workout is recorded in this period")
    table = charts.table(
        head.title,
        ["Sport", "Workouts", "Time", "Highest strain"],
        [
            [name, len(workouts), hours(_seconds(workouts) / 3600), _highest(workouts)]
            for name, workouts in rows
        ],
    )
    return element(
        "div",
        element("h3", head.title),
        element("p", head.says, class_="says"),
        table,
        class_="card whole",
        id=head.key,
    )


def _name(workout: Flat) -> str:
    if workout["sport_name"]:
        return str(workout["sport_name"]).replace("-", " ")
    return f"sport {workout['sport_id']}" if "sport_id" in workout else "unnamed"


def _seconds(workouts: Sequence[Done]) -> float:
    return sum(
        share * times.seconds(one["start"], one["end"]) for one, share in workouts if one["end"]
    )


def _highest(workouts: Sequence[Done]) -> str | None:
    known = [one["strain"] for one, _ in workouts if one["strain"] is not None]
    return amount("", 1)(max(known)) if known else None
