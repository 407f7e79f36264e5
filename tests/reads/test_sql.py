"""SQL over the views: what is answered, what is refused, and that a day is the same day."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.dates import most_of
from whoop_mcp.cache.schema import VIEWS
from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import CacheEmpty, CacheError, ValidationError
from whoop_mcp.reads import days
from whoop_mcp.reads import sql as query
from whoop_mcp.server.descriptions import DESCRIPTIONS
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.times import Window
from whoop_mcp.whoop.records import Workout, from_flat
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS

from ..cache.test_schema import NAMES, SAMPLES, spread
from ..support import reference_statistics, samples
from ..support.mirrored_accounts import mirrored_account
from ..support.samples import PROPERTY, Shelf
from .test_days import dates

ZONES = ["Z", "-05:00", "-04:00", "+05:45", "+13:00", "-11:00"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A cache that holds one record of each list."""
    made = Shelf(tmp_path / "cache" / "whoop.db")
    for resource, raw in SAMPLES.items():
        made.save(resource, raw)
    return made


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """The same for tests that only ask, all through one process."""
    made = Shelf(tmp_path_factory.mktemp("still") / "whoop.db")
    for resource, raw in SAMPLES.items():
        made.save(resource, raw)
    yield made
    made.cache.close()


def ask(shelf: Shelf, sql: str, **how: Any) -> list[list[Any]]:
    """The rows of an answer."""
    found: list[list[Any]] = query.run(shelf.cache, sql, **how)["rows"]
    return found


def refusal(shelf: Shelf, sql: str, **how: Any) -> ValidationError:
    """The refusal of a query, which must have changed nothing."""
    before = {path: path.read_bytes() for path in shelf.path.parent.iterdir()}
    with pytest.raises(ValidationError) as caught:
        query.run(shelf.cache, sql, **how)
    assert {path: path.read_bytes() for path in shelf.path.parent.iterdir()} == before
    assert caught.value.hint
    return caught.value


# ── answers ──


def test_one_endless_text_makes_no_view_too_large(shelf: Shelf) -> None:
    """A sport's name of any length is cut in the view, so that its row and the days are answered;
    all of it is in the raw record."""
    name = "x" * 150_000
    shelf.save(WORKOUTS, samples.workout(samples.uuid(7), sport_name=name))
    rows = ask(shelf, "SELECT * FROM workouts", budget=40_000)
    assert len(rows) == 2
    assert len(ask(shelf, "SELECT * FROM days", budget=40_000)) > 0
    (cut,) = ask(shelf, "SELECT sport_name FROM workouts WHERE sport_name LIKE 'x%'")
    assert cut == ["x" * 255 + "…"]
    assert (shelf.cache.raw(WORKOUTS, samples.uuid(7)) or {})["sport_name"] == name


def test_a_sport_without_a_name_has_its_number(shelf: Shelf) -> None:
    """The view always has `sport_id`, which is null where the sport has a name."""
    shelf.save(WORKOUTS, samples.workout(samples.uuid(7), sport_name=None, sport_id=4711))
    shelf.save(WORKOUTS, samples.workout(samples.uuid(8), sport_name=None, sport_id=1))
    found = ask(shelf, "SELECT sport_name, sport_id FROM workouts ORDER BY id")
    assert found == [[None, 4711], ["cycling", None], ["running", None]]


