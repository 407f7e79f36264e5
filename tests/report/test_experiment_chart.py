"""An experiment's card in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from whoop_mcp.report import document

from ..support.chromium import Page, chromium
from ..support.experimenters import Experimenter

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with one experiment that is over and one that runs in blocks."""
    folder = tmp_path_factory.mktemp("page")
    person = Experimenter(folder)
    person.start()
    person.obey(14)
    person.start(behaviour="a sauna in the evening, not too late", outcome="ln_hrv", start=None)
    person.live_on("2026-04-12")
    place = folder / "page.html"
    place.write_text(document.page(person.cache), encoding="utf-8")
    return place


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_experiments_are_drawn_in_every_width(
    browser: Page, page: Path, width: int, dark: bool
) -> None:
    """Nothing complains or scrolls sideways, each card has a drawing as wide as itself, and no two
    of its words lie upon each other."""
    browser.open(page.as_uri(), width=width, dark=dark)
    assert browser.complaints == [] and browser.requests == [page.as_uri()]
    assert browser.value("document.documentElement.scrollWidth") <= width
    sizes = browser.value(
        "[...document.querySelectorAll('[id^=experiment-] > .plot > svg')].map(one => "
        "[one.getBoundingClientRect().width, one.getBoundingClientRect().height])"
    )
    assert len(sizes) == 2 and all(across > 200 and down > 60 for across, down in sizes)
    upon = browser.value(
        """[...document.querySelectorAll('[id^=experiment-] > .plot > svg')].flatMap(svg => {
        const boxes = [...svg.querySelectorAll('text')].map(one => one.getBoundingClientRect())
            .filter(box => box.width);
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => a.left < b.right &&
            b.left < a.right && a.top + 2 < b.bottom - 2 && b.top + 2 < a.bottom - 2));
        }).length"""
    )
    assert upon == 0
