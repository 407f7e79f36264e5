"""Read off a page of WHOOP's records, once, what the reading of a window asks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .. import times
from ..cache import lookup
from ..cache.database import Connection
from ..errors import UpstreamError
from ..times import Window
from ..whoop import fields
from ..whoop.fields import Malformed, Raw
from ..whoop.resources import Resource


class Listing(NamedTuple):
    """Hold records as WHOOP listed them, and what those say of themselves that have an id."""

    records: Sequence[Raw]
    next_token: str | None
    by_key: dict[str, list[Raw]]  # one may be listed twice
    users: list[int | None]  # whose each of them is


def read(resource: Resource, records: Sequence[Raw], next_token: str | None = None) -> Listing:
    """Read the ids of a page's records and whose they are; one without an id is skipped, and said
    so, when it is to be stored."""
    by_key: dict[str, list[Raw]] = {}
    users = []
    for raw in records:
        try:
            key = resource.key(raw)
        except Malformed:
            continue
        by_key.setdefault(key, []).append(raw)
        users.append(fields.user(raw))
    return Listing(records, next_token, by_key, users)


def end(
    connection: Connection, resource: Resource, page: Listing, window: Window, upper: str | None
) -> str:
    """Find where a page of a window ends that was asked for up to `upper` (None: WHOOP's now): the
    start of its last record, if the next page can be asked for by it; else an empty text."""
    if page.next_token is None:
        return window.start
    starts = _starts(connection, resource, page.records)
    if not starts or starts != sorted(starts, reverse=True):
        return ""
    below = times.plus(starts[-1], milliseconds=1)
    return starts[-1] if window.start < below and (upper is None or below < upper) else ""


def reach(connection: Connection, resource: Resource, page: Listing, window: Window) -> str:
    """Find a moment of a window before all records of a page; its start where they tell none."""
    starts = _starts(connection, resource, page.records)
    return max(window.start, times.plus(min(starts), days=-1)) if starts else window.start


def _starts(connection: Connection, resource: Resource, raws: Sequence[Raw]) -> list[str]:
    """Read when records began, as far as they say so; a recovery begins with its sleep."""
    if resource.times_from:
        leader, field = resource.times_from[0]
        keys = [str(raw.get(field)).lower() for raw in raws]
        held = lookup.starts(connection, leader, keys)
        return [held[key] for key in keys if key in held]
    starts = []
    for raw in raws:
        try:
            starts.append(fields.required_instant(raw, "start"))
        except Malformed:
            continue
    return starts


def by_token(resource: Resource, ask: Callable[[str | None], Listing]) -> Listing:
    """Read a whole window by WHOOP's page tokens, until two readings show the same.

    `ask` gets the page that a token names. UpstreamError where they lead nowhere.
    """
    before: set[str] | None = None
    for _ in range(4):
        raws: list[Raw] = []
        keys, tokens, token = set[str](), set[str](), None
        while True:
            page = ask(token)
            raws += page.records
            known = len(keys)
            keys.update(page.by_key)
            token = page.next_token
            if token is None:
                break
            # Ever new tokens that lead nowhere are a circle too.
            if token in tokens or len(keys) == known:
                raise UpstreamError(
                    f"WHOOP's list of {resource.name} goes round in circles.",
                    hint="Try again later; what was read until now is stored.",
                    endpoint=resource.path,
                )
            tokens.add(token)
        if before == keys:
            return read(resource, raws)
        before = keys
    raise UpstreamError(
        f"WHOOP's list of {resource.name} kept changing while it was read.",
        hint="Try again in a minute.",
        endpoint=resource.path,
    )
