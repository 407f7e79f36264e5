"""Logins on disk: ours, those of whoop-mcp 0.8.x, and broken ones."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from whoop_mcp.login.grant import Grant
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.login.vault import Broken

GRANT = Grant(
    "access-1",
    "refresh-1",
    "2026-04-20T06:30:00.000Z",
    scopes=["read:sleep", "offline"],
    user_id=10129,
    client_id="demo-app",
    client_secret="demo-secret",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def new_york() -> Iterator[None]:
    """A computer whose clock shows New York's time."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def home_of_0_8(folder: Path, stored: dict[str, Any], *, whole: bool) -> Path:
    """A home as 0.8.x leaves it: 0755, a key, and tokens in one of its two forms."""
    home = folder / "home"
    home.mkdir(mode=0o755)
    key = Fernet.generate_key()
    (home / ".encryption_key").write_bytes(key)
    fernet = Fernet(key)
    if whole:
        (home / "tokens.json").write_bytes(fernet.encrypt(json.dumps(stored).encode()))
    else:
        sealed = {
            name: fernet.encrypt(stored[name].encode()).decode()
            for name in ("access_token", "refresh_token")
        }
        (home / "tokens.json").write_text(json.dumps({**stored, **sealed}, indent=2))
    return home


@pytest.mark.posix
def test_a_grant_comes_back_and_shows_nothing(folder: Path) -> None:
    """What was stored is read back, by another reader too; neither file nor repr shows a secret."""
    file = LoginFile(folder)
    assert file.load() is None
    file.save_new(GRANT)
    assert file.load() == LoginFile(folder).load() == GRANT
    shown = repr(GRANT) + "".join(path.read_text() for path in folder.iterdir())
    for secret in ("access-1", "refresh-1", "demo-secret", "10129"):
        assert secret not in shown
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    other = LoginFile(folder)
    other.save(replace(GRANT, access_token="access-2"))
    assert file.load() == other.load() != GRANT


@pytest.mark.posix
@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize("whole", [False, True])
def test_a_login_of_0_8_is_read_as_it_is(folder: Path, whole: bool) -> None:
    """Both forms of 0.8.x are read, their naive times as local ones; only the rights change."""
    stored = {
        "access_token": "access-8",
        "refresh_token": "refresh-8",
        "token_type": "Bearer",
        "expires_at": "2026-04-20T02:30:00.123456",
        "created_at": "2026-04-20T01:30:00.123456",
    }
    home = home_of_0_8(folder, stored, whole=whole)
    before = (home / "tokens.json").read_bytes()
    assert LoginFile(home).load() == Grant("access-8", "refresh-8", "2026-04-20T06:30:00.123Z")
    assert (home / "tokens.json").read_bytes() == before
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "tokens.json").stat().st_mode) == 0o600


@pytest.mark.posix
@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"timestamp": 1776664200, "expires_in": 1800}, "2026-04-20T06:20:00.000Z"),
        ({}, "0001-01-01T00:00:00.000Z"),
        ({"timestamp": 1e300}, "0001-01-01T00:00:00.000Z"),
        ({"timestamp": 1e17}, "0001-01-01T00:00:00.000Z"),
        ({"timestamp": 1776664200, "expires_in": 1e300}, "0001-01-01T00:00:00.000Z"),
        ({"expires_at": "9999-12-31T23:59:59"}, "0001-01-01T00:00:00.000Z"),
        ({"expires_at": "soon"}, "0001-01-01T00:00:00.000Z"),
        ({"expires_at": 5}, "0001-01-01T00:00:00.000Z"),
    ],
)
def test_other_times_of_0_8(folder: Path, times: dict[str, Any], expected: str) -> None:
    """A time stamp with a life is understood; without any time, or with one that no calendar has,
    the login is kept and counts as run out."""
    stored = {"access_token": "access-8", "refresh_token": "", **times}
    found = LoginFile(home_of_0_8(folder, stored, whole=True)).load()
    assert found == Grant("access-8", None, expected)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"gAAAAAnothing",
        b'{"sealed": 5}',
        b'{"sealed": "gAAAAA"}',
        b'{"access_token": "plain", "refresh_token": "plain"}',
        b"\xff\xfe",
    ],
)
def test_broken_logins_are_left_until_a_new_one_comes(folder: Path, content: bytes) -> None:
    """A broken file is told, left as it is by reading, and kept aside by a new login."""
    file = LoginFile(folder)
    file.save_new(GRANT)
    (folder / "tokens.json").write_bytes(content)
    with pytest.raises(Broken):
        file.load()
    assert (folder / "tokens.json").read_bytes() == content
    file.save_new(GRANT)
    assert LoginFile(folder).load() == GRANT
    (aside,) = folder.glob("tokens.json.broken-*")
    assert aside.read_bytes() == content
    file.remove()
    assert not list(folder.iterdir())


def test_a_broken_key_is_kept_aside_too(folder: Path) -> None:
    """A new login over a broken key makes a new one, and both old files are kept."""
    file = LoginFile(folder)
    file.save_new(GRANT)
    (folder / ".encryption_key").write_bytes(b"broken")
    LoginFile(folder).save_new(GRANT)
    assert LoginFile(folder).load() == GRANT
    assert len(list(folder.glob("*.broken-*"))) == 2
