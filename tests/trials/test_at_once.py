"""Experiments as programs keep them: two at once, killed between any two lines, from the shell."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.report import document
from whoop_mcp.simulator import life
from whoop_mcp.trials.experiment import experiment

from ..support import exports_of_whoop
from ..support.commands import REPOSITORY, environ, run
from ..support.experimenters import BEGAN, HABIT, Experimenter, later
from ..support.kill_at_lines import kill_at_lines, printed_by


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which somebody has imported their export."""
    env = environ(tmp_path / "user")
    place = exports_of_whoop.save(life.make(seed=6, days=120), tmp_path)
    done = run("import", str(place), env=env)
    assert done.returncode == 0, done.stderr
    return env


@pytest.mark.slow
def test_of_two_starts_at_once_one_wins(home: dict[str, str]) -> None:
    """Eight processes that register the same make one experiment, and each answers it; of eight
    that want another on its outcome none does."""
    begin = [sys.executable, "-m", "whoop_mcp", "experiment", "start", "--json"]
    wanted = ["--outcome", "recovery", "--behaviour"]

    def at_once(name: str) -> list[Any]:
        running = [
            subprocess.Popen(
                [*begin, *wanted, name], env=home, stdout=subprocess.PIPE, cwd=REPOSITORY
            )
            for _ in range(4)
        ]
        return [json.loads(one.communicate(timeout=120)[0]) for one in running]

    answers = at_once("late coffee")
    assert sorted(one["new"] for one in answers) == [False, False, False, True]
    assert len({(one["experiment"], one["digest"]) for one in answers}) == 1
    refused = at_once("sauna")
    assert all(one["error"]["code"] == "VALIDATION_ERROR" for one in refused)


@pytest.mark.slow
def test_from_the_shell(home: dict[str, str]) -> None:
    """Plan, start, today, log, status, result and end say in words what they did; bad arguments
    end with 2 and what helps."""
    asked = ("--behaviour", "late coffee", "--outcome", "resting_heart_rate", "--worth", "2")
    planned = run("experiment", "plan", *asked, env=home)
    assert planned.returncode == 0, planned.stderr
    assert "8 of 10 such experiments" in " ".join(planned.stdout.split())
    assert "Nothing is registered" in planned.stdout
    started = run("experiment", "start", *asked, env=home)
    assert "Registered as experiment 1" in started.stdout
    status = run("experiment", "status", env=home).stdout
    assert "Experiment 1" in status and "0 of 28 days" in " ".join(status.split())
    assert run("experiment", "today", env=home).returncode == 0
    result = run("experiment", "result", env=home)
    assert result.returncode == 0 and "begins on" in result.stdout
    assert "before its first day" in run("experiment", "end", env=home).stdout
    for bad in (("plan",), ("start", *asked, "--days", "3"), ("result", "--experiment", "9")):
        done = run("experiment", *bad, env=home)
        assert done.returncode == 2 and done.stderr, bad


def test_the_report_shows_the_days_and_no_outcome_too_early(tmp_path: Path) -> None:
    """A running experiment has its days on the page, without any mean; when it is over its result
    stands there in words, its days in a table; a name is text and nothing else; without any, or
    where one was edited, the page is there all the same."""
    person = Experimenter(tmp_path)
    assert "Experiments" not in document.page(person.cache)
    person.start(behaviour="<script>x", outcome="ln_hrv", days=28)
    person.start()
    assert "it begins on" in document.page(person.cache)
    person.obey(6)
    early = document.page(person.cache)
    assert 'id="experiment-2"' in early and "mean of “do”" not in early
    person.obey(8)
    page = document.page(person.cache)
    assert "mean of “do”" in page and "<script>x" not in page
    told = experiment(person.cache, "result", experiment=2)["summary"][0]
    assert told.replace("“", "").split(":")[0] in page.replace("“", "")
    connection = sqlite3.connect(person.cache.path)
    connection.execute("DROP TRIGGER experiments_fixed")
    connection.execute("UPDATE experiments SET digest = 'x' WHERE id = 2")
    connection.commit()
    connection.close()
    edited = document.page(person.cache)
    assert 'id="experiment-2"' not in edited and 'id="experiment-1"' in edited


# ── killed ──


def steps(folder: str, stride: str) -> None:
    """Start and then end an experiment, killed at every so-manyth line; print how many lines there
    are. Each time the next to ask finds all of it or nothing, and can go on."""
    person = Experimenter(Path(folder))
    person.cache.close()

    def fresh() -> Cache:
        return Cache(person.cache.path, clock=lambda: person.now)

    def prepare() -> None:
        connection = sqlite3.connect(person.cache.path)
        connection.execute("DELETE FROM experiments")
        connection.commit()
        connection.close()

    def act() -> None:
        cache = fresh()
        experiment(cache, "start", behaviour=HABIT, outcome="recovery", start=BEGAN, days=14)
        experiment(cache, "end")

    def check(step: int) -> None:
        found = experiment(fresh(), "status")["experiments"]
        assert [one["state"] for one in found] in ([], ["running"], ["ended_early"]), step

    modules = ("trials/experiment.py", "trials/registration.py", "cache/trials.py")
    print(kill_at_lines(modules, int(stride), prepare, act, check))


@pytest.mark.posix
@pytest.mark.parametrize("stride", [61, pytest.param(3, marks=pytest.mark.slow)])
def test_killed_between_any_two_lines(tmp_path: Path, stride: int) -> None:
    """Whichever line is the last one that runs, an experiment is registered whole or not at all."""
    assert printed_by(__name__, "steps", tmp_path, stride) > 150


def test_a_traveller_is_told_by_which_clock(tmp_path: Path) -> None:
    """Today is that of the newest record's place, wherever the computer is, and the answer says
    its offset."""
    person = Experimenter(tmp_path)
    person.now = f"{later(BEGAN, 1)}T02:00:00.000Z"  # the evening before at UTC-04:00
    answer = person.ask("status")
    assert answer["today"] == BEGAN and answer["clock"].startswith("UTC-04:00")
    assert person.start()["plan"]["first"] == BEGAN
    assert times.is_date(answer["today"])
