"""Keep the journal: what a person answered in WHOOP's, and what they noted down themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from .. import times
from ..call import Call
from ..times import Window
from . import coverage, trials
from .archived import Answered
from .database import Connection, meta, set_meta

DayOfAnswer = Literal["before", "same"]
"""On which day it happened what is answered in the cycle that wakes on D: on D − 1, or on D."""

OWN, EXPORT = "own", "export"
_RULE = "journal_day"  # the note of the rule that the dates follow
_AS_OF, _WHOLE = "journal_as_of", "journal_whole"  # the notes of the export that told it
_PURGED = "journal_floor"  # the note of the first waking whose answers were kept
_MARKS = " \t\r\n\u00a0\u202f?!.:;¿¡…'\"“”„«»"


class Entry(NamedTuple):
    """Hold one's own entry; `date` is the local date on which it happened."""

    date: str
    behaviour: str
    question: str
    answer: bool
    amount: float | None = None
    unit: str | None = None
    notes: str | None = None


class Told(NamedTuple):
    """Hold what the journal tells of a behaviour on a local date, from whichever source."""

    date: str
    behaviour: str
    answer: bool
    amount: float | None
    unit: str | None


def behaviour(text: str) -> str:
    """Make of a question what it asks for: case, blanks and marks at its ends make no other one."""
    return (
        re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))
        .strip(_MARKS)
        .casefold()
    )


def date_of(woke_on: str, rule: DayOfAnswer) -> str:
    """Tell the date of what was answered in the cycle that wakes on a date."""
    return woke_on if rule == "same" else times.plus(times.midnight(woke_on), days=-1)[:10]


def follow(connection: Connection, rule: DayOfAnswer) -> None:
    """Date the answers of exports by a rule, in the transaction under way."""
    connection.execute(
        "UPDATE entries SET date = date(woke_on, ?) WHERE source = 'export'",
        ("0 days" if rule == "same" else "-1 days",),
    )
    set_meta(connection, _RULE, rule)


def follows(connection: Connection, rule: DayOfAnswer) -> bool:
    """Tell whether the answers are dated by a rule already."""
    return (meta(connection, _RULE) or rule) == rule


def purge(connection: Connection, date: str, *, own: bool) -> None:
    """Remove what exports told from before a date, with `own` one's own entries, too."""
    connection.execute(
        "DELETE FROM entries WHERE date < ? AND (source = 'export' OR ?)", (date, own)
    )
    # By another rule some of it would have another date: it does not come back for that.
    rule = meta(connection, _RULE)
    if rule is not None:
        kept = date if rule == "same" else times.plus(times.midnight(date), days=1)[:10]
        set_meta(connection, _PURGED, max(kept, meta(connection, _PURGED) or ""))


def is_purged(connection: Connection, woke_on: str, rule: DayOfAnswer) -> bool:
    """Tell whether an answer of the cycle that wakes on a date is from before what is kept."""
    bound = coverage.floor_bound(connection)
    if bound is not None and date_of(woke_on, rule) < bound[:10]:
        return True
    return woke_on < (meta(connection, _PURGED) or "")


# ── an export's ──


def date(connection: Connection, as_of: str, *, whole: bool) -> None:
    """Note that an export of some date told the journal, in the transaction under way; `whole`:
    each of its rows could be read."""
    if as_of >= (meta(connection, _AS_OF) or ""):
        set_meta(connection, _AS_OF, as_of)
        set_meta(connection, _WHOLE, as_of if whole else None)


def as_of(connection: Connection) -> str | None:
    """Tell the date of the newest export that had a journal; None without any."""
    return meta(connection, _AS_OF)


def known(connection: Connection) -> Window | None:
    """Tell from when to when WHOOP's journal is known whole; None where it is nowhere."""
    first, last = coverage.floor(connection), meta(connection, _WHOLE)
    first = max(first, times.BEGINNING)
    return Window(first, last) if last is not None and first < last else None


