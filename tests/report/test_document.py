"""The dashboard: whole, honest, self-contained, and nothing in it but what was meant."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheEmpty, FileExists, ValidationError
from whoop_mcp.insights import answer as insights
from whoop_mcp.report import document, statistics_table, style
from whoop_mcp.simulator import life
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, RESOURCES, SLEEPS, WORKOUTS

from ..support.dashboards import CHARTS, UNTIL, Outline, mirror, mirrored
from ..support.samples import Shelf, profile, sleep, workout

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
HOSTILE = "</title></svg><script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;\x00"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of 200 days."""
    return mirror(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def page(cache: Cache) -> str:
    """Its page of 30 days."""
    return document.page(cache)


@pytest.fixture(scope="module")
def told(cache: Cache) -> dict[str, Any]:
    """What the insights say of the same 30 days."""
    return insights.insights(cache)


def statistics(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statistic of an answer."""
    for section in answer.values():
        if isinstance(section, list):
            yield from (one for one in section if isinstance(one, dict))


# ── what is on it ──


def test_the_page_is_whole(page: str) -> None:
    """It is balanced, all charts are drawn, and it names its dates, its version and its limits."""
    outline = Outline(page)
    ids = [one["id"] for _, one in outline.elements if "id" in one]
    assert set(CHARTS) <= set(ids)
    assert len(ids) == len(set(ids))
    drawn = [one for one in outline.tags("svg") if one.get("role") == "img"]
    assert len(drawn) >= len(CHARTS) + 2
    for one in drawn:
        assert set(one["aria-labelledby"].split()) <= set(ids)
    assert "21 April – 20 May 2026" in outline.text
    assert "22 March – 20 April 2026" in outline.text
    assert "Not medical advice" in outline.text
    assert outline.tags("html") == [{"lang": "en"}]


def test_the_page_can_be_walked_by_ear(page: str) -> None:
    """Its landmarks are named once each, every section by its heading, and no level of heading is
    left out; every drawing has a title and words, or is hidden beside words that say the same."""
    outline = Outline(page)
    for landmark in ("header", "main", "footer", "h1"):
        assert len(outline.tags(landmark)) == 1, landmark
    named = {one["id"] for one in outline.tags("h2")}
    assert [one["aria-labelledby"] for one in outline.tags("section")] == [
        one["id"] for one in outline.tags("h2")
    ]
    assert {one.removesuffix("-heading") for one in named} == {
        one["id"] for one in outline.tags("section")
    }
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for one in outline.tags("svg"):
        inside = "viewbox" in one or one.get("class") == "row"  # a layer of a drawing
        assert one.get("role") == "img" or one.get("aria-hidden") == "true" or inside, one
    for part in re.findall(r"<svg[^>]*role=\"img\".*?</desc>", page, re.DOTALL):
        title, words = re.findall(r"<(?:title|desc)[^>]*>(.*?)</(?:title|desc)>", part, re.DOTALL)
        assert len(title) > 2 and len(words) > 20, title


def test_links_lead_to_what_is_there(page: str) -> None:
    """Each leads to an anchor of this page, and each card of a finding has one."""
    outline = Outline(page)
    ids = {one["id"] for _, one in outline.elements if "id" in one}
    targets = [one["href"] for one in outline.tags("a")]
    assert targets and {one[1:] for one in targets} <= ids
    assert len(targets) >= outline.kinds("finding") > 2


def test_every_statistic_is_on_the_page(page: str, cache: Cache) -> None:
    """Each has a row with its name, value, n, method and source, and a reason where it has no
    value."""
    with cache.reading() as seen:
        answer = insights.answer(insights.read(seen))
    outline = Outline(page)
    rows = [one for one in outline.tags("td") if one.get("data-label") == "n"]
    assert len(rows) == len(answer.by_id)
    for one in answer.by_id.values():
        for words in (one.title, statistics_table.value(one), one.source, one.reason or ""):
            assert " ".join(words.split()) in outline.text, (one.id, words)


def test_tiles_have_the_period_before_beside_them(page: str, told: dict[str, Any]) -> None:
    """Their figures are the statistics' own."""
    found = {one["id"]: one for one in statistics(told)}
    one = found["recovery.mean"]
    assert (
        f"Recovery {one['value']:.0f} % {one['previous']['mean']:.0f} % in the 30 days before"
        in (Outline(page).text)
    )


def test_the_period_is_the_one_asked_for(cache: Cache) -> None:
    """`end` is exclusive and local, `days` the number of dates."""
    text = Outline(document.page(cache, end="2026-05-01", days=7)).text
    assert "24 – 30 April 2026" in text
    assert "17 – 23 April 2026" in text


def test_what_was_not_fetched_is_said_and_shown(tmp_path: Path) -> None:
    """Days before the mirror's first are named, hatched, and said to be unknown, not zero."""
    account = life.make(days=90, until=UNTIL)
    cache = mirrored(tmp_path / "whoop.db", account, "2026-05-01T04:00:00.000Z")
    outline = Outline(document.page(cache))
    assert "Cycles, recoveries, sleeps, workouts: 21 – 30 April 2026" in outline.text
    assert "unknown, not zero" in outline.text
    for words in ("Recovery", "HRV", "Asleep", "Strain"):
        assert f"Tue 21 April 2026 {words}: not fetched from WHOOP" in outline.text


def test_no_sync_is_said_to_bring_back_what_was_purged(tmp_path: Path) -> None:
    """Days of which records were purged here are named as such, in the notice and at each day: no
    words say that they were not fetched, or that a sync would fetch them."""
    cache = mirrored(tmp_path / "whoop.db", life.make(days=90, until=UNTIL))
    purge.before(cache, "2026-05-01")
    outline = Outline(document.page(cache))
    assert (
        "10 of these 30 days lie before what is kept here. What a purge took is unknown, not "
        "zero, and is not fetched again. 21 – 30 April 2026" in outline.text
    )
    for words in ("Recovery", "HRV", "Asleep", "Strain"):
        assert f"Tue 21 April 2026 {words}: purged here" in outline.text
    assert "not fetched from WHOOP" not in outline.text and "sync" not in outline.text


def test_only_what_was_not_fetched_is_unknown(tmp_path: Path) -> None:
    """Days of which only the workouts are unknown have a recovery and no load of 0."""
    account = life.make(days=90, until=UNTIL, quirks=False)
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = account.now()
    for resource in (CYCLES, SLEEPS, RECOVERIES):
        window = Window("2010-01-01T00:00:00.000Z", shelf.now)
        shelf.save(resource, *account.all(resource.name), window=window)
    outline = Outline(document.page(shelf.cache))
    assert "Workouts: 21 April – 20 May 2026" in outline.text
    assert "Training load Nothing to show: workouts not fetched." in outline.text
    assert "Tue 21 April 2026 Recovery: not fetched" not in outline.text
    assert re.search(r"Tue 21 April 2026 Strain: \d", outline.text)


def test_a_whole_period_has_no_warning(page: str) -> None:
    """Where all was fetched nothing claims otherwise, whatever days have no record."""
    outline = Outline(page)
    assert "Not all of this period was fetched" not in outline.text
    assert "not fetched" not in outline.text


# ── what must not be in it ──


@pytest.mark.parametrize("days", [*(pytest.param(n, marks=pytest.mark.slow) for n in (1, 30)), 200])
def test_the_page_asks_nobody(cache: Cache, days: int) -> None:
    """No script, no link elsewhere, no image, no address, and a policy against them all."""
    page = document.page(cache, days=days)
    outline = Outline(page)
    allowed = {"Content-Security-Policy": POLICY}
    metas = {
        one["http-equiv"]: one["content"] for one in outline.tags("meta") if "http-equiv" in one
    }
    assert metas == allowed
    assert {"name": "referrer", "content": "no-referrer"} in outline.tags("meta")
    assert not {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
        "use",
        "image",
    } & {tag for tag, _ in outline.elements}
    for _, attributes in outline.elements:
        names = set(attributes)
        assert attributes.get("href", "#").startswith("#")  # a place on this page
        assert not names & {"src", "srcset", "action", "style", "xlink:href"}
        assert not any(name.startswith("on") for name in names)
    assert "://" not in page
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#hatch", "#crossed"}


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """A name or a sport that would be markup is shown as it is, and does nothing."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(RESOURCES["profile"], profile(first_name=HOSTILE))
    shelf.save(WORKOUTS, workout(sport_name=HOSTILE), window=Window(UNTIL, shelf.now))
    shelf.save(SLEEPS, sleep(), window=Window(UNTIL, shelf.now))
    page = document.page(shelf.cache)
    outline = Outline(page)
    assert not outline.tags("script") and not outline.tags("img")
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert f"WHOOP data of {shown}" in outline.text
    assert shown in outline.text.split("Workouts by sport", 1)[1]
    assert "<script" not in page


# ── too little and too much ──


def test_an_empty_account_is_said_to_be_empty(tmp_path: Path) -> None:
    """An account that was seen whole and holds nothing: no figure, no chart, no crash."""
    shelf = Shelf(tmp_path / "whoop.db")
    for resource in COLLECTIONS:
        shelf.save(resource, window=Window("2010-01-01T00:00:00.000Z", shelf.now))
    outline = Outline(document.page(shelf.cache))
    assert "Of 30 days, 0 have a recovery" in outline.text
    assert outline.text.count("Nothing to show") == len(CHARTS) + 1
    assert "Not all of this period" not in outline.text


@pytest.mark.parametrize("days", [1, 3, 10])
def test_a_young_account_has_charts_and_reasons(tmp_path: Path, days: int) -> None:
    """With a few days there is what they show, and the reason for each figure that they do not."""
    cache = mirror(tmp_path, days=days, quirks=False, illness=(), travel=())
    outline = Outline(document.page(cache))
    assert "at least" in outline.text
    assert outline.kinds("hit") > 0
    assert not outline.tags("script")


def test_a_young_account_is_not_told_that_nothing_was_recorded(tmp_path: Path) -> None:
    """Where skin temperature was measured on some nights, it is their number that is too small; the
    nights before the first count for nothing."""
    cache = mirror(tmp_path, days=13, quirks=False, illness=(), travel=())
    text = Outline(document.page(cache)).text
    assert "Skin temperature Nothing to show: too little history; 21 of the 28 days before" in text


def test_a_strap_that_learns_its_wearer_is_said_to_do_so(tmp_path: Path) -> None:
    """The first mornings have a recovery that does not count yet: both drawings of it say so,
    though more days of the page have none."""
    account = life.make(days=4, until=UNTIL, quirks=False)
    for raw in account.all("recoveries"):
        score = {**raw["score"], "user_calibrating": True}
        account.edit("recoveries", raw["cycle_id"], score=score)
    text = Outline(document.page(mirrored(tmp_path / "whoop.db", account))).text
    for title in ("Recovery", "Recovery by day", "Heart-rate variability"):
        assert f"{title} Nothing to show: calibrating." in text


def test_unscored_weeks_are_gaps(tmp_path: Path) -> None:
    """Weeks of records without a score have no column, and say so."""
    account = life.make(days=90, until=UNTIL, quirks=False)
    for raw in account.all("recoveries")[3:20]:
        account.edit("recoveries", raw["cycle_id"], score_state="PENDING_SCORE", score=None)
    outline = Outline(document.page(mirrored(tmp_path / "whoop.db", account)))
    assert "Recovery: not scored" in outline.text


@pytest.mark.parametrize("lacking", ["recoveries", "sleeps", "workouts"])
def test_a_kind_that_is_not_there_takes_no_other_with_it(tmp_path: Path, lacking: str) -> None:
    """Without any record of one kind the page says so where it would be, and shows the rest.
    (Without cycles nothing has a day.)"""
    account = life.make(days=90, until=UNTIL, quirks=False)
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = account.now()
    for resource in (CYCLES, SLEEPS, RECOVERIES, WORKOUTS):
        raws = [] if resource.name == lacking else account.all(resource.name)
        window = Window("2010-01-01T00:00:00.000Z", shelf.now)
        shelf.save(resource, *raws, window=window)
    outline = Outline(document.page(shelf.cache))
    assert "could not be drawn" not in outline.text
    assert "Nothing to show" in outline.text and "Not all of this period" not in outline.text
    assert outline.kinds("hit") > 100
    assert "against the usual" in outline.text.lower() and outline.kinds("range") > 2


def test_one_day_is_a_page(cache: Cache) -> None:
    """It is beside the day before, and its head looks as far back as any other's."""
    outline = Outline(document.page(cache, days=1))
    assert "Of 1 day, 1 has a recovery" in outline.text
    assert "% on the day before" in outline.text
    assert outline.kinds("range") == 12


def test_a_strain_of_0_is_a_day_that_was_lived(tmp_path: Path) -> None:
    """Nothing is not the same as not known: it has a place in chart, table and tile."""
    account = life.make(days=40, until=UNTIL, quirks=False)
    for raw in account.all("cycles"):
        if raw["score"]:
            account.edit("cycles", raw["id"], score={**raw["score"], "strain": 0.0})
    outline = Outline(document.page(mirrored(tmp_path / "whoop.db", account)))
    assert "Day strain 0.0 of 21" in outline.text
    assert "Strain: 0.0" in outline.text


@pytest.mark.parametrize("days", [120, 365, 1000])
@pytest.mark.slow
def test_long_periods_stay_light(tmp_path: Path, days: int) -> None:
    """Beyond 120 days marks are means of weeks or months, said so, and the file stays small."""
    page = document.page(mirror(tmp_path, days=400), days=days)
    outline = Outline(page)
    assert len(page.encode()) < 2_000_000
    assert outline.kinds("hit") <= 121 * len(CHARTS) + 3 * 54  # and the weeks of a year
    assert (f"Each mark is the mean of a {'week' if days < 841 else 'month'}" in outline.text) == (
        days > 120
    )


@pytest.mark.slow
def test_ten_years_fit(tmp_path: Path) -> None:
    """The longest period there is makes a page below 2 MB."""
    page = document.page(mirror(tmp_path, days=3650), days=3650)
    Outline(page)
    assert len(page.encode()) < 2_000_000


# ── as a file ──


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The program's own folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_a_report_is_a_private_file(
    cache: Cache, told: dict[str, Any], tmp_path: Path, home: Path
) -> None:
    """The answer names the file, its size and the sentences; the file is the page, 0600."""
    path = tmp_path / "whoop.html"
    answer = document.create(cache, str(path), home=home)
    assert answer == {
        "status": "success",
        "path": str(path),
        "bytes": path.stat().st_size,
        "summary": told["summary"],
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Outline(path.read_text(encoding="utf-8"))
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".whoop")] == []


