"""As a new user would: only WHOOP's ZIP, no app and no login."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.simulator import life

from ..support import exports_of_whoop
from ..support.commands import environ, run


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment without any login, in which somebody has imported their export."""
    env = environ(tmp_path / "user")
    account = life.make(seed=6, days=200)
    place = exports_of_whoop.save(account, tmp_path, "fr")
    done = run("import", str(place), env=env)
    assert done.returncode == 0, done.stderr
    assert "journal" in done.stdout and "cycles" in done.stdout
    return {**env, "ZIP": str(place), "OUT": str(tmp_path)}


def answer(home: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json", env=home)
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_an_import_alone_answers_everything(home: dict[str, str]) -> None:
    """Status, SQL, insights, report, exports and journal work from the export; what stands says of
    which date it is and how to log in for more."""
    status = answer(home, "status")
    assert status["status"] == "degraded"
    assert "data export of" in status["checks"]["auth"]["detail"]
    assert "whoop-mcp login" in status["checks"]["auth"]["detail"]
    assert status["cache"]["export"]["records"]["cycles"] > 150
    rows = answer(home, "query", "SELECT count(*), count(recovery_score) FROM days")["rows"]
    assert rows[0][0] > 150 and rows[0][1] > 150
    insights = answer(home, "insights", "--days", "60")
    assert insights["baselines"] and "reason" not in insights["baselines"][0]
    assert answer(home, "report", "--out", f"{home['OUT']}/a.html")["status"] == "success"
    whole = answer(home, "export", "all", "--format", "jsonl", "--out", f"{home['OUT']}/all")
    assert [one["complete"] for one in whole["files"][:4]] == [False] * 4  # up to now, it is not
    line = json.loads((Path(home["OUT"]) / "all" / "cycles.jsonl").read_text().splitlines()[0])
    assert line["source"] == "export"
    assert answer(home, "journal")["count"] > 50
    again = answer(home, "import", home["ZIP"])
    assert all(one["new"] == one["renewed"] == 0 for one in again["kinds"].values())


@pytest.mark.slow
def test_an_entry_of_ones_own_is_kept_from_the_shell(home: dict[str, str]) -> None:
    """`log` keeps it, `journal` shows it, `--remove` takes it back; a wrong amount is refused."""
    assert answer(home, "log", "late coffee", "--amount", "2", "--unit", "cups")["new"] == 1
    said = run("journal", env=home).stdout
    assert "late coffee: yes, 2 cups (own)" in said
    today = times.now()[:10]
    assert answer(home, "log", "late coffee", "--no", "--date", today)["status"] == "success"
    assert answer(home, "log", "beers", "--same-as", "late coffee")["changed"] == 1
    assert answer(home, "log", "late coffee", "--date", today, "--remove")["removed"] >= 1
    done = run("log", "x", "--amount", "much", env=home)
    assert done.returncode != 0 and "--amount" in done.stderr
    done = run("import", f"{home['OUT']}/none.zip", env=home)
    assert done.returncode != 0 and "Data Export" in done.stderr
