"""The log as it arrives on stderr and in files."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import log_file, logs, times
from whoop_mcp.errors import ValidationError
from whoop_mcp.lock import take
from whoop_mcp.settings import Settings

log = logging.getLogger("whoop_mcp.anything")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    logs.close()


def settings(home: Path, **environ: str) -> Settings:
    """Settings of a home in a temporary place."""
    return Settings.read({"WHOOP_HOME": str(home / "home"), **environ})


def test_lines_are_json_in_both_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each record is one JSON object, on stderr and in the file, tracebacks included."""
    logs.set_up(settings(tmp_path))
    try:
        raise ValueError("something of jane@mail.example")
    except ValueError:
        log.exception("it failed\nbadly")
    printed = capsys.readouterr().err
    line = json.loads(printed)
    assert (line["level"], line["logger"]) == ("ERROR", "whoop_mcp.anything")
    assert line["message"] == "it failed\nbadly"
    assert "ValueError" in line["traceback"]
    assert "jane" not in printed
    assert (tmp_path / "home" / "logs" / "whoop-mcp.log").read_text() == printed


def test_a_line_is_made_once_for_all_who_write_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """stderr, the file and the question whether the file is full share one JSON text."""
    made = []
    monkeypatch.setattr(times, "text", lambda moment: made.append(moment) or "now")
    logs.set_up(settings(tmp_path))
    log.info("once")
    log.info("twice")
    assert len(made) == 2
    printed = capsys.readouterr().err
    assert [json.loads(line)["message"] for line in printed.splitlines()] == ["once", "twice"]
    assert (tmp_path / "home" / "logs" / "whoop-mcp.log").read_text() == printed


def test_where_one_cannot_be_written_the_other_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stderr that nobody reads any more keeps no line from the file, and a file that cannot be
    looked at none from stderr; neither is said anything of."""
    file = tmp_path / "home" / "logs" / "whoop-mcp.log"
    with open(os.devnull) as no_writing, monkeypatch.context() as broken:  # noqa: PTH123
        broken.setattr(sys, "stderr", no_writing)
        logs.set_up(settings(tmp_path))
        log.info("to the file")
    assert json.loads(file.read_text())["message"] == "to the file"
    assert capfd.readouterr().err == ""
    logs.set_up(settings(tmp_path))
    with monkeypatch.context() as broken:

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        broken.setattr(os, "stat", refuse)
        log.info("to stderr")
    log.info("to both")
    said = [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()]
    assert said == ["to stderr", "to both"]
    assert [json.loads(line)["message"] for line in file.read_text().splitlines()] == [
        "to the file",
        "to both",
    ]


def test_a_line_that_cannot_be_made_harms_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever logs it goes on, and nothing of it is repeated: not even what it was made of, of
    which nobody knows whether it is secret."""
    logs.set_up(settings(tmp_path))
    logging.getLogger("urllib3.connectionpool").warning("%d of %d", "a secret")
    log.handle(
        logging.makeLogRecord({"levelno": logging.ERROR, "created": 1e18, "msg": "a secret"})
    )
    log.info("the next one")
    said = [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()]
    assert said == [
        "A line of urllib3.connectionpool could not be put together.",
        "the next one",
    ]


def test_a_line_is_spelled_as_json_spells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs that JSON escapes, in the message, its traceback or its level, are; letters stay."""
    logs.set_up(settings(tmp_path, WHOOP_LOG_FILE=""))
    monkeypatch.setitem(logging._levelToName, 33, 'a "b"')
    try:
        raise ValueError("back\\slash")
    except ValueError:
        log.log(33, "\x00 \u2028 \t \x7f né \\ …", exc_info=True)
    printed = capsys.readouterr().err
    assert printed == json.dumps(json.loads(printed), ensure_ascii=False) + "\n"
    assert [*json.loads(printed)] == ["time", "level", "logger", "message", "traceback"]


@pytest.mark.posix
def test_what_is_no_file_is_not_moved_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is a device or a pipe is written to without end."""
    monkeypatch.setattr(logs, "_LARGEST", 10)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        logs.set_up(settings(tmp_path, WHOOP_LOG_FILE=str(pipe)), console=False)
        log.info("one")
        log.info("two")
        assert os.read(reading, 65536).count(b"\n") == 2
    finally:
        os.close(reading)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("pipe")] == ["pipe"]


