"""Pages: what they ask WHOOP for, what they answer from the cache, and what they admit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.errors import CacheEmpty, UpstreamError, ValidationError
from whoop_mcp.jsontext import JsonText
from whoop_mcp.reads import records, single
from whoop_mcp.whoop.resources import (
    BODY,
    COLLECTIONS,
    CYCLES,
    PROFILE,
    RECOVERIES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

from ..support import lookups, samples
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

APRIL = {"start": "2026-04-01T00:00:00Z", "end": "2026-04-11T00:00:00Z"}
KEYS = ["records", "count", "total", "window", "next_cursor", "complete", "as_of"]


def ago(days: float) -> str:
    return times.plus(UNTIL, days=-days)


def expected(
    one: MirroredAccount, resource: Resource, start: str, end: str
) -> list[dict[str, Any]]:
    """By a naive filter, newest first."""
    found = [
        flat
        for flat in one.truth(resource).values()
        if flat["start"] < end and (flat["end"] or one.account.now()) > start
    ]
    key = resource.id_field
    return sorted(found, key=lambda flat: (flat["start"], str(flat[key])), reverse=True)


@pytest.mark.parametrize("resource", COLLECTIONS, ids=lambda one: one.name)
def test_a_cold_read_fetches_its_window_and_nothing_else(
    tmp_path: Path, resource: Resource
) -> None:
    """The page is WHOOP's window exactly; the second time it costs no request."""
    with mirrored_account(tmp_path) as one:
        page = records.page(one.mirror, resource, **APRIL)
        assert page["records"] == expected(one, resource, *APRIL.values())
        assert [*page] == KEYS and page["complete"] and page["count"] == page["total"]
        assert page["window"] == {name: times.utc(text) for name, text in APRIL.items()}
        asked = {request.query.get("start", "")[:10] for request in one.simulator.log}
        assert asked == {"2026-04-01"}
        one.requests()
        assert records.page(one.mirror, resource, **APRIL)["records"] == page["records"]
        assert one.requests() == 0


def test_only_the_gaps_are_fetched(tmp_path: Path) -> None:
    """A wider window asks for what is not covered, on both sides, and not for the middle again."""
    with mirrored_account(tmp_path) as one:
        records.page(one.mirror, CYCLES, **APRIL)
        one.requests()
        records.page(one.mirror, CYCLES, start="2026-03-28T00:00:00Z", end="2026-04-14T00:00:00Z")
        spans = {(r.query["start"], r.query["end"]) for r in one.simulator.log}
        assert spans == {
            ("2026-03-28T00:00:00.000Z", "2026-04-01T00:00:00.000Z"),
            ("2026-04-11T00:00:00.000Z", "2026-04-14T00:00:00.000Z"),
        }


def test_an_empty_window_is_known_to_be_empty(tmp_path: Path) -> None:
    """Days before the account began are complete without a record, and cost nothing the second
    time, also when WHOOP is down."""
    with mirrored_account(tmp_path, days=10) as one:
        page = records.page(one.mirror, WORKOUTS, **APRIL)
        assert page["records"] == [] and page["complete"]
        one.simulator.fault(503, times=None)
        assert records.page(one.mirror, WORKOUTS, **APRIL)["complete"]


def test_the_live_tail_is_confirmed_when_it_is_old(tmp_path: Path) -> None:
    """Within max_age a read of recent days costs nothing; later it sees the late score by itself,
    while old windows still cost nothing."""
    with mirrored_account(tmp_path, max_age=600) as one:
        recent = one.account.all("workouts")[3]["id"]
        one.account.edit("workouts", recent, score_state="PENDING_SCORE")
        one.sync()
        one.requests()
        records.page(one.mirror, WORKOUTS, start=ago(7))
        assert one.requests() == 0
        one.account.score("workouts", recent)
        one.account.pass_time(minutes=11)
        page = records.page(one.mirror, WORKOUTS, start=ago(7))
        assert one.requests() > 0
        states = {flat["id"]: flat["score_state"] for flat in page["records"]}
        assert states[recent] == "SCORED"
        assert records.page(one.mirror, WORKOUTS, **APRIL)["complete"]
        assert one.requests() == 0


