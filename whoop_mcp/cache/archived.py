"""Keep the records of WHOOP's data export beside the API's, and let them give way to those.

The API is the authority: what its coverage has seen, and what it has of the same start, is not
shown from an export. Where the API knows a cycle under its own id, what an export still tells of
that cycle takes that id, so that a night stays one.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import times
from ..times import Window
from ..whoop.fields import Malformed
from ..whoop.records import Record
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import coverage, dates, selection
from .database import Connection
from .save import Findings

_NEAR = 1.0  # seconds: an export's times have no fractions of one
_AROUND = 2  # days, by which the records of one night may lie apart
_NAMELESS = "not-there-"  # before the id of what the API has not, and so has no id for


_IN_TURN: tuple[Resource, ...] = (CYCLES, SLEEPS, RECOVERIES, WORKOUTS)
"""Those first by which others are known."""


class Archived(NamedTuple):
    """Hold a record of an export, and the cells that it was made of, by their English names: the
    JSON text of an object."""

    record: Record
    cells: str


class Answered(NamedTuple):
    """Hold an answer in the journal of an export; `woke_on` is the local date that its cycle
    wakes on."""

    cycle_start: str
    woke_on: str
    behaviour: str
    question: str
    answer: bool
    notes: str | None


@dataclass(frozen=True)
class Export:
    """Hold an export, read and merged, as of the moment up to which it tells everything."""

    as_of: str
    records: Mapping[Resource, Sequence[Archived]]
    known: Mapping[Resource, Sequence[Window]]  # whole
    journal: Iterator[Answered] | None  # to be gone through once; None: it has none
    whole_journal: bool = True  # each of its rows could be read


class Held(NamedTuple):
    """Hold where a record lies in time."""

    start: str
    end: str | None
    id: str
    cycle_id: str | None
    is_held: bool  # else it is known to be deleted
    asked_at: str  # of an export's, the export's date


@dataclass
class _Links:
    """Keep what the API calls the cycles and sleeps of an export, by the export's ids."""

    cycles: dict[str, str] = field(default_factory=dict)
    sleeps: dict[str, str] = field(default_factory=dict)


def shown(connection: Connection) -> dict[str, int]:
    """Count the records that are shown from an export, by resource; nothing without any."""
    if not connection.execute(
        "SELECT 1 FROM archived UNION ALL SELECT 1 FROM records WHERE source = 'export' LIMIT 1"
    ).fetchone():
        return {}
    found = dict.fromkeys((resource.name for resource in _IN_TURN), 0)
    found |= dict(
        connection.execute(
            "SELECT resource, count(*) FROM records WHERE source = 'export' GROUP BY resource"
        ).fetchall()
    )
    return found


def is_needed(connection: Connection) -> bool:
    """Tell whether anything is known from an export alone: a record, or a stretch of time."""
    if connection.execute("SELECT 1 FROM records WHERE source = 'export' LIMIT 1").fetchone():
        return True
    rows = connection.execute(f'SELECT resource, start, "end" FROM {coverage.ARCHIVED}').fetchall()
    return any(
        coverage.standing(connection, resource, Window(start, end)).missing
        for resource in _IN_TURN
        for name, start, end in rows
        if name == resource.name
    )


def take_away(connection: Connection, resource: Resource, keys: Iterable[str]) -> None:
    """Delete records of an export, in the transaction under way."""
    connection.executemany(
        "DELETE FROM records WHERE resource = ? AND id = ? AND source = 'export'",
        [(resource.name, key) for key in keys],
    )


def give_way(connection: Connection, around: Window, now: str, *, reaching: bool = False) -> None:
    """Take away what the API claims of a stretch of time, in the transaction under way, and tie
    what is left to it; `reaching`: what reaches into a window that the API has seen, too, as no
    page is still to come that may show it."""
    window = Window(times.plus(around.start, days=-_AROUND), times.plus(around.end, days=_AROUND))
    links = _Links()
    for resource in _IN_TURN:
        ours = list(_told(connection, resource, window, of_export=False))
        seen = coverage.stretches(connection, resource, window)
        if not ours and not seen:
            continue
        told = list(_told(connection, resource, window, of_export=True))
        windows = [one.window for one in seen]
        lost = _claimed(connection, resource, told, ours, windows, links, now)
        if reaching:
            lost += _contradicted(connection, resource, told, windows, {*lost})
        take_away(connection, resource, lost)
        for one in seen:
            # Should the API ever hold it for unknown again, then it is: the export's is gone.
            coverage.forget(connection, resource, one.window, coverage.ARCHIVED)
    _tie(connection, links)


