"""Decide which calendar day a record belongs to, by the wearer's clock and in UTC.

A cycle's date is the one on which its main sleep ended, WHOOP's own day; without a sleep it is
the date that the cycle covers most of. A sleep has the date of its end, a workout that of its
start. The dates are columns of a record's row, written in the transaction that writes what they
depend on. What is still running has none: its date follows from the present, and is told when it
is read. So is that of a row whose date was cleared by an older program version's writing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar

from .. import times
from ..whoop.records import Cycle, Record, Recovery, Sleep, Workout, from_flat
from ..whoop.resources import CYCLES, SLEEPS, WORKOUTS, Resource
from .database import Connection
from .shares import shares

DayRule = Literal["local", "utc"]

COLUMNS = {"local": "local_date", "utc": "utc_date"}
"""The column of a record's date, by the clock it is read on."""

_A_DAY = timedelta(days=1)
_BATCH = 200  # records that are held in memory at once
_BACKWARDS = str.maketrans("0123456789", "9876543210")


class Dates(NamedTuple):
    """Hold a record's date on the wearer's clock and in UTC, as `YYYY-MM-DD`."""

    local: str
    utc: str


class Slept(NamedTuple):
    """Hold what the columns of a sleep say of it that its cycle's date depends on."""

    id: str
    end: str | None
    seconds: float
    local_date: str | None
    utc_date: str | None
    nap: bool | None


class _Row(NamedTuple):
    """Hold a cycle as it is read to be dated."""

    rowid: int
    id: str
    start: str
    end: str | None
    until: str | None  # when an export was made that tells no more of it
    flat: str


S = TypeVar("S", Sleep, Slept)

# ── the rule ──


def of_workout(workout: Workout) -> Dates:
    """Decide the dates of a workout: those of its start."""
    return _at(workout.start, workout.start_local)


def of_sleep(sleep: Sleep) -> Dates | None:
    """Decide the dates of a sleep: those of its end; None where it is not over."""
    return None if sleep.end is None else _at(sleep.end, sleep.end_local)


def of_cycle(cycle: Cycle, main: Sleep | None, now: str | None = None) -> Dates | None:
    """Decide the dates of a cycle with its main sleep.

    None where they depend on `now` and that is not given.
    """
    if main is not None and main.end is not None:
        return of_sleep(main)
    end = cycle.end or (now and max(now, cycle.start))
    if end is None:
        return None
    start = cycle.start_local or cycle.start
    last = cycle.end_local or times.local(end, cycle.timezone_offset)
    return Dates(most_of(start, last), most_of(cycle.start, end))


def _at(utc: str, local: str | None) -> Dates:
    return Dates((local or utc)[:10], utc[:10])  # without an offset its clock is UTC's


def choose_main(sleeps: Sequence[S], named: str | None) -> S | None:
    """Choose the main one of a cycle's sleeps, oldest first: the one that its recovery names, by
    its id, else the longest that is over and no nap."""
    named = named and named.lower()
    for sleep in sleeps:
        if sleep.id.lower() == named:
            return sleep
    ended = [sleep for sleep in sleeps if not sleep.nap and sleep.end]
    return max(ended, key=_length, default=None)


def _length(sleep: Sleep | Slept) -> float:
    """Measure a sleep in seconds; one that is not over has none yet."""
    if isinstance(sleep, Slept):
        return sleep.seconds
    return 0.0 if sleep.end is None else times.seconds(sleep.start, sleep.end)


def most_of(start: str, end: str) -> str:
    """Find the date that a stretch of wall-clock time covers most of, the earlier on a tie.

    A third never has more than the second, which is covered whole by then.
    """
    first = start[:10]
    if end[:10] <= first:
        return first
    midnight = datetime.fromisoformat(first) + _A_DAY
    left = midnight - _wall(start)
    if left == _A_DAY or _wall(end) - midnight <= left:
        return first
    return midnight.isoformat()[:10]


def _wall(text: str) -> datetime:
    """Read wall-clock text without its offset, so that it can be reckoned with."""
    return datetime.fromisoformat(text[:23])


def turns_at(cycle: Cycle) -> str:
    """Find the instant after which a cycle that runs without a sleep has its second local date.

    LATEST where that never comes.
    """
    start = times.plus(cycle.start, minutes=times.offset(cycle.timezone_offset))
    gone = _wall(start) - datetime.fromisoformat(start[:10])
    longest = 2 * (_A_DAY - gone)
    return times.plus(cycle.start, seconds=longest.total_seconds()) if gone else times.LATEST


