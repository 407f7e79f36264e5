"""The head: last night, the week and the month against what is usual, by insights' own figures."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.statistic import Answer
from whoop_mcp.insights.timeseries import Dates, number
from whoop_mcp.report import document, head, tiles, wording
from whoop_mcp.report.head import Standing
from whoop_mcp.simulator import life

from ..support.dashboards import UNTIL, Outline, mirror, mirrored, part

LAST = number("2026-05-20")
RECOVERY, HRV, *_ = tiles.MEASURES


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 200 days."""
    return mirror(tmp_path_factory.mktemp("cache"))


def answer(cache: Cache) -> Answer:
    """All statistics of its last 30 days."""
    with cache.reading() as seen:
        return insights.answer(insights.read(seen))


def shown(page: str) -> str:
    """The words of the head."""
    return part(page, "head").text.replace(" ,", ",")


def first_card(page: str) -> str:
    """The words of the card of recovery."""
    return shown(page).partition("Recovery ")[2].partition(" HRV ")[0]


def test_its_figures_are_those_of_insights(cache: Cache) -> None:
    """The month is the mean and baseline of 30 days, HRV's week the one that is judged, and the
    night the day's own value."""
    found = answer(cache)
    mean = found.by_id["recovery.mean"]
    night, _, month = head.standings(found, "recovery")
    assert mean.baseline and mean.baseline.mean and mean.baseline.sd
    assert (month.value, month.days) == (mean.value, mean.n)
    assert month.low == pytest.approx(mean.baseline.mean - mean.baseline.sd / 2)
    assert month.high == pytest.approx(mean.baseline.mean + mean.baseline.sd / 2)
    assert night.value == found.series["recovery"].values[LAST]
    week, band = head.standings(found, "ln_hrv")[1], found.by_id["hrv.baseline"].band
    assert band and (week.low, week.high, week.where) == (band.low, band.high, band.position)
    assert week.value == found.by_id["hrv.baseline"].value


def test_the_page_says_the_value_the_band_and_the_place(cache: Cache) -> None:
    """In words, with the dates; the sentence above names the night's date and all its numbers."""
    page = document.page(cache)
    night, week, month = head.standings(answer(cache), "recovery")
    card = first_card(page)
    for name, dates, one in (
        ("Last night", "20 May", night),
        ("The week", "14 – 20 May", week),
        ("The month", "21 Apr – 20 May", month),
    ):
        low, high = f"{one.low:.0f}".replace("-", "−"), f"{one.high:.0f}"
        assert f"{name} {dates} {one.value:.0f} %" in card
        assert re.search(rf"{one.where} the usual {low}–{high} %", card)
    sentence = shown(page).partition("Against the usual ")[2].partition(". ")[0]
    assert sentence.startswith("On 20 May,")
    for measure in ("recovery (", "HRV (", "resting heart rate (", "time asleep ("):
        assert measure in sentence


@pytest.mark.parametrize(
    ("value", "words", "kind"),
    [
        (45.0, "below", "here out"),
        (49.6, "just below", "here out"),
        (50.0, "within", "here"),
        (70.0, "within", "here"),
        (70.3, "just above", "here out"),
        (2e9, "above", "here out"),
    ],
)
def test_the_mark_lies_where_the_words_say(value: float, words: str, kind: str) -> None:
    """Inside the band or outside of it, never off the drawing; a place that rounding hides is just
    outside."""
    one = Standing(Dates(LAST, LAST), 1, value, "", 50.0, 70.0, 60.0, 10.0)
    assert head.place(RECOVERY, one) == words
    bar = Outline(str(head.bar(one)))
    (band,), (mark,) = bar.tags("rect"), bar.tags("circle")
    left, at = (float(band["x"][:-1]), float(mark["cx"][:-1]))
    right = left + float(band["width"][:-1])
    assert mark["class"] == kind and 0 < at < 100
    assert (left <= at <= right) == (words == "within")


