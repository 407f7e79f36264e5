"""The mirror brought up to date: what a sync fetches, keeps, reports and never does."""

from __future__ import annotations

import json
import math
import re
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import access, coverage, purge
from whoop_mcp.call import Call
from whoop_mcp.errors import AuthFailed, CacheError, NotFound, UpstreamError, ValidationError
from whoop_mcp.reads import events, records, single
from whoop_mcp.simulator import life
from whoop_mcp.simulator.http_server import Request
from whoop_mcp.sync import audit, workers
from whoop_mcp.sync.fetch import Reader
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CYCLES,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

from ..support import exports_of_whoop, lookups
from ..support.faults import FaultySimulator
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account


def changes(one: MirroredAccount, since: str) -> list[tuple[str, str, Any]]:
    """What was learned since a resume cursor: (resource, change, id)."""
    answer = events.events(one.cache, since=since, limit=5000)
    return [(event["resource"], event["change"], event["id"]) for event in answer["events"]]


def position(one: MirroredAccount) -> str:
    """Where the change log stands."""
    return str(events.events(one.cache, since=one.now())["resume_cursor"])


def test_the_first_sync_takes_ninety_days(tmp_path: Path) -> None:
    """All six resources, the last 90 days of them exactly as WHOOP has them, in the report's
    shape."""
    with mirrored_account(tmp_path, days=150) as one:
        report = one.sync()
        assert list(report) == ["status", "started_at", "completed_at", "resources"]
        assert report["status"] == "success"
        assert UNTIL < report["started_at"] < report["completed_at"] < one.now()
        assert list(report["resources"]) == list(RESOURCES)
        assert "remaining" not in report and "warnings" not in report
        edge = times.plus(one.account.now(), days=-90)
        for resource in COLLECTIONS:
            told = report["resources"][resource.name]
            assert list(told) == ["status", *audit.COUNTS]
            held, truth = one.held(resource), one.truth(resource)
            assert held == {
                key: flat for key, flat in truth.items() if (flat["end"] or UNTIL) > edge
            }
            assert told["created"] == len(held) < len(truth)
            assert told["created"] + told["unchanged"] == told["records_fetched"]
        assert report["resources"]["profile"]["created"] == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_a_sync_with_nothing_new_is_cheap_and_silent(tmp_path: Path, seed: int) -> None:
    """At most twelve requests, nothing created, updated or deleted, and no event."""
    with mirrored_account(tmp_path, seed=seed) as one:
        one.fill()
        before = position(one)
        one.requests()
        for _ in range(3):
            report = one.sync()
            assert one.requests() <= 12
            for told in report["resources"].values():
                assert told["created"] == told["updated"] == told["deleted"] == 0
        assert changes(one, before) == []


def test_what_a_reading_claims_ends_when_it_was_asked(tmp_path: Path) -> None:
    """A window may reach beyond the present: what happens in the rest of it is not known yet."""
    with mirrored_account(tmp_path, days=10) as one:
        one.sync(resources=["profile"])
        reader = Reader(one.mirror, CYCLES, Call())
        before = one.now()
        window = Window(times.plus(before, days=-3), times.plus(before, days=3))
        (known,) = reader.read(window)
        with one.cache.database.reading() as connection:
            (claimed,) = coverage.stretches(connection, CYCLES, window)
        assert claimed.window == known
        assert before < known.end < one.now()