def take_in(
    connection: Connection,
    answers: Iterable[Answered],
    as_of: str,
    rule: DayOfAnswer,
    call: Call,
) -> dict[str, int]:
    """Put an export's answers in place of those of an older one, in the transaction under way;
    answers how many are new, renewed and known. They come in the order of cycle and behaviour.

    An older export than the one held adds only what is from before all that is held.
    """
    if not follows(connection, rule):  # else what is held already would keep its old dates
        follow(connection, rule)
    newest, oldest = connection.execute(
        "SELECT coalesce(max(as_of), ''), coalesce(min(moment), '') FROM entries "
        "WHERE source = 'export'"
    ).fetchone()
    held = connection.execute(
        "SELECT moment, behaviour, answer, question, notes, as_of FROM entries "
        "WHERE source = 'export' ORDER BY moment, behaviour"
    )
    tally = {"new": 0, "renewed": 0, "known": 0}
    rows: list[tuple[Any, ...]] = []
    gone: list[tuple[str, str]] = []
    dates: dict[str, str] = {}
    first = None
    before = held.fetchone()
    for one in answers:
        key = one.cycle_start, one.behaviour
        first = first or one.cycle_start
        while before is not None and (before[0], before[1]) < key:
            gone.append((before[0], before[1]))
            before = held.fetchone()
        known = None
        if before is not None and (before[0], before[1]) == key:
            known, before = before, held.fetchone()
        if as_of < newest and (known is not None or one.cycle_start >= oldest):
            tally["known"] += 1  # or taken back at WHOOP since
            continue
        same = known is not None and known[2:5] == (one.answer, one.question, one.notes)
        tally["known" if same else "new" if known is None else "renewed"] += 1
        if known is not None and same and known[5] == as_of:
            continue
        if one.woke_on not in dates:
            dates[one.woke_on] = date_of(one.woke_on, rule)
        rows.append((*one[:2], dates[one.woke_on], *one[2:], as_of))
    while before is not None:
        gone.append((before[0], before[1]))
        before = held.fetchone()
    if as_of >= newest and first is not None:
        # An export holds the whole history: what is not in it any more was taken back at WHOOP.
        connection.executemany(
            "DELETE FROM entries WHERE source = 'export' AND moment = ? AND behaviour = ?",
            [key for key in gone if key[0] >= first],
        )
    connection.executemany(
        "INSERT OR REPLACE INTO entries (source, moment, woke_on, date, behaviour, question, "
        "answer, notes, as_of) VALUES ('export', ?, ?, ?, ?, ?, ?, ?, ?)",
        call.over(rows),
    )
    set_meta(connection, _RULE, rule)
    return tally


# ── one's own ──


def write_down(connection: Connection, entries: Sequence[Entry], now: str) -> dict[str, int]:
    """Keep one's own entries; one of the same date and behaviour is replaced."""
    tally = {"new": 0, "changed": 0, "unchanged": 0}
    for one in entries:
        row = (one.question, one.answer, one.amount, one.unit, one.notes)
        before = connection.execute(
            "SELECT question, answer, amount, unit, notes, as_of FROM entries "
            "WHERE source = 'own' AND moment = ? AND behaviour = ?",
            (one.date, one.behaviour),
        ).fetchone()
        if before is not None and tuple(before[:-1]) == row:
            tally["unchanged"] += 1
            continue
        tally["new" if before is None else "changed"] += 1
        answered_at = now  # when it was answered: an amount or a note that comes later leaves that
        if before is not None and bool(before[1]) is one.answer:
            answered_at = before[-1]
        elif before is not None:
            trials.note_correction(
                connection, one.date, one.behaviour, (bool(before[1]), one.answer), now
            )
        connection.execute(
            "INSERT OR REPLACE INTO entries (source, moment, woke_on, date, behaviour, question, "
            "answer, amount, unit, notes, as_of) VALUES ('own', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (one.date, one.date, one.date, one.behaviour, *row, answered_at),
        )
    return tally