def settle(
    connection: Connection, findings: Sequence[Findings], before: Mapping[str, int], now: str
) -> dict[str, int]:
    """Let an export's records give way to what WHOOP's API has just told, in the transaction that
    stores it; answers how many went since there were `before`, by resource name."""
    around = [one.window for one in findings if one.window is not None]
    for one in findings:
        keys = list(one.gone)
        for key in keys:
            if gap := _extent(connection, one.resource, [key]):
                _unsure(connection, one.resource, gap)
            _bury(connection, one.resource, key, one.asked_at)
        for raw in one.raws:
            with suppress(Malformed):
                keys.append(one.resource.key(raw))
        if keys and (extent := _extent(connection, one.resource, keys)):
            around.append(extent)
    if around:
        whole = Window(min(one.start for one in around), max(one.end for one in around))
        give_way(connection, whole, now)
        for one in findings:
            if one.window is not None and one.lowest:
                _miss(connection, one.resource, one.window, one.seen_at)
        dates.decide(connection)
    after = shown(connection)
    return {name: number - after.get(name, 0) for name, number in before.items()}


def _miss(connection: Connection, resource: Resource, window: Window, asked_at: str) -> None:
    """Take away what would last into a window from before it, which the API did not show there."""
    for key, start, end in connection.execute(
        f"SELECT id, start, {selection.KNOWN_END} FROM records WHERE resource = ? "
        f"AND source = 'export' AND start >= ? AND start < ? AND {selection.KNOWN_END} > ?",
        (
            resource.name,
            selection.first_start(connection, resource, window.start),
            *(window.start, window.start),
        ),
    ).fetchall():
        _unsure(connection, resource, Window(start, end))
        _bury(connection, resource, key, asked_at, known_as=f"{_NAMELESS}{key}")


def _bury(
    connection: Connection,
    resource: Resource,
    key: str,
    asked_at: str,
    known_as: str | None = None,
) -> None:
    """Know of an export's record that the API has it no more, so that no older export brings it
    back, as that keeps the id that an export has for it."""
    connection.execute(
        "UPDATE records SET id = ?, raw = NULL, flat = NULL, asked_at = ?, source = 'api' "
        "WHERE resource = ? AND id = ? AND source = 'export' AND asked_at <= ?",
        (known_as or key, asked_at, resource.name, key, asked_at),
    )


def _unsure(connection: Connection, resource: Resource, gap: Window) -> None:
    """Hold for unknown again where something is gone: it may come back, which an export of before
    would not tell."""
    gap = Window(gap.start, max(gap.end, times.plus(gap.start, milliseconds=1)))
    coverage.forget(connection, resource, gap, coverage.ARCHIVED)


def _claimed(
    connection: Connection,
    resource: Resource,
    told: Sequence[Held],
    ours: Sequence[Held],
    seen: Sequence[Window],
    links: _Links,
    now: str,
) -> list[str]:
    """Find which of an export's records the API has itself, or has shown not to be there."""
    same = _Same(resource, ours, now)
    lost = []
    for one in told:
        match = same.find(one)
        if match is not None:
            if resource is SLEEPS and not match.id.startswith(_NAMELESS):
                links.sleeps[one.id] = match.id
            if match.is_held and resource in (CYCLES, SLEEPS) and one.cycle_id and match.cycle_id:
                links.cycles.setdefault(one.cycle_id, match.cycle_id)
        if match is not None and not match.is_held:
            _unsure(connection, resource, Window(one.start, one.end or one.start))
        if match is not None or times.covers(seen, one.start):
            lost.append(one.id)
    return lost


def _contradicted(
    connection: Connection,
    resource: Resource,
    told: Sequence[Held],
    seen: Sequence[Window],
    lost: Collection[str],
) -> list[str]:
    """Find which of an export's records, beside those `lost`, would last into a window that the API
    has seen from before it: a whole reading shows those, too, and has not shown them."""
    found = []
    for one in told:
        if one.end is None or one.id in lost:
            continue
        place = bisect_left(seen, Window(one.start, ""))
        if place < len(seen) and seen[place].start < one.end:
            _unsure(connection, resource, Window(one.start, one.end))
            found.append(one.id)
    return found


