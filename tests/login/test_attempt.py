"""What begins an authorization, and what may come back."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from whoop_mcp.login.attempt import SCOPES, Attempt, Denied, Stray

URI = "http://localhost:8000/callback"
ATTEMPT = Attempt("demo-app", URI, "the-state-of-this-login", "the-verifier")
STATE = "state=the-state-of-this-login"


def test_the_address_asks_for_all_that_is_needed() -> None:
    """The address carries the app, the exact redirect URI, every scope, a state and the S256
    challenge of the verifier."""
    attempt = Attempt.begin("demo-app", URI, pkce=True)
    address = urlsplit(attempt.address("https://whoop.example"))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/oauth/oauth2/auth"
    assert query["redirect_uri"] == URI
    assert query["scope"].split() == list(SCOPES)
    assert len(query["state"]) >= 8
    assert attempt.verifier is not None
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert query["code_challenge_method"] == "S256"
    assert attempt.form("c")["code_verifier"] == attempt.verifier


def test_each_attempt_has_its_own_secrets() -> None:
    """No two attempts share a state or a verifier, and neither shows in a repr."""
    one, other = (Attempt.begin("demo-app", URI, pkce=True) for _ in range(2))
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert one.state not in repr(one)
    assert str(one.verifier) not in repr(one)


def test_pkce_can_be_left_out() -> None:
    """Without PKCE neither the address nor the form names it."""
    attempt = Attempt.begin("demo-app", URI, pkce=False)
    assert "challenge" not in attempt.address("https://whoop.example")
    assert "code_verifier" not in attempt.form("c")


def test_a_code_comes_with_our_state_only() -> None:
    """The code of a query with our state is taken; any other query is a stray."""
    assert ATTEMPT.code(f"code=abc&{STATE}&scope=offline") == "abc"
    for query in (
        "",
        "code=abc",
        "code=abc&state=",
        "code=abc&state=the-state-of-this-logim",
        f"code=abc&{STATE}&{STATE}",
        f"code=abc&code=def&{STATE}",
        STATE,
        "code=abc&state=%ff%fe",
        "error=access_denied&state=forged",
    ):
        with pytest.raises(Stray):
            ATTEMPT.code(query)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("error=access_denied", "declined"),
        ("error=invalid_scope", "does not let this app"),
        ("error=server_error", r"\(server_error\)"),
        ("error=<script>", r"\(no reason given\)"),
    ],
)
def test_a_refusal_is_put_in_words(query: str, words: str) -> None:
    """The usual refusals are explained; text from outside stays out of the message."""
    with pytest.raises(Denied, match=words) as caught:
        ATTEMPT.code(f"{query}&error_description=hush&{STATE}")
    assert caught.value.detail == "hush"
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    ("uri", "loopback"),
    [
        (URI, True),
        ("http://127.0.0.1:9/x", True),
        ("http://[::1]:9/x", True),
        ("https://localhost:8000/callback", False),
        ("whoop://callback", False),
        ("http://localhost.example/callback", False),
    ],
)
def test_only_plain_loopback_can_be_listened_on(uri: str, loopback: bool) -> None:
    """Other redirect URIs go by paste."""
    assert Attempt("demo-app", uri, "s" * 8, None).is_loopback() is loopback