def strike(connection: Connection, entries: Sequence[Entry], now: str) -> int:
    """Remove one's own entries by date and behaviour; answers how many there were."""
    removed = 0
    for one in entries:
        key = one.date, one.behaviour
        which = "FROM entries WHERE source = 'own' AND moment = ? AND behaviour = ?"
        rows = connection.execute(f"SELECT answer {which}", key).fetchall()
        for (answer,) in rows:
            trials.note_correction(connection, *key, (bool(answer), None), now)
        removed += connection.execute(f"DELETE {which}", key).rowcount
    return removed


def name_alike(connection: Connection, behaviour: str, meant: str | None, now: str) -> bool:
    """Take one behaviour for another from now on, or (None) for itself again; whether that changed
    anything. Chains are followed, so that all names of a thing stand for one. Where it changes what
    the journal of an experiment says, that is noted as corrections."""
    before = trials.answers(connection)
    changed = _name_alike(connection, behaviour, meant)
    if changed:
        trials.note_changes(connection, before, now)
    return changed


def _name_alike(connection: Connection, behaviour: str, meant: str | None) -> bool:
    (before,) = connection.execute(
        "SELECT (SELECT meant FROM synonyms WHERE behaviour = ?)", (behaviour,)
    ).fetchone()
    if meant is not None:
        row = connection.execute(
            "SELECT meant FROM synonyms WHERE behaviour = ?", (meant,)
        ).fetchone()
        meant = row[0] if row else meant
    if meant is None or meant == behaviour:
        connection.execute("DELETE FROM synonyms WHERE behaviour = ?", (behaviour,))
        return before is not None
    connection.execute("INSERT OR REPLACE INTO synonyms VALUES (?, ?)", (behaviour, meant))
    connection.execute("UPDATE synonyms SET meant = ? WHERE meant = ?", (meant, behaviour))
    return bool(before != meant)


def entries(
    connection: Connection,
    first: str,
    last: str,
    behaviours: Sequence[str] | None = None,
    *,
    notes: bool = False,
) -> list[dict[str, Any]]:
    """Read the entries of the dates from `first` to `last`, both included, newest first."""
    rows = connection.execute(
        "SELECT e.date, coalesce(s.meant, e.behaviour) AS meant, e.question, e.answer, e.amount, "
        "e.unit, e.source, e.notes FROM entries e LEFT JOIN synonyms s "
        "ON s.behaviour = e.behaviour WHERE e.date BETWEEN ? AND ? "
        "ORDER BY e.date DESC, meant, e.source, e.moment DESC",
        (first, last),
    ).fetchall()
    wanted = None if behaviours is None else {behaviour(one) for one in behaviours}
    if wanted:
        named = dict(connection.execute("SELECT behaviour, meant FROM synonyms").fetchall())
        wanted |= {named[one] for one in wanted if one in named}
    found = []
    for date, meant, question, answer, amount, unit, source, noted in rows:
        if wanted is not None and meant not in wanted:
            continue
        entry = {
            "date": date,
            "behaviour": meant,
            "question": question,
            "answer": bool(answer),
            **({} if amount is None else {"amount": amount}),
            **({} if unit is None else {"unit": unit}),
            "source": source,
        }
        if notes and noted is not None:
            entry["notes"] = noted
        found.append(entry)
    return found


def told(connection: Connection, first: str, last: str) -> list[Told]:
    """Read what the entries of the dates from `first` to `last`, both included, tell, oldest
    first."""
    rows = connection.execute(
        "SELECT e.date, coalesce(s.meant, e.behaviour), e.answer, e.amount, e.unit "
        "FROM entries e LEFT JOIN synonyms s ON s.behaviour = e.behaviour "
        "WHERE e.date BETWEEN ? AND ? ORDER BY e.date, e.source, e.moment",
        (first, last),
    )
    return [Told(date, name, bool(answer), *rest) for date, name, answer, *rest in rows]