def test_people_get_plain_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With WHOOP_LOG_JSON=false lines are for people, and redacted all the same."""
    logs.set_up(settings(tmp_path, WHOOP_LOG_JSON="false", WHOOP_LOG_FILE=""))
    log.info("refresh_token=%s", "hush")
    log.debug("not at this level")
    printed = capsys.readouterr().err
    assert "INFO refresh_token=[redacted]" in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "home").exists()


@pytest.mark.posix
def test_the_file_rotates_and_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log and each of its five backups are readable by their owner only; the folder too."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    folder = tmp_path / "home" / "logs"
    folder.mkdir(mode=0o755, parents=True)
    logs.set_up(settings(tmp_path), console=False)
    for _ in range(20):
        log.info("a line " * 100)
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["whoop-mcp.log", *(f"whoop-mcp.log.{n}" for n in range(1, 6))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_rotated_away_by_another_process_is_left(tmp_path: Path) -> None:
    """After somebody else has rotated the file, lines go to the new one."""
    logs.set_up(settings(tmp_path), console=False)
    path = tmp_path / "home" / "logs" / "whoop-mcp.log"
    log.info("before")
    path.rename(path.with_suffix(".log.1"))
    log.info("after")
    assert "after" in path.read_text()
    assert "after" not in path.with_suffix(".log.1").read_text()


def test_the_http_library_is_quiet_and_redacted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the HTTP library says below a warning is left out; a warning is redacted."""
    logs.set_up(settings(tmp_path, WHOOP_LOG_LEVEL="DEBUG"))
    guest = logging.getLogger("urllib3.connectionpool")
    guest.debug("GET /v2/cycle?start=2026-04-20")
    guest.warning("retrying /v2/cycle?start=2026-04-20")
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "2026-04" not in json.loads(printed)["message"]


def test_a_file_that_cannot_be_written_is_done_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no log file can be, stderr says so and the program goes on."""
    (tmp_path / "home").write_text("not a folder")
    logs.set_up(settings(tmp_path))
    log.info("still here")
    printed = capsys.readouterr().err
    assert "cannot be written" in printed
    assert "still here" in printed


def test_setting_up_again_replaces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice set up, each line still comes once."""
    logs.set_up(settings(tmp_path))
    logs.set_up(settings(tmp_path))
    log.info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_a_command_without_a_file_logs_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no file to log to, warnings and crashes are said on stderr, and no more; a
    usual file that cannot be written is among them."""
    logs.set_up(settings(tmp_path, WHOOP_LOG_FILE=""), console=False)
    log.info("all is well")
    log.warning("not so well")
    printed = capsys.readouterr().err
    assert "not so well" in printed and "all is well" not in printed
    (tmp_path / "file").write_text("")
    logs.set_up(settings(tmp_path / "file"), console=False)
    assert "cannot be written" in capsys.readouterr().err
    logs.set_up(settings(tmp_path), console=False)
    log.error("bad")
    assert capsys.readouterr().err == ""


@pytest.mark.posix
@pytest.mark.parametrize("place", ["file/log", "folder", "link", "folder/" + "n" * 300])
def test_a_chosen_file_that_cannot_be_one_is_a_bad_setting(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A WHOOP_LOG_FILE that can never be written is refused by name; what was set up stays."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    logs.set_up(None)
    with pytest.raises(ValidationError, match="WHOOP_LOG_FILE"):
        logs.set_up(settings(tmp_path, WHOOP_LOG_FILE=str(tmp_path / place)))
    log.info("still heard")
    assert "still heard" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_takes_the_log_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A chosen file for which there is no room just now is done without: the setting is good."""

    def full(*_: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log_file, "private", full)
    logs.set_up(settings(tmp_path, WHOOP_LOG_FILE=str(tmp_path / "log")))
    assert "No space left" in capsys.readouterr().err


def held(name: str) -> Any:
    """A `Path.rename` that refuses one name, as Windows does while somebody has the file open."""
    rename = Path.rename

    def refuse(path: Path, target: str | Path) -> Path:
        if path.name == name:
            raise PermissionError(errno.EACCES, "Access is denied")
        return rename(path, target)

    return refuse