def test_recoveries_older_than_the_sleeps_in_question_wait_for_none(tmp_path: Path) -> None:
    """Where one nap makes the tail of sleeps the shorter one, what only recoveries are read in is
    asked for beside the sleeps, not in a round of its own after them."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        starts = [tail_start(one, resource) for resource in (RECOVERIES, SLEEPS)]
        assert starts[0] < starts[1]
        came: list[bool] = []
        beside = threading.Event()

        def before(request: Request) -> None:
            if request.path.endswith("/sleep"):
                came.append(beside.wait(60))
            elif request.path.endswith("/recovery") and starts[0] in request.query.values():
                beside.set()

        one.simulator.before = before
        one.requests()
        one.sync()
        assert came and all(came)
        assert one.requests() <= 12


def tail_start(one: MirroredAccount, resource: Resource) -> str:
    """Where the tail of a resource begins."""
    with one.cache.reading() as seen:
        return seen.tail_start(resource)


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    """At the end all requests are done, those of one resource or of all; a sync that had to stop
    has not done all that it expected."""
    with mirrored_account(tmp_path) as one:
        for resources in (["workouts"], None):
            told: list[tuple[int, int | None, str]] = []
            call = Call(tell=lambda *words, told=told: told.append(words))
            report = one.sync(resources=resources, call=call)
            done, total, words = told[-1]
            assert done == total == sum(one["requests"] for one in report["resources"].values())
            assert re.fullmatch(r"[\d,]+ records read", words)
        one.simulator.fault(503, times=None)
        with pytest.raises(UpstreamError):
            one.sync(call=call)
        done, total, _ = told[-1]
        assert total is not None and done < total


def test_late_scores_edits_additions_and_deletions_arrive(tmp_path: Path) -> None:
    """Whatever changes in the live tail is there after the next sync, and logged as what it is."""
    with mirrored_account(tmp_path) as one:
        sleeps = [raw for raw in one.account.all("sleeps") if not raw["nap"]]
        pending = one.account.all("recoveries")[1]["cycle_id"]
        one.account.edit("recoveries", pending, score_state="PENDING_SCORE")
        one.sync()
        before = position(one)
        one.account.score("recoveries", pending)
        one.account.edit("sleeps", sleeps[3]["id"], touch=False, respiratory_rate=11.5)
        back = times.plus(one.account.now(), days=-6)
        added = one.account.add_workout(back, minutes=31, sport="cycling")
        gone = one.account.all("workouts")[2]["id"]
        one.account.delete("workouts", gone)
        report = one.sync()
        one.assert_exact()
        learned = changes(one, before)
        assert ("recoveries", "scored", pending) in learned
        assert ("sleeps", "updated", sleeps[3]["id"]) in learned
        assert ("workouts", "deleted", gone) in learned
        assert [kind for name, kind, _ in learned if name == "workouts"].count("created") == 1
        assert report["resources"]["workouts"]["deleted"] == 1
        assert added is not None


def test_a_deleted_sleep_takes_its_recovery_with_it_and_may_come_back(tmp_path: Path) -> None:
    """Gone from lists and by id, told once each as deleted, and as created when it comes back."""
    with mirrored_account(tmp_path, max_age=0) as one:
        one.fill()
        before = position(one)
        sleep = [raw for raw in one.account.all("sleeps") if not raw["nap"]][4]
        one.account.delete("sleeps", sleep["id"])
        one.sync()
        one.assert_exact()
        cycle = sleep["cycle_id"]
        assert changes(one, before) == [
            ("sleeps", "deleted", sleep["id"]),
            ("recoveries", "deleted", cycle),
        ]
        with pytest.raises(NotFound):
            single.one(one.mirror, SLEEPS, sleep["id"])
        with pytest.raises(NotFound):
            single.of_cycle(one.mirror, RECOVERIES, cycle)
        before = position(one)
        one.account.restore("sleeps", sleep["id"])
        one.sync()
        assert ("sleeps", "created", sleep["id"]) in changes(one, before)


def test_records_that_are_not_final_are_asked_for_however_old(tmp_path: Path) -> None:
    """A score that comes months late arrives with the next sync."""
    with mirrored_account(tmp_path) as one:
        old = one.account.all("workouts")[-8]["id"]
        one.account.edit("workouts", old, score_state="PENDING_SCORE")
        one.sync()
        before = position(one)
        one.account.score("workouts", old)
        one.sync()
        assert changes(one, before) == [("workouts", "scored", old)]


def test_every_sync_looks_at_something_old(tmp_path: Path) -> None:
    """Of edits all over the past that no stamp tells of, each sync finds some, and the next ones
    others."""
    with mirrored_account(tmp_path, days=200) as one:
        one.fill(full=True)
        for raw in one.account.all("cycles")[40:]:
            one.account.edit("cycles", raw["id"], touch=False, strain=19.5)
        notes = set()
        for _ in range(2):
            assert one.sync()["resources"]["cycles"]["updated"] > 0
            notes.add(one.cache.recall("scrub:cycles"))
        assert len(notes) == 2 and None not in notes


@pytest.mark.slow
def test_old_edits_and_deletions_are_found_in_time(tmp_path: Path) -> None:
    """Ninety days are read again within a few syncs, without being asked to."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        one.account.edit("cycles", one.account.all("cycles")[-3]["id"], strain=3.25)
        one.account.delete("workouts", one.account.all("workouts")[-9]["id"])
        for _ in range(8):
            one.sync()
        one.assert_exact()


