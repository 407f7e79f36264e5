"""Make one attempt at an authorization: the address that begins it, and what may come back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from ..errors import AuthFailed
from ..whoop.resources import BODY, CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS
from ..whoop.transport import is_loopback

_ASKED_FOR = (PROFILE, BODY, RECOVERIES, CYCLES, SLEEPS, WORKOUTS)
SCOPES = (*(resource.scope for resource in _ASKED_FOR), "offline")
PATH = "/oauth/oauth2/auth"

_REASONS = {
    "access_denied": ("The consent was declined.", "Run the login again and agree."),
    "invalid_scope": (
        "WHOOP does not let this app ask for all that it needs.",
        "Tick every read scope and `offline` for the app in WHOOP's developer dashboard.",
    ),
}


def missing_scopes(granted: Collection[str]) -> list[str]:
    """List what a login was not granted of the scopes that are asked for."""
    return [scope for scope in SCOPES if scope not in granted]


class Stray(ValueError):
    """Signal that what came back belongs to another attempt, or to none."""


class Denied(AuthFailed):
    """Signal that WHOOP, or the person at its page, said no.

    `detail` is text from outside: show it escaped.
    """

    def __init__(self, error: str, detail: str) -> None:
        word = error if re.fullmatch(r"[a-z_]{1,40}", error) else "no reason given"
        usual = (f"WHOOP refused the login ({word}).", "Run the login again.")
        message, hint = _REASONS.get(error, usual)
        super().__init__(message, hint=hint)
        self.detail = detail


@dataclass(frozen=True)
class Attempt:
    """Hold what tells this attempt from others. `verifier` is None without PKCE."""

    client_id: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str | None = field(repr=False)

    @classmethod
    def begin(cls, client_id: str, redirect_uri: str, *, pkce: bool) -> Attempt:
        """Begin an attempt with secrets of its own."""
        verifier = secrets.token_urlsafe(48) if pkce else None
        return cls(client_id, redirect_uri, secrets.token_urlsafe(24), verifier)

    def address(self, base_url: str) -> str:
        """Make the address that the person's browser is to open."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": self.state,
        }
        if self.verifier is not None:
            digest = hashlib.sha256(self.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{base_url}{PATH}?{urlencode(query)}"

    def code(self, query: str) -> str:
        """Take the code out of a returned query. Stray unless its state is ours; Denied."""
        given = parse_qs(query, max_num_fields=20)
        states = given.get("state", [])
        if len(states) != 1 or not hmac.compare_digest(states[0].encode(), self.state.encode()):
            raise Stray("it belongs to another login")
        if "error" in given:
            raise Denied(given["error"][0], given.get("error_description", [""])[0])
        codes = given.get("code", [])
        if len(codes) != 1:
            raise Stray("it holds no code")
        return codes[0]

    def form(self, code: str) -> dict[str, str]:
        """Make the form that the token endpoint wants to see for a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return form if self.verifier is None else {**form, "code_verifier": self.verifier}

    def is_loopback(self) -> bool:
        """Tell whether this computer can itself be where WHOOP sends the browser."""
        return urlsplit(self.redirect_uri).scheme == "http" and is_loopback(self.redirect_uri)


def settle(outcome: Future[str], found: str | AuthFailed) -> bool:
    """Make a code, or why there is none, an attempt's outcome; False where it has one already."""
    try:
        if isinstance(found, str):
            outcome.set_result(found)
        else:
            outcome.set_exception(found)
    except InvalidStateError:
        return False
    return True
