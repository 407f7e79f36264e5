"""The cache at one moment: all that an answer reads, in one transaction, with one present."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from operator import itemgetter
from typing import Any, TypeVar, cast

from .. import times
from ..errors import CacheEmpty
from ..times import Span, Window, gaps, union
from ..whoop.fields import Raw
from ..whoop.records import EXPORT, R, from_flat
from ..whoop.resources import COLLECTIONS, CURRENT, CYCLES, Resource, ResourceOf, with_parents
from . import archived, ask_again, coverage, dates, schema, selection
from .coverage import Standing
from .database import Connection, meta
from .dates import DayRule
from .selection import Row

Read = TypeVar("Read", bound=Callable[..., Any])


def _once(read: Read) -> Read:
    """Remember what a method has read: all that is asked of a snapshot is of one moment."""

    @wraps(read)
    def found(seen: Snapshot, *asked: Any, **named: Any) -> Any:
        key = (read.__name__, *asked, *named.items())
        if key not in seen.known:
            seen.known[key] = read(seen, *asked, **named)
        return seen.known[key]

    return cast("Read", found)


@dataclass(frozen=True)
class Snapshot:
    """One open read transaction, and the functions that read in it; no question to WHOOP is asked
    while it is open.

    `now` is the present of the whole answer; `max_age` is for how many seconds what WHOOP said
    counts as its present; `identity` is that of the cache, which emptying it changes; `known` is
    what was read more than once.
    """

    connection: Connection
    now: str
    max_age: float
    identity: str | None
    known: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    # ── records ──

    def get(self, resource: Resource, key: str) -> dict[str, Any] | None:
        """Get a record's flat form, as it is answered, or None when it is not held or known to be
        deleted."""
        row = self.connection.execute(
            "SELECT flat FROM records WHERE resource = ? AND id = ?", (resource.name, key)
        ).fetchone()
        return json.loads(row[0]) if row and row[0] else None

    def record(self, resource: ResourceOf[R], key: str) -> R | None:
        """Get a record, or None where `get` does."""
        found = self.get(resource, key)
        return None if found is None else from_flat(resource.record, found)

    def current(self, resource: Resource) -> dict[str, Any] | None:
        """Get the flat form of the profile or body measurement, or None."""
        return self.get(resource, CURRENT)

    def raw(self, resource: Resource, key: str) -> Raw | None:
        """Get WHOOP's own JSON of a record, or None."""
        row = self.connection.execute(
            "SELECT raw FROM records WHERE resource = ? AND id = ?", (resource.name, key)
        ).fetchone()
        return json.loads(row[0]) if row and row[0] else None

    def select(
        self,
        resource: Resource,
        span: Span,
        *,
        oldest_first: bool = False,
        after: tuple[str, str] | None = None,
        sports: Sequence[str] | None = None,
    ) -> Iterator[Row]:
        """Read the rows of a span in order, newest first; see `selection.select`."""
        how: dict[str, Any] = {"oldest_first": oldest_first, "after": after, "sports": sports}
        return selection.select(self.connection, resource, span, self.now, **how)

    def texts(self, resource: Resource, span: Span = times.EVER) -> Iterator[str]:
        """Read the records of a span, oldest first, as the JSON texts that the cache holds."""
        return selection.texts(self.connection, resource, span, self.now)

    def records(self, resource: ResourceOf[R], span: Span = times.EVER) -> Iterator[R]:
        """Read the records of a span, oldest first."""
        return selection.records(resource, self.texts(resource, span))

    def count(self, resource: Resource, span: Span, sports: Sequence[str] | None = None) -> int:
        """Count the records of a span; of workouts only those of some `sports`."""
        return selection.count(self.connection, resource, span, self.now, sports)

    def sports(self) -> dict[str, int]:
        """Count the workouts that are held by their sport, most first."""
        return selection.sports(self.connection)

    @_once
    def reach(self, span: Span) -> Span:
        """Stretch a span over the whole of every cycle that it meets."""
        cycles = selection.extent(self.connection, CYCLES, span, self.now)
        if cycles is None:
            return span
        return Span(min(span.start, cycles.start), max(span.end, cycles.end))

    def of_cycles(self, resource: ResourceOf[R], cycles: Collection[int]) -> list[R]:
        """Read the records of some cycles, naps too, or these themselves, oldest first."""
        rows = self.connection.execute(
            "SELECT flat FROM records WHERE cycle_id IN (SELECT value FROM json_each(?)) "
            "AND resource = ? AND raw IS NOT NULL ORDER BY +start, +id",  # find, then sort
            (json.dumps(sorted(map(str, cycles))), resource.name),
        )
        return list(selection.records(resource, (flat for (flat,) in rows)))

    def on_dates(
        self,
        resource: ResourceOf[R],
        first: str,
        last: str,
        day: DayRule = "local",
        *,
        naps: bool = False,
    ) -> list[tuple[str | None, R]]:
        """Read the cycles, sleeps or workouts of the dates `first` to `last`, both included,
        each with its date, oldest first; and those that have none while they run. With `naps`,
        of the sleeps only these."""
        column = dates.COLUMNS[day]
        only = " AND json_extract(flat, '$.nap')" if naps else ""
        rows = [
            row
            for dated, values in (("BETWEEN ? AND ?", (first, last)), ("IS NULL", ()))
            for row in self.connection.execute(
                f"SELECT start, id, {column}, flat FROM records "
                f"WHERE resource = ? AND raw IS NOT NULL AND {column} {dated}{only}",
                (resource.name, *values),
            )
        ]
        rows.sort(key=itemgetter(0, 1))
        found = selection.records(resource, (row[3] for row in rows))
        return list(zip((row[2] for row in rows), found, strict=True))

    def malformed(self, resource: Resource) -> set[str]:
        """Get the ids of the records of which WHOOP's latest answer was malformed."""
        return ask_again.ids(self.connection, resource)

    def offset(self) -> int:
        """Tell how many minutes east of UTC the newest record was made; 0 without one."""
        newest = [
            row
            for resource in COLLECTIONS
            for row in self.connection.execute(
                "SELECT start, zone FROM records WHERE resource = ? AND raw IS NOT NULL "
                "ORDER BY start DESC LIMIT 1",
                (resource.name,),
            )
        ]
        return int(max(newest, default=("", 0))[1])

    def oldest(self) -> str | None:
        """Tell when the oldest record that is held began; None without one."""
        found = (
            self.connection.execute(
                "SELECT min(start) FROM records WHERE resource = ? AND raw IS NOT NULL",
                (resource.name,),
            ).fetchone()[0]
            for resource in COLLECTIONS
        )
        return min((one for one in found if one), default=None)

    def offsets(self, window: Window) -> set[int]:
        """Tell how many minutes east of UTC the last record before a window and the first after it
        were made, as far as there are such."""
        found = set()
        for beyond, at, order in (("<", window.start, "DESC"), (">=", window.end, "ASC")):
            nearest = [
                row
                for resource in COLLECTIONS
                for row in self.connection.execute(
                    "SELECT start, zone FROM records WHERE resource = ? AND raw IS NOT NULL "
                    f"AND start {beyond} ? ORDER BY start {order} LIMIT 1",
                    (resource.name, at),
                )
            ]
            if nearest:
                found.add(int((max if order == "DESC" else min)(nearest)[1]))
        return found

    # ── how well it is known ──

    def require_content(self, *, journal: bool = False) -> None:
        """Raise CacheEmpty when nothing is held and nothing covered; an entry in the `journal`
        counts where it is asked for."""
        tables = ("records", "coverage", "archived", *(["entries"] if journal else []))
        if not self.connection.execute(
            f"{' UNION ALL '.join(f'SELECT 1 FROM {one}' for one in tables)} LIMIT 1"
        ).fetchone():
            raise CacheEmpty(
                "The cache is empty: nothing has been fetched from WHOOP yet.",
                hint="Call sync_whoop, or run `whoop-mcp sync`.",
            )

    def asked_at(self, resource: Resource, key: str) -> str | None:
        """Tell when a record was last confirmed, by its id or with the window it lies in."""
        row = self.connection.execute(
            "SELECT asked_at, start FROM records WHERE resource = ? AND id = ?",
            (resource.name, key),
        ).fetchone()
        if row is None:
            return None
        asked_at, start = row
        if start is None:
            return str(asked_at)
        instant = Window(start, times.plus(start, milliseconds=1))
        known = coverage.stretches(self.connection, resource, instant)
        return max([str(asked_at), *(one.confirmed_at for one in known)])

    def recent(self, began: str | None = None) -> str:
        """Tell since when what WHOOP said counts as present, for a question that `began` then."""
        began = min(began or self.now, self.now)  # it may have begun by a clock that was ahead
        return times.plus(began, seconds=-self.max_age)

    def confirmed(self, resource: Resource, key: str) -> bool:
        """Tell whether a record was confirmed a moment ago."""
        return self.recent() <= (self.asked_at(resource, key) or "") <= self.now

    @_once
    def tail_start(self, resource: Resource) -> str:
        """Tell where the live tail begins: what lies after it may still change."""
        return coverage.tail_start(self.connection, resource, self.now)

    @_once
    def floor(self) -> str:
        """Get the floor: nothing before it is kept, as it was purged."""
        return coverage.floor(self.connection)

    def purged_from(self, span: Span, *, edge: bool = False) -> str | None:
        """Read the floor, as it was given, where it lies in a span, or with `edge` just before."""
        return coverage.purged_from(self.connection, span, edge=edge)

    def first_covered(self, resource: Resource) -> str:
        """Tell the first moment of which anything is known; now without any."""
        (first,) = self.connection.execute(
            "SELECT min(start) FROM (SELECT start, resource FROM coverage UNION ALL "
            "SELECT start, resource FROM archived) WHERE resource = ?",
            (resource.name,),
        ).fetchone()
        return first or self.now

    def standing(
        self,
        resource: Resource,
        span: Span,
        *,
        aged: bool = False,
        began: str | None = None,
        edge: bool = False,
    ) -> Standing:
        """Tell how well a span is known up to now; `aged` holds the live tail unknown where it was
        not confirmed, and `edge` the hours after a purge's date that some records were purged from.

        Age is reckoned from when the question `began`, however long its answer took.
        """
        recent = self.recent(began)
        window = Window(span.window().start, min(span.window().end, self.now))
        # A recovery's times are its sleep's, so recoveries are known as well as both are.
        known = coverage.together(
            coverage.with_export(self.connection, one, window, self._standing(one, window, recent))
            for one in with_parents(resource)
        )
        if edge and (bound := self.purged_from(span, edge=True)):
            purged = Window(window.start, min(Span(bound, bound).window().end, window.end))
            known = known._replace(missing=union([purged, *known.missing]))
        if not aged:
            return known
        stale = (
            gap
            for one in with_parents(resource)
            for gap in self._not_archived(one, self._stale(one, window, recent))
        )
        return Standing(union([*known.missing, *stale]), known.as_of)

    def doubtful(self, resource: Resource, span: Span, *, fresh: bool = False) -> list[Window]:
        """Tell what of a span WHOOP has to be asked for: its gaps, and all of the live tail where
        that is stale; with `fresh` all of it. Never the future, nor what was purged."""
        window = span.window()
        window = Window(max(window.start, self.floor()), min(window.end, self.now))
        if fresh:
            return union([window])
        if window.start >= window.end:
            return []
        recent = self.recent()
        missing = self._not_archived(resource, self._standing(resource, window, recent).missing)
        if self._stale(resource, window, recent):
            missing = [*missing, Window(self.tail_start(resource), self.now)]
        return union(missing)

    def _not_archived(self, resource: Resource, windows: Sequence[Window]) -> list[Window]:
        """Tell which parts of windows are not known from an export alone: what the API has shown
        once is its own to confirm."""
        if not windows:
            return []
        whole = Window(windows[0].start, windows[-1].end)
        told = [
            rest
            for one in coverage.stretches(self.connection, resource, whole, coverage.ARCHIVED)
            for rest in gaps(
                one.window,
                [seen.window for seen in coverage.stretches(self.connection, resource, one.window)],
            )
        ]
        return [rest for window in windows for rest in gaps(window, told)] if told else [*windows]

    def archived_as_of(self) -> str | None:
        """Tell the date of the newest export of WHOOP's that was imported, or None."""
        return coverage.archived_as_of(self.connection)

    def lives_from_export(self) -> str | None:
        """Tell the date of the newest export that was imported, where anything is known from one
        alone; None where the API has shown all of it since."""
        as_of = self.archived_as_of()
        return as_of if as_of and archived.is_needed(self.connection) else None

    def is_archived(self, resource: Resource, key: str) -> bool:
        """Tell whether a record is shown from an export, for want of the API's own."""
        row = self.connection.execute(
            "SELECT source FROM records WHERE resource = ? AND id = ?", (resource.name, key)
        ).fetchone()
        return row is not None and row[0] == EXPORT

    @_once
    def _standing(self, resource: Resource, window: Window, recent: str) -> Standing:
        """Tell how well a window is known; what was asked since `recent` counts as now's."""
        return coverage.standing(self.connection, resource, window, forgiven=recent)

    @_once
    def _stale(self, resource: Resource, window: Window, recent: str) -> list[Window]:
        """Tell the part of a window that lies in the live tail and was confirmed too long ago."""
        tail = Window(max(window.start, self.tail_start(resource)), window.end)
        if tail.start >= tail.end:
            return []
        known = coverage.stretches(self.connection, resource, tail)
        believed = [one.window for one in known if recent <= one.confirmed_at <= self.now]
        if believed and believed[-1].end >= recent:
            believed.append(Window(believed[-1].end, self.now))
        return gaps(tail, believed)

    # ── notes and the audit ──

    def recall(self, key: str) -> str | None:
        """Get a note that the mirror has kept, or None."""
        return meta(self.connection, key)

    def sync_runs(self, limit: int) -> list[dict[str, Any]]:
        """Get the audit's newest rows, newest first, as dictionaries of its columns."""
        names = schema.RUN_COLUMNS.split(", ")
        rows = self.connection.execute(
            f"SELECT {schema.RUN_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?", (limit,)
        ).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]
