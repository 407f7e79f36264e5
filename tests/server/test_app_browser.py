"""The MCP App in a browser, inside a host's page, with the real server behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ..support.app_host import Server, View, serving, waited
from ..support.chromium import Page, chromium
from ..support.dashboards import UNTIL, mirror

pytestmark = pytest.mark.browser

INLINE = {"displayMode": "inline", "availableDisplayModes": ["inline", "fullscreen"]}
HIGH = "document.documentElement.getBoundingClientRect().height"
FOCUS = "document.activeElement"
OPEN = "!document.getElementById('app-panel').hidden"
SHUT = "document.getElementById('app-panel').hidden"
LATER = "document.getElementById('app-later').disabled"


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """Chromium with a page open."""
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """A host, and the server with the mirror of over a year behind it."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    mirror(home, days=420)
    with serving(home, UNTIL) as served:
        yield served


@pytest.fixture
def view(browser: Page, host: tuple[str, Server]) -> Iterator[View]:
    """The app; whatever is done with it, nothing complains, and nobody but the host is asked."""
    view = View(browser, host[0])
    yield view
    assert browser.complaints == []
    strangers = [
        one for one in browser.requests if not one.startswith((host[0], "about:", "data:"))
    ]
    assert strangers == []


def title(view: View) -> str:
    """The page's heading."""
    return view.text("h1")


def shows(view: View, words: str) -> None:
    """Wait until the page shows a period."""
    view.until(f"document.querySelector('h1').textContent === {words!r}")
    view.until("!document.querySelector('.page').hasAttribute('aria-busy')")


def hold(view: View, tool: str) -> None:
    """Let the answers of a tool wait in the host, until they are let go."""
    view.browser.value(
        "(() => { const ask = window.fetch; const held = new Promise(done => { letGo = done; });"
        " window.fetch = async (to, what) => {"
        f" if (JSON.parse(what.body).params.name === {tool!r}) await held;"
        " return ask(to, what); }; })()"
    )


def let_go(view: View) -> None:
    """Let the answers go that were held, and wait until the app has had the time to take them."""
    view.browser.value("letGo()")
    view.browser.value("rpc('tools/list', {}).then(() => new Promise(requestAnimationFrame))")


def press(view: View, key: str) -> None:
    """One stroke of a key."""
    text = {"Enter": "\r"}.get(key, "")
    number = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowRight": 39, "Tab": 9}[key]
    stroke = {"key": key, "code": key, "windowsVirtualKeyCode": number, "text": text}
    for kind in ("keyDown", "keyUp"):
        view.browser.ask("Input.dispatchKeyEvent", type=kind, **stroke)


