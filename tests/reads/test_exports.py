"""Exports of a real cache, read back."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pyarrow.parquet
import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.cache.snapshot import Snapshot
from whoop_mcp.call import Call, Stopped
from whoop_mcp.choices import ALL, FORMATS, JOURNAL, KINDS
from whoop_mcp.errors import CacheEmpty, ExportError, FileExists, ValidationError
from whoop_mcp.reads import exports
from whoop_mcp.reads.exports import export
from whoop_mcp.simulator import life
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import BODY, COLLECTIONS, CYCLES, PROFILE, RESOURCES, WORKOUTS

from ..support import lookups, samples

NOW = "2026-02-10T12:00:00.000Z"
HISTORY = Window("2010-01-01T00:00:00.000Z", NOW)
FILES = ("cycles", "recoveries", "sleeps", "workouts", "profile", "body_measurement")

Export = Callable[..., dict[str, Any]]


def test_what_is_offered_is_what_there_is() -> None:
    """The tables of tools and commands name each kind and format that can be exported, no other."""
    assert tuple(exports._WRITERS) == FORMATS
    assert (*(resource.name for resource in COLLECTIONS), JOURNAL, ALL) == KINDS


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Ninety days of an athlete's life over a new year, all of it covered. Only read from."""
    cache = Cache(tmp_path_factory.mktemp("home") / "whoop.db", clock=lambda: NOW)
    account = life.make(seed=7, days=90, until=NOW)
    cache.save(
        *(Findings(one, NOW, account.all(one.name), window=HISTORY) for one in COLLECTIONS),
        Findings(PROFILE, NOW, [account.profile]),
        Findings(BODY, NOW, [account.body]),
    )
    return cache


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that holds nothing but what is put there."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def run(filled: Cache) -> Export:
    """The export of that cache."""

    def run(kind: str, format: str, path: Path, **options: Any) -> dict[str, Any]:
        return export(filled, kind, format, str(path), home=filled.path.parent, **options)

    return run


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an exported file, as the library for its format reads them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("format", FORMATS)
def test_a_field_that_is_seldom_there_is_always_a_column(
    tmp_path: Path, out: Path, format: str
) -> None:
    """A workout's record has `sport_id` where its sport has no name; a file has it for each."""
    shelf = samples.Shelf(tmp_path / "seldom" / "whoop.db")
    for number, sport in ((7, None), (8, "rowing")):
        shelf.save(WORKOUTS, samples.workout(samples.uuid(number), sport_name=sport, sport_id=4711))
    assert ["sport_id" in one for one in lookups.stream(shelf.cache, WORKOUTS)] == [True, False]
    path = out / f"out.{format}"
    export(shelf.cache, "workouts", format, str(path), home=shelf.path.parent)
    found = {str(row["sport_name"] or ""): row["sport_id"] for row in read(path)}
    nothing = "" if format == "csv" else None
    assert found == {"": "4711" if format == "csv" else 4711, "rowing": nothing}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", [one for one in KINDS if one in RESOURCES])
def test_a_file_holds_the_caches_records_oldest_first(
    run: Export, filled: Cache, out: Path, kind: str, format: str
) -> None:
    """Every record is in the file once, in order, and the answer tells what was written."""
    path = out / f"out.{format}"
    answer = run(kind, format, path)
    held = list(lookups.stream(filled, RESOURCES[kind]))
    key = RESOURCES[kind].id_field
    assert [str(row[key]) for row in read(path)] == [str(record[key]) for record in held]
    assert held
    assert answer == {
        "status": "success",
        "format": format,
        "files": [
            {
                "kind": kind,
                "path": str(path),
                "records": len(held),
                "bytes": path.stat().st_size,
                "complete": True,
                "as_of": NOW,
            }
        ],
    }
    assert list(out.iterdir()) == [path]


def test_jsonl_holds_exactly_the_flat_records(run: Export, filled: Cache, out: Path) -> None:
    """Nothing is lost or changed on the way to JSON; each row says where it is from."""
    run("sleeps", "jsonl", out / "a.jsonl")
    held = [{**one, "source": "api"} for one in lookups.stream(filled, RESOURCES["sleeps"])]
    assert read(out / "a.jsonl") == held


