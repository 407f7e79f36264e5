"""Check in five steps whether login, WHOOP and cache work, and say what helps if not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import __version__, surroundings
from ..app import App
from ..cache import schema
from ..call import Call
from ..errors import WhoopError
from ..whoop.resources import CURRENT, PROFILE
from .replies import Answer

_VERDICTS = {"fail": "unhealthy", "warn": "degraded", "ok": "healthy"}  # the worst first
_LIVE = 20.0  # seconds that asking WHOOP may take

Found = tuple[str, str]
"""A check's status and its detail."""


def check(app: App, *, live: bool = True) -> Answer:
    """Answer `{"status": healthy / degraded / unhealthy, "checks", "server_version", "timestamp"}`.

    `live` also asks WHOOP. Never raises a WhoopError: what fails is what it reports.
    """
    checks = {
        "auth": _timed(lambda: _auth(app)),
        "api_reachable": _timed(lambda: _reach(app)) if live else _skipped("Not asked for."),
        "cache_readable": _timed(lambda: _readable(app)),
        "cache_writable": _timed(lambda: _writable(app)),
        "schema_version": _timed(lambda: _version(app)),
    }
    worst = next(
        (level for level in _VERDICTS if level in {one["status"] for one in checks.values()}), "ok"
    )
    return {
        "status": _VERDICTS[worst],
        "checks": checks,
        "server_version": __version__,
        "timestamp": app.clock(),
    }


def _auth(app: App) -> Found:
    login = app.login.status()
    if login["status"] in ("valid", "expired"):
        level = "ok" if login["has_refresh_token"] else "warn"
        hint = surroundings.runnable(login.get("hint", ""))
        return level, f"The login is {login['status']}. {hint}".strip()
    hint = surroundings.runnable(login["hint"])
    if as_of := _archived(app):
        return "warn", (
            f"{login['status']}: the cache lives from WHOOP's data export of {as_of[:10]}. "
            f"For all that came later: {hint}"
        )
    return "fail", f"{login['status']}: {hint}"


def _archived(app: App) -> str | None:
    """Tell the date of the export that the cache lives from, where it does."""
    try:
        with app.cache.reading() as seen:
            return seen.archived_as_of()
    except WhoopError:
        return None  # the next checks say why


def _reach(app: App) -> Found:
    if app.login.status()["status"] in ("no_tokens", "reauth_required"):
        return "skipped", "Without a login WHOOP is not asked."
    app.mirror.api.one(PROFILE, CURRENT, Call(_LIVE))
    if words := app.transport.present.wrong():
        return "warn", f"WHOOP answers, but {words}"
    return "ok", "WHOOP answers."


def _readable(app: App) -> Found:
    with app.cache.database.reading() as connection:
        held = connection.execute("SELECT 1 FROM records WHERE raw IS NOT NULL LIMIT 1").fetchone()
    if not held:
        return "warn", (
            "The cache is empty: call sync_whoop or run `whoop-mcp sync`; without an app "
            "`whoop-mcp import` takes WHOOP's data export."
        )
    if as_of := _archived(app):
        return "ok", f"The cache holds records, also from WHOOP's data export of {as_of[:10]}."
    return "ok", "The cache holds records."


def _writable(app: App) -> Found:
    with app.cache.database.writing() as connection:
        connection.execute("UPDATE meta SET value = value")
    return "ok", f"{app.settings.db_path} can be written."


def _version(app: App) -> Found:
    with app.cache.database.reading() as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    makes = f"{schema.VERSION}, and {schema.WITH_EXPORT} once a data export is imported"
    return "ok", f"Version {version}; this program makes {makes}."


def _timed(act: Callable[[], Found]) -> dict[str, Any]:
    began = time.monotonic()
    try:
        status, detail = act()
    except WhoopError as problem:
        hint = surroundings.runnable(problem.hint or "")
        status, detail = "fail", f"{problem.code}: {problem.message} {hint}".strip()
    latency = round((time.monotonic() - began) * 1000, 1)
    return {"status": status, "detail": detail, "latency_ms": latency}


def _skipped(why: str) -> dict[str, Any]:
    return {"status": "skipped", "detail": why}
