"""Ask WHOOP for one resource's pages, before they are needed where that spares waiting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..call import Call
from ..whoop.present import APART, ClockSet
from ..whoop.resources import Resource
from ..whoop.transport import Begun
from . import listing
from .ahead import Ahead, asked_for
from .inquiry import Tally
from .listing import Listing
from .mirror import Mirror


class Sent(NamedTuple):
    """Hold a question whose answer is still to be taken, and when it was asked."""

    asked_at: str
    begun: Begun


class Questions:
    """Ask for the pages of one resource, in one call. Several threads may use it.

    A page is asked for from `start` to `end`, or to the present where that is None. Raises what
    asking WHOOP raises.
    """

    def __init__(self, mirror: Mirror, resource: Resource, call: Call, tally: Tally) -> None:
        self.cache, self.resource = mirror.cache, resource
        self._api, self._call, self._tally = mirror.api, call, tally
        self._correction = self._api.present.correction  # of the clock that is reckoned with
        self._ahead: dict[tuple[str, str | None], Ahead[tuple[str, Listing]]] = {}

    def ahead(self, start: str, end: str | None) -> Callable[[], None]:
        """Prepare to ask for the newest page before it is read; answers the job."""
        asked = partial(self._asked, start, end)
        one = self._ahead[start, end] = Ahead(asked, self.cache.recall("cache_id"))
        return one.ask

    def newest(
        self, start: str, end: str | None, cache_id: str | None, sent: Sent | None
    ) -> tuple[str, Listing]:
        """Get the newest page, and the moment before it was asked for, by the cache's clock.

        It is what was `sent` for it or asked ahead, if anything; else it is asked for now.
        """
        if sent is not None:
            return sent.asked_at, self.page(start, end, None, sent.begun)
        ahead = asked_for(cache_id, self._ahead.pop((start, end), None))
        return ahead.answer() if ahead else self._asked(start, end)

    def send(self, start: str, end: str) -> Sent | None:
        """Ask for a page, and do not wait for it; None where that would have to wait.

        What is sent goes to `newest` or to `drop`, in this thread.
        """
        asked_at = self.cache.clock()
        begun = self._api.begin(self.resource, start, end, None, self._call)
        if begun is None:
            return None
        self._count("requests")
        return Sent(asked_at, begun)

    def drop(self, sent: Sent) -> None:
        """Want no answer any more to what was sent."""
        self._api.drop(sent.begun)

    def _asked(self, start: str, end: str | None) -> tuple[str, Listing]:
        asked_at = self.cache.clock()
        return asked_at, self.page(start, end, None)

    def page(
        self, start: str, end: str | None, token: str | None, begun: Begun | None = None
    ) -> Listing:
        """Get the page that a token of WHOOP's names (None: the newest).

        Raises ClockSet as well, where WHOOP has told that the clock was wrong.
        """
        if begun is None:
            self._call.check()
            self._count("requests")
        page = listing.read(
            self.resource, *self._api.page(self.resource, start, end, token, self._call, begun)
        )
        self._count("records_fetched", len(page.records))
        if self.clock_was_set():
            raise ClockSet  # the window and the moment of asking are by a wrong clock
        self._tally.see(page.users)
        return page

    def clock_was_set(self) -> bool:
        """Tell whether WHOOP has told another time since this was made."""
        return abs(self._api.present.correction - self._correction) > APART

    def _count(self, what: str, number: int = 1) -> None:
        self._tally.add(self.resource.name, {what: number})
