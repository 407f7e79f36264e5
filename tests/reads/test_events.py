"""What changed: walks, resumes, and the promise that nothing is missed between them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import purge
from whoop_mcp.errors import CacheEmpty, ValidationError
from whoop_mcp.jsontext import JsonText
from whoop_mcp.reads import events as feed
from whoop_mcp.reads import paging as cursors
from whoop_mcp.reads import records
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, RESOURCES, WORKOUTS

from ..support import samples
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

ALWAYS = "2000-01-01T00:00:00Z"
KEYS = ["status", "count", "since", "until", "events", "next_cursor", "resume_cursor"]


def all_pages(
    one: MirroredAccount, since: str, **how: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """The events of a walk or resume to its end, and every resume cursor on the way."""
    events, cursors = [], []
    while True:
        answer = feed.events(one.cache, since=since, **how)
        events += answer["events"]
        cursors.append(answer["resume_cursor"])
        if answer["next_cursor"] is None:
            return events, cursors
        since = answer["next_cursor"]
        how.pop("until", None)


def place(event: dict[str, Any]) -> tuple[str, str, str]:
    return event["updated_at"], event["resource"], str(event["id"])


def test_a_walk_shows_every_record_once_in_order(tmp_path: Path) -> None:
    """Ordered by updated_at, resource and id, whatever the page size, ties at page ends included;
    each with the record as it stands."""
    with mirrored_account(tmp_path, days=20) as one:
        for raw in one.account.all("workouts")[:9]:  # a tie of nine
            one.account.edit("workouts", raw["id"], strain=5)
        one.sync()
        whole = feed.events(one.cache, since=ALWAYS, limit=5000)
        assert [*whole] == KEYS and whole["next_cursor"] is None
        assert [place(event) for event in whole["events"]] == sorted(map(place, whole["events"]))
        total = sum(len(one.truth(resource)) for resource in list(RESOURCES.values())[:4])
        assert whole["count"] == total + 2
        for how in ({"limit": 1}, {"limit": 7}, {"budget": 4000}):
            assert all_pages(one, ALWAYS, **how)[0] == whole["events"]


def test_events_as_json_are_the_same_events(tmp_path: Path) -> None:
    """On a walk and on a resume, whole or cut, they are one JSON text that says what the list says:
    records, differences and deletions among them."""
    with mirrored_account(tmp_path, days=40) as one:
        one.fill()
        cursor = feed.events(one.cache, since=ALWAYS)["resume_cursor"]
        changed, gone = one.account.all("workouts")[:2]
        one.account.edit("workouts", changed["id"], strain=5)
        one.account.delete("workouts", gone["id"])
        one.sync()
        learned = feed.events(one.cache, since=cursor)["events"]
        assert {"updated", "deleted"} <= {event["change"] for event in learned}
        for since in (ALWAYS, cursor):
            for how in ({}, {"limit": 2}, {"budget": 4000}):
                until = UNTIL if since == ALWAYS else None
                given: dict[str, Any] = {"since": since, "until": until, **how}
                plain = feed.events(one.cache, **given)
                text = feed.events(one.cache, as_json=True, **given)
                assert isinstance(text["events"], JsonText)
                said = {**text, "events": json.loads(text["events"])}
                # When the answer is made is all that may differ.
                assert {**said, "until": plain["until"]} == plain and [*said] == KEYS


def test_both_ends_of_a_walk_are_exclusive(tmp_path: Path) -> None:
    """A record stamped exactly at `since` or `until` is not in it, in any spelling of it."""
    with mirrored_account(tmp_path, days=30) as one:
        one.fill()
        events = feed.events(one.cache, since=ALWAYS, limit=5000)["events"]
        low, high = events[5]["updated_at"], events[-5]["updated_at"]
        wanted = [event for event in events if low < event["updated_at"] < high]
        for since in (low, low.replace("Z", "+00:00"), times.local(low, "+05:30")):
            answer = feed.events(one.cache, since=since, until=high, limit=5000)
            assert answer["events"] == wanted
            assert (answer["since"], answer["until"]) == (low, high)


def test_a_resume_misses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """Changes that arrive with old stamps, during a walk or after it, come once each, in the order
    learned, with differences of the flat fields."""
    with mirrored_account(tmp_path, days=40) as one:
        one.fill()
        first = feed.events(one.cache, since=ALWAYS, limit=50)
        key = one.account.all("workouts")[4]["id"]
        one.account.edit("workouts", key, touch=False, strain=7.75)
        one.sync()  # learned in the middle of the walk
        rest, cursors = all_pages(one, first["next_cursor"])
        assert set(cursors) == {first["resume_cursor"]}
        learned, _ = all_pages(one, first["resume_cursor"], limit=1)
        (event,) = [event for event in learned if event["id"] == key]
        assert event["change"] == "updated" and event["diff"]["strain"][1] == 7.75
        assert event["record"]["strain"] == 7.75
        assert len(rest) == feed.events(one.cache, since=ALWAYS, limit=5000)["count"] - 50
        again = feed.events(one.cache, since=first["resume_cursor"])
        assert feed.events(one.cache, since=again["resume_cursor"])["events"] == []


@pytest.mark.slow
def test_a_walk_and_its_resumes_follow_a_changing_account(tmp_path: Path) -> None:
    """Whoever keeps the last record of every event has the mirror itself, step by step."""
    dice = random.Random(7)
    with mirrored_account(tmp_path, days=40) as one:
        one.fill()
        kept: dict[tuple[str, str], Any] = {}
        events, cursors = all_pages(one, ALWAYS, limit=200)
        cursor = cursors[0]
        for _ in range(12):
            kept |= {(event["resource"], str(event["id"])): event["record"] for event in events}
            for resource in list(RESOURCES.values())[:4]:
                mine = {key[1]: flat for key, flat in kept.items() if key[0] == resource.name}
                assert {k: v for k, v in mine.items() if v is not None} == one.held(resource)
            for _ in range(4):
                raw = dice.choice(one.account.all("workouts")[:15])
                if dice.random() < 0.4:
                    one.account.delete("workouts", raw["id"])
                elif raw["score"]:
                    one.account.edit("workouts", raw["id"], strain=dice.randint(1, 20))
            one.account.extend_sleep(one.account.all("sleeps")[dice.randint(1, 8)]["id"], 3)
            one.sync()
            events, cursors = all_pages(one, cursor, limit=dice.choice([1, 3, 500]))
            cursor = cursors[-1]


def test_what_is_no_change_of_a_flat_field_is_no_event(tmp_path: Path) -> None:
    """A new updated_at, an unknown upstream field, the same profile again: nothing is told."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill()
        cursor = feed.events(one.cache, since=one.now())["resume_cursor"]
        one.account.edit("workouts", one.account.all("workouts")[1]["id"], brand_new_field=1)
        one.sync()
        answer = feed.events(one.cache, since=cursor)
        assert answer["events"] == []
        one.account.profile = {**one.account.profile, "first_name": "Other"}
        one.sync()
        (event,) = feed.events(one.cache, since=cursor)["events"]
        assert (event["resource"], event["id"], event["change"]) == (
            "profile",
            "current",
            "updated",
        )


