"""The page beside any other period: its section, its drawing, and what it says where it cannot."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import ValidationError
from whoop_mcp.insights import periods
from whoop_mcp.insights.timeseries import day, number
from whoop_mcp.report import comparison, document, forest
from whoop_mcp.times import Span

from ..support.dashboards import Outline, as_read, mirror

MARCH = Span("2026-03-01", "2026-04-01")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 500 days."""
    return mirror(tmp_path_factory.mktemp("cache"), days=500)


def written(cache: Cache, folder: Path, compare: Span | None) -> tuple[str, list[str]]:
    """A page as a file, and the summary of its answer."""
    path = folder / "page.html"
    told = document.create(
        cache, str(path), overwrite=True, compare=compare, home=folder / "nowhere"
    )
    return path.read_text(encoding="utf-8"), told["summary"]


@pytest.fixture(scope="module")
def beside(cache: Cache, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str]]:
    """The page beside March, and its summary."""
    return written(cache, tmp_path_factory.mktemp("beside"), MARCH)


@pytest.fixture(scope="module")
def found(cache: Cache) -> dict[str, Any]:
    """What the comparison alone answers of the same two periods."""
    return periods.compare(
        cache, a_start=MARCH.start, a_end=MARCH.end, b_start="2026-04-21", b_end="2026-05-21"
    )


def test_the_page_shows_another_period_beside_it(
    beside: tuple[str, list[str]], found: dict[str, Any]
) -> None:
    """Every metric with both means, its interval and its verdict; named where the page begins."""
    page, summary = beside
    outline = Outline(page)
    assert "Beside it: 1 – 31 March 2026." in outline.text
    ids = [one["id"] for _, one in outline.elements if "id" in one]
    assert "comparison" in ids and len(ids) == len(set(ids))
    assert summary[-len(found["summary"]) :] == found["summary"]
    for sentence in found["summary"]:
        assert as_read(sentence) in outline.text
    for one in found["metrics"]:
        assert one["verdict"] in outline.text
    assert len(outline.tags("circle")) >= len(found["metrics"])


def test_without_one_there_is_no_such_section(cache: Cache, tmp_path: Path) -> None:
    """The page is then as it was, beside the days just before it."""
    page, _ = written(cache, tmp_path, None)
    assert 'id="comparison"' not in page and "22 March – 20 April 2026" in Outline(page).text


def test_the_whole_page_speaks_of_the_named_period(
    beside: tuple[str, list[str]], found: dict[str, Any]
) -> None:
    """Tiles, levels of charts and the table of figures name its dates and have its means, and none
    speaks of the days just before."""
    page, _ = beside
    text = Outline(page).text
    sides = {one["id"].partition(".")[0]: one["a"]["mean"] for one in found["metrics"]}
    words = "over 1 – 31 March 2026"
    for said in (
        f"{sides['recovery']:.0f} % {words}",
        f"{math.exp(sides['ln_hrv']):.0f} ms {words}",
        f"{sides['resting_heart_rate']:.1f} bpm {words}",
        f"{sides['strain']:.1f} of 21 {words}",
        f"{sides['load']:.0f} zone-minutes a day {words}",
    ):
        assert said in text, said
    assert "mean of 1 – 31 March 2026" in text
    assert "30 days before" not in text and "period before" not in text
    lines = [
        one["y1"] for one in Outline(page).tags("line") if one.get("class") == "before"
    ]  # recovery's level, then strain's
    assert float(lines[0]) == pytest.approx(180 * (1 - sides["recovery"] / 100), abs=0.1)


def test_a_mean_that_is_not_known_is_not_made_up(cache: Cache, tmp_path: Path) -> None:
    """Beside days of which one alone is known there is nothing to set, and the tiles say so."""
    with cache.reading() as seen:
        first = number(str(seen.oldest())[:10])
    page, _ = written(cache, tmp_path, Span(day(first - 5), day(first + 2)))
    text = Outline(page).text
    assert text.count("not enough known over") >= 5 and "30 days before" not in text


def test_a_period_before_all_history_is_refused_in_the_readers_words(
    cache: Cache, tmp_path: Path
) -> None:
    """Who names one period to compare with is told of that one, by no letter of other tools."""
    with pytest.raises(ValidationError, match=r"^The period to compare with ends before anything"):
        written(cache, tmp_path, Span("2020-01-01", "2020-02-01"))


def test_a_period_that_shares_days_is_refused(cache: Cache, tmp_path: Path) -> None:
    """Before a file is written."""
    with pytest.raises(ValidationError, match="share days"):
        written(cache, tmp_path, Span("2026-05-01", "2026-05-10"))
    assert not list(tmp_path.glob("*.html"))


def test_what_cannot_be_drawn_is_said(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentences stand where the drawing fails; too few days are told as that."""

    def broken(*given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(comparison, "forest", broken)
        page, _ = written(cache, tmp_path, MARCH)
    assert "it could not be drawn" in page and "compared with period A, 1 to 31 March 2026" in page
    page, _ = written(cache, tmp_path, Span("2026-03-01", "2026-03-03"))
    assert "too few days in one of the two" in page
    shown = page.partition('id="comparison"')[2].partition("</figure>")[0]
    assert "no metric can be judged" in shown and "unlike weekdays taken out" in shown
    assert "<circle" not in shown and "0–21" not in shown and "n = 2<" in shown


def test_an_estimate_lies_where_its_value_is() -> None:
    """On the axis that all share, which holds 0; the sure ones are marked."""
    sure = forest.Estimate("One", 1.0, 0.5, 1.5, True, "one")
    other = forest.Estimate("Two", -1.0, -3.0, 1.0, False, "<two>")
    drawing, height = forest.forest([sure, other], "SD")
    outline = Outline(str(drawing))
    one, two = outline.tags("circle")
    low, high = -4.0, 2.0
    assert float(one["cx"][:-1]) == pytest.approx(100 * (1 - low) / (high - low), abs=0.01)
    assert float(two["cx"][:-1]) == pytest.approx(100 * (-1 - low) / (high - low), abs=0.01)
    assert (one["class"], two["class"]) == ("main", "dot") and height > 2 * 40
    assert len([line for line in outline.tags("line") if line["class"] == "zero"]) == 1