@pytest.mark.parametrize("format", FORMATS)
def test_all_is_a_folder_of_six_files(run: Export, out: Path, format: str) -> None:
    """The folder is made, and holds one file per resource, the two snapshots too."""
    folder = out / "everything"
    answer = run(ALL, format, folder)
    assert [one["kind"] for one in answer["files"]] == list(FILES)
    assert {path.name for path in folder.iterdir()} == {f"{name}.{format}" for name in FILES}
    for one in answer["files"]:
        assert len(read(Path(one["path"]))) == one["records"]
        assert (one["complete"], one["as_of"]) == (True, NOW)
    (profile,) = read(folder / f"profile.{format}")
    assert profile["first_name"] == "Demo"


def test_all_fits_into_a_folder_with_other_things(run: Export, out: Path) -> None:
    """What else is in the folder stays, and one file in the way stops all six."""
    (out / "notes.txt").write_text("mine")
    (out / "sleeps.csv").write_text("mine")
    with pytest.raises(FileExists):
        run(ALL, "csv", out)
    assert {path.name for path in out.iterdir()} == {"notes.txt", "sleeps.csv"}
    run(ALL, "csv", out, overwrite=True)
    assert len(list(out.iterdir())) == 7
    assert (out / "notes.txt").read_text() == "mine"


def test_a_window_takes_what_overlaps_it(run: Export, filled: Cache, out: Path) -> None:
    """`start` and `end` choose the records, in any spelling of an instant."""
    run(
        "cycles",
        "jsonl",
        out / "a.jsonl",
        start="2026-01-05 00:00+01:00",
        end="2026-01-10T00:00Z",
    )
    start, end = "2026-01-04T23:00:00.000Z", "2026-01-10T00:00:00.000Z"
    expected = [
        record["id"]
        for record in lookups.stream(filled, CYCLES)
        if record["start"] < end and (record["end"] or NOW) > start
    ]
    assert [record["id"] for record in read(out / "a.jsonl")] == expected
    assert 5 <= len(expected) <= 7


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_window_is_a_valid_file(run: Export, out: Path, format: str) -> None:
    """Nothing in the window: a header, no line, a schema."""
    path = out / f"a.{format}"
    (one,) = run("workouts", format, path, start="2011-01-01", end="2011-02-01")["files"]
    assert (one["records"], one["complete"], read(path)) == (0, True, [])
    assert one["bytes"] == path.stat().st_size
    if format == "csv":
        assert path.read_bytes().startswith(b"altitude_change_meter,altitude_gain_meter,")
    if format == "parquet":
        assert "zone_durations_seconds" in pyarrow.parquet.read_schema(path).names


@pytest.mark.parametrize("kind", ["workouts", ALL, "journal"])
def test_a_window_that_can_hold_nothing_is_named(run: Export, out: Path, kind: str) -> None:
    """It is a valid file all the same, and the answer says why there is nothing in it."""
    path = out / ("all" if kind == ALL else "a.csv")
    day, ahead = "2026-01-05", "2999-01-01"
    answer = run(kind, "csv", path, start=day, end=day)
    assert "for all of 2026-01-05, end with 2026-01-06" in answer["warnings"][0]
    answer = run(kind, "csv", path, start=ahead, overwrite=True)
    assert answer["warnings"] == [f"Nothing can be there yet: {ahead} is still to come."]
    assert answer["files"][0]["records"] == 0
    assert "warnings" not in run(kind, "csv", path, start=day, overwrite=True)


def test_what_the_cache_has_not_seen_is_told(out: Path) -> None:
    """Everything means since there is WHOOP: a file that lacks the years before says which."""
    cache = Cache(out / "home" / "whoop.db", clock=lambda: NOW)
    week = Window("2026-02-03T12:00:00.000Z", NOW)
    cache.save(Findings(CYCLES, NOW, [], window=week))
    (out / "all").mkdir()
    answer = export(cache, ALL, "csv", str(out / "all"), home=out / "home")
    files = {one["kind"]: one for one in answer["files"]}
    before = {"start": HISTORY.start, "end": week.start}
    assert files["cycles"]["missing"] == [before]
    assert files["cycles"]["as_of"] == NOW
    assert files["workouts"]["missing"] == [{"start": HISTORY.start, "end": NOW}]
    assert not any(one["complete"] for one in files.values())
    assert (files["profile"]["records"], files["profile"]["as_of"]) == (0, None)
    (one,) = export(
        cache,
        "cycles",
        "csv",
        str(out / "week.csv"),
        start=week.start,
        home=out / "home",
    )["files"]
    assert one["complete"]
    assert "missing" not in one


