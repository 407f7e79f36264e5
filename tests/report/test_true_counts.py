"""How many days a claim rests on: the same wherever it is told, and true."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from whoop_mcp.cache.journal import Told
from whoop_mcp.cli import journal_words
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import payload, summary
from whoop_mcp.insights.statistic import Answer, Verdict
from whoop_mcp.insights.timeseries import day, number
from whoop_mcp.report import behaviour_chart, findings, tiles
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


def test_a_mean_of_few_days_says_of_how_many() -> None:
    """A mean over a month of which four days are known is told as that, in the summary and on the
    tile, be it the period's own or the one beside it; of a month that is mostly known it is not."""
    days, period = athlete_days.life(1, 300, 30, illness=(), travel=(), quirks=False)

    def told(first: int, last: int, left: int) -> tuple[str, str]:
        gone = range(first + left, last + 1)
        found = insights.compute(
            [one._replace(recovery=None) if number(one.date) in gone else one for one in days],
            period,
        )
        (line,) = (line for line in found.summary if line.startswith("Recovery averaged"))
        shown = tiles.MEASURES[0]
        return line, Outline(str(tiles.tile(shown, found.by_id["recovery.mean"], period, []))).text

    before = period.first - 30
    line, tile = told(before, period.first - 1, 4)
    assert line.endswith(" over the 30 days before (4 days known).")
    assert "in the 30 days before (4 days known)" in tile
    line, _ = told(*period, 4)
    assert " (4 days known), compared with " in line
    line, tile = told(before, period.first - 1, 20)
    assert "known" not in line and "known" not in tile


def test_a_claim_says_how_many_days_it_rests_on(drinker: Answer) -> None:
    """Drift, link and weekday: the summary's sentence and the page's card tell their n."""
    claims = {
        "resting_heart_rate.drift": {"value": 6.0, "ci": (2.0, 10.0)},
        "sleep_duration~recovery": {"value": 0.4, "ci": (0.2, 0.6), "q": 0.001},
        "recovery.weekdays": {"q": 0.001},
    }
    sections = {
        name: [
            replace(one, **claims[one.id], verdict=Verdict("Mondays are lower", True))
            if one.id in claims
            else one
            for one in of
        ]
        for name, of in drinker.sections.items()
    }
    said = summary.sentences(drinker.period, drinker.counts, sections)
    found = replace(drinker, sections=sections)
    cards = [Outline(f"<p>{join(one.words)}</p>").text for one in findings.findings(found)]
    for id in claims:
        n = drinker.by_id[id].n
        assert any(f"{n} days)" in line for line in said)
        assert any(f"{n} days" in words for words in cards), (id, cards)
