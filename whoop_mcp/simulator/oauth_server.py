"""Play WHOOP's OAuth server: ORY Hydra's words, rotating refresh tokens, no second chance."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .http_server import Answer, Request, json_answer, page_answer

SCOPES = (
    "read:profile",
    "read:body_measurement",
    "read:recovery",
    "read:cycles",
    "read:sleep",
    "read:workout",
    "offline",
)
AUTHORIZE_PATH = "/oauth/oauth2/auth"
TOKEN_PATH = "/oauth/oauth2/token"  # noqa: S105


@dataclass
class _Grant:
    scopes: tuple[str, ...]
    access: dict[str, float] = field(default_factory=dict)  # token: when it expires, monotonic
    refresh: str | None = None


@dataclass(frozen=True)
class _Code:
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None


class OAuth:
    """Keep one app's authorizations. The app may come back to one of `redirect_uris` alone."""

    client_id = "demo-app"
    client_secret = "demo-secret"  # noqa: S105
    token_life = 3600.0
    """The seconds after which an access token expires."""

    def __init__(self, redirect_uris: tuple[str, ...]) -> None:
        self.redirect_uris = redirect_uris
        self._lock = threading.Lock()
        self._codes: dict[str, _Code] = {}
        self._used: dict[str, _Grant] = {}
        self._grants: list[_Grant] = []
        self._spent: dict[str, _Grant] = {}

    def authorize(self, request: Request) -> Answer:
        """Answer GET of AUTHORIZE_PATH: the user consents at once, and is sent back with a code."""
        query = request.query
        redirect = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id:
            return page_answer(401, "invalid_client: The requested OAuth 2.0 Client does not exist")
        if redirect not in self.redirect_uris:
            return page_answer(
                400,
                "invalid_request: The 'redirect_uri' parameter does not match any of the"
                " OAuth 2.0 Client's pre-registered redirect urls",
            )
        asked = tuple(query.get("scope", "").split())
        error = self._refusal(query, asked)
        back = {**error, "state": query.get("state", "")}
        if not error:
            code = back["code"] = secrets.token_urlsafe(24)
            back["scope"] = " ".join(asked)
            with self._lock:
                self._codes[code] = _Code(asked, redirect, query.get("code_challenge"))
        mark = "&" if "?" in redirect else "?"
        return Answer(302, headers={"Location": redirect + mark + urlencode(back)})

    def token(self, request: Request) -> Answer:
        """Answer POST of TOKEN_PATH: a code or a refresh token for new tokens."""
        form = request.form
        if "Authorization" in request.headers:
            return _refused(
                401,
                "invalid_client",
                "The OAuth 2.0 Client supports client authentication method"
                " 'client_secret_post', but method 'client_secret_basic' was requested.",
            )
        known = form.get("client_id") == self.client_id
        if not known or form.get("client_secret") != self.client_secret:
            return _refused(
                401,
                "invalid_client",
                "Client authentication failed (e.g., unknown client, no client authentication"
                " included, or unsupported authentication method).",
            )
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                return self._redeem(form)
            if form.get("grant_type") == "refresh_token":
                return self._refresh(form)
        return _refused(
            400, "unsupported_grant_type", "The authorization grant type is not supported."
        )

    def scopes(self, request: Request) -> tuple[str, ...] | None:
        """Tell what the request's bearer token may read; None when it is dead or unknown."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._lock:
            for grant in self._grants:
                if grant.access.get(token, 0) > time.monotonic():
                    return grant.scopes
        return None

    def revoke(self) -> None:
        """Let every token of the user be dead."""
        with self._lock:
            for grant in self._grants:
                _kill(grant)

    def _refusal(self, query: dict[str, str], asked: tuple[str, ...]) -> dict[str, str]:
        error = about = ""
        if query.get("response_type") != "code":
            error = "unsupported_response_type"
            about = "The authorization server does not support this response type."
        elif len(query.get("state", "")) < 8:
            error = "invalid_state"
            about = "The state is missing or does not have enough characters."
        elif not set(asked) <= set(SCOPES):
            error, about = "invalid_scope", "The requested scope is invalid, unknown, or malformed."
        elif "code_challenge" in query and query.get("code_challenge_method") != "S256":
            error = "invalid_request"
            about = "Clients must use code_challenge_method=S256, plain is not allowed."
        return {"error": error, "error_description": about} if error else {}

    def _redeem(self, form: dict[str, str]) -> Answer:
        text = form.get("code", "")
        code = self._codes.pop(text, None)
        if code is None:
            if text in self._used:  # somebody else has it: what it gave is taken back
                _kill(self._used[text])
            return _refused(400, "invalid_grant", "The authorization code has already been used.")
        if form.get("redirect_uri") != code.redirect_uri:
            return _refused(
                400,
                "invalid_grant",
                "The 'redirect_uri' from this request does not match the one from the"
                " authorize request.",
            )
        if code.challenge != (_challenge(form["code_verifier"]) if "code_verifier" in form
                              else None):  # fmt: skip
            return _refused(
                400, "invalid_grant", "The PKCE code challenge did not match the code verifier."
            )
        grant = self._used[text] = _Grant(code.scopes)
        self._grants.append(grant)
        return json_answer(200, self._issue(grant))

    def _refresh(self, form: dict[str, str]) -> Answer:
        token = form.get("refresh_token", "")
        if token in self._spent:
            _kill(self._spent[token])
            return _refused(
                401,
                "token_inactive",
                "Token is inactive because it is malformed, expired or otherwise invalid."
                " Token validation failed.",
            )
        for grant in self._grants:
            if token and grant.refresh == token:
                self._spent[token] = grant
                grant.access.clear()
                return json_answer(200, self._issue(grant))
        return _refused(
            400,
            "invalid_grant",
            "The provided authorization grant (e.g., authorization code, resource owner"
            " credentials) or refresh token is invalid, expired, revoked, does not match the"
            " redirection URI used in the authorization request, or was issued to another client.",
        )

    def _issue(self, grant: _Grant) -> dict[str, Any]:
        access = secrets.token_urlsafe(32)
        grant.access[access] = time.monotonic() + self.token_life
        answer = {
            "access_token": access,
            "expires_in": round(self.token_life),
            "scope": " ".join(grant.scopes),
            "token_type": "bearer",
        }
        if "offline" in grant.scopes:
            grant.refresh = answer["refresh_token"] = secrets.token_urlsafe(32)
        return answer


def _kill(grant: _Grant) -> None:
    grant.access.clear()
    grant.refresh = None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _refused(status: int, error: str, description: str) -> Answer:
    payload = {"error": error, "error_description": description, "status_code": status}
    return json_answer(status, payload)
