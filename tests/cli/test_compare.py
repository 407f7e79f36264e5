"""Periods compared on the command line, and times typed as people say them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cli import insight_words
from whoop_mcp.cli.main import main

from ..support.dashboards import home_up_to_now


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cache has seen the last 120 days."""
    return home_up_to_now(tmp_path_factory.mktemp("person"), days=120)


@pytest.fixture(autouse=True)
def person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOOP_HOME", str(home))
    monkeypatch.setenv("HOME", str(home.parent))


def told(capsys: pytest.CaptureFixture[str], *typed: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    assert main([*typed, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_two_periods_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Sentences first, then a line for each metric; as JSON the tool's own answer."""
    earlier = "59 days ago..30 days ago"
    found = told(capsys, "compare", earlier, "30d", "--metrics", "recovery,ln_hrv")
    assert found["window"]["a"]["days"] == found["window"]["b"]["days"] == 30
    assert found["window"]["a"]["end"] == found["window"]["b"]["start"]
    assert [one["id"] for one in found["metrics"]] == ["recovery.difference", "ln_hrv.difference"]
    assert main(["compare", earlier, "30d"]) == 0
    shown = capsys.readouterr().out
    assert "Too little history" in " ".join(shown.split())
    assert re.search(r"^ln_hrv .* [+-][\d.]+ ms$", shown, re.M)
    assert re.search(r"^recovery .* [+-][\d.]+ points$", shown, re.M)
    assert "0–21" not in shown
    assert "B − A, weekdays out (95 %)" in shown and "resting_heart_rate" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_why_nothing_is_compared_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A reason that the sentences tell is not told again below the table; another one is."""
    assert main(["compare", "today", "yesterday", "--metrics", "skin_temperature"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.count("days of A; at least 1 is needed") <= 1
    one = {"id": "recovery.difference", "value": None, "unit": "%", "reason": "0 days of A"}
    answer = {"metrics": [one, {**one, "reason": "0 days of B"}]}
    said = " ".join(insight_words.compared({**answer, "summary": ["Nothing: 0 days of A."]}))
    assert said.count("0 days of A.") == 1 and said.count("0 days of B.") == 1


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ("last week", "30d", "can mean two things"),
        ("60d", "30d", "share days"),
        ("soon", "30d", "is no stretch of days"),
        ("2012-05", "30d", "before anything that is known"),
        ("30d", "2100", "in the future"),
        ("2026-05-14..2026-05-01", "30d", "ends before it begins"),
        ("2026-04-31..2026-05-03", "30d", "`A` is no such day"),
    ],
)
def test_wrong_periods_are_2_and_say_what_to_type(
    a: str, b: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed as if it were an answer."""
    assert main(["compare", a, b]) == 2
    printed = capsys.readouterr()
    assert not printed.out and says in " ".join(printed.err.split())


def test_a_report_beside_any_period(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page has the comparison, and its summary tells of it."""
    page = tmp_path / "page.html"
    beside = "60 days ago..50 days ago"
    found = told(capsys, "report", "--out", str(page), "--compare", beside, "--days", "30.0")
    assert any("compared with period A" in one for one in found["summary"])
    text = page.read_text(encoding="utf-8")
    assert 'id="comparison"' in text and "What differs" in text


def test_what_was_said_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer without dates of its own says what the words became."""
    file = str(tmp_path / "sleeps.csv")
    typed = ["export", "sleeps", "--format", "csv", "--out", file, "--start", "last 7 days"]
    found = told(capsys, *typed, "--end", "yesterday")
    began, ended = found["window"]["start"], found["window"]["end"]
    assert times.plus(times.midnight(began), days=6)[:10] == ended
    assert main([*typed, "--overwrite"]) == 0
    assert f"From {began}" in capsys.readouterr().out
    assert "window" not in told(capsys, *typed[:-2], "--overwrite")


@pytest.mark.parametrize("typed", [("2026-02", "9999-12-31"), ("9999-12", "today")])
def test_a_period_beyond_the_calendar_is_refused(
    typed: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The last day that there is has none after it, and is told as wrong usage, not as a crash."""
    assert main(["compare", *typed, "--json"]) == 2
    assert "beyond the calendar" in capsys.readouterr().out


def test_an_experiments_words_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """A plan with days in words shows their dates, as the tool's answer does; without, none."""
    typed = ["experiment", "plan", "--behaviour", "late coffee", "--outcome", "recovery"]
    found = told(capsys, *typed, "--start", "tomorrow")
    assert found["window"] == {"start": found["plan"]["first"]}
    assert "window" not in told(capsys, *typed)


def test_a_worth_is_in_the_unit_that_the_plan_names(capsys: pytest.CaptureFixture[str]) -> None:
    """That of HRV is a logarithm, and the line that names the outcome says so."""
    typed = ["experiment", "plan", "--behaviour", "late coffee", "--outcome"]
    for outcome, line in (
        ("ln_hrv", "HRV (worth in ln: 0.05 ≈ 5 %)"),
        ("resting_heart_rate", "resting heart rate in bpm"),
    ):
        assert main([*typed, outcome]) == 0
        assert line in capsys.readouterr().out


def test_an_entry_is_of_the_wearers_day(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a date it is today's where the newest record was made, as in an experiment."""
    monkeypatch.setattr("whoop_mcp.server.today.wearers_today", lambda app: "2026-05-02")
    assert told(capsys, "log", "late coffee")["entries"][0]["date"] == "2026-05-02"
    given = told(capsys, "log", "late coffee", "--date", "yesterday")
    assert given["entries"][0]["date"] == "2026-05-01"
