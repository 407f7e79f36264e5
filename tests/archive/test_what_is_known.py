"""What an export knows, and no more: its open cycle, its date, its journal, and what was purged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.database import meta
from whoop_mcp.cache.save import Findings
from whoop_mcp.errors import CacheError
from whoop_mcp.reads import journal
from whoop_mcp.reads.exports import export
from whoop_mcp.simulator import life
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource

from ..support import exports_of_whoop, lookups, samples
from ..support.exports_of_whoop import a_day, a_workout, an_answer, write
from ..support.mirrored_accounts import mirrored_account

NOW = "2026-11-27T12:00:00.000Z"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)


def starts(cache: Cache, resource: Resource) -> list[tuple[str, str]]:
    """What is held of a resource: the ids and when each began, oldest first."""
    return [(str(one["id"]), one["start"]) for one in lookups.stream(cache, resource)]


def a_cycle(number: int, day: str) -> dict[str, Any]:
    """A cycle as the API tells it, a fraction of a second after midnight."""
    end = times.plus(times.midnight(day), days=1, milliseconds=400)
    start = f"{day}T00:00:00.400Z"
    return samples.cycle(number, start=start, end=end, timezone_offset="+00:00")


def test_an_open_cycle_lasts_until_the_date_of_its_export(cache: Cache, tmp_path: Path) -> None:
    """The cycle that an export of May left open is none of the API's of November: imported anew,
    both are there, each under its own id; and it reaches no span of a later month."""
    days = [a_day("2026-05-01"), a_day("2026-05-02"), a_day("2026-05-03", is_open=True)]
    place = write(tmp_path / "my_whoop_data_2026_05_03.zip", days)
    take_in(cache, place)
    before = starts(cache, CYCLES)
    raws = [a_cycle(100 + day, f"2026-11-{day}") for day in (10, 11, 12)]
    window = Window("2026-11-09T00:00:00.000Z", "2026-11-13T00:00:00.000Z")
    cache.save(Findings(CYCLES, NOW, raws, window=window))
    ours = [(str(raw["id"]), raw["start"]) for raw in raws]
    assert starts(cache, CYCLES) == [*before, *ours]
    take_in(cache, place, force=True)
    assert starts(cache, CYCLES) == [*before, *ours]
    with cache.reading() as seen:
        may = Span("2026-05-03T01:00:00.000Z", "2026-05-03T02:00:00.000Z")
        assert seen.reach(may).end < "2026-05-04"


def test_an_open_cycle_is_purged_by_the_date_of_its_export(cache: Cache, tmp_path: Path) -> None:
    """What an export left open is over with it, so that a purge of a later date removes it all,
    and the same import again brings nothing of it back."""
    place = write(
        tmp_path / "my_whoop_data_2026_05_03.zip",
        [a_day("2026-05-02"), a_day("2026-05-03", is_open=True)],
    )
    take_in(cache, place)
    assert purge.before(cache, "2026-10-01") == 6
    again = take_in(cache, place)
    assert [again["kinds"][name]["skipped"] for name in ("cycles", "sleeps", "recoveries")] == [
        2
    ] * 3
    assert not any(
        starts(cache, resource) for resource in COLLECTIONS if resource.name != "recoveries"
    )


@pytest.mark.parametrize("zone", ["UTC-05:00", "UTC+09:00"])
@pytest.mark.parametrize("bound", ["2026-05-03", "2026-05-03T07:30:00.000Z"])
@pytest.mark.parametrize("rule", ["before", "same"])
def test_what_was_purged_stays_so(
    cache: Cache, tmp_path: Path, zone: str, bound: str, rule: Any
) -> None:
    """On any clock the same import again after a purge changes nothing, in the journal neither."""
    days = [a_day(f"2026-05-0{day}", zone=zone) for day in range(1, 6)]
    place = write(
        tmp_path / "my_whoop_data_2026_05_06.zip",
        days,
        [a_workout("2026-05-02", "18:00:00", "19:00:00", zone=zone)],
        [an_answer(day) for day in days],
    )
    take_in(cache, place, rule=rule)

    def held() -> list[Any]:
        with cache.database.reading() as connection:
            return [
                *connection.execute("SELECT resource, id FROM records ORDER BY resource, id"),
                *connection.execute("SELECT date, woke_on FROM entries ORDER BY date"),
            ]

    assert purge.before(cache, bound) >= 4
    before = held()
    assert before
    again = take_in(cache, place, rule=rule)
    assert held() == before
    for counts in again["kinds"].values():
        assert counts["new"] == counts["renewed"] == 0


def test_an_import_by_another_rule_dates_all_answers_anew(cache: Cache, tmp_path: Path) -> None:
    """Where the setting was switched between two imports of the same, every date follows it."""
    days = [a_day(f"2026-05-0{day}") for day in range(1, 4)]
    place = write(tmp_path / "my_whoop_data_2026_05_04.zip", days, (), [an_answer(days[1])])
    asked = {"start": "2026-04-01", "end": "2026-06-01"}
    take_in(cache, place, rule="before")
    assert journal.read(cache, **asked)["entries"][0]["date"] == "2026-05-01"
    counts = take_in(cache, place, rule="same")["kinds"]["journal"]
    assert counts["known"] == 1
    assert journal.read(cache, **asked, rule="same")["entries"][0]["date"] == "2026-05-02"


@pytest.mark.parametrize(
    ("zone", "known"),
    [("UTC-08:00", "2026-05-06T00:00:00.000Z"), ("UTC+09:00", "2026-05-05T15:00:00.000Z")],
)
def test_a_day_in_a_name_claims_no_hour_too_many(
    cache: Cache, tmp_path: Path, zone: str, known: str
) -> None:
    """Nobody knows on which clock an export's name tells the day: it counts from where that day
    begins first, in UTC or on the person's clock."""
    days = [a_day(f"2026-05-0{day}", zone=zone) for day in range(1, 4)]
    answer = take_in(cache, write(tmp_path / "my_whoop_data_2026_05_06.zip", days))
    assert answer["as_of"] == known
    after = Span(times.plus(known, minutes=1), times.plus(known, hours=5))
    with cache.reading() as seen:
        assert not seen.standing(WORKOUTS, after).complete


