"""Workouts of one sport: what a page holds then, how it goes on, and what is no sport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.errors import ValidationError
from whoop_mcp.reads import paging, records
from whoop_mcp.whoop.resources import CYCLES, WORKOUTS

from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

WINDOW = {"start": "2026-03-01T00:00:00Z", "end": "2026-05-01T00:00:00Z"}


def runs(one: MirroredAccount, sport: str = "running") -> list[str]:
    """The ids of the window's workouts of a sport, newest first."""
    truth = sorted(one.truth(WORKOUTS).values(), key=lambda flat: flat["start"], reverse=True)
    start, end = (times.utc(at) for at in WINDOW.values())
    return [
        flat["id"]
        for flat in truth
        if flat["sport_name"] == sport and flat["start"] < end and flat["end"] > start
    ]


def ids(page: dict[str, Any]) -> list[str]:
    return [flat["id"] for flat in page["records"]]


@pytest.mark.parametrize("spelled", ["running", " Running ", "RUNNING"])
def test_a_page_has_one_sport_alone(tmp_path: Path, spelled: str) -> None:
    """Whatever its case, `total` and `count` are of that sport; that the window is known is told of
    all workouts, and the second time nothing is asked."""
    with mirrored_account(tmp_path) as one:
        page = records.page(one.mirror, WORKOUTS, sport=spelled, **WINDOW)
        assert ids(page) == runs(one) and len(ids(page)) > 5
        assert page["total"] == page["count"] == len(ids(page)) and page["complete"]
        one.requests()
        whole = records.page(one.mirror, WORKOUTS, **WINDOW)
        assert one.requests() == 0 and whole["complete"] and whole["total"] > page["total"]


def test_spaces_and_underscores_are_hyphens(tmp_path: Path) -> None:
    """`Functional Fitness` is `functional-fitness`."""
    with mirrored_account(tmp_path) as one:
        for spelled in ("Functional Fitness", "functional_fitness", "functional-fitness"):
            page = records.page(one.mirror, WORKOUTS, sport=spelled, **WINDOW)
            assert ids(page) == runs(one, "functional-fitness") != []


@pytest.mark.parametrize("how", [{"limit": 2}, {"budget": 3000}])
def test_pages_go_on_with_their_sport(tmp_path: Path, how: dict[str, int]) -> None:
    """The cursor carries it: given again or not, all pages together are the whole, each once, each
    within its limit and its budget, with the same total."""
    with mirrored_account(tmp_path) as one:
        page = records.page(one.mirror, WORKOUTS, sport="Running", **WINDOW, **how)
        found, number = ids(page), 1
        while page["next_cursor"]:
            again = {"sport": "running"} if number % 2 else {}
            cursor = page["next_cursor"]
            page = records.page(one.mirror, WORKOUTS, cursor=cursor, **again, **how)
            assert page["total"] == len(runs(one)) and page["count"] <= how.get("limit", 99)
            found, number = found + ids(page), number + 1
        assert found == runs(one) and number > 2


def test_another_sport_beside_a_cursor_is_refused(tmp_path: Path) -> None:
    """Nor does a cursor of all sports take one; nothing is sent."""
    with mirrored_account(tmp_path) as one:
        of_sport = records.page(one.mirror, WORKOUTS, sport="running", limit=1, **WINDOW)
        of_all = records.page(one.mirror, WORKOUTS, limit=1, **WINDOW)
        one.requests()
        for page, sport in ((of_sport, "cycling"), (of_all, "running")):
            with pytest.raises(ValidationError, match="sport"):
                records.page(one.mirror, WORKOUTS, cursor=page["next_cursor"], sport=sport)
        assert one.requests() == 0


def test_only_workouts_have_a_sport(tmp_path: Path) -> None:
    """Neither an argument nor a forged cursor filters anything else by one."""
    with mirrored_account(tmp_path) as one:
        span = {"start": times.utc(WINDOW["start"]), "end": times.utc(WINDOW["end"])}
        forged = paging.write(
            kind="sport", sport="running", resource="cycles", after=["2026-04-01", "1"], **span
        )
        with pytest.raises(ValidationError, match="cursor"):
            records.page(one.mirror, CYCLES, cursor=forged)
        with pytest.raises(ValidationError, match="sport"):
            records.page(one.mirror, CYCLES, sport="running")
        assert one.requests() == 0


@pytest.mark.parametrize("sport", ["", "  "])
def test_no_name_is_refused(tmp_path: Path, sport: str) -> None:
    """With what to do, before anything is sent."""
    with mirrored_account(tmp_path) as one:
        with pytest.raises(ValidationError, match="names no sport") as refused:
            records.page(one.mirror, WORKOUTS, sport=sport, **WINDOW)
        assert "Leave it out" in str(refused.value.hint) and one.requests() == 0


def test_a_slip_in_a_name_is_an_error_that_offers_the_right_one(tmp_path: Path) -> None:
    """Also on a cold cache, and before anything is sent."""
    with mirrored_account(tmp_path) as one:
        with pytest.raises(ValidationError, match="runing") as cold:
            records.page(one.mirror, WORKOUTS, sport="runing", **WINDOW)
        assert "`running`" in str(cold.value.hint) and one.requests() == 0
        one.sync()
        one.requests()
        for sport, meant in (("weightliftng", "weightlifting"), ("hiking", "hiking-rucking")):
            with pytest.raises(ValidationError) as known:
                records.page(one.mirror, WORKOUTS, sport=sport, **WINDOW)
            assert f"`{meant}`" in str(known.value.hint)
            assert "sports in the cache are: " in str(known.value.hint)
        assert one.requests() == 0


def test_a_sport_that_was_never_done_is_an_empty_page(tmp_path: Path) -> None:
    """WHOOP knows fencing, this person does not: none, and the sports that there are."""
    with mirrored_account(tmp_path) as one:
        page = records.page(one.mirror, WORKOUTS, sport="Fencing", **WINDOW)
        assert page["records"] == [] and page["total"] == 0 and page["complete"]
        assert "No workout in the cache is `fencing`." in page["warnings"][0]
        assert "running" in page["warnings"][0]


def test_a_sport_that_whoop_has_just_named_is_found(tmp_path: Path) -> None:
    """A name that is in no table is looked for at WHOOP where the window is not known yet; once
    nothing is to be fetched, one that is nowhere is an error."""
    with mirrored_account(tmp_path) as one:
        raw = one.account.add_workout("2026-04-10T15:00:00.000Z")
        one.account.edit("workouts", raw["id"], sport_name="bog-snorkelling", sport_id=None)
        page = records.page(one.mirror, WORKOUTS, sport="Bog snorkelling", **WINDOW)
        assert page["count"] == 1 and "warnings" not in page
        with pytest.raises(ValidationError, match="zorbing"):
            records.page(one.mirror, WORKOUTS, sport="zorbing", **WINDOW)
        early = records.page(
            one.mirror, WORKOUTS, sport="zorbing", start="2026-02-25T00:00:00Z", end=UNTIL
        )
        assert early["records"] == [] and "`zorbing`" in early["warnings"][0]


def test_what_is_typed_is_shown_harmless_and_short(tmp_path: Path) -> None:
    """A name of control characters or of thousands of letters is cut and escaped."""
    with mirrored_account(tmp_path) as one:
        one.fill()
        for sport in ("\x1b[31m" + "x" * 4000, "\u202eabc"):
            with pytest.raises(ValidationError) as refused:
                records.page(one.mirror, WORKOUTS, sport=sport, **WINDOW)
            assert refused.value.message.isprintable() and len(refused.value.message) < 120