def precedence(cycle: Cycle | _Row, main: Sleep | Slept | None) -> str:
    """Spell text by which cycles of one date compare: the greatest, ending with its id, is shown.

    A cycle with a sleep goes before one without; then the longer sleep, the later end, the earlier
    start go first. The id begins after `schema.PRECEDENCE_LENGTH` characters.
    """
    length = 0.0 if main is None else _length(main)
    before = cycle.start.translate(_BACKWARDS)
    end = cycle.end or times.LATEST
    return f"{main is not None:d} {round(length * 1000):015d} {end} {before} {cycle.id}"


# ── keeping it ──


class Changes:
    """Collect what one transaction stored that dates depend on, beside what has none yet."""

    def __init__(self) -> None:
        self.cycles: set[str] = set()
        self.workout_dates: set[str] = set()
        self._named: dict[str, str | None] = {}  # the sleep that a recovery names, by cycle

    def note(self, before: Record | None, after: Record) -> None:
        """Note that a record was stored in place of another of its kind."""
        if isinstance(after, Recovery):
            self._named[str(after.cycle_id)] = after.sleep_id
            return
        for one in (before, after):
            if isinstance(one, Workout):
                self.workout_dates.add(of_workout(one).local)
            elif isinstance(one, Sleep):
                self.cycles.add(str(one.cycle_id))

    def moved_cycles(self, connection: Connection) -> set[str]:
        """List the cycles whose dates may have moved: not those whose recovery names the sleep
        that is their main one anyhow, as most do."""
        return self.cycles | {
            cycle
            for (cycle,) in connection.execute(
                "SELECT c.id FROM json_each(?) named CROSS JOIN records c ON c.id = named.key "
                "WHERE c.resource = 'cycles' AND c.main_sleep IS NOT named.value",
                (json.dumps(self._named),),
            )
        }


def each_date_columns(
    connection: Connection, records: Sequence[Record]
) -> Iterator[tuple[str | float | None, ...]]:
    """Give the values of `schema.DATE_COLUMNS` for the row of each record, a cycle's by the sleeps
    that are held."""
    cycles = [str(one.id) for one in records if isinstance(one, Cycle)]
    mains = _main_sleeps(connection, cycles) if cycles else {}
    for record in records:
        if isinstance(record, Cycle):
            yield *_of_a_cycle(record, mains.get(str(record.id))), 1.0
        else:
            local_date, utc_date, share = own_columns(record)
            yield local_date, utc_date, None, None, None, share


def own_columns(record: Record) -> tuple[str | float | None, ...]:
    """Give the dates and the share of a record as far as they depend on no other."""
    found = None
    if isinstance(record, Workout):
        found = of_workout(record)
    elif isinstance(record, Sleep):
        found = of_sleep(record)
    return *(found or (None, None)), 1.0


def _of_a_cycle(cycle: Cycle | _Row, main: Slept | None) -> tuple[str | None, ...]:
    """Give the dates of a cycle with its main sleep, when they turn if it runs without one, that
    sleep's id, and its precedence."""
    found: tuple[str | None, str | None, str | None]
    if main is not None and main.end is not None:
        found = main.local_date, main.utc_date, None
    elif isinstance(cycle, Cycle):
        found = _alone(cycle)
    else:
        found = _alone(from_flat(Cycle, json.loads(cycle.flat)), cycle.until)
    return *found, main.id if main else None, precedence(cycle, main)


def _alone(cycle: Cycle, until: str | None = None) -> tuple[str | None, str | None, str | None]:
    """Give the dates of a cycle without a sleep that is over, and when they turn if it runs."""
    found = of_cycle(cycle, None, until)
    return (*found, None) if found else (None, None, turns_at(cycle))


def decide(connection: Connection, changes: Changes | None = None) -> None:
    """Fill in what is lacking, and what `changes` may have moved, in the transaction under way.

    It is called at the end of each that writes records.
    """
    changes = changes or Changes()
    for resource in (SLEEPS, WORKOUTS):
        for rows in _undated(connection, resource):
            for key, text in rows:
                own = own_columns(from_flat(resource.record, json.loads(text)))
                if own[0] is not None:
                    connection.execute(
                        "UPDATE records SET local_date = ?, utc_date = ?, share = ? "
                        "WHERE resource = ? AND id = ?",
                        (*own, resource.name, key),
                    )
                    if resource is WORKOUTS:
                        changes.workout_dates.add(str(own[0]))
    dated: set[str] = set()
    for rows in _undated(connection, CYCLES):
        keys = [key for key, _ in rows]
        _date_cycles(connection, keys)
        dated.update(keys)
    for cycles in _batches(changes.moved_cycles(connection) - dated):
        _date_cycles(connection, cycles)
    for dates in _batches(changes.workout_dates):
        _share_out(connection, dates)