@pytest.mark.parametrize(
    ("name", "day", "latest", "skipped"),
    [
        ("my_whoop_data_2026_05_06.zip", "2027-05-02", "2026-05-06T00:00:00.000Z", 1),
        ("my_whoop_data_2026_05_06.zip", "2026-08-02", "2026-05-08T00:00:00.000Z", 0),
        ("mine.zip", "2027-05-02", "2026-05-04T00:00:00.000Z", 1),
    ],
)
def test_a_row_from_the_future_dates_no_export(
    cache: Cache, tmp_path: Path, name: str, day: str, latest: str, skipped: int
) -> None:
    """One time that cannot be, or lies long after the day in the name, claims no months: it is
    told, by its line, and the rest is of its date."""
    days = [a_day(f"2026-05-0{day}") for day in range(1, 4)]
    run = a_workout(day, "18:00:00", "19:00:00")
    answer = take_in(cache, write(tmp_path / name, days, [run]))
    assert answer["as_of"] == latest
    assert answer["kinds"]["workouts"]["skipped"] == skipped
    assert any("in the future (line 2)" in one for one in answer.get("warnings", ())) == skipped
    with cache.reading() as seen:
        months = Span("2026-06-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z")
        assert not seen.standing(CYCLES, months).complete


def test_a_journal_is_complete_as_far_as_an_export_told_it(cache: Cache, tmp_path: Path) -> None:
    """An export without a journal says nothing of one; another's is complete up to that export and
    above what was purged, and not where a row of it could not be read."""
    days = [a_day(f"2026-05-0{day}") for day in range(1, 6)]
    journals: dict[str, Any] = {
        "my_whoop_data_2026_05_07.zip": None,
        "my_whoop_data_2026_05_08.zip": [an_answer(day) for day in days],
        "my_whoop_data_2026_05_09.zip": None,
        "my_whoop_data_2026_05_10.zip": [
            *map(an_answer, days),
            {**an_answer(days[0]), "Answered yes": "perhaps"},
        ],
    }
    places = [write(tmp_path / name, days, (), rows) for name, rows in journals.items()]

    def told(start: str | None = None, end: str | None = None) -> tuple[bool, str | None]:
        place = str(tmp_path / "journal.csv")
        answer = export(
            cache,
            "journal",
            "csv",
            place,
            start=start,
            end=end,
            overwrite=True,
            home=tmp_path / "home",
        )
        (entry,) = answer["files"]
        assert entry["complete"] == ("missing" not in entry)
        assert journal.read(cache, start="2026-05-01", end="2026-06-01")["as_of"] == entry["as_of"]
        return entry["complete"], entry["as_of"]

    may = ("2026-05-01", "2026-05-06")
    take_in(cache, places[0])
    assert told() == told(*may) == (False, None)
    for place in places[1:3]:
        take_in(cache, place)
        as_of = "2026-05-08T00:00:00.000Z"
        assert told(*may) == (True, as_of)
        assert told("2026-05-01", "2026-05-09") == told() == (False, as_of)
    purge.before(cache, "2026-05-03")
    assert told(*may) == (False, as_of)
    assert told("2026-05-03", "2026-05-06") == (True, as_of)
    take_in(cache, places[3])
    assert told("2026-05-03", "2026-05-06") == (False, "2026-05-10T00:00:00.000Z")
    take_in(cache, places[1])  # an older one says no more
    assert told("2026-05-03", "2026-05-06") == (False, "2026-05-10T00:00:00.000Z")


