"""The head: last night, the week and the month against what is usual, by insights' own figures."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import baselines
from whoop_mcp.insights.timeseries import Dates, number
from whoop_mcp.reads import absence
from whoop_mcp.reads.days import read_days
from whoop_mcp.report import document, head, tiles, wording
from whoop_mcp.report.html import join
from whoop_mcp.report.standing import Standing, standings
from whoop_mcp.simulator import life
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import COLLECTIONS, SLEEPS

from ..support import dashboards
from ..support.dashboards import UNTIL, Outline, answer, mirror, mirrored, part

LAST = number("2026-05-20")
RECOVERY, HRV, *_ = tiles.MEASURES


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 200 days."""
    return mirror(tmp_path_factory.mktemp("cache"))


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
    night, _, month = standings(found, "recovery")
    assert mean.baseline and mean.baseline.mean and mean.baseline.sd
    assert (month.value, month.days) == (mean.value, mean.n)
    assert month.low == pytest.approx(mean.baseline.mean - mean.baseline.sd / 2)
    assert month.high == pytest.approx(mean.baseline.mean + mean.baseline.sd / 2)
    assert night.value == found.series["recovery"].values[LAST]
    week, band = standings(found, "ln_hrv")[1], found.by_id["hrv.baseline"].band
    assert band and (week.low, week.high, week.where) == (band.low, band.high, band.position)
    assert week.value == found.by_id["hrv.baseline"].value


def test_the_page_says_the_value_the_band_and_the_place(cache: Cache) -> None:
    """In words, with the dates; the sentence above names the night's date and all its numbers."""
    page = dashboards.page(cache)
    night, week, month = standings(answer(cache), "recovery")
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
    pending = "The recovery is there, but WHOOP had not scored it when it was asked at "
    said = first_card(page).partition(pending)[2]
    assert re.match(r"\d\d:\d\d on 20 May ; \d+ % on 19 May", said)
    assert "The week 14 – 20 May" in said and "6 of 7 days" in said
    lead = shown(page).partition(" Recovery ")[0]
    assert "On 20 May, time asleep (" in lead and f". {pending}" in lead


def test_a_night_of_which_nothing_is_known_says_why(tmp_path: Path) -> None:
    """Where no measure has a value the sentences give the reason once, with the dates, and each
    card in brief; a night that goes on, a strap left off and an outage are not the same."""
    cache = mirror(tmp_path, quirks=False)
    outage = shown(document.page(Cache(cache.path, clock=lambda: "2026-05-22T16:00:00.000Z")))
    assert outage.count("a sleep that came later is not here.") == 1
    assert "there is no figure. WHOOP was last asked about 22 May at " in outage
    asleep = _later(cache, "2026-05-21T10:40:00.000Z")
    night = r"At \d\d:40 no night has ended yet on 21 May "
    assert re.search(f"Of the night to 21 May there is no figure. {night}: the ", shown(asleep))
    assert re.search(f"Last night 21 May – {night}; ", first_card(asleep))
    off = _later(cache, "2026-06-01T23:30:00.000Z")
    assert re.search(r"Last night 1 Jun – WHOOP has none for 1 Jun The week", first_card(off))
    assert shown(off).count("the strap may not have been worn") == 1
    assert "Of the night to 1 Jun there is no figure. WHOOP has none for 1 Jun" in shown(off)
    assert "nothing recorded" not in shown(asleep) + shown(off)
    assert {"datetime": "2026-06-01"} in part(off, "head").tags("time")


def test_a_deleted_sleep_is_told_as_one(tmp_path: Path) -> None:
    """Of the past day, too, that a page of an earlier period ends on."""
    cache = mirror(tmp_path, quirks=False)
    with cache.reading() as seen:
        (one,) = read_days(seen, "2026-05-10", "2026-05-10")
    assert one.sleep
    cache.save(Findings(SLEEPS, UNTIL, gone=[one.sleep.id]))
    page = shown(document.page(cache, end="2026-05-11"))
    assert "WHOOP had a sleep for 10 May, but it was deleted there: this was learned at" in page
    assert "recovery (" in page.partition(". ")[0]  # which is still there
    assert "The night 10 May – WHOOP had a sleep for 10 May" in page
    assert "deleted" not in shown(document.page(cache))


def test_the_reason_is_of_the_same_moment_as_the_page(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync between two readings would set a reason beside figures that deny it."""
    seen: list[object] = []
    explain, read = absence.explain, insights.read

    def explained(snapshot: Any, *given: Any) -> Any:
        seen.append(snapshot)
        return explain(snapshot, *given)

    def reading(snapshot: Any, **given: Any) -> Any:
        seen.append(snapshot)
        return read(snapshot, **given)

    monkeypatch.setattr(absence, "explain", explained)
    monkeypatch.setattr(insights, "read", reading)
    document.page(cache)
    first, second = seen
    assert first is second


def test_a_reason_is_text_and_its_dates_are_marked() -> None:
    """What it holds is no markup; a date has this year, or the one that it is told with."""
    told = Outline(f"<p>{join(head._dated('<b> & 2 May, 31 Dec 2025', '2026'))}</p>")
    assert told.text.replace(" ,", ",") == "<b> & 2 May, 31 Dec 2025" and not told.tags("b")
    assert [one["datetime"] for one in told.tags("time")] == ["2026-05-02", "2025-12-31"]


def _later(cache: Cache, now: str) -> str:
    """The page at a later time, all of which was seen and holds nothing."""
    later = Cache(cache.path, clock=lambda: now)
    for resource in COLLECTIONS:
        later.save(Findings(resource, now, [], window=Window(UNTIL, now)))
    return document.page(later)


@pytest.mark.parametrize("days", [1, 3, 10])
def test_a_young_account_has_values_and_no_usual_yet(tmp_path: Path, days: int) -> None:
    """The values are told, and how many days are lacking to a usual."""
    page = document.page(mirror(tmp_path, days=days, quirks=False, illness=()))
    card = shown(page).partition("Asleep a night ")[2]
    assert re.search(r"Last night 20 May \d+:\d\d h", card)
    assert "of the 60 days before, 21 needed" in card
    assert ("of 7 days known, 3 needed" in card) == (days < 3)
    hrv = shown(page).partition(" HRV ")[2].partition(" Resting ")[0]
    assert ("of 7 days known, 5 needed" in hrv) == (days < 10)
    assert bool(re.search(r"The week 14 – 20 May \d+ ms no usual yet", hrv)) == (days == 10)


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


def test_what_cannot_be_computed_takes_no_other_with_it(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card says so; the week of HRV, which insights judged, and all else are there."""

    def broken(*given: object) -> None:
        raise ZeroDivisionError

    found = answer(cache)
    monkeypatch.setattr(baselines, "mean", broken)
    nights = standings(found, "ln_hrv")
    assert [one.value is None for one in nights] == [True, False, True]
    assert "could not be computed" in nights[0].why
    assert "could not be computed" in shown(document.page(cache))
