"""The entries for MCP clients."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from pathlib import Path

import pytest

from whoop_mcp.cli import clients
from whoop_mcp.cli.clients import Start, command
from whoop_mcp.settings import Settings


def test_every_client_starts_this_interpreter() -> None:
    """Each entry names the absolute interpreter and the module, and nothing of a login."""
    words = [sys.executable, "-m", "whoop_mcp"]
    code, desktop, cursor, windsurf, vs_code = clients.entries(Start(command()))
    assert shlex.split(code.text)[-3:] == words
    assert Path(sys.executable).is_absolute()
    for entry in (desktop, cursor, windsurf):
        server = json.loads(entry.text)["mcpServers"]["whoop"]
        assert [server["command"], *server["args"]] == words
        assert "env" not in server
    assert json.loads(vs_code.text)["servers"]["whoop"]["type"] == "stdio"


def test_a_moved_home_and_arguments_go_along() -> None:
    """What the server needs to find a moved home is in each entry; its name is not swallowed."""
    entries = clients.entries(Start(command("demo", "--serve"), {"WHOOP_HOME": "/some where"}))
    words = shlex.split(entries[0].text)
    assert words[:6] == ["claude", "mcp", "add", "--scope", "user", "whoop"]
    assert words[6:9] == ["--env", "WHOOP_HOME=/some where", "--"]
    assert words[-2:] == ["demo", "--serve"]
    for entry in entries[1:]:
        assert '"WHOOP_HOME": "/some where"' in entry.text
        assert '"--serve"' in entry.text


def test_windows_quotes_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the shell line has double quotes around a path with spaces."""
    monkeypatch.setattr(sys, "platform", "win32")
    [code, *_] = clients.entries(Start(command(interpreter=r"C:\Program Files\python.exe")))
    assert r'"C:\Program Files\python.exe" -m whoop_mcp' in code.text


def test_equal_entries_are_shown_once() -> None:
    """Clients that want the same text share it; every client is named."""
    entries = clients.entries(Start(command()))
    text = "\n".join(clients.lines(entries))
    assert text.count("mcpServers") == 1
    assert all(f"{entry.client}: " in text for entry in entries)


def test_what_an_entry_carries_of_the_environment() -> None:
    """Where things are and the way out go along; ids, secrets and a proxy's password never do."""
    given = {
        "WHOOP_HOME": "/some where",
        "WHOOP_CLIENT_ID": "id",
        "WHOOP_CLIENT_SECRET": "secret",
        "WHOOP_LOG_LEVEL": "",
        "HTTPS_PROXY": "http://me:password@proxy.example:8080",
        "ALL_PROXY": "http://proxy.example:8080",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "CURL_CA_BUNDLE": "/other.pem",
        "PATH": "/bin",
    }
    assert clients.carried(given) == {
        "WHOOP_HOME": "/some where",
        "ALL_PROXY": "http://proxy.example:8080",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
    }


def test_every_setting_is_carried_or_is_a_secret() -> None:
    """No setting of the program is forgotten by the entries."""
    names = {
        f"WHOOP_{field.name.upper()}"
        for field in dataclasses.fields(Settings)
        if field.name not in ("ca_bundle", "proxy")
    }
    kept = clients.carried(dict.fromkeys(names, "x"))
    # The redirect URI belongs to the login, which is made in a terminal.
    assert names - set(kept) == {
        "WHOOP_CLIENT_ID",
        "WHOOP_CLIENT_SECRET",
        "WHOOP_REDIRECT_URI",
    }


def test_an_entry_carries_what_an_empty_variable_says_too() -> None:
    """No log file, and no proxy after all, are said by nothing; both spellings of NO_PROXY go."""
    given = {"WHOOP_LOG_FILE": "", "https_proxy": "", "no_proxy": "a", "NO_PROXY": "b"}
    assert clients.carried({**given, "WHOOP_LOG_LEVEL": ""}) == given


@pytest.mark.parametrize(
    "proxy",
    [
        "me:hush@host:8080",
        "//me:hush@host",
        "hush@host",
        "http:/me:hush@host",
        "http://me%3Ahush%40host:8080",
        "http://me:hu/sh@host",
        "http://host/?key=hush",
    ],
)
def test_no_spelling_of_a_proxy_slips_its_password_in(proxy: str) -> None:
    """What is not provably an address alone stays out of a client's file."""
    assert clients.carried({"https_proxy": proxy, "ALL_PROXY": proxy}) == {}
