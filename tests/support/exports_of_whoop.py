"""WHOOP's data export of a made-up account, as files, and as it should come out of the cache."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from whoop_mcp import times
from whoop_mcp.archive import tables
from whoop_mcp.simulator import data_export
from whoop_mcp.simulator.account import Account


def save(account: Account, folder: Path, language: str = "en", *, columns: int = 17) -> Path:
    """Save the ZIP that WHOOP would mail now."""
    place = folder / data_export.name(account)
    place.write_bytes(data_export.package(account, language, columns=columns))
    return place


def a_day(day: str, *, zone: str = "UTC+00:00", is_open: bool = False) -> dict[str, str]:
    """Make the row of a cycle from midnight to midnight on its clock, slept in until eight."""
    return {
        "Cycle start time": f"{day} 00:00:00",
        "Cycle end time": ""
        if is_open
        else f"{times.plus(times.midnight(day), days=1)[:10]} 00:00:00",
        "Cycle timezone": zone,
        "Sleep onset": f"{day} 00:00:00",
        "Wake onset": f"{day} 08:00:00",
        "Sleep performance %": "80",
        "Asleep duration (min)": "400",
        "In bed duration (min)": "480",
        "Recovery score %": "55",
        "Day Strain": "10",
        "Max HR (bpm)": "150",
    }


def a_workout(day: str, at: str, until: str, *, zone: str = "UTC+00:00") -> dict[str, str]:
    """Make the row of a run at some time of a day."""
    return {
        "Cycle start time": f"{day[:10]} 00:00:00",
        "Cycle timezone": zone,
        "Workout start time": f"{day} {at}",
        "Workout end time": f"{day} {until}",
        "Activity name": "Running",
        "Activity Strain": "5",
    }


def an_answer(day: dict[str, str], question: str = "Alcohol?") -> dict[str, str]:
    """Make the row of a yes in the cycle of a day."""
    cycle = {name: day[name] for name in ("Cycle start time", "Cycle end time", "Cycle timezone")}
    return {**cycle, "Question text": question, "Answered yes": "true"}


def write(
    place: Path,
    days: Sequence[dict[str, str]],
    workouts: Sequence[dict[str, str]] = (),
    journal: Sequence[dict[str, str]] | None = None,
    sleeps: Sequence[dict[str, str]] | None = None,
) -> str:
    """Write an export of single rows, newest first; answers its path. Without `sleeps` of their
    own they are those of the days."""
    slept = days if sleeps is None else sleeps
    content = {"cycles": days, "sleeps": [{**one, "Nap": "false"} for one in slept]}
    content["workouts"] = workouts
    if journal is not None:
        content["journal"] = journal
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as file:
        for name, rows in content.items():
            names = [column.english for column in tables.LAYOUTS[name][0]]
            text = io.StringIO(newline="")
            lines = csv.DictWriter(text, names, restval="", extrasaction="ignore")
            lines.writeheader()
            lines.writerows(sorted(rows, key=lambda row: row["Cycle start time"], reverse=True))
            file.writestr(f"{name}.csv", text.getvalue())
    return str(place)
