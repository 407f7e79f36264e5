"""Exports and the API in one cache: never a record twice, and never more than is known."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import coverage, purge
from whoop_mcp.cache.save import Findings
from whoop_mcp.call import Call
from whoop_mcp.reads import records, single
from whoop_mcp.reads.events import events
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, Resource

from ..support import exports_of_whoop
from ..support.accounts import RandomChanges
from ..support.mirrored_accounts import MirroredAccount, mirrored_account


def shown(one: MirroredAccount, resource: Resource) -> tuple[list[Any], list[Any]]:
    """The records of the API and those of an export that the cache answers."""
    held = list(one.held(resource).values())
    ours = [flat for flat in held if "source" not in flat]
    return ours, [flat for flat in held if "source" in flat]


def check(one: MirroredAccount) -> None:
    """What must hold at any time, whatever has happened."""
    for resource in COLLECTIONS:
        ours, told = shown(one, resource)
        starts = {flat["start"][:19] for flat in ours}
        assert not starts & {flat["start"][:19] for flat in told}, resource.name
        assert len({flat["start"] for flat in told}) == len(told)
        with one.cache.database.reading() as connection:
            known = coverage.stretches(connection, resource, times.Window(*times.EVER))
        for flat in told:
            end = max(flat["end"] or "", times.plus(flat["start"], milliseconds=1))
            assert not any(w.start < end and flat["start"] < w.end for w, _ in known), (
                resource.name,
                flat,
            )
        if not resource.may_overlap:
            for flat in told:
                end = flat["end"] or flat["start"]
                for other in ours:
                    shared = min(end, other["end"] or end) > max(flat["start"], other["start"])
                    if shared:
                        common = times.seconds(
                            max(flat["start"], other["start"]), min(end, other["end"] or end)
                        )
                        assert common * 2 <= times.seconds(flat["start"], end) or common * 2 <= (
                            times.seconds(other["start"], other["end"] or end)
                        ), (resource.name, flat, other)


class History:
    """A world in which exports are imported between syncs and changes."""

    def __init__(self, one: MirroredAccount, folder: Path, seed: int) -> None:
        self.one = one
        self.folder = folder
        self.dice = random.Random(seed)
        self.changes = RandomChanges(one.account, self.dice)
        self.exports: list[Path] = []
        self.truths: dict[Path, dict[str, list[dict[str, Any]]]] = {}  # when each was saved
        self.taken: dict[str, list[Path]] = {}  # by the date of the export
        self.floor = ""

    def change(self) -> None:
        self.changes.change()

    def hurry(self) -> None:
        self.one.account.pass_time(hours=self.dice.choice([3, 30, 100]))

    def sync(self) -> None:
        since = times.plus(self.one.account.now(), days=-self.dice.choice([5, 30, 100]))
        some = self.dice.choice([None, None, ["sleeps"], ["cycles"], ["workouts", "recoveries"]])
        self.one.sync(since=since, resources=some)

    def read(self) -> None:
        """A page that asks WHOOP: it claims coverage in the midst of what an export told."""
        start = times.plus(self.one.account.now(), days=-self.dice.uniform(2, 140))
        page = records.page(
            self.one.mirror,
            self.dice.choice(COLLECTIONS),
            start=start,
            end=times.plus(start, days=self.dice.uniform(1, 15)),
            fresh=self.dice.random() < 0.7,
            call=Call(20),
        )
        assert page["complete"] or page["missing"]

    def export(self) -> None:
        """WHOOP mails an export, which may be imported much later."""
        folder = self.folder / str(len(self.exports))
        folder.mkdir()
        self.exports.append(exports_of_whoop.save(self.one.account, folder))
        self.truths[self.exports[-1]] = {
            resource.name: list(self.one.truth(resource).values()) for resource in COLLECTIONS
        }

    def take_in(self) -> None:
        if self.exports:
            place = self.dice.choice(self.exports[-3:])
            answer = take_in(self.one.cache, str(place), force=True)
            # Of two with the same date nothing says which is newer: the last one counts.
            self.taken[answer["as_of"]] = [place]

    def check_known(self) -> None:
        """What an export alone is said to know whole lacks no record that it had, and that is
        still there at WHOOP."""
        for resource in COLLECTIONS:
            if resource is RECOVERIES:  # of some an export has nothing to tell
                continue
            ours, told = shown(self.one, resource)
            now = {flat["start"][:19] for flat in self.one.truth(resource).values()}
            with self.one.cache.database.reading() as connection:
                known = coverage.stretches(
                    connection, resource, times.Window(*times.EVER), coverage.ARCHIVED
                )
                seen = coverage.stretches(connection, resource, times.Window(*times.EVER))
            for window, as_of in known:
                assert not any(times.common(window, one.window) for one in seen)
                for place in self.taken[as_of]:
                    for flat in self.truths[place][resource.name]:
                        end = flat["end"] or times.LATEST
                        if window.start <= flat["start"] < window.end and flat["start"][:19] in now:
                            assert any(
                                one["start"] < end and (one["end"] or times.LATEST) > flat["start"]
                                for one in (*ours, *told)
                            ), (resource.name, flat)

    def purge(self) -> None:
        before = times.plus(self.one.account.now(), days=-self.dice.uniform(60, 140))
        purge.before(self.one.cache, before)
        self.floor = max(self.floor, before)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 12))]
)
def test_no_order_of_events_shows_a_record_twice(tmp_path: Path, seed: int) -> None:
    """After any order of imports, syncs, reads, changes and purges no record is there twice, none
    of an export stands where the API has looked, and in the end the API's are WHOOP's exactly."""
    with mirrored_account(tmp_path, days=150, seed=seed + 1, max_age=0) as one:
        history = History(one, tmp_path, seed)
        acts = [history.change] * 4 + [history.hurry, history.export] * 2
        acts += [history.sync, history.read] * 2 + [history.take_in] * 3
        if seed % 3 == 2:
            acts.append(history.purge)
        history.export()
        for _ in range(30 if seed else 12):
            history.dice.choice(acts)()
            check(one)
            history.check_known()
        one.sync(full=True)
        one.sync(full=True)
        check(one)
        for resource in COLLECTIONS:
            ours, told = shown(one, resource)
            assert not [flat for flat in told if flat["start"] > (history.floor or "2")]
            if not history.floor:
                assert len(ours) == len(one.truth(resource))
        if not history.floor:
            one.assert_exact()


def test_an_export_answers_where_the_api_was_never_asked(tmp_path: Path) -> None:
    """Beside 20 days of the API, the export's records of all days before are shown, the window is
    complete as of the export's date, and asking for it sends WHOOP nothing."""
    with mirrored_account(tmp_path, days=120) as one:
        one.sync(since=times.plus(one.now(), days=-20))
        answer = take_in(one.cache, str(exports_of_whoop.save(one.account, tmp_path)))
        assert answer["agreement"]["agree"] == answer["agreement"]["compared"] > 40
        one.requests()
        start = times.plus(one.now(), days=-100)
        end = times.plus(one.now(), days=-60)
        for resource in COLLECTIONS:
            page = records.page(one.mirror, resource, start=start, end=end)
            assert page["complete"] and page["as_of"] == answer["as_of"]
            assert {flat["source"] for flat in page["records"]} == {"export"}
            lists = one.truth(resource).values()
            inside = [
                flat for flat in lists if start < flat["start"] and (flat["end"] or "9") < end
            ]
            if resource is not RECOVERIES:
                assert len(page["records"]) - len(inside) in (0, 1, 2)
            ours, told = shown(one, resource)
            assert len(ours) + len(told) <= len(lists) and len(ours) > 10
        assert one.requests() == 0


