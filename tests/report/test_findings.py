"""The findings as cards: each with its date and number, and nothing that was tried unsaid."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.statistic import Answer
from whoop_mcp.report import document, finding_words, findings
from whoop_mcp.report.finding import Writer
from whoop_mcp.report.html import join
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import COLLECTIONS

from ..support import dashboards, whole_pages
from ..support.dashboards import Outline, answer, mirror, part
from ..support.samples import Shelf

BANNED = (
    *("reckoned", "told from chance", "off together", "ln ms"),
    *("in the mean", "nan", "None(?! of)"),
)


@pytest.fixture(scope="module")
def ill(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 420 days, the last four of them ill."""
    return mirror(tmp_path_factory.mktemp("cache"), days=420)


def test_every_sentence_has_its_date_and_its_number(ill: Cache) -> None:
    """Dates are written as people do, and can be read by a machine."""
    found = findings.findings(answer(ill))
    assert len(found) > 4
    for one in found:
        told = Outline(f"<p>{join(one.words)}</p>")
        assert told.tags("time") and re.search(r"\d", told.text.replace("20 May", "")), told.text
        assert not re.search(r"\d{4}-\d\d-\d\d", told.text)
        for written, known in zip(
            re.findall(r"<time[^>]*>(.*?)</time>", join(one.words)), told.tags("time"), strict=True
        ):
            number, month, *_ = written.split(" ")
            assert int(known["datetime"][8:]) == int(number) and len(month) == 3
    year = part(dashboards.page(ill), "findings").text
    assert "2026" not in year


def test_what_claims_is_told_and_the_rest_is_counted(ill: Cache) -> None:
    """Claims that are told, those beyond three of a kind, and what shows nothing are all that was
    judged."""
    found = answer(ill)
    words = part(dashboards.page(ill), "findings").text
    for section, name in (("trends", "trend"), ("weekdays", "weekday rhythm")):
        judged = [one for one in found.sections[section] if one.verdict and one.value is not None]
        sure = [one for one in judged if one.claims]
        more = re.search(rf"Beyond chance as well, .*?(\d+) {name}", words)
        nothing = re.search(rf"nothing beyond chance was seen in .*?(\d+) {name}", words)
        ends = "a trend" if section == "trends" else "by weekday"
        cards = sum(str(one.heading).endswith(ends) for one in findings.findings(found))
        assert cards == min(len(sure), 3)
        assert (int(more[1]) if more else 0) == max(len(sure) - 3, 0)
        assert (int(nothing[1]) if nothing else 0) == len(judged) - len(sure)


def test_what_matters_most_comes_first(ill: Cache) -> None:
    """Unusual days, then the week's HRV, then trends; what only describes comes last."""
    names = [str(one.heading) for one in findings.findings(answer(ill))]
    assert names[:2] == ["Vital signs", "HRV"] and names[-1] == "Sleep"
    assert names.index("HRV, a trend") < names.index("Strain by weekday")


def test_figures_are_the_statistics_own(ill: Cache) -> None:
    """In ms where people read, with band, interval and n."""
    found, words = answer(ill), part(dashboards.page(ill), "findings").text
    week = found.by_id["hrv.baseline"]
    assert week.claims and week.band and week.geometric_mean_ms
    assert (
        f"HRV averaged {week.geometric_mean_ms:.0f} ms over the 7 days to 20 May , below the usual "
        f"{week.band.low_ms:.0f}–{week.band.high_ms:.0f} ms"
    ) in words
    strain = found.by_id["strain.slope"]
    assert strain.value is not None and f"Strain fell by {abs(strain.value):.2f} per" in words


def test_a_behaviour_is_told_with_its_numbers(tmp_path: Path) -> None:
    """Once, named as the journal does, with each outcome's direction, interval, days with and
    without; no cause."""
    cards = part(document.page(whole_pages.drinker(tmp_path)), "findings")
    assert cards.text.count("alcoholic drinks ") == 2  # the heading, and the link for who hears it
    assert re.search(
        r"HRV of the next morning was \d+\.\d ms lower after it \(95 % interval −\S+ to −\S+; "
        r"\d+ days with it and \d+ without, up to 20 May \)\.",
        cards.text,
    )
    assert "Recovery of the next morning was" in cards.text
    assert cards.text.count("names no cause") == 1
    assert {"href": "#after-recovery"} in cards.tags("a")


