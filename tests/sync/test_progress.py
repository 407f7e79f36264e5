"""Progress: what a sync expects to ask, what share of it is done, and how long the rest takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp import times
from whoop_mcp.call import Call
from whoop_mcp.sync import progress
from whoop_mcp.sync.fetch import Reader
from whoop_mcp.sync.inquiry import Tally
from whoop_mcp.sync.plan import Plan
from whoop_mcp.sync.progress import Progress, in_words, seconds_left
from whoop_mcp.sync.tasks import Task
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, PROFILE, SLEEPS, WORKOUTS, Resource

from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account
from ..support.samples import PROPERTY

DAYS = 400


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(progress, "time", self)

    def monotonic(self) -> float:
        return self.now


class Listener:
    """Somebody who keeps what a call tells."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int | None, str]] = []
        self.call = Call(tell=lambda *words: self.told.append(words))

    def share(self) -> float:
        done, total, _ = self.told[-1]
        assert total
        return done / total


def ago(days: float) -> str:
    return times.plus(UNTIL, days=-days)


def task_of(one: MirroredAccount, tally: Tally, resource: Resource, *windows: Window) -> Task:
    return Task(Reader(one.mirror, resource, Call(), tally), Plan(windows))


def read(task: Task, window: Window) -> None:
    for _ in task.reader.read(window):
        pass


@pytest.mark.parametrize("resource", [CYCLES, SLEEPS, WORKOUTS], ids=lambda one: one.name)
@pytest.mark.slow
def test_what_is_expected_is_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: Resource
) -> None:
    """Half way through a year's history the whole is foreseen from the records seen so far, within
    a few requests; where all is known and read again, from the records that are held."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=DAYS, seed=3) as one:
        for way in ("unknown", "known"):
            tally = Tally()
            one.account.pass_time(minutes=1)
            task = task_of(one, tally, resource, Window(ago(DAYS), UNTIL))
            told = Progress(one.mirror, [task], tally)
            read(task, Window(ago(DAYS / 2), UNTIL))
            clock.now += 10
            told.tell(listener.call)
            expected = listener.told[-1][1]
            read(task, Window(ago(DAYS), ago(DAYS / 2)))
            needed = tally.counts[resource.name]["requests"]
            assert expected == pytest.approx(needed, abs=4 if way == "unknown" else 2), way
            told.tell(listener.call, ended=True)
            assert listener.told[-1][:2] == (needed, needed)


def test_the_years_before_the_first_record_cost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as nobody knows where a history begins, the time left is `at most`; once another
    resource has been read whole, what is expected ends with its first record."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=120) as one:
        whole = Window(times.BEGINNING, UNTIL)
        tally = Tally()
        tasks = [task_of(one, tally, each, whole) for each in (CYCLES, SLEEPS)]
        told = Progress(one.mirror, tasks, tally)
        for task in tasks:
            read(task, Window(ago(60), UNTIL))
        clock.now += 10
        told.tell(listener.call)
        done, total, words = listener.told[-1]
        assert total is not None and total > 300 and "at most" in words
        read(tasks[0], Window(times.BEGINNING, ago(60)))
        clock.now += 10
        told.tell(listener.call)
        done, total, words = listener.told[-1]
        assert total is not None and total - done < 12 and "at most" not in words


def test_whoever_waits_for_the_limit_reads_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing may be asked, the words count down to when it goes on, and the time left in
    all stays beside it; as soon as requests are answered again, records are counted."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=90) as one:
        tally = Tally()
        task = task_of(one, tally, CYCLES, Window(ago(90), UNTIL))
        told = Progress(one.mirror, [task], tally)
        read(task, Window(ago(40), UNTIL))
        for resets in (41.2, 40.2):
            monkeypatch.setattr(one.mirror.api, "allowance", lambda resets=resets: (0, resets))
            clock.now += 1
            told.tell(listener.call)
        assert "records read" in listener.told[0][2]  # some have just come
        assert listener.told[1][2].startswith("WHOOP's limit lets it go on in 41 s, about ")
        assert listener.told[1][2].endswith(" left")
        read(task, Window(ago(90), ago(40)))
        clock.now += 1
        told.tell(listener.call)
        assert "records read" in listener.told[2][2]
        told.tell(listener.call, ended=True)
        assert "records read" in listener.told[3][2]


def test_looking_is_rare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is called, it looks at the cache and tells once a second."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=5) as one:
        tally = Tally()
        told = Progress(one.mirror, [task_of(one, tally, CYCLES, Window(ago(5), UNTIL))], tally)
        for _ in range(100):
            clock.now += 0.05
            told.tell(listener.call)
    assert len(listener.told) <= 5


def test_a_snapshot_is_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile counts until it was asked for, a task that failed no more; but then the whole is
    not done at the end."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=5) as one:
        tally = Tally()
        window = Window(ago(5), UNTIL)
        tasks = [task_of(one, tally, CYCLES, window), task_of(one, tally, PROFILE)]
        told = Progress(one.mirror, tasks, tally)

        def left() -> int:
            clock.now += 10
            told.tell(listener.call)
            done, total, _ = listener.told[-1]
            assert total is not None
            return total - done

        assert left() == 2
        tasks[1].confirm()
        assert left() == 1
        tasks[0].out_of_time = True
        told.tell(listener.call, ended=True)
        assert 0 < listener.share() < 1


def test_the_time_left_goes_by_the_pace_of_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty requests took a second each, then ten seconds: what is left takes ten seconds each;
    and while all wait for WHOOP's limit, nothing seems slower."""
    clock, listener = Clock(monkeypatch), Listener()
    with mirrored_account(tmp_path, days=5) as one:
        tally = Tally()
        told = Progress(one.mirror, [task_of(one, tally, CYCLES, Window(ago(380), UNTIL))], tally)

        def words(requests: int, seconds: float) -> str:
            tally.add("cycles", {"requests": requests})
            clock.now += seconds
            told.tell(listener.call)
            return listener.told[-1][2]

        left = [words(1, 1.0) for _ in range(60)][-1]
        assert "about 20 seconds left" in left
        assert words(0, 500.0) == left
        assert "about 3 minutes left" in [words(1, 10.0) for _ in range(60)][-1]


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3000)), max_size=30))
def test_the_share_never_falls_and_is_whole_at_the_end_alone(
    steps: list[tuple[int, int]],
) -> None:
    """Whatever is expected meanwhile."""
    told = Progress.__new__(Progress)
    told._told = 0, 0
    done, before = 0, 0.0
    for more, left in steps:
        done += more
        shown, total = told._share(done, left)
        assert shown == done < total
        assert shown / total >= before
        before = shown / total
    shown, total = told._share(done, 0)
    assert shown == done and total == max(done, 1) and shown / total >= before


