"""Find which sport a person means: as WHOOP spells it, whatever the case, spaces and hyphens."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..cache.snapshot import Snapshot
from ..errors import ValidationError
from ..times import Span
from ..whoop.resources import WORKOUTS
from ..whoop.sport_names import SPORT_NAMES
from .names import SHOWN, shown
from .names import near as find_near

_TOLD = 12  # sports: what a reader can take in
_A_SLIP = 0.85  # how alike two names are of which one is the other misspelled, by difflib
_BETWEEN = re.compile(r"[\s_-]+")


def spelled(sport: str) -> str:
    """Spell a sport as WHOOP does: `Trail Running` is `trail-running`."""
    return _BETWEEN.sub("-", sport.strip().casefold())


def require_known(seen: Snapshot, sport: str, span: Span, *, fresh: bool = False) -> None:
    """Refuse a sport that is none, as long as nothing has to be fetched to know that.

    ValidationError names what is like it, where neither WHOOP's table nor the cache has it, and it
    is either a slip in a name or the workouts of the span are known: WHOOP names new sports.
    """
    names = [*seen.sports(), *SPORT_NAMES.values()]
    if _is_any(sport, names):
        return
    if difflib.get_close_matches(spelled(sport)[:SHOWN], map(spelled, names), 1, _A_SLIP) or (
        not seen.doubtful(WORKOUTS, span, fresh=fresh)
    ):
        raise ValidationError(
            f"There is no sport {shown(spelled(sport))}.",
            hint=_near(sport, names) + _mine(seen.sports()),
        )


def held(seen: Snapshot, sport: str) -> list[str]:
    """List the names under which workouts of a sport are held; they differ in their spelling."""
    return [name for name in seen.sports() if spelled(name) == spelled(sport)]


def none_of(seen: Snapshot, sport: str) -> str:
    """Warn that no workout that is held is of a sport."""
    mine = seen.sports()
    near = "" if _is_any(sport, SPORT_NAMES.values()) else _near(sport, mine)
    return f"No workout in the cache is {shown(spelled(sport))}. {near}{_mine(mine)}".rstrip()


def _is_any(sport: str, names: Iterable[str]) -> bool:
    return spelled(sport) in map(spelled, names)


def _near(sport: str, names: Iterable[str]) -> str:
    near = find_near(spelled(sport), map(spelled, names), between="-")
    return f"{near} " if near else ""


def _mine(mine: Iterable[str]) -> str:
    names = [*mine]
    if not names:
        return "The cache holds no workouts."
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return f"The sports in the cache are: {', '.join(names[:_TOLD])}{more}."