def test_what_is_there_is_overwritten_only_on_request(
    cache: Cache, tmp_path: Path, home: Path
) -> None:
    """A file with content stays as it is; with leave it is replaced as a whole."""
    path = tmp_path / "whoop.html"
    path.write_text("mine")
    with pytest.raises(FileExists):
        document.create(cache, str(path), home=home)
    assert path.read_text() == "mine"
    document.create(cache, str(path), overwrite=True, home=home)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("path", ["whoop.html", "{0}/whoop.txt", "{0}/no/whoop.html"])
def test_a_bad_path_is_refused(cache: Cache, tmp_path: Path, home: Path, path: str) -> None:
    """Relative, of another suffix, in no folder: the export's rules."""
    with pytest.raises(ValidationError):
        document.create(cache, path.format(tmp_path), home=home)


def test_the_home_is_never_written(cache: Cache, home: Path) -> None:
    """A report does not lie among the program's own files."""
    with pytest.raises(ValidationError):
        document.create(cache, str(home / "whoop.html"), home=home)


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 3651}, {"end": "soon"}])
def test_a_bad_period_writes_nothing(
    cache: Cache, tmp_path: Path, home: Path, wrong: dict[str, Any]
) -> None:
    """Arguments are judged before there is a file."""
    with pytest.raises(ValidationError):
        document.create(cache, str(tmp_path / "whoop.html"), home=home, **wrong)
    assert not (tmp_path / "whoop.html").exists()