@pytest.mark.slow
def test_four_years_are_read_again_within_sixty_syncs(tmp_path: Path) -> None:
    """Edits all over four years of history are found by sixty syncs of at most twelve requests."""
    with mirrored_account(tmp_path, days=1461) as one:
        one.fill(full=True)
        for resource in ("cycles", "sleeps", "workouts"):
            for raw in one.account.all(resource)[::40]:
                field = "respiratory_rate" if resource == "sleeps" else "strain"
                if raw.get("score"):
                    one.account.edit(resource, raw["id"], **{field: 1.5})
        most = 0
        for _ in range(60):
            one.requests()
            one.sync()
            most = max(most, one.requests())
        one.assert_exact()
        assert most <= 13  # an athlete with two workouts a day has a tail of two pages


def test_a_vanished_majority_is_kept_and_warned_of(tmp_path: Path) -> None:
    """Where most of a window seems deleted at once nothing is, and the window is not claimed."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        held = one.held(WORKOUTS)
        for raw in one.account.all("workouts")[:25]:
            one.account.delete("workouts", raw["id"])
        report = one.sync(resources=["workouts"])
        assert report["resources"]["workouts"]["deleted"] == 0
        assert "WHOOP suddenly lacks" in report["warnings"][0]
        assert one.held(WORKOUTS) == held


def test_a_token_that_repeats_itself_ends_the_fetch(tmp_path: Path) -> None:
    """A list that goes round in circles is an UPSTREAM_ERROR of that resource; the rest is read."""
    with mirrored_account(tmp_path) as one:
        one.simulator.fault("repeat_token", path="activity/sleep", times=None)
        report = one.sync(resources=["cycles", "sleeps"])
        assert report["resources"]["sleeps"]["error"]["code"] == "UPSTREAM_ERROR"
        assert report["resources"]["cycles"]["status"] == "success"
        assert report["status"] == "partial"


def test_a_list_out_of_order_is_read_all_the_same(tmp_path: Path) -> None:
    """Pages whose records do not come newest first are read by token, each as far as it reaches:
    a sync that is cut short keeps what came, goes on from there, and ends with all there is."""

    def swapped(payload: dict[str, Any]) -> dict[str, Any]:
        listed = payload.get("records", [])
        return (
            {**payload, "records": [*listed[1::-1], *listed[2:]]}
            if "records" in payload
            else payload
        )

    with mirrored_account(tmp_path, days=300) as one:
        left = []
        for after in (20, 20, None):
            one.simulator.clear_faults()
            if after is not None:
                one.simulator.fault(503, path="activity/sleep$", times=None, after=after)
            one.simulator.fault("mangle", path="activity/sleep$", times=None, mangle=swapped)
            report = one.sync(full=True, resources=["sleeps"])
            left.append(report.get("remaining", {}).get("sleeps", [{"end": ""}])[-1]["end"])
        assert left[0] > left[1] > left[2] == ""
        assert one.held(SLEEPS) == one.truth(SLEEPS)


def test_a_malformed_record_is_skipped_told_and_asked_for_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are kept, the status stays success, no value is shown, and once it is sound it
    arrives."""
    with mirrored_account(tmp_path) as one:
        bad = one.account.all("workouts")[3]["id"]

        def mangle(payload: dict[str, Any]) -> dict[str, Any]:
            for raw in [payload, *payload.get("records", [])]:
                if raw.get("id") == bad:
                    raw["end"] = "yesterday-ish"
            return payload

        one.simulator.fault("mangle", path="workout", times=None, mangle=mangle)
        report = one.sync()
        assert report["status"] == "success"
        assert report["resources"]["workouts"]["skipped"] == 1
        (warning,) = report["warnings"]
        assert bad in warning and "end is not" in warning and "yesterday" not in warning
        logged = " ".join(record.getMessage() for record in caplog.records)
        assert bad in logged and "yesterday" not in logged
        assert bad not in one.held(WORKOUTS)
        assert len(one.held(WORKOUTS)) == len(one.account.all("workouts")) - 1
        one.simulator.clear_faults()
        assert one.sync()["resources"]["workouts"]["skipped"] == 0
        one.assert_exact()


