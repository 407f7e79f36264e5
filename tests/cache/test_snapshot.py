"""One answer, one moment: whatever another program stores while an answer is made, it is told whole
or not at all."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache.access import Database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.snapshot import Snapshot
from whoop_mcp.errors import WhoopError
from whoop_mcp.insights import answer as insights
from whoop_mcp.reads import days, events, exports, records, single
from whoop_mcp.report import document
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

from ..support import samples
from ..support.mirrored_accounts import mirrored_account
from ..support.samples import NOW, Shelf

NOBODY: Any = None  # all is covered, so that nobody is asked
SINCE = "2026-10-19T00:00:00.000Z"
WHOLE = Window("2010-01-01T00:00:00.000Z", NOW)
EARLIER = "2026-10-20T11:59:00.000Z"


def _written(act: Callable[[Cache, Path], Any]) -> Callable[[Cache, Path], Any]:
    """What is in the files that an act wrote, beside its answer."""

    def act_and_read(cache: Cache, folder: Path) -> Any:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        answer = act(cache, folder)
        files = sorted(one for one in folder.rglob("*") if one.is_file())
        return answer, [one.read_bytes() for one in files]

    return act_and_read


def mirror(cache: Cache) -> Mirror:
    return Mirror(cache, NOBODY)


ANSWERS: dict[str, Callable[[Cache, Path], Any]] = {
    "summary": lambda cache, folder: days.summary(mirror(cache), "2026-10-19"),
    "page": lambda cache, folder: records.page(mirror(cache), WORKOUTS, start=SINCE),
    "cached page": lambda cache, folder: records.page(
        mirror(cache), RECOVERIES, start=SINCE, cached_only=True
    ),
    "one": lambda cache, folder: single.one(mirror(cache), SLEEPS, samples.NIGHT),
    "sleep of a cycle": lambda cache, folder: single.of_cycle(mirror(cache), SLEEPS, 1),
    "profile": lambda cache, folder: single.snapshot(mirror(cache), PROFILE),
    "insights": lambda cache, folder: insights.insights(cache, days=7),
    "events": lambda cache, folder: events.events(cache, since=SINCE, until=NOW),
    "report": lambda cache, folder: document.page(cache, days=7),
    "export": _written(
        lambda cache, folder: exports.export(
            cache, "all", "jsonl", str(folder / "all"), home=folder.parent / "home"
        )
    ),
}


def before(path: Path) -> None:
    """All is known, as of a minute ago: cycle 1 had no sleep, cycle 2 and the run are not there."""
    shelf = Shelf(path)
    shelf.save(CYCLES, samples.cycle(), at=EARLIER, window=WHOLE)
    for one in (SLEEPS, RECOVERIES):
        shelf.save(one, at=EARLIER, window=WHOLE)
    shelf.save(WORKOUTS, samples.workout(), at=EARLIER, window=WHOLE)
    shelf.save(SLEEPS, samples.sleep(), at=EARLIER, by_id=True)
    shelf.save(PROFILE, samples.profile(), at=EARLIER)


def learned(path: Path) -> None:
    """A sync: everything about the day changes, and everything is confirmed anew."""
    shelf = Shelf(path)
    shelf.save(
        CYCLES,
        samples.cycle(step_count=1),
        samples.cycle(2, start="2026-10-20T03:40:00.000Z", end=None),
        window=WHOLE,
    )
    shelf.save(SLEEPS, samples.sleep(score_state="PENDING_SCORE", score=None), window=WHOLE)
    shelf.save(RECOVERIES, samples.recovery(), window=WHOLE)
    shelf.save(WORKOUTS, samples.workout(samples.uuid(9)), gone=[samples.RUN], window=WHOLE)
    shelf.save(PROFILE, samples.profile(first_name="Other"))


def emptied(path: Path) -> None:
    """All is forgotten."""
    connection = sqlite3.connect(path)
    for table in ("records", "coverage", "change_log", "skipped", "runs"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()


class Traced:
    """Every statement of the connections that a cache opens, and what is done before one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.statements: list[str] = []
        self.at, self.act = -1, lambda: None
        self._busy = False
        connect = Database._connect

        def traced(database: Database) -> sqlite3.Connection:
            connection = connect(database)
            if database.path == path:
                connection.set_trace_callback(self._see)
            return connection

        monkeypatch.setattr(Database, "_connect", traced)

    def _see(self, statement: str) -> None:
        if self._busy:  # of what is done in between
            return
        self.statements.append(statement)
        if len(self.statements) == self.at:
            self._busy = True
            try:
                self.act()
            finally:
                self._busy = False


def told(answer: Callable[[Cache, Path], Any], path: Path) -> str:
    """What is answered, be it an error, as text."""
    cache = Shelf(path).cache
    try:
        value = answer(cache, path.parent / "written")
    except WhoopError as error:
        value = error.envelope()
    return json.dumps(value, default=repr)


LONG = ("report", "insights", "export")
"""The answers of so many statements that all of them take seconds."""

