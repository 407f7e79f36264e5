"""Homes that can hold no login, or from which none can be removed: said before it is too late."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import files, lock
from whoop_mcp.errors import AuthFailed, UpstreamError
from whoop_mcp.folders import Folder
from whoop_mcp.login import flow
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.login.page import LoginPage, login_by_page
from whoop_mcp.settings import Settings

from ..support.faults import FaultySimulator
from ..support.logins import age, logged_in, login, settings, whoop

APP = {"WHOOP_CLIENT_ID": "demo-app", "WHOOP_CLIENT_SECRET": "demo-secret"}


@pytest.fixture
def simulator() -> Iterator[FaultySimulator]:
    """WHOOP, as it is."""
    with whoop() as running:
        yield running


def fails_with(number: int, words: str) -> Any:
    """What the system does where a file or folder is not to be touched."""

    def fail(*_: object, **more: object) -> None:
        raise OSError(number, words)

    return fail


DENIED = fails_with(errno.EACCES, "Permission denied")
FULL = fails_with(errno.ENOSPC, "No space left on device")


def by_flow(given: Settings, out: io.StringIO, opened: list[str]) -> None:
    flow.login(given, stdin=io.StringIO(), out=out, open_browser=opened.append, timeout=0.1)


def by_page(given: Settings, out: io.StringIO, opened: list[str]) -> None:
    login_by_page(given, pkce=True, open_browser=opened.append, out=out)


# ── before the consent ──


@pytest.mark.parametrize("way", [by_flow, by_page])
@pytest.mark.parametrize(
    ("module", "fail", "remedy"),
    [(files, DENIED, "Make {} writable"), (files, FULL, "Make room in {}"), (lock, DENIED, "{}")],
)
@pytest.mark.parametrize("has_home", [True, False])
def test_nobody_is_asked_for_a_login_that_cannot_be_kept(
    tmp_path: Path,
    simulator: FaultySimulator,
    monkeypatch: pytest.MonkeyPatch,
    way: Any,
    module: Any,
    fail: Any,
    remedy: str,
    has_home: bool,
) -> None:
    """Where the home can hold no login, that is said with what to do, before any address is shown
    or opened; nothing is sent or left."""
    place = tmp_path / "place"
    home = place / "home"
    (home if has_home else place).mkdir(parents=True)
    monkeypatch.setattr(module, "try_out", fail)
    out, opened = io.StringIO(), list[str]()
    with pytest.raises(AuthFailed, match="No login can be kept here") as caught:
        way(settings(place, simulator.url, **APP), out, opened)
    assert remedy.format(home) in str(caught.value.hint)
    assert "`whoop-mcp login` again" in str(caught.value.hint)
    assert (out.getvalue(), opened, simulator.count()) == ("", [], 0)
    assert list(place.rglob("*")) == ([home] if has_home else [])


@pytest.mark.posix
@pytest.mark.parametrize("below", ["home", "home/of/its/own"])
def test_a_file_is_no_home(tmp_path: Path, simulator: FaultySimulator, below: str) -> None:
    """A home that is a file, or lies below one, holds no login, and is not taken for one without:
    a logout fails, too."""
    (tmp_path / "home").write_text("a file")
    given = Settings.read({"WHOOP_HOME": str(tmp_path / below), **APP})
    with pytest.raises(AuthFailed, match="No login can be kept here"):
        LoginPage(given)
    made = login(tmp_path, simulator.url)
    assert made.status()["status"] == "reauth_required"
    for local in (True, False):
        with pytest.raises(Exception, match="Not a directory"):
            made.logout(local=local)
    assert (tmp_path / "home").read_text() == "a file"


def test_a_trial_leaves_nothing(tmp_path: Path) -> None:
    """A home that can hold a login is left as it was, there or not."""
    place = tmp_path / "place"
    place.mkdir()
    file = LoginFile(place / "far" / "home")
    assert file.obstacle() is None
    assert list(place.iterdir()) == []
    (place / "far" / "home").mkdir(parents=True)
    (place / "far" / "home" / "tokens.lock").touch()
    assert file.obstacle() is None
    assert [one.name for one in (place / "far" / "home").iterdir()] == ["tokens.lock"]


def test_a_home_that_is_not_there_is_tried_by_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders can be made and files cannot, as in a Windows drive's root, a home can be."""
    monkeypatch.setattr(Folder, "create", DENIED)
    assert LoginFile(tmp_path / "home").obstacle() is None
    monkeypatch.setattr(Folder, "make", DENIED)
    assert LoginFile(tmp_path / "home").obstacle() is not None


