"""Why a date lacks its cycle, recovery or sleep: a table of situations, each on a real cache."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.reads import absence, days
from whoop_mcp.reads.days import read_days
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, SLEEPS

from ..support import accounts, samples
from ..support.exports_of_whoop import a_day, write
from ..support.faults import FaultySimulator
from ..support.mirrored_accounts import MirroredAccount

ZONE = "-04:00"
DATE = "2026-04-12"
EVENING = "2026-04-12T23:30:00.000Z"  # 19:30 there
NEXT_DAY = "2026-04-13T16:00:00.000Z"
MORNING = "2026-04-12T10:40:00.000Z"  # 06:40
WOKEN = "2026-04-12T12:00:00.000Z"

PARTS = ("cycle", "recovery", "sleep")
GOING_ON = "going on"


def account(now: str, *without: str, **states: dict[str, Any]) -> accounts.EditableAccount:
    """Three nights that end on 10, 11 and 12 April, the last one without some of its parts or with
    fields of its own, such as `recovery={"score_state": "PENDING_SCORE"}`.

    Without the last cycle the one before goes on; without its `going on`, too, it does not.
    """
    made = accounts.make(days=0, until=now)
    for number, date in enumerate(("2026-04-10", "2026-04-11", DATE), 1):
        onset, woke = times.plus(f"{date}T03:00:00.000Z"), f"{date}T11:00:00.000Z"
        last = date == DATE
        end = (
            None
            if last or (date == "2026-04-11" and "cycle" in without and GOING_ON not in without)
            else (times.plus(onset, days=1))
        )
        said = {"start": onset, "timezone_offset": ZONE, "created_at": woke, "updated_at": woke}
        own: dict[str, dict[str, Any]] = states if last else {}
        night = samples.uuid(number)
        if not (last and "cycle" in without):
            made.add(
                "cycles", samples.cycle(number, **{**said, "end": end, **own.get("cycle", {})})
            )
        if not (last and "sleep" in without):
            mine = {**said, "cycle_id": number, "end": woke, **own.get("sleep", {})}
            made.add("sleeps", samples.sleep(night, **mine))
        if not (last and "recovery" in without):
            mine = {"sleep_id": night, "created_at": woke, "updated_at": woke}
            made.add("recoveries", samples.recovery(number, **{**mine, **own.get("recovery", {})}))
    return made


class Situation(NamedTuple):
    """What is so at WHOOP and here, and the reasons that are told."""

    now: str
    without: tuple[str, ...]
    expected: dict[str, str]
    states: Mapping[str, dict[str, Any]] = MappingProxyType({})
    after: Callable[[MirroredAccount], Any] = lambda one: None  # a first sync
    date: str = DATE
    says: str = ""  # what one of the texts has


def outage(one: MirroredAccount, **later: float) -> None:
    one.account.pass_time(**later)
    one.simulator.fault(503, times=None)


def deleted(one: MirroredAccount, resource: str, key: Any) -> None:
    one.account.delete(resource, key)
    one.sync()


def ended(one: MirroredAccount, end: str) -> None:
    one.account.edit("cycles", 2, end=end)
    one.sync()


UNSCORED = {"score_state": "UNSCORABLE", "score": None}
PENDING = {"score_state": "PENDING_SCORE", "score": None}
NO_SCORE = {"score_state": "SCORED", "score": None}
CALIBRATING = {"score": {"user_calibrating": True}}

SITUATIONS = {
    "all is there": Situation(EVENING, (), {}),
    "a date to come": Situation(
        EVENING, (), dict.fromkeys(PARTS, "future"), date="2026-04-13", says="13 Apr, is still"
    ),
    "early in the morning": Situation(
        MORNING, PARTS, dict.fromkeys(PARTS, "still_asleep"), says="At 06:40 no night has ended"
    ),
    "just after midnight": Situation(
        "2026-04-12T04:10:00.000Z", PARTS, dict.fromkeys(PARTS, "still_asleep"), says="At 00:10"
    ),
    "nothing by the evening": Situation(
        EVENING,
        (*PARTS, GOING_ON),
        dict.fromkeys(PARTS, "strap_not_worn"),
        says="asked at 19:30 on 12 Apr",
    ),
    "nothing on the day after": Situation(
        NEXT_DAY,
        (*PARTS, GOING_ON),
        dict.fromkeys(PARTS, "strap_not_worn"),
        says="may not have been worn",
    ),
    "a night without sleep": Situation(
        EVENING,
        PARTS,
        dict.fromkeys(PARTS, "no_record"),
        says="WHOOP has no sleep for 12 Apr: the cycle that began at 23:00 on 10 Apr still went on "
        "when it was asked at 19:30 on 12 Apr, and no night's sleep that ended on 12 Apr was "
        "recorded. One",
    ),
    "a night without sleep in a cycle that is over": Situation(
        NEXT_DAY,
        PARTS,
        dict.fromkeys(PARTS, "no_record"),
        after=lambda one: ended(one, "2026-04-13T04:30:00.000Z"),
        says="began at 23:00 on 10 Apr went on until 00:30 on 13 Apr, and no night's sleep",
    ),
    "nights without sleep that are too many": Situation(
        "2026-04-14T16:00:00.000Z", PARTS, dict.fromkeys(PARTS, "strap_not_worn")
    ),
    "a day without a night": Situation(
        EVENING,
        ("recovery", "sleep"),
        {"recovery": "strap_not_worn", "sleep": "strap_not_worn"},
        says="A recovery needs the night's sleep",
    ),
    "a recovery to come": Situation(
        WOKEN, ("recovery",), {"recovery": "not_scored_yet"}, says="ended at 07:00 on 12 Apr"
    ),
    "a recovery that never came": Situation(
        "2026-04-14T16:00:00.000Z", ("recovery",), {"recovery": "no_record"}
    ),
    "a score to come": Situation(
        WOKEN,
        (),
        dict.fromkeys(PARTS, "not_scored_yet"),
        dict.fromkeys(PARTS, PENDING),
        says="asked at 08:00 on 12 Apr",
    ),
    "unscorable": Situation(
        EVENING, (), dict.fromkeys(PARTS, "unscorable"), dict.fromkeys(PARTS, UNSCORED)
    ),
    "a sleep that could not be scored": Situation(
        EVENING,
        ("recovery",),
        {"recovery": "unscorable", "sleep": "unscorable"},
        {"sleep": UNSCORED},
    ),
    "scored without a score": Situation(
        EVENING, (), dict.fromkeys(PARTS, "no_score"), dict.fromkeys(PARTS, NO_SCORE)
    ),
    "calibrating": Situation(EVENING, (), {"recovery": "calibrating"}, {"recovery": CALIBRATING}),
    "an outage in the evening": Situation(
        MORNING,
        PARTS,
        dict.fromkeys(PARTS, "not_synced_since"),
        after=lambda one: outage(one, hours=13),
        says="asked about 12 Apr at 06:40 on 12 Apr",
    ),
    "an outage for days": Situation(
        MORNING,
        PARTS,
        dict.fromkeys(PARTS, "not_synced_since"),
        after=lambda one: outage(one, days=3),
        says="06:40 on 12 Apr",
    ),
    "an outage after a whole day": Situation(
        NEXT_DAY,
        PARTS,
        dict.fromkeys(PARTS, "no_record"),
        after=lambda one: outage(one, days=3),
        says="asked at 12:00 on 13 Apr",
    ),
    "half fetched": Situation(
        "2026-04-24T16:00:00.000Z",
        PARTS,
        dict.fromkeys(PARTS, "not_fetched"),
        after=outage,  # the first sync took the ninety days before
        date="2026-01-24",
        says="24 Jan were not fetched",
    ),
    "a deleted sleep": Situation(
        EVENING,
        (),
        {"recovery": "deleted", "sleep": "deleted"},
        after=lambda one: deleted(one, "sleeps", samples.uuid(3)),
        says="learned at 19:30 on 12 Apr",
    ),
    "a deleted recovery": Situation(
        EVENING, (), {"recovery": "deleted"}, after=lambda one: deleted(one, "recoveries", 3)
    ),
    "before what was purged": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "purged"),
        after=lambda one: purge.before(one.cache, "2026-04-11"),
        date="2026-04-09",
    ),
    "the eve of what was purged": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "purged"),
        after=lambda one: purge.before(one.cache, "2026-04-11"),
        date="2026-04-10",
        says="before 11 Apr was purged",
    ),
    "the date at an instant of which was purged": Situation(
        EVENING,
        PARTS,
        dict.fromkeys(PARTS, "purged"),
        after=lambda one: purge.before(one.cache, "2026-04-12T15:00:00.000Z"),
        says="before 11:00 on 12 Apr was purged",
    ),
    "a deleted cycle whose sleep is held": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "deleted"),
        after=lambda one: deleted(one, "cycles", 3),
        says="a cycle for 12 Apr, to which its sleep belongs, but it was deleted",
    ),
    "before the first record": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "no_record"),
        date="2026-04-02",
        says="nothing from 2 Apr: its first record here is of 23:00 on 9 Apr",
    ),
    "long before the first record": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "no_record"),
        date="2020-01-01",
        says="nothing from 1 Jan 2020: its first record here is of 23:00 on 9 Apr 2026",
    ),
    "long before what was purged": Situation(
        EVENING,
        (),
        dict.fromkeys(PARTS, "purged"),
        after=lambda one: purge.before(one.cache, "2026-04-11"),
        date="2020-01-01",
        says="before 11 Apr 2026 was purged",
    ),
    "a malformed sleep": Situation(
        EVENING,
        ("recovery",),
        {"recovery": "malformed", "sleep": "malformed"},
        {"sleep": {"nap": "perhaps"}},
    ),
}


MORE = (
    *("just after midnight", "nothing on the day after", "a recovery that never came"),
    *("an outage for days", "an outage after a whole day", "a deleted recovery"),
    *("before what was purged", "the date at an instant of which was purged"),
)
"""Those whose reasons others in the default suite have as well."""


@pytest.mark.parametrize(
    "situation",
    [
        pytest.param(one, id=name, marks=[pytest.mark.slow] if name in MORE else [])
        for name, one in SITUATIONS.items()
    ],
)
def test_what_is_missing_has_its_reason(tmp_path: Path, situation: Situation) -> None:
    """Each part that is null or has no score is told with the reason that is true of it, in a
    sentence; a day that lacks nothing has no such key."""
    made = account(situation.now, *situation.without, **situation.states)
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        situation.after(one)
        answer = days.summary(one.mirror, situation.date)
        one.transport.close()
    why = answer.get("why_missing", {})
    assert {name: each["reason"] for name, each in why.items()} == situation.expected
    assert ("why_missing" in answer) == bool(situation.expected)
    texts = [each["text"] for each in why.values()]
    assert all(text.endswith(".") and text[0].isupper() for text in texts)
    assert not situation.says or any(situation.says in text for text in texts), texts
    assert {each["reason"] for each in why.values()} <= set(absence.REASONS)
    assert all(answer[name] is None or why[name] for name in why)


def test_a_day_of_the_report_can_ask_as_well(tmp_path: Path) -> None:
    """What `read_days` gives of a date is all that the explanation takes, in the same snapshot."""
    made = account(EVENING, "recovery", "sleep")
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        with one.cache.reading() as seen:
            (day,) = read_days(seen, DATE, DATE)
            why = absence.explain(seen, day.date, day.cycle, day.recovery, day.sleep)
        assert why == days.summary(one.mirror, DATE)["why_missing"]
        one.transport.close()


def test_the_clock_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    """In UTC the 13th has begun while it is still the evening of the 12th there: it is not to
    come, and the words have UTC's clock, too."""
    now = "2026-04-13T01:30:00.000Z"
    made = account(now)
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        local = days.summary(one.mirror, "2026-04-13")["why_missing"]
        utc = days.summary(one.mirror, "2026-04-13", day="utc")["why_missing"]
        one.transport.close()
    assert local["sleep"]["reason"] == "future"
    assert utc["sleep"]["reason"] == "still_asleep" and "At 01:30 UTC" in utc["sleep"]["text"]


