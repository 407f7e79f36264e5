"""Remove older records, or all of them, from the disk for good; they are not fetched again."""

from __future__ import annotations

import logging
from functools import partial

from ..errors import CacheError, ValidationError
from ..patience import patiently
from ..times import Span
from . import coverage, dates, schema, selection, trials, upgrade
from . import journal as entries
from .cache import Cache
from .database import new_identity, set_meta

log = logging.getLogger(__name__)


def before(cache: Cache, bound: str, *, at_once: bool = True, journal: bool = False) -> int:
    """Remove the records that were over at `bound` (an instant or a bare date); their number.

    From then on nothing older is fetched or covered. Changes of purged records are forgotten too,
    and no event tells of them. CacheError where another program reads the cache, so that what was
    removed still stands in its log; without `at_once` that is left for the next purge.
    The journal that WHOOP's exports told goes with them, the person's own entries, and
    experiments that were over by then, only with `journal`.
    ValidationError where the bound is in the future.
    """
    over = selection.at_its_zone(":bound", bound)
    floor = Span(bound, bound).window().start
    if floor > cache.clock():
        raise ValidationError("`before` is in the future.", hint="To remove everything: --all")
    with cache.database.writing() as connection:
        doomed = f"FROM records WHERE start IS NOT NULL AND {selection.KNOWN_END} <= {over}"
        (number,) = connection.execute(f"SELECT count(*) {doomed}", {"bound": bound}).fetchone()
        if number:
            connection.execute(
                # The log has no index by record: it is read once for all of them.
                f"DELETE FROM change_log WHERE (resource, id) IN (SELECT resource, id {doomed})",
                {"bound": bound},
            )
            connection.execute(f"DELETE {doomed}", {"bound": bound})
            dates.decide(connection)
        entries.purge(connection, bound[:10], own=journal)
        if journal:
            trials.purge(connection, bound[:10])
        connection.execute('DELETE FROM skipped WHERE "end" <= ?', (floor,))
        if _beyond(bound, coverage.floor_bound(connection)):
            coverage.uncover(connection, floor)
            set_meta(connection, "floor", bound)
    _erase(cache, at_once)
    return int(number)


def _beyond(bound: str, floor: str | None) -> bool:
    """Tell whether a bound lies beyond the floor at every offset.

    A date and an instant within hours of each other do not replace one another, or some purged
    records could come back.
    """
    if floor is None:
        return True
    if len(bound) == len(floor):
        return bound > floor
    return Span(bound, bound).window().start >= Span(floor, floor).window().end


def everything(cache: Cache, *, journal: bool = False) -> bool:
    """Empty the cache, whoever it belongs to; the next sync begins anew, for any user.

    The person's own entries in the journal and experiments stay, unless `journal` is to go too;
    answers whether there are any.
    """
    with cache.database.writing(whoever=True) as connection:
        for table in ("records", "coverage", "archived", "change_log", "skipped", "runs", "meta"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM entries WHERE source = 'export' OR ?", (journal,))
        if journal:
            connection.execute("DELETE FROM synonyms")
            trials.purge(connection, None)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")  # no export is in it any more
        new_identity(connection)
        (stay,) = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM entries) OR EXISTS (SELECT 1 FROM experiments)"
        ).fetchone()
    _erase(cache, at_once=True)
    return bool(stay)


def _remove_copies(cache: Cache) -> str | None:
    """Remove the databases of 0.8.x beside a cache; the reason where one could not be."""
    try:
        for copy in upgrade.copies(cache.path):
            patiently(partial(copy.unlink, missing_ok=True), copy)
    except OSError as problem:
        log.warning("the copy of an older cache could not be removed: %s", problem.strerror)
        return problem.strerror or "it failed"
    return None


def _erase(cache: Cache, at_once: bool) -> None:
    kept = _remove_copies(cache)
    erased = cache.database.erase()
    if kept and at_once:
        raise CacheError(
            f"The records are removed, but not from the copy that whoop-mcp 0.8 left: {kept}.",
            hint=f"Make {cache.path.parent} writable, or remove the copy yourself; then purge "
            "again.",
        )
    if not erased and at_once:
        raise CacheError(
            "The records are removed, but still stand on the disk: a program is reading the cache.",
            hint="Close what holds the cache open, then purge again.",
        )