@pytest.mark.parametrize(
    ("left", "pace", "allowance", "seconds"),
    [
        (30, 10.0, None, 3.0),  # WHOOP has said nothing of a limit
        (30, 10.0, (40, 20.0), 3.0),  # it allows them all
        (30, 10.0, (0, 20.0), 23.0),  # they wait for the next minute
        (150, 10.0, (40, 20.0), 20.0 + 60.0 + 1.0),  # 40 now, 100 in 20 s, the last a minute later
        (600, 0.5, (90, 20.0), 1200.0),  # the way there is slower than the limit
        (25_000, 10.0, (0, 30.0), 30.0 + 249 * 60 + 10.0 + 2 * 86_400),  # more than two days'
    ],
)
def test_the_time_left_heeds_the_limit(
    left: int, pace: float, allowance: Any, seconds: float
) -> None:
    """So many requests, at the pace that they had, in the minutes and days that allow them."""
    assert seconds_left(left, pace, allowance) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a few seconds"),
        (12, "about 10 seconds"),
        (54, "about 50 seconds"),
        (56, "about 1 minute"),
        (170, "about 3 minutes"),
        (5390, "about 90 minutes"),
        (5500, "about 2 hours"),
        (86_000, "about 24 hours"),
        (172_800, "about 2 days"),
    ],
)
def test_time_is_told_as_people_do(seconds: float, words: str) -> None:
    """Roughly, in one unit."""
    assert in_words(seconds) == words
    assert in_words(seconds, "at most") == words.replace("about", "at most")
