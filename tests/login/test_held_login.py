"""A login whose file another program has open, by fakes of the one call that Windows refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from whoop_mcp import patience
from whoop_mcp.errors import AuthFailed, UpstreamError

from ..support.faults import FaultySimulator
from ..support.holding import Refusing, held
from ..support.logins import logged_in, login, whoop

EVER = 10**6


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.05)
    monkeypatch.setattr(patience, "_FIRST", 0.001)


@pytest.fixture
def simulator() -> Iterator[FaultySimulator]:
    """WHOOP."""
    with whoop() as running:
        yield running


def test_a_renewal_waits_for_who_holds_the_file(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused twice and then let in, the renewed login is on the disk, and asked for once."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    refusing = Refusing(os.replace, 2, 32)
    monkeypatch.setattr(os, "replace", refusing)
    token = made.token()
    assert refusing.left == 0
    assert login(tmp_path, simulator.url).token() == token
    assert simulator.count() == 1


def test_what_whoop_has_answered_is_written_into_a_held_file(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be replaced at all, the new tokens are stored all the same: the old
    ones are used up."""
    made = logged_in(tmp_path, simulator, expires_in=0)

    def hold(request: object) -> None:
        monkeypatch.setattr(os, "replace", Refusing(os.replace, EVER, 5))

    simulator.before = hold
    token = made.token()
    simulator.before = None
    assert made.status()["status"] == "valid"
    assert "hint" not in made.status()
    assert login(tmp_path, simulator.url).token() == token
    assert simulator.count() == 1


def test_nothing_is_sent_that_could_not_be_noted(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file held from the beginning: WHOOP is not asked, the login is as good as before."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as busy:
        busy.setattr(os, "replace", Refusing(os.replace, EVER, 32))
        with pytest.raises(UpstreamError, match="another program has it open") as caught:
            made.token()
    assert "Close what has tokens.json open" in str(caught.value.hint)
    assert simulator.count() == 0
    assert made.token()


@pytest.mark.parametrize("name", ["tokens.json", ".encryption_key"])
def test_a_file_that_cannot_be_read_now_is_no_lost_login(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nobody is told to log in because somebody has a file open; a moment later it is read."""
    logged_in(tmp_path, simulator)
    made = login(tmp_path, simulator.url)
    read = Path.read_bytes
    refusing = Refusing(read, EVER, 32)
    with monkeypatch.context() as busy:
        busy.setattr(
            Path, "read_bytes", lambda path: (refusing if path.name == name else read)(path)
        )
        with pytest.raises(UpstreamError, match="at the moment"):
            made.token()
        told = made.status()
        assert told["status"] == "expired"
        assert "whoop-mcp login" not in told["hint"]
    refusing.left = 2
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: (refusing if path.name == name else read)(path)
    )
    assert made.token()
    assert refusing.left == 0


def test_what_waits_in_memory_is_stored_at_the_end(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing helped while it was held: a process that ends tries once more."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as busy:

        def hold(request: object) -> None:
            busy.setattr(os, "replace", Refusing(os.replace, EVER, 32))
            busy.setattr("whoop_mcp.files.overwrite", Refusing(print, EVER, 32))

        simulator.before = hold
        token = made.token()
        simulator.before = None
        assert "not on disk" in made.status()["hint"]
    assert made.finish()
    assert login(tmp_path, simulator.url).token() == token


def test_a_logout_says_who_is_in_its_way(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login that cannot be removed is told of, with what to do."""
    made = logged_in(tmp_path, simulator)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise held(32)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(AuthFailed, match="another program") as caught:
        made.logout(local=True)
    assert "Close" in str(caught.value.hint)
