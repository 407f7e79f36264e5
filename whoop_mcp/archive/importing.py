"""Import WHOOP's own data export into the cache: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from .. import times
from ..cache import agreement, archived, coverage, dates, imported, journal
from ..cache.archived import Archived, Export
from ..cache.cache import Cache
from ..cache.database import Connection, filling, mark_export, set_meta
from ..cache.journal import DayOfAnswer
from ..call import Call, OutOfTime
from ..errors import CacheError, ValidationError
from ..sync import audit
from ..times import Window
from ..whoop.resources import COLLECTIONS, Resource
from . import history, package, tables
from .telling import Telling

LACKS = (
    "An export has no steps, no stress, no sleep cycles and disturbances, no baseline of the sleep "
    "need and no heart rate zone 0; times are to the second, durations to the minute."
)

Shown = dict[tuple[str, str, int], int]
"""The records of an export that are shown, by resource, start and place there, as hashes."""


def take_in(
    cache: Cache,
    path: str,
    *,
    rule: DayOfAnswer = "before",
    force: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """Import the export at a path, a ZIP or its folder; the same one again changes nothing.

    Answers `{"status", "kinds": {name: {"rows", "new", "renewed", "known", "skipped"}}, "span",
    "as_of", "agreement"?, "cannot_tell", "warnings"?}`: `known` are those that the API or an
    earlier import has told already. `rule` says what the date of a journal's answer is; `force`
    imports also where nothing shows that the cache is the same person's.

    ValidationError for what is no export or takes longer than `call` may, CacheError for another
    person's, and whatever `call` raises when it is cancelled; nothing is changed then.
    """
    try:
        return _take_in(cache, path, rule, force, call or Call())
    except OutOfTime:
        raise ValidationError(
            "The import would take longer than a call may: nothing of it was kept.",
            hint="Run `whoop-mcp import PATH` in a terminal, which takes the time that it needs.",
        ) from None


def _take_in(cache: Cache, path: str, rule: DayOfAnswer, force: bool, call: Call) -> dict[str, Any]:
    files, dated = package.read(path)
    known, said = tables.known(files, call)
    export, telling = history.read(known, dated, cache.clock(), call)
    del files
    with cache.database.writing() as connection:
        now = cache.clock()
        compared = _compare(connection, export, force=force)
        kinds = _store(connection, export, telling, now, call)
        if export.journal is not None:
            answers = call.over(_kept(connection, export, rule))
            with filling(connection, "entries"):
                counts = journal.take_in(connection, answers, export.as_of, rule, call)
            journal.date(connection, export.as_of, whole=export.whole_journal)
            told = telling.rows["journal"]
            kinds["journal"] = {"rows": told, **counts, "skipped": told - sum(counts.values())}
        mark_export(connection)
        latest = max(export.as_of, coverage.archived_as_of(connection) or "")
        set_meta(connection, coverage.ARCHIVED, latest)
        audit.note_import(connection, export.as_of, now, kinds, _span(export))
        call.check()  # who is told that it took too long, or went away, finds nothing of it
    answer: dict[str, Any] = {
        "status": "success",
        "kinds": kinds,
        "span": _span(export)._asdict(),
        "as_of": export.as_of,
        "cannot_tell": LACKS,
    }
    if compared is not None:
        answer["agreement"] = compared
        if compared["compared"] < agreement.ENOUGH and not force:
            said.append(
                f"Only {compared['compared']} of the cache's records could be compared with the "
                "export, which shows little: make sure that it is yours."
            )
    if warnings := [*said, *telling.words()]:
        answer["warnings"] = warnings
    return answer


def _span(export: Export) -> Window:
    starts = [
        str(getattr(one.record, "start", ""))
        for records in export.records.values()
        for one in records
    ]
    return Window(min(starts, default=export.as_of), export.as_of)


# ── whose it is ──


def _compare(connection: Connection, export: Export, *, force: bool) -> dict[str, int] | None:
    """Compare starts with those that the cache holds: `{"compared", "agree"}`, None without any
    record. CacheError where too few agree, unless it is forced.

    What the API tells later is compared with the export, unless it agrees with the API already.
    """
    if force:
        agreement.settle(connection)
    (some,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM records WHERE raw IS NOT NULL AND start IS NOT NULL)"
    ).fetchone()
    if not some:
        return None
    compared = agree = of_api = 0
    for resource in agreement.COMPARED:
        told = {str(getattr(one.record, "start", ""))[:19] for one in export.records[resource]}
        if not told:
            continue
        rows = connection.execute(
            "SELECT start, source FROM records WHERE resource = ? AND raw IS NOT NULL "
            "AND start >= ? AND start < ?",
            (resource.name, min(told), max(told) + "~"),
        )
        for start, source in rows:
            compared += 1
            if agreement.agrees(start, told):
                agree += 1
                of_api += source == "api"
    enough = agreement.suffices(compared, agree)
    if enough and of_api >= agreement.ENOUGH:
        agreement.settle(connection)
    if not enough and not force:
        words = f"{agree} of {compared} records that the cache has from that time agree with it"
        if not compared:
            words = "the cache has no record from that time to compare it with"
        raise CacheError(
            f"Nothing shows that this export is of the person whose cache this is: {words}.",
            hint="An export has no user id. If it is yours: `whoop-mcp import PATH --force`. "
            "For another person set WHOOP_HOME to another folder.",
        )
    return {"compared": compared, "agree": agree}


# ── what is kept ──


def _store(
    connection: Connection, export: Export, telling: Telling, now: str, call: Call
) -> dict[str, dict[str, int]]:
    before, changes = _shown(connection), dates.Changes()
    with filling(connection, "records"):
        purged = _put(connection, export, now, changes, call)
    archived.give_way(connection, Window(times.BEGINNING, now), now, reaching=True)
    dates.decide(connection, changes)
    after = _shown(connection)
    kinds = {}
    for resource in COLLECTIONS:
        keys = list(_keys(resource, export.records[resource]))
        new = sum(key in after and key not in before for key in keys)
        renewed = sum(key in after and before.get(key, after[key]) != after[key] for key in keys)
        skipped = telling.skipped[resource.name] + purged[resource.name]
        kinds[resource.name] = {
            "rows": telling.rows[resource.name],
            "new": new,
            "renewed": renewed,
            "known": len(keys) - new - renewed - purged[resource.name],
            "skipped": skipped,
        }
        if purged[resource.name]:
            telling.note(resource.name, 0, "some are from before what is kept: they were purged")
    return kinds


def _put(
    connection: Connection, export: Export, now: str, changes: dates.Changes, call: Call
) -> dict[str, int]:
    """Keep the records of an export, and what it knows whole; answers how many were left out, by
    resource name, as they are from before what is kept."""
    floor = coverage.floor_bound(connection)
    purged: dict[str, int] = {}
    for resource, records in export.records.items():
        newer = _Newer(connection, resource, export.as_of)
        kept = [one for one in records if not _is_purged(one, export.as_of, floor)]
        purged[resource.name] = len(records) - len(kept)
        imported.put(
            connection,
            resource,
            (
                one
                for one in call.over(kept)
                if not newer.tells(str(getattr(one.record, "start", "")))
            ),
            newer.gaps(export.known.get(resource, ())),
            export.as_of,
            changes,
        )
        for window in export.known.get(resource, ()):
            coverage.cover(connection, resource, window, export.as_of, now, table=coverage.ARCHIVED)
    return purged


def _is_purged(one: Archived, as_of: str, floor: str | None) -> bool:
    start, end = str(getattr(one.record, "start", "")), getattr(one.record, "end", None)
    end = end or max(as_of, start)  # it tells no more of what still ran
    return coverage.is_purged(floor, end, getattr(one.record, "timezone_offset", None))


class _Newer:
    """Tell what a newer export has told of a resource: an older one changes nothing of it."""

    def __init__(self, connection: Connection, resource: Resource, as_of: str) -> None:
        ever = Window(*times.EVER)
        self._windows = [
            one.window
            for one in coverage.stretches(connection, resource, ever, coverage.ARCHIVED)
            if one.confirmed_at > as_of
        ]

    def gaps(self, windows: Sequence[Window]) -> list[Window]:
        return [gap for window in windows for gap in times.gaps(window, self._windows)]

    def tells(self, start: str) -> bool:
        return times.covers(self._windows, start)


def _shown(connection: Connection) -> Shown:
    found: Shown = {}
    places: dict[tuple[str, str], int] = defaultdict(int)
    for name, start, text in connection.execute(
        "SELECT resource, start, flat FROM records WHERE source = 'export' "
        "ORDER BY resource, start, id"
    ):
        found[name, start, places[name, start]] = hash(text)
        places[name, start] += 1
    return found


def _keys(resource: Resource, records: Sequence[Archived]) -> list[tuple[str, str, int]]:
    places: dict[str, int] = defaultdict(int)
    found = []
    for one in records:
        start = str(getattr(one.record, "start", ""))
        found.append((resource.name, start, places[start]))
        places[start] += 1
    return found


def _kept(connection: Connection, export: Export, rule: DayOfAnswer) -> Iterator[archived.Answered]:
    """Leave out what a purge would remove, by the same date."""
    purged: dict[str, bool] = {}  # by the date on which it wakes
    for one in export.journal or ():
        if one.woke_on not in purged:
            purged[one.woke_on] = journal.is_purged(connection, one.woke_on, rule)
        if not purged[one.woke_on]:
            yield one
