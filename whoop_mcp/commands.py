"""What each command does, between checked arguments and the outcome that is shown."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import digest, logs, tables, times
from .console import FAILED, MISUSED, Console
from .errors import InternalError, ValidationError, WhoopError

log = logging.getLogger(__name__)

# What a command needs is imported in it: `completion` should not wait for `requests`.


def run(given: Namespace) -> int:
    """Do what was asked and show what came of it; answers the exit code."""
    console = Console(as_json=getattr(given, "json", False))
    try:
        return _ACTS[given.command](given, console)
    except WhoopError as problem:
        return console.fail(problem)
    except BrokenPipeError:
        raise
    except Exception:
        log.exception("The command crashed.")
        return console.fail(InternalError())
    finally:
        logs.close()


def _open() -> Any:
    """The App of the real environment, its log in the file alone."""
    from .app import App
    from .settings import Settings

    settings = Settings.read()
    logs.set_up(settings, console=False)
    return App(settings)


def _checked(tool: str, **given: object) -> dict[str, Any]:
    """Arguments as a tool of the same purpose would take them. ValidationError."""
    from .arguments import read
    from .tools import BY_NAME

    return read(BY_NAME[tool].parameters, given)


def _place(typed: str) -> str:
    """A path as the shell means it: what is not absolute begins where the person stands."""
    return typed if not typed or typed.startswith("~") else str(Path.cwd() / typed)


# ── login ──


def _login(given: Namespace, console: Console) -> int:
    from . import oauth, registration
    from .settings import Settings

    app = _open()
    try:
        login = oauth.login(
            app.settings,
            no_browser=given.no_browser,
            pkce=not given.no_pkce,
            out=sys.stderr if console.as_json else sys.stdout,
            after=lambda login, out: None,
        )
    except oauth.NoApp as problem:
        console.fail(problem)
        return MISUSED
    console.answer(login.status(), [])
    if login.user_id is not None and app.settings.db_path.exists():
        try:
            app.cache.check_owner(login.user_id)
        except WhoopError as problem:
            # The login stands all the same: it is the cache that somebody else's records are in.
            console.say("", *tables.wrapped(f"{problem.message} {problem.hint or ''}"))
            return 0
    if console.agrees("\nFetch the last 90 days now?", default=True):
        console.say(*digest.synced(_synced(app, console, {})))
    else:
        console.say("", "`whoop-mcp sync` fetches your data.")
    moved = app.settings.home != Settings.read({}).home
    environ = {"WHOOP_HOME": str(app.settings.home)} if moved else {}
    entries = registration.entries(environ=environ)
    console.say("", "To use it in a client:", "", *registration.lines(entries))
    return 0


def _logout(given: Namespace, console: Console) -> int:
    found = _open().login.logout(local=given.local)
    said = "There was no login." if not found else "Logged out: the login is gone from here."
    if found and not given.local:
        said = "Logged out: WHOOP has ended the login, and it is gone from here."
    console.answer({"status": "success", "found": found}, [said])
    return 0


def _status(given: Namespace, console: Console) -> int:
    from . import status

    app = _open()
    report = status.look(app)
    lines = status.lines(report)
    if given.bundle is not None:
        place = status.bundle(report, app.settings, _place(given.bundle))
        report = {**report, "bundle": str(place)}
        lines += ["", f"Written, redacted: {place}", "Look through it before you send it."]
    console.answer(report, lines)
    return FAILED if report["status"] == "unhealthy" else 0


# ── the cache ──


def _sync(given: Namespace, console: Console) -> int:
    wanted = _checked("sync_whoop", full=given.full, since=given.since, resources=given.resources)
    report = _synced(_open(), console, wanted)
    console.answer(report, digest.synced(report))
    return 0 if report["status"] == "success" else FAILED


def _synced(app: Any, console: Console, wanted: dict[str, Any]) -> dict[str, Any]:
    """Sync; a full one again and again, as long as that gets on by an hour of history."""
    from .sync import sync

    with console.call() as call:
        report = sync(app.mirror, **wanted, call=call)
        while wanted.get("full") and "remaining" in report:
            further = sync(app.mirror, **wanted, call=call)
            got_on = _remaining(report) - _remaining(further) >= 3600
            report = _together(report, further)
            if not got_on:
                break
    return report


def _remaining(report: dict[str, Any]) -> float:
    return sum(
        times.seconds(gap["start"], gap["end"])
        for gaps in report.get("remaining", {}).values()
        for gap in gaps
    )


def _together(report: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """Two reports as one: the later one's words, both their counts."""
    for name, one in further["resources"].items():
        before = report["resources"][name]
        one.update({key: n + before[key] for key, n in one.items() if isinstance(n, int)})
    return {**further, "started_at": report["started_at"]}


def _events(given: Namespace, console: Console) -> int:
    from . import feed

    wanted = _checked(
        "get_whoop_events",
        since=given.since,
        until=given.until,
        resources=given.resources,
        limit=given.limit,
    )
    answer = feed.events(_open().cache, **wanted)
    console.answer(answer, digest.changed(answer))
    return 0


def _export(given: Namespace, console: Console) -> int:
    from .export import export

    wanted = _checked(
        "export_whoop",
        kind=given.kind,
        format=given.format,
        path=_place(given.out),
        start=given.start,
        end=given.end,
        overwrite=given.overwrite,
    )
    app = _open()
    by_year = given.partition_by_year
    answer = export(app.cache, **wanted, home=app.settings.home, partition_by_year=by_year)
    console.answer(answer, digest.exported(answer))
    return 0


def _purge(given: Namespace, console: Console) -> int:
    from . import purge, spans
    from .arguments import check
    from .kinds import TIME

    if (given.before is None) is not given.all:
        raise ValidationError(
            "Either --before or --all is needed, not both.",
            hint="For example: whoop-mcp purge --before 2025-01-01",
        )
    bound = None if given.all else check("before", TIME, given.before)
    if bound is not None and spans.Span(bound, bound).window().start > times.now():
        raise ValidationError("`before` is in the future.", hint="To remove everything: --all")
    what = "Everything in the cache" if bound is None else f"What was over by {bound}"
    if not given.yes and not console.asks:
        raise ValidationError(
            f"{what} would be removed for good, and nobody can be asked here.",
            hint="Add --yes to have it done.",
        )
    if not given.yes and not console.agrees(f"{what} will be removed for good?", default=False):
        console.say("Nothing was removed.")
        return FAILED
    cache = _open().cache
    if bound is None:
        purge.everything(cache)
        console.answer({"status": "success", "before": None}, ["The cache is empty."])
        return 0
    purged = purge.before(cache, bound)
    said = f"{purged:,} records removed. Nothing from before {bound} is fetched again."
    console.answer({"status": "success", "before": bound, "purged": purged}, [said])
    return 0


# ── without a login ──


def _demo(given: Namespace, console: Console) -> int:
    from . import demo

    if given.serve:
        demo.serve()
    demo.show(console)
    return 0


def _completion(given: Namespace, console: Console) -> int:
    from . import shell_completion

    console.say(shell_completion.script(given.shell).rstrip())
    return 0


_ACTS: dict[str, Callable[[Namespace, Console], int]] = {
    "login": _login,
    "logout": _logout,
    "status": _status,
    "sync": _sync,
    "events": _events,
    "export": _export,
    "purge": _purge,
    "demo": _demo,
    "completion": _completion,
}
