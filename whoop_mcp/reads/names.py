"""List the names that the wearer's own data have for things, to be chosen from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from ..cache.snapshot import Snapshot

SHOWN = 40
"""Characters of a name that was asked for: what an answer shows of it, and compares."""


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


def shown(name: str) -> str:
    """Show a name that was asked for as an answer may: short, and nothing but print."""
    name = name if name.isprintable() else ascii(name)[1:-1]
    return f"`{name if len(name) <= SHOWN else name[: SHOWN - 1] + '…'}`"


def near(wanted: str, known: Iterable[str], between: str = " ") -> str:
    """Ask whether one of the names was meant that are spelled nearly so, or that have it as one of
    their words; nothing where there is none."""
    wanted, listed = wanted[:SHOWN], list(dict.fromkeys(known))
    found = [name for name in listed if wanted in name.split(between)]
    found += [one for one in difflib.get_close_matches(wanted, listed, 3, 0.7) if one not in found]
    return f"Did you mean {_listed(found[:3])}?" if found else ""


def _listed(names: Sequence[str]) -> str:
    *first, end = map(shown, names)
    return f"{', '.join(first)} or {end}" if first else end