def test_resources_filter_walks_and_resumes(tmp_path: Path) -> None:
    """Only those asked for; what was filtered out is behind the resume cursor all the same."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill(resources=["cycles"])
        cursor = feed.events(one.cache, since=one.now())["resume_cursor"]
        one.sync()
        walk = feed.events(one.cache, since=ALWAYS, resources=["sleeps", "profile"], limit=5000)
        assert {event["resource"] for event in walk["events"]} == {"sleeps", "profile"}
        learned = feed.events(one.cache, since=cursor, resources=["profile"])
        assert [event["resource"] for event in learned["events"]] == ["profile"]
        assert feed.events(one.cache, since=learned["resume_cursor"])["events"] == []


def test_cursors_carry_what_they_go_on_with(tmp_path: Path) -> None:
    """until and resources may be given again beside a walk's cursor, but no others; until never
    beside a resume cursor."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill()
        how: dict[str, Any] = {"until": UNTIL, "resources": ["cycles", "sleeps"]}
        page = feed.events(one.cache, since=ALWAYS, limit=3, **how)
        assert feed.events(one.cache, since=page["next_cursor"], **how)["count"]
        for other in ({"until": one.now()}, {"resources": ["cycles"]}):
            with pytest.raises(ValidationError):
                feed.events(one.cache, since=page["next_cursor"], **other)
        with pytest.raises(ValidationError):
            feed.events(one.cache, since=page["resume_cursor"], until=UNTIL)