def test_one_that_cannot_be_written_hides_no_other(
    ill: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log tells how it failed; its figures are in the table all the same."""

    def broken(writer: Writer) -> None:
        raise ZeroDivisionError

    known = findings.findings(answer(ill))
    monkeypatch.setattr(findings, "KINDS", (broken, *finding_words.KINDS))
    assert findings.findings(answer(ill)) == known


def test_nothing_to_judge_is_said(tmp_path: Path) -> None:
    """With a few days, or none, there is a sentence and no card."""
    shelf = Shelf(tmp_path / "whoop.db")
    for resource in COLLECTIONS:
        shelf.save(resource, window=Window("2010-01-01T00:00:00.000Z", shelf.now))
    words = part(document.page(shelf.cache), "findings").text
    assert "Nothing can be judged yet: 0 of 30 days up to 20 Oct have a recovery" in words


def test_the_page_speaks_as_people_do(ill: Cache, tmp_path: Path) -> None:
    """No oddities in the report's own words, whatever there is to tell."""
    for page in (dashboards.page(ill), whole_pages.write(tmp_path).read_text(encoding="utf-8")):
        own = [part(page, key).text for key in ("head", "findings", "pairs", "unusual")]
        for words in BANNED:
            assert not re.search(rf"\b{words}\b", " ".join(own)), words


@pytest.mark.parametrize("days", [60, 401])
@pytest.mark.slow
def test_what_was_never_tested_is_not_said_to_show_nothing(tmp_path: Path, days: int) -> None:
    """Of a short history, or of more than a year, trends are described alone: only those with a p
    were tried."""
    cache = mirror(tmp_path, days=90 if days == 60 else 420)
    with cache.reading() as seen:
        found = insights.answer(insights.read(seen, days=days))
    trends = [one for one in found.sections["trends"] if one.verdict and one.value is not None]
    tested = [one for one in trends if one.p is not None and not one.claims]
    assert len(tested) < len(trends) - sum(one.claims for one in trends)
    words = part(document.page(cache, days=days), "findings").text
    told = re.search(r"nothing beyond chance was seen in .*?(\d+) trend", words)
    assert (int(told[1]) if told else 0) == len(tested)


def _week(found: Answer, mean: float, low: float, high: float) -> str:
    """The card of a week of HRV with such a mean and band, in ms."""
    one = found.by_id["hrv.baseline"]
    assert one.band
    low, mean, high = map(math.log, (low, mean, high))
    week = replace(one, value=mean, band=one.band._replace(low=low, high=high))
    sections = {**found.sections, "baselines": [week, *found.sections["baselines"][1:]]}
    cards = findings.findings(replace(found, sections=sections))
    return Outline(f"<p>{join(next(one.words for one in cards if one.heading == 'HRV'))}</p>").text


def test_a_week_beyond_the_usual_is_seen_to_be(ill: Cache) -> None:
    """Where whole ms are alike, decimals tell them apart."""
    assert "averaged 64.4 ms" in (words := _week(answer(ill), 64.4, 53.2, 64.3))
    assert "above the usual 53.2–64.3 ms" in words
    assert "below the usual 53–64 ms" in _week(answer(ill), 50.2, 53.2, 64.3)


def test_how_often_a_week_was_unusual_is_told_as_that(ill: Cache) -> None:
    """The days on which the average was unusual are not those on which it lay so far off."""
    found = answer(ill)
    figures = found.by_id["hrv.baseline"].figures
    assert figures and figures["unusual_days"] != figures["farther_days"]
    words = part(dashboards.page(ill), "findings").text
    assert (
        f"(the 7-day average was unusual on {figures['unusual_days']} of "
        f"{figures['judged_days']} days judged in the year up to then)"
    ) in words
    assert "so far from it" not in words


@pytest.mark.parametrize(("hours", "words"), [(12 + 1 / 3, "00:20"), (11.5, "23:30")])
def test_a_bedtime_is_a_time_of_day(ill: Cache, hours: float, words: str) -> None:
    """With two digits of the hour, as the terminal has it."""
    one = answer(ill).by_id["bedtime.weekdays"]
    assert finding_words._mean(one, hours) == words


def test_a_flat_week_is_told_as_it_is(ill: Cache) -> None:
    """A week that is unusual though it lies in the band is said to be within it."""
    found = answer(ill)
    one = found.by_id["hrv.baseline"]
    assert one.band and one.value
    inside = replace(one, value=(one.band.low + one.band.high) / 2)
    sections = {**found.sections, "baselines": [inside, *found.sections["baselines"][1:]]}
    told = [str(join(each.words)) for each in findings.findings(replace(found, sections=sections))]
    assert any("within the usual" in each for each in told)


def test_a_sleep_debt_alone_is_set_beside_nothing(tmp_path: Path) -> None:
    """WHOOP's own figure is said to be counted in another way only where ours stands before it."""
    found = answer(mirror(tmp_path, days=6, quirks=False))
    assert found.by_id["sleep.debt_14_cycles"].value is None
    (card,) = finding_words.sleep(Writer(found, "2026"))
    words = Outline(f"<p>{join(card.words)}</p>").text
    assert words.startswith("WHOOP's own sleep debt was ") and "another way" not in words