def test_an_empty_cache_makes_no_report(tmp_path: Path, home: Path) -> None:
    """Nothing was fetched yet: the error says to sync, and there is no file."""
    with pytest.raises(CacheEmpty):
        document.create(Cache(tmp_path / "whoop.db"), str(tmp_path / "whoop.html"), home=home)
    assert not (tmp_path / "whoop.html").exists()


# ── inside a host ──


def test_the_view_has_its_few_lines_alone(page: str, cache: Cache) -> None:
    """Its policy allows one script by its hash, and that is the one there is; the file has none."""
    view = document.app_page(cache)
    outline = Outline(view)
    assert len(outline.tags("script")) == 1
    (script,) = re.findall(r"<script>(.*?)</script>", view, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policies = [one["content"] for one in outline.tags("meta") if "http-equiv" in one]
    assert policies == [f"{POLICY}; script-src 'sha256-{digest}'"]
    assert 'request("ui/initialize"' in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|fetch\(|XMLHttp|eval\(", script)
    assert "://" not in view
    assert "script" not in page
    assert "data-theme" not in page


def test_another_period_is_drawn_as_the_view_is(cache: Cache) -> None:
    """What the view is given for a period is what a view of it holds, letter by letter, beside
    another period too; bad dates are refused."""
    dates, body = document.app_body(cache, days=7)
    assert dates.days == 7
    assert f'<div class="page">{body}</div>' in document.app_page(cache, days=7)
    Outline(body)
    against = Span("2026-01-01", "2026-01-08")
    assert 'id="comparison"' in document.app_body(cache, days=7, compare=against)[1]
    with pytest.raises(ValidationError):
        document.app_body(cache, days=0)


def test_a_view_that_cannot_be_says_why() -> None:
    """An error's words and hint are shown in the view's place, as text, and the host is greeted."""
    view = document.error_page(f"Nothing <b>{HOSTILE}</b>", "Sync.")
    outline = Outline(view)
    assert "Nothing <b>" in outline.text and "Sync." in outline.text
    assert len(outline.tags("script")) == 1 and not outline.tags("b")
    assert "ui/initialize" in view


# ── how it looks ──


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_words_can_be_read(scheme: dict[str, str]) -> None:
    """Every colour of words has 4.5 : 1 or more against every colour that it stands on."""
    for words, ground in itertools.product(("ink", "soft", "link", "alert"), ("paper", "card")):
        assert contrast(scheme[words], scheme[ground]) >= 4.5, (words, ground)
    for kind in ("high", "middle", "low"):
        assert contrast(scheme[f"on-{kind}"], scheme[kind]) >= 4.5, kind


@pytest.mark.parametrize("scheme", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_colours_differ_in_lightness(scheme: dict[str, str]) -> None:
    """What touches in a chart can be told apart without any hue."""
    for one, other in itertools.pairwise(("deep", "rem", "light", "awake")):
        assert contrast(scheme[one], scheme[other]) >= 1.3, (one, other)
    for one, other in itertools.pairwise(("high", "middle", "low")):
        assert contrast(scheme[one], scheme[other]) >= 1.2, (one, other)


def test_every_colour_is_used_and_named_in_both_schemes() -> None:
    """The style sheet asks for no colour that a scheme lacks, and none lies idle."""
    sheet = style.sheet()
    assert set(style.LIGHT) == set(style.DARK) == set(re.findall(r"var\(--([\w-]+)\)", sheet))
