"""What becomes of WHOOP's answers: kept, compared, logged, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import schema
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.errors import CacheError
from whoop_mcp.simulator import life
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import (
    BODY,
    CURRENT,
    CYCLES,
    PROFILE,
    RECOVERIES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

from ..support import lookups, samples
from ..support.samples import NOW, Shelf

WEEK = Window("2026-10-14T00:00:00.000Z", NOW)
EARLIER = times.plus(NOW, seconds=-60)
LATER = times.plus(NOW, seconds=60)
ALL: list[tuple[Resource, dict[str, Any]]] = [
    (CYCLES, samples.cycle()),
    (SLEEPS, samples.sleep()),
    (RECOVERIES, samples.recovery()),
    (WORKOUTS, samples.workout()),
    (PROFILE, samples.profile()),
    (BODY, {"height_meter": 1.75, "weight_kilogram": 71.4, "max_heart_rate": 191}),
]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty cache."""
    return Shelf(tmp_path / "whoop.db")


def last(shelf: Shelf) -> tuple[str, str, Any]:
    """The latest change: what, when WHOOP changed it, and the differences."""
    ((change, stamp, diff),) = shelf.sql(
        "SELECT change, updated_at, diff FROM change_log ORDER BY position DESC LIMIT 1"
    )
    return change, stamp, json.loads(diff) if diff else None


def test_many_new_records_are_kept_as_each_alone(tmp_path: Path) -> None:
    """Whether records come in pages, of which nothing is held, or one by one while another is
    waited for: rows, dates and the log are the same, and a page that repeats some makes none."""
    account, kept = life.make(days=40, until=NOW), []
    for name in ("pages", "one by one"):
        shelf = Shelf(tmp_path / name)
        if name == "one by one":  # so that each is looked at for whether it is that one
            shelf.save(WORKOUTS, samples.workout(start="soon"))
        for resource in (CYCLES, SLEEPS, RECOVERIES, WORKOUTS):
            raws = account.all(resource.name)
            step = 10 if name == "pages" else 1
            for at in range(0, len(raws), step):
                count = len(raws[at : at + step])
                assert shelf.save(resource, *raws[at : at + step]) == {"created": count}
            if len(raws) > 20:
                assert shelf.save(resource, *raws[5:20]) == {"unchanged": 15}
        kept.append(
            (
                shelf.sql("SELECT * FROM records ORDER BY resource, id"),
                shelf.sql("SELECT * FROM change_log ORDER BY position"),
            )
        )
    assert kept[0] == kept[1]
    assert len(kept[0][0]) == len(kept[0][1]) > 100


# ── what makes an event ──


def test_the_same_twice_is_once(shelf: Shelf) -> None:
    """Saving what is held already logs nothing and changes nothing."""
    for resource, raw in ALL:
        assert shelf.save(resource, raw) == {"created": 1}
    log, rows = shelf.log(), shelf.sql("SELECT * FROM records")
    assert {change for *_, change in log} == {"created"}
    shelf.now = LATER
    for resource, raw in ALL:
        assert shelf.save(resource, raw) == {"unchanged": 1}
    assert shelf.log() == log
    assert shelf.sql("SELECT * FROM records") == rows


def test_the_same_twice_in_one_answer_is_once(shelf: Shelf) -> None:
    """A record that two pages show is one record and one event."""
    assert shelf.save(CYCLES, samples.cycle(), samples.cycle()) == {"created": 1, "unchanged": 1}
    assert shelf.log() == [("cycles", "1", "created")]


