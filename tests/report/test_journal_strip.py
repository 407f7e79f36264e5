"""The journal's strip in the report."""

from __future__ import annotations

from pathlib import Path

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.reads import journal
from whoop_mcp.report import document, journal_strip, slots
from whoop_mcp.report.charts import Cut
from whoop_mcp.simulator import life

from ..support import exports_of_whoop

NOW = "2026-05-20T12:00:00.000Z"
DATES = [times.plus("2026-04-01T00:00:00.000Z", days=day)[:10] for day in range(10)]


def entry(day: int, answer: bool, name: str = "late coffee") -> dict[str, object]:
    return {"date": DATES[day], "behaviour": name, "answer": answer, "source": "own"}


def test_each_day_says_yes_no_or_that_it_is_not_known() -> None:
    """A day without an entry is hatched as a gap, never drawn as a no; the table counts both."""
    cut = Cut(*slots.slots(DATES))
    entries = [entry(0, True), entry(1, False), entry(1, True), entry(2, False)]
    drawn = str(journal_strip.strip(entries, DATES, cut))
    marks = drawn.split("<details")[0]
    assert marks.count('class="main"') == 2 and marks.count('class="pale"') == 1
    assert marks.count('class="gap"') == 7
    assert "<td>2</td><td>1</td>" in drawn


def test_many_behaviours_are_all_in_the_table() -> None:
    """The strip shows the most answered ones, and says how many more there are."""
    cut = Cut(*slots.slots(DATES))
    entries = [entry(0, True, f"thing {number}") for number in range(20)]
    drawn = str(journal_strip.strip(entries, DATES, cut))
    assert "8 more are in the table" in drawn and "thing 9</th>" in drawn


def test_the_page_has_it_where_there_is_a_journal(tmp_path: Path) -> None:
    """With an export's journal, days and weeks alike; without one there is no section; a question
    is text and nothing else, and notes are not on the page."""
    cache = Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)
    account = life.make(seed=3, days=200, until=NOW)
    take_in(cache, str(exports_of_whoop.save(account, tmp_path)))
    own = {"behaviour": "<script>x", "date": "2026-05-18", "notes": "a private note"}
    journal.log(cache, [own], today="2026-05-20")
    for days in (30, 180):
        page = document.page(cache, days=days)
        assert 'id="journal"' in page and "have any alcoholic drinks" in page
        assert "<script>x" not in page and "a private note" not in page
    with cache.database.writing() as connection:
        connection.execute("DELETE FROM entries")
    assert 'id="journal"' not in document.page(cache)