def test_an_answer_has_columns_and_rows(shelf: Shelf) -> None:
    """Rows are lists in the order of the columns, of numbers, text and nulls."""
    assert query.run(
        shelf.cache, "SELECT id, start_local, end, strain, step_count > 1e4, NULL FROM cycles"
    ) == {
        "columns": ["id", "start_local", "end", "strain", "step_count > 1e4", "NULL"],
        "rows": [
            [1, "2026-10-18T23:30:00.000-04:00", "2026-10-20T03:40:00.000Z", 11.25, 0, None],
        ],
        "row_count": 1,
        "truncated": False,
    }


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_asked(still: Shelf, view: str) -> None:
    """All seven views answer, whole and with WITH."""
    assert query.run(still.cache, f"SELECT * FROM {view}")["columns"]
    assert ask(still, f"WITH a AS (SELECT * FROM main.{view}) SELECT count(*) FROM a")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT x'00ff'", "00ff"),
        ("SELECT 9e999", None),
        ("SELECT CAST(x'61ff00' AS TEXT)", "a\ufffd\0"),
        ("SELECT 9223372036854775807", 2**63 - 1),
        ("SELECT diff ->> '$.strain' FROM changes", None),
        ("SELECT round(avg(strain), 1) FROM workouts WHERE sport_name LIKE 'run%'", 9.5),
        ("SELECT avg(strain) OVER (ORDER BY date ROWS 6 PRECEDING) FROM days", 11.25),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9) "
         "SELECT max(i) FROM n", 9),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9) "
         "SELECT count(*) FROM n", 9),
        ("SELECT strain FROM days; -- of that day", 11.25),
        ("SELECT '; DELETE FROM records'", "; DELETE FROM records"),
    ],
)  # fmt: skip
def test_values_are_json(still: Shelf, sql: str, value: object) -> None:
    """Whatever SQLite answers, JSON can say: bytes as hex, infinity as null, broken text mended."""
    assert ask(still, sql)[0] == [value]


def test_rows_are_cut_at_max_rows(shelf: Shelf) -> None:
    """`truncated` says that more rows follow, and only then."""
    three = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
    assert query.run(shelf.cache, three, 2)["rows"] == [[1], [2]]
    assert query.run(shelf.cache, three, 2)["truncated"]
    assert not query.run(shelf.cache, three, 3)["truncated"]
    for wrong in (0, -1, 5001):
        assert "max_rows" in refusal(shelf, three, max_rows=wrong).message


def test_an_answer_keeps_within_its_budget(shelf: Shelf) -> None:
    """Rows are cut whole at the budget; where not even one fits, the refusal says so."""
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i, 'ünï' FROM n"
    answer = query.run(shelf.cache, many, 5000, budget=2000)
    assert answer["truncated"] and answer["row_count"] == len(answer["rows"]) > 50
    assert len(json.dumps(answer)) <= 2000
    assert "one row" in refusal(shelf, f"SELECT '{'x' * 3000}'", budget=2000).message


# ── refusals ──


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM records",
        "INSERT INTO cycles VALUES (1)",
        "WITH a AS (SELECT 1) DELETE FROM cycles",
        "WITH a AS (SELECT 1) INSERT INTO records SELECT * FROM a",
        "WITH a AS (SELECT 1) UPDATE cycles SET strain = 1",
        "CREATE TABLE a AS SELECT 1",
        "DROP VIEW days",
        "PRAGMA writable_schema = ON",
        "SELECT * FROM pragma_table_info('records')",
        "SELECT count(*) FROM pragma_database_list",
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'other.db'",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "EXPLAIN SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW days",
        "SELECT raw FROM records",
        "SELECT count(*) FROM records",
        "SELECT 1 FROM main.meta",
        "WITH cycles AS (SELECT raw FROM records) SELECT * FROM cycles",
        "SELECT (SELECT value FROM meta) FROM days",
        "SELECT * FROM days NATURAL JOIN runs",
        "SELECT sql FROM sqlite_master",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT 1 FROM temp.sqlite_master",
        "SELECT * FROM json_each('[1]')",
        "SELECT count(*) FROM dbstat",
        "SELECT load_extension('a')",
        "SELECT readfile('/etc/passwd')",
        "SELECT length(hex(zeroblob(400000000)))",
        "SELECT length(randomblob(400000000))",
        "SELECT length(printf('%.*c', 400000000, 'x'))",
        "SELECT replace('a', 'a', 'b')",
        "SELECT fts3_tokenizer('a')",
        "SELECT ?",
        "SELECT :name",
        "SELECT",
        "SELECT * FROM days WHERE",
        "SELECT json_extract('{', '$.a')",
        "SELECT abs(-9223372036854775808)",
    ],
)
def test_what_is_not_a_question_to_the_views_is_refused(still: Shelf, sql: str) -> None:
    """A writer, PRAGMA, ATTACH, second statement, other table or other function is a
    VALIDATION_ERROR, and every file stays as it was, byte for byte."""
    refusal(still, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM n a, n b, n c, n d",
        "SELECT count(*) FROM n a, n b, n c, n d WHERE a.i + b.i > c.i * d.i",
        "SELECT a.i FROM n a, n b, n c, n d ORDER BY b.i * c.i * d.i",
        "SELECT i FROM n WHERE i < 0",
    ],
)
def test_what_takes_too_long_is_stopped(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """Cross joins, endless sorting and endless recursion end as a VALIDATION_ERROR."""
    monkeypatch.setattr(query, "_SECONDS", 0.1)
    endless = "" if sql.endswith("< 0") else " LIMIT 1000"
    counted = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n{endless}) "
    assert "longer than 0.1 seconds" in refusal(shelf, counted + sql).message


