"""Find today's date, by the clock that a question means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import times
from ..errors import CacheEmpty

if TYPE_CHECKING:
    from ..app import App


def today(app: App, day: object = "local") -> str:
    """Find today's date in UTC where `day` is `utc`, else on the wearer's clock. CacheError."""
    if isinstance(day, str) and day.strip() == "utc":
        return times.moment(app.clock()).date().isoformat()
    return wearers_today(app)


def this_computers_today() -> str:
    """Find today's date where this computer is."""
    return times.moment(times.now()).astimezone().date().isoformat()


def wearers_today(app: App) -> str:
    """Find today's date where the newest record was made; without one, where this computer is.

    Raises CacheError.
    """
    with app.cache.reading() as seen:
        try:
            seen.require_content()
        except CacheEmpty:
            return times.moment(app.clock()).astimezone().date().isoformat()
        return times.plus(seen.now, minutes=seen.offset())[:10]
