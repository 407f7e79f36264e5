"""Tell how far a sync is, in requests, and how long the rest will take under WHOOP's limit."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from .. import times
from ..cache import coverage
from ..cache.database import Connection
from ..call import Call
from ..counts import counted
from ..times import Window, gaps, union
from ..whoop.api import PAGE
from ..whoop.resources import Resource
from .inquiry import Tally
from .mirror import Mirror
from .tasks import Task

PER_MINUTE, PER_DAY = 100, 10_000
"""The requests that WHOOP allows an app of one person, as its documentation says."""

_PAUSE = 1.0  # seconds: to reckon what is left looks at all that is known
_FADING = 0.9  # what the pace of a second counts, one second later
_NEW = PAGE - 1  # records of a page: the last one shows again on the next
_DAY = 86_400.0
_KNOWN_DAYS = 14  # of which records must be held to tell how dense they are
_MARGIN_DAYS = 7  # before the first record of another resource: a person's first is near it
_OPEN_DAYS = 400  # what is unknown beyond may well lie before the first record of all


class Progress:
    """Tell a call's listener how many requests of a sync are done, of how many in all.

    The share never falls and is whole only at the end; the words say how long it will still take.
    """

    def __init__(self, mirror: Mirror, tasks: Sequence[Task], tally: Tally) -> None:
        self._mirror, self._tasks, self._tally = mirror, tasks, tally
        self._told_at = time.monotonic()
        self._asked_before = self._asked()  # before a sync that began anew
        self._active, self._answered = 0.0, 0.0  # seconds and requests, of late
        self._seen_at, self._seen = self._told_at, 0
        self._told = 0, 0

    def tell(self, call: Call, *, ended: bool = False) -> None:
        """Tell the call's listener, at most once a second; to be called a few times a second."""
        now = time.monotonic()
        if now - self._told_at < _PAUSE and not ended:
            return
        self._told_at = now
        done = self._asked() - self._asked_before
        pause = self._pause() if done == self._seen else None
        self._pace(now, done)
        records = sum(one["records_fetched"] for one in list(self._tally.counts.values()))
        words = f"{counted(records, 'record')} read"
        if pause and not ended:  # or it would look as if nothing went on
            words = f"WHOOP's limit lets it go on in {math.ceil(pause)} s"
        if ended:  # what has failed is left for another call
            call.tell(*self._share(done, int(any(one.has_failed for one in self._tasks))), words)
            return
        left, is_open = self._left()
        seconds = self._seconds(left)
        if seconds is not None:
            words += f", {in_words(seconds, 'at most' if is_open else 'about')} left"
        call.tell(*self._share(done, left), words)

    def _asked(self) -> int:
        return sum(one["requests"] for one in list(self._tally.counts.values()))

    def _share(self, done: int, left: int) -> tuple[int, int]:
        """Give the requests done and expected, whose share is never less than what was told."""
        before, of = self._told
        total = done + left
        if before and done > before:
            total = min(total, done * of // before)
        elif before:
            total = of if left else done
        self._told = done, max(total, done + bool(left), 1)
        return self._told

    # ── how many requests are left ──

    def _left(self) -> tuple[int, bool]:
        """Estimate how many requests are left, one at least, and tell whether that may be far too
        many, as nobody knows yet where the first record of all lies."""
        with self._mirror.cache.database.reading() as connection:
            left = {
                task.resource: [
                    gap
                    for window in task.plan.windows
                    for gap in gaps(window, _read(connection, task, window))
                ]
                for task in self._tasks
                if task.resource.is_collection and not task.has_failed
            }
            first = _first(connection, left)
            needed, is_open = 0, False
            for resource, windows in left.items():
                density = _density(connection, resource)
                for window in windows:
                    requests, unknown = _needed(connection, resource, window, first, density)
                    needed += requests
                    is_open |= first == times.EARLIEST and unknown > _OPEN_DAYS * _DAY
        asked = {name for name, one in [*self._tally.counts.items()] if one["requests"]}
        needed += sum(
            not (task.resource.is_collection or task.has_failed or task.resource.name in asked)
            for task in self._tasks
        )
        return max(needed, 1), is_open

    # ── how long they take ──

    def _pace(self, now: float, done: int) -> None:
        """Add up how fast requests were answered of late: not while all waited for the limit."""
        if done > self._seen:
            self._active = self._active * _FADING + now - self._seen_at
            self._answered = self._answered * _FADING + done - self._seen
        self._seen_at, self._seen = now, done

    def _pause(self) -> float | None:
        """Tell for how many seconds WHOOP allows no further request; None where it does."""
        allowance = self._mirror.api.allowance()
        return allowance[1] if allowance and not allowance[0] else None

    def _seconds(self, left: int) -> float | None:
        """Estimate the seconds that so many requests take; None as long as nobody can tell."""
        if not self._active:
            return None
        return seconds_left(left, self._answered / self._active, self._mirror.api.allowance())


def seconds_left(left: int, pace: float, allowance: tuple[int, float] | None) -> float:
    """Estimate how many seconds `left` requests take, at `pace` a second where nothing holds them.

    `allowance` is how many WHOOP still allows and in how many seconds it allows more; None where
    it has not said. From then on it allows PER_MINUTE, and PER_DAY a day.
    """
    free = left / pace
    if allowance is None or left <= allowance[0]:
        return free
    allowed, resets = allowance
    windows = math.ceil((left - allowed) / PER_MINUTE)
    last = left - allowed - (windows - 1) * PER_MINUTE
    held = resets + 60.0 * (windows - 1) + last / pace
    return max(free, held) + _DAY * (left // PER_DAY)


def in_words(seconds: float, roughly: str = "about") -> str:
    """Say how long something takes, as people do: `a few seconds`, `about 3 minutes`."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"{roughly} {round(seconds, -1):.0f} seconds"
    for unit, size, until in (("minute", 60.0, 5400.0), ("hour", 3600.0, 129_600.0)):
        if seconds < until:
            number = max(round(seconds / size), 1)
            return f"{roughly} {number} {unit}{'s' if number > 1 else ''}"
    return f"{roughly} {round(seconds / _DAY)} days"


# ── what the cache knows of it ──


def _read(connection: Connection, task: Task, window: Window) -> list[Window]:
    """List the parts of a window that were read since the call began."""
    known = coverage.stretches(connection, task.resource, window)
    return [one.window for one in known if one.confirmed_at >= task.reader.now]


def _first(connection: Connection, left: dict[Resource, list[Window]]) -> str:
    """Tell before when nothing is to be expected: where a resource that is read whole begins."""
    reach = min((windows[0].start for windows in left.values() if windows), default=times.LATEST)
    firsts = [
        first
        for resource, windows in left.items()
        if not windows and _covered(connection, resource, reach)
        for (first,) in connection.execute(
            "SELECT min(start) FROM records WHERE resource = ? AND raw IS NOT NULL",
            (resource.name,),
        )
        if first is not None
    ]
    return times.plus(min(firsts), days=-_MARGIN_DAYS) if firsts else times.EARLIEST


def _covered(connection: Connection, resource: Resource, instant: str) -> bool:
    moment = Window(instant, times.plus(instant, milliseconds=1))
    return bool(coverage.stretches(connection, resource, moment))


def _density(connection: Connection, resource: Resource) -> float:
    """Tell how many records a second there are, in what is known since the first one."""
    seconds, records = 0.0, 0
    (first,) = connection.execute(
        "SELECT min(start) FROM records WHERE resource = ? AND raw IS NOT NULL", (resource.name,)
    ).fetchone()
    for one in _known(connection, resource, Window(first or "", times.LATEST)):
        seconds += times.seconds(*one)
        records += _count(connection, resource, one)
    few = seconds < _KNOWN_DAYS * _DAY
    return PAGE / resource.page_days / _DAY if few else records / seconds


def _known(connection: Connection, resource: Resource, window: Window) -> list[Window]:
    """List the parts of a window that are known: pages side by side are one, to be counted once."""
    return union(one.window for one in coverage.stretches(connection, resource, window))


def _count(connection: Connection, resource: Resource, window: Window) -> int:
    (number,) = connection.execute(
        "SELECT count(*) FROM records WHERE resource = ? AND raw IS NOT NULL "
        "AND start >= ? AND start < ?",
        (resource.name, *window),
    ).fetchone()
    return int(number)


def _needed(
    connection: Connection, resource: Resource, window: Window, first: str, density: float
) -> tuple[int, float]:
    """Estimate the requests that a window needs, and tell how many of its seconds are unknown.

    What is known already has so many records; what is not, as many as elsewhere.
    """
    known = _known(connection, resource, window)
    records = sum(_count(connection, resource, one) for one in known)
    unknown = sum(
        times.seconds(max(gap.start, first), gap.end)
        for gap in gaps(window, known)
        if gap.end > first
    )
    return max(math.ceil((records + unknown * density) / _NEW), 1), unknown
