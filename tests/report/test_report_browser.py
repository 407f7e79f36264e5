"""The dashboard in a real browser: drawn whole, quiet, and as wide as the screen."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


# ── inside a host ──

HOST = """<!DOCTYPE html><meta charset=utf-8><title>host</title><link rel=icon href="data:,">
<iframe sandbox="allow-scripts" style="border: 0; width: 100%; height: 300px"></iframe>
<script>
const frame = document.querySelector("iframe"), heard = [];
const send = message => frame.contentWindow.postMessage({jsonrpc: "2.0", ...message}, "*");
addEventListener("message", event => {
  if (event.source !== frame.contentWindow) return;
  heard.push(event.data);
  if (event.data.method === "ui/initialize") send({id: event.data.id, result: {
    protocolVersion: event.data.params.protocolVersion, hostInfo: {name: "host", version: "1"},
    hostCapabilities: {}, hostContext: {theme: "dark"}}});
  if (event.data.method === "ui/notifications/initialized")
    send({method: "ui/notifications/tool-input", params: {arguments: ARGUMENTS}});
  if (event.data.method === "ui/notifications/size-changed")
    frame.style.height = event.data.params.height + "px";
});
fetch("view.html").then(answer => answer.text()).then(text => { frame.srcdoc = text; });
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A folder over HTTP, without a word."""

    def log_message(self, format: str, *words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, cache: Cache) -> Iterator[str]:
    """A web page that shows the view in a sandboxed frame, as a host does."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "view.html").write_text(document.app_page(cache), encoding="utf-8")
    for name, arguments in (("same", {}), ("other", {"days": 90})):
        text = HOST.replace("ARGUMENTS", json.dumps(arguments))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


UNTIL_SIZED = """new Promise(done => {
  const look = () => heard.some(one => one.method === "ui/notifications/size-changed")
    ? setTimeout(() => done(heard), 100) : setTimeout(look, 20);
  look();
})"""


def test_the_view_greets_its_host(browser: Page, host: str) -> None:
    """Initialize comes first, initialized after the answer, then the size, as high as the page is;
    nothing else is asked for, and the policy lets the script alone run."""
    browser.open(f"{host}/same.html", width=700)
    heard = browser.value(UNTIL_SIZED)
    methods = [one["method"] for one in heard]
    assert methods[:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert set(methods[2:]) == {"ui/notifications/size-changed"}
    params = heard[0]["params"]
    assert params["protocolVersion"] == "2026-01-26"
    assert set(params) == {"protocolVersion", "appInfo", "appCapabilities"}
    assert heard[-1]["params"]["height"] > 3000
    assert browser.complaints == []
    assert [one for one in browser.requests if host not in one and one != "about:srcdoc"] == []


@pytest.mark.parametrize(("name", "hidden"), [("same", True), ("other", False)])
def test_the_view_takes_theme_and_says_what_it_shows(
    browser: Page, host: str, name: str, hidden: bool
) -> None:
    """The host's theme goes before the system's; where the tool was asked for another period than
    the view shows, it says so."""
    browser.open(f"{host}/{name}.html", width=700)
    browser.value(UNTIL_SIZED)
    (frame,) = browser.ask("Page.getFrameTree")["frameTree"]["childFrames"]
    world = browser.ask("Page.createIsolatedWorld", frameId=frame["frame"]["id"])
    seen = browser.ask(
        "Runtime.evaluate",
        contextId=world["executionContextId"],
        returnByValue=True,
        expression="[document.documentElement.dataset.theme,"
        " getComputedStyle(document.body).color,"
        " document.getElementById('other-period').hidden]",
    )["result"]["value"]
    assert seen == ["dark", "rgb(236, 239, 242)", hidden]


def press(browser: Page, code: str, text: str, number: int) -> None:
    """One stroke of a key."""
    key = text if code == "Space" else code
    stroke = {"key": key, "code": code, "windowsVirtualKeyCode": number, "text": text}
    for kind in ("keyDown", "keyUp"):
        browser.ask("Input.dispatchKeyEvent", type=kind, **stroke)