def test_an_empty_cache_exports_nothing(out: Path) -> None:
    """A cache that holds and covers nothing is CACHE_EMPTY, and no file or folder appears."""
    home, path = out / "home", out / "all"
    home.mkdir()
    with pytest.raises(CacheEmpty):
        export(Cache(home / "whoop.db"), ALL, "csv", str(path), home=home)
    assert not path.exists()


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("kind", {"kind": "naps"}),
        ("format", {"format": "xlsx"}),
        ("path", {"path": "relative.csv"}),
        ("path", {"path": "{out}/a.jsonl"}),
        ("start", {"start": "yesterday"}),
        ("start", {"start": ""}),
        ("end", {"end": "2026-02-30"}),
        ("end", {"start": "2026-02-02", "end": "2026-02-01"}),
        ("end", {"start": "2026-02-02T00:00:00Z", "end": "2026-02-02T00:00:00+01:00"}),
    ],
)
def test_bad_arguments_are_named(
    filled: Cache, out: Path, argument: str, options: dict[str, str]
) -> None:
    """Each bad argument is refused by name, with a hint, before anything is written."""
    given = {"kind": "cycles", "format": "csv", "path": "{out}/a.csv", **options}
    given["path"] = given["path"].replace("{out}", str(out))
    with pytest.raises(ValidationError, match=f"`{argument}`") as caught:
        export(filled, home=filled.path.parent, **given)  # type: ignore[arg-type]
    assert caught.value.hint
    assert not list(out.iterdir())


@pytest.mark.parametrize("kind", ["cycles", ALL])
def test_a_stopped_export_leaves_nothing(run: Export, out: Path, kind: str) -> None:
    """Cancelled in the middle, neither a file nor the folder made for it is left."""
    checks = iter([None, None, None, Stopped()])

    def cancelled() -> None:
        problem = next(checks)
        if problem:
            raise problem

    path = out / ("a.csv" if kind == "cycles" else "all")
    if kind == "cycles":
        checks = iter([None, Stopped()])
    with pytest.raises(Stopped):
        run(kind, "csv", path, call=Call(cancelled=cancelled))
    assert not list(out.iterdir())


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_place_taken_meanwhile_stops_all_files(run: Export, out: Path, overwrite: bool) -> None:
    """What appears at one of six places while they are written leaves the others as they were."""
    if overwrite:
        for name in FILES:
            (out / f"{name}.csv").write_text("old")

    def take() -> None:
        place = out / "sleeps.csv"
        if not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir()

    with pytest.raises(ValidationError if overwrite else FileExists):
        run(ALL, "csv", out, overwrite=overwrite, call=Call(cancelled=take))
    assert {path.read_text() for path in out.iterdir() if path.is_file()} <= {"old"}
    assert len(list(out.iterdir())) == (len(FILES) if overwrite else 1)