def test_cursors_of_another_or_emptied_cache_are_refused(tmp_path: Path) -> None:
    """They would silently skip or repeat: VALIDATION_ERROR with a hint instead."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill()
        page = feed.events(one.cache, since=ALWAYS, limit=3)
        purge.everything(one.cache)
        one.sync()
        for cursor in (page["next_cursor"], page["resume_cursor"]):
            with pytest.raises(ValidationError) as caught:
                feed.events(one.cache, since=cursor)
            assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"since": "last week"}, "since"),
        ({"since": "eyJraW5kIjoid2FsayJ9"}, "since"),
        ({"since": ALWAYS, "until": "x"}, "until"),
        ({"since": "2026-04-21", "until": "2026-04-20"}, "until"),
        ({"since": ALWAYS, "resources": ["steps"]}, "resources"),
        ({"since": ALWAYS, "limit": 0}, "limit"),
        ({"since": ALWAYS, "limit": 5001}, "limit"),
    ],
)
def test_bad_arguments_are_named(tmp_path: Path, given: dict[str, Any], named: str) -> None:
    """VALIDATION_ERROR with the argument and what would be right, before the cache is looked at."""
    with mirrored_account(tmp_path, days=5) as one, pytest.raises(ValidationError) as caught:
        feed.events(one.cache, **given)
    assert f"`{named}`" in caught.value.message
    assert caught.value.hint


def test_a_window_that_can_hold_no_change_is_named(tmp_path: Path) -> None:
    """Where nothing can be between the two, a warning says why; where nothing is, none does."""
    with mirrored_account(tmp_path, days=20) as one:
        one.fill()
        day, ahead = one.now()[:10], "2999-01-01"
        answer = feed.events(one.cache, since=day, until=day)
        assert (answer["count"], answer["since"], answer["until"]) == (0, day, day)
        assert "The window is empty, as its end is exclusive" in answer["warnings"][0]
        answer = feed.events(one.cache, since=ahead)
        assert answer["warnings"] == [f"Nothing can be there yet: {ahead} is still to come."]
        for since in (one.now(), answer["resume_cursor"], ALWAYS):
            assert "warnings" not in feed.events(one.cache, since=since)


def test_a_wrong_cursor_in_a_needed_place_is_not_to_be_left_out(tmp_path: Path) -> None:
    """`since` has to be there, so the way on is an instant."""
    with mirrored_account(tmp_path, days=5) as one:
        with pytest.raises(ValidationError) as caught:
            feed.events(one.cache, since="eyJraW5kIjoicmVzdW1lIn0")
        assert "an instant such as 2026-04-20T00:00:00Z" in (caught.value.hint or "")
        assert "leave" not in (caught.value.hint or "")
        with pytest.raises(ValidationError) as caught:
            records.page(one.mirror, CYCLES, cursor="eyJraW5kIjoicmVzdW1lIn0")
        assert "begin again without one" in (caught.value.hint or "")


def test_an_empty_cache_has_no_feed(tmp_path: Path) -> None:
    """CACHE_EMPTY, which says to sync."""
    with mirrored_account(tmp_path, days=5) as one, pytest.raises(CacheEmpty):
        feed.events(one.cache, since=ALWAYS)


@pytest.mark.parametrize("ahead", [0, 30])
def test_a_stamp_that_is_not_past_is_not_lost(tmp_path: Path, ahead: int) -> None:
    """A change stamped this very moment, or by a clock that is ahead of ours, is in the walk or in
    its resume."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, samples.workout(updated_at=times.plus(samples.NOW, seconds=ahead)))
    walk = feed.events(shelf.cache, since=ALWAYS)
    later = feed.events(shelf.cache, since=walk["resume_cursor"])
    assert walk["count"] + later["count"] == 1