def test_in_utc_a_night_ended_when_it_did_in_utc(tmp_path: Path) -> None:
    """The sleep that ended in Sydney at seven in the morning did so in UTC on the evening before,
    at nine: words about the UTC date name no other time."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.now = "2026-10-22T09:00:00.000Z"
    night = {"start": "2026-10-19T13:00:00.000Z", "timezone_offset": "+10:00"}
    window = Window("2010-01-01T00:00:00.000Z", shelf.now)
    shelf.save(CYCLES, samples.cycle(**{**night, "end": None}), window=window)
    shelf.save(SLEEPS, samples.sleep(**night, end="2026-10-19T21:00:00.000Z"), window=window)
    shelf.save(RECOVERIES, window=window)
    told = {}
    with shelf.cache.reading() as seen:
        for rule, date in (("utc", "2026-10-19"), ("local", "2026-10-20")):
            ((_, (cycle, sleep, recovery, _)),) = days.nights(seen, date, date, rule)
            told[rule] = absence.explain(seen, date, cycle, recovery, sleep, day=rule)["recovery"]
    assert "ended at 21:00 UTC on 19 Oct" in told["utc"]["text"]
    assert "ended at 07:00 on 20 Oct" in told["local"]["text"]


def test_a_day_that_is_not_over_elsewhere_is_known_when_it_was_just_asked_for(
    tmp_path: Path,
) -> None:
    """Whose clock has gone ahead by thirteen hours is in the 13th while the 12th goes on where the
    night was: WHOOP was asked a moment ago, and its silence counts."""
    made = account("2026-04-12T15:40:00.000Z", "recovery")
    begun = {"start": "2026-04-12T14:00:00.000Z", "end": "2026-04-12T15:00:00.000Z"}
    made.add("workouts", samples.workout(**begun, timezone_offset="+09:00"))
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        why = days.summary(one.mirror, DATE)["why_missing"]
        one.transport.close()
    assert why["recovery"]["reason"] == "not_scored_yet"
    assert "00:40 on 13 Apr" in why["recovery"]["text"]


def test_of_an_export_whoop_was_never_asked(tmp_path: Path) -> None:
    """What an export alone tells is told as its word, with the time that it goes up to: a sleep
    without a score, a day without a night, and a day that went on after it, of which WHOOP itself
    was asked about the rest alone."""
    now, until, zone = "2026-04-20T12:00:00.000Z", "2026-04-14T04:00:00.000Z", "UTC-04:00"
    unscored = {**a_day(DATE, zone=zone), "Recovery score %": "", "Asleep duration (min)": ""}
    rows = [a_day("2026-04-10", zone=zone), unscored, a_day("2026-04-13", zone=zone)]
    cache = Cache(tmp_path / "whoop.db", clock=lambda: now)
    take_in(cache, write(tmp_path / "my_whoop_data_2026_04_14.zip", rows))
    for resource in (CYCLES, SLEEPS, RECOVERIES):
        cache.save(Findings(resource, now, [], window=Window(until, now)))
    told = {}
    with cache.reading() as seen:
        for date in ("2026-04-11", DATE, "2026-04-14"):
            (day,) = read_days(seen, date, date) or [None]
            parts = (day.cycle, day.recovery, day.sleep) if day else (None, None, None)
            told[date] = absence.explain(seen, date, *parts)
    texts = [one["text"] for why in told.values() for one in why.values()]
    assert len(texts) > 5 and not any("asked" in text for text in texts), texts
    assert told["2026-04-11"]["sleep"]["reason"] == "strap_not_worn"
    assert "in its data export, which goes up to" in told["2026-04-11"]["sleep"]["text"]
    assert told["2026-04-14"]["sleep"]["reason"] == "not_synced_since"
    assert "data export goes up to 00:00 on 14 Apr" in told["2026-04-14"]["sleep"]["text"]
    assert told[DATE]["sleep"]["reason"] == "no_score"
    assert "sent no score in its data export, which goes up to" in told[DATE]["sleep"]["text"]


def test_each_reason_is_explained_in_the_documents() -> None:
    """The table of docs/TOOLS.md has every code there is, and no other."""
    text = (Path(__file__).parents[2] / "docs" / "TOOLS.md").read_text(encoding="utf-8")
    table = text.split("| reason | what is so |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.M)) == absence.REASONS


@pytest.mark.parametrize("east", [-4.0, 0.0, 5.5, 12.0])
def test_a_purge_by_date_leaves_the_date_whole(tmp_path: Path, east: float) -> None:
    """On the wearer's clock a purge took all of the days before its date and nothing of the date:
    the date is complete, a night that is not there is no purged one, and no warning is given; in
    UTC a date that it took hours from is not."""
    zone = f"{'-' if east < 0 else '+'}{int(abs(east)):02d}:{int(abs(east) % 1 * 60):02d}"
    made = accounts.make(days=0, until="2026-04-14T10:00:00.000Z")
    dates = [f"2026-04-{date:02d}" for date in range(7, 15)]
    for number, date in enumerate(dates, 1):
        onset = times.plus(f"{date}T00:00:00.000Z", hours=-1 - east)
        woke = times.plus(onset, hours=8)
        said = {"start": onset, "timezone_offset": zone, "created_at": woke, "updated_at": woke}
        end = None if date == dates[-1] else times.plus(onset, days=1)
        made.add("cycles", samples.cycle(number, **{**said, "end": end}))
        if date != "2026-04-11":
            night = {**said, "cycle_id": number, "end": woke}
            made.add("sleeps", samples.sleep(samples.uuid(number), **night))
            given = {"sleep_id": samples.uuid(number), "created_at": woke, "updated_at": woke}
            made.add("recoveries", samples.recovery(number, **given))
    with FaultySimulator(made, limit=None, day_limit=None) as simulator:
        one = MirroredAccount(made, simulator, tmp_path)
        one.sync()
        purge.before(one.cache, "2026-04-11")
        for date in ("2026-04-11", "2026-04-12", "2026-04-13"):
            told = days.summary(one.mirror, date)
            assert told["complete"] and "warnings" not in told
            why = told.get("why_missing", {}).get("sleep", {}).get("reason")
            assert why == ("strap_not_worn" if date == "2026-04-11" else None)
        before = days.summary(one.mirror, "2026-04-10")
        assert not before["complete"] and "purged" in before["warnings"][0]
        if east < 0:
            in_utc = days.summary(one.mirror, "2026-04-11", day="utc")
            assert not in_utc["complete"] and "purged" in in_utc["warnings"][0]
        one.transport.close()
