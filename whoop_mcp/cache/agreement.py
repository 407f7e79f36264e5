"""Tell by when things began whether an export and WHOOP's API tell of one and the same person."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import suppress

from .. import times
from ..errors import CacheError
from ..times import Window
from ..whoop import fields
from ..whoop.fields import Malformed
from ..whoop.resources import CYCLES, SLEEPS, WORKOUTS
from . import coverage
from .database import Connection, meta, set_meta
from .save import Findings

COMPARED = (CYCLES, SLEEPS, WORKOUTS)
"""What has a start of its own."""

ENOUGH = 3  # starts that agree, where there are so many to compare

_NOTE = "export_agrees"  # that they were found to be, or said to be, one person's


def agrees(start: str, told: Collection[str]) -> bool:
    """Tell whether an export has a start: to the second, down or up. `told` has 19 characters of
    each."""
    return start[:19] in told or times.plus(start, seconds=1)[:19] in told


def suffices(compared: int, agree: int) -> bool:
    """Tell whether so many of those compared show that it is one person."""
    return agree >= min(ENOUGH, max(compared, 1)) and agree * 4 >= compared


def settle(connection: Connection) -> None:
    """Note that it is one person, in the transaction under way; nothing is compared any more."""
    set_meta(connection, _NOTE, "1")


def check(connection: Connection, findings: Sequence[Findings]) -> None:
    """Compare what the API has just told with the exports held, until enough of it agrees.

    An export has no user id, so this is all there is to tell by. CacheError, before anything is
    stored, where it shows another person's. Too few that can be compared show nothing.
    """
    if meta(connection, _NOTE):
        return
    compared = agree = 0
    for one in findings:
        new = _new_starts(connection, one)
        if not new:
            continue
        first, last = connection.execute(
            "SELECT min(start), max(start) FROM records WHERE resource = ? AND source = 'export'",
            (one.resource.name,),
        ).fetchone()
        new = [
            one for one in new if first and first <= times.plus(one, seconds=1) and one[:19] <= last
        ]
        if not new:
            continue
        told = {
            start[:19]
            for (start,) in connection.execute(
                "SELECT start FROM records WHERE resource = ? AND source = 'export' "
                "AND start >= ? AND start <= ?",
                (one.resource.name, min(new)[:19], times.plus(max(new), seconds=1)),
            )
        }
        compared += len(new)
        agree += sum(agrees(start, told) for start in new)
    if agree >= ENOUGH and suffices(compared, agree):
        settle(connection)
    elif compared >= ENOUGH and agree * 4 < compared:
        raise CacheError(
            "The cache has the data export of another person than the one now logged in, as far as "
            f"it can be told: {agree} of {compared} records of that time agree with it.",
            hint="Set WHOOP_HOME to another folder, or empty the cache with `whoop-mcp purge "
            "--all`. If the export is yours too: `whoop-mcp import PATH --force`.",
        )


def _new_starts(connection: Connection, found: Findings) -> list[str]:
    """List when those records began that may still be compared: where the API has told before,
    an export's have given way."""
    if found.resource not in COMPARED:
        return []
    starts = {}
    for raw in found.raws:
        with suppress(Malformed):
            if (start := fields.instant(raw, "start")) is not None:
                starts[found.resource.key(raw)] = start
    if not starts:
        return []
    held = {
        key
        for (key,) in connection.execute(
            "SELECT id FROM records WHERE resource = ? AND source = 'api' "
            "AND id IN (SELECT value FROM json_each(?))",
            (found.resource.name, json.dumps([*starts])),
        )
    }
    extent = Window(min(starts.values()), times.plus(max(starts.values()), milliseconds=1))
    seen = [one.window for one in coverage.stretches(connection, found.resource, extent)]
    return [
        start
        for key, start in starts.items()
        if key not in held and not any(one.start <= start < one.end for one in seen)
    ]