def _undated(connection: Connection, resource: Resource) -> Iterator[list[tuple[str, str]]]:
    """Read the records that have no date, `(id, flat)`, some at a time whatever the history."""
    after = ""
    while rows := connection.execute(
        # The pluses make SQLite look up the few without a date, and not go through all by id.
        "SELECT id, flat FROM records WHERE resource = ? AND raw IS NOT NULL "
        "AND local_date IS NULL AND +id > ? ORDER BY +id LIMIT ?",
        (resource.name, after, _BATCH),
    ).fetchall():
        yield rows
        after = rows[-1][0]


def _batches(keys: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for at in range(0, len(ordered), _BATCH):
        yield ordered[at : at + _BATCH]


def _date_cycles(connection: Connection, cycles: Sequence[str]) -> None:
    """Date some cycles, by their ids, anew."""
    names = ("local_date", "utc_date", "turns_at", "main_sleep", "precedence")
    rows = connection.execute(
        "SELECT rowid, id, start, \"end\", CASE source WHEN 'export' THEN asked_at END, flat, "
        f"{', '.join(names)} FROM records "
        "WHERE resource = 'cycles' AND raw IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(cycles),),
    ).fetchall()
    mains = _main_sleeps(connection, [row[1] for row in rows])
    changed = []
    for row in rows:
        cycle, before = _Row._make(row[:6]), row[6:]
        now = _of_a_cycle(cycle, mains.get(cycle.id))
        if now != before:
            changed.append((*now, cycle.rowid))
    connection.executemany(
        f"UPDATE records SET {', '.join(f'{one} = ?' for one in names)} WHERE rowid = ?", changed
    )


def _main_sleeps(connection: Connection, cycles: Sequence[str]) -> dict[str, Slept]:
    """Choose the main sleep of each of some cycles, by its id, that has one."""
    slept: dict[str, list[Slept]] = defaultdict(list)
    named: dict[str, str | None] = {}
    for cycle, named[cycle], *sleep in connection.execute(
        "SELECT cycle_id, (SELECT sleep_id FROM records r WHERE r.resource = 'recoveries' "
        "AND r.id = s.cycle_id AND r.raw IS NOT NULL), "
        "id, \"end\", seconds, local_date, utc_date, json_extract(flat, '$.nap') "
        "FROM records s WHERE cycle_id IN (SELECT value FROM json_each(?)) "
        "AND resource = 'sleeps' AND raw IS NOT NULL ORDER BY +start, +id",  # find, then sort
        (json.dumps(cycles),),
    ):
        slept[cycle].append(Slept._make(sleep))
    chosen = ((cycle, choose_main(sleeps, named[cycle])) for cycle, sleeps in slept.items())
    return {cycle: main for cycle, main in chosen if main is not None}


def _share_out(connection: Connection, dates: Collection[str]) -> None:
    """Tell what share of each workout of some local dates is no other's time."""
    by_date: dict[str, list[tuple[str, str | None, float, str, int]]] = defaultdict(list)
    for date, *row in connection.execute(
        'SELECT local_date, start, "end", share, flat, rowid FROM records '
        "WHERE resource = 'workouts' "
        "AND local_date IN (SELECT value FROM json_each(?)) AND raw IS NOT NULL",
        (json.dumps(sorted(dates)),),
    ):
        by_date[date].append(tuple(row))
    for known in by_date.values():
        found = [1.0] * len(known)
        if _meet([(start, end or start) for start, end, *_ in known]):
            found = shares([from_flat(Workout, json.loads(text)) for *_, text, _ in known])
        for (_, _, before, _, rowid), share in zip(known, found, strict=True):
            if share != before:
                connection.execute("UPDATE records SET share = ? WHERE rowid = ?", (share, rowid))


def _meet(stretches: Sequence[tuple[str, str]]) -> bool:
    """Tell whether some stretches of time may overlap, as those of one date seldom do."""
    ordered = sorted(stretches)
    return any(one[1] > other[0] for one, other in pairwise(ordered))


def lift(connection: Connection, cycles: Iterable[str | None]) -> None:
    """Forget the dates of some cycles, by their ids, for `decide` to find them anew."""
    connection.execute(
        "UPDATE records SET local_date = NULL, utc_date = NULL WHERE resource = 'cycles' "
        "AND local_date IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps([*cycles]),),
    )


def clear(connection: Connection) -> None:
    """Forget all dates, in the transaction under way, for `decide` to find them anew."""
    connection.execute("UPDATE records SET local_date = NULL, utc_date = NULL, share = 1.0")
