"""What is said to WHOOP about a grant, and telling its refusal from an outage by the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..call import Call
from ..errors import AuthFailed, UpstreamError
from ..whoop.answers import Answer, Transient
from ..whoop.limits import retry_after

if TYPE_CHECKING:
    from ..whoop.transport import Token, Transport

PATH = "/oauth/oauth2/token"
REVOKE = "/developer/v2/user/access"
PATIENCE = 10.0  # seconds for the whole exchange

_LOGIN = "Run `whoop-mcp login`."
_APP = (
    "Compare WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET with the app in WHOOP's developer dashboard, "
    "or run `whoop-mcp login` to enter them again."
)
_WORDS = {
    "invalid_grant": ("WHOOP no longer accepts the login.", _LOGIN),
    "token_inactive": ("WHOOP no longer accepts the login.", _LOGIN),
    "invalid_request": ("WHOOP did not accept the request for a token.", _LOGIN),
    "invalid_client": ("WHOOP does not know this app id and secret.", _APP),
    "unauthorized_client": ("WHOOP does not let this app log in.", _APP),
    "invalid_scope": ("WHOOP does not grant this app a scope that was asked for.", _LOGIN),
}


class Refused(AuthFailed):
    """WHOOP itself said no. `error` is OAuth's word for why, one of a known few; `also` may add
    what is known about how it came to that."""

    def __init__(self, error: str, also: str = "") -> None:
        message, hint = _WORDS[error]
        super().__init__(f"{message} {also}".rstrip(), hint=hint, endpoint=PATH)
        self.error = error


def request(transport: Transport, app: tuple[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    """WHOOP's token answer (`access_token`, `refresh_token`?, `expires_in`, `scope`?).

    Sent exactly once. `app` is (id, secret). Raises Refused when WHOOP says no, else
    UpstreamError: then nobody knows whether the request was heard.
    """
    client_id, client_secret = app
    try:
        answer = transport.exchange(
            "POST",
            PATH,
            form={**form, "client_id": client_id, "client_secret": client_secret},
            call=Call(PATIENCE),
            read_timeout=PATIENCE,
            template=PATH,
        )
    except Transient as nothing:
        raise _outage(nothing.message) from None
    said = _object(answer)
    if answer.status == 200:
        token = said.get("access_token")
        if isinstance(token, str) and token:
            return said
        raise _outage("WHOOP's answer holds no token: something in between may have made it.")
    error = said.get("error")
    if 400 <= answer.status < 500 and isinstance(error, str) and error in _WORDS:
        raise Refused(error)
    problem = _outage(f"WHOOP's login service is failing ({answer.status}).")
    seconds = retry_after(answer.headers)
    problem.retry_after_seconds = None if seconds is None else round(seconds)
    raise problem


def revoke(transport: Transport, token: Token) -> None:
    """End the grant at WHOOP. UpstreamError when WHOOP does not confirm that."""
    refused = None
    for _ in range(2):
        refused = token(refused)
        answer = transport.exchange("DELETE", REVOKE, token=refused, template=REVOKE)
        if answer.status != 401 or answer.is_page():
            break
    if not 200 <= answer.status < 300 or answer.is_page():
        raise UpstreamError(f"WHOOP did not confirm the logout ({answer.status}).", endpoint=REVOKE)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        # Laxer than data: a number that nobody can hold must not cost the tokens beside it.
        said = {} if answer.is_page() else json.loads(answer.body, parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _outage(message: str) -> UpstreamError:
    return UpstreamError(
        message, hint="Try again in a few minutes; the login is kept.", endpoint=PATH
    )
