"""The commands about the login: to get one, to end it, to see how it stands."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from ..errors import WhoopError
from . import desk, tables, wording
from .cache_commands import synced
from .console import FAILED, MISUSED, Console


def login(given: Namespace, console: Console) -> int:
    """Log in, fetch what there is, and show what clients are told."""
    from ..login import flow
    from . import registration

    app = desk.open_app()
    try:
        login = flow.login(
            app.settings,
            no_browser=given.no_browser,
            pkce=not given.no_pkce,
            out=sys.stderr if console.as_json else sys.stdout,
            after=lambda login, out: None,
        )
    except flow.NoApp as problem:
        console.fail(problem)
        return MISUSED
    console.answer(login.status(), [])
    if login.user_id is not None and _is_there(app.settings.db_path):
        try:
            app.cache.check_owner(login.user_id)
        except WhoopError as problem:
            # The login stands all the same: it is the cache that somebody else's records are in.
            console.say("", *tables.wrapped(f"{problem.message} {problem.hint or ''}"))
            return 0
    if console.agrees("\nFetch the last 90 days now?", default=True):
        console.say(*wording.synced(synced(app, console, {})))
    else:
        console.say("", "`whoop-mcp sync` fetches your data.")
    entries = registration.entries(environ=registration.carried(os.environ))
    console.say("", "To use it in a client:", "", *registration.lines(entries))
    console.say(
        "", "`whoop-mcp install --write` puts that where the clients on this computer look."
    )
    return 0


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # the login stands all the same, and the next command says what is wrong


def logout(given: Namespace, console: Console) -> int:
    """End the login."""
    found = desk.open_app().login.logout(local=given.local)
    said = "There was no login." if not found else "Logged out: the login is gone from here."
    if found and not given.local:
        said = "Logged out: WHOOP has ended the login, and it is gone from here."
    console.answer({"status": "success", "found": found}, [said])
    return 0


def status(given: Namespace, console: Console) -> int:
    """Say how things stand."""
    from . import status

    app = desk.open_app()
    report = status.look(app)
    lines = status.lines(report)
    if given.bundle is not None:
        place = status.bundle(report, app.settings, desk.place(given.bundle))
        report = {**report, "bundle": str(place)}
        lines += ["", f"Written, redacted: {place}", "Look through it before you send it."]
    console.answer(report, lines)
    return FAILED if report["status"] == "unhealthy" else 0
