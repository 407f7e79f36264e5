"""Look one thing up in a cache, each time in a read of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.coverage import Standing
from whoop_mcp.times import Span
from whoop_mcp.whoop.records import flat
from whoop_mcp.whoop.resources import CURRENT, Resource


def snapshot(cache: Cache, resource: Resource) -> dict[str, Any] | None:
    """Get the flat profile or body measurement, or None."""
    return cache.get(resource, CURRENT)


def stream(
    cache: Cache, resource: Resource, start: str | None = None, end: str | None = None
) -> Iterator[dict[str, Any]]:
    """Read the flat records of a span, oldest first."""
    with cache.reading() as seen:
        yield from map(
            flat, seen.records(resource, Span(start or times.EARLIEST, end or times.LATEST))
        )


def standing(
    cache: Cache, resource: Resource, start: str | None = None, end: str | None = None
) -> Standing:
    """Tell what is lacking of a span (None: from the first covered moment, until now)."""
    with cache.reading() as seen:
        span = Span(start or seen.first_covered(resource), end or seen.now)
        return seen.standing(resource, span)


def asked_at(cache: Cache, resource: Resource, key: str) -> str | None:
    """Tell when a record was last confirmed."""
    with cache.reading() as seen:
        return seen.asked_at(resource, key)


def of_cycle(cache: Cache, resource: Resource, cycle_id: int) -> list[dict[str, Any]]:
    """Get the flat sleeps of a cycle, naps too, or its recovery, oldest first."""
    with cache.reading() as seen:
        return [flat(one) for one in seen.of_cycles(resource, [cycle_id])]


def sync_runs(cache: Cache, limit: int) -> list[dict[str, Any]]:
    """Get the audit's newest rows, newest first."""
    with cache.reading() as seen:
        return seen.sync_runs(limit)
