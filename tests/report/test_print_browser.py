"""The page on paper, and with every part on it: nothing is cut, nothing hangs over."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from whoop_mcp.report import document

from ..support import whole_pages
from ..support.chromium import Page, chromium
from ..support.dashboards import mirror

pytestmark = pytest.mark.browser

A4 = {"paperWidth": 8.27, "paperHeight": 11.69}  # inches
ACROSS = 695  # CSS pixels between the margins of A4

KEPT = ".card:not(.all), .tile, .notice"
"""What is never cut by the end of a sheet."""

MARKED = f"""(() => {{
  const links = document.createElement("p");
  const mark = (name, where, place) => {{
    const anchor = document.createElement("a"), link = document.createElement("a");
    anchor.id = link.textContent = name;
    link.href = "#" + name;
    where.insertAdjacentElement(place, anchor);
    links.append(link, " ");
  }};
  [...document.querySelectorAll("{KEPT}")].forEach((one, at) => {{
    if (!one.getClientRects().length) return;
    mark("kept-" + at + "-top", one, "afterbegin");
    mark("kept-" + at + "-end", one, "beforeend");
  }});
  [...document.querySelectorAll("section")].forEach((one, at) => {{
    const first = one.querySelector("{KEPT}, .summary, table");
    if (!first) return;
    mark("section-" + at + "-top", one.querySelector("h2"), "afterbegin");
    mark("section-" + at + "-end", first.matches("table") ? first.querySelector("td, th") : first,
      "afterbegin");
  }});
  document.querySelector("footer").append(links);
}})()"""
"""Put an anchor at both ends of each, and after each heading and the first thing below it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page with every part, and those of an athlete's 30 and 365 days."""
    folder = tmp_path_factory.mktemp("pages")
    cache = mirror(folder, days=420)
    found = {}
    for days in (30, 365):
        found[str(days)] = folder / f"{days}.html"
        found[str(days)].write_text(document.page(cache, days=days), encoding="utf-8")
    return {**found, "whole": whole_pages.write(tmp_path_factory.mktemp("whole"))}


def printed(browser: Page) -> bytes:
    """What the browser would send to the printer."""
    return base64.b64decode(browser.ask("Page.printToPDF", **A4)["data"])


def sheets(pdf: bytes) -> dict[str, int]:
    """The sheet of each anchor, by number of the object that the sheet is."""
    found = re.findall(rb"/([\w-]+) \[(\d+) 0 R /XYZ", pdf)
    return {name.decode(): int(number) for name, number in found}


@pytest.mark.parametrize("name", ["whole", "30", "365"])
def test_no_chart_is_cut_and_no_heading_stands_alone(
    browser: Page, pages: dict[str, Path], name: str
) -> None:
    """Both ends of each chart, tile and card are on one sheet of A4, and so are each heading and
    what it is the heading of."""
    browser.open(pages[name].as_uri(), width=1280)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    browser.value(MARKED)
    browser.ask("Emulation.setEmulatedMedia", media="")
    pdf = printed(browser)
    places = sheets(pdf)
    tops = [one for one in places if one.endswith("-top")]
    assert len(tops) > 30
    apart = [one for one in tops if places[one] != places[one.replace("-top", "-end")]]
    assert apart == []
    assert 5 <= len(set(places.values())) <= 16


@pytest.mark.parametrize("name", ["whole", "30", "365"])
def test_all_of_it_lies_between_the_margins(
    browser: Page, pages: dict[str, Path], name: str
) -> None:
    """As wide as A4 is between its margins, nothing hangs over; dark on white, from a dark screen
    too, and links are words."""
    browser.open(pages[name].as_uri(), width=ACROSS, dark=True)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.value("document.documentElement.scrollWidth") == ACROSS
        beyond = browser.value(
            "[...document.querySelectorAll('svg text, p, td, th, h1, h2, h3, li, rect')].filter("
            f"one => one.getClientRects().length && one.getBoundingClientRect().right > {ACROSS}.5)"
            ".map(one => one.textContent)"
        )
        assert beyond == []
        assert browser.value("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_a_page_with_every_part_fits_every_width(
    browser: Page, pages: dict[str, Path], width: int, dark: bool
) -> None:
    """Long sports wrap, names from right to left keep to their places, and nothing scrolls
    sideways or leaves its card."""
    browser.open(pages["whole"].as_uri(), width=width, dark=dark)
    assert browser.complaints == []
    assert browser.value("document.documentElement.scrollWidth") == width
    beyond = browser.value(
        "[...document.querySelectorAll('.card')].flatMap(card => [...card.querySelectorAll("
        "'text, p, h3, li, span, th, td')].filter(one => one.getClientRects().length &&"
        " !one.closest('.unseen') && (!one.closest('.scroll') || one.closest('#sports')) &&"
        " (one.getBoundingClientRect().right > card.getBoundingClientRect().right + 0.5 ||"
        "  one.getBoundingClientRect().left < card.getBoundingClientRect().left - 0.5))"
        ".map(one => one.textContent))"
    )
    assert beyond == []


def test_words_have_contrast_where_they_stand(browser: Page, pages: dict[str, Path]) -> None:
    """As drawn, by day and by night: 4.5 : 1 or more between every word and its ground."""
    for dark in (False, True):
        browser.open(pages["whole"].as_uri(), width=1280, dark=dark)
        assert browser.value(CONTRASTS) == []


CONTRASTS = """(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).map(one => one / 255).map(one =>
      one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = one => {
    for (let at = one; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return getComputedStyle(at).backgroundColor;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  return [...document.querySelectorAll("p, li, td, th, h1, h2, h3, span, small, b, a, summary, " +
    "dt, dd, time, text:not(.date, .figure)")].filter(one => one.getClientRects().length &&
    one.textContent.trim() && !one.closest(".unseen")).map(one => {
      const style = getComputedStyle(one);
      const words = light(one.matches("text") ? style.fill : style.color);
      const below = light(ground(one));
      const [low, high] = [words, below].sort((a, b) => a - b);
      return [(high + 0.05) / (low + 0.05), one.textContent.slice(0, 40)];
    }).filter(([ratio]) => ratio < 4.5);
})()"""
