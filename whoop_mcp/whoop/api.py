"""Ask WHOOP's v2 API for a record, a page or a cycle's sleep, and check each answer's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..call import Call
from ..errors import NotFound, UpstreamError, WhoopError
from .fields import Malformed, Raw
from .present import Present
from .resources import CYCLE_SLEEP, PROFILE, SLEEPS, Resource
from .transport import Begun, Transport

PAGE = 25
"""The most records WHOOP puts on a page."""


class Page(NamedTuple):
    """Records newest first, and where the next page is, if there is one."""

    records: Sequence[Raw]
    next_token: str | None


class Api:
    """Ask one WHOOP server. Every method raises the errors of `Transport.get`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_ready(self) -> None:
        """Do what the first request would have to, before many threads wait for it."""
        self._transport.get_ready()

    @property
    def present(self) -> Present:
        """Give the clock that the answers set right."""
        return self._transport.present

    def allowance(self) -> tuple[int, float] | None:
        """Tell how many requests WHOOP still allows, and in how many seconds more; None: unsaid."""
        return self._transport.allowance()

    def ask_time(self, call: Call) -> None:
        """Have WHOOP tell the time; every answer does, a refusal too. Where there is none, nobody
        knows better."""
        with suppress(WhoopError):
            self._transport.get(PROFILE.item, call=call, scope=PROFILE.scope)

    def one(self, resource: Resource, key: str, call: Call) -> Raw:
        """Ask for the record with an id that was checked before, or for the snapshot."""
        raw = self._object(resource, resource.item, key, call)
        try:
            same = resource.key(raw) == key
        except Malformed:
            raise _misshapen(resource.item, f"it is not a {resource.one}") from None
        if not same:
            raise _misshapen(resource.item, "it is another record than the one asked for")
        return raw

    def main_sleep(self, cycle_id: int, call: Call) -> Raw:
        """Ask for the sleep that WHOOP holds to be a cycle's. NotFound where it has none."""
        try:
            return self._object(SLEEPS, CYCLE_SLEEP, str(cycle_id), call)
        except NotFound:
            raise NotFound(
                "There is no such cycle, or it has no sleep but naps.",
                hint="List the cycles to find what there is.",
                endpoint=CYCLE_SLEEP,
            ) from None

    def begin(
        self, resource: Resource, start: str, end: str | None, token: str | None, call: Call
    ) -> Begun | None:
        """Ask for a page ahead, for `page` or `drop` in this thread. None: that cannot be now."""
        return self._transport.begin(resource.path, _query(start, end, token), call=call)

    def drop(self, begun: Begun) -> None:
        """Want no page any more that was asked for ahead."""
        self._transport.drop(begun)

    def page(
        self,
        resource: Resource,
        start: str,
        end: str | None,
        token: str | None,
        call: Call,
        begun: Begun | None = None,
    ) -> Page:
        """Ask for a page of the records that overlap a window; `end` None is WHOOP's own now.

        `begun` is what `begin` answered for the same page.
        """
        query = _query(start, end, token)
        try:
            with call.asking():
                answer = self._transport.get(
                    resource.path, query, call=call, scope=resource.scope, begun=begun
                )
        except NotFound:
            raise UpstreamError(
                f"WHOOP answers as if it had no {resource.name} at all.",
                hint=f"The scope {resource.scope} may be missing: run `whoop-mcp login`.",
                endpoint=resource.path,
            ) from None
        records = answer.get("records") if isinstance(answer, Mapping) else None
        next_token = answer.get("next_token") if isinstance(answer, Mapping) else None
        if not isinstance(records, list) or not isinstance(next_token, (str, type(None))):
            raise _misshapen(resource.path, "it is not a page of records")
        return Page([one if isinstance(one, dict) else {} for one in records], next_token or None)

    def _object(self, resource: Resource, template: str, key: str, call: Call) -> dict[str, Any]:
        path = template.format(id=key)
        with call.asking():
            answer = self._transport.get(path, call=call, template=template, scope=resource.scope)
        if not isinstance(answer, dict):
            raise _misshapen(template, "it is not a record")
        return answer


def _query(start: str, end: str | None, token: str | None) -> dict[str, str]:
    query = {"limit": str(PAGE), "start": start}
    if end is not None:
        query["end"] = end
    if token is not None:
        query["nextToken"] = token
    return query


def _misshapen(endpoint: str, why: str) -> UpstreamError:
    return UpstreamError(
        f"WHOOP's answer cannot be used: {why}.",
        hint="Try again later; if it stays so, WHOOP may have changed its API.",
        endpoint=endpoint,
    )