def test_it_greets_its_host(view: View) -> None:
    """Initialize comes first, initialized after the answer, then the size, as high as the page is;
    nothing else is said unasked."""
    view.open(context=INLINE)
    heard = view.browser.value("heard")
    methods = [one["method"] for one in heard]
    assert methods[:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert set(methods[2:]) == {"ui/notifications/size-changed"}
    assert set(heard[0]["params"]) == {"protocolVersion", "appInfo", "appCapabilities"}
    assert heard[0]["params"]["protocolVersion"] == "2026-01-26"
    assert heard[-1]["params"]["height"] == -(-view.value(HIGH) // 1)
    view.browser.value("send({id: 'p', method: 'ping'}), send({id: 'q', method: 'odd/one'})")
    view.browser.value("send({id: 't', method: 'ui/resource-teardown', params: {}})")
    answered = "heard.some(one => one.id === id && !one.method)"
    view.browser.value(waited(f"['p', 'q', 't'].every(id => {answered})"))
    answers = {one["id"]: one for one in view.browser.value("heard") if "method" not in one}
    assert answers["p"]["result"] == answers["t"]["result"] == {}
    assert answers["q"]["error"]["code"] == -32601


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("most", [None, 620, 420])
@pytest.mark.parametrize("width", [320, 360, 760, 1280])
def test_inline_it_is_one_screen(
    view: View, width: int, most: int | None, dark: bool, tmp_path: Path
) -> None:
    """It is no higher than the host's limit, or than 680 pixels, no wider than the frame, and still
    shows its title, its week and its tiles; a day keeps to the same height."""
    box = {} if most is None else {"containerDimensions": {"maxHeight": most}}
    view.open(width=width, dark=dark, context={**INLINE, **box})
    for _ in range(2):
        assert view.value(HIGH) <= (most or 680)
        assert view.value("document.documentElement.scrollWidth") == width
        view.browser.shoot(tmp_path / f"{width}-{most}.png")
        if view.value(SHUT):
            for part in ("h1", "#week button:last-child", ".stand .value"):
                assert view.text(part), part
            view.click("#week button:last-child")
            view.until(OPEN)
    assert "Recovery" in view.text("#app-panel")


def test_all_of_it_opens_full_screen(view: View) -> None:
    """The button asks the host for the full screen, where the whole page is shown."""
    view.open(context=INLINE)
    assert not view.text("footer")
    view.click("#app-all")
    view.until("document.documentElement.dataset.mode === 'fullscreen'")
    assert "ui/request-display-mode" in [one.get("method") for one in view.browser.value("heard")]
    assert "Not medical advice" in view.text("footer")
    assert view.value(HIGH) > 3000
    assert not view.text("#app-all")


def test_all_of_it_opens_in_place(view: View) -> None:
    """Where a host has no full screen, the app grows where it is, and shrinks again."""
    view.open(context={"displayMode": "inline"})
    before = view.value(HIGH)
    view.click("#app-all")
    assert "Not medical advice" in view.text("footer")
    assert (view.text("#app-all"), view.value(HIGH) > 3000) == ("Show less", True)
    view.click("#app-all")
    assert (view.text("#app-all"), view.value(HIGH)) == ("Open all", before)


def test_the_period_is_changed(view: View) -> None:
    """Its length, earlier and later, beside the days before or a year before: each is asked for
    through the host, and the page, the buttons and what is read aloud follow."""
    view.open(width=1280, context={"displayMode": "fullscreen"})
    assert (title(view), view.value(LATER)) == ("21 April – 20 May 2026", True)
    view.click("[data-days='7']")
    shows(view, "14 – 20 May 2026")
    pressed = "[...document.querySelectorAll('[aria-pressed=true]')].map(one => one.textContent)"
    assert view.value(pressed) == ["7 days"]
    said = "document.getElementById('app-said').textContent"
    assert view.value(said) == "14 – 20 May 2026 is shown."
    view.click("#app-earlier")
    shows(view, "7 – 13 May 2026")
    view.click("[data-beside=year]")
    view.until("document.getElementById('comparison')")
    assert "Beside 8 – 14 May 2025" in view.value("document.querySelector('.page').textContent")
    assert view.value(pressed) == ["7 days", "With a year before"]
    view.click("#app-later")
    shows(view, "14 – 20 May 2026")
    assert view.value(LATER) is True
    view.click("[data-beside=before]")
    view.until("document.querySelector('.page').textContent.includes('Beside 7 – 13 May 2026')")
    assert view.calls == [
        ("whoop_dashboard", {"days": 7}),
        ("whoop_dashboard", {"days": 7, "end": "2026-05-14"}),
        (
            "whoop_dashboard",
            {"days": 7, "end": "2026-05-14", "against": "2025-05-08..2025-05-14"},
        ),
        ("whoop_dashboard", {"days": 7, "against": "2025-05-15..2025-05-21"}),
        ("whoop_dashboard", {"days": 7, "against": "2026-05-07..2026-05-13"}),
    ]


def test_a_day_opened_meanwhile_stays(view: View) -> None:
    """A day that is opened while a period is on its way is shown over it, and the period comes all
    the same, not dimmed, under it."""
    view.open(context=INLINE)
    hold(view, "whoop_dashboard")
    view.click("[data-days='90']")
    view.click("#week button:last-child")
    view.until(OPEN)
    let_go(view)
    view.until("document.querySelector('[data-days=\"90\"]').ariaPressed === 'true'")
    view.until("!document.querySelector('.page').hasAttribute('aria-busy')")
    assert "Wednesday, May 20, 2026" in view.text("#app-panel")
    view.click("#app-panel .app-set button:last-child")
    assert title(view) == "20 February – 20 May 2026"
    assert view.value("document.getElementById('app-said').textContent") == ""


def test_a_period_chosen_after_a_day_is_shown(view: View) -> None:
    """A day that answers only after a period was chosen is not opened over it."""
    view.open(context=INLINE)
    hold(view, "get_whoop_daily_summary")
    view.click("#week button:last-child")
    view.click("[data-days='7']")
    shows(view, "14 – 20 May 2026")
    let_go(view)
    assert len(view.calls) == 2
    assert view.value(SHUT)


def test_quick_presses_all_count(view: View) -> None:
    """What is pressed before an answer is there goes on from what was asked last: two earlier, and
    a comparison with what was just chosen. After an error it is the page again."""
    view.open(context={"displayMode": "fullscreen"})
    hold(view, "whoop_dashboard")
    for button in ("[data-days='7']", "#app-earlier", "#app-earlier", "[data-beside=before]"):
        view.click(button)
    let_go(view)
    shows(view, "30 April – 6 May 2026")
    assert "Beside 23 – 29 April 2026" in view.text(".page")
    hold(view, "whoop_dashboard")
    view.click("#app-later")
    view.click("#app-later")
    view.click("#app-later")  # there is no later one
    let_go(view)
    shows(view, "14 – 20 May 2026")
    view.click("[data-days='365']")
    shows(view, "21 May 2025 – 20 May 2026")
    view.click("#app-earlier")
    view.click("#app-earlier")
    view.until("document.getElementById('app-said').className === 'notice'")
    view.click("[data-days='7']")
    shows(view, "14 – 20 May 2026")


def test_days_are_stepped_quickly(view: View) -> None:
    """Each press of "Day before" is a day, also before the last one is there; the day after today
    is not asked for."""
    view.open(context=INLINE)
    view.click("#week button:last-child")
    view.until(OPEN)
    hold(view, "get_whoop_daily_summary")
    step = "document.querySelectorAll('#app-panel button')[{}].click()"
    for _ in range(3):
        view.value(step.format(0))
    let_go(view)
    view.until("document.getElementById('app-title').textContent.includes('May 17')")
    hold(view, "get_whoop_daily_summary")
    for _ in range(5):
        view.value(step.format(1))
    let_go(view)
    view.until("document.getElementById('app-title').textContent.includes('May 20')")
    assert len(view.calls) == 7


@pytest.mark.parametrize(("days", "back"), [(30, 364), (365, 365)])
def test_a_year_before_is_a_year(view: View, days: int, back: int) -> None:
    """What stands beside a period is what was a year before it, and never two."""
    view.open(context={"displayMode": "fullscreen"})
    view.click(f"[data-days='{days}']")
    view.until(f"document.querySelector('[data-days=\"{days}\"]').ariaPressed === 'true'")
    view.click("[data-beside=year]")
    view.until("document.getElementById('comparison')")
    first, last = view.calls[-1][1]["against"].split("..")
    at = UNTIL[:10]
    assert date.fromisoformat(at) - date.fromisoformat(last) == timedelta(back)
    assert date.fromisoformat(last) - date.fromisoformat(first) == timedelta(days - 1)


def test_a_history_too_short_to_compare_is_said_plainly(view: View) -> None:
    """Where nothing is known of the days to compare with, the words are those of the buttons."""
    view.open(context={"displayMode": "fullscreen"})
    view.click("[data-days='90']")
    shows(view, "20 February – 20 May 2026")
    for _ in range(2):
        view.click("#app-earlier")
    shows(view, "24 August – 21 November 2025")
    view.click("[data-beside=year]")
    view.until("document.getElementById('app-said').className === 'notice'")
    words = view.text("#app-said")
    assert words.startswith("The period to compare with ends before anything that is known")
    assert "Period A" not in words and "full=true" not in words
    assert title(view) == "24 August – 21 November 2025"


@pytest.mark.parametrize("days", [90, 365])
def test_a_long_period_is_one_screen_too(view: View, days: int) -> None:
    """Inline, whatever is chosen keeps to a screen."""
    view.open(width=360, context=INLINE)
    view.click(f"[data-days='{days}']")
    view.until(f"document.querySelector('[data-days=\"{days}\"]').ariaPressed === 'true'")
    assert view.value(HIGH) <= 680
    assert view.value("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "21 April – 20 May 2026"),
        ({"days": 90}, "20 February – 20 May 2026"),
        ({"days": "7"}, "14 – 20 May 2026"),
        ({"days": 14, "end": "2026-05-01"}, "17 – 30 April 2026"),
        ({"end": "yesterday"}, "20 April – 19 May 2026"),
    ],
)
def test_it_shows_what_was_asked(view: View, given: dict[str, Any], words: str) -> None:
    """The period is that of the tool's arguments, said as models say it."""
    view.open(context=INLINE, input=given, tool="get_whoop_insights")
    shows(view, words)
    assert len(view.calls) == bool(given)


def test_it_shows_a_comparison(view: View) -> None:
    """The page is of the later period, the earlier stands beside it."""
    given = {
        "a_start": "2026-03-01",
        "a_end": "2026-04-01",
        "b_start": "2026-04",
        "b_end": "2026-04",
    }
    view.open(context={"displayMode": "fullscreen"}, input=given, tool="compare_whoop_periods")
    shows(view, "1 – 30 April 2026")
    assert "Beside 1 – 31 March 2026" in view.text(".page")


def test_it_shows_a_day(view: View, host: tuple[str, Server]) -> None:
    """A day that was asked for is drawn with its own figures; the days around it can be opened,
    none after today."""
    view.open(context=INLINE, input={"date": "2026-05-19"}, tool="get_whoop_daily_summary")
    view.until(OPEN)
    asked = {"name": "get_whoop_daily_summary", "arguments": {"date": "2026-05-19"}}
    answer = host[1].ask("tools/call", **asked)["structuredContent"]
    words = view.text("#app-panel")
    assert "Tuesday, May 19, 2026" in words
    for part, name, unit in (
        ("recovery", "recovery_score", "%"),
        ("recovery", "resting_heart_rate_bpm", "bpm"),
        ("sleep", "sleep_performance_pct", "%"),
        ("cycle", "calories", "kcal"),
    ):
        assert f"{answer[part][name]:,.0f} {unit}" in words
    assert f"{int(answer['sleep']['asleep_seconds'] // 3600)} h" in words
    for one in answer["workouts"]:
        assert one["sport_name"] in words.lower()
    after = "document.querySelectorAll('#app-panel button')[1]"
    assert view.value(f"{after}.textContent") == "Day after"
    view.value(f"{after}.click()")
    view.until("document.getElementById('app-title').textContent.includes('May 20')")
    assert view.value(f"{after}.disabled") is True


def test_a_day_without_records_says_so(view: View) -> None:
    """What is not there is said in words, with the server's reason, and never a figure; the same of
    what is there without a score."""
    view.open(context=INLINE, input={"date": "2026-06-30"}, tool="get_whoop_daily_summary")
    view.until(OPEN)
    words = view.text("#app-panel")
    assert words.count("The date, 30 Jun, is still to come.") == 3
    assert not view.value("document.querySelector('#app-panel dd')")
    why = {
        "sleep": {"reason": "still_asleep", "text": "You may still be asleep."},
        "cycle": {"reason": "not_scored_yet", "text": "It is usually scored by noon."},
    }
    unscored = {
        "date": "2026-05-19",
        "score_states": {},
        "cycle": {"score_state": "PENDING_SCORE"},
        "recovery": None,
        "sleep": None,
        "why_missing": why,
    }
    view.open(context=INLINE, result={"structuredContent": unscored, "content": []})
    view.until(OPEN)
    words = view.text("#app-panel")
    for said in ("You may still be asleep.", "It is usually scored by noon."):
        assert said in words
    assert "There is no recovery of this day." in words
    assert "There is no sleep of this day." not in words


def test_it_shows_an_experiment(view: View, host: tuple[str, Server]) -> None:
    """What an experiment tells is shown in its own sentences."""
    given = {"action": "plan", "behaviour": "late coffee", "outcome": "recovery", "worth": 5}
    view.open(context=INLINE, input=given, tool="whoop_experiment")
    view.until(OPEN)
    answer = host[1].ask("tools/call", name="whoop_experiment", arguments=given)
    words = view.text("#app-panel")
    assert words.startswith("A planned experiment")
    assert all(one in words for one in answer["structuredContent"]["summary"])


def test_an_error_is_said_with_its_hint(view: View) -> None:
    """An envelope is shown in words, in its place aloud, and the page stays."""
    view.open(context=INLINE, input={"days": 0}, tool="get_whoop_insights")
    view.until("document.getElementById('app-said').className === 'notice'")
    words = view.text("#app-said")
    assert "`days`" in words and "For example" in words
    assert title(view) == "21 April – 20 May 2026"
    assert view.value("document.querySelector('[aria-live=polite]').id") == "app-said"
    assert view.value(HIGH) <= 680


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"content": [{"type": "text", "text": "It was denied."}]}, "It was denied."),
        ({"content": [{"type": "text", "text": "null"}]}, "The call did not succeed."),
        ({"content": []}, "The call did not succeed."),
        ({}, "The call did not succeed."),
    ],
)
def test_a_failure_without_an_envelope_is_said(
    view: View, result: dict[str, Any], words: str
) -> None:
    """A host that refuses a call itself may have nothing but a sentence, or not even that."""
    view.open(context=INLINE, result={**result, "isError": True})
    view.until("document.getElementById('app-said').className === 'notice'")
    assert words in view.text("#app-said")