def test_a_forged_cursor_reaches_no_further(tmp_path: Path) -> None:
    """What SQLite could not take (half a surrogate pair, a number without end) is refused."""
    with mirrored_account(tmp_path, days=10) as one:
        one.fill()
        cursor = feed.events(one.cache, since=ALWAYS)["resume_cursor"]
        content = cursors.read("since", cursor, {"resume": {"cache": str, "position": int}})
        for forged in ({**content, "position": 10**30}, {**content, "more": "\ud800"}):
            with pytest.raises(ValidationError):
                feed.events(one.cache, since=cursors.write(**forged))


@pytest.mark.parametrize("zone", ["-04:00", "+05:30", "Z"])
def test_a_walk_by_dates_reads_each_records_clock(tmp_path: Path, zone: str) -> None:
    """A date means the midnight at the record's own offset, as `since` and as `until`."""
    turn = times.midnight("2026-10-19", zone)
    shelf = samples.Shelf(tmp_path / "whoop.db")
    for number, minutes in ((1, -1), (2, 1)):
        stamp = times.plus(turn, minutes=minutes)
        one = samples.workout(samples.uuid(number), timezone_offset=zone, updated_at=stamp)
        shelf.save(WORKOUTS, one)
    for bounds, shown in (
        ({"since": "2026-10-19"}, [2]),
        ({"since": "2026-10-18", "until": "2026-10-19"}, [1]),
        ({"since": "2026-10-18", "until": "2026-10-20"}, [1, 2]),
        ({"since": "2026-10-20"}, []),
    ):
        events = feed.events(shelf.cache, **bounds)["events"]
        assert [event["id"] for event in events] == [samples.uuid(number) for number in shown]


def test_the_first_change_of_all_is_resumed_to(tmp_path: Path) -> None:
    """A cursor of a cache in which nothing has ever changed leads to the first change."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, window=Window("2026-10-01T00:00:00.000Z", samples.NOW))
    cursor = feed.events(shelf.cache, since=ALWAYS)["resume_cursor"]
    shelf.save(WORKOUTS, samples.workout())
    assert feed.events(shelf.cache, since=cursor)["count"] == 1


def test_a_resume_in_pages_is_the_resume(tmp_path: Path) -> None:
    """Whatever the page size, each change comes once, in the order learned; within a page's bound
    the cursor to go on with is where the page ended."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, window=Window("2026-10-01T00:00:00.000Z", samples.NOW))
    cursor = feed.events(shelf.cache, since=ALWAYS)["resume_cursor"]
    for number in (4, 1, 5, 2, 3):
        shelf.save(WORKOUTS, samples.workout(samples.uuid(number)))
    whole = feed.events(shelf.cache, since=cursor)
    assert [event["id"] for event in whole["events"]] == [samples.uuid(n) for n in (4, 1, 5, 2, 3)]
    assert whole["next_cursor"] is None
    for limit in (1, 2, 3, 5):
        shown, since = [], cursor
        while True:
            page = feed.events(shelf.cache, since=since, limit=limit)
            assert page["count"] == len(page["events"]) <= limit
            shown += page["events"]
            if page["next_cursor"] is None:
                break
            assert page["count"] == limit and page["next_cursor"] == page["resume_cursor"]
            since = page["next_cursor"]
        assert shown == whole["events"]
        assert page["resume_cursor"] == whole["resume_cursor"]