@pytest.mark.parametrize("name", ["whoop-mcp.log", "whoop-mcp.log.2"])
def test_a_file_that_cannot_be_moved_costs_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """While somebody keeps the log or a backup from being renamed, every line and every backup
    stays; afterwards it moves on as before."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    monkeypatch.setattr(logs, "_BACKUPS", 20)
    folder = tmp_path / "home" / "logs"
    logs.set_up(settings(tmp_path), console=False)

    def lines() -> list[str]:
        texts = "".join(one.read_text() for one in folder.iterdir())
        return sorted(json.loads(line)["message"][:6] for line in texts.splitlines())

    for number in range(3):
        log.info("say %02d %s", number, "x" * 1000)
    with monkeypatch.context() as busy:
        busy.setattr(Path, "rename", held(name))
        for number in range(3, 9):
            log.info("say %02d %s", number, "x" * 1000)
    assert lines() == [f"say {number:02}" for number in range(9)]
    for number in range(9, 12):
        log.info("say %02d %s", number, "x" * 1000)
    assert lines() == [f"say {number:02}" for number in range(12)]
    assert not (folder / "whoop-mcp.log.moving").exists()


def test_what_a_killed_rotation_left_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that was on its way becomes a backup with the next rotation."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    logs.set_up(settings(tmp_path), console=False)
    folder = tmp_path / "home" / "logs"
    (folder / "whoop-mcp.log.moving").write_text("on its way")
    for _ in range(2):
        log.info("x" * 1000)
    assert (folder / "whoop-mcp.log.2").read_text() == "on its way"
    assert len(list(folder.iterdir())) == 3


def test_what_another_process_is_moving_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a log is on its way in another's hands, nobody else touches it or the backups, and
    lines go on into the new one; once nobody has it, it becomes a backup."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    logs.set_up(settings(tmp_path), console=False)
    folder = tmp_path / "home" / "logs"
    moving = folder / "whoop-mcp.log.moving"
    moving.write_text("on its way")
    handle = os.open(moving, os.O_RDWR)
    try:
        assert take(handle)
        for _ in range(3):
            log.info("x" * 1000)
        assert sorted(folder.iterdir()) == [folder / "whoop-mcp.log", moving]
        assert (folder / "whoop-mcp.log").read_text().count("\n") == 3
    finally:
        os.close(handle)
    log.info("at last")
    assert (folder / "whoop-mcp.log.2").read_text() == "on its way"
    assert (folder / "whoop-mcp.log.1").read_text().count("\n") == 3
    assert not moving.exists()


def test_only_one_moves_the_log_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process has the log's lock, as it has to move it, lines go on into it."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    logs.set_up(settings(tmp_path), console=False)
    file = tmp_path / "home" / "logs" / "whoop-mcp.log"
    log.info("first %s", "x" * 1000)
    handle = os.open(file, os.O_RDWR)
    try:
        assert take(handle)
        log.info("second %s", "x" * 1000)
        assert file.read_text().count("\n") == 2
    finally:
        os.close(handle)
    log.info("third")
    assert file.read_text().count("\n") == 1
    assert file.with_name("whoop-mcp.log.1").read_text().count("\n") == 2


def test_who_listens_goes_on_when_the_log_is_set_up(tmp_path: Path) -> None:
    """A handler that hears the log for a while hears it also after the settings came to be known,
    redacted, and each line once; the handlers before them are gone."""
    heard: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("whoop_mcp.any")
    logs.set_up(None)
    with logs.heard_by(listener):
        logs.set_up(settings(tmp_path), console=False)
        log.warning("access_token=abcdefgh")
    log.warning("after")
    assert heard == ["access_token=[redacted]"]
    assert (tmp_path / "home" / "logs" / "whoop-mcp.log").read_text().count("\n") == 2


_WRITER = """
import logging, sys
from whoop_mcp import logs
from whoop_mcp.settings import Settings
logs._LARGEST, logs._BACKUPS = 20_000, 40
logs.set_up(Settings.read({"WHOOP_HOME": sys.argv[1]}), console=False)
for number in range(300):
    logging.getLogger("whoop_mcp.any").info("%s-%s %s", sys.argv[2], number, "x" * 200)
"""


def test_several_processes_write_one_log(tmp_path: Path) -> None:
    """Each line of each is there once and whole, in the log or in one of its backups."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(number)],
            cwd=Path(__file__).parents[2],
        )
        for number in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    found = [
        json.loads(line)["message"].partition(" ")[0]
        for file in (tmp_path / "logs").iterdir()
        for line in file.read_text().splitlines()
    ]
    assert sorted(found) == sorted(f"{one}-{number}" for one in range(3) for number in range(300))