def test_what_cannot_be_fetched_is_admitted(tmp_path: Path) -> None:
    """With WHOOP down a half-known window answers what is held, names the rest, and warns."""
    with mirrored_account(tmp_path) as one:
        records.page(one.mirror, SLEEPS, **APRIL)
        one.simulator.fault(503, times=None)
        page = records.page(one.mirror, SLEEPS, start="2026-03-25", end="2026-04-11T00:00:00Z")
        assert page["records"] == expected(one, SLEEPS, *APRIL.values())
        assert not page["complete"]
        assert page["missing"] == [
            {"start": "2026-03-24T10:00:00.000Z", "end": "2026-04-01T00:00:00.000Z"}
        ]
        assert page["as_of"] and "WHOOP is failing" in page["warnings"][0]


def test_a_stale_tail_that_cannot_be_confirmed_is_not_complete(tmp_path: Path) -> None:
    """Held but unconfirmed recent days are shown with complete false and the old as_of."""
    with mirrored_account(tmp_path, max_age=600) as one:
        one.fill()
        one.account.pass_time(hours=2)
        one.simulator.fault("drop", times=None)
        page = records.page(one.mirror, CYCLES, start=ago(3), end=ago(1))
        assert page["records"] and not page["complete"]
        assert page["as_of"] < times.plus(one.now(), hours=-1)


def test_with_nothing_to_show_the_error_itself_is_the_answer(tmp_path: Path) -> None:
    """A cold cache and no WHOOP: UPSTREAM_ERROR, not an empty page."""
    with mirrored_account(tmp_path) as one:
        one.simulator.fault(503, times=None)
        with pytest.raises(UpstreamError):
            records.page(one.mirror, CYCLES, **APRIL)


def test_fresh_asks_for_the_whole_window_and_never_falls_back(tmp_path: Path) -> None:
    """`fresh` sees an edit of an old covered record, and raises when WHOOP cannot be asked."""
    with mirrored_account(tmp_path) as one:
        old = next(r for r in one.account.all("cycles") if r["start"] < "2026-04-08" and r["score"])
        records.page(one.mirror, CYCLES, **APRIL)
        one.account.edit("cycles", old["id"], strain=20.75)
        page = records.page(one.mirror, CYCLES, **APRIL, fresh=True)
        assert 20.75 in [flat["strain"] for flat in page["records"]]
        one.simulator.fault(503, times=None)
        with pytest.raises(UpstreamError):
            records.page(one.mirror, CYCLES, **APRIL, fresh=True)


def test_only_the_past_can_be_missing(tmp_path: Path) -> None:
    """A window into the future is complete up to now, and the open cycle is not in tomorrow."""
    with mirrored_account(tmp_path) as one:
        page = records.page(one.mirror, CYCLES, start=ago(2), end=times.plus(UNTIL, days=5))
        assert page["complete"] and page["records"][0]["end"] is None
        tomorrow = records.page(
            one.mirror, CYCLES, start=times.plus(UNTIL, days=1), end=times.plus(UNTIL, days=2)
        )
        assert tomorrow["records"] == [] and tomorrow["complete"]


def test_bare_dates_are_the_wearers_own_days(tmp_path: Path) -> None:
    """A workout at 23:30 local belongs to that date, wherever UTC is by then."""
    with mirrored_account(tmp_path, days=40) as one:
        one.account.travel("-07:00")
        one.account.pass_time(days=3)
        one.sync()
        for flat in one.held(WORKOUTS).values():
            date = flat["start_local"][:10]
            if flat["end_local"][:10] != date:
                continue
            next_date = times.plus(times.midnight(date), days=1)[:10]
            page = records.page(one.mirror, WORKOUTS, start=date, end=next_date)
            assert flat in page["records"]
            assert page["window"] == {"start": date, "end": next_date}
            assert {one["start_local"][:10] for one in page["records"]} == {date}


