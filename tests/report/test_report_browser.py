"""The dashboard in a real browser: drawn whole, quiet, and as wide as the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.report import document
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import COLLECTIONS

from ..support.chromium import Page, chromium
from ..support.dashboards import CHARTS, mirror
from ..support.samples import Shelf

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 768, 901, 1081, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of over a year."""
    return mirror(tmp_path_factory.mktemp("cache"), days=420)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Cache) -> Path:
    """A folder with the page of 3, 30 and 365 days."""
    folder = tmp_path_factory.mktemp("pages")
    for days in (3, 30, 365):
        (folder / f"{days}.html").write_text(document.page(cache, days=days), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("width", "dark"), [*((width, False) for width in WIDTHS), (360, True), (1280, True)]
)
@pytest.mark.parametrize("days", [3, 30, 365])
def test_the_page_is_drawn_in_every_width(
    browser: Page, folder: Path, tmp_path: Path, days: int, width: int, dark: bool
) -> None:
    """Nothing is asked for but the file, nothing complains, nothing scrolls sideways, every chart
    has a size, and no words leave the page."""
    address = (folder / f"{days}.html").as_uri()
    browser.open(address, width=width, dark=dark)
    assert browser.requests == [address]
    assert browser.complaints == []
    assert browser.value("document.documentElement.scrollWidth") == width
    sizes = browser.value(
        "Object.fromEntries([...document.querySelectorAll('figure')].map(one => [one.id,"
        " (box => box ? Math.min(box.width, box.height) : 0)"
        "(one.querySelector('svg[role=img]')?.getBoundingClientRect())]))"
    )
    drawn = set(CHARTS) if days > 3 else {"recovery", "calendar", "hrv", "sleep"}
    assert all(sizes[chart] > 50 for chart in drawn), sizes
    beyond = browser.value(
        "[...document.querySelectorAll('svg text, p, td, h1, h2, h3, li')].filter(one =>"
        " !one.closest('.scroll') && one.checkVisibility() &&"
        " one.getBoundingClientRect().right > innerWidth + 0.5)"
        ".map(one => one.textContent)"
    )
    assert beyond == []
    browser.shoot(tmp_path / f"{days}-{width}-{'dark' if dark else 'light'}.png")


def test_labels_do_not_lie_on_each_other(browser: Page, folder: Path) -> None:
    """Below each chart the dates that are shown stand clear of each other, on a phone too."""
    for days in (30, 365):
        for width in WIDTHS:
            browser.open((folder / f"{days}.html").as_uri(), width=width)
            overlaps = browser.value(
                "[...document.querySelectorAll('.plot > svg')].flatMap(chart => {"
                " const boxes = [...chart.querySelectorAll('.below, .month, .name')].map(one =>"
                "  [one.getBoundingClientRect(), one.textContent]).filter(([box]) => box.width);"
                " return boxes.flatMap(([a, said], i) => boxes.slice(i + 1).filter(([b]) =>"
                "  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)"
                "  .map(([, other]) => [chart.textContent.slice(0, 20), said, other]))"
                "})"
            )
            assert overlaps == [], (days, width)


def test_tables_open_by_keyboard(browser: Page, folder: Path) -> None:
    """Each finding leads to its chart with Enter; below them every chart's table can be reached
    with the tab key and opened with the space bar."""
    browser.open((folder / "30.html").as_uri(), width=1280)
    press(browser, "Tab", "\t", 9)
    focus = "document.activeElement"
    assert browser.value(f"{focus}.tagName") == "A"
    press(browser, "Enter", "\r", 13)
    assert browser.value("location.hash") == "#unusual"
    assert 0 <= browser.value("document.querySelector(':target').getBoundingClientRect().top") < 900
    browser.open((folder / "30.html").as_uri(), width=1280)
    links = browser.value("document.querySelectorAll('a').length")
    for _ in range(links + 1):
        press(browser, "Tab", "\t", 9)
    assert browser.value(f"{focus}.tagName") == "SUMMARY"
    press(browser, "Space", " ", 32)
    assert browser.value(f"{focus}.parentElement.open") is True
    press(browser, "Tab", "\t", 9)
    assert browser.value(f"{focus}.className") == "scroll"


def test_paper_is_white_and_has_the_charts(browser: Page, folder: Path, tmp_path: Path) -> None:
    """Printed, also from a dark screen, the page is dark on white."""
    browser.open((folder / "30.html").as_uri(), width=1280, dark=True)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    colours = browser.value(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert colours == ["rgb(255, 255, 255)", "rgb(21, 25, 30)"]
    browser.print(tmp_path / "30.pdf")
    assert (tmp_path / "30.pdf").read_bytes().startswith(b"%PDF")


def test_an_empty_account_is_drawn(browser: Page, tmp_path: Path) -> None:
    """A page without a figure is a page all the same."""
    shelf = Shelf(tmp_path / "whoop.db")
    for resource in COLLECTIONS:
        shelf.save(resource, window=Window("2010-01-01T00:00:00.000Z", shelf.now))
    path = tmp_path / "empty.html"
    path.write_text(document.page(shelf.cache), encoding="utf-8")
    browser.open(path.as_uri(), width=360)
    assert browser.complaints == []
    assert browser.value("document.documentElement.scrollWidth") == 360


def press(browser: Page, code: str, text: str, number: int) -> None:
    """One stroke of a key."""
    key = text if code == "Space" else code
    stroke = {"key": key, "code": code, "windowsVirtualKeyCode": number, "text": text}
    for kind in ("keyDown", "keyUp"):
        browser.ask("Input.dispatchKeyEvent", type=kind, **stroke)