def test_what_lasts_into_a_window_is_not_there_where_the_api_shows_none(
    cache: Cache, tmp_path: Path
) -> None:
    """A whole reading of a window shows what began before it, too: an export's sleep that would
    last into it is none, and the same import again does not bring it back."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    place = write(tmp_path / "my_whoop_data_2026_11_20.zip", days)
    take_in(cache, place)
    before = starts(cache, SLEEPS)
    window = Window("2026-11-15T04:00:00.000Z", "2026-11-15T22:00:00.000Z")
    cache.save(Findings(SLEEPS, NOW, window=window))  # others may be on a page below
    assert starts(cache, SLEEPS) == before
    counts, _ = cache.save(Findings(SLEEPS, NOW, window=window, lowest=True))
    assert counts["sleeps"]["replaced"] == 1
    left = [one for one in before if one[1] != "2026-11-15T00:00:00.000Z"]
    assert starts(cache, SLEEPS) == left and len(left) == 9
    take_in(cache, place, force=True)
    assert starts(cache, SLEEPS) == left
    with cache.reading() as seen:
        night = Span("2026-11-15T00:00:00.000Z", "2026-11-15T08:00:00.000Z")
        assert not seen.standing(SLEEPS, night).complete
    named = {one["sleep_id"] for one in lookups.stream(cache, RECOVERIES)}
    assert not any(str(one).startswith("not") for one in named)


@pytest.mark.parametrize("first", ["export", "api"])
@pytest.mark.parametrize("is_open", [False, True])
def test_what_lasts_into_a_window_that_the_api_has_seen_is_not_shown_either_way_round(
    cache: Cache, tmp_path: Path, first: str, is_open: bool
) -> None:
    """A whole reading shows what began before its window and lasts into it. What an export says to
    do so, and the API has not, is not shown, whichever came first; nor is the time of it claimed
    as known."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    days.append(a_day("2026-11-20", is_open=is_open))
    place = write(tmp_path / "my_whoop_data_2026_11_21.zip", days)
    day = "2026-11-20" if is_open else "2026-11-15"
    seen = Findings(CYCLES, NOW, window=Window(f"{day}T04:00:00.000Z", NOW), lowest=True)
    if first == "export":
        take_in(cache, place)
    cache.save(seen)
    for again in range(3):
        if again or first == "api":
            take_in(cache, place, force=True)
        left = [start[:10] for _, start in starts(cache, CYCLES)]
        assert left == [one["Cycle start time"][:10] for one in days[: int(day[-2:]) - 10]]
    with cache.reading() as known:
        before = Span(f"{day}T00:00:00.000Z", f"{day}T04:00:00.000Z")
        assert not known.standing(CYCLES, before).complete
        whole = Span("2026-11-10T00:00:00.000Z", f"{day}T00:00:00.000Z")
        assert known.standing(CYCLES, whole).complete


def test_a_cycle_that_stays_is_dated_by_the_sleeps_that_change(
    cache: Cache, tmp_path: Path
) -> None:
    """Where an export of the same date has another sleep of a cycle that it tells as before, the
    cycle's date and main sleep follow it, and go back with it."""
    blank = dict.fromkeys(("Sleep onset", "Wake onset", "Recovery score %"), "")
    night = {**a_day("2026-11-10"), "Cycle end time": "2026-11-11 09:00:00"}
    night |= {"Sleep onset": "2026-11-10 22:00:00", "Wake onset": "2026-11-11 08:00:00"}
    days = [{**night, **blank}]
    place = tmp_path / "my_whoop_data_2026_11_20.zip"
    for sleeps in ([], [night], []):
        take_in(cache, write(place, days, sleeps=sleeps))
        with cache.database.reading() as connection:
            (row,) = connection.execute(
                "SELECT local_date, main_sleep FROM records WHERE resource = 'cycles'"
            ).fetchall()
        assert row == (
            ("2026-11-11", starts(cache, SLEEPS)[0][0]) if sleeps else ("2026-11-10", None)
        )


