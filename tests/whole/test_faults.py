"""The fault matrix: whatever WHOOP, the network or the disk does, each read has its right code."""

from __future__ import annotations

import socket
import sqlite3
import sys
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import access, database, schema
from whoop_mcp.call import Call
from whoop_mcp.errors import WhoopError
from whoop_mcp.reads import days, records, single
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.whoop.api import Api
from whoop_mcp.whoop.resources import CYCLES, WORKOUTS
from whoop_mcp.whoop.transport import Transport

from ..support.families import pairs
from ..support.leaping import leaping_clock
from ..support.mirrored_accounts import MirroredAccount, mirrored_account

PATIENCE = 60.0  # seconds, of which only waits for WHOOP use up any
WINDOW = {"start": "2026-05-05T00:00:00Z", "end": "2026-05-10T00:00:00Z"}
NEVER = "answered"

READS: dict[str, Callable[[Mirror, int], Any]] = {
    "list": lambda mirror, key: records.page(mirror, WORKOUTS, **WINDOW, call=Call(PATIENCE)),
    "get": lambda mirror, key: single.one(mirror, CYCLES, key, call=Call(PATIENCE)),
    "sync": lambda mirror, key: _synced(mirror),
    "summary": lambda mirror, key: days.summary(mirror, "2026-05-07", call=Call(PATIENCE)),
}


def _synced(mirror: Mirror) -> dict[str, Any]:
    """A sync's report; where resources failed, the first failure is raised as a read's would be."""
    from whoop_mcp.sync.run import sync

    report = sync(mirror, call=Call(PATIENCE))
    for one in report["resources"].values():
        if "error" in one:
            error = WhoopError(one["error"]["message"], hint=one["error"].get("hint"))
            error.code = one["error"]["code"]
            raise error
    return report


def outcome(act: Callable[[], Any]) -> str:
    """The code of what is raised, which has a hint; or that there was an answer."""
    try:
        act()
    except WhoopError as problem:
        assert problem.hint, problem.message
        return problem.code
    return NEVER


# fault: (kind, options, code of list, get, sync, summary); a passing fault happens twice only
MATRIX: dict[str, tuple[Any, dict[str, Any], str, str, str, str]] = {
    "429 for a second": (429, {"retry_after": 1, "times": 2}, *[NEVER] * 4),
    "429 until a date": (429, {"retry_after": "date", "times": 2}, *[NEVER] * 4),
    "429 with a reset header": (429, {"reset": 1, "times": 2}, *[NEVER] * 4),
    "429 without a word": (429, {"times": 1}, *[NEVER] * 4),
    "429 for ten minutes": (429, {"retry_after": 600}, *["RATE_LIMITED"] * 4),
    "500 twice": (500, {"times": 2}, *[NEVER] * 4),
    "500": (500, {}, *["UPSTREAM_ERROR"] * 4),
    "502 page": (502, {"body": "html"}, *["UPSTREAM_ERROR"] * 4),
    "dropped": ("drop", {}, *["UPSTREAM_ERROR"] * 4),
    "dropped once": ("drop", {"times": 1}, *[NEVER] * 4),
    "truncated": ("truncate", {}, *["UPSTREAM_ERROR"] * 4),
    "truncated once": ("truncate", {"times": 1}, *[NEVER] * 4),
    # A sync that runs out of time is no error: it says what remains.
    "slow": ("slow", {"seconds": 30}, "UPSTREAM_ERROR", "UPSTREAM_ERROR", NEVER, "UPSTREAM_ERROR"),
    "a list": ("wrong_json", {"payload": []}, *["UPSTREAM_ERROR"] * 4),
    "a page without records": ("wrong_json", {"payload": {"a": 1}}, *["UPSTREAM_ERROR"] * 4),
    "not JSON": ("not_json", {}, *["UPSTREAM_ERROR"] * 4),
    "401": (401, {}, *["AUTH_FAILED"] * 4),
    "403": (403, {}, *["AUTH_FAILED"] * 4),
    "403 empty": (403, {"body": "empty"}, *["AUTH_FAILED"] * 4),
    "403 page": (403, {"body": "html"}, *["UPSTREAM_ERROR"] * 4),
    "404": (404, {}, "UPSTREAM_ERROR", "NOT_FOUND", "UPSTREAM_ERROR", "UPSTREAM_ERROR"),
    "redirect": ("redirect", {}, *["UPSTREAM_ERROR"] * 4),
}