class _Same:
    """Find the API's record that is the same as one of an export: it began in the same second, or
    the two overlap by more than half."""

    def __init__(self, resource: Resource, ours: Sequence[Held], now: str) -> None:
        self._ours = sorted(ours, key=lambda one: (one.start, one.end or times.LATEST, one.id))
        self._starts = [one.start for one in self._ours]
        self._apart = not resource.may_overlap  # else half of the longer of the two is meant
        self._now = now
        self._longest = max((self._length(one) for one in ours), default=0.0)

    def find(self, one: Held) -> Held | None:
        if not self._ours:
            return None
        first = bisect_left(self._starts, times.plus(one.start, seconds=-self._longest - _NEAR))
        end = max(one.end or self._now, times.plus(one.start, seconds=2 * _NEAR))
        last = bisect_left(self._starts, end)
        near = self._ours[first:last]
        for other in near:
            # What was gone before the export was made, and is in it, has come back.
            counts = other.is_held or other.asked_at >= one.asked_at
            if counts and abs(times.seconds(one.start, other.start)) <= _NEAR:
                return other
        return next((other for other in near if other.is_held and self._overlap(one, other)), None)

    def _overlap(self, one: Held, other: Held) -> bool:
        shared = times.seconds(
            max(one.start, other.start), min(one.end or self._now, other.end or self._now)
        )
        lengths = self._length(one), self._length(other)
        return shared > 0 and shared > (min(lengths) if self._apart else max(lengths)) / 2

    def _length(self, one: Held) -> float:
        return max(times.seconds(one.start, one.end or self._now), 0.0)


def _told(
    connection: Connection, resource: Resource, window: Window, *, of_export: bool
) -> Iterator[Held]:
    """Read where the records of an export lie, or those of the API, also what is deleted there."""
    if of_export:
        where = "source = 'export' AND start >= ? AND start < ?"
    else:
        where = "source = 'api' AND start >= ? AND start < ?"
        window = Window(times.plus(window.start, days=-_AROUND), window.end)
    return (
        Held(start, end, key, cycle_id, bool(is_held), asked_at)
        for start, end, key, cycle_id, is_held, asked_at in connection.execute(
            f"SELECT start, {selection.KNOWN_END}, id, cycle_id, raw IS NOT NULL, asked_at "
            f"FROM records WHERE resource = ? AND {where}",
            (resource.name, *window),
        ).fetchall()
    )


def _tie(connection: Connection, links: _Links) -> None:
    """Give what is left of an export's cycles and sleeps the ids that the API has for them."""
    for before, after in links.sleeps.items():
        connection.execute(
            "UPDATE records SET sleep_id = :after, flat = json_set(flat, '$.sleep_id', :after) "
            "WHERE sleep_id = :before AND resource = 'recoveries' AND source = 'export'",
            {"before": before, "after": after},
        )
    for before, after in links.cycles.items():
        if before == after:
            continue
        for resource in (CYCLES, RECOVERIES):
            # The API's own record of that id counts more; where that was deleted, nothing is tied.
            taken = connection.execute(
                "SELECT raw IS NOT NULL FROM records WHERE resource = ? AND id = ?",
                (resource.name, after),
            ).fetchone()
            if taken == (0,):
                continue
            if taken:
                connection.execute(
                    "DELETE FROM records WHERE resource = ? AND id = ? AND source = 'export'",
                    (resource.name, before),
                )
            else:
                connection.execute(
                    "UPDATE records SET id = :after, cycle_id = :after, flat = json_set(flat, "
                    f"'$.{resource.id_field}', CAST(:after AS INTEGER)) "
                    "WHERE resource = :resource AND id = :before AND source = 'export'",
                    {"before": before, "after": after, "resource": resource.name},
                )
        connection.execute(
            "UPDATE records SET cycle_id = :after, "
            "flat = json_set(flat, '$.cycle_id', CAST(:after AS INTEGER)) "
            "WHERE cycle_id = :before AND resource = 'sleeps' AND source = 'export'",
            {"before": before, "after": after},
        )


def _extent(connection: Connection, resource: Resource, keys: Sequence[str]) -> Window | None:
    """Find from when to when some records last, those too that are deleted."""
    first, last = connection.execute(
        'SELECT min(start), max(coalesce("end", start)) FROM records WHERE resource = ? '
        "AND id IN (SELECT value FROM json_each(?)) AND start IS NOT NULL",
        (resource.name, json.dumps(list(keys))),
    ).fetchone()
    return None if first is None else Window(first, last)