def test_a_records_life(shelf: Shelf) -> None:
    """Created, scored, updated, deleted and there again are one event each, with their stamps."""
    pending = samples.cycle(
        score_state="PENDING_SCORE", score=None, updated_at="2026-10-20T05:00:00Z"
    )
    assert shelf.save(CYCLES, pending) == {"created": 1}
    assert last(shelf) == ("created", "2026-10-20T05:00:00.000Z", None)
    assert shelf.save(CYCLES, samples.cycle(updated_at="2026-10-20T06:00:00Z")) == {"updated": 1}
    assert last(shelf) == ("scored", "2026-10-20T06:00:00.000Z", None)
    edited = samples.cycle(updated_at="2026-10-20T07:00:00Z", step_count=9001, end=None)
    assert shelf.save(CYCLES, edited) == {"updated": 1}
    assert last(shelf) == (
        "updated",
        "2026-10-20T07:00:00.000Z",
        {
            "end": ["2026-10-20T03:40:00.000Z", None],
            "end_local": ["2026-10-19T23:40:00.000-04:00", None],
            "step_count": [9000, 9001],
        },
    )
    shelf.now = LATER
    assert shelf.save(CYCLES, gone=["1"]) == {"deleted": 1}
    assert last(shelf) == ("deleted", LATER, None)
    assert shelf.cache.get(CYCLES, "1") is None
    assert shelf.save(CYCLES, gone=["1", "2"]) == {}
    assert shelf.save(CYCLES, edited) == {"created": 1}
    assert last(shelf) == ("created", "2026-10-20T07:00:00.000Z", None)
    assert len(shelf.log()) == 5


def test_what_no_user_sees_makes_no_event(shelf: Shelf) -> None:
    """A mere new `updated_at`, or an unknown field, is kept in the raw record and not logged."""
    shelf.save(CYCLES, samples.cycle())
    changed = samples.cycle(updated_at="2026-10-20T11:00:00Z", created_at=None, moon="full")
    assert shelf.save(CYCLES, changed) == {"unchanged": 1}
    assert shelf.cache.raw(CYCLES, "1") == changed
    assert len(shelf.log()) == 1


def test_an_id_in_capitals_is_the_same(shelf: Shelf) -> None:
    """A UUID is one record, whichever case it comes in."""
    id = "abcdef00-0000-4000-8000-000000000001"
    shelf.save(SLEEPS, samples.sleep(id))
    shelf.save(SLEEPS, samples.sleep(id.upper()))
    assert shelf.sql("SELECT count(*) FROM records") == [(1,)]


def test_a_snapshot_is_current(shelf: Shelf) -> None:
    """A changed profile is an update of `current`, at the moment it was learned."""
    shelf.save(PROFILE, samples.profile())
    shelf.now = LATER
    shelf.save(PROFILE, samples.profile(first_name="New"))
    assert last(shelf) == ("updated", LATER, {"first_name": ["Demo", "New"]})
    assert shelf.log()[-1][:2] == ("profile", CURRENT)


# ── stale answers ──


def test_a_stale_answer_changes_nothing(shelf: Shelf) -> None:
    """An answer to an older question never replaces or deletes what a newer one told."""
    shelf.save(CYCLES, samples.cycle(step_count=2), at=NOW)
    before = shelf.sql("SELECT * FROM records")
    assert shelf.save(CYCLES, samples.cycle(step_count=1), at=EARLIER) == {"unchanged": 1}
    assert shelf.save(CYCLES, at=EARLIER, gone=["1"]) == {}
    assert shelf.sql("SELECT * FROM records") == before
    assert len(shelf.log()) == 1


def test_a_stale_answer_does_not_bring_the_deleted_back(shelf: Shelf) -> None:
    """What is known to be gone stays so when an older answer still shows it."""
    shelf.save(CYCLES, samples.cycle(), at=EARLIER)
    shelf.save(CYCLES, gone=["1"], at=NOW)
    assert shelf.save(CYCLES, samples.cycle(), at=times.plus(NOW, seconds=-30)) == {"unchanged": 1}
    assert shelf.cache.get(CYCLES, "1") is None