QUICK = {"500 twice", "502 page", "dropped", "truncated", "a list", "401", "403", "403 page", "404"}
CELLS = [
    pytest.param(row, column, marks=[] if column == "list" and row in QUICK else pytest.mark.slow)
    for row in MATRIX
    for column in READS
]
"""Most cells have something to wait for: the quickest of one column always run."""


@pytest.mark.parametrize(("row", "column"), CELLS)
def test_each_fault_has_its_code(
    tmp_path: Path, row: str, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right code with a hint, nothing half-true in the cache, and the next read is right
    again."""
    kind, options, *codes = MATRIX[row]
    leaping_clock(monkeypatch)
    if row == "slow":  # what drips takes its time
        monkeypatch.setattr(sys.modules[__name__], "PATIENCE", 3.0)
    options = {"times": None, **options}
    with mirrored_account(tmp_path, days=20) as one:
        if options.get("retry_after") == "date":
            present = times.moment(one.account.now()).timestamp()
            options["retry_after"] = formatdate(present + 1, usegmt=True)
        key = one.account.all("cycles")[8]["id"]
        one.simulator.fault(kind, **options)
        code = outcome(lambda: READS[column](one.mirror, key))
        assert code == codes[list(READS).index(column)]
        one.simulator.clear_faults()
        MirroredAccount(one.account, one.simulator, tmp_path).sync()  # as by a process started anew
        one.assert_exact()


@pytest.mark.parametrize("column", READS)
def test_a_name_that_cannot_be_looked_up(
    tmp_path: Path, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No DNS is an outage: UPSTREAM_ERROR, not a lost login."""

    def fail(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with mirrored_account(tmp_path, days=5) as one:
        monkeypatch.setattr(socket, "getaddrinfo", fail)
        transport = Transport("https://api.prod.whoop.com", lambda refused: "t", backoff=0.01)
        mirror = Mirror(one.cache, Api(transport))
        assert outcome(lambda: READS[column](mirror, 5)) == "UPSTREAM_ERROR"
        transport.close()


@pytest.mark.parametrize(
    "column",
    ["list", "sync", *(pytest.param(one, marks=pytest.mark.slow) for one in ("get", "summary"))],
)
def test_a_connection_that_is_no_tls(tmp_path: Path, column: str) -> None:
    """A server that cannot be trusted is UPSTREAM_ERROR with the setting that may help."""
    with mirrored_account(tmp_path, days=5) as one:
        url = one.simulator.url.replace("http:", "https:")
        transport = Transport(url, lambda refused: "t", backoff=0.01)
        mirror = Mirror(one.cache, Api(transport))
        assert outcome(lambda: READS[column](mirror, 5)) == "UPSTREAM_ERROR"
        transport.close()


# ── the disk ──


def fill_the_disk(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def full(*given: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*given, **options)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(database.sqlite3, "connect", full)


def make_read_only(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def read_only(*given: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*given, **options)
        connection.execute("PRAGMA query_only = ON")
        return connection

    monkeypatch.setattr(database.sqlite3, "connect", read_only)


def lock(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_WAIT", 0.1)
    holder = sqlite3.connect(one.cache.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(one, "holder", holder, raising=False)


def corrupt(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    one.cache.path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)


def be_foreign(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    one.cache.path.unlink()
    with sqlite3.connect(one.cache.path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def be_newer(one: MirroredAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(one.cache.path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.WITH_EXPORT + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("break_it", "column"), pairs([corrupt, be_foreign, be_newer], list(READS))
)
def test_a_file_that_cannot_be_used_is_left_as_it_is(
    tmp_path: Path, column: str, break_it: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CACHE_ERROR with a hint from every read, and not a byte is changed."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill(resources=["profile"])
        break_it(one, monkeypatch)
        before = one.cache.path.read_bytes()
        assert outcome(lambda: READS[column](one.mirror, 5)) == "CACHE_ERROR"
        assert one.cache.path.read_bytes() == before


@pytest.mark.parametrize(
    ("break_it", "column"),
    pairs([make_read_only, lock, fill_the_disk], ["list", "sync", "summary"]),
)
def test_a_disk_that_cannot_be_written_is_a_cache_error(
    tmp_path: Path, column: str, break_it: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CACHE_ERROR with a hint from what has to write; what was stored is whole, and once the disk
    is well again the mirror is exact."""
    with mirrored_account(tmp_path, days=60) as one:
        one.fill(resources=["profile"])
        with monkeypatch.context() as broken:
            break_it(one, broken)
            assert outcome(lambda: READS[column](one.mirror, 5)) == "CACHE_ERROR"
            if holder := getattr(one, "holder", None):
                holder.close()
        with one.cache.database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        one.sync()
        one.assert_exact()
