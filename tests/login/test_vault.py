"""Sealing with a key on a real disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from whoop_mcp.login.vault import Broken, Vault


@pytest.mark.posix
def test_what_is_sealed_comes_back(tmp_path: Path) -> None:
    """A sealed text is unreadable on its own and comes back with its key, which is private."""
    key = tmp_path / ".encryption_key"
    Vault(key).make_key()
    sealed = Vault(key).seal("a token")
    assert "a token" not in sealed
    assert Vault(key).unseal(sealed) == "a token"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    Vault(key).make_key()
    assert key.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"\xff" * 44])
def test_a_broken_key_is_told_and_left(tmp_path: Path, content: bytes | None) -> None:
    """A key that is gone or broken asks for a new login, and reading repairs nothing."""
    key = tmp_path / ".encryption_key"
    Vault(key).make_key()
    sealed = Vault(key).seal("a token")
    key.unlink()
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(Broken) as caught:
        Vault(key).unseal(sealed)
    assert "whoop-mcp login" in str(caught.value.hint)
    assert (key.read_bytes() if key.exists() else None) == content


def test_another_key_does_not_fit(tmp_path: Path) -> None:
    """What was sealed with one key does not open with another, nor does what was never sealed."""
    for name in ("one", "two"):
        Vault(tmp_path / name).make_key()
    sealed = Vault(tmp_path / "one").seal("a token")
    for text in (sealed, "gAAAAA", "grüße"):
        with pytest.raises(Broken):
            Vault(tmp_path / "two").unseal(text)
