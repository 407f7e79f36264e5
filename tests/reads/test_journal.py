"""The journal: WHOOP's answers from an export beside one's own entries."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import purge
from whoop_mcp.cache.access import Database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheEmpty, ValidationError
from whoop_mcp.reads import journal, sql
from whoop_mcp.reads.exports import export
from whoop_mcp.simulator import data_export, life

NOW = "2026-05-20T12:00:00.000Z"
TODAY = "2026-05-20"
NOTE = "a private note"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)


def package(folder: Path, change: Any = lambda rows: rows, name: str = "a.zip") -> Path:
    """An export of twenty days whose journal's rows a test may change."""
    whole = data_export.package(life.make(seed=4, days=20, until=NOW))
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(folder / name, "w") as new:
        for one in old.namelist():
            text = old.read(one).decode("utf-8-sig")
            if one.startswith("journal"):
                header, *rows = list(csv.reader(io.StringIO(text)))
                written = io.StringIO(newline="")
                csv.writer(written).writerows([header, *change(rows)])
                text = written.getvalue()
            new.writestr(one, text)
    return folder / name


def ask(cache: Cache, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = journal.read(cache, **given)["entries"]
    return found


def with_notes(rows: list[list[str]]) -> list[list[str]]:
    return [[*row[:5], NOTE] for row in rows]


def test_an_answer_is_of_the_day_before_its_waking(cache: Cache, tmp_path: Path) -> None:
    """The cycle that wakes on D tells of D − 1, or of D where the setting says so; switched, the
    same entries move, in the view too."""
    take_in(cache, str(package(tmp_path)))
    with cache.reading() as seen:
        woke = dict(seen.connection.execute("SELECT date, cycle_start_local FROM days").fetchall())
    before = ask(cache)
    same = ask(cache, rule="same")
    assert len(before) == len(same) > 40
    assert {one["date"] for one in same} <= set(woke)
    dates = "SELECT DISTINCT date FROM journal ORDER BY date"
    assert [date for (date,) in sql.run(cache, dates)["rows"]] == sorted(
        {one["date"] for one in same}
    )
    assert max(one["date"] for one in before) < max(one["date"] for one in same)
    assert ask(cache) == before


def test_what_is_answered_both_ways_is_left_out(cache: Cache, tmp_path: Path) -> None:
    """A row that comes twice is one answer; a yes and a no are none, and are told by line."""

    def change(rows: list[list[str]]) -> list[list[str]]:
        other = {"true": "false", "false": "true"}
        return [*rows, rows[0], [*rows[1][:4], other[rows[1][4]], ""]]

    plain = take_in(cache, str(package(tmp_path)))["kinds"]["journal"]
    fresh = Cache(tmp_path / "other" / "whoop.db", clock=lambda: NOW)
    answer = take_in(fresh, str(package(tmp_path, change)))
    found = answer["kinds"]["journal"]
    assert found["new"] == plain["new"] - 1 and found["skipped"] == 3
    assert found["rows"] == plain["rows"] + 2 == found["new"] + found["skipped"]
    assert "both yes and no" in " ".join(answer["warnings"])


def test_notes_are_nowhere_unless_asked_for(cache: Cache, tmp_path: Path) -> None:
    """Entries, the view, files: none has a note; asked for by name they are there."""
    take_in(cache, str(package(tmp_path, with_notes)))
    assert NOTE not in json.dumps(journal.read(cache))
    assert NOTE in json.dumps(journal.read(cache, notes=True))
    assert NOTE not in json.dumps(sql.run(cache, "SELECT * FROM journal"))
    for question in ("SELECT notes FROM journal", "SELECT notes FROM entries"):
        with pytest.raises(ValidationError):
            sql.run(cache, question)
    out = tmp_path / "out"
    out.mkdir()
    home = cache.path.parent
    for format in ("csv", "jsonl", "parquet"):
        for notes in (False, True):
            path = out / f"{notes}.{format}"
            answer = export(cache, "journal", format, str(path), home=home, notes=notes)
            assert answer["files"][0]["records"] == len(ask(cache))
            assert (NOTE.encode() in path.read_bytes()) is notes


def test_ones_own_entries_are_kept_changed_and_taken_back(cache: Cache) -> None:
    """Without WHOOP at all: several at once, with dates and amounts; the same call undoes them."""
    entries = [
        {"behaviour": "Late coffee", "amount": 2, "unit": "cups"},
        {"behaviour": "alcohol?", "date": "2026-05-19", "answer": False},
    ]
    answer = journal.log(cache, entries, today=TODAY)
    assert (answer["new"], answer["changed"], answer["removed"]) == (2, 0, 0)
    assert ask(cache) == [
        {
            "date": TODAY,
            "behaviour": "late coffee",
            "question": "Late coffee",
            "answer": True,
            "amount": 2.0,
            "unit": "cups",
            "source": "own",
        },
        {
            "date": "2026-05-19",
            "behaviour": "alcohol",
            "question": "alcohol?",
            "answer": False,
            "source": "own",
        },
    ]
    assert journal.log(cache, entries, today=TODAY)["unchanged"] == 2
    more = [{"behaviour": "late coffee", "amount": 3, "unit": "cups"}]
    assert journal.log(cache, more, today=TODAY)["changed"] == 1
    assert journal.log(cache, entries, today=TODAY, remove=True)["removed"] == 2
    assert ask(cache) == []


def test_what_is_ones_own_is_on_the_disk_when_it_is_answered(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry is nowhere else: SQLite waits for the disk before it is said to be kept, so that no
    power cut takes it back."""
    waited: list[int] = []
    commit = Database._commit

    def noted(database: Database, connection: sqlite3.Connection, place: Any) -> Any:
        waited.extend(connection.execute("PRAGMA synchronous").fetchone())
        return commit(database, connection, place)

    cache.remember("it", "is there")
    monkeypatch.setattr(Database, "_commit", noted)
    journal.log(cache, [{"behaviour": "tea"}], today=TODAY)
    journal.log(cache, [{"behaviour": "tea"}], today=TODAY, remove=True)
    assert waited == [2, 2]


def test_the_date_of_an_entry_may_be_said(cache: Cache) -> None:
    """Yesterday is the day before today; a stretch of days is none."""
    told = journal.log(cache, [{"behaviour": "tea", "date": "Yesterday"}], today="2026-05-20")
    assert told["entries"][0]["date"] == "2026-05-19"
    with pytest.raises(ValidationError):
        journal.log(cache, [{"behaviour": "tea", "date": "last 7 days"}], today="2026-05-20")


def test_a_date_is_the_same_in_words(cache: Cache) -> None:
    """Further east it is tomorrow already: a date that is there is kept, however it is spelled."""
    for date in ("2026-05-21", "21 May 2026"):
        told = journal.log(cache, [{"behaviour": "tea", "date": date}], today=TODAY)
        assert told["entries"][0]["date"] == "2026-05-21"


def test_what_can_be_kept_can_be_read(cache: Cache) -> None:
    """The first date that is kept is the first that can be asked for."""
    journal.log(cache, [{"behaviour": "x", "date": "2000-01-01"}], today=TODAY)
    assert ask(cache, start="2000-01-01")[0]["date"] == "2000-01-01"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "no `behaviour`"),
        ({"behaviour": "  "}, "no `behaviour`"),
        ({"behaviour": "?"}, "without a word"),
        ({"behaviour": "x" * 201}, "more than 200"),
        ({"behaviour": "x", "date": "20.04.2026"}, "can be two dates"),
        ({"behaviour": "x", "date": "2026-02-30"}, "no such day in the calendar"),
        ({"behaviour": "x", "date": "April"}, "lacks its year"),
        ({"behaviour": "x", "date": "last month"}, "more than one day"),
        ({"behaviour": "x", "date": "some day"}, "nor words such as yesterday, 3 days ago"),
        ({"behaviour": "x", "date": "tomorrow"}, "in the future"),
        ({"behaviour": "x", "date": "next week"}, "is in the future"),
        ({"behaviour": "x", "date": "2026-06-01"}, "in the future"),
        ({"behaviour": "x", "date": "1 June 2026"}, "in the future"),
        ({"behaviour": "x", "date": "1026-05-19"}, "before the year 2000"),
        ({"behaviour": "x", "date": "1999-12-31"}, "before the year 2000"),
        ({"behaviour": "x", "answer": "yes"}, "neither true nor false"),
        ({"behaviour": "x", "amount": float("nan")}, "not a number"),
        ({"behaviour": "x", "amount": True}, "not a number"),
        ({"behaviour": "x", "mood": 3}, "no field"),
        ({"behaviour": "x", "notes": 3}, "not text"),
    ],
)
def test_a_bad_entry_keeps_none_of_them(cache: Cache, entry: Any, words: str) -> None:
    """The first that is wrong is told, and what stands before it is not kept either."""
    with pytest.raises(ValidationError) as caught:
        journal.log(cache, [{"behaviour": "good"}, entry], today=TODAY)
    assert words in caught.value.message
    assert ask(cache) == []
    for number in (0, journal.MOST + 1):
        with pytest.raises(ValidationError):
            journal.log(cache, [{"behaviour": "x"}] * number, today=TODAY)


def test_names_for_one_thing_are_one_behaviour(cache: Cache, tmp_path: Path) -> None:
    """A synonym holds for what was kept before and what comes, in chains too, and can be undone."""
    take_in(cache, str(package(tmp_path)))
    question = "have any alcoholic drinks"
    journal.log(cache, [{"behaviour": "beers", "date": "2026-05-18"}], today=TODAY)
    journal.log(cache, [{"behaviour": "beers", "same_as": "drinks"}], today=TODAY)
    journal.log(
        cache, [{"behaviour": "drinks", "same_as": "Have any alcoholic drinks?"}], today=TODAY
    )
    for asked in ("beers", "drinks", question):
        found = ask(cache, behaviours=[asked])
        assert {one["source"] for one in found} == {"own", "export"}
        assert {one["behaviour"] for one in found} == {question}
    pair = [{"behaviour": "beers", "same_as": "drinks"}]
    assert journal.log(cache, pair, today=TODAY, remove=True)["changed"] == 1
    assert [one["source"] for one in ask(cache, behaviours=["beers"])] == ["own"]


@pytest.mark.parametrize(
    "more",
    [
        {"date": "2026-05-18"},
        {"answer": False},
        {"amount": 0},
        {"unit": "glasses"},
        {"question": "Any wine?"},
        {"notes": "hi"},
        {"mood": 3},
    ],
    ids=lambda more: next(iter(more)),
)
def test_names_are_joined_alone(cache: Cache, more: dict[str, Any]) -> None:
    """What belongs to an entry would be lost beside `same_as`: it is refused, and nothing of the
    call is kept; a field without a value is none."""
    pair = {"behaviour": "wine", "same_as": "alcohol"}
    with pytest.raises(ValidationError, match="keeps no entry"):
        journal.log(cache, [{"behaviour": "tea"}, {**pair, **more}], today=TODAY)
    assert ask(cache) == []
    empty = dict.fromkeys(more)
    assert journal.log(cache, [{**pair, **empty}], today=TODAY)["changed"] == 1


def test_a_newer_export_renews_and_an_older_one_changes_nothing(
    cache: Cache, tmp_path: Path
) -> None:
    """Answers taken back or changed at WHOOP follow the newest export, whichever comes last."""

    def change(rows: list[list[str]]) -> list[list[str]]:
        other = {"true": "false", "false": "true"}
        return [[*rows[0][:4], other[rows[0][4]], ""], *rows[2:]]

    old = package(tmp_path, name="my_whoop_data_2026_05_20.zip")
    new = package(tmp_path, change, name="my_whoop_data_2026_05_21.zip")
    take_in(cache, str(old))
    later = Cache(cache.path, clock=lambda: "2026-05-21T20:00:00.000Z")
    counts = take_in(later, str(new))["kinds"]["journal"]
    assert counts["renewed"] == 1 and counts["new"] == 0
    renewed = ask(later)
    counts = take_in(later, str(old))["kinds"]["journal"]
    assert ask(later) == renewed and counts["new"] == 0


def test_a_purge_leaves_ones_own_entries_unless_asked(cache: Cache, tmp_path: Path) -> None:
    """WHOOP's answers go with the records of their time, one's own stay until `journal` is said;
    purged answers do not come back with the next import."""
    place = str(package(tmp_path))
    take_in(cache, place)
    journal.log(cache, [{"behaviour": "x", "date": "2026-05-03"}], today=TODAY)
    purge.before(cache, "2026-05-10")
    found = ask(cache)
    assert {one["source"] for one in found if one["date"] < "2026-05-10"} == {"own"}
    take_in(cache, place)
    assert {one["source"] for one in ask(cache) if one["date"] < "2026-05-09"} == {"own"}
    purge.before(cache, "2026-05-11", journal=True)
    assert min(one["date"] for one in ask(cache)) >= "2026-05-10"
    journal.log(cache, [{"behaviour": "x"}], today=TODAY)
    purge.everything(cache)
    assert [one["source"] for one in ask(cache)] == ["own"]
    purge.everything(cache, journal=True)
    assert ask(cache) == []


def test_a_long_journal_fits_its_budget(cache: Cache, tmp_path: Path) -> None:
    """What does not fit is told, with the date from which to go on; nothing is lost in between."""
    take_in(cache, str(package(tmp_path)))
    whole = ask(cache)
    answer = journal.read(cache, budget=3000)
    assert len(json.dumps(answer)) <= 3000 and answer["count"] < len(whole)
    assert answer["entries"] == whole[: answer["count"]]
    assert answer["entries"][-1]["date"] == answer["warnings"][0][-11:-1]


@pytest.mark.parametrize("budget", [1500, 2500, 6000])
def test_the_way_on_through_a_journal_shows_each_entry_once(cache: Cache, budget: int) -> None:
    """Whoever follows the warnings' `end` sees every entry, once: a date is not parted."""
    for day in range(1, 13):
        date = f"2026-05-{day:02d}"
        entries = [{"behaviour": f"habit {n}", "date": date} for n in range(day % 5 + 1)]
        journal.log(cache, entries, today=TODAY)
    whole = ask(cache, start="2026-05-01")
    seen: list[dict[str, Any]] = []
    end = None
    for _ in whole:
        answer = journal.read(cache, start="2026-05-01", end=end, budget=budget)
        assert len(json.dumps(answer)) <= budget
        seen += answer["entries"]
        if "warnings" not in answer:
            break
        end = answer["warnings"][-1].split("`end` ")[1][:10]
    assert seen == whole


def test_a_date_that_does_not_fit_alone_can_be_gone_past(cache: Cache) -> None:
    """How many of its entries are shown is said, that their names show the others, and the `end`
    with which the older dates follow."""
    habits = [{"behaviour": f"habit {n}", "date": "2026-05-10"} for n in range(40)]
    journal.log(cache, habits, today=TODAY)
    answer = journal.read(cache, start="2026-05-01", budget=3000)
    assert len(json.dumps(answer)) <= 3000 and 1 < answer["count"] < 40
    (warning,) = answer["warnings"]
    assert f"Only {answer['count']} of the 40 entries of 2026-05-10" in warning
    assert "`behaviours`" in warning and "`end`" not in warning
    journal.log(cache, [{"behaviour": "tea", "date": "2026-05-09"}], today=TODAY)
    (warning,) = journal.read(cache, start="2026-05-01", budget=3000)["warnings"]
    assert "1 older entry is left out, too: `end` 2026-05-10" in warning
    rest = journal.read(cache, start="2026-05-01", end="2026-05-10", budget=3000)
    assert [one["behaviour"] for one in rest["entries"]] == ["tea"] and "warnings" not in rest


def test_many_names_leave_room_for_entries(cache: Cache) -> None:
    """The list of all behaviours takes half of the budget at most, and how many names it lacks is
    said, with how to see them all."""
    names = [f"{n:03d} {'x' * 190}" for n in range(90)]
    journal.log(cache, [{"behaviour": one, "date": "2026-04-01"} for one in names], today=TODAY)
    journal.log(cache, [{"behaviour": "tea"}], today=TODAY)
    answer = journal.read(cache, budget=10000)
    assert len(json.dumps(answer)) <= 10000
    assert [one["behaviour"] for one in answer["entries"]] == ["tea"]
    listed = answer["behaviours"]
    assert listed == names[: len(listed)] and 20 < len(listed) < 90
    (warning,) = answer["warnings"]
    assert warning.startswith(f"{91 - len(listed)} names are left out of `behaviours`")
    query = "SELECT DISTINCT behaviour FROM journal"
    assert query in warning and sql.run(cache, query)["row_count"] == 91
    assert len(journal.read(cache)["behaviours"]) == 91


def test_a_name_that_the_journal_does_not_know_is_named(cache: Cache) -> None:
    """A slip is told with the name that is meant; a name whose entries are of other dates, and one
    that is joined with another, are known."""
    journal.log(cache, [{"behaviour": "late coffee", "date": "2026-01-02"}], today=TODAY)
    journal.log(cache, [{"behaviour": "espresso", "same_as": "late coffee"}], today=TODAY)
    slip = journal.read(cache, behaviours=["late cofe"])
    assert slip["entries"] == []
    assert slip["warnings"] == [
        "The journal has no `late cofe` on any date. Did you mean `late coffee`?"
    ]
    word = journal.read(cache, behaviours=["Coffee?"])["warnings"]
    assert word == ["The journal has no `Coffee?` on any date. Did you mean `late coffee`?"]
    assert journal.read(cache, behaviours=["zzz"])["warnings"] == [
        "The journal has no `zzz` on any date."
    ]
    assert len(journal.read(cache, behaviours=[f"z{one}" for one in range(20)])["warnings"]) == 3
    for known in ("Late coffee?", "espresso"):
        assert "warnings" not in journal.read(cache, behaviours=[known])


def test_one_day_as_both_ends_is_named(cache: Cache) -> None:
    """An end is exclusive, so that is no day; the answer says which end has the day in it."""
    journal.log(cache, [{"behaviour": "late coffee", "date": "2026-05-10"}], today=TODAY)
    answer = journal.read(cache, start="2026-05-10", end="2026-05-10")
    assert answer["entries"] == []
    assert "for all of 2026-05-10, end with 2026-05-11" in answer["warnings"][0]
    assert len(journal.read(cache, start="2026-05-10", end="2026-05-11")["entries"]) == 1


def test_nothing_is_called_still_to_come_that_is_there(cache: Cache, tmp_path: Path) -> None:
    """An entry of tomorrow's date, which may be today's further east, stands without a warning in
    an answer and in a file; without it both have one."""
    cache.clock = lambda: "2026-05-20T08:30:00.000Z"
    journal.log(cache, [{"behaviour": "tea"}], today=TODAY)
    span = {"start": "2026-05-21", "end": "2026-05-22"}

    def warnings(name: str) -> list[list[str]]:
        path, home = tmp_path / name, cache.path.parent
        written = export(cache, "journal", "csv", str(path), home=home, **span)
        return [one.get("warnings", []) for one in (journal.read(cache, **span), written)]

    words = "Nothing can be there yet: 2026-05-21 is still to come."
    assert warnings("before.csv") == [[words], [words]]
    journal.log(cache, [{"behaviour": "tea", "date": "2026-05-21"}], today=TODAY)
    assert warnings("after.csv") == [[], []]


def test_long_names_are_offered_in_short(cache: Cache) -> None:
    """A warning shows as much of a name as names it."""
    journal.log(cache, [{"behaviour": "late coffee " + "x" * 180}], today=TODAY)
    (warning,) = journal.read(cache, behaviours=["coffee"])["warnings"]
    assert warning.endswith(f"Did you mean `late coffee {'x' * 27}…`?")


def test_the_view_can_be_read_by_any_program(cache: Cache, tmp_path: Path) -> None:
    """`journal` is a view of the plain file."""
    take_in(cache, str(package(tmp_path)))
    connection = sqlite3.connect(cache.path)
    columns = [one[0] for one in connection.execute("SELECT * FROM journal").description]
    connection.close()
    assert columns == ["date", "behaviour", "question", "answer", "amount", "unit", "source"]


def test_ones_own_entries_alone_are_no_empty_cache(cache: Cache, tmp_path: Path) -> None:
    """Whoever has nothing but entries of their own can ask for them in every way; of WHOOP's
    records the cache is still empty, and says so."""
    question = "SELECT behaviour FROM Journal"
    with pytest.raises(CacheEmpty):
        sql.run(cache, question)
    journal.log(cache, [{"behaviour": "coffee"}], today=TODAY)
    assert sql.run(cache, question)["rows"] == [["coffee"]]
    assert [one["behaviour"] for one in ask(cache)] == ["coffee"]
    place = str(tmp_path / "journal.csv")
    (entry,) = export(cache, "journal", "csv", place, home=tmp_path / "home")["files"]
    assert entry["records"] == 1 and not entry["complete"]
    with pytest.raises(CacheEmpty):
        sql.run(cache, "SELECT id FROM cycles")


@pytest.mark.parametrize("field", ["behaviour", "unit", "question", "notes", "same_as"])
def test_what_is_no_text_is_refused(cache: Cache, field: str) -> None:
    """Half a character, as from a terminal in another encoding, is not kept as a question mark."""
    entry = {"behaviour": "coffee", field: "caf\udce9"}
    with pytest.raises(ValidationError, match="characters that are not text"):
        journal.log(cache, [entry], today=TODAY)
    with cache.reading() as seen:
        assert not seen.connection.execute("SELECT count(*) FROM entries").fetchone()[0]
