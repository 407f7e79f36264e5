"""The table of MCP clients: where each looks, what it reads, and what it is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from whoop_mcp.cli import clients, entries
from whoop_mcp.cli.clients import BY_NAME
from whoop_mcp.cli.places import Place
from whoop_mcp.cli.starts import Start
from whoop_mcp.errors import ValidationError

from ..support.commands import REPOSITORY

START = Start(["/some where/python", "-m", "whoop_mcp"], {"WHOOP_HOME": "/else where"})


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
    config = "conf" if environ.get("XDG_CONFIG_HOME") else ".config"
    windows = platform == "win32"
    assert found == {
        "claude-code": ".claude.json",
        "claude-desktop": f"{apps}/Claude/claude_desktop_config.json",
        "codex": ".codex/config.toml",
        "cursor": ".cursor/mcp.json",
        "vscode": f"{apps}/Code/User/mcp.json",
        "windsurf": ".codeium/windsurf/mcp_config.json",
        "gemini": ".gemini/settings.json",
        "opencode": f"{config}/opencode/opencode.json",
        "copilot": ".copilot/mcp-config.json",
        "qwen": ".qwen/settings.json",
        "cline": ".cline/data/settings/cline_mcp_settings.json",
        "zed": f"{apps}/Zed/settings.json" if windows else f"{config}/zed/settings.json",
        "amp": f"{config}/amp/settings.json",
        "auggie": ".augment/settings.json",
        "goose": (
            f"{apps}/Block/goose/config/config.yaml" if windows else f"{config}/goose/config.yaml"
        ),
        "kiro": ".kiro/settings/mcp.json",
        "continue": ".continue/config.yaml",
    }


@pytest.mark.parametrize(
    ("name", "variable", "file"),
    [
        ("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", "CODEX_HOME", "config.toml"),
        ("copilot", "COPILOT_HOME", "mcp-config.json"),
    ],
)
def test_a_client_whose_folder_is_moved(
    name: str, variable: str, file: str, tmp_path: Path
) -> None:
    """Its file is in the folder that its variable names; a relative one counts for nothing."""
    place = BY_NAME[name].place(Path("/home/a"), {variable: str(tmp_path)})
    assert place == Place(tmp_path / file, tmp_path)
    usual = BY_NAME[name].place(Path("/home/a"), {})
    assert BY_NAME[name].place(Path("/home/a"), {variable: "x"}) == usual


def test_a_client_is_here_when_its_folder_or_file_is(tmp_path: Path) -> None:
    """Claude Code's file lies outside its folder: either is enough."""
    place = BY_NAME["claude-code"].place(tmp_path, {})
    assert not place.is_here()
    place.file.write_text("{}")
    assert place.is_here()


def test_of_two_files_the_one_that_is_there(tmp_path: Path) -> None:
    """opencode reads `.jsonc` and `.json`: the entry goes into the one that a person has."""
    folder = tmp_path / ".config" / "opencode"
    folder.mkdir(parents=True)
    assert BY_NAME["opencode"].place(tmp_path, {}).file.name == "opencode.json"
    (folder / "opencode.jsonc").touch()
    assert BY_NAME["opencode"].place(tmp_path, {}).file.name == "opencode.jsonc"