@pytest.mark.parametrize("given", [None, {"days": None, "end": None, "compare": None}])
def test_arguments_that_are_null_are_none(view: View, given: dict[str, None] | None) -> None:
    """A host may say null where nothing was given: it is the page as it stands."""
    view.open(context=INLINE, input=given)
    view.browser.value("new Promise(done => setTimeout(done, 50))")
    assert (title(view), view.calls) == ("21 April – 20 May 2026", [])


HOSTILE = "<img src=x onerror=alert(1)><b>bold</b>"


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": HOSTILE, "hint": HOSTILE}},
        {"action": "status", "summary": [HOSTILE]},
        {
            "date": "2026-05-19",
            "score_states": {},
            "warnings": [HOSTILE],
            "why_missing": {"sleep": {"reason": "no_record", "text": HOSTILE}},
            "workouts": [{"sport_name": HOSTILE, "score_state": "SCORED", "strain": 5}],
        },
        {"path": HOSTILE, "summary": []},
    ],
)
def test_text_of_an_answer_is_only_text(view: View, answer: dict[str, Any]) -> None:
    """Names, sports, paths and errors are shown letter by letter; nothing of them is markup. It
    does not matter whether a host hands on the object or its text alone."""
    for result in (
        {"structuredContent": answer, "content": []},
        {"content": [{"type": "text", "text": json.dumps(answer)}]},
    ):
        view.open(context=INLINE, result=result)
        view.until(f"document.body.textContent.includes({HOSTILE!r})")
        assert view.value("document.querySelectorAll('img, #app-panel b, #app-said b').length") == 0