def test_the_same_import_again_writes_no_record(cache: Cache, tmp_path: Path) -> None:
    """What is held just as it is told stays untouched, row for row; the tables' indexes are there
    after the first import, as they were before it."""

    def rows(table: str) -> list[Any]:
        with cache.database.reading() as connection:
            return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()

    def indexes() -> list[Any]:
        with cache.database.reading() as connection:
            return connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') "
                "ORDER BY name"
            ).fetchall()

    before = indexes()
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    runs = [a_workout("2026-11-12", "18:00:00", at) for at in ("19:00:00", "19:30:00", "19:00:00")]
    place = write(tmp_path / "my_whoop_data_2026_11_20.zip", days, runs, [an_answer(days[0])])
    first = take_in(cache, place)["kinds"]
    assert first["workouts"] == {"rows": 3, "new": 2, "renewed": 0, "known": 0, "skipped": 1}
    assert indexes() == before
    held, numbers = rows("records"), rows("(SELECT rowid, id FROM records)")
    again = take_in(cache, place)["kinds"]
    assert again["workouts"] == {"rows": 3, "new": 0, "renewed": 0, "known": 2, "skipped": 1}
    assert rows("records") == held
    assert rows("(SELECT rowid, id FROM records)") == numbers


def test_nothing_to_compare_is_told_as_such(cache: Cache, tmp_path: Path) -> None:
    """An export of another time than the cache's is refused by saying that, not by a count of
    nothing."""
    cache.save(Findings(SLEEPS, NOW, nights(20, 22, "00:00:00")))
    place = write(tmp_path / "mine.zip", [a_day("2026-05-01"), a_day("2026-05-02")])
    with pytest.raises(CacheError) as caught:
        take_in(cache, place)
    assert "no record from that time" in caught.value.message
    assert "--force" in str(caught.value.hint)


def test_that_little_could_be_compared_is_told(cache: Cache, tmp_path: Path) -> None:
    """Where one record or two are all that the cache has of the export's time, they must agree,
    and the answer says how little that shows; with three it says no such thing."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    place = write(tmp_path / "my_whoop_data_2026_11_20.zip", days)
    cache.save(Findings(SLEEPS, NOW, nights(15, 17, "00:00:00")))
    answer = take_in(cache, place)
    assert answer["agreement"] == {"compared": 2, "agree": 2}
    assert any(one.startswith("Only 2 of the cache's records") for one in answer["warnings"])
    assert "could be compared" not in str(take_in(cache, place))


def test_what_is_gone_by_whoops_id_is_gone_from_an_export_too(cache: Cache, tmp_path: Path) -> None:
    """A cycle that took its id from a sleep of the API's, and that WHOOP then has no more, is not
    shown, whether the export is imported before or again after."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    place = write(tmp_path / "my_whoop_data_2026_11_20.zip", days)
    take_in(cache, place)
    start = "2026-11-15T00:00:00.000Z"
    sleep = samples.sleep(
        start=start.replace(".000", ".400"),
        end="2026-11-15T08:00:00.400Z",
        cycle_id=777,
        timezone_offset="+00:00",
    )
    window = Window(start, "2026-11-16T00:00:00.000Z")
    cache.save(Findings(SLEEPS, NOW, [sleep], window=window))
    assert ("777", start) in starts(cache, CYCLES)
    cache.save(Findings(CYCLES, NOW, gone=["777"], by_id=True))
    left = starts(cache, CYCLES)
    assert len(left) == 9 and start not in dict(left).values()
    take_in(cache, place)
    assert starts(cache, CYCLES) == left


def nights(first: int, last: int, at: str) -> list[dict[str, Any]]:
    """Sleeps of November as the API tells them, each begun at some time of its day."""
    return [
        samples.sleep(
            samples.uuid(day),
            start=f"2026-11-{day}T{at}.400Z",
            end=f"2026-11-{day}T09:00:00.400Z",
            cycle_id=day,
            timezone_offset="+00:00",
        )
        for day in range(first, last)
    ]