def test_an_import_makes_no_events_nor_does_giving_way(tmp_path: Path) -> None:
    """The log of changes tells of the API's records alone, in whichever order they came, and the
    audit says how many of an export's gave way."""
    with mirrored_account(tmp_path, days=60) as one:
        place = exports_of_whoop.save(one.account, tmp_path)
        take_in(one.cache, str(place))
        assert events(one.cache, since="2020-01-01")["events"] == []
        one.sync()
        log = events(one.cache, since="2020-01-01", limit=5000)["events"]
        assert {event["change"] for event in log if event["resource"] == "cycles"} == {"created"}
        assert {len(str(event["id"])) > 0 for event in log} == {True}
        assert not [event for event in log if "source" in (event["record"] or {})]
        with one.cache.reading() as seen:
            runs = seen.sync_runs(20)
        assert [run["resource"] for run in runs].count("export") == 1
        replaced = {run["resource"]: run["replaced"] for run in runs}
        assert replaced["cycles"] == len(one.truth(CYCLES)) > 50
        assert replaced["sleeps"] == len(one.truth(SLEEPS))
        one.assert_exact()


def test_a_night_stays_one_where_the_api_has_shown_only_a_part(tmp_path: Path) -> None:
    """Where a sync has read the sleeps alone, the export's cycles and recoveries are tied to them
    by WHOOP's own ids, and a day shows all three."""
    with mirrored_account(tmp_path, days=60) as one:
        take_in(one.cache, str(exports_of_whoop.save(one.account, tmp_path)))
        one.sync(resources=["sleeps"], since=times.plus(one.now(), days=-90))
        _, cycles = shown(one, CYCLES)
        ours, told = shown(one, SLEEPS)
        assert ours and not told
        by_id = {flat["id"]: flat for flat in cycles}
        mains = [flat for flat in ours if not flat["nap"]]
        assert all(flat["cycle_id"] in by_id for flat in mains)
        _, recoveries = shown(one, RECOVERIES)
        assert all(flat["cycle_id"] > 0 for flat in recoveries)
        with one.cache.reading() as seen:
            rows = seen.connection.execute(
                "SELECT count(*) FROM days WHERE cycle_id IS NOT NULL AND sleep_id IS NULL"
            ).fetchone()
        assert rows == (0,)
        one.sync(since=times.plus(one.now(), days=-90))
        one.assert_exact()


