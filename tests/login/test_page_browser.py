"""The login page in a real browser: by keyboard alone, on every screen, for every eye."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.login import page as module
from whoop_mcp.login.page import LoginPage

from ..support.chromium import Page, chromium
from ..support.logins import free_port, settings, whoop

pytestmark = pytest.mark.browser

NAMES = """(() => [...document.querySelectorAll('input:not([type=hidden]),button,a')].map(e =>
    [e.tagName, e.labels && e.labels.length ? e.labels[0].textContent : e.textContent]))()"""
CONTRAST = """(() => {
  const lum = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (c !== 'rgba(0, 0, 0, 0)') return c;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('h1,p,li,label,a,button,input,code,footer')].map(e => {
    const [a, b] = [lum(getComputedStyle(e).color), lum(behind(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), e.tagName + ': ' + e.textContent.slice(0, 30)];
  });
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture
def login_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoginPage]:
    """A page that is served, also to the browser of a busy machine, and WHOOP behind it."""
    monkeypatch.setattr(module, "_LAST_LOOK", 60.0)
    uri = f"http://localhost:{free_port()}/callback"
    with whoop(redirect_uris=(uri,)) as simulator:
        made = LoginPage(settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri)).open()
        yield made
        made.close()
        made.join()


def press(browser: Page, key: str, text: str = "") -> None:
    """One key."""
    code = {"Tab": 9, "Enter": 13}[key]
    given: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    kind = "keyDown" if text else "rawKeyDown"
    browser.ask("Input.dispatchKeyEvent", type=kind, **given, **({"text": text} if text else {}))
    browser.ask("Input.dispatchKeyEvent", type="keyUp", **given)


def until(browser: Page, script: str) -> None:
    """Wait until an expression is true of the page, which may be on its way to another one."""
    for _ in range(600):
        with suppress(AssertionError):
            if browser.value(script):
                return
        time.sleep(0.05)
    raise AssertionError(script)


def title(browser: Page, wanted: str) -> None:
    """Wait for a heading."""
    until(browser, f"document.querySelector('h1')?.textContent === {wanted!r}")


def type_in(browser: Page, client_id: str, secret: str) -> None:
    """Fill the form by keyboard, beginning where the focus is, and send it."""
    until(browser, "document.activeElement.id === 'client_id'")  # focused soon after it is shown
    browser.ask("Input.insertText", text=client_id)
    press(browser, "Tab")
    until(browser, "document.activeElement.id === 'client_secret'")
    browser.ask("Input.insertText", text=secret)
    press(browser, "Enter", "\r")


def test_by_keyboard_alone(browser: Page, login_page: LoginPage) -> None:
    """Focus stands in the first field, Tab goes to the secret, Enter sends it; WHOOP sends the
    browser back to a page that says all is well; nothing else is loaded, nothing complains."""
    browser.open(login_page.address, width=1280)
    assert browser.value(NAMES) == [
        ["A", "developer.whoop.com"],
        ["INPUT", "App id"],
        ["INPUT", "App secret"],
        ["BUTTON", "Continue to WHOOP"],
    ]
    assert browser.value("document.querySelector('#client_secret').type") == "password"
    type_in(browser, "demo-app", "demo-secret")
    title(browser, "You are logged in")
    assert browser.value("document.querySelector('[role=status]').textContent").startswith("Logged")
    assert login_page.outcome.result(60).user_id == 10129
    assert not [one for one in browser.complaints if "favicon" not in one]
    hosts = {address.split("/")[2].split(":")[0] for address in browser.requests}
    assert hosts <= {"127.0.0.1", "localhost"}
    assert not [address for address in browser.requests if "demo-secret" in address]


def test_what_is_wrong_is_tied_to_its_field(browser: Page, login_page: LoginPage) -> None:
    """A screen reader hears the problem with the field: it is marked, described, and focused."""
    browser.open(login_page.address, width=360)
    type_in(browser, "demo-app", "")
    until(
        browser,
        "document.activeElement.id === 'client_secret' && !!document.querySelector('.wrong')",
    )
    field = "document.querySelector('#client_secret')"
    assert browser.value(f"{field}.getAttribute('aria-invalid')") == "true"
    described = f"document.getElementById({field}.getAttribute('aria-describedby')).textContent"
    assert browser.value(described) == "Paste the app secret from WHOOP's dashboard."
    assert browser.value("document.querySelector('#client_id').value") == "demo-app"
    assert browser.value("document.documentElement.lang") == "en"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_it_is_read_on_every_screen(
    browser: Page, login_page: LoginPage, tmp_path: Path, width: int, dark: bool
) -> None:
    """No page scrolls sideways, and every text stands out from its ground by 4.5 to 1."""
    browser.ask("Network.clearBrowserCookies")
    browser.open(login_page.address, width=width, dark=dark)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert browser.value(fits)
    assert [found for found in browser.value(CONTRAST) if found[0] < 4.5] == []
    browser.shoot(tmp_path / "form.png")
    assert (tmp_path / "form.png").stat().st_size > 5000
    type_in(browser, "demo-app", "demo-secreT")
    until(browser, "document.querySelector('[role=alert]') !== null")
    assert browser.value(fits)
    assert [found for found in browser.value(CONTRAST) if found[0] < 4.5] == []
    browser.shoot(tmp_path / "wrong.png")
