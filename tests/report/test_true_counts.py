"""How many days a claim rests on: the same wherever it is told, and true."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from whoop_mcp.cache.journal import Told
from whoop_mcp.cli import journal_words
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import payload
from whoop_mcp.insights.statistic import Answer
from whoop_mcp.insights.timeseries import day
from whoop_mcp.report import behaviour_chart, findings
from whoop_mcp.report.html import join

from ..support import athlete_days
from ..support.dashboards import Outline


@pytest.fixture(scope="module")
def drinker() -> Answer:
    """Half a year of somebody who drinks on two days of three, the more the worse the morning."""
    days, period = athlete_days.life(1, 300, 30, illness=(), travel=(), quirks=False)
    entries = []
    for before, one in pairwise(days):
        score = one.recovery and one.recovery.recovery_score
        if score is None:
            continue
        drinks = int(one.date[-2:]) % 3 > 0
        amount = (1 + (100 - score) // 20, "drinks") if drinks else (None, None)
        entries.append(Told(before.date, "alcohol", drinks, *amount))
    return insights.compute(days, period, told=entries)


def test_amounts_rest_on_days_with_one(drinker: Answer) -> None:
    """Where days are compared by how much there was, there are none without it: summary, card,
    drawing, table and terminal tell the days with an amount, and no 0 beside them."""
    one = drinker.by_id["behaviour.alcohol~recovery.amount"]
    assert one.claims and one.behaviour and one.behaviour.no == 0
    (line,) = (line for line in drinker.summary if "“alcohol”" in line)
    assert f"; {one.n} days with an amount, up to {day(one.dates.last)[8:]} " in line
    words = Outline(
        "".join(f"<p>{join(card.words)}</p>" for card in findings.findings(drinker))
    ).text
    assert f"{one.n} days with an amount, up to " in words and "and 0 without" not in words
    drawn = Outline(str(behaviour_chart.forest(drinker.sections["behaviours"]))).text
    assert f", n {one.n}" in drawn and not re.search(r"n \d+ / 0\b", drawn)
    written = payload.as_dict(drinker)["behaviours"]
    terminal = journal_words.behaviours(written)
    assert not any(row.endswith("/0") for row in terminal)
    assert " ".join(terminal).count("; of an amount, with one.") == 1