def test_one_failing_resource_does_not_stop_the_others(tmp_path: Path) -> None:
    """The report says which failed and why, and that calling again goes on."""
    with mirrored_account(tmp_path) as one:
        one.simulator.fault(503, path="/v2/cycle$", times=None)
        report = one.sync()
        assert report["status"] == "partial"
        assert report["resources"]["cycles"]["status"] == "error"
        assert report["resources"]["cycles"]["error"]["code"] == "UPSTREAM_ERROR"
        assert list(report["remaining"]) == ["cycles"]
        assert report["resources"]["workouts"]["status"] == "success"
        one.simulator.clear_faults()
        assert "remaining" not in one.sync()
        one.assert_exact()


def test_where_all_fail_for_one_reason_that_is_the_answer(tmp_path: Path) -> None:
    """An outage, or a login that WHOOP refuses, is raised as itself."""
    with mirrored_account(tmp_path) as one:
        one.simulator.fault(502, body="html", times=None)
        with pytest.raises(UpstreamError):
            one.sync()
        one.simulator.clear_faults()
        one.simulator.revoke_grant()
        with pytest.raises(AuthFailed):
            one.sync()


def test_recoveries_alone_bring_their_sleeps_along(tmp_path: Path) -> None:
    """A sync of recoveries only still knows when each was; the report names what was asked for."""
    with mirrored_account(tmp_path, days=60) as one:
        report = one.sync(resources=["recoveries"])
        assert list(report["resources"]) == ["recoveries"]
        assert one.held(RECOVERIES) == one.truth(RECOVERIES)


class Allowance(Call):
    """A call whose time runs out after so many answers, not seconds."""

    def __init__(self, one: MirroredAccount, answers: int) -> None:
        super().__init__()
        self._log, self._until = one.simulator.log, len(one.simulator.log) + answers

    def left(self) -> float:
        return math.inf if len(self._log) < self._until else 0.0


def test_a_full_sync_says_that_a_date_beside_it_does_not_count(tmp_path: Path) -> None:
    """All is fetched, and which of the two counts is said."""
    with mirrored_account(tmp_path, days=150) as one:
        asked = one.sync(full=True, since=times.plus(UNTIL, days=-10))
        assert any("All history was asked for" in words for words in asked["warnings"])
        assert asked["resources"]["cycles"]["created"] == len(one.truth(CYCLES))
        assert "warnings" not in one.sync(full=True)


@pytest.mark.slow
def test_a_full_sync_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    """When its time runs out it answers partial with what remains; the next calls finish it, each
    for the live tail, a page or two a resource, and what was under way; then one begins anew."""
    with mirrored_account(tmp_path, days=500) as one:
        reports = []
        while not reports or "remaining" in reports[-1]:
            reports.append(one.sync(full=True, call=Allowance(one, 45)))
            assert len(reports) < 10
        assert reports[0]["status"] == "partial"
        assert reports[-1]["status"] == "success"
        one.assert_exact()
        answered = one.requests()
        one.sync(full=True)
        assert answered < 1.35 * one.requests() + 20 * (len(reports) - 1)


def test_the_days_limit_is_said_at_once(tmp_path: Path) -> None:
    """With the day's requests used up a sync says RATE_LIMITED instead of waiting for hours."""
    with mirrored_account(tmp_path, limit=100, day_limit=10_000) as one:
        one.simulator.leave_requests(3)
        report = one.sync()
        codes = {told["error"]["code"] for told in report["resources"].values() if "error" in told}
        assert codes == {"RATE_LIMITED"}
        assert report["remaining"]


@pytest.mark.slow
def test_four_years_come_in_under_the_limit(tmp_path: Path) -> None:
    """All of it in one call, with at most ten answers of 429."""
    with mirrored_account(tmp_path, days=1461, limit=100, limit_window=10.0) as one:
        one.sync(full=True)
        statuses = [entry[3] for entry in one.simulator.log]
        assert statuses.count(429) <= 10
        one.assert_exact()


