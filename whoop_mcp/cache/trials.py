"""Keep experiments: what was registered, that it ended early, and corrections of its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .database import Connection

_COLUMNS = "id, plan, digest, ended_on, ended_at, journal_floor"
_MEANT = "coalesce((SELECT meant FROM synonyms s WHERE s.behaviour = {0}), {0})"


class Registered(NamedTuple):
    """One experiment: its number, its plan as text with the SHA-256 of that, where it was ended
    before its time the last local date that counts and the instant, and the date before which its
    journal was purged."""

    id: int
    plan: str
    digest: str
    ended_on: str | None
    ended_at: str | None
    journal_floor: str | None


class Lived(NamedTuple):
    """A journal's answer of a date: what was done, by whom it is told (own or export), and when it
    was written down."""

    date: str
    answer: bool
    source: str
    written_at: str


class Correction(NamedTuple):
    """An own entry that was changed afterwards; None: there was none, or is none any more."""

    date: str
    before: bool | None
    after: bool | None
    at: str


def registered(connection: Connection) -> list[Registered]:
    """List all experiments, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM experiments ORDER BY id")
    return [Registered(*row) for row in rows.fetchall()]


def keep(
    connection: Connection, plan: str, digest: str, behaviour: str, first: str, last: str
) -> int:
    """Keep a plan in the transaction under way; answers its number. It is never changed."""
    found = connection.execute(
        "INSERT INTO experiments (plan, digest, behaviour, first, last) VALUES (?, ?, ?, ?, ?)",
        (plan, digest, behaviour, first, last),
    )
    return int(found.lastrowid or 0)


def end(connection: Connection, id: int, on: str, now: str) -> None:
    """Note that an experiment was ended, in the transaction under way."""
    connection.execute(
        "UPDATE experiments SET ended_on = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL",
        (on, now, id),
    )


def lived(connection: Connection, behaviour: str, first: str, last: str) -> list[Lived]:
    """Read what the journal tells of a behaviour, by any of its names, oldest first."""
    rows = connection.execute(
        "SELECT date, answer, source, as_of FROM entries WHERE date BETWEEN ? AND ? "
        f"AND {_MEANT.format('entries.behaviour')} = {_MEANT.format('?')} ORDER BY date, source",
        (first, last, behaviour, behaviour),
    )
    return [Lived(date, bool(answer), *rest) for date, answer, *rest in rows.fetchall()]


def known_as(connection: Connection, behaviour: str) -> str:
    """Find the name by which the journal knows a behaviour."""
    (name,) = connection.execute(f"SELECT {_MEANT.format('?')}", (behaviour, behaviour)).fetchone()
    return str(name)


def note_correction(
    connection: Connection,
    date: str,
    behaviour: str,
    change: tuple[bool | None, bool | None],
    now: str,
) -> None:
    """Note that an own entry was changed, where it belongs to an experiment; in the transaction
    that changes it."""
    connection.execute(
        "INSERT INTO corrections (experiment, date, before, after, at) "
        "SELECT id, ?, ?, ?, ? FROM experiments WHERE ? BETWEEN first AND last "
        f"AND {_MEANT.format('experiments.behaviour')} = {_MEANT.format('?')}",
        (date, *change, now, date, behaviour, behaviour),
    )


def answers(connection: Connection) -> dict[int, dict[str, bool]]:
    """Read what the journal answers of each experiment's days, by its number and the date: a yes
    from anywhere is one."""
    found: dict[int, dict[str, bool]] = {}
    rows = connection.execute("SELECT id, behaviour, first, last FROM experiments").fetchall()
    for id, *which in rows:
        of_dates = found.setdefault(id, {})
        for one in lived(connection, *which):
            of_dates[one.date] = of_dates.get(one.date, False) or one.answer
    return found


def note_changes(
    connection: Connection, before: Mapping[int, Mapping[str, bool]], now: str
) -> None:
    """Note what has become of `answers` since, in the transaction that changes them."""
    connection.executemany(
        "INSERT INTO corrections (experiment, date, before, after, at) VALUES (?, ?, ?, ?, ?)",
        [
            (id, date, before[id].get(date), after.get(date), now)
            for id, after in answers(connection).items()
            for date in sorted({*before[id], *after})
            if before[id].get(date) != after.get(date)
        ],
    )


def corrections(connection: Connection, id: int) -> list[Correction]:
    """List the corrections of an experiment's journal, oldest first."""
    rows = connection.execute(
        "SELECT date, before, after, at FROM corrections WHERE experiment = ? ORDER BY rowid",
        (id,),
    )
    return [
        Correction(date, _flag(before), _flag(after), at)
        for date, before, after, at in rows.fetchall()
    ]


def _flag(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


def purge(connection: Connection, date: str | None) -> None:
    """Forget the experiments that were over before a date (None: all), and note of the others that
    their journal has gone as far; in the transaction that purges one's own entries."""
    connection.execute("DELETE FROM experiments WHERE ? IS NULL OR last < ?", (date, date))
    connection.execute(
        "DELETE FROM corrections WHERE date < coalesce(?, '9999') "
        "OR experiment NOT IN (SELECT id FROM experiments)",
        (date,),
    )
    connection.execute(
        "UPDATE experiments SET journal_floor = max(?, coalesce(journal_floor, '')) "
        "WHERE first < ?",
        (date, date),
    )