def test_values_do_not_grow_without_end(shelf: Shelf) -> None:
    """Text that doubles itself is stopped long before it fills the memory."""
    doubling = "WITH RECURSIVE t(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM t) SELECT max(x)"
    refusal(shelf, f"{doubling} FROM t")


def test_a_query_nobody_waits_for_is_stopped(shelf: Shelf) -> None:
    """Cancellation reaches into a running query."""
    call = Call()
    call.stop()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Stopped):
        query.run(shelf.cache, endless, call=call)


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT strian FROM days", "no such column: strian", "`strain`"),
        ("SELECT d.hrv FROM days d", "no such column: d.hrv", "hrv_rmssd_ms"),
        ("SELECT sprot_name FROM workouts", "no such column", "`sport_name`"),
        ("SELECT xyzzy FROM changes", "no such column", "SELECT * FROM changes LIMIT 1"),
        ("SELECT 1 FROM workout", "no such table: workout", "`workouts`"),
        ("SELECT 1 FROM xyzzy", "no such table: xyzzy", "sync_runs"),
        ("SELECT averag(strain) FROM days", "no such function: averag", "`avg`"),
        ("SELECT hex('a')", "not authorized to use function: hex", "functions"),
        ("SELECT 1 +", "incomplete input", "WITH … SELECT"),
    ],
)
def test_a_mistake_is_told_with_what_is_near(
    still: Shelf, sql: str, message: str, hint: str
) -> None:
    """SQLite's own words, and the columns, views or functions nearest in name."""
    told = refusal(still, sql)
    assert message in told.message
    assert hint in str(told.hint)


@pytest.mark.parametrize("name", ["timediff('2026-01-02', '2026-01-01')", "STRING_AGG(date, ',')"])
def test_a_function_of_newer_sqlite_is_not_suggested_for_itself(still: Shelf, name: str) -> None:
    """Where SQLite is older than a function that is allowed, that is said, not the name again."""
    if sqlite3.sqlite_version_info >= (3, 44):
        pytest.skip("This SQLite has both.")
    if sqlite3.sqlite_version_info >= (3, 43) and name.startswith("time"):
        pytest.skip("This SQLite has it.")
    told = refusal(still, f"SELECT {name} FROM days")
    assert "no such function" in told.message
    assert "too old" in str(told.hint) and "Did you mean" not in str(told.hint)


def test_an_empty_cache_has_nothing_to_ask(tmp_path: Path) -> None:
    """Before anything was fetched the answer is CACHE_EMPTY, not zero rows."""
    with pytest.raises(CacheEmpty):
        query.run(Shelf(tmp_path / "whoop.db").cache, "SELECT * FROM days")


