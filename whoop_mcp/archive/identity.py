"""Give the records of an export ids of their own, made of what they are and when they began."""

from __future__ import annotations

import uuid as uuids

from .. import times

_SPACE = uuids.UUID("6b2c3f0e-9a51-5d0c-8f6e-0d7a3c1e4b92")
_EPOCH = "1970-01-01T00:00:00.000Z"


def of_cycle(start: str) -> int:
    """Make a cycle's id: minus its start in seconds, which is never one of WHOOP's own."""
    return -int(times.seconds(_EPOCH, start))


def uuid(kind: str, start: str, place: int = 0) -> str:
    """Make a sleep's or workout's id; `place` tells apart those that began at the same second."""
    return str(uuids.uuid5(_SPACE, f"{kind} {start}" + (f" {place}" if place else "")))
