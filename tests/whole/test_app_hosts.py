"""The MCP App in hosts that others have written: AppBridge, mcp-ui, and the Inspector's page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ..support.app_host import View, serving, waited
from ..support.chromium import Page, chromium
from ..support.dashboards import UNTIL, mirror
from ..support.logins import free_port

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv-node" / "node_modules"
"""Where AGENTS.md has Node, the Inspector and both hosts put."""
HOSTS = ROOT / "tests" / "support" / "hosts"
PROXY = MODULES / "@modelcontextprotocol/inspector/clients/web/static/sandbox_proxy.html"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the mirror of over a year."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    mirror(home, days=420)
    return home


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page for each host, bundled from what npm brought."""
    folder = tmp_path_factory.mktemp("hosts")
    assert (MODULES / ".bin" / "esbuild").exists(), "AGENTS.md says how to install the hosts"
    shutil.copy(PROXY, folder / "proxy.html")
    for host in ("bridge", "mcp_ui"):
        subprocess.run(
            [
                MODULES / ".bin" / "esbuild",
                HOSTS / f"{host}.js",
                "--bundle",
                "--log-level=error",
                '--define:process.env.NODE_ENV="production"',
                f"--outfile={folder / host}.js",
            ],
            env={**os.environ, "NODE_PATH": str(MODULES)},
            check=True,
        )
        (folder / f"{host}.html").write_text(
            '<!DOCTYPE html><meta charset=utf-8><link rel=icon href="data:,">'
            "<style>body { margin: 0 } iframe { border: 0; width: 100%; height: 680px }</style>"
            f'<body><script src="{host}.js"></script>',
            encoding="utf-8",
        )
    return folder


@pytest.mark.parametrize("host", ["bridge", "mcp_ui"])
def test_it_works_in_a_host(
    browser: Page, home: Path, folder: Path, host: str, tmp_path: Path
) -> None:
    """It shows what the tool was asked for, changes the period and opens a day through the host,
    and keeps to a screen; the host has nothing to complain of."""
    # The page in between has to be of another origin than the host's.
    with serving(home, UNTIL, folder) as (address, _), serving(home, UNTIL, folder) as (other, _):
        view = View(browser, f"{address}{host}.html")
        context = {"theme": "dark", "displayMode": "inline", "locale": "de-DE"}
        asked = {"tool": "get_whoop_insights", "input": {"days": 90}, "context": context}
        view.open(width=760, proxy=f"{other}proxy.html", **asked)
        title = "document.querySelector('h1').textContent"
        view.until(f"{title} === '20 February – 20 May 2026'")
        view.click("[data-days='7']")
        view.until(f"{title} === '14 – 20 May 2026'")
        view.click("#week button:last-child")
        view.until("!document.getElementById('app-panel').hidden")
        assert "Mittwoch, 20. Mai 2026" in view.text("#app-panel")
        assert [name for name, _ in view.calls] == [
            "whoop_dashboard",
            "whoop_dashboard",
            "get_whoop_daily_summary",
        ]
        assert view.value("document.documentElement.dataset.theme") == "dark"
        browser.shoot(tmp_path / f"{host}.png")
        sizes = [one["params"]["height"] for one in browser.value("heard")]
        assert sizes and max(sizes) <= 680
        # mcp-ui tells its bridge of the context before that is connected, and hears of it.
        assert [one for one in browser.complaints if "Not connected" not in one] == []


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[str]:
    """The address of the Inspector's web page, which has the server to start."""
    ports = str(free_port()), str(free_port())
    path = f"{MODULES / '.bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"HOME": str(tmp_path_factory.mktemp("inspector")), "PATH": path}
    told = {"CLIENT_PORT": ports[0], "MCP_SANDBOX_PORT": ports[1], "MCP_AUTO_OPEN_ENABLED": "false"}
    process = subprocess.Popen(
        [
            *(MODULES / ".bin" / "mcp-inspector", "--web", "--cwd", ROOT),
            *("-e", f"WHOOP_HOME={home}", "--", sys.executable),
            *("-m", "tests.support.app_host", UNTIL),
        ],
        env={**os.environ, **own, **told, "MCP_INSPECTOR_SECRET_STORE": "memory"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while not (found := re.search(r"http://\S+_TOKEN=\w+", said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=60)


def press(browser: Page, kind: str, words: str) -> None:
    """Wait for what begins with some words in the Inspector's page, and click on it."""
    found = (
        f"[...document.querySelectorAll('{kind}')]"
        f".find(one => (one.ariaLabel ?? one.textContent).startsWith('{words}'))"
    )
    browser.value(waited(found))
    browser.value(f"{found}.click()")


def test_it_works_in_the_inspector(browser: Page, inspector: str, tmp_path: Path) -> None:
    """The Inspector lists what the app is shown for, shows it, and passes its calls on."""
    browser.open(inspector, width=1280)
    press(browser, "input", "Connect or disconnect")
    press(browser, "label", "Apps")
    press(browser, "button", "Insights")
    apps = browser.value("document.body.innerText")
    assert "MCP Apps (5)" in apps and "Another period" not in apps
    press(browser, "button", "Open App")
    browser.value(waited("document.querySelector('iframe')"))
    view = View(browser, inspector)
    for _ in range(600):  # the page in between, and the app in it, come one after the other
        with suppress(AssertionError):  # what was found has just gone
            view.enter()
            if view.value("document.documentElement.dataset.hosted") == "tools":
                break
        browser.value("new Promise(done => setTimeout(done, 100))")
    view.click("[data-days='7']")
    view.until("document.querySelector('h1').textContent === '14 – 20 May 2026'")
    view.click("#week button:last-child")
    view.until("!document.getElementById('app-panel').hidden")
    assert "20 May 2026" in view.text("#app-panel") or "May 20, 2026" in view.text("#app-panel")
    browser.shoot(tmp_path / "inspector.png")