def test_claude_desktop_from_a_windows_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A packaged Claude Desktop reads a file inside its package; of two packages nobody can tell
    which is used, so that is said; without one the classic file counts."""
    monkeypatch.setattr(sys, "platform", "win32")
    local, roaming = tmp_path / "Local", tmp_path / "Roaming"
    environ = {"LOCALAPPDATA": str(local), "APPDATA": str(roaming)}
    desktop = BY_NAME["claude-desktop"]
    assert desktop.place(tmp_path, environ).file.parent == roaming / "Claude"
    (local / "Packages" / "Claude_pzs8sxrjxfjjc").mkdir(parents=True)
    (roaming / "Claude").mkdir(parents=True)
    inside = local / "Packages" / "Claude_pzs8sxrjxfjjc" / "LocalCache" / "Roaming" / "Claude"
    assert desktop.place(tmp_path, environ).file == inside / "claude_desktop_config.json"
    (local / "Packages" / "Claude_other").mkdir()
    with pytest.raises(ValidationError, match="more than once") as caught:
        desktop.place(tmp_path, environ)
    assert "Edit Config" in (caught.value.hint or "")


def test_python_from_the_microsoft_store_writes_where_nobody_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its writes under %APPDATA% go into a copy of its own: they are refused, and only they."""
    store = "/a/Microsoft/WindowsApps/PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0/python.exe"
    monkeypatch.setattr(sys, "executable", store)
    environ = {"APPDATA": "/home/a/Roaming", "LOCALAPPDATA": "/home/a/Local"}
    code = BY_NAME["vscode"]
    place = Place(Path("/home/a/Roaming/Code/User/mcp.json"), Path("/home/a/Roaming/Code/User"))
    with pytest.raises(ValidationError, match="Microsoft Store"):
        clients.check_reader(code, place, environ)
    elsewhere = Place(Path("/home/a/.cursor/mcp.json"), Path("/home/a/.cursor"))
    clients.check_reader(BY_NAME["cursor"], elsewhere, environ)
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    clients.check_reader(code, place, environ)


@pytest.mark.parametrize("client", clients.CLIENTS, ids=lambda client: client.name)
def test_an_entry_comes_and_goes(client: clients.Client) -> None:
    """Every client's entry goes into an empty file, is found there again, and goes out of it."""
    text = client.put("", START)
    assert "/some where/python" in text
    assert "WHOOP_HOME" in text
    assert client.put(text, START) == text
    gone = client.take_out(text, "whoop")
    assert "whoop" not in gone.casefold()
    again = client.put(gone, START)
    assert client.take_out(again, "whoop") == gone


def test_the_shapes_that_differ() -> None:
    """What each of these clients wants said besides the command, as its own writer says it."""
    command = ["/some where/python", "-m", "whoop_mcp"]
    env = {"WHOOP_HOME": "/else where"}
    plain = {"command": command[0], "args": command[1:], "env": env}

    def entry(name: str) -> object:
        return json.loads(BY_NAME[name].put("", START))[BY_NAME[name].key]["whoop"]

    assert entry("cursor") == entry("gemini") == entry("kiro") == plain
    assert entry("vscode") == entry("claude-code") == {"type": "stdio", **plain}
    assert entry("copilot") == {"type": "local", **plain, "tools": ["*"]}
    assert entry("opencode") == {"type": "local", "command": command, "environment": env}
    assert entry("cline") == {"transport": {"type": "stdio", **plain}}
    assert entry("zed") == {"source": "custom", **plain}
    assert BY_NAME["codex"].put("", START) == (
        '[mcp_servers.whoop]\ncommand = "/some where/python"\nargs = ["-m", "whoop_mcp"]\n'
        'env = { WHOOP_HOME = "/else where" }\n'
    )


def test_several_names() -> None:
    """`--client` takes names with commas; one that is none names those that are."""
    assert [one.name for one in clients.named("zed, cursor")] == ["cursor", "zed"]
    assert clients.named(None) == [*clients.CLIENTS]
    with pytest.raises(ValidationError, match="'emacs'") as caught:
        clients.named("cursor,emacs")
    assert "goose" in (caught.value.hint or "")


def test_the_manual_names_every_client() -> None:
    """Each client is in the README, with its own command or its file."""
    manual = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    start = Start(["/path/to/whoop/bin/python", "-m", "whoop_mcp"])
    for client in clients.CLIENTS:
        assert client.title in manual
        if client.own_command:
            assert entries.quoted(entries.words(client, start)) in manual
        else:
            assert client.files[-1].rpartition("/")[2] in manual
