"""Store what WHOOP answered: compare it with what is held, keep it, log what changed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field

from .. import times
from ..times import Window, gaps
from ..whoop import fields
from ..whoop.fields import Malformed, Raw
from ..whoop.records import Record, from_flat
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, Resource
from . import ask_again, changes, coverage, dates, intake
from .database import Connection, check_owner, meta, set_meta
from .intake import Came, Reading
from .rows import Held, Rows, as_json, each_as_json, when

VANISHED = "vanished"
"""The note of when WHOOP first showed none of the records any more; whatever it shows ends it."""


@dataclass(frozen=True)
class Findings:
    """Hold what one question to WHOOP taught: records as they are now, and ids that are gone."""

    resource: Resource
    asked_at: str  # before the question was sent whose answer these records are
    raws: Sequence[Raw] = ()
    gone: Sequence[str] = ()  # ids that answered 404 or 410
    window: Window | None = None  # seen whole, every absence in it explained
    accounted: Sequence[Set[str]] | None = None  # ids seen or asked for in it; None: what is held
    lowest: bool = False  # it also shows what began before it and lasts into it
    by_id: bool = False  # asked for one by one, which confirms each and nothing around it
    cache_id: str | None = None  # of the cache that has what else the window rests on
    doubtful: Mapping[str, str | None] = field(default_factory=dict)  # no answer; None: unasked
    came: Came | None = None  # how the records read, where that was found out before
    asked_first: str | None = None  # before the first question that the window rests on, as well

    @property
    def seen_at(self) -> str:
        """Tell since when the window is known to have been as it is."""
        return min(self.asked_first or self.asked_at, self.asked_at)


@dataclass
class Ledger:
    """Make the entries of one transaction."""

    connection: Connection
    learned_at: str
    login: int | None = None  # whose it is, where that is known
    tallies: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    skipped: list[str] = field(default_factory=list)
    _moved: dict[Resource, set[str]] = field(default_factory=lambda: defaultdict(set))  # ids
    _dated: dates.Changes = field(default_factory=dates.Changes)

    def __post_init__(self) -> None:
        self._log = changes.Log(self.connection)
        self._rows = Rows(self.connection)
        # Neither changes before all is entered: each is read once, and not for each finding.
        self._floor = coverage.floor_bound(self.connection)
        self._newest = coverage.newest(self.connection, self.learned_at)

    def enter(self, found: Findings) -> None:
        """Keep the records of one finding and bury those that are gone."""
        tally = self.tallies[found.resource.name]
        if found.window is not None:
            ask_again.forget_nameless(self.connection, found.resource, found.window)
        raws, strangers = self._told_apart(found)
        for raw in strangers:
            self._say(found.resource, raw, "it is another WHOOP user's")
            tally["skipped"] += 1
        raws, same, held = self._changed(found, raws)
        if same:
            tally["unchanged"] += same
        shown = same > 0 and found.resource.is_collection
        came = found.came
        if came is not None and len(raws) < len(found.raws):
            left = {id(raw) for raw in raws}
            came = came.only([place for place, raw in enumerate(found.raws) if id(raw) in left])
        kept = self._keep(
            found.resource, raws, found.asked_at, by_id=found.by_id, held=held, read_before=came
        )
        for raw, outcome in kept if raws else ():
            if isinstance(outcome, Malformed):
                self._skip(found, raw, str(outcome))
                outcome = "skipped"
            else:
                shown = found.resource.is_collection
            tally[outcome] += 1
        self._store()
        if shown:
            set_meta(self.connection, VANISHED, None)
        for key in found.gone:
            ask_again.forget(self.connection, found.resource, key)
            if self._bury(found.resource, key, found.asked_at):
                tally["deleted"] += 1
        for key, reason in found.doubtful.items():
            ask_again.doubt(self.connection, found.resource, key, reason, found.window)

    def _changed(
        self, found: Findings, raws: list[Raw]
    ) -> tuple[list[Raw], int, dict[str, Held] | None]:
        """Leave out what is held exactly as it came, and count it: most of what is read again.

        A record that was asked for by its id is confirmed, and what is on the list struck off it.
        Answers also what is held of them all, where that was looked up.
        """
        resource = found.resource
        if found.by_id or not resource.is_collection or ask_again.any_of(self.connection, resource):
            return raws, 0, None
        by_key: dict[str, list[Raw]] = {}
        for raw in raws:
            try:
                by_key.setdefault(resource.key(raw), []).append(raw)
            except Malformed:
                continue  # it is skipped where it would be kept
        held = self._rows.held(resource, [*by_key])
        if not held:
            return raws, 0, held
        same = {
            id(alike[0])
            for key in held
            if len(alike := by_key[key]) == 1 and as_json(alike[0]) == held[key].raw
        }
        return [raw for raw in raws if id(raw) not in same], len(same), held

    def _say(self, resource: Resource, raw: Raw, reason: str) -> None:
        """Tell of a record that is left out, and need not be asked for again."""
        key = "without an id"
        with suppress(Malformed):
            key = resource.key(raw)
        self.skipped.append(f"{resource.one} {key}: {reason}")

    def _skip(self, found: Findings, raw: Raw, reason: str) -> None:
        around = ask_again.extent(found.raws) or found.window
        self.skipped.append(ask_again.note(self.connection, found.resource, raw, reason, around))

    def settle(self) -> None:
        """Give recoveries the times of the sleeps and cycles that came, moved or went, and records
        their dates."""
        followers = {
            raw
            for resource, column, but in _FOLLOWING
            if self._moved[resource]
            for (raw,) in self.connection.execute(
                # The order of a CROSS JOIN, and the plus, make SQLite use the column's own index:
                # else it reads all recoveries, for each.
                f"SELECT r.raw FROM json_each(?) CROSS JOIN records r ON r.{column} = value WHERE "
                f"+r.resource = 'recoveries' AND r.raw IS NOT NULL AND r.source = 'api' {but}",
                (as_json([*self._moved[resource]]),),
            )
        }
        # Without any parent one may have no time, and is malformed: it keeps its old.
        raws = [json.loads(raw) for raw in sorted(followers)]
        for _, outcome in self._keep(RECOVERIES, raws) if raws else ():
            if outcome in ("updated", "deleted"):
                self.tallies[RECOVERIES.name][str(outcome)] += 1
        self._store()
        self._moved.clear()
        dates.decide(self.connection, self._dated)
        self._dated = dates.Changes()

    def _keep(
        self,
        resource: Resource,
        raws: Sequence[Raw],
        asked_at: str | None = None,
        *,
        by_id: bool = False,
        held: dict[str, Held] | None = None,
        read_before: Came | None = None,
    ) -> Iterator[tuple[Raw, str | Malformed]]:
        """Store records, each with what became of it; `asked_at` None means that they are held
        and only their parents changed. `held` is what is held of them, where that is known, and
        `read_before` how they have read."""
        renewed = asked_at is None
        came = intake.read(self.connection, resource, raws, as_parents=renewed, came=read_before)
        sound = [one for one in came if isinstance(one, Reading)]
        if held is None:
            held = self._rows.held(resource, [one.key for one in sound])
        beaten = self._rivals(resource, sound, held)
        later = self._confirmed_later(resource, sound, asked_at) if asked_at else []
        floor, skipped = self._floor, ask_again.any_of(self.connection, resource)
        keys = {one.key for one in sound}
        new = len(keys) == len(came) and keys.isdisjoint(held)
        if asked_at and new and not (later or floor or skipped):
            self._take_in_all(resource, sound, asked_at)  # new, and nothing is to be said of them
            yield from ((one.raw, "created") for one in sound)
            return
        for raw, one in zip(raws, came, strict=True):
            if isinstance(one, Malformed):
                skipped = True
                yield raw, one
                continue
            if id(one) in beaten:
                if one.flat != beaten[id(one)].flat:
                    self._say(resource, raw, "it is listed twice, not alike; the later one counts")
                yield raw, "skipped" if one.flat != beaten[id(one)].flat else "unchanged"
                continue
            before = held.get(one.key)
            asked = asked_at or (before.asked_at if before else self.learned_at)
            overtaken = before is not None and asked < before.asked_at <= self.learned_at
            if overtaken or any(_inside(when(one.record).start, window) for window in later):
                yield raw, "unchanged"  # somebody asked later than we did, and knows better
            elif floor is not None and _purged(one, floor):
                # Where it is held it is no more: it was moved there.
                moved = before is not None and self._bury(resource, one.key, asked)
                yield raw, "deleted" if moved else "purged"
            else:
                held[one.key], outcome = self._take_in(resource, one, before, asked, by_id)
                if asked_at is None:
                    self._moved_along(resource, before, one.record)
                if skipped:
                    ask_again.forget(self.connection, resource, one.key)
                yield raw, outcome

    def _rivals(
        self, resource: Resource, came: Sequence[Reading], held: Mapping[str, Held]
    ) -> dict[int, Reading]:
        """Find the readings that give way to another of the same record, by their identity.

        What WHOOP touched later counts, else what is held; and never the order they came in.
        """
        if len({one.key for one in came}) == len(came):  # as almost always
            return {}
        by_key: dict[str, list[Reading]] = defaultdict(list)
        for one in came:
            by_key[one.key].append(one)

        def weight(one: Reading) -> tuple[str, bool, str]:
            touched = one.updated_at or ""
            before = held.get(one.key)
            known = before is not None and before.flat == as_json(one.flat)
            return touched if touched <= self.learned_at else "", known, one.text

        beaten: dict[int, Reading] = {}
        for rivals in by_key.values():
            if len(rivals) > 1:
                best = max(rivals, key=weight)
                beaten |= {id(one): best for one in rivals if one.raw != best.raw}
        return beaten

    def _take_in(
        self, resource: Resource, one: Reading, held: Held | None, asked_at: str, by_id: bool
    ) -> tuple[Held, str]:
        """Log what has changed of a record, and keep what has come; answers what is held now."""
        change, diff, before = None, None, None
        flat = one.flat
        flat_text = as_json(flat)
        if held is None or held.flat != flat_text:
            before = json.loads(held.flat) if held and held.flat else None
            change, diff = changes.compare(before, flat)
        elif held.raw == one.text and not by_id:
            return held, "unchanged"
        changed_at, position = (held.changed_at, held.change) if held else ("", 0)
        if change is not None:
            changed_at = one.updated_at or self.learned_at
            position = self._log.note(resource, one.key, change, self.learned_at, changed_at, diff)
            self._moved[resource].add(one.key)
        now = Held(one.text, flat_text, asked_at, changed_at, position)
        # The row is made anew, and so is what others have to do with its date and its share.
        was = None if before is None else from_flat(resource.record, before)
        self._dated.note(was, one.record)
        self._rows.put(resource, one.key, now, one.raw, one.record)
        return now, {None: "unchanged", changes.CREATED: "created"}.get(change, "updated")

    def _take_in_all(self, resource: Resource, came: Sequence[Reading], asked_at: str) -> None:
        """Log and keep what has come of records of which nothing was held."""
        learned_at, note = self.learned_at, self._log.note
        flats = each_as_json([one.flat for one in came])
        for one, flat in zip(came, flats, strict=True):
            changed_at = one.updated_at or learned_at
            position = note(resource, one.key, changes.CREATED, learned_at, changed_at)
            now = Held(one.text, flat, asked_at, changed_at, position)
            self._dated.note(None, one.record)
            self._rows.put(resource, one.key, now, one.raw, one.record)
        self._moved[resource].update(one.key for one in came)

    def _store(self) -> None:
        """Write the rows and the changes that wait."""
        self._log.flush()
        self._rows.store()

    def _moved_along(self, resource: Resource, held: Held | None, record: Record) -> None:
        """Hold the hours unknown into which a record came with its sleep: nobody looked there.

        In those that it had before it was known to be.
        """
        before = from_flat(resource.record, json.loads(held.flat)) if held and held.flat else None
        now = _interval(record)
        if before is None or now is None:
            return
        was = _interval(before)
        for hours in gaps(now, [was] if was else []):
            coverage.forget(self.connection, resource, hours)
            ask_again.read_again(self.connection, resource, hours, self.learned_at)

    def _bury(self, resource: Resource, key: str, asked_at: str) -> bool:
        """Mark a record deleted: gone from every answer, but known to have been there."""
        held = self._rows.held(resource, [key]).get(key)
        if held is None or held.raw is None or asked_at < held.asked_at <= self.learned_at:
            return False
        position = self._log.note(resource, key, changes.DELETED, self.learned_at, self.learned_at)
        self.connection.execute(
            "UPDATE records SET raw = NULL, flat = NULL, asked_at = ?, changed_at = ?, change = ? "
            "WHERE resource = ? AND id = ?",
            (asked_at, self.learned_at, position, resource.name, key),
        )
        self._log.flush()
        self._moved[resource].add(key)
        return True

    def _confirmed_later(
        self, resource: Resource, came: Sequence[Reading], asked_at: str
    ) -> list[Window]:
        """Find the times of some records for which others asked after we did, and stored it."""
        if self._newest.get(resource.name, "") <= asked_at:
            return []  # as almost always
        starts = [start for one in came if (start := getattr(one.record, "start", None))]
        if not starts:
            return []
        extent = Window(min(starts), times.plus(max(starts), milliseconds=1))
        known = coverage.stretches(self.connection, resource, extent)
        return [one.window for one in known if asked_at < one.confirmed_at <= self.learned_at]

    def _told_apart(self, found: Findings) -> tuple[list[Raw], list[Raw]]:
        """Tell the owner's records from those of others.

        One that is another's among the owner's is that record's fault. CacheError where the login
        is to blame: nothing says that it is the owner's, and something that it is not.
        """
        raws, whose = list(found.raws), list(map(fields.user, found.raws))
        users = Counter(user for user in whose if user is not None)
        if not users:
            return raws, []
        said = meta(self.connection, "user_id")
        owner = int(said) if said else self.login or users.most_common(1)[0][0]
        if found.resource.names_user or (self.login is None and owner not in users):
            for user in users:
                check_owner(self.connection, user)
        if owner in users and not said:
            set_meta(self.connection, "user_id", str(owner))
        if users.keys() == {owner}:
            return raws, []
        by_user = list(zip(raws, whose, strict=True))
        strangers = [raw for raw, user in by_user if user not in (owner, None)]
        return [raw for raw, user in by_user if user in (owner, None)], strangers


def _purged(one: Reading, floor: str) -> bool:
    """Tell whether a record was over before the floor that a purge has set.

    A lone recovery may have lost its sleep to that purge: its cycle began as its sleep did.
    """
    start, end, offset = when(one.record)
    return coverage.is_purged(floor, start if one.lone else end, offset)


_FOLLOWING = (
    (SLEEPS, "sleep_id", ""),
    (
        CYCLES,
        "cycle_id",
        "AND NOT EXISTS (SELECT 1 FROM records s WHERE s.resource = 'sleeps' "
        "AND s.id = r.sleep_id AND s.raw IS NOT NULL)",
    ),
)
"""The recoveries that take their times from a record: a cycle's only those that have no sleep."""


def _inside(start: str | None, window: Window) -> bool:
    return start is not None and window.start <= start < window.end


def _interval(record: Record) -> Window | None:
    start, end, _ = when(record)
    if start is None:
        return None
    return Window(start, max(end or times.LATEST, times.plus(start, milliseconds=1)))