@pytest.mark.slow
def test_pages_follow_each_other_without_a_gap_while_syncs_run(tmp_path: Path) -> None:
    """By limit or by budget, the pages together are the window, each within the budget."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        whole = records.page(one.mirror, SLEEPS, start=ago(60))
        for how in ({"limit": 7}, {"budget": 5000}):
            seen, cursor = [], None
            while True:
                page = records.page(
                    one.mirror, SLEEPS, start=ago(60) if not cursor else None, cursor=cursor, **how
                )  # type: ignore[arg-type]
                assert page["total"] == whole["total"]
                assert len(json.dumps(page, separators=(",", ":"))) <= how.get("budget", 10**9)
                seen += page["records"]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
                one.sync()
            assert seen == whole["records"]


@pytest.mark.parametrize("resource", [CYCLES, RECOVERIES, SLEEPS, WORKOUTS])
def test_a_page_as_json_is_the_same_page(tmp_path: Path, resource: Resource) -> None:
    """Its records are one JSON text that says what the list says, whole or cut, with all else the
    same."""
    with mirrored_account(tmp_path, days=40) as one:
        one.fill()
        cursor = None
        for how in ({}, {"limit": 3}, {"budget": 3000}, {"limit": 2}):
            where = {"cursor": cursor} if cursor else {"start": ago(30), "end": UNTIL}
            given: dict[str, Any] = {**how, **where}
            plain = records.page(one.mirror, resource, **given)
            text = records.page(one.mirror, resource, as_json=True, **given)
            assert isinstance(text["records"], JsonText)
            assert {**text, "records": json.loads(text["records"])} == plain
            assert [*text] == [*plain]
            assert plain["total"] >= plain["count"] == len(plain["records"])
            cursor = plain["next_cursor"]


@pytest.mark.parametrize("limit", [0, -1, -5])
def test_a_page_of_no_record_is_none(tmp_path: Path, limit: int) -> None:
    """A limit below 1 is a bad argument, said before anything is sent."""
    with mirrored_account(tmp_path, days=3) as one:
        with pytest.raises(ValidationError, match="`limit` must be 1 or more"):
            records.page(one.mirror, CYCLES, limit=limit)
        assert one.requests() == 0


def test_one_record_at_least_is_shown_however_small_the_budget(tmp_path: Path) -> None:
    """A budget smaller than a record still answers one."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill()
        page = records.page(one.mirror, SLEEPS, budget=10)
        assert page["count"] == 1 and page["next_cursor"]


@pytest.mark.parametrize(
    "given",
    [
        {"cursor": "abc"},
        {"cursor": "eyJraW5kIjoicGFnZSJ9"},
        {"start": "2026-04-11", "end": "2026-04-01"},
        {"start": "soon"},
        {"end": "2026-02-30"},
    ],
)
def test_bad_windows_and_cursors_send_nothing(tmp_path: Path, given: dict[str, str]) -> None:
    """VALIDATION_ERROR with a hint and no request."""
    with mirrored_account(tmp_path, days=5) as one:
        with pytest.raises(ValidationError) as caught:
            records.page(one.mirror, CYCLES, **given)  # type: ignore[arg-type]
        assert caught.value.hint and one.requests() == 0


def test_a_cursor_belongs_to_its_list_and_window(tmp_path: Path) -> None:
    """Another list, or another window beside it, is refused; the same window may stand there."""
    with mirrored_account(tmp_path, days=20) as one:
        page = records.page(one.mirror, CYCLES, start=ago(9), end=ago(0), limit=2)
        cursor = page["next_cursor"]
        assert records.page(one.mirror, CYCLES, start=ago(9), cursor=cursor)["records"]
        with pytest.raises(ValidationError):
            records.page(one.mirror, SLEEPS, cursor=cursor)
        with pytest.raises(ValidationError):
            records.page(one.mirror, CYCLES, start=ago(8), cursor=cursor)


def test_cache_only_reads_never_ask(tmp_path: Path) -> None:
    """An empty cache is CACHE_EMPTY; a filled one answers what it has and what it lacks."""
    with mirrored_account(tmp_path) as one:
        with pytest.raises(CacheEmpty):
            records.page(one.mirror, CYCLES, cached_only=True)
        with pytest.raises(CacheEmpty):
            single.snapshot(one.mirror, PROFILE, cached_only=True)
        one.sync()
        one.requests()
        assert records.page(one.mirror, CYCLES, cached_only=True)["complete"]
        assert not records.page(one.mirror, CYCLES, start="2020-01-01", cached_only=True)[
            "complete"
        ]
        assert single.snapshot(one.mirror, BODY, cached_only=True)["height_meter"]
        assert one.requests() == 0


@pytest.mark.parametrize("fresh", [False, True])
def test_what_was_just_asked_for_is_known_whatever_max_age_is(tmp_path: Path, fresh: bool) -> None:
    """With a max_age of nothing, shorter than any answer takes, a read is complete all the same,
    and the next one asks again."""
    with mirrored_account(tmp_path, max_age=0) as one:
        for _ in range(2):
            assert records.page(one.mirror, CYCLES, fresh=fresh)["complete"]
            assert one.requests() > 0


