"""Tell a client that what it has subscribed to has changed.

A client of the handshake's era subscribes to a URI; one of 2026 opens a stream that names URIs. The
cache is looked at after every call, and while anything is subscribed to also now and then, so that
the sync of another process is noticed. That a list has changed is never told: none does.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from mcp import types
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated

from ..errors import ValidationError, WhoopError
from .catalogue import Context, refusal

if TYPE_CHECKING:
    from ..app import App
    from ..reads.watch import Changes, Mark

log = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSE = 10.0  # seconds between two looks at the cache while nobody calls
_MOST = 1000  # URIs that one client may be told of


class Subscriptions:
    """Hold what one client wants to be told of, and tell it."""

    def __init__(self, open_app: Callable[[], App]) -> None:
        self._app = open_app
        self._told: dict[str, ServerSession] = {}  # by URI, of the handshake's era
        self._listened: Counter[str] = Counter()  # by URI, how many streams
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._mark: Mark | None = None
        self._wanted = anyio.Event()
        self._looking = anyio.Lock()
        self._threads = anyio.CapacityLimiter(1)
        self._tasks: TaskGroup | None = None

    async def run(self, tasks: TaskGroup) -> None:
        """Look at the cache now and then, while anything is subscribed to, until cancelled."""
        self._tasks = tasks
        while True:
            await self._wanted.wait()
            await anyio.sleep(_PAUSE)
            await self._look()
            if not self._uris():
                self._wanted = anyio.Event()

    def look_soon(self) -> None:
        """Look at the cache as soon as nothing else is to be done, where anybody wants to know."""
        if self._tasks is not None and self._uris():
            self._tasks.start_soon(self._look)

    async def subscribe(self, ctx: Context, params: types.SubscribeRequestParams) -> None:
        """Tell of changes under a URI from now on. Raises MCPError where it is none."""
        await self._begin([params.uri])
        self._told[params.uri] = ctx.session

    def unsubscribe(self, params: types.UnsubscribeRequestParams) -> None:
        """Tell no more of a URI."""
        self._told.pop(params.uri, None)

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serve a stream of changes until the client leaves it. Raises MCPError on a bad URI."""
        wanted = list(dict.fromkeys(params.notifications.resource_subscriptions or ()))
        await self._begin(wanted)
        only = types.SubscriptionFilter(resource_subscriptions=wanted or None)
        self._listened.update(wanted)
        try:
            return await self._listen(ctx, params.model_copy(update={"notifications": only}))
        finally:
            self._listened.subtract(wanted)

    def _uris(self) -> list[str]:
        return list(dict.fromkeys([*self._told, *(+self._listened)]))

    async def _begin(self, wanted: Iterable[str]) -> None:
        """Check URIs, and see the cache as it is before they are wanted."""
        if len({*self._uris(), *wanted}) > _MOST:
            words = f"More than {_MOST} resources are subscribed to."
            raise refusal(ValidationError(words, hint="Unsubscribe from some."))
        try:
            await self._aside(lambda: _check(self._app(), wanted))
        except WhoopError as error:
            raise refusal(error) from None
        if not self._uris():
            self._mark = None
        await self._look()
        self._wanted.set()

    async def _look(self) -> None:
        """Tell of what has changed since the last look."""
        async with self._looking:
            try:
                for uri in await self._aside(lambda: self._changed(self._uris())):
                    if uri in self._told:
                        await self._told[uri].send_resource_updated(uri)
                    if self._listened[uri] > 0:
                        await self._bus.publish(ResourceUpdated(uri))
            except WhoopError:  # a cache that cannot be read now may be so later
                pass
            except Exception:  # no defect here is to end the server, for which nobody asked this
                log.exception("Subscribers could not be notified of a change.")

    def _changed(self, wanted: list[str]) -> list[str]:
        """Find which URIs show a change since the last look."""
        from ..reads import watch  # no start waits for what looks at the cache

        app = self._app()
        with app.cache.reading() as seen:
            now, before = watch.mark(seen), self._mark
            self._mark = now
            if before is None or before == now:
                return []
            found = watch.changes(seen, before, now)
        return [uri for uri in wanted if _touched(app, uri, found)]

    async def _aside(self, act: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(act, abandon_on_cancel=True, limiter=self._threads)


def _check(app: App, wanted: Iterable[str]) -> None:
    """Raise ValidationError where a URI is none of the cache's."""
    from ..reads.watch import Changes
    from . import uris

    for uri in wanted:
        one, given = uris.find(app, uri)
        one.touched(given, Changes([], syncs=False))


def _touched(app: App, uri: str, found: Changes) -> bool:
    from . import uris

    try:
        one, given = uris.find(app, uri)
    except ValidationError:  # its words mean no window any more
        return False
    return found.everything or one.touched(given, found)