def test_another_persons_login_adds_nothing_to_an_export(cache: Cache, tmp_path: Path) -> None:
    """An export has no user id: what the API then tells must begin when the export says, or it is
    refused before anything is stored, with ways out; one of them is to say whose it is."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    place = write(tmp_path / "my_whoop_data_2026_11_20.zip", days)
    take_in(cache, place)
    take_in(cache, place)  # that an export agrees with itself shows nothing
    before = starts(cache, SLEEPS)
    window = Window("2026-11-14T00:00:00.000Z", "2026-11-20T00:00:00.000Z")
    others = Findings(SLEEPS, NOW, nights(14, 19, "00:13:11"), window=window)
    for _ in range(2):
        with pytest.raises(CacheError) as caught:
            cache.save(others)
        assert "0 of 5" in caught.value.message and "purge --all" in str(caught.value.hint)
        assert starts(cache, SLEEPS) == before
        with cache.database.reading() as connection:
            assert meta(connection, "user_id") is None
    take_in(cache, place, force=True)
    counts, _ = cache.save(others)
    assert counts["sleeps"]["created"] == 5


def test_ones_own_login_is_taken_by_its_agreement_once(cache: Cache, tmp_path: Path) -> None:
    """Where enough agrees, what was edited since is no stranger's, then and later; where there is
    nothing to compare, nothing is refused."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    take_in(cache, write(tmp_path / "my_whoop_data_2026_11_20.zip", days))
    cache.save(Findings(SLEEPS, NOW, nights(21, 26, "00:13:11")))
    cache.save(Findings(SLEEPS, NOW, [*nights(16, 19, "00:00:00"), *nights(14, 16, "00:13:11")]))
    counts, _ = cache.save(Findings(SLEEPS, NOW, nights(10, 14, "00:13:11")))
    assert counts["sleeps"]["created"] == 4


def test_an_export_that_agrees_with_the_api_is_not_compared_again(
    cache: Cache, tmp_path: Path
) -> None:
    """Nor is what comes later held against one that was imported beside the API's records."""
    days = [a_day(f"2026-11-{day}") for day in range(10, 20)]
    cache.save(Findings(SLEEPS, NOW, nights(15, 19, "00:00:00")))
    take_in(cache, write(tmp_path / "my_whoop_data_2026_11_20.zip", days))
    counts, _ = cache.save(Findings(SLEEPS, NOW, nights(10, 14, "00:13:11")))
    assert counts["sleeps"]["created"] == 4


@pytest.mark.parametrize("own", [True, False])
def test_a_login_beside_an_export_is_compared_by_whatever_comes_first(
    tmp_path: Path, own: bool
) -> None:
    """A sync of another account than the export's stores no cycle, sleep or recovery, and the cache
    does not become that account's; one's own stores all of it."""
    with mirrored_account(tmp_path, days=40, seed=3) as one:
        account = one.account if own else life.make(seed=9, days=40, until=one.account.now())
        take_in(one.cache, str(exports_of_whoop.save(account, tmp_path)))
        for _ in range(2):
            try:
                parts = one.sync()["resources"].values()
            except CacheError:  # all of it was refused
                assert not own
            else:
                assert any("error" in part for part in parts) != own
        with one.cache.database.reading() as connection:
            whose = connection.execute(
                "SELECT count(*) FROM records WHERE source = 'api' AND raw IS NOT NULL "
                "AND resource IN ('cycles', 'sleeps', 'recoveries')"
            ).fetchone()
            assert (whose[0] > 100) == own and (whose[0] == 0) != own
            assert (meta(connection, "user_id") is not None) == own


def test_recoveries_are_compared_by_their_scores(cache: Cache, tmp_path: Path) -> None:
    """They have no start of their own: another's figures are refused, one's own are taken."""
    days = [a_day(f"2026-11-{day}") | {"Resting heart rate (bpm)": "50"} for day in range(10, 20)]
    take_in(cache, write(tmp_path / "my_whoop_data_2026_11_20.zip", days))

    def some(score: float) -> Findings:
        raws = []
        for day in range(11, 16):
            raw = samples.recovery(day, created_at=f"2026-11-{day}T09:00:00.000Z")
            raw["score"] |= {"recovery_score": score, "resting_heart_rate": 50.0}
            raws.append(raw)
        return Findings(RECOVERIES, NOW, raws)

    with pytest.raises(CacheError):
        cache.save(some(56.0))
    cache.save(some(55.0))


def test_a_purged_answer_comes_back_by_no_other_rule(cache: Cache, tmp_path: Path) -> None:
    """What was purged by the date that it had then stays so where the setting is switched."""
    days = [a_day(f"2026-05-0{day}") for day in range(1, 6)]
    rows = [an_answer(day) for day in days]
    place = write(tmp_path / "my_whoop_data_2026_05_06.zip", days, (), rows)
    take_in(cache, place, rule="before")
    purge.before(cache, "2026-05-03")
    take_in(cache, place, rule="same")
    found = journal.read(cache, start="2026-04-01", end="2026-06-01", rule="same")["entries"]
    assert [one["date"] for one in found] == ["2026-05-05", "2026-05-04"]