def test_fresh_is_about_what_was_not_purged(tmp_path: Path) -> None:
    """Below the floor nothing can be asked for: said in the answer, but no failure."""
    with mirrored_account(tmp_path, retention_days=20) as one:
        one.fill()
        page = records.page(one.mirror, CYCLES, fresh=True)
        assert page["total"] and not page["complete"]
        assert "purged" in page["warnings"][0]


def test_an_empty_window_holds_nothing(tmp_path: Path) -> None:
    """From a moment to the same moment there is no record, whatever runs across it, of instants
    as of dates; that is known without asking, and the answer says that the end is exclusive."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        one.requests()
        moment = times.plus(UNTIL, days=-3)
        for bound in (moment, moment[:10]):
            page = records.page(one.mirror, CYCLES, start=bound, end=bound)
            assert (page["total"], page["records"], page["complete"]) == (0, [], True)
            assert "The window is empty, as its end is exclusive" in page["warnings"][0]
        assert one.requests() == 0


def test_fresh_shows_no_older_copy_of_what_is_malformed_now(tmp_path: Path) -> None:
    """What WHOOP sends malformed is left out of a fresh list and named; else the held copy is
    shown, as it was."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        whole = records.page(one.mirror, WORKOUTS)
        key = whole["records"][1]["id"]
        one.account.edit("workouts", key, start="nonsense")
        page = records.page(one.mirror, WORKOUTS, fresh=True, limit=2)
        assert page["total"] == whole["total"] - 1
        assert [flat["id"] for flat in page["records"]] == [
            whole["records"][place]["id"] for place in (0, 2)
        ]
        assert any(key in words for words in page["warnings"])
        assert records.page(one.mirror, WORKOUTS)["total"] == whole["total"]


def test_a_clock_that_was_ahead_makes_no_page_incomplete(tmp_path: Path) -> None:
    """What is dated in the future is asked for again and then known as of now, snapshots too."""
    with mirrored_account(tmp_path) as one:
        one.cache.clock = lambda: times.plus(one.now(), days=30)
        one.sync()
        one.cache.clock = one.now
        page = records.page(one.mirror, CYCLES)
        assert page["complete"] and page["as_of"] < one.now()
        one.account.profile = {**one.account.profile, "first_name": "New"}
        assert single.snapshot(one.mirror, PROFILE)["first_name"] == "New"


def test_nothing_is_called_still_to_come_that_is_there(tmp_path: Path) -> None:
    """Where this computer's clock lags, records are dated after now: a page that has them says
    nothing of their time."""
    with mirrored_account(tmp_path) as one:
        one.sync()
        one.cache.clock = lambda: times.plus(one.now(), days=-10)
        window = {"start": ago(7), "end": ago(2)}
        page = records.page(one.mirror, CYCLES, **window, cached_only=True)
        assert page["records"]
        assert not any("can be there yet" in words for words in page.get("warnings", ()))
        later = {"start": times.plus(UNTIL, days=20), "end": times.plus(UNTIL, days=21)}
        page = records.page(one.mirror, CYCLES, **later, cached_only=True)
        assert any("can be there yet" in words for words in page["warnings"])


def test_warnings_have_an_end(tmp_path: Path) -> None:
    """Where all records are malformed an answer still keeps within its budget."""
    with mirrored_account(tmp_path) as one:

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            for raw in payload.get("records", []):
                raw["start"] = 5
            return payload

        one.simulator.fault("mangle", path="workout", times=None, mangle=mangle)
        page = records.page(one.mirror, WORKOUTS, start=ago(90), budget=4000)
        assert len(page["warnings"]) == 20
        assert len(json.dumps(page)) <= 4000


def test_a_recovery_of_the_open_cycle_lasts_as_it_does(tmp_path: Path) -> None:
    """Without its sleep a recovery has its cycle's times: while that runs, windows of now show
    it."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    began = times.plus(samples.NOW, hours=-30)
    shelf.save(CYCLES, samples.cycle(start=began, end=None))
    shelf.save(RECOVERIES, samples.recovery())
    hour_ago = times.plus(samples.NOW, hours=-1)
    (flat,) = lookups.stream(shelf.cache, RECOVERIES, hour_ago, samples.NOW)
    assert (flat["start"], flat["end"]) == (began, None)