def test_another_users_records_change_nothing(tmp_path: Path) -> None:
    """A cache belongs to one user: a sync of another raises CACHE_ERROR and leaves it as it was;
    after `purge --all` it may be theirs."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        held = one.held(CYCLES)
        other = life.make(seed=9, days=30, until=UNTIL, user_id=777)
        with FaultySimulator(other, limit=None, day_limit=None) as simulator:
            theirs = MirroredAccount(other, simulator, tmp_path)
            with pytest.raises(CacheError, match="another WHOOP user"):
                theirs.sync()
            assert one.held(CYCLES) == held
            purge.everything(theirs.cache)
            theirs.sync()
            theirs.assert_exact()
            theirs.transport.close()


def test_two_processes_at_once_are_as_one(tmp_path: Path) -> None:
    """Both succeed, and the cache is what one sync would have made: each change logged once."""
    with mirrored_account(tmp_path) as one:
        token = one.simulator.grant()["access_token"]
        program = textwrap.dedent(f"""
            from pathlib import Path
            from whoop_mcp import sync
            from whoop_mcp.whoop.api import Api
            from whoop_mcp.cache import Cache
            from whoop_mcp.sync.mirror import Mirror
            from whoop_mcp.whoop.transport import Transport
            transport = Transport({one.simulator.url!r}, lambda refused: {token!r}, user_agent="t")
            cache = Cache(Path({str(tmp_path / "whoop.db")!r}), clock=lambda: {UNTIL!r})
            print(sync.sync(Mirror(cache, Api(transport)))["status"])
            """)
        both = [
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        assert [process.communicate()[0].strip() for process in both] == ["success", "success"]
        one.assert_exact()
        with one.cache.database.reading() as connection:
            twice = connection.execute(
                "SELECT resource, id FROM change_log WHERE change = 'created' "
                "GROUP BY resource, id HAVING count(*) > 1"
            ).fetchall()
        assert twice == []


def test_every_sync_is_audited_also_one_that_was_killed(tmp_path: Path) -> None:
    """One row per resource and run; the run of a process that died is closed as interrupted."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill(resources=["cycles"])
        (row,) = lookups.sync_runs(one.cache, 10)
        assert row["status"] == "success" and row["resource"] == "cycles"
        assert row["requests"] and row["created"] and row["window_start"] < row["window_end"]
        program = (
            "from pathlib import Path; from whoop_mcp.sync.run import audit as runs; "
            "from whoop_mcp.cache import Cache; "
            f"runs.begin(Cache(Path({str(tmp_path / 'whoop.db')!r})), ['sleeps'])"
        )
        subprocess.run([sys.executable, "-c", program], check=True)
        assert lookups.sync_runs(one.cache, 1)[0]["status"] == "running"
        one.sync(resources=["cycles"])
        newest, killed, _ = lookups.sync_runs(one.cache, 3)
        assert (newest["status"], killed["status"]) == ("success", "interrupted")


def test_a_failed_resource_is_audited_with_its_code(tmp_path: Path) -> None:
    """The audit tells errors too, and no call leaves a row open."""
    with mirrored_account(tmp_path, days=20) as one:
        one.simulator.fault(503, times=None)
        with pytest.raises(UpstreamError):
            one.sync()
        rows = lookups.sync_runs(one.cache, 20)
        assert {row["status"] for row in rows} == {"error"}
        assert {row["error"] for row in rows} == {"UPSTREAM_ERROR"}


def test_retention_forgets_and_sets_a_floor(tmp_path: Path) -> None:
    """After each sync nothing older is held, and a full sync does not bring it back."""
    with mirrored_account(tmp_path, days=60, retention_days=20) as one:
        one.fill()
        one.sync(full=True)
        edge = times.plus(one.account.now(), days=-20)
        for resource in COLLECTIONS:
            truth = one.truth(resource)
            assert one.held(resource) == {
                key: flat for key, flat in truth.items() if (flat["end"] or UNTIL) > edge
            }
        page = records.page(one.mirror, CYCLES, start=times.plus(edge, days=-5))
        assert not page["complete"]
        assert "purged" in page["warnings"][0]
        (warning,) = one.sync(full=True)["warnings"]
        assert "WHOOP_RETENTION_DAYS keeps 20 days" in warning and "purge" not in warning


def test_a_sync_from_before_a_purge_says_what_stays_away(tmp_path: Path) -> None:
    """Asked for more than is kept, it fetches what is kept, and warns with the floor as it was
    given and the way back; asked for no more than that, it says nothing."""
    with mirrored_account(tmp_path, days=60) as one:
        one.fill()
        floor = times.plus(one.account.now(), days=-20)[:10]
        purge.before(one.cache, floor)
        for asked in ({"full": True}, {"since": times.plus(one.account.now(), days=-40)[:10]}):
            (warning,) = one.sync(**asked)["warnings"]
            assert warning.startswith(f"What is from before {floor} is not kept")
            assert "`whoop-mcp purge --all`, then `whoop-mcp sync --full`" in warning
        assert "warnings" not in one.sync(since=floor)
        assert "warnings" not in one.sync()