def test_nobody_is_asked_while_another_keeps_the_login_to_itself(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does not let go of the login would keep the new one from being stored."""
    logged_in(tmp_path, simulator)
    monkeypatch.setattr("whoop_mcp.login.login_file.LOCK_WAIT", 0.1)
    out, opened = io.StringIO(), list[str]()
    given = settings(tmp_path, simulator.url, **APP)
    with (
        lock.lock(tmp_path / "home" / "tokens.lock", 0),
        pytest.raises(UpstreamError, match=r"has held tokens\.lock for too long"),
    ):
        by_flow(given, out, opened)
    assert opened == []


@pytest.mark.parametrize(
    ("fail", "remedy"),
    [
        (FULL, "Make room in {}"),
        (DENIED, "Make {} writable"),
        (fails_with(errno.EMFILE, "Too many open files"), "Close some programs"),
    ],
)
def test_what_could_not_be_stored_after_all_is_told_with_its_remedy(
    tmp_path: Path,
    simulator: FaultySimulator,
    monkeypatch: pytest.MonkeyPatch,
    fail: Any,
    remedy: str,
) -> None:
    """The disk may fill up while the person is at WHOOP: the hint is of what happened."""
    made = logged_in(tmp_path, simulator)
    monkeypatch.setattr(files, "replace", fail)
    with pytest.raises(AuthFailed, match="cannot be stored") as caught:
        made.save_grant({"access_token": "a", "expires_in": 3600}, app=("a", "b"), scopes=[])
    assert str(caught.value.hint).startswith(remedy.format(tmp_path / "home"))


def test_a_lock_that_is_none_is_to_be_removed(tmp_path: Path) -> None:
    """What lies in the lock's place and is no file is named, to be removed."""
    (tmp_path / "tokens.lock").mkdir()
    obstacle = LoginFile(tmp_path).obstacle()
    assert obstacle is not None
    assert obstacle.remedy == f"It is not a plain file: remove {tmp_path / 'tokens.lock'}"


# ── logout ──


def test_what_cannot_be_removed_is_not_ended(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it can be seen that nothing can be removed here, WHOOP is told nothing and all is kept;
    a full disk is no such reason."""
    made = logged_in(tmp_path, simulator)
    with monkeypatch.context() as closed:
        closed.setattr(files, "try_out", DENIED)
        with pytest.raises(AuthFailed, match="Nothing was sent to WHOOP") as caught:
            made.logout()
        assert f"Make {tmp_path / 'home'} writable" in str(caught.value.hint)
    assert simulator.count() == 0
    assert made.status()["status"] == "valid"
    monkeypatch.setattr(files, "try_out", FULL)
    (tmp_path / "home" / "tokens.lock").unlink()  # as 0.8.x had none, and now there is no room
    with pytest.raises(AuthFailed, match="Nothing was sent to WHOOP") as caught:
        made.logout()
    assert f"Make room in {tmp_path / 'home'}" in str(caught.value.hint)
    (tmp_path / "home" / "tokens.lock").touch()
    assert made.logout()


@pytest.mark.posix  # on Windows it may be held open
@pytest.mark.parametrize("local", [True, False])
def test_a_removal_that_fails_is_no_defect(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    """Where the system refuses to remove a file, it is said which folder to see to; what is left
    afterwards is removed by `logout --local`."""
    made = logged_in(tmp_path, simulator)
    with monkeypatch.context() as closed:
        closed.setattr(Path, "unlink", DENIED)
        with pytest.raises(AuthFailed, match=r"cannot be removed.*Permission denied") as caught:
            made.logout(local=local)
    assert f"Make {tmp_path / 'home'} and what is in it writable" in str(caught.value.hint)
    assert "logout --local" in str(caught.value.hint)
    assert made.logout(local=True)
    assert not (tmp_path / "home" / "tokens.json").exists()


# ── a file that may not be read ──


def test_a_login_that_may_not_be_read_may_be_a_good_one(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as a login: the hint is to make it readable first, and logout does not say that
    there was none."""
    logged_in(tmp_path, simulator)
    made = login(tmp_path, simulator.url)
    with monkeypatch.context() as closed:
        closed.setattr(files, "read", DENIED)
        status = made.status()
        assert status["status"] == "reauth_required"
        path = tmp_path / "home" / "tokens.json"
        assert f"tokens.json: Permission denied. Make {path} readable" in status["hint"]
        assert "`whoop-mcp login`, which keeps it aside" in status["hint"]
        with pytest.raises(AuthFailed, match="cannot be read") as caught:
            made.logout()
        assert "Run `whoop-mcp logout --local`" in str(caught.value.hint)
    assert made.status()["status"] == "valid"


# ── whoever is asked for the app ──


@pytest.mark.parametrize(
    ("typed", "secret", "error", "words"),
    [
        ("", "", flow.GivenUp, "given up"),
        ("an-app\n", None, flow.GivenUp, "given up"),
        ("\n", "", flow.NoApp, "The app id was left empty"),
        ("an-app\n", "", flow.NoApp, "The app secret was left empty"),
    ],
)
def test_what_is_left_out_on_a_terminal_is_said(
    tmp_path: Path,
    simulator: FaultySimulator,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    secret: str | None,
    error: type[AuthFailed],
    words: str,
) -> None:
    """Ctrl-D at either question gives the login up in words; an empty answer is told by its name,
    with where the two are to be found, and not how to be asked."""

    def getpass(prompt: str) -> str:
        if secret is None:
            raise EOFError
        return secret

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("whoop_mcp.surroundings.is_terminal", lambda stream: True)
    out, opened = io.StringIO(), list[str]()
    with pytest.raises(error, match=words) as caught:
        flow.login(
            settings(tmp_path, simulator.url),
            stdin=io.StringIO(typed),
            out=out,
            open_browser=opened.append,
        )
    assert "whoop-mcp login" in str(caught.value.hint)
    assert "which asks for them" not in str(caught.value.hint)
    assert out.getvalue().endswith("\n") is (error is flow.GivenUp)
    assert not opened
    assert not (tmp_path / "home").exists()


def test_an_expired_login_names_what_keeps_it_from_renewal(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this computer refuses is said in a sentence with its remedy."""
    made = logged_in(tmp_path, simulator)
    age(tmp_path, 0)
    assert made.kept_from_renewal() is None
    monkeypatch.setattr(files, "try_out", DENIED)
    said = made.kept_from_renewal()
    assert said == (
        f"Nothing can be written to {tmp_path / 'home'} (Permission denied). "
        f"Make {tmp_path / 'home'} writable."
    )
