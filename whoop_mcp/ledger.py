"""What becomes of WHOOP's answers in the cache: compared with what is held, kept, logged."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from . import changes, coverage, fields, schema, skips, times
from .database import Connection, check_owner, meta, set_meta
from .fields import Malformed, Raw
from .intervals import Window
from .resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, SNAPSHOTS, Resource


@dataclass(frozen=True)
class Findings:
    """What one question to WHOOP taught: records as they are now, and ids that are gone."""

    resource: Resource
    asked_at: str  # before the question was sent
    raws: Sequence[Raw] = ()
    gone: Sequence[str] = ()  # ids that answered 404
    window: Window | None = None  # seen whole, every absence in it explained
    accounted: Set[str] | None = None  # the ids seen or asked for in it; None: whatever is held
    lowest: bool = False  # it also shows what began before it and lasts into it
    by_id: bool = False  # asked for one by one, which confirms each and nothing around it
    cache_id: str | None = None  # of the cache that has what else the window rests on


@dataclass
class Ledger:
    """The entries of one transaction."""

    connection: Connection
    learned_at: str
    tallies: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    skipped: list[str] = field(default_factory=list)
    _moved: set[tuple[str, str]] = field(default_factory=set)  # (cycle id, sleep id) touched
    _users: set[int] = field(default_factory=set)  # found to be the cache's owner

    def enter(self, found: Findings) -> None:
        """Keep the records of one finding and bury those that are gone."""
        extent = skips.extent(found.raws)
        if found.window is not None:
            skips.forget_nameless(self.connection, found.resource, found.window)
        for raw in found.raws:
            self._check_owner(raw)
            try:
                outcome = self._keep(found.resource, raw, found.asked_at, by_id=found.by_id)
            except Malformed as problem:
                self._skip(found, raw, str(problem), extent)
                outcome = "skipped"
            self.tallies[found.resource.name][outcome] += 1
        for key in found.gone:
            skips.forget(self.connection, found.resource, key)
            if self._bury(found.resource, key, found.asked_at):
                self.tallies[found.resource.name]["deleted"] += 1

    def _skip(self, found: Findings, raw: Raw, reason: str, extent: Window | None) -> None:
        around = extent or found.window
        self.skipped.append(skips.note(self.connection, found.resource, raw, reason, around))

    def settle(self) -> None:
        """Give recoveries the times of the sleeps and cycles that came, moved or went."""
        # Two questions, each of an index: as one with OR, SQLite would read all recoveries.
        by_cycle = "cycle_id = ? AND resource = 'recoveries' AND raw IS NOT NULL"
        by_sleep = "sleep_id = ? AND resource = 'recoveries' AND raw IS NOT NULL"
        followers = {
            raw
            for moved in self._moved
            for condition, key in zip((by_cycle, by_sleep), moved, strict=True)
            for (raw,) in self.connection.execute(
                f"SELECT raw FROM records WHERE {condition}", (key,)
            )
        }
        for raw in sorted(followers):
            with suppress(Malformed):  # without any parent it may have no time: it keeps its old
                if self._keep(RECOVERIES, json.loads(raw), None) == "updated":
                    self.tallies[RECOVERIES.name]["updated"] += 1
        self._moved.clear()

    def _keep(
        self,
        resource: Resource,
        raw: Raw,
        asked_at: str | None,
        *,
        by_id: bool = False,
    ) -> str:
        """Store one record; `asked_at` None means that it is held and only its parent changed."""
        key = resource.key(raw)
        parent = parent_of(self.connection, resource, raw)
        flat = resource.flatten(raw, parent)
        updated_at = fields.touched_at(raw, None if asked_at else parent) or self.learned_at
        held = self._held(resource, key)
        asked = asked_at or (held.asked_at if held else self.learned_at)
        later = held is not None and asked < held.asked_at <= self.learned_at
        if later or (asked_at and self._confirmed_later(resource, flat, asked_at)):
            return "unchanged"  # somebody asked later than we did, and knows better
        lone = resource is RECOVERIES and "cycle_id" not in (parent or {})  # without its sleep
        if self._purged(flat, lone):
            return "purged"
        before = json.loads(held.flat) if held and held.flat else None
        change, diff = changes.compare(before, flat)
        changed_at, position = (held.changed_at, held.change) if held else ("", 0)
        if change is not None:
            changed_at = updated_at
            position = changes.note(
                self.connection,
                resource,
                key,
                change,
                learned_at=self.learned_at,
                updated_at=updated_at,
                diff=diff,
            )
        raw_text = _json(raw)
        if change or held is None or held.raw != raw_text or by_id:
            self._write(resource, key, raw, raw_text, flat, asked, changed_at, position)
        if asked_at is None and before and _interval(before) != _interval(flat):
            # It came here with its sleep, not by a reading of these hours.
            coverage.forget(self.connection, resource, _interval(flat))
            skips.read_again(self.connection, resource, _interval(flat), self.learned_at)
        if change and resource in (SLEEPS, CYCLES):
            self._moved.add((str(flat.get("cycle_id") or flat["id"]), key))
        skips.forget(self.connection, resource, key)
        return {None: "unchanged", changes.CREATED: "created"}.get(change, "updated")

    def _write(
        self,
        resource: Resource,
        key: str,
        raw: Raw,
        raw_text: str,
        flat: dict[str, Any],
        asked_at: str,
        changed_at: str,
        position: int,
    ) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO records (resource, id, raw, asked_at, changed_at, change, "
            f"{', '.join(_DERIVED)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                resource.name,
                key,
                raw_text,
                asked_at,
                changed_at,
                position,
                *_derived(resource, raw, flat),
            ),
        )

    def _bury(self, resource: Resource, key: str, asked_at: str) -> bool:
        """Mark a record deleted: gone from every answer, but known to have been there."""
        held = self._held(resource, key)
        if held is None or held.raw is None or asked_at < held.asked_at <= self.learned_at:
            return False
        flat = json.loads(held.flat or "{}")
        position = changes.note(
            self.connection,
            resource,
            key,
            changes.DELETED,
            learned_at=self.learned_at,
            updated_at=self.learned_at,
        )
        self.connection.execute(
            "UPDATE records SET raw = NULL, flat = NULL, asked_at = ?, changed_at = ?, change = ? "
            "WHERE resource = ? AND id = ?",
            (asked_at, self.learned_at, position, resource.name, key),
        )
        if resource in (SLEEPS, CYCLES):
            self._moved.add((str(flat.get("cycle_id") or flat.get("id")), key))
        return True

    def _purged(self, flat: dict[str, Any], lone: bool) -> bool:
        """Whether a record was over before the floor that a purge has set.

        A lone recovery may have lost its sleep to that purge: its cycle began as its sleep did.
        """
        bound, end = coverage.floor_bound(self.connection), flat.get("start" if lone else "end")
        if bound is None or end is None:
            return False
        at = bound if len(bound) > 10 else times.midnight(bound, flat.get("timezone_offset"))
        return bool(end <= at)

    def _held(self, resource: Resource, key: str) -> _Held | None:
        row = self.connection.execute(
            "SELECT raw, flat, asked_at, changed_at, change FROM records "
            "WHERE resource = ? AND id = ?",
            (resource.name, key),
        ).fetchone()
        return _Held(*row) if row else None

    def _confirmed_later(self, resource: Resource, flat: dict[str, Any], asked_at: str) -> bool:
        """Whether somebody else has asked for the time of a record after we did, and stored it."""
        start = flat.get("start")
        if start is None:
            return False
        instant = Window(start, times.plus(start, milliseconds=1))
        known = coverage.stretches(self.connection, resource, instant)
        return any(asked_at < one.confirmed_at <= self.learned_at for one in known)

    def _check_owner(self, raw: Raw) -> None:
        user = raw.get("user_id")
        if isinstance(user, int) and user not in self._users:
            check_owner(self.connection, user)
            self._users.add(user)
            if meta(self.connection, "user_id") is None:
                set_meta(self.connection, "user_id", str(user))


@dataclass(frozen=True)
class _Held:
    raw: str | None
    flat: str | None
    asked_at: str
    changed_at: str
    change: int


def parent_of(connection: Connection, resource: Resource, raw: Raw) -> Raw | None:
    """Whose times a recovery has: its sleep's, else its cycle's."""
    if resource is not RECOVERIES:
        return None
    for parent, key in ((SLEEPS, raw.get("sleep_id")), (CYCLES, raw.get("cycle_id"))):
        row = connection.execute(
            "SELECT raw FROM records WHERE resource = ? AND id = ?",
            (parent.name, str(key).lower()),
        ).fetchone()
        if row and row[0]:
            found: Raw = json.loads(row[0])
            return found
    return None


def reflatten(connection: Connection) -> None:
    """Make the flat forms and the views anew where an older program version made them."""
    if meta(connection, "flattening") == schema.FLATTENING:
        return
    connection.execute("BEGIN IMMEDIATE")
    for statement in schema.views():
        connection.execute(statement)
    for resource in (*COLLECTIONS, *SNAPSHOTS):
        rows = connection.execute(
            "SELECT id, raw FROM records WHERE resource = ? AND raw IS NOT NULL", (resource.name,)
        ).fetchall()
        for key, text in rows:
            raw = json.loads(text)
            with suppress(Malformed):  # a stricter reading keeps what the older one made of it
                flat = resource.flatten(raw, parent_of(connection, resource, raw))
                connection.execute(
                    f"UPDATE records SET {', '.join(f'{name} = ?' for name in _DERIVED)} "
                    "WHERE resource = ? AND id = ?",
                    (*_derived(resource, raw, flat), resource.name, key),
                )
    set_meta(connection, "flattening", schema.FLATTENING)
    connection.execute("COMMIT")


_DERIVED = ("start", '"end"', "zone", "seconds", "cycle_id", "sleep_id", "final", "flat")
"""The columns that follow from a raw record and its parent."""


def _derived(resource: Resource, raw: Raw, flat: dict[str, Any]) -> tuple[Any, ...]:
    start, end = flat.get("start"), flat.get("end")
    cycle_id = flat.get("cycle_id", flat["id"] if resource is CYCLES else None)
    return (
        start,
        end,
        times.offset(flat.get("timezone_offset")),
        times.seconds(start, end) if start and end else 0.0,
        None if cycle_id is None else str(cycle_id),
        (flat.get("sleep_id") or "").lower() or None,
        resource.is_final(raw) and not (start and end is None),  # as its open cycle is
        _json(flat),
    )


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _interval(flat: dict[str, Any]) -> Window:
    start = flat["start"]
    return Window(start, max(flat["end"] or times.LATEST, times.plus(start, milliseconds=1)))
