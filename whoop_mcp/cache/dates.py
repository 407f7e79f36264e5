"""Decide which calendar day a record belongs to, by the wearer's clock and in UTC.

A cycle's date is the one on which its main sleep ended, WHOOP's own day; without a sleep it is
the date that the cycle covers most of. A sleep has the date of its end, a workout that of its
start. The dates are columns of a record's row. Triggers of the table clear a cycle's whenever
something is written that it depends on, whoever writes it, and `decide` fills in what is lacking
before the transaction ends. Only what is still running stays without a date: that follows from the
present, and is told when it is read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

from .. import times
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import schema
from .database import Connection
from .shares import shares

DayRule = Literal["local", "utc"]
Flat = dict[str, Any]

COLUMNS = {"local": "local_date", "utc": "utc_date"}
"""Where a record's date is, by the clock it is read on."""

_DATED = (CYCLES, SLEEPS, WORKOUTS)
_A_DAY = 86_400  # seconds
_BACKWARDS = str.maketrans("0123456789", "9876543210")


class Dates(NamedTuple):
    """A record's date on the wearer's clock and in UTC."""

    local: str
    utc: str


# ── the rule ──


def of_record(
    resource: Resource, record: Flat, main: Flat | None = None, now: str | None = None
) -> Dates | None:
    """The dates of a flat cycle with its main sleep, of a sleep or of a workout.

    None for a sleep that is not over, and for a cycle whose date depends on `now` where that is
    not given.
    """
    if resource is WORKOUTS:
        return _at(record, record["start"])
    if resource is SLEEPS:
        return None if record["end"] is None else _at(record, record["end"])
    if main is not None and main["end"] is not None:
        return _at(main, main["end"])
    end = record["end"] or (now and max(now, record["start"]))
    if end is None:
        return None
    zone = record["timezone_offset"]
    start, last = times.local(record["start"], zone), times.local(end, zone)
    return Dates(most_of(start, last), most_of(record["start"], end))


def _at(record: Flat, instant: str) -> Dates:
    return Dates(times.local(instant, record["timezone_offset"])[:10], instant[:10])


def choose_main(sleeps: Sequence[Flat], recovery: Flat | None) -> Flat | None:
    """Choose the main one of a cycle's sleeps, oldest first: the one that the recovery names, else
    the longest that is over and no nap."""
    named = recovery and recovery["sleep_id"]
    for sleep in sleeps:
        if named and sleep["id"].lower() == named.lower():
            return sleep
    ended = [sleep for sleep in sleeps if not sleep["nap"] and sleep["end"]]
    return max(ended, key=lambda one: times.seconds(one["start"], one["end"]), default=None)


def most_of(start: str, end: str) -> str:
    """The date that a stretch of wall-clock time covers most of, the earlier on a tie."""
    second = times.plus(times.midnight(start[:10]), days=1)[:10]
    return second if _as_utc(end) > _turn(_as_utc(start)) else start[:10]


def _turn(start: str) -> str:
    """Up to when a stretch covers most of its first date; later it is the second one, of which it
    then covers more. A third never has more than the second, which is covered whole by then."""
    first = times.seconds(start, times.plus(times.midnight(start[:10]), days=1))
    return times.plus(start, seconds=2 * first) if first < _A_DAY else times.LATEST


def _as_utc(wall: str) -> str:
    """Wall-clock text read as if it were UTC, so that it can be reckoned with."""
    return wall[:23] + "Z"


def turns_at(cycle: Flat) -> str:
    """The instant after which a cycle that still runs then, without a sleep, has the date after
    the local one on which it began; LATEST where that never comes."""
    minutes = times.offset(cycle["timezone_offset"])
    turn = _turn(times.plus(cycle["start"], minutes=minutes))
    return turn if turn == times.LATEST else times.plus(turn, minutes=-minutes)


