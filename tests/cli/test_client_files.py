"""The clients' own files: an entry goes in and out, and nothing else changes."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import files, surroundings
from whoop_mcp.cli import client_files
from whoop_mcp.cli.clients import BY_NAME
from whoop_mcp.cli.starts import Start
from whoop_mcp.errors import ExportError, ValidationError

START = Start(["/some where/python", "-m", "whoop_mcp"])
ENTRY = {"command": "/some where/python", "args": ["-m", "whoop_mcp"]}
posix = pytest.mark.skipif(os.name == "nt", reason="no modes there")


@posix
def test_everything_else_stays_and_the_old_file_too(tmp_path: Path) -> None:
    """Other servers and settings are kept in their order; the backup is the file as it was, with
    its rights."""
    file = tmp_path / "mcp.json"
    before = '\ufeff{"theme": "dark", "mcpServers": {"other": {"env": {"TOKEN": "ö"}}}, "z": 1}'
    file.write_text(before, encoding="utf-8")
    file.chmod(0o640)
    written = client_files.planned(BY_NAME["cursor"], file, START)()
    assert written.state == "added"
    assert written.backup
    assert written.backup.read_text(encoding="utf-8") == before
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    after = json.loads(file.read_text(encoding="utf-8-sig"))
    assert list(after) == ["theme", "mcpServers", "z"]
    assert after["mcpServers"] == {"other": {"env": {"TOKEN": "ö"}}, "whoop": ENTRY}
    assert {oct(one.stat().st_mode & 0o777) for one in (file, written.backup)} == {"0o640"}


def test_once_more_changes_nothing_and_another_entry_is_replaced(tmp_path: Path) -> None:
    """The same entry is left alone without a backup; a different one gives way, with one each."""
    file = tmp_path / "new" / "mcp.json"
    client = BY_NAME["vscode"]
    assert client_files.planned(client, file, START)() == ("vscode", file, "added", None, "")
    assert client_files.planned(client, file, START)() == ("vscode", file, "unchanged", None, "")
    backups = set()
    for n in range(3):
        written = client_files.planned(client, file, Start([*START.command, str(n)]))()
        assert written.state == "replaced"
        backups.add(written.backup)
    assert len(backups) == 3
    assert json.loads(file.read_text()) == {
        "servers": {"whoop": {"type": "stdio", **ENTRY, "args": ["-m", "whoop_mcp", "2"]}}
    }


@pytest.mark.parametrize(
    "content",
    [
        b"{'a': 1}",
        b"[]",
        b'{"mcpServers": []}',
        b"\xff\xfe",
        b"{",
        b'{"mcpServers": {"a": {}}, "mcpServers": {"b": {}}}',
        b"[" * 100_000,
    ],
    ids=["quotes", "list", "servers", "utf-16", "open", "twice", "deep"],
)
def test_what_is_not_json_is_left_alone(content: bytes, tmp_path: Path) -> None:
    """A file with something else in it is refused before anything happens."""
    file = tmp_path / "client" / "mcp.json"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ValidationError, match="was left as it is"):
        client_files.planned(BY_NAME["cursor"], file, START)
    assert file.read_bytes() == content
    assert [one.name for one in file.parent.iterdir()] == ["mcp.json"]


@posix
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe, which would never end, and a loop of links are refused at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "loop"):
        with pytest.raises(ExportError, match="cannot be read"):
            client_files.planned(BY_NAME["cursor"], tmp_path / name, START)


def test_a_file_that_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """What the client itself wrote between the look and the write is kept."""
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    write = client_files.planned(BY_NAME["cursor"], file, START)
    file.write_text('{"new": 1}')
    with pytest.raises(ExportError, match="has just changed"):
        write()
    assert file.read_text() == '{"new": 1}'


@pytest.mark.parametrize("when", ["before the copy", "after the copy"])
def test_a_file_that_changes_while_it_is_kept_aside_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """What the client writes while the backup is made is kept, too, and no backup is left of a
    file that was not changed."""
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    keep_aside = files.keep_aside

    def slow(path: Path) -> Path:
        if when == "before the copy":
            path.write_text('{"new": 1}')
            return keep_aside(path)
        copy = keep_aside(path)
        path.write_text('{"new": 1}')
        return copy

    monkeypatch.setattr(files, "keep_aside", slow)
    with pytest.raises(ExportError, match="has just changed"):
        client_files.planned(BY_NAME["cursor"], file, START)()
    assert file.read_text() == '{"new": 1}'
    assert [one.name for one in tmp_path.glob("mcp.json*")] == ["mcp.json"]


@posix
def test_the_rights_of_a_file_stay_under_any_umask(tmp_path: Path) -> None:
    """Whoever could read a client's file still can, however careful this shell is with new ones;
    a file that is new is its owner's alone."""
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    file.chmod(0o644)
    old = os.umask(0o077)
    try:
        written = client_files.planned(BY_NAME["cursor"], file, START)()
        client_files.planned(BY_NAME["cursor"], tmp_path / "new.json", START)()
    finally:
        os.umask(old)
    assert written.backup
    assert {oct(one.stat().st_mode & 0o777) for one in (file, written.backup)} == {"0o644"}
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o600


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that a link leads to is edited; its backup lies beside it."""
    real = tmp_path / "dotfiles" / "cursor.json"
    real.parent.mkdir()
    real.write_text("{}")
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    written = client_files.planned(BY_NAME["cursor"], link, START)()
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
        client_files.planned(BY_NAME["cursor"], file, START)()


def test_an_install_needs_no_folder_of_ours(tmp_path: Path) -> None:
    """Where the folder for the lock cannot be made, the client's file is written without one."""
    (surroundings.home() / ".whoop-mcp-server").write_text("a file where our folder should be")
    file = tmp_path / "mcp.json"
    assert client_files.planned(BY_NAME["cursor"], file, START)().state == "added"
    assert "whoop" in json.loads(file.read_text())["mcpServers"]