def test_without_tools_it_is_the_static_page(view: View) -> None:
    """A host that passes no calls on sees no control; where another period was asked for, the page
    says which one it is."""
    for given, other in (({}, False), ({"days": 90}, True)):
        view.open(can={}, context=INLINE, input=given)
        view.value("new Promise(done => setTimeout(done, 50))")
        if other:
            view.until("document.querySelector('#other-period')?.checkVisibility()")
        assert not view.text("#app-bar") and not view.text("#week")
        assert bool(view.text("#other-period")) is other
        assert title(view) == "21 April – 20 May 2026"
        assert view.value("document.querySelectorAll('.app-day').length") == 0
        assert view.value(HIGH) <= 680
        view.click("#app-all")
        view.until("document.documentElement.dataset.mode === 'fullscreen'")
        assert view.calls == []


def test_it_is_worked_by_keyboard(view: View) -> None:
    """Arrows move within the periods and Enter chooses; a day opened from the week has the focus,
    Escape closes it and gives the focus back; the focus can be seen."""
    view.open(context=INLINE)
    view.value("document.querySelector('[data-days=\"30\"]').focus()")
    press(view, "ArrowRight")
    assert view.value(f"{FOCUS}.dataset.days") == "90"
    press(view, "ArrowLeft")
    press(view, "ArrowLeft")
    assert view.value(f"{FOCUS}.dataset.days") == "7"
    assert view.value(f"getComputedStyle({FOCUS}).outlineStyle") == "solid"
    press(view, "Enter")
    shows(view, "14 – 20 May 2026")
    view.value("document.querySelector('#week button:nth-child(2)').focus()")
    press(view, "Enter")
    view.until(OPEN)
    assert view.value(f"{FOCUS}.id") == "app-title"
    press(view, "Escape")
    assert view.value(SHUT)
    assert view.value(f"{FOCUS}.dataset.date") == "2026-05-15"
    names = "[...document.querySelectorAll('button, input')].filter(one => one.checkVisibility())"
    assert view.value(
        f"{names}.every(one => one.ariaLabel || one.textContent || one.labels.length)"
    )


