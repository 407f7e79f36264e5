"""Void what a clock that was ahead has left in a cache, as soon as WHOOP has told the time.

Nothing comes in that way any more, but older versions believed the computer's clock.
"""

from __future__ import annotations

import logging

from .. import times
from ..cache import ask_again, coverage
from ..cache.database import Connection, meta, set_meta
from ..call import Call
from ..times import Window
from ..whoop.present import APART
from ..whoop.resources import COLLECTIONS
from .mirror import Mirror

log = logging.getLogger(__name__)


def settle(mirror: Mirror, call: Call, *, runs: bool = False) -> None:
    """Take back what is dated after WHOOP's present; WHOOP is asked for the time where need be.

    `runs` looks at the audit too. Where WHOOP cannot be asked, all stays as it is.
    """
    if not _due(mirror, runs):
        return
    present = mirror.api.present
    if present.skew is None:
        mirror.api.ask_time(call)
        if not present.heard or not _due(mirror, runs):
            return
    with mirror.cache.database.writing() as connection:
        now = mirror.cache.clock()
        late = _late(now)
        log.warning("The cache holds dates beyond WHOOP's present. They are ignored.")
        if present.skew is not None:  # a purge is undone by WHOOP's word alone
            _lower_floor(connection, now, late, mirror.retention_days)
        _uncover(connection, now, late)
        _redate(connection, now, late)


def _late(now: str) -> str:
    """Find the instant after which lies no clock that is right."""
    return times.plus(now, seconds=APART)


def _due(mirror: Mirror, runs: bool) -> bool:
    with mirror.cache.database.reading() as connection:
        return is_due(connection, mirror.cache.clock(), runs=runs)


def is_due(connection: Connection, now: str, *, runs: bool = False) -> bool:
    """Tell whether the cache holds dates after the present; `runs` looks at the audit too."""
    late = _late(now)
    found = connection.execute(
        'SELECT 1 FROM coverage WHERE confirmed_at > :late OR "end" > :late LIMIT 1',
        {"late": late},
    ).fetchone()
    if runs and not found:
        found = connection.execute(
            "SELECT 1 FROM runs WHERE started_at > :late OR completed_at > :late LIMIT 1",
            {"late": late},
        ).fetchone()
    return found is not None or coverage.floor(connection) > late


def _lower_floor(connection: Connection, now: str, late: str, retention: int | None) -> None:
    """Lift a floor in the future, and the one that retention reckoned from a time in the future."""
    bound = coverage.floor_bound(connection)
    if bound is None:
        return
    kept_from = times.plus(now, days=-retention) if retention else None
    if coverage.floor(connection) > late or (
        kept_from and len(bound) > 10 and _of_a_future_run(connection, bound, late, retention or 0)
    ):
        set_meta(connection, "floor", kept_from)


def _of_a_future_run(connection: Connection, bound: str, late: str, retention: int) -> bool:
    """Tell whether a run of the future set it, at its end: it is exactly as much older."""
    began = times.plus(bound, days=retention)
    row = connection.execute(
        "SELECT 1 FROM runs WHERE started_at > ? AND started_at BETWEEN ? AND ?",
        (late, began, times.plus(began, minutes=1)),
    )
    return row.fetchone() is not None


def _uncover(connection: Connection, now: str, late: str) -> None:
    """Mark what was confirmed in the future as unknown, and have the next sync read it.

    What of it is true cannot be told: it was asked at an unknown moment.
    """
    resources = {one.name: one for one in COLLECTIONS}
    for name, start, end, confirmed_at in connection.execute(
        'SELECT resource, start, "end", confirmed_at FROM coverage '
        'WHERE confirmed_at > :late OR "end" > :late',
        {"late": late},
    ).fetchall():
        claimed = Window(start, end)
        void = claimed if confirmed_at > late else Window(max(now, start), end)
        coverage.forget(connection, resources[name], void)
        if void.start < now:
            ask_again.read_again(connection, resources[name], void, now)


def _redate(connection: Connection, now: str, late: str) -> None:
    """Date what happened after the present at the present: it was no later than that."""
    dated = {"now": now, "late": late, "never": times.EARLIEST}
    for statement in (
        # Whatever WHOOP says next counts more.
        "UPDATE records SET asked_at = :never WHERE asked_at > :late AND source = 'api'",
        "UPDATE records SET changed_at = :now WHERE change IN (SELECT position FROM change_log "
        "WHERE learned_at > :late AND updated_at = learned_at)",
        "UPDATE change_log SET updated_at = :now "
        "WHERE learned_at > :late AND updated_at = learned_at",
        "UPDATE runs SET started_at = :now WHERE started_at > :late",
        "UPDATE runs SET completed_at = :now WHERE completed_at > :late",
    ):
        connection.execute(statement, dated)
    for resource in COLLECTIONS:
        note = f"full:{resource.name}"
        if (meta(connection, note) or now) > late:
            set_meta(connection, note, None)