def test_a_logarithm_is_told_in_ms() -> None:
    """What people read of HRV is in ms."""
    logs = [math.log(ms) for ms in (65, 50, 70, 60)]
    one = Standing(Dates(LAST, LAST), 1, logs[0], "", *logs[1:], 0.1)
    assert HRV.say(logs[0]) == "65" and one.where == "within"


def test_what_lacks_is_said_with_the_latest_value(tmp_path: Path) -> None:
    """A night that is not scored yet says so, and when there was a value last."""
    account = life.make(days=120, until=UNTIL, quirks=False)
    newest = max(account.all("recoveries"), key=lambda raw: str(raw["created_at"]))
    account.edit("recoveries", newest["cycle_id"], score_state="PENDING_SCORE", score=None)
    page = document.page(mirrored(tmp_path / "whoop.db", account))
    before = first_card(page).partition("not scored by WHOOP; ")[2]
    assert re.match(r"\d+ % on 19 May", before)
    assert "The week 14 – 20 May" in before and "6 of 7 days" in before


def test_a_night_of_which_nothing_is_known_says_why(tmp_path: Path) -> None:
    """Where no measure has a value the sentence gives the reason, with the date."""
    cache = mirror(tmp_path, quirks=False)
    assert "Of the night to 1 Jun there is no figure: nothing recorded." in shown(
        _later(cache, "2026-06-01T16:00:00.000Z")
    )


def _later(cache: Cache, now: str) -> str:
    """The page at a later time, all of which was seen and holds nothing."""
    from whoop_mcp.cache.save import Findings
    from whoop_mcp.times import Window
    from whoop_mcp.whoop.resources import COLLECTIONS

    later = Cache(cache.path, clock=lambda: now)
    for resource in COLLECTIONS:
        later.save(Findings(resource, now, [], window=Window("2026-05-21T00:00:00.000Z", now)))
    return document.page(later)


@pytest.mark.parametrize("days", [1, 3, 10])
def test_a_young_account_has_values_and_no_usual_yet(tmp_path: Path, days: int) -> None:
    """The values are told, and how many days are lacking to a usual."""
    page = document.page(mirror(tmp_path, days=days, quirks=False, illness=()))
    card = shown(page).partition("Asleep a night ")[2]
    assert re.search(r"Last night 20 May \d+:\d\d h", card)
    assert "of the 60 days before, 21 needed" in card
    assert ("of 7 days known, 3 needed" in card) == (days < 3)


def test_tiny_and_huge_values_are_told(tmp_path: Path) -> None:
    """A recovery of 0 and an HRV of 300 ms are values."""
    account = life.make(days=120, until=UNTIL, quirks=False)
    newest = max(account.all("recoveries"), key=lambda raw: str(raw["created_at"]))
    score: dict[str, Any] = dict(newest["score"])
    score.update(recovery_score=0, hrv_rmssd_milli=300.0)
    account.edit("recoveries", newest["cycle_id"], score=score)
    words = shown(document.page(mirrored(tmp_path / "whoop.db", account)))
    assert "recovery (0 %)" in words and "HRV (300 ms)" in words


def test_names_from_right_to_left_turn_nothing_else() -> None:
    """Such a name is isolated; any other is as it was."""
    assert wording.isolated("late coffee") == "late coffee"
    assert wording.isolated("קפה 2") == "\u2068קפה 2\u2069"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-05-14", "2026-05-20", "14 – 20 May"),
        ("2026-04-21", "2026-05-20", "21 Apr – 20 May"),
        ("2025-12-29", "2026-01-04", "29 Dec 2025 – 4 Jan"),
        ("2025-08-04", "2025-08-10", "4 – 10 Aug 2025"),
        ("2026-05-20", "2026-05-20", "20 May"),
    ],
)
def test_dates_are_written_as_people_do(first: str, last: str, words: str) -> None:
    """What both ends share is said once, and the year only where it is another."""
    assert wording.short_span(Dates(number(first), number(last)), "2026") == words