def test_it_looks_as_its_host(view: View) -> None:
    """Theme, colours, font, language and safe area are the host's, at once and when they change;
    colours only where words and their ground both come from it."""
    look = {
        "theme": "dark",
        "locale": "de-DE",
        "safeAreaInsets": {"top": 1, "right": 20, "bottom": 3, "left": 40},
        "styles": {"variables": {"--color-background-primary": "#010203"}},
    }
    view.open(
        context={**INLINE, **look}, input={"date": "2026-05-19"}, tool="get_whoop_daily_summary"
    )
    view.until(OPEN)
    style = "getComputedStyle(document.body)"
    assert view.value(f"[{style}.color, {style}.backgroundColor]") == [
        "rgb(236, 239, 242)",
        "rgb(16, 19, 22)",
    ]
    assert view.value(f"{style}.padding") == "1px 20px 3px 40px"
    assert "Dienstag, 19. Mai 2026" in view.text("#app-panel")
    changed = {
        "theme": "light",
        "styles": {
            "variables": {
                "--color-background-primary": "#fefefe",
                "--color-background-secondary": "#f0f0f0",
                "--color-text-primary": "#010203",
                "--color-text-secondary": "light-dark(#333333, #cccccc)",
                "--font-sans": "serif",
            }
        },
    }
    view.browser.value(f"tell('host-context-changed', {json.dumps(changed)})")
    view.until(f"{style}.backgroundColor === 'rgb(254, 254, 254)'")
    assert view.value(f"[{style}.color, {style}.fontFamily]") == ["rgb(1, 2, 3)", "serif"]
    assert view.value("document.documentElement.dataset.theme") == "light"


def test_what_is_not_there_yet_can_be_tried_again(browser: Page, tmp_path: Path) -> None:
    """An empty cache is said in words with the way out; once it holds something, the same button
    shows it."""
    tmp_path.chmod(0o700)
    with serving(tmp_path, UNTIL) as (address, _):
        view = View(browser, address)
        view.open(context=INLINE)
        assert title(view) == "There is no dashboard yet"
        assert "sync" in view.text(".page")
        assert not view.text("#app-bar") and not view.text("#app-all")
        view.click("#app-again")
        view.until("document.getElementById('app-said').className === 'notice'")
        mirror(tmp_path, days=60)
        view.click("#app-again")
        shows(view, "21 April – 20 May 2026")
        assert view.text("#app-bar") and view.text("#app-all")