def test_the_caches_own_failures_are_its_own(shelf: Shelf) -> None:
    """Another user's cache and a damaged one are CACHE_ERROR, as everywhere."""
    with pytest.raises(CacheError, match="another WHOOP user"):
        query.run(Cache(shelf.path, login=samples.KnownLogin(samples.USER + 1)), "SELECT 1")
    content = bytearray(shelf.path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    shelf.path.write_bytes(content)
    with pytest.raises(CacheError, match="damaged"):
        query.run(shelf.cache, "SELECT * FROM days")


WORDS = [
    *VIEWS, *NAMES.values(),
    *("date", "strain", "id", "cycle_id", "x", "1", "-1.5", "'a'", "x'ff'", "NULL", "?", "a.x"),
    *("SELECT", "FROM", "WHERE", "WITH", "AS", "RECURSIVE", "JOIN", "ON", "UNION", "ALL", "LIMIT"),
    *("GROUP BY", "ORDER BY", "HAVING", "OVER", "PARTITION BY", "CASE", "WHEN", "THEN", "END"),
    *("*", "(", ")", ",", ";", "=", "<", "||", "->", "+", "--", "/*", "*/", "'", '"', "[", "`"),
    *("count(*)", "max(", "avg(", "date(", "lag(", "hex(", "zeroblob(", "load_extension(", "IN"),
    *("DELETE", "UPDATE", "INSERT INTO", "DROP", "ATTACH", "PRAGMA", "VACUUM", "records", "meta"),
    *("sqlite_master", "pragma_table_info(", "json_each(", "EXISTS", "NOT", "LIKE", "RETURNING"),
]  # fmt: skip


@pytest.mark.slow
def test_no_words_break_a_query(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is written, it is an answer that JSON can say or a VALIDATION_ERROR."""
    monkeypatch.setattr(query, "_SECONDS", 0.05)
    before = shelf.path.read_bytes()

    @PROPERTY
    @given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=14))
    @example(["SELECT", "*", "FROM", "days", "LIMIT", "1"])
    def tried(some: list[str]) -> None:
        for sql in (" ".join(some), "SELECT " + " ".join(some), "WITH x AS (" + " ".join(some)):
            try:
                answer = query.run(shelf.cache, sql)
            except ValidationError as refused:
                assert refused.hint
            else:
                json.dumps(answer, allow_nan=False)

    tried()
    assert shelf.path.read_bytes() == before


# ── days ──


def rows(cache: Cache) -> dict[str, dict[str, Any]]:
    """What the view says, by date."""
    answer = query.run(cache, "SELECT * FROM days", 5000)
    found = [dict(zip(answer["columns"], one, strict=True)) for one in answer["rows"]]
    assert len({one["date"] for one in found}) == len(found)
    return {one["date"]: one for one in found}


def flag(value: Any) -> Any:
    """A truth value as SQLite has it."""
    return int(value) if isinstance(value, bool) else value


def total(values: list[Any], shares: Any = None) -> Any:
    """The sum of what is known, each by its share; null where nothing is."""
    parts = [1.0] * len(values) if shares is None else shares
    known = [value * part for value, part in zip(values, parts, strict=True) if value is not None]
    return round(float(sum(known)), 1) if known else None


def told(answer: dict[str, Any]) -> dict[str, Any] | None:
    """The row that the daily summary stands for, or None for a date that has nothing."""
    naps, workouts, others = answer["naps"], answer["workouts"], answer["other_sleeps"]
    if not (answer["cycle"] or naps or workouts):
        return None
    found: dict[str, Any] = {"date": answer["date"]}
    for one in ("recovery", "sleep", "cycle"):
        for name, value in spread(answer[one] or {}).items():
            shared = name in ("id", "score_state", "start_local", "end_local")
            found[f"{one}_{name}" if shared else name] = flag(value)
        found[f"{one}_source"] = answer[one] and "api"
    found["cycle_id"] = answer["cycle"] and answer["cycle"]["id"]
    found["sleep_id"] = answer["sleep"] and answer["sleep"]["id"]
    strains = [one["strain"] for one in workouts if one["strain"] is not None]
    shares = reference_statistics.counted([from_flat(Workout, one) for one in workouts])
    lasting = [
        float(share) * times.seconds(one["start"], one["end"])
        for one, share in zip(workouts, shares, strict=True)
    ]
    zones = [spread(one) for one in workouts]
    calories = total([one["calories"] for one in workouts], shares)
    return found | {
        "other_cycle_count": len(answer["other_cycles"]),
        "other_sleep_count": len(others),
        "other_sleep_asleep_seconds": total([one["asleep_seconds"] for one in others]),
        "nap_count": len(naps),
        "nap_asleep_seconds": total([one["asleep_seconds"] for one in naps]),
        "workout_count": len(workouts),
        "workout_max_strain": max(strains, default=None),
        "workout_calories": calories if calories is None else round(calories),
        "workout_seconds": round(sum(lasting), 1) if lasting else None,
        **{
            f"workout_{name}": total([one.get(name) for one in zones], shares)
            for name in NAMES.values()
            if name.startswith("zone_")
        },
    }


def assert_same_days(mirror: Mirror, wanted: list[str]) -> int:
    """The view and the daily summary say the same of each date; how many of them have a cycle."""
    cycles, view = 0, rows(mirror.cache)
    for date in wanted:
        seen, expected = view.get(date), told(days.summary(mirror, date))
        if seen is None or expected is None:
            assert seen == expected, date
            continue
        assert seen == pytest.approx({name: expected.get(name) for name in seen}), date
        cycles += seen["cycle_id"] is not None
    return cycles


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 5, 11])
def test_days_are_those_of_the_daily_summary(tmp_path: Path, seed: int) -> None:
    """Over months with travel, naps and nights without the strap, every column of every date."""
    with mirrored_account(tmp_path, days=80, seed=seed) as one:
        one.sync()
        assert assert_same_days(one.mirror, dates("2026-03-01", 83)) > 60


def odd_life(seed: int) -> dict[Any, list[dict[str, Any]]]:
    """Months that hardly anybody has: cycles of any length with no sleep, one, or several, naps
    named by recoveries, ties, gaps, and another offset each time."""
    rng = random.Random(seed)
    found: dict[Any, list[dict[str, Any]]] = {CYCLES: [], SLEEPS: [], RECOVERIES: [], WORKOUTS: []}
    at, number = "2026-08-01T00:00:00.000Z", 0
    for cycle in range(1, 60):
        zone, hours = rng.choice(ZONES), rng.choice([3, 8, 12, 24, 24, 26, 30, 48, 75.5])

        def lasting(after: float, long: float, at: str = at, zone: str = zone) -> dict[str, str]:
            start = times.plus(at, hours=after)
            return {"start": start, "end": times.plus(start, hours=long), "timezone_offset": zone}

        found[CYCLES].append(samples.cycle(cycle, **lasting(0, hours)))
        sleeps = []
        for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3])):
            number += 1
            long = rng.choice([1, 2, 2, min(7, hours)])
            when = lasting(rng.choice([0, 0, hours - long]), long)
            nap = rng.random() < 0.3
            sleeps.append(samples.sleep(samples.uuid(number), cycle_id=cycle, nap=nap, **when))
            if rng.random() < 0.2:
                sleeps[-1] |= {"score_state": "PENDING_SCORE", "score": None}
        found[SLEEPS] += sleeps
        if rng.random() < 0.6:
            named = rng.choice(
                [one["id"].upper() for one in sleeps] + [samples.uuid(10**6 + cycle)]
            )
            found[RECOVERIES].append(samples.recovery(cycle, sleep_id=named))
        if rng.random() < 0.5:
            begun = rng.random() * hours
            found[WORKOUTS].append(
                samples.workout(samples.uuid(10**5 + cycle), **lasting(begun, 0.75))
            )
            for again in range(rng.choice([0, 0, 1, 3])):  # overlapping, once or often
                when = lasting(begun + rng.choice([0, 0.3, -0.5]), rng.choice([0.75, 1.1, 0.2]))
                raw = samples.workout(samples.uuid(10**5 + 1000 * (again + 1) + cycle), **when)
                bare = {"score_state": "UNSCORABLE", "score": None}
                found[WORKOUTS].append(raw | (bare if rng.random() < 0.2 else {}))
        at = times.plus(at, hours=hours + rng.choice([0, 0, 0, 20]))
    return found


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
def test_days_are_those_of_the_daily_summary_also_where_days_are_odd(
    tmp_path: Path, seed: int
) -> None:
    """Several cycles on a date, none, sleepless ones, and sleeps that end far from where they
    began: the view and the daily summary follow one rule."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = "2026-12-31T12:00:00.000Z"
    for resource, found in odd_life(seed).items():
        shelf.save(resource, *found, window=Window("2026-01-01T00:00:00.000Z", shelf.now))
    nobody: Any = None  # all is covered, so that nobody is asked
    assert assert_same_days(Mirror(shelf.cache, nobody), dates("2026-07-30", 110)) > 30
    others = ask(shelf, "SELECT sum(other_cycle_count), sum(cycle_id > 0) FROM days")[0]
    assert sum(others) == 59 and others[0] > 0


@PROPERTY
@given(
    st.integers(0, 48 * 60),
    st.sampled_from([0, 1, 500, 999]),
    st.integers(0, 80 * 60),
    st.sampled_from([0, 1, 500, 999]),
    st.sampled_from(ZONES),
)
@example(22 * 60, 0, 4 * 60, 0, "Z")
@example(22 * 60, 0, 4 * 60, 1, "Z")
@example(24 * 60, 0, 72 * 60, 0, "Z")
@pytest.mark.slow
def test_a_sleepless_cycle_has_the_date_it_covers_most_of(
    tmp_path_factory: pytest.TempPathFactory,
    minutes: int,
    millis: int,
    long: int,
    more: int,
    zone: str,
) -> None:
    """To the millisecond, and on a tie the earlier, as the daily summary has it."""
    shelf = Shelf(tmp_path_factory.getbasetemp() / "sleepless.db")
    start = times.plus("2026-04-10T00:00:00.000Z", minutes=minutes, milliseconds=millis)
    end = times.plus(start, minutes=long, milliseconds=more)
    shelf.now = times.plus(shelf.now, seconds=1)
    shelf.save(CYCLES, samples.cycle(start=start, end=end, timezone_offset=zone), by_id=True)
    expected = most_of(times.local(start, zone), times.local(end, zone))
    assert ask(shelf, "SELECT date, cycle_id FROM days") == [[expected, 1]]


@pytest.mark.parametrize("hours", [0, 10, 30, 60])
def test_the_running_cycle_lasts_until_now(tmp_path: Path, hours: int) -> None:
    """Without a sleep its date is that of its hours so far, by the clock of whoever asks."""
    shelf = Shelf(tmp_path / "whoop.db")
    start = times.plus(times.now(), hours=-hours)
    shelf.save(CYCLES, samples.cycle(start=start, end=None))
    possible = [most_of(times.local(start, "-04:00"), times.local(times.now(), "-04:00"))]
    [[date]] = ask(shelf, "SELECT date FROM days")
    possible += [most_of(times.local(start, "-04:00"), times.local(times.now(), "-04:00"))]
    assert date in possible


def test_a_deleted_record_is_in_no_day(shelf: Shelf) -> None:
    """What is gone is gone from its day; a day of which nothing is left is no day."""
    date = "2026-10-19"
    shelf.now = "2026-10-20T12:00:01.000Z"
    shelf.save(SLEEPS, gone=[samples.NIGHT])
    shelf.save(RECOVERIES, gone=["1"])
    found = rows(shelf.cache)[date]
    assert (found["sleep_id"], found["recovery_score"], found["workout_count"]) == (None, None, 1)
    shelf.save(CYCLES, gone=["1"])
    assert rows(shelf.cache)[date]["cycle_id"] is None
    shelf.save(WORKOUTS, gone=[samples.RUN])
    assert rows(shelf.cache) == {}


def test_the_description_names_real_columns(shelf: Shelf) -> None:
    """Each column that the tool's words promise of `days` and `changes` is there."""
    text = DESCRIPTIONS["query_whoop"]
    said = text.split("a row per local date: ")[1].split(". NULL")[0].split(", ")
    columns = query.run(shelf.cache, "SELECT * FROM days")["columns"]
    for name in said:
        spelled = [f"{one}sleep_seconds" for one in ("rem_", "deep_", "light_")]
        assert set(spelled if "/" in name else [name]) <= set(columns)
    for name in text.split("changes (")[1].split(")")[0].split(", "):
        assert name in query.run(shelf.cache, "SELECT * FROM changes")["columns"]
