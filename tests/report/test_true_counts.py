"""How many days a claim rests on: the same wherever it is told, and true."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from whoop_mcp.cache.journal import Told
from whoop_mcp.cli import journal_words
from whoop_mcp.counts import counted, of_all
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import payload, summary
from whoop_mcp.insights.statistic import Answer, Verdict
from whoop_mcp.insights.timeseries import day, number
from whoop_mcp.report import behaviour_chart, findings, highlights, tiles
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
    line, tile = told(*period, 4)
    assert " (4 days known), compared with " in line
    assert "(4 days known) " in tile
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


def test_pairs_tried_are_those_that_have_a_figure(drinker: Answer) -> None:
    """The page and the summary count the same pairs: one that has too few days was not tried."""
    tried = drinker.sections["correlations"]
    nothing = Verdict("not distinguishable from chance", False)
    few = [
        replace(one, value=None, ci=None, p=None, q=None, verdict=None)
        if at == 0
        else replace(one, q=0.9, verdict=nothing)
        for at, one in enumerate(tried)
    ]
    n = len([one for one in few if one.q is not None])
    page = Outline(str(highlights.surest_pairs(few))).text
    said = summary.sentences(
        drinker.period, drinker.counts, {**drinker.sections, "correlations": few}
    )
    assert f"None of {n} pairs tried" in page and n < len(tried)
    assert any(line.startswith(f"Of {n} links tried ") for line in said)


PLURAL_OF_ONE = re.compile(r"\b(?<![\d.,])1 (days|links|pairs|ways|differences|mornings)\b")


def test_one_of_a_thing_is_no_plural(drinker: Answer) -> None:
    """One day, link, pair, difference and judged day, in the summary and on the page."""
    links = [one for one in drinker.sections["correlations"] if one.q is not None][:1]
    links = [replace(one, q=0.9, verdict=Verdict("chance", False)) for one in links]
    after = [one for one in drinker.sections["behaviours"] if one.q is not None][:1]
    after = [replace(one, q=0.9, verdict=Verdict("chance", False)) for one in after]
    rate, *_ = drinker.sections["anomalies"]
    assert rate.firing
    rate = replace(rate, firing=rate.firing._replace(judged_in_period=1))
    sections = {
        **drinker.sections,
        "correlations": links,
        "behaviours": after,
        "anomalies": [rate],
    }
    counts = {**drinker.counts, "recovery": 1}
    said = summary.sentences(drinker.period, counts, sections)
    page = [
        highlights.surest_pairs(links),
        highlights.unusual([rate]),
        behaviour_chart.forest(after),
        *(join(one.words) for one in findings.findings(replace(drinker, sections=sections))),
    ]
    shown = " ".join([*said, *(Outline(f"<p>{one}</p>").text for one in page)])
    assert not PLURAL_OF_ONE.search(shown), PLURAL_OF_ONE.findall(shown)
    assert said[0].startswith("1 of the 30 days ") and " has a usable recovery" in said[0]
    assert "The one link tried in the " in shown and "None of 1 pair tried" in shown
    assert "The one day that could be judged did not stand out." in shown
    assert "Of 1 difference looked at, none is beyond chance." in shown


@pytest.mark.parametrize(
    ("n", "total", "words"), [(0, 1, "0 of 1 day"), (1, 2, "1 of 2 days"), (1, 1, "1 of 1 day")]
)
def test_a_part_is_of_as_many(n: int, total: int, words: str) -> None:
    """What there is in all has the number, not the part."""
    assert of_all(n, total, "day") == words
    assert counted(total, "entry", "entries") == ("1 entry" if total == 1 else "2 entries")
