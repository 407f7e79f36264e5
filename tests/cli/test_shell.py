"""Errors in a shell: each names what was typed, shows what to type, and no tool of a model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from whoop_mcp.cli import shell
from whoop_mcp.cli.main import main
from whoop_mcp.cli.parser import parser
from whoop_mcp.cli.table import COMMANDS
from whoop_mcp.errors import ValidationError
from whoop_mcp.server.tools import BY_NAME

from ..support.dashboards import home_up_to_now

EXPORT = ("export", "sleeps", "--format", "csv", "--out")
PLAN = ("experiment", "plan", "--behaviour", "tea", "--outcome", "recovery")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cache has seen the last 60 days."""
    return home_up_to_now(tmp_path_factory.mktemp("person"), days=60)


@pytest.fixture
def person(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a person stands who has records; a page and a table are there."""
    monkeypatch.setenv("WHOOP_HOME", str(home))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("whoop.html", "s.csv"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *typed: str, code: int = 2) -> str:
    """What a command that fails says, on one line."""
    assert main(typed) == code
    out, err = capsys.readouterr()
    assert out == ""
    return " ".join(err.split())


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("sync", "--since", "soon"), "`--since` is"),
        (("sync", "--since", "soon"), "For example: --since 2026-04-20"),
        (("sync", "--since", "tomorrow"), "`--since` is in the future"),
        (("sync", "--resources", "naps"), "For example: --resources cycles,recoveries"),
        (("events", "--since", "2026-04-20", "--limit", "0"), "For example: --limit 500"),
        (("events", "--since", "today", "--until", "2020-01-01"), "comes before `--since`"),
        (("query", "SELECT 1", "--max-rows", "x"), "`--max-rows` must be a whole number"),
        (("query", ""), 'For example: whoop-mcp query "SELECT date'),
        (("insights", "--days", "0"), "For example: --days 30"),
        (("insights", "--free-days", "caturday"), "For example: --free-days friday,saturday"),
        (("compare", "soon", "30d"), "For example: whoop-mcp compare 2026-04 2026-05"),
        (("compare", "60d", "30d", "--metrics", "x"), "For example: --metrics ln_hrv,"),
        (("export", "naps", "--format", "csv", "--out", "x.csv"), "`KIND` must be one of"),
        (("export", "naps", "--format", "csv", "--out", "x.csv"), "whoop-mcp export sleeps"),
        ((*EXPORT, "x.txt"), "`x.txt` does not end in .csv."),
        ((*EXPORT, ""), "`--out` is empty"),
        ((*EXPORT, "no/x.csv"), "`no/x.csv` lies in a folder that does not exist."),
        ((*EXPORT, "x.csv", "--start", "soon"), "For example: --start 2026-04-20"),
        (("report", "--out", "no/r.html"), "`no/r.html` lies in a folder that does not exist."),
        (("report", "--every", "noon", "--out", "r.txt"), "`r.txt` does not end in .html."),
        (("status", "--bundle", "b.txt"), "`b.txt` does not end in .json."),
        (("import", "nosuch.zip"), "There is nothing at `nosuch.zip`."),
        (("import", "a\x07.zip"), "There is nothing at `PATH`."),
        (("purge", "--before", "soon"), "For example: --before 2026-04-20"),
        (("purge", "--before", "tomorrow"), "`--before` is in the future"),
        (("log", "?"), "An entry has a `TEXT` without a word."),
        (("journal", "--start", "soon"), "For example: --start 2026-04-20"),
        (("experiment", "stop"), "`ACTION` must be one of plan, start, today"),
        (("experiment", "plan"), "`--behaviour` is missing."),
        (
            ("experiment", "plan"),
            'For example: whoop-mcp experiment plan --behaviour "late coffee" --outcome recovery',
        ),
        ((*PLAN, "--worth", "0"), "For example: --worth 5"),
        ((*PLAN, "--block-days", "2", "--washout-days", "2"), "`--block-days` 4, `--washout-days`"),
        ((*PLAN, "--experiment", "1"), "`--experiment` is not for the action plan."),
        (("experiment", "today", "--days", "9"), "to change it, end the experiment"),
        (("experiment", "end", "--days", "3"), "`--days` is not for the action end: a registered"),
        (("experiment", "end"), "For example: whoop-mcp experiment plan --behaviour"),
        (("skill", "x"), "`ACTION` must be one of install"),
        (("skill", "install", "--target", ""), "`--target` is empty."),
        (("completion", "fish"), "`SHELL` must be one of bash, zsh"),
    ],
    ids=lambda value: re.sub(r"\W+", "-", " ".join(value))[:60] if type(value) is tuple else "",
)
def test_an_error_names_what_was_typed(
    person: Path, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], words: str
) -> None:
    """Its words have the option or the path as it was typed, its example can be typed, and neither
    JSON nor an argument of a tool is in it."""
    found = said(capsys, *typed)
    assert words in found
    assert '{"' not in found and "=true" not in found
    assert not set(BY_NAME) & set(re.findall(r"\w+", found))
    tools = {one.name for tool in BY_NAME.values() for one in tool.parameters}
    assert not tools & set(re.findall(r"`(\w+)`", found))


@pytest.mark.parametrize(
    ("typed", "name"),
    [(("report",), "whoop.html"), ((*EXPORT, "s.csv"), "s.csv")],
    ids=["default", "typed"],
)
def test_what_would_be_overwritten_is_named(
    person: Path, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], name: str
) -> None:
    """The file that is there is named, also where nobody typed it, and so is the option."""
    found = said(capsys, *typed, code=1)
    assert f"There is already something at {person.resolve() / name}." in found
    assert "(--overwrite)" in found and "overwrite=true" not in found
    assert (person / name).read_text(encoding="utf-8") == "mine"


def test_what_was_typed_is_shown_as_it_is(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file, a table or a column that is called as a tool is, or as a switch, keeps its name."""
    for name in ("export_whoop.csv", "overwrite=true.csv"):
        (person / name).write_text("mine", encoding="utf-8")
        found = said(capsys, *EXPORT, name, code=1)
        assert f"There is already something at {person.resolve() / name}." in found
        assert "(--overwrite)" in found
    assert "no such table: sync_whoop" in said(capsys, "query", "SELECT * FROM sync_whoop")
    assert "no such column: query_whoop" in said(capsys, "query", "SELECT query_whoop FROM days")


def test_an_empty_cache_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person is not told to call a tool, nor the same thing twice."""
    monkeypatch.setenv("WHOOP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("whoop_mcp.surroundings._is_on_path", lambda: True)
    found = said(capsys, "events", "--since", "2026-01-01", code=1)
    assert found.endswith("from WHOOP yet. Run `whoop-mcp sync`.")


@pytest.mark.parametrize(
    ("command", "hint", "shown"),
    [
        (
            "compare",
            "Or fetch earlier ones with sync_whoop (`since`, or full=true).",
            "Or fetch earlier ones with `whoop-mcp sync` (`--since`, or --full).",
        ),
        (
            "compare",
            "Call sync_whoop with full=true, or run `whoop-mcp sync --full`, to fetch them.",
            "Run `whoop-mcp sync --full`, to fetch them.",
        ),
        ("query", "`sync_whoop` brings it.", "`whoop-mcp sync` brings it."),
        ("sync", "Leave `start` as it is.", "Leave `start` as it is."),
        ("events", "What is `since`?", "What is `--since`?"),
    ],
)
def test_tools_are_named_as_commands(command: str, hint: str, shown: str) -> None:
    """A tool in a hint is its command, with that one's options; other words stay."""
    typed = ["compare", "1d", "2d"] if command == "compare" else ["query", "x"]
    given = parser().parse_args(["events", "--since", "x"] if command == "events" else typed)
    problem = shell.worded(ValidationError("No.", hint=hint), COMMANDS[command], given, COMMANDS)
    assert problem.hint == shown


def test_each_tool_that_a_person_can_use_is_a_command() -> None:
    """The table names the tool of each command that has one, and no other."""
    named = [one.tool for one in COMMANDS.values() if one.tool]
    assert set(named) <= set(BY_NAME) and len(named) == len(set(named)) >= 12