def test_a_walks_cursor_without_its_place_is_refused(tmp_path: Path) -> None:
    """A cursor that says to go on after nothing, or in no time, is VALIDATION_ERROR."""
    with mirrored_account(tmp_path, days=10) as one:
        one.fill()
        cursor = feed.events(one.cache, since=ALWAYS, limit=1)["next_cursor"]
        content = cursors.read("since", cursor, {"walk": {}})
        for changed in ({"after": []}, {"after": ["x"] * 4}, {"until": "soon"}, {"since": ""}):
            with pytest.raises(ValidationError, match="`since`"):
                feed.events(one.cache, since=cursors.write(**{**content, **changed}))


def test_a_page_keeps_within_its_budget(tmp_path: Path) -> None:
    """The whole answer, with its cursors, is as long as it may be, and hardly shorter."""
    with mirrored_account(tmp_path, days=40) as one:
        one.fill()
        for since in (ALWAYS, feed.events(one.cache, since=ALWAYS, limit=1)["resume_cursor"]):
            one.account.edit("workouts", one.account.all("workouts")[0]["id"], strain=7)
            answer = feed.events(one.cache, since=since, budget=9000)
            assert len(json.dumps(answer)) <= 9000
            assert answer["next_cursor"] is None or len(json.dumps(answer)) > 6000


def test_a_cursor_of_a_log_that_was_rolled_back(tmp_path: Path) -> None:
    """A copy put back is refused with a hint, whether less, as much or more was learned since; so
    is a walk's next page. The copy's own cursors go on."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, samples.workout())
    early = feed.events(shelf.cache, since=ALWAYS)["resume_cursor"]
    copy = shutil.copy(shelf.path, tmp_path / "copy.db")
    shelf.now = times.plus(shelf.now, minutes=1)
    shelf.save(WORKOUTS, samples.workout(samples.uuid(1)), samples.workout(samples.uuid(2)))
    walk = feed.events(shelf.cache, since=ALWAYS, limit=1)
    shutil.copy(copy, shelf.path)
    for number in (3, 4, 5, 6):
        for cursor in (walk["resume_cursor"], walk["next_cursor"]):
            with pytest.raises(ValidationError, match="rolled back") as caught:
                feed.events(shelf.cache, since=cursor)
            assert caught.value.hint
        shelf.now = times.plus(shelf.now, minutes=1)
        shelf.save(WORKOUTS, samples.workout(samples.uuid(number)))
        assert feed.events(shelf.cache, since=early)["count"] == number - 2


def test_a_cursor_outlives_a_purge(tmp_path: Path) -> None:
    """Where the entry that a cursor knows was purged, it goes on all the same."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, samples.workout())
    cursor = feed.events(shelf.cache, since=ALWAYS)["resume_cursor"]
    purge.before(shelf.cache, samples.NOW)
    shelf.save(
        WORKOUTS,
        samples.workout(samples.uuid(1), start=samples.NOW, end=times.plus(samples.NOW, hours=1)),
    )
    assert feed.events(shelf.cache, since=cursor)["count"] == 1


def test_a_cursor_of_an_older_version(tmp_path: Path) -> None:
    """It does not say of which log it is: it is refused, with what to do."""
    shelf = samples.Shelf(tmp_path / "whoop.db")
    shelf.save(WORKOUTS, samples.workout())
    identity = shelf.cache.recall("cache_id")
    old = cursors.write(kind="resume", cache=identity, position=0)
    with pytest.raises(ValidationError, match="older version") as caught:
        feed.events(shelf.cache, since=old)
    assert "Begin again" in str(caught.value.hint)
