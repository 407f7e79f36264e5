"""Report how everything stands and what helps where something is wrong, also as a bug report."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from .. import __version__, network, surroundings
from ..app import App
from ..cache import archived, coverage
from ..counts import counted
from ..destination import file_at
from ..draft import draft
from ..errors import FileExists, WhoopError
from ..login.attempt import SCOPES, missing_scopes
from ..redaction import address, redact, without_homes
from ..server import health
from ..settings import Settings
from ..times import EVER, Window
from ..whoop import tls
from ..whoop.resources import COLLECTIONS
from .console import pairs, table
from .wording import minute, size

_LOG_LINES = 200

Report = dict[str, Any]
"""How everything stands, or a part of it, as it leaves in JSON."""


def report_on(app: App) -> Report:
    """Report `{"status", "login", "network", "cache", "checks", "findings", "places", "versions",
    "timestamp"}`.

    WHOOP is asked once, where there is a login. Each finding is `{"level": fail / warn, "what"}`
    with its remedy in the words. Never raises a WhoopError.
    """
    checked = health.check(app)
    login = app.login.status()
    login["missing_scopes"] = missing_scopes(login["scopes"] or SCOPES)
    login["lock_holder"] = app.login.lock_holder()
    settings = app.settings
    report = {
        "status": checked["status"],
        "login": login,
        "network": _network(app),
        "cache": _cache(app),
        "checks": checked["checks"],
        "places": {
            "home": str(settings.home),
            "log": None if settings.log_file is None else str(settings.log_file),
        },
        "versions": {
            "whoop-mcp": __version__,
            "python": platform.python_version(),
            "interpreter": sys.executable,
            "system": platform.platform(),
        },
        "timestamp": checked["timestamp"],
    }
    return {**report, "findings": _findings(report)}


def bundle(report: Report, settings: Settings, path: str) -> Path:
    """Write a report and the log's last lines, redacted, to a new `.json` file; answer its path."""
    content = {**report, "log": _log_tail(settings)}
    text = json.dumps(_redacted(content, _homes()), indent=2, ensure_ascii=False)
    try:
        place = file_at(path, ".json", home=settings.home)
        with draft(place, overwrite=False) as file:
            # Half a character, as a path may hold, is then escaped as JSON does it.
            file.write(text.encode("utf-8", "backslashreplace"))
    except FileExists as taken:  # there is no option to overwrite it
        raise FileExists(taken.message, hint="Choose another path.") from None
    return place


def lines(report: Report) -> list[str]:
    """Set a report as lines to read."""
    login, network, cache = report["login"], report["network"], report["cache"]
    scopes = "unknown" if login["scopes"] is None else " ".join(login["scopes"])
    holder = login["lock_holder"]
    skew = network["clock_skew_seconds"]
    rows = [
        ("Login", login["status"]),
        ("Expires", login["expires_at"] or "–"),
        ("Scopes", scopes),
        ("Login lock", "free" if holder is None else f"held by process {holder or 'unknown'}"),
        ("WHOOP", f"{network['server']}: {report['checks']['api_reachable']['detail']}"),
        ("Clock", "not compared" if skew is None else f"{abs(skew):.0f} s off WHOOP's"),
        ("Proxy", network["proxy"] or "none"),
        ("Certificates", network["certificates"]),
        ("Cache", f"{cache['path']}, {size(cache['bytes'])}"),
        ("Export", _export(cache["export"]) if cache["readable"] else "not known"),
        ("Log", report["places"]["log"] or "no file"),
        ("Versions", f"whoop-mcp {__version__}, Python {report['versions']['python']}"),
        ("Interpreter", report["versions"]["interpreter"]),
    ]
    shown = [f"whoop-mcp is {report['status']}.", "", *pairs(rows)]
    if cache["resources"]:
        known = [
            [
                name,
                f"{one['records']:,}",
                *(minute(one[key] or "–") for key in ("newest", "from", "as_of")),
                str(one["gaps"]),
            ]
            for name, one in cache["resources"].items()
        ]
        head = ["times: UTC", "records", "newest", "known from", "confirmed", "gaps"]
        shown += ["", *table(head, known, right=(1, 5))]
    for finding in report["findings"]:
        shown += ["", *pairs([(finding["level"], finding["what"])])]
    return shown


