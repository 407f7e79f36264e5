"""Run the commands that act on the data and on the login; each answers its exit code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from .. import surroundings
from ..counts import counted
from ..errors import ValidationError, WhoopError
from . import entries, insight_words, journal_words, starts, wording
from .console import FAILED, MISUSED, Console, wrapped
from .starts import Start

if TYPE_CHECKING:
    from ..app import App
    from ..server.arguments import Arguments
    from ..server.replies import Answer

# What only one command needs is imported in its function: help comes by here, too.

# ── the cache ──


def sync_cache(given: Namespace, console: Console) -> int:
    """Bring the cache up to date."""
    wanted = checked("sync_whoop", full=given.full, since=given.since, resources=given.resources)
    report = wanted.told(run_sync(open_app(), console, wanted))
    console.answer(report, [*wording.became(wanted.said), *wording.synced(report)])
    return 0 if report["status"] == "success" else FAILED


def run_sync(app: App, console: Console, wanted: Arguments) -> Answer:
    """Sync; a full one again and again, as long as that gets on by an hour of history."""
    from ..sync.run import sync

    with console.call() as call:
        report = sync(app.mirror, **wanted, call=call)
        while wanted.get("full") and "remaining" in report:
            further = sync(app.mirror, **wanted, call=call)
            got_on = _remaining(report) - _remaining(further) >= 3600
            report = _joined(report, further)
            if not got_on:
                break
    return report


def _remaining(report: Answer) -> float:
    from .. import times

    return sum(
        times.seconds(gap["start"], gap["end"])
        for gaps in report.get("remaining", {}).values()
        for gap in gaps
    )


def _joined(report: Answer, further: Answer) -> Answer:
    """Join two reports: the later one's words, both their counts."""
    for name, one in further["resources"].items():
        before = report["resources"][name]
        one.update({key: n + before[key] for key, n in one.items() if isinstance(n, int)})
    return {**further, "started_at": report["started_at"]}


def list_events(given: Namespace, console: Console) -> int:
    """List what changed."""
    from ..reads import events as feed

    wanted = checked(
        "get_whoop_events",
        since=given.since,
        until=given.until,
        resources=given.resources,
        limit=given.limit,
    )
    answer = wanted.told(feed.events(open_app().cache, **wanted))
    lines = wording.changed(answer, only=wanted["resources"])
    console.answer(answer, [*wording.became(wanted.said), *lines])
    return 0


def write_export(given: Namespace, console: Console) -> int:
    """Write files."""
    from ..reads import journal
    from ..reads.exports import export

    wanted = checked(
        "export_whoop",
        kind=given.kind,
        format=given.format,
        path=absolute(given.out),
        start=given.start,
        end=given.end,
        overwrite=given.overwrite,
    )
    app = open_app()
    by_year = given.partition_by_year
    if wanted["kind"] == "journal":
        journal.settle(app.cache, app.settings.journal_day)
    answer = export(
        app.cache,
        **wanted,
        home=app.settings.home,
        partition_by_year=by_year,
        notes=given.notes,
    )
    answer = wanted.told(answer)
    console.answer(answer, [*wording.became(wanted.said), *wording.exported(answer)])
    return 0


def run_query(given: Namespace, console: Console) -> int:
    """Answer one SELECT over the cache's views."""
    from ..reads import journal, sql

    wanted = checked("query_whoop", sql=given.sql, max_rows=given.max_rows)
    app = open_app()
    if "journal" in wanted["sql"].lower():
        journal.settle(app.cache, app.settings.journal_day)
    answer = sql.run(app.cache, **wanted)
    console.answer(answer, wording.queried(answer))
    return 0


def show_insights(given: Namespace, console: Console) -> int:
    """Compute the statistics of a period."""
    from ..insights import answer as statistics
    from ..reads import journal

    wanted = checked(
        "get_whoop_insights", days=given.days, end=given.end, free_days=given.free_days
    )
    app = open_app()
    journal.settle(app.cache, app.settings.journal_day)
    answer = wanted.told(statistics.insights(app.cache, **wanted))
    after = journal_words.behaviours(answer["behaviours"])
    console.answer(answer, [*insight_words.statistics(answer), "", *after])
    return 0


def compare_periods(given: Namespace, console: Console) -> int:
    """Compare two periods."""
    from ..insights import periods
    from ..server.arguments import check
    from ..server.kinds import STRETCH

    a, b = (check(name, STRETCH, typed, today) for name, typed in (("A", given.a), ("B", given.b)))
    spans = {"a_start": a.start, "a_end": a.end, "b_start": b.start, "b_end": b.end}
    wanted = checked("compare_whoop_periods", **spans, metrics=given.metrics)
    answer = periods.compare(open_app().cache, **wanted)
    console.answer(answer, insight_words.compared(answer))
    return 0


_STAYS = "Your own journal entries and experiments stay: `--journal` removes them, too."