def test_recoveries_that_came_before_their_sleeps_leave_nothing_unknown(tmp_path: Path) -> None:
    """Where WHOOP's sleeps failed at first, recoveries have the times of their cycles; once
    the sleeps are there, those within the cycles are as known as before, and nothing is left to
    be read again that no report told of."""
    with mirrored_account(tmp_path, days=120) as one:
        one.simulator.fault(503, path="activity/sleep", times=None)
        assert one.sync(full=True)["status"] == "partial"
        assert len(one.held(RECOVERIES)) > 100
        one.simulator.clear_faults()
        report = one.sync(full=True)
        assert report["status"] == "success"
        one.assert_exact()
        with one.cache.reading() as seen:
            whole = Span(times.plus(one.account.now(), days=-120), one.account.now())
            assert seen.standing(RECOVERIES, whole).missing == []
        one.requests()
        one.sync()
        assert one.requests() <= 22


def test_the_way_back_from_a_purge_tells_what_goes_with_it(tmp_path: Path) -> None:
    """Who has imported WHOOP's data export reads that emptying the cache takes that along."""
    with mirrored_account(tmp_path, days=60) as one:
        one.fill()
        purge.before(one.cache, times.plus(one.account.now(), days=-20)[:10])
        (before,) = one.sync(full=True)["warnings"]
        take_in(one.cache, str(exports_of_whoop.save(one.account, tmp_path)))
        (after,) = one.sync(full=True)["warnings"]
        assert after == f"{before} What was imported goes with it: import that again, too."


@pytest.mark.parametrize(
    "given",
    [
        {"since": "2999-01-01"},
        {"since": "last week"},
        {"since": "2026-13-01"},
        {"resources": ["steps"]},
    ],
)
def test_bad_arguments_send_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    """VALIDATION_ERROR with a hint, before a request is sent or a row written."""
    with mirrored_account(tmp_path, days=5) as one:
        with pytest.raises(ValidationError) as caught:
            one.sync(**given)
        assert caught.value.hint
        assert one.requests() == 0
        assert lookups.sync_runs(one.cache, 5) == []


def test_since_reaches_further_back(tmp_path: Path) -> None:
    """`since` covers from there to now, whatever was covered before."""
    with mirrored_account(tmp_path, days=200) as one:
        one.fill()
        since = times.plus(one.account.now(), days=-150)
        one.sync(since=since)
        page = records.page(one.mirror, CYCLES, start=since)
        assert page["complete"]
        truth = [flat for flat in one.truth(CYCLES).values() if (flat["end"] or UNTIL) > since]
        assert page["total"] == len(truth)


def test_a_stopped_sync_stops_soon_and_keeps_what_it_has(tmp_path: Path) -> None:
    """When the caller goes away no further request is sent, and the audit is closed."""

    class Away(BaseException):
        pass

    with mirrored_account(tmp_path, days=500) as one:
        asked, stopped = count(1), threading.Event()

        def before(request: Request) -> None:
            if next(asked) > 3:  # answered once the call is stopped
                assert stopped.wait(60)

        def cancelled() -> None:
            if one.simulator.log:
                raise Away

        def stop() -> None:
            Call.stop(call)
            stopped.set()

        one.simulator.before = before
        call = Call(cancelled=cancelled)
        call.stop = stop  # type: ignore[method-assign]
        with pytest.raises(Away):
            one.sync(full=True, call=call)
        assert one.requests() <= 3 + workers.CONNECTIONS
        assert "running" not in {row["status"] for row in lookups.sync_runs(one.cache, 10)}
        one.sync()
        assert json.dumps(lookups.sync_runs(one.cache, 1))


def read_cycles_while(one: MirroredAccount, act: Callable[[], object]) -> dict[str, Any]:
    """A full reading of all cycles, between whose pages something is done once."""
    pages = 0

    def before(request: Any) -> None:
        nonlocal pages
        pages += request.path.endswith("/v2/cycle")
        if pages == 18:  # those before the last few are stored
            pages += 1
            act()

    one.simulator.before = before
    try:
        return one.sync(full=True, resources=["cycles"])
    finally:
        one.simulator.before = None