@pytest.mark.parametrize(
    ("resource", "older", "newer"),
    [
        (CYCLES, samples.cycle(step_count=1), samples.cycle(step_count=2)),
        (RECOVERIES, samples.recovery(score=None), samples.recovery()),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_window_confirms_what_lies_in_it(
    shelf: Shelf, resource: Resource, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    """A reading of a whole window that shows a record as it is held makes older answers stale."""
    shelf.save(SLEEPS, samples.sleep(), at=times.plus(NOW, seconds=-300))
    shelf.save(resource, newer, at=times.plus(NOW, seconds=-120))
    shelf.save(resource, newer, at=NOW, window=WEEK)
    assert shelf.save(resource, older, at=EARLIER) == {"unchanged": 1}
    assert shelf.cache.raw(resource, "1") == newer


def test_a_clock_that_was_wrong_blocks_nothing(shelf: Shelf) -> None:
    """A stamp from the future, left by a clock since set right, does not outrank the present."""
    shelf.now = times.plus(NOW, days=400)
    shelf.save(CYCLES, samples.cycle(step_count=1), window=WEEK)
    shelf.now = NOW
    assert shelf.save(CYCLES, samples.cycle(step_count=2)) == {"updated": 1}


# ── whose records ──


def test_another_users_records_roll_all_of_it_back(shelf: Shelf) -> None:
    """Records of another user's alone and nothing of the whole save is kept, coverage included."""
    shelf.save(CYCLES, samples.cycle())
    before = shelf.sql("SELECT * FROM records"), shelf.log()
    findings = [
        Findings(SLEEPS, NOW, [samples.sleep()], window=WEEK),
        Findings(
            WORKOUTS, NOW, [samples.workout(user_id=7), samples.workout(samples.uuid(9), user_id=7)]
        ),
    ]
    with pytest.raises(CacheError, match="another WHOOP user") as caught:
        shelf.cache.save(*findings)
    assert str(samples.USER) not in str(caught.value.envelope())
    assert (shelf.sql("SELECT * FROM records"), shelf.log()) == before
    assert shelf.sql("SELECT * FROM coverage") == []


def test_one_record_of_another_users_costs_no_other(shelf: Shelf) -> None:
    """Among the owner's, another's record is skipped and said; the rest and the window are kept."""
    shelf.save(CYCLES, samples.cycle())
    stranger = samples.workout(samples.uuid(9), user_id=7)
    found = Findings(WORKOUTS, NOW, [samples.workout(), stranger], window=WEEK)
    counts, warnings = shelf.cache.save(found)
    assert counts["workouts"] == {"created": 1, "skipped": 1}
    (warning,) = warnings
    assert samples.uuid(9) in warning and "another" in warning
    assert lookups.standing(shelf.cache, WORKOUTS, *WEEK).complete
    assert skipped(shelf) == []  # nothing is to be asked for again


def test_two_users_in_one_answer(shelf: Shelf) -> None:
    """An empty cache becomes the one's whose records are more, whatever their order, and takes
    nothing of the other."""
    strangers = samples.cycle(1, user_id=7)
    found = shelf.save(CYCLES, strangers, samples.cycle(2), samples.cycle(3))
    assert found == {"created": 2, "skipped": 1}
    with pytest.raises(CacheError):
        shelf.save(CYCLES, samples.cycle(3, user_id=7))


def test_a_login_that_is_known_is_not_to_blame(tmp_path: Path) -> None:
    """Where the login is the owner's, a page with nothing but another's records skips them; a
    profile of another user's is that login's own word."""
    cache = Cache(tmp_path / "whoop.db", login=samples.KnownLogin(samples.USER), clock=lambda: NOW)
    counts, _ = cache.save(Findings(CYCLES, NOW, [samples.cycle(1, user_id=7)]))
    assert counts["cycles"] == {"skipped": 1}
    cache.save(Findings(CYCLES, NOW, [samples.cycle(1)]))
    with pytest.raises(CacheError):
        cache.save(Findings(PROFILE, NOW, [samples.profile(user_id=7)]))


# ── one record twice ──


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("resource", "one", "other", "names"),
    [
        (CYCLES, samples.cycle(step_count=1), samples.cycle(step_count=2), "cycle 1"),
        (
            WORKOUTS,
            samples.workout(sport_name="a"),
            samples.workout(samples.RUN.upper(), sport_name="b"),
            samples.RUN,
        ),
        (RECOVERIES, samples.recovery(), samples.recovery(sleep_id=samples.NAP), "recovery 1"),
    ],
    ids=["cycle", "in capitals", "two recoveries"],
)
def test_one_record_twice_in_a_list(
    shelf: Shelf,
    resource: Resource,
    one: dict[str, Any],
    other: dict[str, Any],
    names: str,
    turned: bool,
) -> None:
    """Of two that are not alike the later one counts, else the one that is held, in whichever
    order they come; that is said, and there is an event only for what has changed."""
    later = {**one, "updated_at": "2026-10-20T11:00:00Z"}
    both = [later, {**other, "updated_at": "2026-10-20T10:00:00Z"}]
    for _ in range(3):
        found = Findings(resource, shelf.now, both[::-1] if turned else both, window=WEEK)
        counts, warnings = shelf.cache.save(found)
        assert counts[resource.name]["skipped"] == 1
        assert names in warnings[0] and "twice" in warnings[0]
        shelf.now = times.plus(shelf.now, seconds=1)
    assert shelf.cache.get(resource, resource.key(one)) == resource.flatten(one)
    assert [change for *_, change in shelf.log()] == ["created"]
    alike = [{**raw, "updated_at": "2026-10-20T11:30:00Z"} for raw in (one, other)]
    shelf.save(resource, *(alike[::-1] if turned else alike))
    assert shelf.cache.get(resource, resource.key(one)) == resource.flatten(one)
    assert len(shelf.log()) == 1


def test_a_newer_id_in_capitals_is_no_change(shelf: Shelf) -> None:
    """However WHOOP spells an id, its flat record has it in one spelling, and there is no event."""
    id = "abcdef00-0000-4000-8000-000000000001"
    shelf.save(SLEEPS, samples.sleep(id))
    assert shelf.save(SLEEPS, samples.sleep(id.upper())) == {"unchanged": 1}
    assert len(shelf.log()) == 1


# ── malformed records ──

SECRET = "73311-secret"


def skipped(shelf: Shelf) -> list[tuple[Any, ...]]:
    """The list of what is to be asked for again."""
    return shelf.sql('SELECT resource, id, start, "end" FROM skipped ORDER BY id')


def test_the_malformed_is_skipped_and_the_rest_kept(shelf: Shelf) -> None:
    """Malformed records are counted and named by id and reason; the others are kept."""
    found = Findings(
        CYCLES,
        NOW,
        [
            samples.cycle(1),
            samples.cycle(2, step_count=SECRET),
            samples.cycle(3),
            {"id": SECRET},
            {},
        ],
        window=WEEK,
    )
    counts, warnings = shelf.cache.save(found)
    assert counts["cycles"] == {"created": 2, "skipped": 3}
    assert [line.partition(":")[0] for line in warnings] == [
        "cycle 2",
        "cycle without an id",
        "cycle without an id",
    ]
    assert "step_count" in warnings[0]
    assert SECRET not in str(warnings) + str(shelf.sql("SELECT * FROM skipped"))
    assert lookups.standing(shelf.cache, CYCLES, *WEEK).complete
    assert {id for _, id, *_ in skipped(shelf)} == {"", "2"}


def test_what_has_healed_is_forgotten(shelf: Shelf) -> None:
    """A malformed record is asked for until it comes whole or answers that it is gone."""
    for heal in (samples.cycle(2), None):
        shelf.save(CYCLES, samples.cycle(2, score=[]))
        assert [row[1] for row in skipped(shelf)] == ["2"]
        shelf.save(CYCLES, *([heal] if heal else []), gone=[] if heal else ["2"])
        assert skipped(shelf) == []


def test_what_has_no_id_is_looked_for_where_it_was(shelf: Shelf) -> None:
    """A record without an id leaves its place, and is forgotten when that is read again."""
    place = "2026-10-19T03:30:00.000Z"
    shelf.save(CYCLES, {**samples.cycle(), "id": None}, window=WEEK)
    assert skipped(shelf) == [("cycles", "", place, times.plus(place, milliseconds=1))]
    shelf.save(CYCLES, samples.cycle(), window=Window(times.plus(place, days=-1), place))
    assert len(skipped(shelf)) == 1
    shelf.save(CYCLES, samples.cycle(), window=WEEK)
    assert skipped(shelf) == []


def test_a_malformed_record_keeps_what_is_held(shelf: Shelf) -> None:
    """What was held before a record came malformed stays as it is, and no event is made."""
    shelf.save(CYCLES, samples.cycle())
    assert shelf.save(CYCLES, samples.cycle(start="never")) == {"skipped": 1}
    assert shelf.cache.raw(CYCLES, "1") == samples.cycle()
    assert len(shelf.log()) == 1


# ── a recovery's times ──


def recovery(shelf: Shelf) -> dict[str, Any]:
    """The recovery as it is held."""
    found = shelf.cache.get(RECOVERIES, "1")
    assert found
    return found


@pytest.mark.parametrize(
    "order", [(SLEEPS, RECOVERIES), (RECOVERIES, SLEEPS)], ids=["sleep first", "recovery first"]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_recovery_has_its_sleeps_times_whichever_came_first(
    shelf: Shelf, order: tuple[Resource, ...], together: bool
) -> None:
    """In one save or in two, in either order, the recovery ends with the times of its sleep."""
    made = {SLEEPS: samples.sleep(samples.NIGHT.upper()), RECOVERIES: samples.recovery()}
    findings = [Findings(one, NOW, [made[one]]) for one in order]
    for batch in [findings] if together else [[one] for one in findings]:
        shelf.cache.save(*batch)
    assert recovery(shelf)["end_local"] == "2026-10-19T07:30:00.000-04:00"
    log = shelf.log()
    shelf.cache.save(*findings)
    assert shelf.log() == log


def test_a_recovery_follows_its_sleep(shelf: Shelf) -> None:
    """When the sleep moves, so does the recovery, as a change of its own at the sleep's stamp."""
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(RECOVERIES, samples.recovery())
    moved = samples.sleep(end="2026-10-19T12:00:00Z", updated_at="2026-10-20T09:00:00Z")
    shelf.save(SLEEPS, moved)
    assert recovery(shelf)["end"] == "2026-10-19T12:00:00.000Z"
    assert shelf.log()[-2:] == [
        ("sleeps", samples.NIGHT, "updated"),
        ("recoveries", "1", "updated"),
    ]
    assert last(shelf)[1] == "2026-10-20T09:00:00.000Z"
    assert set(last(shelf)[2]) == {"end", "end_local"}


def test_a_recovery_that_followed_covers_nothing(shelf: Shelf) -> None:
    """Where a recovery came with its sleep, the hours are not known to hold no other recovery."""
    shelf.save(RECOVERIES, samples.recovery(), window=WEEK)
    shelf.save(SLEEPS, samples.sleep(), window=WEEK)
    hours = Window("2026-10-19T03:30:00.000Z", "2026-10-19T11:30:00.000Z")
    assert lookups.standing(shelf.cache, RECOVERIES, *WEEK).missing == [hours]
    shelf.save(RECOVERIES, samples.recovery(), window=WEEK)
    assert lookups.standing(shelf.cache, RECOVERIES, *WEEK).complete


def test_a_recovery_without_its_sleep(shelf: Shelf) -> None:
    """Without its sleep it has its cycle's times, and the sleep's again once that is back."""
    shelf.save(CYCLES, samples.cycle())
    shelf.save(RECOVERIES, samples.recovery())
    assert recovery(shelf)["end"] == "2026-10-20T03:40:00.000Z"
    shelf.save(SLEEPS, samples.sleep())
    assert recovery(shelf)["end"] == "2026-10-19T11:30:00.000Z"
    shelf.save(SLEEPS, gone=[samples.NIGHT])
    assert recovery(shelf)["end"] == "2026-10-20T03:40:00.000Z"
    shelf.save(CYCLES, gone=["1"])
    assert recovery(shelf)["end"] == "2026-10-19T11:46:00.000Z"


def test_a_nap_is_not_a_recoverys_sleep(shelf: Shelf) -> None:
    """A nap of the same cycle does not lend its times."""
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(RECOVERIES, samples.recovery())
    nap = samples.sleep(
        samples.NAP, nap=True, start="2026-10-19T18:00:00Z", end="2026-10-19T18:30:00Z"
    )
    shelf.save(SLEEPS, nap)
    assert recovery(shelf)["end"] == "2026-10-19T11:30:00.000Z"


def test_a_recovery_that_has_lost_its_times(shelf: Shelf) -> None:
    """A recovery that without its sleep has no time of any kind keeps what it had."""
    shelf.save(SLEEPS, samples.sleep())
    shelf.save(RECOVERIES, samples.recovery(created_at=None))
    shelf.save(SLEEPS, gone=[samples.NIGHT])
    assert recovery(shelf)["end"] == "2026-10-19T11:30:00.000Z"


# ── a new flattening ──


def test_what_no_body_has_leaves_the_cache_with_a_new_flattening(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older version took in, and no clock or body has, is treated as if it came now: out
    of every answer, told as gone, and asked for again."""
    shelf.save(CYCLES, samples.cycle(), samples.cycle(2), samples.cycle(3))
    shelf.sql(
        "UPDATE records SET raw = json_set(raw, '$.timezone_offset', '-23:59') WHERE id = '1'"
    )
    shelf.sql("UPDATE records SET raw = json_set(raw, '$.score.strain', 1e12) WHERE id = '2'")
    monkeypatch.setattr(schema, "FLATTENING", "the next")
    cache = Cache(shelf.path)
    assert [one["id"] for one in lookups.stream(cache, CYCLES)] == [3]
    assert sorted(cache.doubted(CYCLES)) == ["1", "2"]
    assert [change for _, _, change in shelf.log()] == ["created"] * 3 + ["deleted"] * 2
    assert shelf.save(CYCLES, samples.cycle(), by_id=True) == {"created": 1}
    assert cache.doubted(CYCLES) == ["2"]


def test_a_new_flattening_needs_no_download(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the flattening has changed, flat forms and views are made anew from the raw records.

    That makes no event, and a record that a stricter reading refuses stays as it was.
    """
    for resource, raw in ALL:
        shelf.save(resource, raw)
    shelf.save(CYCLES, samples.cycle(2))
    rows, log = shelf.sql("SELECT * FROM records ORDER BY resource, id"), shelf.log()
    shelf.sql("UPDATE records SET flat = '{}' WHERE id <> '2'")
    shelf.sql("""UPDATE records SET raw = '{"id": "refused"}' WHERE id = '2'""")
    shelf.sql("DROP VIEW workouts")
    assert Cache(shelf.path).get(CYCLES, "1") == {}
    monkeypatch.setattr(schema, "FLATTENING", "the next")
    assert Cache(shelf.path).get(CYCLES, "1") == CYCLES.flatten(samples.cycle())
    kept = shelf.sql("SELECT flat FROM records WHERE id = '2'")
    assert kept == [(row[10],) for row in rows if row[1] == "2"]
    assert [row for row in shelf.sql("SELECT * FROM records ORDER BY resource, id")
            if row[1] != "2"] == [row for row in rows if row[1] != "2"]  # fmt: skip
    assert shelf.log() == log
    assert shelf.sql("SELECT count(*) FROM workouts") == [(1,)]


def test_a_page_costs_the_same_however_much_is_held(tmp_path: Path) -> None:
    """To store a page of new nights, and the same page again, SQLite takes hardly more steps in a
    cache of three years than in one of a quarter: no statement goes through all records."""
    steps = {days: storing(tmp_path / f"{days}.db", days) for days in (90, 1080)}
    for few, many in zip(steps[90], steps[1080], strict=True):
        assert few > 0 and many < 1.5 * few


def storing(path: Path, days: int) -> list[int]:
    """How many hundred steps SQLite takes for a page of nights, with their recoveries, and again,
    where so many days are held."""

    def day(number: int) -> dict[Resource, dict[str, Any]]:
        night, start = samples.uuid(number), times.plus(NOW, days=-number)
        end = times.plus(start, hours=8)
        return {
            CYCLES: samples.cycle(number, start=start, end=times.plus(start, days=1)),
            SLEEPS: samples.sleep(night, cycle_id=number, start=start, end=end),
            RECOVERIES: samples.recovery(number, sleep_id=night),
            WORKOUTS: samples.workout(night, start=end, end=times.plus(end, hours=1)),
        }

    cache = Cache(path, clock=lambda: NOW)
    older, page = [day(30 + n) for n in range(days)], [day(1 + n) for n in range(25)]
    taken: list[int] = []
    with cache.held():
        for resource in older[0]:
            cache.save(Findings(resource, EARLIER, [one[resource] for one in older]))
        with cache.database.reading() as connection:
            pass  # the one that is used again
        connection.set_progress_handler(lambda: taken.append(1), 100)
        found: list[int] = []
        for _ in range(2):
            for resource in older[0]:
                taken.clear()
                raws = [one[resource] for one in page]
                cache.save(Findings(resource, NOW, raws, window=WEEK, accounted=()))
                found.append(len(taken))
    return found
