"""How a client is to start the server: what goes along, and what must not be written down."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from pathlib import Path

import pytest

from whoop_mcp.cli import starts
from whoop_mcp.errors import ValidationError
from whoop_mcp.settings import Settings


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
    assert starts.carried(given) == {
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
    kept = starts.carried(dict.fromkeys(names, "x"))
    # The redirect URI goes along, as a login may be made in the chat.
    assert names - set(kept) == {"WHOOP_CLIENT_ID", "WHOOP_CLIENT_SECRET"}


def test_an_entry_carries_what_an_empty_variable_says_too() -> None:
    """No log file, and no proxy after all, are said by nothing; both spellings of NO_PROXY go."""
    given = {"WHOOP_LOG_FILE": "", "https_proxy": "", "no_proxy": "a", "NO_PROXY": "b"}
    assert starts.carried({**given, "WHOOP_LOG_LEVEL": ""}) == given


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
    assert starts.carried({"https_proxy": proxy, "ALL_PROXY": proxy}) == {}


@pytest.mark.parametrize(
    "interpreter",
    [
        "/home/a/.cache/uv/archive-v0/Xy9/bin/python",
        "C:/Users/a/AppData/Local/uv/cache/archive-v0/Xy9/Scripts/python.exe",
        "/home/a/.cache/pipx/0a1b2c/bin/python",
        "/home/a/.local/share/pipx/.cache/0a1b2c/bin/python",
        "/temporary/venv/bin/python",
        "/uv-elsewhere/archive-v0/Xy9/bin/python",
    ],
)
def test_an_interpreter_that_vanishes_is_refused(interpreter: str) -> None:
    """What `uvx`, `pipx run` and a temporary folder hold is gone one day: two lines give one that
    lasts."""
    environ = {"UV_CACHE_DIR": "/uv-elsewhere"}
    with pytest.raises(ValidationError, match="cleared away") as caught:
        starts.require_lasting(interpreter, environ, temporary="/temporary")
    lines = (caught.value.hint or "").splitlines()
    assert lines[1].startswith("uv tool install ")
    assert lines[2] == "whoop-mcp install --write"


@pytest.mark.parametrize(
    "interpreter",
    [
        "/home/a/.local/share/uv/tools/whoop-mcp/bin/python",
        "/home/a/.local/pipx/venvs/whoop-mcp/bin/python",
        "/home/a/whoop/bin/python",
    ],
)
def test_an_interpreter_that_stays_is_taken(interpreter: str) -> None:
    """`uv tool install`, `pipx install` and a virtual environment of one's own are good."""
    starts.require_lasting(interpreter, {}, temporary="/temporary")


def test_the_line_names_where_the_program_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed from a git address, the program says that address, unless a password is in it, and
    then what is to stand there; installed from a folder that is still there, that folder."""
    folder = tmp_path / "whoop_mcp-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: whoop-mcp\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for user, said in (("", "git+https://example.org/whoop"), ("me:hush@", "git+ADDRESS")):
        url = f'"url": "https://{user}example.org/whoop"'
        (folder / "direct_url.json").write_text(f'{{{url}, "vcs_info": {{"vcs": "git"}}}}')
        with pytest.raises(ValidationError) as caught:
            starts.require_lasting("/temporary/python", {}, temporary="/temporary")
        assert f"uv tool install {said}\n" in (caught.value.hint or "")
        explained = "ADDRESS is the https address of the program's repository"
        assert (explained in (caught.value.hint or "")) is bool(user)
    clone = tmp_path / "a clone (mine) & more"
    for there in (True, False):
        told = json.dumps({"url": clone.as_uri(), "dir_info": {}})
        (folder / "direct_url.json").write_text(told)
        if there:
            clone.mkdir()
        word = f'"{clone}"' if os.name == "nt" else shlex.quote(str(clone))
        found = f"uv tool install {word}" if there else "uv tool install git+ADDRESS"
        assert starts.installation() == found
        if there:
            clone.rmdir()
    plain = tmp_path / "a(clone)&more"
    plain.mkdir()
    told = json.dumps({"url": plain.as_uri(), "dir_info": {}})
    (folder / "direct_url.json").write_text(told)
    word = f'"{plain}"' if os.name == "nt" else shlex.quote(str(plain))
    assert starts.installation() == f"uv tool install {word}"