def purge_cache(given: Namespace, console: Console) -> int:
    """Remove records for good, once that was agreed to."""
    from .. import times
    from ..cache import purge
    from ..server.arguments import check
    from ..server.kinds import TIME

    if (given.before is None) is not given.all:
        raise ValidationError(
            "Either --before or --all is needed, not both.",
            hint="For example: whoop-mcp purge --before 2025-01-01",
        )
    bound = None if given.all else check("before", TIME, given.before, today)
    cache = open_app().cache
    if bound is not None and times.Span(bound, bound).window().start > cache.clock():
        raise ValidationError("`before` is in the future.", hint="To remove everything: --all")
    whole = "Everything in the cache" if given.journal else "All that is from WHOOP"
    what = whole if bound is None else f"What was over by {bound}"
    if not given.yes and not console.asks:
        raise ValidationError(
            f"{what} would be removed for good, and nobody can be asked here.",
            hint="Add --yes to have it done.",
        )
    if not given.yes and not given.journal:
        console.say(*wrapped(_STAYS), "")
    asked = f"Remove {what[:1].lower()}{what[1:]} for good?"
    if not given.yes and not console.agrees(asked, default=False):
        console.say("Nothing was removed.")
        return FAILED
    if bound is None:
        left = purge.everything(cache, journal=given.journal)
        said = ["Everything is removed: the cache is empty."]
        if left:
            said = ["All that was from WHOOP is removed.", *wrapped(_STAYS)]
        console.answer({"status": "success", "before": None}, said)
        return 0
    purged = purge.before(cache, bound, journal=given.journal)
    gone = f"{counted(purged, 'record')} removed. Nothing from before {bound} is fetched again."
    console.answer({"status": "success", "before": bound, "purged": purged}, [gone])
    return 0


# ── the login ──


def log_in(given: Namespace, console: Console) -> int:
    """Log in, fetch what there is, and show what clients are told."""
    from ..login import flow, page

    app = open_app()
    out = sys.stderr if console.as_json else sys.stdout
    pkce = not given.no_pkce
    try:
        if given.page:
            opener = None if given.no_browser else flow.show
            login = page.login_by_page(app.settings, pkce=pkce, open_browser=opener, out=out)
        else:
            login = flow.login(app.settings, no_browser=given.no_browser, pkce=pkce, out=out)
    except flow.NoApp as problem:
        console.fail(problem)
        return MISUSED
    console.answer(login.status(), [])
    # Where the cache may not be looked at, the next command says what is wrong.
    has_cache = surroundings.path_test(app.settings.db_path.exists, denied=False)
    if login.user_id is not None and has_cache:
        try:
            app.cache.check_owner(login.user_id)
        except WhoopError as problem:
            # The login stands all the same: it is the cache that somebody else's records are in.
            console.say("", *wrapped(f"{problem.message} {problem.hint or ''}"))
            return 0
    if console.agrees("\nFetch the last 90 days now?", default=True):
        console.say(*wording.synced(run_sync(app, console, checked("sync_whoop"))))
    else:
        console.say("", "`whoop-mcp sync` fetches your data.")
    spelled = entries.nearest(Start(starts.command(), starts.carried(os.environ)))
    console.say("", "To use it in a client:", "", *entries.lines(spelled))
    console.say(
        "", "`whoop-mcp install --write` puts that where the clients on this computer look."
    )
    return 0


def log_out(given: Namespace, console: Console) -> int:
    """End the login."""
    found = open_app().login.logout(local=given.local)
    said = "You were not logged in." if not found else "Logged out: the login is gone from here."
    if found and not given.local:
        said = "Logged out: WHOOP has ended the login, and it is gone from here."
    console.answer({"status": "success", "found": found}, [said])
    return 0


def show_status(given: Namespace, console: Console) -> int:
    """Say how login, network and cache stand."""
    from . import status

    app = open_app()
    report = status.report_on(app)
    lines = status.lines(report)
    if given.bundle is not None:
        place = status.bundle(report, app.settings, absolute(given.bundle))
        report = {**report, "bundle": str(place)}
        lines += ["", f"Written, redacted: {place}", "Look through it before you send it."]
    console.answer(report, lines)
    return FAILED if report["status"] == "unhealthy" else 0


# ── the demo ──


def show_demo(given: Namespace, console: Console) -> int:
    """Show the whole way on a made-up account, or serve it."""
    from . import demo

    if given.serve:
        demo.serve()
    demo.show(console)
    return 0


# ── what a command needs before it can act ──


def open_app() -> App:
    """Open the App of the real environment, its log in the file alone."""
    from .. import logs
    from ..app import App
    from ..settings import Settings

    settings = Settings.read()
    settings.require_home()
    logs.set_up(settings, console=False)
    return App(settings)


def checked(tool: str, **given: object) -> Arguments:
    """Check arguments as the tool of the same purpose does. ValidationError."""
    from ..server.arguments import read
    from ..server.tools import BY_NAME

    return read(BY_NAME[tool].parameters, given, today)


def today() -> str:
    """Find today's date where the newest record was made, for what is said in words."""
    from ..server.today import wearers_today

    return wearers_today(open_app())


def absolute(typed: str) -> str:
    """Read a path as the shell means it: from where the person stands, if it is not absolute."""
    return typed if not typed or typed.startswith("~") else str(surroundings.here() / typed)
