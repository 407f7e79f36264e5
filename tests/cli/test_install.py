"""The skill: what it says is true of the program, and it comes where agents look for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cli import demo, install
from whoop_mcp.errors import ExportError
from whoop_mcp.insights import answer as insights
from whoop_mcp.server import tools

from ..support.commands import environ, run
from ..support.mirrored_accounts import UNTIL, mirrored_account

TEXT = install.skill_text()


def test_its_head_is_what_agents_read() -> None:
    """Front matter with a name that is its folder's, and a description within 1,024 characters."""
    head = re.match(r"---\nname: ([a-z-]+)\ndescription: ([^\n]+)\n---\n\n# ", TEXT)
    assert head
    assert head[1] == install.SKILL
    assert len(head[2]) <= 1024


def test_every_tool_it_names_exists() -> None:
    """No tool in it is made up."""
    named = set(re.findall(r"`((?:get|list|create|query|sync|export)_\w+|health_check)`", TEXT))
    assert len(named) >= 8
    assert named <= set(tools.BY_NAME)


def test_the_worked_example_is_what_the_tools_answer(tmp_path: Path) -> None:
    """Every figure of the example comes from the answer it is said to come from."""
    with mirrored_account(tmp_path, days=demo.DAYS) as one:
        one.sync()
        answer = insights.insights(one.cache, days=30)
    assert UNTIL.startswith("2026-05-20")
    found: dict[str, Any] = {
        each["id"]: each
        for section in answer.values()
        if isinstance(section, list)
        for each in section
        if isinstance(each, dict)
    }
    recovery, hrv = found["recovery.mean"], found["hrv.baseline"]
    drift, debt = found["resting_heart_rate.drift"], found["sleep.debt_14_cycles"]
    theirs = found["sleep.debt_whoop"]
    assert theirs["window"]["start"] == "2026-05-20"
    rate, ratio = found["anomaly.rate"], found["load.acute_chronic"]
    days = answer["coverage"]["days"]
    assert answer["anomalies"] == [rate]
    tried = [each for each in answer["correlations"] if each["value"] is not None]
    assert {each["verdict"] for each in tried} == {"not distinguishable from chance"}
    assert not {one["verdict"] for one in found.values() if "q" in one} & {"drift", "unusual"}
    assert answer["period"]["start"] == "2026-04-21"
    example = " ".join(TEXT.partition("## A worked example")[2].replace("> ", "").split())
    for words in (
        f"on {days['recovery']} of {days['total']} days with a recovery",
        f"averaged {recovery['value']:.0f} % (n = {recovery['n']}), "
        f"compared with {recovery['previous']['mean']:.0f} % in the 30 days before",
        f"was {hrv['geometric_mean_ms']:.0f} ms ({hrv['n']} nights to 20 May), "
        f"{hrv['band']['position']} your own band of {hrv['band']['low_ms']:.0f}–"
        f"{hrv['band']['high_ms']:.0f} ms, and *{hrv['verdict']}*",
        f"averaged {found['resting_heart_rate.mean']['value']:.1f} bpm",
        f"it changed by {drift['value']:+.1f} bpm (95 % interval {drift['ci'][0]:.1f} to "
        f"{drift['ci'][1]:.1f}): no more than chance would do",
        f"{found['sleep_duration.mean']['value']:.1f} hours a night",
        f"{debt['value']:.1f} hours less than needed ({debt['n']} days known)",
        "On no day were several vital signs clearly worse than usual at once",
        f"happens on {rate['value']:.1f} % of your days, "
        f"on {100 * rate['flag_days'] / rate['n']:.1f} % strongly enough for a flag",
        "WHOOP's own sleep debt, which it works out differently, is "
        f"{theirs['value']:.1f} hours (20 May)",
        "nothing that was tested was more than chance would do",
        f"{ratio['n']} days are known, and at least 28 are needed",
        f"Of {len(tried)} links",
    ):
        assert words in example, words
    assert "ordinary" not in example, "no test tells an ordinary month"


def test_it_is_put_where_agents_look(tmp_path: Path) -> None:
    """It comes whole into a folder that is made for it; again, nothing changes; a text that
    somebody has changed is kept beside it."""
    target = tmp_path / "skills"
    done = install.put_skill(target)
    assert done == (target / "whoop-insights" / "SKILL.md", None)
    assert done.path.read_text(encoding="utf-8") == TEXT
    assert install.put_skill(target).backup is None
    done.path.write_text("my own")
    again = install.put_skill(target)
    assert again.backup
    assert again.backup.read_text() == "my own"
    assert done.path.read_text(encoding="utf-8") == TEXT


def test_a_target_that_is_no_folder(tmp_path: Path) -> None:
    """It is said so, with the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        install.put_skill(tmp_path / "file")


def test_a_target_in_nobodys_home(tmp_path: Path) -> None:
    """A ~ that stands for no home is a bad argument, and so is an empty one; nothing is written."""
    env = environ(tmp_path)
    target = ("skill", "install", "--target")
    done = run(*target, "~nobody-of-that-name/x", env=env, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no known home" in done.stderr
    done = run(*target, "", env=env, cwd=tmp_path)
    assert done.returncode == 2
    assert "`--target` is empty" in done.stderr
    assert not [one for one in tmp_path.iterdir() if "whoop" in one.name]


@pytest.mark.parametrize(
    ("there", "folders"),
    [
        ((), [".claude/skills"]),
        ((".claude",), [".claude/skills"]),
        ((".codex", ".gemini"), [".agents/skills"]),
        ((".claude", ".copilot", ".config/opencode"), [".claude/skills", ".agents/skills"]),
    ],
)
def test_it_goes_where_the_agents_here_look(
    tmp_path: Path, there: tuple[str, ...], folders: list[str]
) -> None:
    """Each agent that is on this computer finds it in the folder that it reads."""
    env = {**environ(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)
    done = run("skill", "install", "--json", env=env)
    answer = json.loads(done.stdout)
    wanted = [str(tmp_path / folder / "whoop-insights" / "SKILL.md") for folder in folders]
    assert [one["path"] for one in answer["installed"]] == wanted
    assert answer["path"] == wanted[0]
    found = sorted(str(path) for path in tmp_path.rglob("SKILL.md"))
    assert found == sorted(wanted)


def test_it_follows_a_moved_claude_code(tmp_path: Path) -> None:
    """Where CLAUDE_CONFIG_DIR names another folder, skills are in there."""
    (tmp_path / "moved").mkdir()
    env = {**environ(tmp_path), "CLAUDE_CONFIG_DIR": str(tmp_path / "moved")}
    run("skill", "install", env=env)
    assert (tmp_path / "moved" / "skills" / "whoop-insights" / "SKILL.md").exists()
