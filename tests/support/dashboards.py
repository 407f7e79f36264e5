"""Dashboards of made-up accounts, and how a test reads one."""

from __future__ import annotations

import functools
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.statistic import Answer
from whoop_mcp.report import document
from whoop_mcp.simulator.account import Account
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import CYCLES, RECOVERIES, RESOURCES, SLEEPS, WORKOUTS

from . import accounts
from .samples import Shelf, private, profile

UNTIL = "2026-05-20T16:00:00.000Z"
CHARTS = (
    *("recovery", "calendar", "hrv", "resting", "temperature"),
    *("sleep", "strain", "load"),
)
"""The ids of the charts that every page has."""

_FILLED: dict[tuple[int, int, str], bytes] = {}
"""The file that holds an athlete's whole account, by how it was made."""

_VOID = {"meta", "br", "hr", "input"}


def mirrored(path: Path, account: Account, seen_from: str = "2010-01-01T00:00:00.000Z") -> Cache:
    """A cache that has seen all of an account from an instant on."""
    shelf = Shelf(path)
    shelf.now = account.now()
    window = Window(seen_from, shelf.now)
    with shelf.cache.held():
        for resource in (CYCLES, SLEEPS, RECOVERIES, WORKOUTS):  # a recovery's times: its sleep's
            raws = [raw for raw in account.all(resource.name) if raw["created_at"] >= seen_from]
            shelf.save(resource, *raws, window=window)
        shelf.save(RESOURCES["profile"], profile())
    return shelf.cache


def home_up_to_now(folder: Path, days: int) -> Path:
    """Make the home of an athlete whose cache has seen the last days."""
    home = folder / "home"
    home.mkdir()
    mirrored(home / "whoop.db", accounts.make(seed=1, days=days, until=times.now()))
    return home


def mirror(folder: Path, *, days: int = 200, seed: int = 1, **truths: object) -> Cache:
    """The mirror of an athlete of so many days, its file copied where one was made before."""
    account = accounts.make(seed=seed, days=days, until=UNTIL, **truths)
    path, athlete = folder / "whoop.db", (days, seed, repr(truths))
    if path.exists():  # somebody has it open, and nothing in it yet
        return mirrored(path, account)
    if athlete not in _FILLED:
        cache = mirrored(path, account)
        _FILLED[athlete] = path.read_bytes()
        return cache
    private(path, _FILLED[athlete])
    return Cache(path, clock=account.now)


@functools.cache
def answer(cache: Cache) -> Answer:
    """All statistics of the last 30 days of a cache that does not change."""
    with cache.reading() as seen:
        return insights.answer(insights.read(seen))


@functools.cache
def page(cache: Cache) -> str:
    """The dashboard of the last 30 days of a cache that does not change."""
    return document.page(cache)


def as_read(sentence: str) -> str:
    """A sentence of an answer as the page has it: `2026-05-20` is `20 May` in the page's year."""

    def read(found: re.Match[str]) -> str:
        one = date.fromisoformat(found[0])
        return f"{one.day} {one:%B}{'' if one.year == 2026 else f' {one.year}'}"

    return re.sub(r"\d{4}-\d\d-\d\d", read, sentence)


class Outline(HTMLParser):
    """A page's elements and words. Reading one that is not balanced raises."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"twice in <{tag}>: {names}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def tags(self, name: str) -> list[dict[str, str]]:
        """The attributes of every element of a name."""
        return [attributes for tag, attributes in self.elements if tag == name]

    def kinds(self, name: str) -> int:
        """Count the elements that have a class."""
        return sum(name in one.get("class", "").split() for _, one in self.elements)


def part(page: str, key: str) -> Outline:
    """One section of a page, which holds no other section."""
    inside = page.partition(f'id="{key}"')[2].partition(">")[2].partition("</section>")[0]
    return Outline(f"<section>{inside}</section>")
