"""What is read off a page, and how often the cache is looked at for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from whoop_mcp.cache.access import Database
from whoop_mcp.cache.database import Connection
from whoop_mcp.call import Call
from whoop_mcp.errors import UpstreamError
from whoop_mcp.sync import listing
from whoop_mcp.sync.fetch import Reader
from whoop_mcp.sync.listing import Listing
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, WORKOUTS, Resource

from ..support import samples
from ..support.mirrored_accounts import mirrored_account


def test_records_are_told_apart_by_their_ids() -> None:
    """One that is listed twice is kept twice under its id; one without an id only as it came."""
    first, again = samples.cycle(1), samples.cycle(1, score_state="PENDING_SCORE")
    nameless, other = {"id": "?", "user_id": 98}, samples.cycle(3, user_id=99)
    page = listing.read(CYCLES, [first, nameless, other, again], "more")
    assert page.records == [first, nameless, other, again]
    assert page.by_key == {"1": [first, again], "3": [other]}
    assert page.users == [samples.USER, 99, samples.USER]
    assert page.next_token == "more"


def paged(*pages: list[int]) -> Iterator[Listing]:
    """Answers of WHOOP's with these cycles, over and over, the last of them without a token."""
    while True:
        for place, numbers in enumerate(pages, 1):
            token = None if place == len(pages) else str(place)
            yield listing.read(CYCLES, [samples.cycle(one) for one in numbers], token)


def test_by_token_a_window_is_read_until_it_shows_the_same_twice() -> None:
    """All pages count as one, and once."""
    answers = paged([1, 2], [2, 3])
    asked: list[str | None] = []

    def ask(token: str | None) -> Listing:
        asked.append(token)
        return next(answers)

    page = listing.by_token(CYCLES, ask)
    assert asked == [None, "1"] * 2
    assert [raw["id"] for raw in page.records] == [1, 2, 2, 3]
    assert page.by_key.keys() == {"1", "2", "3"} and page.next_token is None


@pytest.mark.parametrize("pages", [([1], [1], [2]), ([1], [], [2])])
def test_tokens_that_bring_nothing_new_are_a_circle(pages: tuple[list[int], ...]) -> None:
    """A page that shows no other record than those before, and yet has a next, is an error."""
    answers = paged(*pages)
    with pytest.raises(UpstreamError, match="circles"):
        listing.by_token(CYCLES, lambda token: next(answers))


def test_a_list_that_changes_all_the_time_is_an_error() -> None:
    """Nobody can tell what is whole where no two readings are alike."""
    answers = iter([next(paged([number])) for number in range(1, 9)])
    with pytest.raises(UpstreamError, match="kept changing"):
        listing.by_token(CYCLES, lambda token: next(answers))


@pytest.mark.parametrize("resource", [CYCLES, WORKOUTS])
def test_the_cache_is_looked_at_once_for_each_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: Resource
) -> None:
    """All that the reading of a page asks of the cache it sees at one moment, in one act."""
    acts: list[str] = []
    reading = Database.reading

    @contextmanager
    def counted(database: Database) -> Iterator[Connection]:
        acts.append("reading")
        with reading(database) as connection:
            yield connection

    with mirrored_account(tmp_path, days=200) as one:
        one.sync(resources=["profile"])
        monkeypatch.setattr(Database, "reading", counted)
        asked = len(one.simulator.log)
        reader = Reader(one.mirror, resource, Call())
        list(reader.read(Window("2010-01-01T00:00:00.000Z", one.cache.clock())))
        pages = len(one.simulator.log) - asked
    assert pages > 4
    assert len(acts) == pages + 1  # and once for which cache it is
