"""The way out, where a setting of it cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from whoop_mcp import network
from whoop_mcp.errors import ValidationError
from whoop_mcp.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "user:hush@host:8080"),
        ("https_proxy", "http://host:99999"),
        ("ALL_PROXY", "ftp://host:21"),
        ("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem"),
        ("CURL_CA_BUNDLE", "{folder}/empty.pem"),
    ],
)
def test_what_cannot_work_is_named_before_anything_is_sent(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, its value is not; no token is renewed for a question that cannot be
    sent, and nobody is told to try again."""
    (tmp_path / "empty.pem").write_text("no certificate")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv(name, value.format(folder=tmp_path))
    asked: list[str | None] = []

    def token(refused: str | None) -> str:
        asked.append(refused)
        return "token"

    transport = network.transport(Settings.read(), token)
    with pytest.raises(ValidationError) as caught:
        transport.get("/v2/cycle")
    said = f"{caught.value.message} {caught.value.hint}"
    assert name.casefold() in said.casefold()  # names of variables have no case on Windows
    assert "hush" not in said
    assert "minute" not in said
    assert asked == []