def test_an_edit_between_export_and_sync_makes_no_second_record(tmp_path: Path) -> None:
    """A cycle and its sleep that WHOOP has moved since are still the same ones, whichever came
    first; so is a record that is known by its id alone."""
    for first in ("export", "api"):
        folder = tmp_path / first
        folder.mkdir()
        with mirrored_account(folder, days=40) as one:
            place = exports_of_whoop.save(one.account, folder)
            moved = one.account.all("cycles")[10]["id"]
            one.account.move_cycle_bound(moved, 25)
            sleep = one.account.main_sleep(moved)
            assert sleep
            if first == "export":
                take_in(one.cache, str(place))
            single.one(one.mirror, CYCLES, moved)
            single.one(one.mirror, SLEEPS, sleep["id"])
            if first == "api":
                take_in(one.cache, str(place), force=True)
            check(one)
            for resource in (CYCLES, SLEEPS):
                ours, told = shown(one, resource)
                assert len(ours) == 1
                assert len(told) == len(one.truth(resource)) - 1


def test_a_cycle_that_comes_back_as_another_is_taken_in(tmp_path: Path) -> None:
    """Where the running cycle is gone and another of the same start is over, beside an export, the
    second is kept and the first is deleted."""
    with mirrored_account(tmp_path, days=20) as one:
        take_in(one.cache, str(exports_of_whoop.save(one.account, tmp_path)))
        one.sync()
        running = next(raw for raw in one.account.all("cycles") if not raw.get("end"))
        other = {**running, "id": running["id"] + 1, "end": one.now()}
        one.cache.save(Findings(CYCLES, one.now(), [other], gone=[str(running["id"])]))
        held = {flat["id"] for flat in one.held(CYCLES).values()}
        assert other["id"] in held and running["id"] not in held