def test_a_login_learns_whose_it_is_also_from_another_users_cache(tmp_path: Path) -> None:
    """A login that does not say whose it is brings another user's profile: the cache refuses it,
    and the login is told, so that from then on it is refused everything."""
    with mirrored_account(tmp_path, days=30) as one:
        one.fill()
        before = one.held(CYCLES)
        stranger = life.make(seed=9, days=30, until=UNTIL, user_id=77)
        with FaultySimulator(stranger, limit=None, day_limit=None) as simulator:
            other = MirroredAccount(stranger, simulator, tmp_path)
            with pytest.raises(CacheError):
                other.sync()
            other.transport.close()
        assert set(other.login.learned) == {77}
        assert one.held(CYCLES) == before


def test_a_cache_emptied_meanwhile_is_not_filled_on(tmp_path: Path) -> None:
    """What was read before a purge is gone, so it is CACHE_ERROR instead of claimed, and
    the next one begins anew."""
    with mirrored_account(tmp_path, days=500) as one:
        report = read_cycles_while(one, lambda: purge.everything(one.cache))
        assert report["resources"]["cycles"]["error"]["code"] == "CACHE_ERROR"
        assert one.held(CYCLES) == {}
        assert not lookups.standing(one.cache, CYCLES, times.plus(UNTIL, days=-500), UNTIL).complete
        one.sync(full=True)
        one.assert_exact()


@pytest.mark.slow
def test_a_clock_that_was_ahead_is_outlived(tmp_path: Path) -> None:
    """Confirmations and a full pass dated in the future are replaced as soon as they are read
    anew, instead of being believed until then."""
    with mirrored_account(tmp_path, days=300) as one:
        one.cache.clock = lambda: times.plus(one.now(), days=400)
        one.sync(full=True, call=Call(0.3))
        one.cache.clock = one.now
        assert one.sync(full=True)["status"] == "success"
        assert one.cache.recall("full:cycles") is None
        one.assert_exact()
        page = records.page(one.mirror, CYCLES, cached_only=True)
        assert page["complete"] and page["as_of"] < one.now()


@pytest.mark.slow
def test_what_an_old_sleep_took_along_is_known_again(tmp_path: Path) -> None:
    """A sleep of last year that was extended moves its recovery; a later sync reads those hours,
    so that no hole is left in what a full one made known."""
    with mirrored_account(tmp_path, days=400) as one:
        one.fill(full=True)
        nights = [raw for raw in one.account.all("sleeps") if not raw["nap"]]
        one.account.extend_sleep(nights[330]["id"], 20)
        for _ in range(20):
            one.sync()
        one.assert_exact()
        assert lookups.standing(one.cache, RECOVERIES, None, UNTIL).complete


@pytest.mark.slow
def test_a_lost_permission_costs_no_request_for_each_record(tmp_path: Path) -> None:
    """Where all of a long history seems gone, a few by id are enough to disbelieve it."""
    with mirrored_account(tmp_path, days=400) as one:
        one.fill(full=True)
        held = one.held(WORKOUTS)
        for raw in one.account.all("workouts"):
            one.account.delete("workouts", raw["id"])
        one.requests()
        report = one.sync(full=True, resources=["workouts"])
        assert one.requests() < 40
        assert "WHOOP suddenly lacks" in report["warnings"][0]
        assert one.held(WORKOUTS) == held


def test_a_stopped_sync_is_no_success(tmp_path: Path) -> None:
    """The audit of a sync whose caller went away says that it was not whole."""

    class Away(BaseException):
        pass

    with mirrored_account(tmp_path, days=300) as one:

        def cancelled() -> None:
            if len(one.simulator.log) > 3:
                raise Away

        with pytest.raises(Away):
            one.simulator.latency = 0.05
            one.sync(full=True, call=Call(cancelled=cancelled))
        assert "success" not in {row["status"] for row in lookups.sync_runs(one.cache, 10)}


def test_no_names_are_all_names(tmp_path: Path) -> None:
    """An empty list of resources is as none given."""
    with mirrored_account(tmp_path, days=5) as one:
        assert list(one.sync(resources=[])["resources"]) == list(RESOURCES)


