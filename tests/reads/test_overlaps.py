"""Workouts that overlap, two sleeps of one cycle, and a day too long for one answer."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import shares
from whoop_mcp.insights import load, sleep
from whoop_mcp.insights.metrics import read_series
from whoop_mcp.insights.timeseries import number
from whoop_mcp.reads import days, records
from whoop_mcp.reads.days import Day
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.times import Window
from whoop_mcp.whoop.records import Workout
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS

from ..support import reference_statistics, samples
from ..support.samples import NOW, Shelf

NOBODY: Any = None
DATE = "2026-10-19"


def shelf(path: Path, sleeps: list[Any], workouts: list[Any]) -> Shelf:
    """A day that is known whole."""
    made = Shelf(path)
    whole = Window("2010-01-01T00:00:00.000Z", NOW)
    made.save(CYCLES, samples.cycle(), window=whole)
    made.save(SLEEPS, *sleeps, window=whole)
    made.save(RECOVERIES, samples.recovery(), window=whole)
    made.save(WORKOUTS, *workouts, window=whole)
    return made


def held(made: Shelf) -> Day:
    """The records of the day."""
    with made.cache.reading() as seen:
        return days.read_days(seen, DATE, DATE)[0]


def session(at: int, start: str, end: str, **changed: Any) -> dict[str, Any]:
    when = {"start": f"{DATE}T{start}:00.000Z", "end": f"{DATE}T{end}:00.000Z"}
    return samples.workout(samples.uuid(at), **when, **changed)


def test_one_session_recorded_twice_counts_once(tmp_path: Path) -> None:
    """Both stay in day and list, whose warnings name them, also where they are on two pages; the
    day's load is the longer one's and says that the other was left out."""
    one, other = session(1, "18:00", "19:33"), session(2, "18:08", "19:31")
    alone = session(3, "20:00", "20:30")
    made = shelf(tmp_path / "whoop.db", [samples.sleep()], [one, other, alone])
    mirror = Mirror(made.cache, NOBODY)
    day = days.summary(mirror, DATE)
    assert len(day["workouts"]) == 3
    pages = [
        records.page(mirror, WORKOUTS, start=DATE, limit=2),
        records.page(mirror, WORKOUTS, start=DATE, limit=1),
    ]
    rest_of_it = records.page(mirror, WORKOUTS, cursor=pages[0]["next_cursor"])
    for answer in (day, pages[0], rest_of_it):
        (said,) = answer["warnings"]
        assert one["id"] in said and other["id"] in said and alone["id"] not in said
    assert "warnings" not in pages[1]
    whole = held(made)
    last = number(DATE)
    series = load.series([whole], last)
    bare = whole._replace(workouts=[one for one in whole.workouts if one.id != other["id"]])
    assert series.values == load.series([bare], last).values
    left = load.daily(series, load.Dates.ending(last, 1)).excluded
    assert left == {"overlapped workouts, of which the overlap counts once": 1}


@pytest.mark.parametrize("seed", range(5))
def test_shares_agree_with_every_stretch_of_time(seed: int) -> None:
    """However many overlap, each moment belongs to one workout alone."""
    dice = random.Random(seed)
    found = []
    for at in range(30):
        start = times.plus(f"{DATE}T06:00:00.000Z", minutes=dice.randrange(600))
        end = times.plus(start, minutes=dice.choice([0, 20, 20, 45, 90]))
        score = {} if dice.random() < 0.7 else {"score_state": "PENDING_SCORE", "score": None}
        raw = samples.workout(samples.uuid(at), start=start, end=end, **score)
        found.append(Workout.from_api(raw))
    assert shares.shares(found) == pytest.approx(list(reference_statistics.counted(found)))


def test_a_second_sleep_of_a_cycle_counts_as_slept(tmp_path: Path) -> None:
    """A fragment after waking is shown beside the night, and is in time asleep, debt and
    regularity; where it is not scored, time asleep is not known."""
    when = {"start": f"{DATE}T12:30:00.000Z", "end": f"{DATE}T13:30:00.000Z"}
    fragment = samples.sleep(samples.uuid(5), nap=False, **when)
    made = shelf(tmp_path / "whoop.db", [samples.sleep(), fragment], [])
    day = days.summary(Mirror(made.cache, NOBODY), DATE)
    assert day["sleep"]["id"] == samples.NIGHT and not day["naps"]
    assert [one["id"] for one in day["other_sleeps"]] == [fragment["id"]]
    at = number(DATE)
    one = held(made)
    asleep = day["sleep"]["asleep_seconds"] + day["other_sleeps"][0]["asleep_seconds"]
    assert read_series([one])["sleep_duration"].values == {at: pytest.approx(asleep / 3600)}
    nap = one._replace(naps=list(one.other_sleeps), other_sleeps=())
    for debt in (sleep.debt_of_14({at: one}, at), sleep.debt_of_14({at: nap}, at)):
        assert debt.evidence == sleep.debt_of_14({at: nap}, at).evidence
    later = one._replace(date="2026-10-20", other_sleeps=())
    period = sleep.Dates(at, at + 1)
    known = [sleep.regularity({at: day, at + 1: later}, period) for day in (one, nap)]
    assert known[0] == known[1]
    unscored = dataclasses.replace(
        one.other_sleeps[0], score_state="PENDING_SCORE", asleep_seconds=None
    )
    series = read_series([one._replace(other_sleeps=[unscored])])["sleep_duration"]
    assert series.why == {at: "further sleep not scored"}


def test_a_day_keeps_within_its_budget(tmp_path: Path) -> None:
    """301 workouts on a day: as many as fit, and a warning says how many do not and who has
    them."""
    many = [
        samples.workout(
            samples.uuid(at + 1),
            start=times.plus(f"{DATE}T10:00:00.000Z", minutes=2 * at),
            end=times.plus(f"{DATE}T10:00:00.000Z", minutes=2 * at + 1),
        )
        for at in range(301)
    ]
    made = shelf(tmp_path / "whoop.db", [samples.sleep()], many)
    mirror = Mirror(made.cache, NOBODY)
    whole = days.summary(mirror, DATE)
    assert len(whole["workouts"]) == 301 and "warnings" not in whole
    cut = days.summary(mirror, DATE, budget=40_000)
    assert len(json.dumps(cut)) <= 40_000
    shown = len(cut["workouts"])
    assert 30 < shown < 301 and cut["sleep"] == whole["sleep"]
    assert f"{301 - shown} of 301 workouts" in cut["warnings"][0]
    assert "list_whoop_workouts" in cut["warnings"][0]
