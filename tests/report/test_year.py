"""The year by weeks: each mean is of its own days; too few and unknown ones are hatched."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import fmean

import pytest

from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.insights.metrics import read_series
from whoop_mcp.insights.timeseries import Dates, day
from whoop_mcp.report import document, year
from whoop_mcp.simulator import life

from ..support import dashboards
from ..support.dashboards import UNTIL, Outline, answer, mirror, mirrored, part

EMPTY = read_series([])
"""The metrics, without any day."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 200 days: most of half a year, and none of the half before."""
    return mirror(tmp_path_factory.mktemp("cache"))


def test_a_week_is_the_calendar_s(cache: Cache) -> None:
    """Each mean is that of the days of one ISO week that have a value, three at least; the first
    and the last week are as much of theirs as lies within the 365 days."""
    found = answer(cache)
    whole = Dates.ending(found.period.last, year.DAYS)
    for row in year.ROWS:
        values = found.series[row.id].values
        by_week: dict[tuple[int, int], list[float]] = defaultdict(list)
        for at in range(whole.first, whole.last + 1):
            week = date.fromordinal(at).isocalendar()[:2]
            by_week[week] += [values[at]] if at in values else []
        weeks = year.weeks(found.series[row.id], whole)
        assert [one.n for one in weeks] == [len(each) for each in by_week.values()]
        for one, each in zip(weeks, by_week.values(), strict=True):
            assert one.mean == (pytest.approx(fmean(each)) if len(each) >= 3 else None)
        assert weeks[0].dates.first == whole.first and weeks[-1].dates.last == whole.last
        assert sum(one.dates.days for one in weeks) == 365


def test_every_week_is_drawn_and_told(cache: Cache) -> None:
    """A column or hatching for each, months below, and a table with the n of each week."""
    drawn = part(dashboards.page(cache), "year")
    found = answer(cache)
    dates = Dates.ending(found.period.last, 365)
    weeks = [year.weeks(found.series[row.id], dates) for row in year.ROWS]
    known = sum(one.mean is not None for of in weeks for one in of)
    columns = ("high", "middle", "low", "deep", "strain")
    rects = [one for one in drawn.tags("rect") if one["class"] in columns]
    assert len(rects) == known > 60
    assert len(drawn.tags("tr")) == len(weeks[0]) + 1
    for month in ("Jun", "Oct", "Jan 2026", "May"):
        assert month in drawn.text
    assert re.search(r"\d+ %, 7 of 7 days", drawn.text)
    assert "not enough: 0 of 7 days" in drawn.text
    assert "Recovery from" in drawn.text and "weeks known" in drawn.text


def test_what_was_not_fetched_is_not_called_too_little(tmp_path: Path) -> None:
    """Weeks before what was fetched are unknown; one that was, and holds little, is too little."""
    account = life.make(days=90, until=UNTIL, quirks=False)
    cache = mirrored(tmp_path / "whoop.db", account, "2026-03-01T04:00:00.000Z")
    drawn = part(document.page(cache), "year")
    assert "not fetched from WHOOP, 0 of 7 days" in drawn.text
    assert "not fetched: unknown" in drawn.text
    unknown = [one for one in drawn.tags("rect") if one["class"] == "unknown"]
    assert len(unknown) == 3 and all(one["x"] == "0.00%" for one in unknown)


def test_what_was_purged_is_not_called_unfetched(tmp_path: Path) -> None:
    """Weeks that were purged here are unknown, and named as such beside their marks, in the legend
    and in the table."""
    cache = mirror(tmp_path, days=90)
    purge.before(cache, "2026-03-30")
    drawn = part(document.page(cache), "year")
    assert "purged here, 0 of 7 days" in drawn.text and "purged here: unknown" in drawn.text
    assert "not fetched" not in drawn.text and "not enough: 0 of 7" not in drawn.text


