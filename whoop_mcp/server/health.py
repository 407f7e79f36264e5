"""Check in five steps whether login, WHOOP and cache work, and say what helps if not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import __version__, surroundings
from ..app import App
from ..cache import coverage, schema
from ..call import Call
from ..errors import WhoopError
from ..whoop.resources import CURRENT, PROFILE
from .replies import Answer

_VERDICTS = {"fail": "unhealthy", "warn": "degraded", "ok": "healthy"}  # the worst first
_USABLE = ("valid", "expired")
_NOT_USABLE = {
    "no_tokens": "There is no WHOOP login",
    "reauth_required": "The login cannot be used",
}
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
    status, hint = login["status"], surroundings.runnable(login.get("hint", ""))
    if status in _USABLE:
        level = "ok" if login["has_refresh_token"] else "warn"
        if level == "ok" and (why := app.login.kept_from_renewal()):
            level = "fail" if status == "expired" else "warn"
            hint = f"{hint} It cannot be renewed. {why}".strip()
        return level, f"The login is {status}. {hint}".strip()
    # Who lives from an export may want no login; one that is there and broken is meant to work.
    level = "fail"
    detail = f"{_NOT_USABLE[status]} ({status}). {hint}"
    if told := _told_by_export(app):
        level = "warn" if status == "no_tokens" else "fail"
        detail = f"{detail} Without a login the cache lives {told}."
    return level, detail


def _told_by_export(app: App) -> str | None:
    """Say from which export the cache lives; None where WHOOP's API has shown all it holds."""
    try:
        with app.cache.reading() as seen:
            as_of = seen.lives_from_export()
            in_part = bool(coverage.newest(seen.connection, seen.now))
    except WhoopError:
        return None  # the next checks say why
    how = "in part from" if in_part else "from"
    return f"{how} WHOOP's data export of {as_of[:10]}" if as_of else None


def _reach(app: App) -> Found:
    status = app.login.status()["status"]
    if status not in _USABLE:
        return "skipped", "Without a login WHOOP is not asked."
    if status == "expired" and app.login.kept_from_renewal():
        return "skipped", "WHOOP is not asked, as the login cannot be renewed."
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
    if told := _told_by_export(app):
        return "ok", f"The cache holds records, {told}."
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