@pytest.mark.posix
@pytest.mark.parametrize(
    "format", ["csv", pytest.param("jsonl", marks=pytest.mark.slow), "parquet"]
)
def test_a_full_disk_leaves_the_old_files(filled: Cache, out: Path, format: str) -> None:
    """A disk that fills midway through an overwriting export leaves every old file whole."""
    for name in FILES:
        (out / f"{name}.{format}").write_text("old")
    program = """
import resource, sqlite3, sys
from pathlib import Path
from whoop_mcp.cache import Cache
from whoop_mcp.errors import ExportError
from whoop_mcp.reads.exports import export
database, folder, format = sys.argv[1:]
held = sqlite3.connect(database)  # keeps SQLite's own files as large as they will get
held.execute("SELECT 1 FROM records").fetchone()
resource.setrlimit(resource.RLIMIT_FSIZE, (12000, 12000))
try:
    export(Cache(Path(database)), "all", format, folder, overwrite=True, home=Path(database).parent)
except ExportError as problem:
    print(problem.code)
held.close()
"""
    done = subprocess.run(
        # Without -B what it compiles would be cut off as well, and kept for everybody.
        [sys.executable, "-B", "-X", "dev", "-c", program, str(filled.path), str(out), format],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (ExportError.code, "")
    assert {path.name for path in out.iterdir()} == {f"{name}.{format}" for name in FILES}
    assert {path.read_text() for path in out.iterdir()} == {"old"}


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.slow
def test_memory_does_not_grow_with_history(
    filled: Cache, out: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times the records take no more memory at once."""
    text = json.dumps(next(lookups.stream(filled, CYCLES)))
    peaks = []
    for count in (5_000, 20_000):
        monkeypatch.setattr(Snapshot, "texts", lambda *span, count=count: repeat(text, count))
        tracemalloc.start()
        export(filled, "cycles", format, f"{out}/{count}.{format}", home=out / "home")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_by_year_holds_the_same_records(
    run: Export, filled: Cache, out: Path, format: str
) -> None:
    """Partitioned, each record is in the file of its local year, and the answer counts them all."""
    (one,) = run("sleeps", format, out / "sleeps", partition_by_year=True)["files"]
    parts = sorted((out / "sleeps").rglob(f"part-0.{format}"))
    assert [part.parent.name for part in parts] == ["year=2025", "year=2026"]
    for part in parts:
        assert {row["start_local"][:4] for row in read(part)} == {part.parent.name[5:]}
    held = sorted(record["id"] for record in lookups.stream(filled, RESOURCES["sleeps"]))
    assert sorted(row["id"] for part in parts for row in read(part)) == held
    assert one["records"] == len(held)
    assert one["bytes"] == sum(part.stat().st_size for part in parts)
    assert one["path"] == str(out / "sleeps")


def test_all_by_year_is_a_folder_per_collection(run: Export, out: Path) -> None:
    """The collections become folders of years, the snapshots stay files, and all can be redone."""
    folder = out / "all"
    run(ALL, "parquet", folder, partition_by_year=True)
    run(ALL, "parquet", folder, partition_by_year=True, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {
        "cycles",
        "recoveries",
        "sleeps",
        "workouts",
        "profile.parquet",
        "body_measurement.parquet",
    }
    table = pyarrow.dataset.dataset(folder / "cycles", partitioning="hive").to_table()
    assert set(table.column("year").to_pylist()) == {2025, 2026}


@pytest.mark.posix
@pytest.mark.parametrize("kind", [ALL, "cycles"])
@pytest.mark.parametrize("by_year", [False, True])
def test_a_folder_swapped_for_a_link_while_it_is_written(
    filled: Cache, out: Path, monkeypatch: pytest.MonkeyPatch, kind: str, by_year: bool
) -> None:
    """EXPORT_ERROR; nothing comes to lie where the link leads, and nothing half-made stays."""
    other, moved = out.with_name("other"), out.with_name("moved")
    other.mkdir()

    class Swapping(Call):
        """Swaps the folder at the first look whether the call is over."""

        def check(self) -> None:
            if not moved.exists():
                out.rename(moved)
                out.symlink_to(other)

    path = out / ("all" if kind == ALL else "cycles" if by_year else "cycles.csv")
    with pytest.raises(ExportError, match="moved or replaced"):
        export(
            filled,
            kind,
            "csv",
            str(path),
            home=filled.path.parent,
            partition_by_year=by_year,
            call=Swapping(),
        )
    assert list(other.iterdir()) == []
    assert list(moved.iterdir()) == []


def test_a_journal_by_year_is_refused_for_what_it_is(tmp_path: Path) -> None:
    """A folder as `path` is no matter where a journal by year is asked for: it is one file."""
    cache = Cache(tmp_path / "home" / "whoop.db")
    path = str(tmp_path / "folder")
    with pytest.raises(ValidationError, match="A journal is one file"):
        export(cache, JOURNAL, "csv", path, home=tmp_path / "home", partition_by_year=True)
