"""List the names that the wearer's own data have for things, to be chosen from."""

from __future__ import annotations

from ..cache.snapshot import Snapshot


def behaviours(seen: Snapshot) -> list[str]:
    """List the behaviours that the journal knows, in the order of the alphabet; of two names for
    one thing, the one that is meant."""
    rows = seen.connection.execute(
        "SELECT DISTINCT coalesce(s.meant, e.behaviour) AS name FROM entries e "
        "LEFT JOIN synonyms s ON s.behaviour = e.behaviour ORDER BY name"
    )
    return [name for (name,) in rows]


def sports(seen: Snapshot) -> list[str]:
    """List the sports of the workouts that are held, the most frequent first."""
    return [*seen.sports()]
