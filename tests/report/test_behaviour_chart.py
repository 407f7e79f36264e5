"""The mornings after a behaviour, as the report draws them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from whoop_mcp.archive import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.insights import answer as insights
from whoop_mcp.reads import journal
from whoop_mcp.report import behaviour_chart, document
from whoop_mcp.simulator import life

from ..support import exports_of_whoop

NOW = "2026-05-20T12:00:00.000Z"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Half a year with an export's journal, in which alcohol matters, and one thing noted once."""
    folder = tmp_path_factory.mktemp("behaviours")
    cache = Cache(folder / "home" / "whoop.db", clock=lambda: NOW)
    account = life.make(seed=3, days=200, until=NOW, alcohol_effect=-0.25)
    take_in(cache, str(exports_of_whoop.save(account, folder)))
    journal.log(cache, [{"behaviour": "<b>new", "date": "2026-05-18"}], today="2026-05-20")
    return cache


def test_each_outcome_is_a_figure_and_what_is_sure_is_marked(cache: Cache) -> None:
    """Difference, interval and days of each behaviour, in the drawing and as a table; in words as
    well as in colour; HRV in ms."""
    page = document.page(cache)
    for id in ("recovery", "ln-hrv", "resting-heart-rate", "sleep-duration", "sleep-performance"):
        assert f'id="after-{id}"' in page
    figure = page.partition('id="after-recovery"')[2].partition("</figure>")[0]
    first = re.search(r'<text class="row sure"[^>]*>([^<]*)<', figure)
    assert first and first[1] == "Have any alcoholic drinks"
    assert figure.count('class="effect sure"') == 1 and figure.count('class="effect unsure"') == 4
    assert re.search(r"−[\d.]+ \(−[\d.]+ to −[\d.]+\), n \d+ / \d+<", figure)
    assert "seen in this window</td>" in figure and "not distinguishable from chance" in figure
    assert "Same morning, before it" in figure and "beyond chance" in figure
    of_hrv = page.partition('id="after-ln-hrv"')[2].partition("</figure>")[0]
    assert '<span class="unit">ms</span>' in of_hrv
    assert "names no cause" in page


def test_what_could_not_be_compared_says_why(cache: Cache) -> None:
    """A behaviour noted once stands below with its reason; its name is text and nothing else."""
    page = document.page(cache)
    assert "&lt;b&gt;new: 1 day with it and 0 without" in page and "<b>new" not in page


def test_without_a_journal_there_is_no_such_part(tmp_path: Path) -> None:
    """Nor where the journal has nothing of the last half year."""
    cache = Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)
    take_in(cache, str(exports_of_whoop.save(life.make(seed=3, days=60, until=NOW), tmp_path)))
    assert "The mornings after</h2>" in document.page(cache)
    with cache.database.writing() as connection:
        connection.execute("DELETE FROM entries")
    page = document.page(cache)
    assert "The mornings after</h2>" not in page and "the journal has no answer" in page


def test_the_surest_are_drawn_and_all_are_in_the_table(cache: Cache) -> None:
    """Of many behaviours eight a figure; nothing to draw is said."""
    with cache.reading() as seen:
        found = insights.answer(insights.read(seen)).sections["behaviours"]
    again = [one for one in found if one.ci] * 3
    drawn = str(behaviour_chart.forest(again))
    assert "7 more are in the table." in drawn
    assert drawn.count('<text class="row') == 5 * 8 * 2
    assert "Nothing can be compared yet." in str(
        behaviour_chart.forest([one for one in found if one.reason])
    )


def test_what_was_compared_is_not_among_what_was_not(cache: Cache) -> None:
    """An outcome of several that lacks is no news; amounts that lack are named as such."""
    with cache.reading() as seen:
        found = insights.answer(insights.read(seen)).sections["behaviours"]
    sure = next(one for one in found if one.value is not None)
    name = sure.title.rpartition(": ")[0]
    lacks = replace(sure, value=None, ci=None, q=None, p=None, reason="too few of them")
    amount = replace(lacks, title=f"{name}, more against less: recovery of the next morning")
    text = str(behaviour_chart.forest([sure, lacks]))
    assert "Not compared" not in text
    text = str(behaviour_chart.forest([sure, lacks, amount]))
    assert "Not compared: 1<" in text and f"{name}, more against less: too few of them" in text
