"""What is no export, or not the person's: a clear word, nothing changed, nothing of it told."""

from __future__ import annotations

import io
import math
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from whoop_mcp import call as calls
from whoop_mcp import times
from whoop_mcp.app import App
from whoop_mcp.archive import package as packages
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import purge, schema
from whoop_mcp.cache.cache import Cache
from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import CacheError, ValidationError, WhoopError
from whoop_mcp.server.tools import BY_NAME
from whoop_mcp.simulator import data_export, life
from whoop_mcp.whoop.resources import CYCLES, SLEEPS, WORKOUTS

from ..support import lookups
from ..support.logins import settings

NOW = "2026-05-20T12:00:00.000Z"
NAMES = ("physiological_cycles.csv", "sleeps.csv", "workouts.csv", "journal_entries.csv")
SECRET = "a most private note"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The four tables of a month, by their names."""
    whole = data_export.package(life.make(seed=4, days=30, until=NOW))
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        return {name: file.read(name).decode("utf-8-sig") for name in file.namelist()}


def zipped(folder: Path, texts: dict[str, str], name: str = "my_whoop_data.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as file:
        for one, text in texts.items():
            file.writestr(one, text)
    return folder / name


def refused(cache: Cache, place: Path | str) -> WhoopError:
    """The error of an import; the cache has nothing afterwards."""
    with pytest.raises(WhoopError) as caught:
        take_in(cache, str(place))
    assert SECRET not in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint
    assert not lookups_of(cache)
    return caught.value


def lookups_of(cache: Cache) -> list[object]:
    with cache.database.reading() as connection:
        return connection.execute(
            "SELECT id FROM records UNION ALL SELECT behaviour FROM entries "
            "UNION ALL SELECT id FROM runs UNION ALL SELECT start FROM archived"
        ).fetchall()


def test_what_is_no_zip_is_refused(cache: Cache, tmp_path: Path) -> None:
    """No file, an empty one, noise, a picture, a lone table: each is told what is meant."""
    assert "nothing at" in refused(cache, tmp_path / "none.zip").message
    assert "not absolute" in refused(cache, "export.zip").message
    assert "empty" in refused(cache, "").message
    for content in (b"", b"PK", b"PK\x03\x04" + SECRET.encode(), os.urandom(5000)):
        (tmp_path / "a.zip").write_bytes(content)
        assert "not WHOOP's data export" in refused(cache, tmp_path / "a.zip").message
    (tmp_path / "sleeps.csv").write_text("x")
    assert "single table" in refused(cache, tmp_path / "sleeps.csv").message


def test_a_path_that_cannot_be_looked_at_is_told_as_such(cache: Cache, tmp_path: Path) -> None:
    """A name that is too long for the system, or lies beyond what may be searched, is the path's
    fault and no failure of the program's."""
    assert "cannot be read" in refused(cache, tmp_path / ("long" * 2000)).message
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    try:
        assert refused(cache, closed / "export.zip")
        assert refused(cache, closed)
    finally:
        closed.chmod(0o700)


def test_a_name_of_no_character_is_damage(cache: Cache, tmp_path: Path) -> None:
    """A ZIP that lists a file without a name is told to be damaged."""
    place = tmp_path / "nameless.zip"
    with zipfile.ZipFile(place, "w") as file:
        file.writestr("sleeps.csv", "x")
        file.filelist[0].filename = ""
    assert "not WHOOP's data export" in refused(cache, place).message