def precedence(cycle: Flat, main: Flat | None) -> str:
    """Text by which the cycles of one date compare: the greatest is shown, and ends with its id.

    A cycle with a sleep goes before one without; then the longer sleep, the later end, the earlier
    start go first. The id begins after `schema.PRECEDENCE_LENGTH` characters.
    """
    length = 0.0
    if main is not None and main["end"] is not None:
        length = times.seconds(main["start"], main["end"])
    before = cycle["start"].translate(_BACKWARDS)
    end = cycle["end"] or times.LATEST
    return f"{main is not None:d} {round(length * 1000):015d} {end} {before} {cycle['id']}"


# ── keeping it ──


def decide(connection: Connection) -> None:
    """Fill in what is lacking, in the transaction under way; called at the end of each that writes
    records."""
    for resource in _DATED:
        rows = connection.execute(
            f"SELECT id, flat, {', '.join(schema.DATE_COLUMNS)} FROM records "
            "WHERE resource = ? AND raw IS NOT NULL AND local_date IS NULL",
            (resource.name,),
        ).fetchall()
        if not rows:
            continue
        flats = {key: json.loads(text) for key, text, *_ in rows}
        mains = _main_sleeps(connection, list(flats)) if resource is CYCLES else {}
        columns = {key: _columns(resource, flat, mains.get(key)) for key, flat in flats.items()}
        connection.executemany(
            f"UPDATE records SET {', '.join(f'{one} = ?' for one in schema.DATE_COLUMNS)} "
            "WHERE resource = ? AND id = ?",
            (
                (*columns[key], resource.name, key)
                for key, _, *before in rows
                if columns[key] != tuple(before)
            ),
        )
        if resource is WORKOUTS:
            _share_out(connection, {str(local) for local, *_ in columns.values()})


def _share_out(connection: Connection, dates: Collection[str]) -> None:
    """Tell what share of each workout of some local dates is no other's time."""
    by_date: dict[str, list[Flat]] = defaultdict(list)
    for date, text in connection.execute(
        "SELECT local_date, flat FROM records WHERE local_date IN (SELECT value FROM json_each(?)) "
        "AND resource = 'workouts' AND raw IS NOT NULL",
        (json.dumps(sorted(dates)),),
    ):
        by_date[date].append(json.loads(text))
    connection.executemany(
        "UPDATE records SET share = ? WHERE resource = 'workouts' AND id = ?",
        [
            (share, workout["id"])
            for workouts in by_date.values()
            for workout, share in zip(workouts, shares(workouts), strict=True)
        ],
    )


def clear(connection: Connection) -> None:
    """Forget all dates, in the transaction under way, for `decide` to find them anew."""
    connection.execute(
        "UPDATE records SET local_date = NULL, utc_date = NULL WHERE local_date IS NOT NULL"
    )


def _columns(resource: Resource, record: Flat, main: Flat | None) -> tuple[str | float | None, ...]:
    """What `decide` stores of a record alone, in the order of its columns."""
    found = of_record(resource, record, main)
    dates = found or (None, None)
    if resource is not CYCLES:
        return *dates, None, None, None, 1.0 if resource is WORKOUTS else None
    turn = None if found else turns_at(record)
    return *dates, turn, main and main["id"].lower(), precedence(record, main), None


def _main_sleeps(connection: Connection, cycles: Sequence[str]) -> dict[str, Flat]:
    """The main sleep of each of some cycles that has one, by the cycle's id."""
    if not cycles:
        return {}
    slept: dict[str, list[Flat]] = defaultdict(list)
    recoveries: dict[str, Flat] = {}
    for resource in (SLEEPS, RECOVERIES):
        for cycle, text in connection.execute(
            "SELECT cycle_id, flat FROM records WHERE cycle_id IN (SELECT value FROM json_each(?)) "
            "AND resource = ? AND raw IS NOT NULL ORDER BY +start, +id",  # find, then sort
            (json.dumps(cycles), resource.name),
        ):
            if resource is SLEEPS:
                slept[cycle].append(json.loads(text))
            else:
                recoveries[cycle] = json.loads(text)
    mains = {key: choose_main(sleeps, recoveries.get(key)) for key, sleeps in slept.items()}
    return {key: main for key, main in mains.items() if main is not None}