@posix
def test_a_file_that_is_read_only_is_left_alone(tmp_path: Path) -> None:
    """Somebody made it so, perhaps a program that makes the file anew: not even root changes it."""
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    file.chmod(0o444)
    with pytest.raises(ExportError, match="is read-only"):
        client_files.planned(BY_NAME["cursor"], file, START)
    assert file.read_text() == "{}"
    file.write_text(json.dumps({"mcpServers": {"whoop": ENTRY}}))
    assert client_files.planned(BY_NAME["cursor"], file, START)().state == "unchanged"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """What is larger than any settings is refused before it is read."""
    file = tmp_path / "mcp.json"
    with file.open("wb") as far:
        far.truncate(2**40)
    with pytest.raises(ExportError, match="too large"):
        client_files.planned(BY_NAME["cursor"], file, START)


def test_an_entry_is_taken_out(tmp_path: Path) -> None:
    """Only the entry goes, the file as it was is kept; where there is none, nothing happens."""
    file = tmp_path / "mcp.json"
    before = '{\n  // mine\n  "mcpServers": {"other": {}, "whoop": {"command": "x"}}\n}\n'
    file.write_text(before)
    done = client_files.removal(BY_NAME["cursor"], file, "whoop")()
    assert done.state == "removed"
    assert done.backup
    assert done.backup.read_text() == before
    assert file.read_text() == '{\n  // mine\n  "mcpServers": {"other": {}}\n}\n'
    assert client_files.removal(BY_NAME["cursor"], file, "whoop")().state == "unchanged"
    nowhere = tmp_path / "no" / "mcp.json"
    assert client_files.removal(BY_NAME["cursor"], nowhere, "whoop")().state == "unchanged"
    assert not nowhere.parent.exists()


def test_the_note_of_a_client_is_told(tmp_path: Path) -> None:
    """Gemini starts servers in trusted folders alone: whoever just got the entry is told."""
    done = client_files.planned(BY_NAME["gemini"], tmp_path / "settings.json", START)()
    assert "trusts" in (done.answer()["note"] or "")


@pytest.mark.parametrize("other", ["add", "remove"])
def test_of_two_installs_at_once_none_undoes_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """While one install writes a client's file, another waits: what one says it did is so
    afterwards, or it says that the file has changed. No lock lies in the client's folder."""
    file = tmp_path / "client" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"old": {"command": "x"}}}')
    cursor = BY_NAME["cursor"]
    first = client_files.planned(cursor, file, START)
    second = (
        client_files.planned(cursor, file, Start(START.command, {}, "whoop-demo"))
        if other == "add"
        else client_files.removal(cursor, file, "old")
    )
    said: list[str] = []

    def beside() -> None:
        try:
            said.append(second().state)
        except ExportError as problem:
            said.append(problem.message)

    thread = threading.Thread(target=beside)
    real = files.replace

    def amid(path: Path, *given: Any, **named: Any) -> None:
        if path == file and thread.ident is None:
            thread.start()
            thread.join(0.3)  # it waits for this one, or has gone on, which is the mistake
        real(path, *given, **named)

    monkeypatch.setattr(files, "replace", amid)
    assert first().state == "added"
    thread.join()
    there = json.loads(file.read_text())["mcpServers"]
    assert {*there} == {"old", "whoop"}
    assert "has just changed" in said[0]
    assert not [*file.parent.glob("*.lock")]