def test_a_damaged_zip_is_refused(cache: Cache, tmp_path: Path, texts: dict[str, str]) -> None:
    """Cut off at any place, or with a byte changed in its midst, nothing of it is taken."""
    whole = zipped(tmp_path, texts).read_bytes()
    for cut in range(1, len(whole), len(whole) // 23):
        (tmp_path / "cut.zip").write_bytes(whole[:cut])
        refused(cache, tmp_path / "cut.zip")
    wrong = bytearray(whole)
    wrong[200] ^= 0xFF
    (tmp_path / "wrong.zip").write_bytes(bytes(wrong))
    refused(cache, tmp_path / "wrong.zip")


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_damage_is_told_as_such_however_it_is_packed(
    cache: Cache, tmp_path: Path, texts: dict[str, str], packing: int
) -> None:
    """A wrong byte at any place of the content is damage, and no failure of the program's."""
    place = tmp_path / "packed.zip"
    with zipfile.ZipFile(place, "w", packing) as file:
        file.writestr(NAMES[0], texts[NAMES[0]])
    whole = place.read_bytes()
    for at in range(100, len(whole) - 200, len(whole) // 40):
        wrong = bytearray(whole)
        wrong[at] ^= 0xFF
        place.write_bytes(bytes(wrong))
        assert "not WHOOP's data export" in refused(cache, place).message


def test_a_directory_that_points_before_the_file_is_damage(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """What a ZIP says of where its files lie is not believed either."""
    place = zipped(tmp_path, texts)
    content = bytearray(place.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    for field in range(at + 10, at + 20):
        wrong = bytearray(content)
        wrong[field] ^= 0x81
        place.write_bytes(bytes(wrong))
        try:
            packages.read(str(place))
        except ValidationError as problem:
            assert "cannot be read" not in problem.message


def test_an_encrypted_zip_is_refused(cache: Cache, tmp_path: Path, texts: dict[str, str]) -> None:
    """It is told to unpack it, not that it is damaged."""
    content = bytearray(zipped(tmp_path, texts).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    (tmp_path / "sealed.zip").write_bytes(bytes(content))
    assert "encrypted" in refused(cache, tmp_path / "sealed.zip").message


def test_a_bomb_is_refused_before_and_while_it_is_read(
    cache: Cache, tmp_path: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says that it is large, and what is larger than it says, is not read to its end."""
    monkeypatch.setattr(packages, "_LARGEST", 2**20)
    monkeypatch.setattr(packages, "_LARGEST_OF_ALL", 2**21)
    place = zipped(tmp_path, {**texts, "sleeps.csv": "0" * 2**23})
    assert "larger than any" in refused(cache, place).message
    content = place.read_bytes()
    lie = content.replace((2**23).to_bytes(4, "little"), (999).to_bytes(4, "little"))
    (tmp_path / "lie.zip").write_bytes(lie)
    assert refused(cache, tmp_path / "lie.zip")
    many = {f"{number}.csv": "x" for number in range(300)}
    assert "more than" in refused(cache, zipped(tmp_path, many)).message


@pytest.mark.parametrize(
    "name",
    ["../sleeps.csv", "a/../../sleeps.csv", "/etc/sleeps.csv", "C:\\sleeps.csv", "..\\x.txt"],
)
def test_names_that_lead_out_are_refused(
    cache: Cache, tmp_path: Path, texts: dict[str, str], name: str
) -> None:
    """A name with `..`, from the root or of a drive is no name of WHOOP's."""
    place = zipped(tmp_path, {**texts, name: "x"})
    assert "leads out" in refused(cache, place).message


def test_links_are_refused(cache: Cache, tmp_path: Path, texts: dict[str, str]) -> None:
    """A link in a ZIP or in a folder is followed nowhere."""
    place = zipped(tmp_path, texts)
    with zipfile.ZipFile(place, "a") as file:
        link = zipfile.ZipInfo("more.csv")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    assert "leads out" in refused(cache, place).message
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (tmp_path / "elsewhere.csv").write_text(texts["sleeps.csv"])
    (folder / "physiological_cycles.csv").write_text(texts["physiological_cycles.csv"])
    (folder / "sleeps.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert "is a link" in refused(cache, folder).message


def test_another_package_is_named_as_such(cache: Cache, tmp_path: Path) -> None:
    """The archive of the privacy page, or any other ZIP, is told which one is meant."""
    for content in ({"profile.json": "{}"}, {"a.csv": "name,value\nx,1\n"}):
        problem = refused(cache, zipped(tmp_path, content))
        assert "not WHOOP's data export" in problem.message
        assert "Data Export" in str(problem.hint) and "privacy" in str(problem.hint)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";"),
        lambda text: re.sub(r"2026-(05)-(\d\d)", r"\2/\1/2026", text),
        lambda text: re.sub(r"2026-04-(\d\d)", r"\1.04.26", text),
    ],
    ids=["semicolons", "dates", "other dates"],
)
def test_what_a_spreadsheet_has_saved_is_refused(
    cache: Cache, tmp_path: Path, texts: dict[str, str], change: Callable[[str], str]
) -> None:
    """Semicolons and turned dates are a reason to export anew, not to guess."""
    place = zipped(tmp_path, {name: change(text) for name, text in texts.items()})
    problem = refused(cache, place)
    assert "spreadsheet" in problem.message or "Most rows" in problem.message


def test_without_cycles_nothing_has_its_place(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Cycles are needed; what else is missing is told, and claims nothing."""
    some = {name: text for name, text in texts.items() if not name.startswith("physio")}
    assert "no physiological cycles" in refused(cache, zipped(tmp_path, some)).message
    alone = {"physiological_cycles.csv": texts["physiological_cycles.csv"]}
    answer = take_in(cache, str(zipped(tmp_path, alone)))
    assert len([one for one in answer["warnings"] if "The export has no" in one]) == 3
    assert answer["kinds"]["sleeps"]["new"] > 20 and "journal" not in answer["kinds"]
    assert not lookups.standing(cache, SLEEPS, times.BEGINNING).complete
    assert not lookups.standing(cache, WORKOUTS, times.BEGINNING, answer["as_of"]).complete
    assert lookups.standing(cache, CYCLES, times.BEGINNING, answer["as_of"]).complete


def test_two_exports_in_one_folder_are_refused(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Tables of one kind twice, or two unpacked exports side by side, are not mixed."""
    folder = tmp_path / "both"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        for file, text in texts.items():
            (folder / name / file).write_text(text)
    assert "Two exports" in refused(cache, folder).message
    for name in ("one", "two"):
        for file, text in texts.items():
            (folder / f"{name} {file}").write_text(text)
    assert "Two exports" in refused(cache, folder).message
    assert take_in(cache, str(folder / "one"))["kinds"]["cycles"]["new"] > 20


def test_a_foreign_table_beside_translated_ones_is_left_out(cache: Cache, tmp_path: Path) -> None:
    """Where headers are translated, as many columns are not enough: what they hold has to fit. A
    first row that cannot be read costs that row only."""
    whole = data_export.package(life.make(seed=4, days=30, until=NOW), "de")
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        texts = {name: file.read(name).decode("utf-8-sig") for name in file.namelist()}
    steps = "Startzeit,Endzeit,Zeitzone,Schritte,Ziel,Etage\n"
    steps += "2026-05-01 01:00:00,2026-05-02 01:00:00,UTC+01:00,1000,5,2\n" * 30
    answer = take_in(cache, str(zipped(tmp_path, {"a.csv": steps, **texts, "z.csv": steps})))
    assert "2 tables of no known kind were left out" in " ".join(answer["warnings"])
    assert answer["kinds"]["journal"]["new"] > 20
    for name, text in texts.items():
        header, first, rest = text.split("\n", 2)
        texts[name] = "\n".join([header, first.replace("UTC", SECRET), rest])
    kinds = take_in(cache, str(zipped(tmp_path, texts)))["kinds"]
    assert [kinds[name]["skipped"] for name in ("cycles", "workouts", "journal")] == [1, 1, 1]


def test_another_persons_export_is_refused_unless_it_is_forced(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Too few starts agree: the answer says how many do, and the cache stays as it was."""
    take_in(cache, str(zipped(tmp_path, texts)))
    before = lookups_of(cache)
    other = data_export.package(life.make(seed=99, days=30, until=NOW))
    (tmp_path / "other.zip").write_bytes(other)
    with pytest.raises(CacheError) as caught:
        take_in(cache, str(tmp_path / "other.zip"))
    assert "0 of " in caught.value.message and "--force" in str(caught.value.hint)
    assert lookups_of(cache) == before
    answer = take_in(cache, str(tmp_path / "other.zip"), force=True)
    assert answer["agreement"]["agree"] == 0


def test_a_row_that_cannot_be_is_left_out_and_leaves_a_hole(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Line and reason are told, no value is, and the time around it is not claimed as known."""
    lines = texts["sleeps.csv"].splitlines()
    lines[10] = lines[10].replace("UTC", SECRET)
    lines[20] = ",".join(lines[20].split(",")[:-1])
    answer = take_in(cache, str(zipped(tmp_path, {**texts, "sleeps.csv": "\n".join(lines)})))
    assert answer["kinds"]["sleeps"]["skipped"] == 2
    said = " ".join(answer["warnings"])
    assert "line 11" in said and "line 21" in said and SECRET not in said
    known = lookups.standing(cache, SLEEPS, times.BEGINNING, answer["as_of"])
    assert 1 <= len(known.missing) <= 2
    assert lookups.standing(cache, WORKOUTS, times.BEGINNING, answer["as_of"]).complete


def test_a_blank_is_null_and_a_repeated_row_is_one(
    cache: Cache, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Blanks, no-break spaces and rows that come twice make neither zeros nor second records."""
    header, *rows = texts["physiological_cycles.csv"].splitlines()
    cells = rows[5].split(",")
    bare = [*cells[:3], *["" if place % 2 else "\u00a0" for place in range(23)]]
    tables = {**texts, "physiological_cycles.csv": "\n".join([header, *rows, ",".join(bare)])}
    answer = take_in(cache, str(zipped(tmp_path, tables)))
    assert answer["kinds"]["cycles"]["skipped"] == 1
    held = list(lookups.stream(cache, CYCLES))
    assert len(held) == len(rows) and all(one["strain"] != 0 for one in held)
    whole = next(one for one in held if one["start_local"][:19].replace("T", " ") == cells[0])
    assert whole["strain"] is not None


class Counted(Call):
    """A call whose time is over, or that is cancelled, at one of its looks."""

    def __init__(self, end: int | None = None, *, cancelled: bool = False) -> None:
        super().__init__(cancelled=self.look)
        self.looks, self.end, self.is_cancelled = 0, end, cancelled

    def look(self) -> None:
        """Count a look."""
        self.looks += 1
        if self.is_cancelled and self.looks == self.end:
            raise Stopped

    def left(self) -> float:
        """Tell that no time is left, from that look on."""
        return 0.0 if self.end is not None and self.looks >= self.end else math.inf


def test_an_import_without_time_keeps_nothing(
    cache: Cache, tmp_path: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever its time is over, or the caller goes away, the cache is as it was. Who is out of
    time reads that a terminal sets none."""
    monkeypatch.setattr(calls, "_SOME", 20)
    place = str(zipped(tmp_path, texts))
    whole = Counted()
    take_in(Cache(tmp_path / "other.db", clock=lambda: NOW), place, call=whole)
    assert whole.looks > 20
    for end in range(1, whole.looks + 1):
        with pytest.raises(Stopped):
            take_in(cache, place, call=Counted(end, cancelled=True))
        with pytest.raises(ValidationError, match="nothing of it was kept") as caught:
            take_in(cache, place, call=Counted(end))
        assert "`whoop-mcp import PATH` in a terminal" in str(caught.value.hint)
        assert not lookups_of(cache)
        assert version(cache) in (0, schema.VERSION)
    assert take_in(cache, place)["kinds"]["cycles"]["new"] > 20


def test_blank_lines_take_time_too(cache: Cache, tmp_path: Path, texts: dict[str, str]) -> None:
    """A table of blank lines alone, however many, is left as soon as the call's time is over."""
    name = "journal_entries.csv"
    place = str(zipped(tmp_path, {**texts, name: texts[name] + "\n" * 2**20}))
    call = Counted()
    take_in(cache, place, call=call)
    assert call.looks > 2**20 / 2**16


def test_the_tool_is_bound_by_its_call(tmp_path: Path, texts: dict[str, str]) -> None:
    """Over MCP an import has the time of a call, and no more."""
    app = App(settings(tmp_path, "http://127.0.0.1:9"))
    with pytest.raises(ValidationError, match="nothing of it was kept"):
        BY_NAME["import_whoop_export"].call(app, {"path": str(zipped(tmp_path, texts))}, Call(0.0))


def test_an_import_that_fails_leaves_the_cache_as_it_was(
    cache: Cache, tmp_path: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or an end amid the transaction, changes nothing; the next import is whole."""
    place = str(zipped(tmp_path, texts))
    for problem in (sqlite3.OperationalError("database or disk is full"), KeyboardInterrupt()):

        def fail(*given: object, problem: BaseException = problem) -> None:
            raise problem

        with monkeypatch.context() as patch:
            patch.setattr("whoop_mcp.sync.audit.note_import", fail)
            with pytest.raises((WhoopError, KeyboardInterrupt)):
                take_in(cache, place)
        assert not lookups_of(cache)
        assert version(cache) == schema.VERSION  # earlier programs may still open it
    assert take_in(cache, place)["kinds"]["cycles"]["new"] > 20
    assert version(cache) == schema.WITH_EXPORT  # they would take its records for deleted
    purge.everything(cache)
    assert version(cache) == schema.VERSION and not lookups_of(cache)


def version(cache: Cache) -> int:
    with cache.database.reading() as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def test_errors_hold_nothing_of_a_file(
    cache: Cache, tmp_path: Path, texts: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Where each table is spoilt in turn with a secret, no message, hint or log has it."""
    for name in NAMES:
        header, *rows = texts[name].splitlines()
        spoilt = [f"{SECRET},{row}" for row in rows]
        for text in ("\n".join([header, *spoilt]), f"{SECRET}\n" + texts[name], SECRET * 1000):
            try:
                answer = take_in(cache, str(zipped(tmp_path, {**texts, name: text})), force=True)
            except ValidationError as problem:
                assert SECRET not in f"{problem.message}{problem.hint}"
            else:
                assert SECRET not in str(answer)
    assert SECRET not in caplog.text