@pytest.mark.slow
def test_what_remains_is_told_in_short(tmp_path: Path) -> None:
    """However scattered, what is still to be read is at most twenty windows, with none left out."""
    with mirrored_account(tmp_path, days=200) as one:
        for day in range(60, 180, 3):
            start = times.plus(UNTIL, days=-day)
            records.page(one.mirror, CYCLES, start=start, end=times.plus(start, days=1))
        one.simulator.fault(503, path="/v2/cycle$", times=None)
        since = times.plus(UNTIL, days=-180)
        gaps = one.sync(since=since, resources=["cycles", "profile"])["remaining"]["cycles"]
        assert len(gaps) == 20
        assert gaps[0]["start"] < times.plus(since, days=4) and gaps[-1]["end"] >= UNTIL


@pytest.mark.slow
def test_every_sync_reads_some_older_history_again(tmp_path: Path) -> None:
    """Beside the live tail a window far behind it is asked for, of each resource, and each time
    another one."""
    with mirrored_account(tmp_path, days=200) as one:
        one.fill(full=True)
        tail = times.plus(UNTIL, days=-40)
        asked: set[tuple[str, str]] = set()
        for _ in range(3):
            one.requests()
            one.sync()
            for resource in COLLECTIONS:
                ends = {
                    (resource.name, line.query["end"])
                    for line in one.simulator.log
                    if line.path.endswith(resource.path) and line.query.get("end", UNTIL) < tail
                }
                assert ends - asked, resource.name
                asked |= ends


def test_what_was_found_unchanged_was_read(tmp_path: Path) -> None:
    """A resource that fails half-way is partial, also when all that came was known already."""
    with mirrored_account(tmp_path, days=200) as one:
        one.fill(full=True)
        one.simulator.fault(503, path="/v2/cycle$", after=2, times=None)
        report = one.sync(full=True, resources=["cycles"])["resources"]["cycles"]
        assert report["unchanged"] and not report["created"] and not report["updated"]
        assert (report["status"], report["error"]["code"]) == ("partial", "UPSTREAM_ERROR")


def test_recoveries_are_no_better_known_than_their_sleeps(tmp_path: Path) -> None:
    """Where sleeps could not be read, recoveries, which take their times, are no success either."""
    with mirrored_account(tmp_path, days=30) as one:
        one.simulator.fault(503, path="/activity/sleep$", times=None)
        report = one.sync()["resources"]
        assert report["recoveries"]["error"]["code"] == "UPSTREAM_ERROR"
        assert report["recoveries"]["status"] != "success"
        assert report["workouts"]["status"] == report["cycles"]["status"] == "success"
        one.simulator.clear_faults()
        one.sync()
        one.assert_exact()


def test_an_old_score_that_is_late_is_asked_for_by_id(tmp_path: Path) -> None:
    """A record far behind the live tail that was not final is confirmed by every sync, until it
    is."""
    with mirrored_account(tmp_path, days=200) as one:
        late = one.account.all("workouts")[120]["id"]
        one.account.edit("workouts", late, score_state="PENDING_SCORE")
        one.sync(full=True)
        one.account.score("workouts", late, strain=12.5)
        one.requests()
        one.sync()
        path = WORKOUTS.item.format(id=late)
        assert one.simulator.count(path) == 1
        assert one.held(WORKOUTS)[late] == one.truth(WORKOUTS)[late]
        assert one.held(WORKOUTS)[late]["strain"] == 12.5
        one.requests()
        one.sync()
        assert one.simulator.count(path) == 0


def test_retention_needs_no_cache_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program reads the cache a sync with retention is a success all the same."""
    monkeypatch.setattr(access, "_WAIT", 2.0)  # for the purge; a busy machine's writers take turns
    with mirrored_account(tmp_path, days=40, retention_days=20) as one:
        one.fill()
        one.account.pass_time(days=3)
        reader = sqlite3.connect(tmp_path / "whoop.db")
        try:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM records").fetchone()
            assert one.sync()["status"] == "success"
        finally:
            reader.close()


def test_what_needs_a_login_does_not_go_on(tmp_path: Path) -> None:
    """Where a scope is missing calling again changes nothing, so nothing is said to remain."""
    with mirrored_account(tmp_path, days=20) as one:
        one.simulator.fault(403, path="/v2/cycle$", body="empty", times=None)
        report = one.sync()
        assert report["resources"]["cycles"]["error"]["code"] == "AUTH_FAILED"
        assert report["status"] == "partial" and "remaining" not in report
