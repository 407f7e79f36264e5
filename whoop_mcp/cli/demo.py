"""`whoop-mcp demo`: the whole way, from the consent to the answers, told step by step."""

from __future__ import annotations

import time
from typing import Any, NoReturn

from .. import logs, surroundings, times
from ..app import App
from ..errors import NotFound
from ..insights import answer
from ..reads import days
from ..reads import events as feed
from ..reads.exports import export
from ..report import document
from ..sync import run
from . import registration, wording
from .console import Console
from .stage import DAYS, Stage, stage
from .tables import WIDTH, cut, wrapped

_HEAD = 4  # lines of the CSV that are shown
_SENTENCES = 4  # of the insights


def show(console: Console) -> None:
    """Play the demo and tell of it; for a program one object of all that came out."""
    with stage() as set_up:
        logs.set_up(set_up.settings, console=False)
        told = _play(set_up, console)
    console.answer(told, [])


def serve() -> NoReturn:
    """Serve MCP on standard input and output on such an account, which lives on by the clock."""
    with stage(lives=True) as set_up:
        logs.set_up(set_up.settings)
        app = set_up.login()
        run.sync(app.mirror)
        from ..server import process

        process.serve(lambda: app, at_end=set_up.clear)


def _play(set_up: Stage, console: Console) -> dict[str, Any]:
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

    title("6. What it adds up to")
    computed = answer.insights(app.cache)
    for sentence in computed["summary"][:_SENTENCES]:
        say(*(f"  {line}" for line in wrapped(sentence, WIDTH - 2)))
    place = surroundings.temporary_folder("whoop-mcp-report-") / "whoop.html"
    written = document.create(app.cache, str(place), home=set_up.settings.home)

    title("7. Where things are")
    home = set_up.settings.home
    say(f"All of this was in {set_up.folder}, which is now removed.")
    say("Yours will be in ~/.whoop-mcp-server, or in WHOOP_HOME: whoop.db is the cache,")
    say("tokens.json the login (encrypted), logs what happened.")

    title("8. Your turn")
    say("`whoop-mcp login` logs you in. To try a client on a made-up account first,")
    say("put `demo --serve` behind `whoop_mcp`. Entries for clients, without any secret:", "")
    entries = registration.entries()
    say(*registration.lines(entries))

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
        "insights": computed,
        "report": written,
        "registration": [entry._asdict() for entry in entries],
        "removed": str(set_up.folder),
    }


def _scored_day(app: App) -> dict[str, Any]:
    """The summary of the newest day of which everything is scored."""
    today = times.now()
    for back in range(14):
        summary = days.summary(app.mirror, times.plus(today, days=-back)[:10])
        if set(summary["score_states"].values()) == {"SCORED"}:
            return summary
    raise NotFound("The made-up athlete has no scored day.", hint="Please report this.")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
