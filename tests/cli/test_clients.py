"""The MCP clients: the entry of each, and the files that it goes into."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from whoop_mcp.cli import clients
from whoop_mcp.cli.clients import Start, command
from whoop_mcp.errors import ExportError, ValidationError
from whoop_mcp.settings import Settings

from ..support.commands import REPOSITORY

BY_NAME = {client.name: client for client in clients.CLIENTS}
START = Start(["/some where/python", "-m", "whoop_mcp"])
ENTRY = {"command": "/some where/python", "args": ["-m", "whoop_mcp"]}
posix = pytest.mark.skipif(os.name == "nt", reason="no modes there")


@pytest.mark.parametrize(
    ("platform", "environ", "apps"),
    [
        ("linux", {}, ".config"),
        ("linux", {"XDG_CONFIG_HOME": "/home/a/conf"}, "conf"),
        ("darwin", {}, "Library/Application Support"),
        ("win32", {"APPDATA": "/home/a/Roaming"}, "Roaming"),
    ],
)
def test_where_clients_look(
    platform: str, environ: dict[str, str], apps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each client's file is where it looks on this system; every client has one."""
    monkeypatch.setattr(sys, "platform", platform)
    home = Path("/home/a")
    found = {
        client.name: client.place(home, environ).file.relative_to(home).as_posix()
        for client in clients.CLIENTS
    }
    assert found == {
        "claude-code": ".claude.json",
        "claude-desktop": f"{apps}/Claude/claude_desktop_config.json",
        "cursor": ".cursor/mcp.json",
        "windsurf": ".codeium/windsurf/mcp_config.json",
        "vscode": f"{apps}/Code/User/mcp.json",
    }


def test_a_client_is_here_when_its_folder_or_file_is(tmp_path: Path) -> None:
    """Claude Code's file lies outside its folder: either is enough."""
    place = BY_NAME["claude-code"].place(tmp_path, {})
    assert not place.is_here()
    place.file.write_text("{}")
    assert place.is_here()


@posix
def test_everything_else_stays_and_the_old_file_too(tmp_path: Path) -> None:
    """Other servers and settings are kept in their order; the backup is the file as it was, with
    its rights."""
    file = tmp_path / "mcp.json"
    before = '\ufeff{"theme": "dark", "mcpServers": {"other": {"env": {"TOKEN": "ö"}}}, "z": 1}'
    file.write_text(before, encoding="utf-8")
    file.chmod(0o640)
    written = clients.planned(BY_NAME["cursor"], file, START)()
    assert written.state == "added"
    assert written.backup
    assert written.backup.read_text(encoding="utf-8") == before
    after = json.loads(file.read_text(encoding="utf-8"))
    assert list(after) == ["theme", "mcpServers", "z"]
    assert after["mcpServers"] == {"other": {"env": {"TOKEN": "ö"}}, "whoop": ENTRY}
    assert {oct(one.stat().st_mode & 0o777) for one in (file, written.backup)} == {"0o640"}


def test_once_more_changes_nothing_and_another_entry_is_replaced(tmp_path: Path) -> None:
    """The same entry is left alone without a backup; a different one gives way, with one each."""
    file = tmp_path / "new" / "mcp.json"
    client = BY_NAME["vscode"]
    assert clients.planned(client, file, START)() == ("vscode", file, "added", None)
    assert clients.planned(client, file, START)() == ("vscode", file, "unchanged", None)
    backups = set()
    for n in range(3):
        written = clients.planned(client, file, Start([*START.command, str(n)]))()
        assert written.state == "replaced"
        backups.add(written.backup)
    assert len(backups) == 3
    assert json.loads(file.read_text()) == {
        "servers": {"whoop": {"type": "stdio", **ENTRY, "args": ["-m", "whoop_mcp", "2"]}}
    }


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, // a comment\n}',
        b"[]",
        b'{"mcpServers": []}',
        b"\xff\xfe",
        b"{",
        b'{"mcpServers": {"a": {}}, "mcpServers": {"b": {}}}',
        b"[" * 100_000,
        b'{"half a character": "\\ud800"}',
    ],
    ids=["comment", "list", "servers", "utf-16", "open", "twice", "deep", "surrogate"],
)
def test_what_is_not_plain_json_is_left_alone(content: bytes, tmp_path: Path) -> None:
    """A file with comments, or with something else in it, is refused before anything happens."""
    file = tmp_path / "client" / "mcp.json"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ValidationError, match="it was left"):
        clients.planned(BY_NAME["cursor"], file, START)
    assert file.read_bytes() == content
    assert [one.name for one in file.parent.iterdir()] == ["mcp.json"]


@posix
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe, which would never end, and a loop of links are refused at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "loop"):
        with pytest.raises(ExportError, match="cannot be read"):
            clients.planned(BY_NAME["cursor"], tmp_path / name, START)


def test_a_file_that_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """What the client itself wrote between the look and the write is kept."""
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    write = clients.planned(BY_NAME["cursor"], file, START)
    file.write_text('{"new": 1}')
    with pytest.raises(ExportError, match="has just changed"):
        write()
    assert file.read_text() == '{"new": 1}'


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that a link leads to is edited; its backup lies beside it."""
    real = tmp_path / "dotfiles" / "cursor.json"
    real.parent.mkdir()
    real.write_text("{}")
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    written = clients.planned(BY_NAME["cursor"], link, START)()
    assert link.is_symlink()
    assert "whoop" in real.read_text()
    assert written.backup
    assert written.backup.parent == real.parent


@posix
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """It is said so in our words, and nothing has changed."""
    file = tmp_path / "taken" / "mcp.json"
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(ExportError, match="cannot be"):
        clients.planned(BY_NAME["cursor"], file, START)()


# ── entries ──


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


def test_the_manual_names_every_client() -> None:
    """Each client is in the README, with its own command or its file."""
    manual = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for client in clients.CLIENTS:
        assert client.title in manual
        assert (" ".join(client.own_command) or client.where.split()[0].strip(",")) in manual
