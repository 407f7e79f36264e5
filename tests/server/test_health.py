"""The five checks: what each says of login, WHOOP and cache, and how bad that is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import lock
from whoop_mcp.app import App
from whoop_mcp.archive.importing import take_in
from whoop_mcp.server import health
from whoop_mcp.sync.run import sync

from ..support import exports_of_whoop, logins
from ..support.faults import FaultySimulator


@pytest.fixture
def whoop() -> Iterator[FaultySimulator]:
    """A WHOOP server, its account a few days long."""
    with logins.whoop() as simulator:
        yield simulator


@pytest.fixture
def with_export(tmp_path: Path, whoop: FaultySimulator) -> App:
    """An App without a login, whose cache an export of the account was imported into."""
    app = App(logins.settings(tmp_path, whoop.url))
    take_in(app.cache, str(exports_of_whoop.save(whoop.account, tmp_path)))
    return app


def checked(app: App, name: str = "auth") -> tuple[str, str]:
    """A check's status and what it says."""
    found: dict[str, Any] = health.check(app)["checks"][name]
    return found["status"], found["detail"]


def test_a_cache_that_lives_from_an_export_needs_no_login(with_export: App) -> None:
    """Without a login, which an export alone does without, it is a warning that names the export
    and how to log in."""
    status, said = checked(with_export)
    assert status == "warn"
    assert "(no_tokens). Run `whoop-mcp login`." in said
    assert "the cache lives from WHOOP's data export of" in said


@pytest.mark.parametrize("name", ["tokens.json", ".encryption_key"])
def test_no_export_makes_up_for_a_broken_login(
    tmp_path: Path, whoop: FaultySimulator, with_export: App, name: str
) -> None:
    """A login that is there and cannot be used is a failure, whatever the cache holds."""
    logins.logged_in(tmp_path, whoop)
    (tmp_path / "home" / name).write_bytes(b"garbage")
    status, said = checked(with_export)
    assert status == "fail"
    assert "(reauth_required)" in said and "whoop-mcp login" in said


def test_an_export_that_the_api_has_replaced_is_not_lived_from(
    tmp_path: Path, whoop: FaultySimulator, with_export: App
) -> None:
    """Once WHOOP's API has shown all that an export told, no login is a failure again, and nothing
    names the export any more."""
    logins.logged_in(tmp_path, whoop)
    sync(with_export.mirror, full=True)
    assert checked(with_export)[0] == "ok"
    assert checked(with_export, "cache_readable") == ("ok", "The cache holds records.")
    with_export.login.logout(local=True)
    status, said = checked(with_export)
    assert status == "fail"
    assert "export" not in said


@pytest.mark.parametrize(
    ("left", "status", "asked"), [(0, "fail", "skipped"), (3000, "warn", "ok")]
)
def test_what_keeps_a_login_from_being_renewed_is_this_computers(
    tmp_path: Path,
    whoop: FaultySimulator,
    monkeypatch: pytest.MonkeyPatch,
    left: float,
    status: str,
    asked: str,
) -> None:
    """Where the login's files cannot be written, the login's check says so and what helps, and
    WHOOP, which it is not about, is not said to fail."""
    logins.logged_in(tmp_path, whoop, expires_in=left)

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lock, "try_out", refuse)
    app = App(logins.settings(tmp_path, whoop.url))
    found, said = checked(app)
    assert found == status
    what = "The lock file tokens.lock cannot be opened (Permission denied)."
    assert f"It cannot be renewed. {what} Make " in said
    reached, said = checked(app, "api_reachable")
    assert reached == asked
    assert "UPSTREAM_ERROR" not in said
