"""How single cells are read: zones, wall clocks, numbers, answers."""

from __future__ import annotations

import uuid

import pytest

from whoop_mcp import times
from whoop_mcp.archive import cells, identity
from whoop_mcp.archive.cells import Clock, Resaved, Unreadable
from whoop_mcp.cache.journal import behaviour


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("UTC+02:00", "+02:00"),
        ("UTC-05:00", "-05:00"),
        ("UTCZ", "+00:00"),
        ("UTC", "+00:00"),
        ("Z", "+00:00"),
        ("GMT", "+00:00"),
        ("", "+00:00"),
        ("-05:00", "-05:00"),
        ("UTC\u2212 3:30".replace(" ", ""), "-03:30"),
        ("utc+2", "+02:00"),
        ("UTC+0545", "+05:45"),
        ("\u00a0UTC-00:00 ", "+00:00"),
    ],
)
def test_zones_are_read_leniently(text: str, offset: str) -> None:
    """Each spelling that is met is the offset that it means."""
    assert cells.zone(text) == offset


@pytest.mark.parametrize("text", ["Europe/Berlin", "UTC+25:00", "UTC+1:99", "+", "02:00"])
def test_what_is_no_zone_is_none(text: str) -> None:
    """A zone that no clock has is the row's fault."""
    with pytest.raises(Unreadable):
        cells.zone(text)


def test_a_clock_that_changes_inside_a_row_makes_no_gap() -> None:
    """A row that ends at 01:57:53 in winter time is followed, at once, by one of summer time."""
    clock = Clock()
    end = clock.instant("2026-03-29 01:57:53", "+01:00")
    assert end == clock.instant("2026-03-29 02:57:53", "+02:00") == "2026-03-29T00:57:53.000Z"
    assert clock.instant(" \u00a0", "+01:00") is None
    for text in ("2026-02-30 01:00:00", "2026-01-01", "noon"):
        with pytest.raises(Unreadable):
            clock.instant(text, "+01:00")
    for text in ("29/03/2026 01:57", "3/29/26", "29.03.2026 01:57:53"):
        with pytest.raises(Resaved):
            clock.instant(text, "+01:00")


def test_a_blank_is_never_zero() -> None:
    """Blanks are null, a number keeps its kind, and one with a comma is a spreadsheet's."""
    read = cells.number(0, 100)
    assert [read(""), read(" \u202f"), read("0"), read("14.5")] == [None, None, 0, 14.5]
    with pytest.raises(Resaved):
        read("14,5")
    for text in ("101", "-1", "x", "1e5", "nan", "٣", "9" * 5000, "0" * 5000, "0." + "0" * 5000):
        with pytest.raises(Unreadable):
            read(text)


def test_an_answer_that_is_not_known_is_never_no() -> None:
    """Only `true` and `false` are answers, in any case."""
    found = [cells.flag(text) for text in ("true", "FALSE", " True", "")]
    assert found == [True, False, True, None]
    for text in ("yes", "0", "wahr"):
        with pytest.raises(Unreadable):
            cells.flag(text)


def test_ids_are_made_of_what_a_record_is() -> None:
    """The same kind and start have the same id, any other a different one."""
    start = "2026-04-20T04:05:52.000Z"
    assert identity.of_cycle(start) == -1776657952
    ids = {identity.uuid(kind, start, place) for kind in ("sleep", "workout") for place in (0, 1)}
    assert len(ids) == 4 and identity.uuid("sleep", start) in ids


def test_questions_that_differ_in_their_looks_are_one_behaviour() -> None:
    """Case, blanks, marks at the ends and no-break spaces make no other behaviour."""
    texts = (
        "Have any alcoholic drinks?",
        " have any  alcoholic\u00a0drinks ",
        "HAVE ANY ALCOHOLIC DRINKS",
        "¿Have any alcoholic drinks?",
    )
    assert {behaviour(text) for text in texts} == {"have any alcoholic drinks"}
    assert behaviour(" ?! ") == ""


def test_a_wall_clock_is_spelled_as_it_is_reckoned() -> None:
    """What a cell says of the local time is what its instant says at that offset, also on a day of
    summer time, and where the instant comes from another zone's cell."""
    clock = Clock()
    for offset in ("+00:00", "-03:30", "+05:45", "+14:00"):
        for text in ("2026-03-29 02:30:00", "2026-12-31 23:59:59", " 2026-01-01T00:00:00.9 "):
            found = str(clock.instant(text, offset))
            for other in ("+00:00", "-03:30", "+14:00"):
                when = clock.when(found, None, other)
                assert when["start_local"] == times.local(found, other)
                assert when["end_local"] is None


def test_a_text_is_read_once_and_what_is_unreadable_each_time() -> None:
    """A cell that says what another has said is not read again; long ones are not kept."""
    asked: list[str] = []

    def read(text: str) -> str:
        asked.append(text)
        if text == "?":
            raise Unreadable("it is none")
        return text.upper()

    known = cells.Remembered(read)
    long = "note" * 100
    assert [known["a"], known["a"], known[long], known[long]] == ["A", "A", *[long.upper()] * 2]
    for _ in range(2):
        with pytest.raises(Unreadable):
            known["?"]
    assert asked == ["a", long, long, "?", "?"]


def test_an_id_is_a_uuid_of_version_5() -> None:
    """Ids are those that the standard makes of the name, so that they stay what they were."""
    space = uuid.UUID("6b2c3f0e-9a51-5d0c-8f6e-0d7a3c1e4b92")
    for number in range(300):
        start = times.plus("2026-05-01T00:00:00.000Z", hours=number)
        assert identity.uuid("sleep", start) == str(uuid.uuid5(space, f"sleep {start}"))
    assert identity.uuid("workout", start, 2) == str(uuid.uuid5(space, f"workout {start} 2"))
