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
from ..whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, SNAPSHOTS, WORKOUTS
from . import coverage
from .database import Connection, meta, set_meta
from .save import Findings

COMPARED = (CYCLES, SLEEPS, WORKOUTS)
"""What has a start of its own."""

ENOUGH = 3  # starts that agree, where there are so many to compare

_NOTE = "export_agrees"  # that they were found to be, or said to be, one person's
_REFUSED = "export_disagrees"  # how many agreed when a login was refused


class AnothersExport(CacheError):
    """Say that the API tells of another person than the export held; `found` says by how much."""

    def __init__(self, message: str, *, hint: str, found: str) -> None:
        super().__init__(message, hint=hint)
        self.found = found


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
    set_meta(connection, _REFUSED, None)


def check(connection: Connection, findings: Sequence[Findings]) -> None:
    """Compare what the API has just told with the exports held, until enough of it agrees.

    An export has no user id, so this is all there is to tell by. CacheError, before anything is
    stored, where it shows another person's. Too few that can be compared show nothing.
    """
    if meta(connection, _NOTE):
        return
    compared = agree = 0
    for one in findings:
        if one.resource is RECOVERIES:
            few = _compare_recoveries(connection, one)
            compared, agree = compared + few[0], agree + few[1]
        new = _new_starts(connection, one)
        if not new:
            continue
        first, last = connection.execute(
            "SELECT min(start), max(start) FROM records WHERE resource = ? AND source = 'export'",
            (one.resource.name,),
        ).fetchone()
        new = [
            start
            for start in new
            if first and first <= times.plus(start, seconds=1) and start[:19] <= last
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
        raise _another(f"{agree} of {compared}")
    elif refused := meta(connection, _REFUSED):  # else what is too little to tell would slip in
        raise _another(refused)


def _another(found: str) -> AnothersExport:
    return AnothersExport(
        "The cache has the data export of another person than the one now logged in, as far as "
        f"can be seen: {found} records of that time agree with it.",
        hint="Set WHOOP_HOME to another folder, or empty the cache with `whoop-mcp purge "
        "--all`. If the export is yours too: `whoop-mcp import PATH --force`.",
        found=found,
    )


def refuse(connection: Connection, found: str) -> None:
    """Note that a login was refused, in a transaction of its own, so that all is that comes of it,
    until enough agrees; its profile from before does not make the cache that person's."""
    if meta(connection, _NOTE):
        return
    set_meta(connection, _REFUSED, found)
    names = json.dumps([one.name for one in COLLECTIONS])
    if not connection.execute(
        "SELECT 1 FROM records WHERE source = 'api' AND resource IN (SELECT value FROM "
        "json_each(?)) AND raw IS NOT NULL LIMIT 1",
        (names,),
    ).fetchone():
        connection.executemany(
            "DELETE FROM records WHERE resource = ?", [(one.name,) for one in SNAPSHOTS]
        )
        set_meta(connection, "user_id", None)


def _compare_recoveries(connection: Connection, found: Findings) -> tuple[int, int]:
    """Compare recoveries, which have no start of their own, by their scores: how many could be
    compared, how many agree with one of an export of about that time."""
    compared = agree = 0
    for raw in found.raws:
        with suppress(Malformed):
            made = fields.instant(raw, "created_at")
            score = fields.nested(raw, "score")
            figures = (
                fields.number(score, "recovery_score"),
                fields.number(score, "resting_heart_rate"),
            )
            if made is None or None in figures or raw.get("score_state") != "SCORED":
                continue
            held = connection.execute(
                "SELECT 1 FROM records WHERE resource = 'recoveries' AND source = 'api' AND id = ?",
                (found.resource.key(raw),),
            ).fetchone()
            rows = connection.execute(
                "SELECT json_extract(flat, '$.recovery_score'), "
                "json_extract(flat, '$.resting_heart_rate_bpm') FROM records "
                "WHERE resource = 'recoveries' AND source = 'export' AND start >= ? AND start < ?",
                (times.plus(made, days=-2), times.plus(made, days=1)),
            ).fetchall()
            if rows and not held:
                compared += 1
                agree += any(_alike(row, figures) for row in rows)
    return compared, agree


def _alike(told: Sequence[float | None], figures: Sequence[float | None]) -> bool:
    return all(
        one is not None and other is not None and abs(one - other) <= 0.5
        for one, other in zip(told, figures, strict=True)
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
