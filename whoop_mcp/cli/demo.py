"""Show the whole way on a made-up account, from the consent to the answers, step by step."""

from __future__ import annotations

import io
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .. import logs, surroundings, times
from ..app import App
from ..archive import take_in as import_export
from ..errors import NotFound
from ..insights import answer
from ..login import flow
from ..patience import patiently
from ..reads import days, journal
from ..reads import events as feed
from ..reads.exports import export
from ..report import document
from ..settings import Settings
from ..simulator import data_export, life
from ..simulator.account import Account
from ..simulator.server import Simulator, by_the_clock
from ..sync import run
from . import entries, journal_words, starts, wording
from .console import WIDTH, Console, cut, wrapped
from .starts import Start

DAYS = 90
ALCOHOL = -0.25
"""What alcohol does to the made-up athlete's next HRV, in ln units: their journal can tell it."""
_HEAD = 4  # lines of the CSV that are shown
_SENTENCES = 4  # of the insights
_DIFFERENCES = 5  # of the behaviours
_COFFEE = {"behaviour": "late coffee", "amount": 2, "unit": "cups"}

# ── the account and the temporary home ──


class Sandbox(NamedTuple):
    """Hold what a demo runs on. All of it is gone when the block around it ends."""

    folder: Path
    account: Account
    whoop: Simulator
    settings: Settings

    def login(self) -> App:
        """Log in as a person would, by browser through the real OAuth flow."""
        flow.login(
            self.settings,
            stdin=io.StringIO(),
            out=io.StringIO(),
            open_browser=_consent,
        )
        return App(self.settings)

    def mailed(self) -> Path:
        """Save the ZIP that WHOOP would mail the account's owner now; answer its path."""
        place = self.folder / data_export.name(self.account)
        place.write_bytes(data_export.package(self.account))
        return place

    def clear(self) -> None:
        """Remove the folder before the block ends, where the process ends in it."""
        logs.close()  # whose file keeps the folder from going on Windows
        _remove(self.folder)


@contextmanager
def sandbox(*, lives: bool = False) -> Iterator[Sandbox]:
    """Set an account and a home up. Nothing of the environment counts, and no proxy.

    `lives`: the account's clock goes with the real one.
    """
    account = life.make(days=DAYS, alcohol_effect=ALCOHOL)
    folder = surroundings.temporary_folder("whoop-mcp-demo-")
    redirect_uri = f"http://localhost:{_free_port()}/callback"
    around = by_the_clock(account) if lives else None
    whoop = Simulator(account, redirect_uris=(redirect_uri,), around=around)
    try:
        with _ended_politely(), whoop:
            environ = {
                "WHOOP_HOME": str(folder / "home"),
                "WHOOP_BASE_URL": whoop.url,
                "WHOOP_CLIENT_ID": whoop.oauth.client_id,
                "WHOOP_CLIENT_SECRET": whoop.oauth.client_secret,
                "WHOOP_REDIRECT_URI": redirect_uri,
            }
            yield Sandbox(folder, account, whoop, Settings.read(environ))
    finally:
        logs.close()
        _remove(folder)