def _export(export: Report | None) -> str:
    if export is None:
        return "none imported"
    records = sum(export["records"].values())
    come = counted(records, "record comes", "records come")
    return f"WHOOP's own of {export['as_of'][:10]}: {come} from it alone"


def _network(app: App) -> Report:
    settings = app.settings
    trusted = "those that come with requests" if tls.system_context() is None else "the system's"
    skew = app.transport.clock_skew
    return {
        "server": settings.base_url,
        "proxy": _shown(settings.proxy) if network.is_proxied(settings) else None,
        "certificates": settings.ca_bundle or trusted,
        "clock_skew_seconds": None if skew is None else round(skew, 1),
    }


def _shown(proxy: str | None) -> str:
    known = address(proxy or "")
    return known.shown if known else "set, but not to a proxy's address"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # not there, or not to be seen; the checks say which


def _cache(app: App) -> Report:
    path = app.settings.db_path
    parts = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    found: Report = {}
    export: Report | None = None
    readable = False
    try:
        with app.cache.database.reading() as connection:
            for resource in COLLECTIONS:
                records, newest = connection.execute(
                    "SELECT count(*), max(start) FROM records "
                    "WHERE resource = ? AND raw IS NOT NULL",
                    (resource.name,),
                ).fetchone()
                known = coverage.stretches(connection, resource, Window(*EVER))
                breaks = sum(one.window.end < other.window.start for one, other in pairwise(known))
                found[resource.name] = {
                    "records": records,
                    "newest": newest,
                    "from": known[0].window.start if known else None,
                    "until": known[-1].window.end if known else None,
                    "as_of": known[-1].confirmed_at if known else None,
                    "gaps": breaks,
                }
            if as_of := coverage.archived_as_of(connection):
                export = {"as_of": as_of, "records": archived.shown(connection)}
        readable = True
    except WhoopError:
        pass  # the checks say what is wrong with it
    return {
        "path": str(path),
        "bytes": sum(map(_size, parts)),
        "readable": readable,
        "resources": found,
        "export": export,
    }


def _findings(report: Report) -> list[dict[str, str]]:
    said: dict[str, str] = {}  # one fault may fail several checks
    for one in report["checks"].values():
        if one["status"] == "fail" or (one["status"] == "warn" and one["detail"] not in said):
            said[one["detail"]] = one["status"]
    found = [{"level": level, "what": what} for what, level in said.items()]
    missing = report["login"]["missing_scopes"]
    if not report["login"]["has_refresh_token"]:
        missing = [one for one in missing if one != "offline"]  # which the check has said
    if missing:
        found.append(
            {
                "level": "warn",
                "what": f"The login lacks {', '.join(missing)}: tick them in your WHOOP app, "
                "then run `whoop-mcp login`.",
            }
        )
    return found


def _log_tail(settings: Settings) -> list[str]:
    try:
        if settings.log_file is None or not settings.log_file.is_file():
            return []
        text = settings.log_file.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        return [f"The log cannot be read ({problem.strerror})."]
    return text.splitlines()[-_LOG_LINES:]


def _redacted(value: Any, homes: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {name: _redacted(one, homes) for name, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one, homes) for one in value]
    if isinstance(value, str):
        return redact(without_homes(value, homes))
    return value


def _homes() -> list[str]:
    """Spell the home out, and where it really is; the longer first, as it may hold the other."""
    home = surroundings.home_if_any()
    if home is None:
        return []
    found = {str(home)}
    with suppress(OSError, RuntimeError):  # RuntimeError: a loop of links, below Python 3.13
        found.add(str(home.resolve()))
    return sorted(found, key=len, reverse=True)