def test_a_week_with_two_of_its_days_is_hatched(tmp_path: Path) -> None:
    """Five recoveries without a score leave two, which make no mean."""
    account = life.make(days=90, until=UNTIL, quirks=False)
    for raw in account.all("recoveries"):
        if "2026-04-06" <= raw["created_at"][:10] <= "2026-04-10":
            account.edit("recoveries", raw["cycle_id"], score_state="PENDING_SCORE", score=None)
    found = answer(mirrored(tmp_path / "whoop.db", account))
    weeks = year.weeks(found.series["recovery"], Dates.ending(found.period.last, 365))
    (one,) = [week for week in weeks if day(week.dates.first) == "2026-04-06"]
    assert (one.n, one.mean, one.unknown) == (2, None, "")


@pytest.mark.parametrize(("history", "days"), [(200, 365), (200, 200), (20, 30)])
def test_there_is_none_where_the_page_shows_it_all(
    tmp_path: Path, cache: Cache, history: int, days: int
) -> None:
    """A page of all there is, or of a year, has its own charts of it."""
    whole = cache if history == 200 else mirror(tmp_path, days=history)
    assert 'id="year"' not in document.page(whole, days=days)


def test_nothing_but_strain_is_a_year_too(tmp_path: Path) -> None:
    """An account without one kind of record has that row hatched whole, and says so."""
    account = life.make(days=90, until=UNTIL, quirks=False)
    for raw in account.all("recoveries"):
        account.edit("recoveries", raw["cycle_id"], score_state="UNSCORABLE", score=None)
    drawn = part(document.page(mirrored(tmp_path / "whoop.db", account)), "year")
    assert "Recovery: no week has 3 days" in drawn.text
    assert "Day strain from" in drawn.text


def test_a_cut_week_is_not_named_beside_whole_ones(cache: Cache) -> None:
    """What of a week lies within the year may rest on three days: no lowest or highest is one."""
    found = answer(cache)
    series = found.series["recovery"]
    last = found.period.last
    (row,) = [one for one in year.ROWS if one.id == "recovery"]
    whole = Dates.ending(last, year.DAYS)
    cut = year.weeks(series, whole)[-1].dates
    assert cut.days < 7
    values = {**series.values, **dict.fromkeys(range(cut.first, last + 1), 100.0)}
    weeks = year.weeks(replace(series, values=values), whole)
    assert weeks[-1].mean == 100.0
    words = year._in_words(row, weeks)
    highest = max(one.mean or 0 for one in weeks if one.dates.days == 7)
    assert "100 %" not in words and f"to {row.say(highest)} (" in words
    alone = year._in_words(row, [*weeks[:1], weeks[-1]])
    assert alone == "Recovery: no whole week has 3 days"


def test_one_week_is_not_told_as_two() -> None:
    """A single whole week is both the lowest and the highest: it is told once, by itself."""
    (row,) = [one for one in year.ROWS if one.id == "recovery"]
    first = date(2026, 5, 4).toordinal()  # a Monday
    values = dict.fromkeys(range(first + 1, first + 10), 40.0)
    table = {one.id: replace(EMPTY[one.id], values=values) for one in year.ROWS}
    weeks = year.weeks(table[row.id], Dates.ending(first + 9, year.DAYS))
    words = year._in_words(row, weeks)
    assert words == "Recovery 40 % in the only whole week that has 3 days (4 – 10 May)"


def test_no_week_at_all_is_told_once() -> None:
    """A history of two days makes no week of any measure, which takes one sentence."""
    first = date(2026, 5, 4).toordinal()
    values = dict.fromkeys(range(first, first + 2), 40.0)
    table = {one.id: replace(EMPTY[one.id], values=values) for one in year.ROWS}
    drawn = year.section(table, Dates(first + 1, first + 1))
    assert drawn is not None
    text = Outline(drawn).text
    assert "on how many it rests. No whole week has 3 days of any of them yet. " in text


def test_the_drawing_has_words_for_those_who_do_not_see_it(cache: Cache) -> None:
    """Its description tells the lowest and the highest week of each measure, with their dates."""
    page = dashboards.page(cache)
    (words,) = re.findall(r'<desc id="weeks-says">(.*?)</desc>', page)
    for name in ("Recovery", "Time asleep", "Day strain"):
        assert re.search(rf"{name} from [^(]+\([^)]*\d [A-Z][a-z]{{2}}[^)]*\) to ", words)
    assert Outline(page).tags("svg")
