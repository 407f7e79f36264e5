"""Write docs/MORNING.md: a morning's questions, the tools that are called, and the answers.

    python -m tests.tools.morning

The answers come from a real server process on the demo's account, which wakes up on the same
morning each time. What an assistant says is put together here, from those answers alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import mcp

from whoop_mcp.cli.wording import duration
from whoop_mcp.insights.timeseries import in_words

from ..support.commands import environ

PAGE = Path(__file__).parents[2] / "docs" / "MORNING.md"
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_whoop_auth_status", {}),
    ("sync_whoop", {}),
    ("get_whoop_daily_summary", {"date": "today"}),
    ("get_whoop_insights", {"days": 30}),
    ("get_whoop_journal", {"start": "yesterday"}),
)
"""What an assistant calls on that morning, in this order."""


def asked(calls: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Ask a server process of its own one call after another; return the answers."""

    async def run(folder: Path) -> list[dict[str, Any]]:
        server = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "tests.support.morning_server"],
            env=environ(folder, WHOOP_LOG_LEVEL="ERROR"),
        )
        found = []
        async with mcp.Client(server) as client:
            for name, given in calls:
                answer = await client.call_tool(name, given)
                if answer.is_error or not isinstance(answer.structured_content, dict):
                    raise RuntimeError(f"{name} failed: {answer.content}")
                found.append(answer.structured_content)
        return found

    with tempfile.TemporaryDirectory() as name:
        return anyio.run(run, Path(name))


# ── the page ──

_PAGE = """\
# A morning

Somebody wakes up, opens their assistant and asks. The person is made up: it is the account of
`whoop-mcp demo` on {when}. The tools' answers are real: `python -m tests.tools.morning` asks a
server process and writes this page, and a test holds every number of it against those answers.
What the assistant says is put together from them, as
[the skill](../whoop_mcp/cli/skills/whoop-insights/SKILL.md) teaches.

## “Good morning. How did I sleep, and how recovered am I?”

{call[0]}
{call[1]}
{call[2]}

{night}

## “Is that unusual for me?”

{call[3]}

{usual}

## “What could be behind it?”

{call[4]}

{behind}

## “So should I train today?”

No tool is needed: the answers above are still there.

{training}

What it never did: diagnose, compare with other people, give a reason that the data do not show,
or do arithmetic of its own.
"""


def page(answers: list[dict[str, Any]]) -> str:
    """Write the page from the answers to `CALLS`."""
    _, synced, today, statistics, journal = answers
    calls = [f"- `{name}` `{json.dumps(given)}`" for name, given in CALLS]
    calls[1] += f": {synced['status']}"
    return _PAGE.format(
        when=in_words(today["date"]),
        call=calls,
        night=_quoted(*_night(today)),
        usual=_quoted(*_usual(today, statistics)),
        behind=_quoted(*_behind(statistics, journal)),
        training=_quoted(*_training(today, statistics)),
    )


def _night(today: dict[str, Any]) -> list[str]:
    sleep, recovery, cycle = today["sleep"], today["recovery"], today["cycle"]
    needed = sleep["sleep_needed_seconds"]["total"]
    return [
        f"You slept **{duration(sleep['asleep_seconds'])}**, from {sleep['start_local'][11:16]} to "
        f"{sleep['end_local'][11:16]}. WHOOP says that you needed {duration(needed)}, and gives "
        f"your sleep {sleep['sleep_performance_pct']:.0f} %.",
        f"Your recovery on {_said(today['date'])} is **{recovery['recovery_score']:.0f} %**, with "
        f"an HRV of {recovery['hrv_rmssd_ms']:.0f} ms and a resting heart rate of "
        f"{recovery['resting_heart_rate_bpm']:.0f} bpm. Your strain so far is "
        f"{cycle['strain']:.1f}.",
    ]


def _usual(today: dict[str, Any], statistics: dict[str, Any]) -> list[str]:
    mean = _found(statistics, "recovery.mean")
    return [
        f"Your recovery averaged {mean['value']:.0f} % over the {statistics['period']['days']} "
        f"days to {_said(today['date'])} (n = {mean['n']}); this morning it is "
        f"{today['recovery']['recovery_score']:.0f} %. A single morning is not tested, so I do not "
        "call it usual or unusual.",
        _sentence(statistics, "HRV averaged"),
        _sentence(statistics, "vital signs"),
    ]


def _behind(statistics: dict[str, Any], journal: dict[str, Any]) -> list[str]:
    yes = [f"“{one['behaviour']}”" for one in journal["entries"] if one["answer"]]
    day = _said(journal["entries"][0]["date"])
    return [
        f"Your journal of yesterday, {day}, has {', '.join(yes[:-1])} and {yes[-1]}.",
        _sentence(statistics, "After days with"),
        "One night cannot say whether it was that. If you want to know, choose a habit that you "
        "can do or leave, and we plan an experiment (`whoop_experiment`).",
    ]


def _training(today: dict[str, Any], statistics: dict[str, Any]) -> list[str]:
    load = _found(statistics, "load.acute_chronic")
    known = (
        f"your load of the last week cannot be compared with the weeks before ({load['reason']})"
        if load["value"] is None
        else f"your load of last week is {load['value']:.2f} times that of the 3 before, by day"
    )
    return [
        f"I cannot decide that for you, and the data cannot either: {known}, and a recovery of "
        f"{today['recovery']['recovery_score']:.0f} % on {_said(today['date'])} is one morning. If "
        "you feel ill, a doctor knows more than a strap.",
    ]


def _found(statistics: dict[str, Any], id: str) -> dict[str, Any]:
    return next(
        one
        for section in statistics.values()
        if isinstance(section, list)
        for one in section
        if isinstance(one, dict) and one["id"] == id
    )


def _sentence(statistics: dict[str, Any], words: str) -> str:
    return next(one for one in statistics["summary"] if words in one)


def _said(date: str) -> str:
    return in_words(date).rpartition(" ")[0]


def _quoted(*paragraphs: str) -> str:
    lines = [textwrap.wrap(one, 96, break_on_hyphens=False) for one in paragraphs]
    return "\n>\n".join("\n".join(f"> {line}" for line in each) for each in lines)


if __name__ == "__main__":
    PAGE.write_text(page(asked(CALLS)), encoding="utf-8")