ASKING = ("summary", "page", "one", "sleep of a cycle", "profile")
"""The answers for which WHOOP is asked when the cache was emptied."""


@pytest.mark.parametrize(
    ("name", "happens"),
    [
        pytest.param(
            name,
            happens,
            id=f"{name}-{happens.__name__}",
            marks=[pytest.mark.slow] if name in LONG else [],
        )
        for name in ANSWERS
        for happens in (learned, emptied)
        if happens is learned or name not in ASKING
    ],
)
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_an_answer_is_of_one_moment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    happens: Callable[[Path], None],
    every: int,
) -> None:
    """Whichever statement of it another program's writing comes before, the answer is the one
    of before or the one of after as a whole, coverage and files included."""
    made, path = tmp_path / "made.db", tmp_path / "whoop.db"
    before(made)
    answer = ANSWERS[name]

    def anew() -> None:
        for one in tmp_path.glob("whoop.db*"):
            one.unlink()
        shutil.copy(made, path)

    anew()
    first = told(answer, path)
    happens(path)
    then = told(answer, path)
    assert first != then
    traced = Traced(monkeypatch, path)
    traced.act = lambda: happens(path)
    anew()
    told(answer, path)
    number = len(traced.statements)
    seen = set()
    for at in range(1, number + 1, every):
        anew()
        traced.statements, traced.at = [], at
        seen.add(told(answer, path))
    assert seen <= {first, then} and first in seen


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_known_is_read_in_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An answer that asks nobody takes one read transaction, and reads nothing outside it."""
    path = tmp_path / "whoop.db"
    before(path)
    cache = Shelf(path).cache
    cache.require_content()  # the first opening looks whether the file is prepared
    traced = Traced(monkeypatch, path)
    ANSWERS[name](cache, tmp_path / "written")
    assert [one for one in traced.statements if one.startswith("BEGIN")] == ["BEGIN"]
    begun = traced.statements.index("BEGIN")
    # Before it a file just opened is set up; whose and of which version it is, is looked at in it.
    assert [one for one in traced.statements[:begun] if not one.startswith("PRAGMA")] == []


def test_no_sync_beside_a_summary_that_asks_makes_it_claim_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A summary that fetched, with a full sync stored between its questions and its answer: where
    it says complete, it is WHOOP's day."""
    with mirrored_account(tmp_path, days=20) as one:
        truth = one.truth(CYCLES)
        confirm = Cache.reading
        looks = []

        def looked(cache: Cache) -> Any:
            looks.append(1)
            if len(looks) == 3:
                monkeypatch.setattr(Cache, "reading", confirm)
                one.sync()
                monkeypatch.setattr(Cache, "reading", looked)
            return confirm(cache)

        monkeypatch.setattr(Cache, "reading", looked)
        answer = days.summary(one.mirror, "2026-05-15")
        assert answer["complete"] and answer["cycle"] == truth[str(answer["cycle"]["id"])]


def test_what_was_read_before_is_answered_again_as_if_anew(tmp_path: Path) -> None:
    """How well each resource is known, in whichever window and for a question from whichever
    moment, is the same in a snapshot that has been asked all else already."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle(), window=Window("2009-02-01T00:00:00.000Z", NOW))
    shelf.save(SLEEPS, samples.sleep(), at=EARLIER, window=Window(SINCE, NOW))
    shelf.save(WORKOUTS, samples.workout(), at=SINCE, window=Window("2026-10-09", SINCE))
    spans = [Span(SINCE, NOW), Span("2009-01-01", "2009-03-01"), Span("2026-10-19", "2026-10-30")]
    asked: list[Callable[[Snapshot], Any]] = [Snapshot.floor]
    for one in (CYCLES, RECOVERIES, SLEEPS, WORKOUTS):
        asked.append(partial(Snapshot.tail_start, resource=one))
        for span in spans:
            asked.append(partial(Snapshot.doubtful, resource=one, span=span))
            for aged, began in product((False, True), (None, EARLIER, SINCE)):
                standing = partial(Snapshot.standing, resource=one, span=span)
                asked.append(partial(standing, aged=aged, began=began))
    with shelf.cache.reading() as seen:
        anew = [ask(replace(seen, known={})) for ask in asked]
        for _ in range(2):
            assert [ask(seen) for ask in asked] == anew
    assert len({str(one) for one in anew}) > 15


def test_the_oldest_record_is_that_of_any_kind(tmp_path: Path) -> None:
    """Without a record there is none; else the earliest start among all four."""
    shelf = Shelf(tmp_path / "whoop.db")
    with shelf.cache.reading() as seen:
        assert seen.oldest() is None
    shelf.save(CYCLES, samples.cycle())
    shelf.save(
        WORKOUTS, samples.workout(start="2020-02-02T10:00:00.000Z", end="2020-02-02T11:00:00.000Z")
    )
    with shelf.cache.reading() as seen:
        assert seen.oldest() == "2020-02-02T10:00:00.000Z"
