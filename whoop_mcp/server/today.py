"""Find today's date, by the clock that a question means."""

from __future__ import annotations

from .. import times
from ..app import App
from ..errors import CacheEmpty


def today(app: App, day: str) -> str:
    """Find today's date in UTC where `day` is `utc`, else where this computer is."""
    now = times.moment(app.clock())
    return (now if day == "utc" else now.astimezone()).date().isoformat()


def local_today(app: App) -> str:
    """Find today's date where this computer is."""
    return today(app, "local")


def wearers_today(app: App) -> str:
    """Find today's date where the newest record was made; without one, where this computer is.

    Raises CacheError.
    """
    with app.cache.reading() as seen:
        try:
            seen.require_content()
        except CacheEmpty:
            return local_today(app)
        return times.plus(seen.now, minutes=seen.offset())[:10]