def _remove(folder: Path) -> None:
    for _ in range(3):  # somebody may still be writing in it
        with suppress(OSError):
            patiently(partial(shutil.rmtree, folder))
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _consent(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as page:
        page.read()


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Let a termination unwind the blocks around it, as Ctrl-C does, so that nothing is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


# ── what is shown, and served ──


def show(console: Console) -> None:
    """Run the demo and tell of it; for a program print one object of all that came out."""
    with sandbox() as set_up:
        logs.set_up(set_up.settings, console=False)
        answer = _run_steps(set_up, console)
    console.answer(answer, [])


def serve() -> NoReturn:
    """Serve MCP on standard input and output for such an account, which lives on by the clock."""
    with sandbox(lives=True) as set_up:
        logs.set_up(set_up.settings)
        app = set_up.login()
        run.sync(app.mirror)
        import_export(app.cache, str(set_up.mailed()))
        from ..server import process

        process.serve(lambda: app, at_end=set_up.clear)


def _run_steps(set_up: Sandbox, console: Console) -> dict[str, Any]:
    say = console.say
    account = set_up.account

    def title(text: str) -> None:
        say("", console.style(text, "bold"))

    say("A made-up WHOOP account on this computer; nothing leaves it.")

    title("1. Log in")
    began = time.monotonic()
    app = set_up.login()
    say(f"WHOOP's part is played at {set_up.whoop.url}.")
    say(f"Consent, code and tokens through the real OAuth flow, in {_since(began)}.")

    held = next(one for one in account.all("recoveries") if one["score_state"] == "SCORED")
    account.edit("recoveries", held["cycle_id"], score_state="PENDING_SCORE", score=None)

    title(f"2. Sync {DAYS} days")
    began = time.monotonic()
    first = run.sync(app.mirror)
    say(*wording.synced(first))
    requests = sum(one["requests"] for one in first["resources"].values())
    say(f"{requests} requests in {_since(began)}. From here on answers come from this disk.")

    title("3. A day")
    summary = _scored_day(app)
    say(*wording.day(summary))

    title("4. Later, a score comes in and a workout is logged")
    seen = feed.events(app.cache, since=first["started_at"])["resume_cursor"]
    account.edit("recoveries", held["cycle_id"], score_state="SCORED", score=held["score"])
    account.add_workout(times.plus(summary["sleep"]["end"], hours=10), sport="cycling")
    second = run.sync(app.mirror)
    events = feed.events(app.cache, since=seen)
    say("The next sync finds both; the feed tells what changed, and nothing else:")
    say(*wording.changed(events)[:-3])

    title("5. Export")
    place = set_up.folder / "sleeps.csv"
    exported = export(app.cache, "sleeps", "csv", str(place), home=set_up.settings.home)
    say(*wording.exported(exported), "It begins:")
    with place.open(encoding="utf-8", newline="") as file:
        say(*(f"  {cut(file.readline().rstrip(), 76)}" for _ in range(_HEAD)))

    title("6. WHOOP's own data export, and the journal")
    mailed = set_up.mailed()
    taken = import_export(app.cache, str(mailed))
    say(f"`whoop-mcp import {mailed.name}` needs no login at all.", "")
    say(*journal_words.imported(taken))
    kept = journal.log(app.cache, [_COFFEE], today=summary["date"])
    say("", '`whoop-mcp log "late coffee"` keeps an entry of your own:')
    say(*(f"  {line}" for line in journal_words.logged(kept, remove=False)))

    title("7. What it adds up to")
    computed = answer.insights(app.cache)
    for sentence in computed["summary"][:_SENTENCES]:
        say(*(f"  {line}" for line in wrapped(sentence, WIDTH - 2)))
    say("", "What the journal tells of the mornings after:")
    say(*journal_words.behaviours(computed["behaviours"], most=_DIFFERENCES))
    place = surroundings.temporary_folder("whoop-mcp-report-") / "whoop.html"
    written = document.create(app.cache, str(place), home=set_up.settings.home)

    title("8. Where things are")
    home = set_up.settings.home
    say(f"All of this was in {set_up.folder}, which is now removed.")
    say("Yours will be in ~/.whoop-mcp-server, or in WHOOP_HOME: whoop.db is the cache,")
    say("tokens.json the login (encrypted), logs what happened.")

    title("9. Your turn")
    say("`whoop-mcp login` logs you in. To try a client on a made-up account first,")
    say("run `whoop-mcp install --demo --write`, or put `demo --serve` behind")
    say("`whoop_mcp` by hand. Entries for clients, without any secret:", "")
    registration = entries.nearest(Start(starts.command()))
    say(*entries.lines(registration))

    title("To look at: the dashboard of these made-up days")
    say(written["path"])
    return {
        "status": "success",
        "home": str(home),
        "sync": first,
        "summary": summary,
        "second_sync": second,
        "events": events["events"],
        "export": exported,
        "import": taken,
        "insights": computed,
        "report": written,
        "registration": [entry._asdict() for entry in registration],
        "removed": str(set_up.folder),
    }


def _scored_day(app: App) -> dict[str, Any]:
    """Find the summary of the newest day of which everything is scored. NotFound."""
    today = times.now()
    for back in range(14):
        summary = days.summary(app.mirror, times.plus(today, days=-back)[:10])
        if set(summary["score_states"].values()) == {"SCORED"}:
            return summary
    raise NotFound("The made-up athlete has no scored day.", hint="Please report this.")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
