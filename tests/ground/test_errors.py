"""Codes and envelopes."""

from __future__ import annotations

import pytest

from whoop_mcp import errors
from whoop_mcp.errors import InternalError, RateLimited, WhoopError

CODES = {
    "AUTH_FAILED",
    "RATE_LIMITED",
    "NOT_FOUND",
    "UPSTREAM_ERROR",
    "VALIDATION_ERROR",
    "CACHE_ERROR",
    "CACHE_EMPTY",
    "FILE_EXISTS",
    "EXPORT_ERROR",
    "SYNC_ERROR",
    "INTERNAL_ERROR",
}


def test_the_codes_are_those_that_clients_know() -> None:
    """Each failure has a class of its own, and there is no code beside the documented ones."""
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    kinds = [one for one in classes if issubclass(one, WhoopError) and one is not WhoopError]
    assert {kind.code for kind in kinds} == CODES
    assert len(kinds) == len(CODES)


def test_an_envelope_says_all_that_is_known() -> None:
    """The envelope holds code and message, and the optional parts where there are some."""
    error = RateLimited("used up", hint="wait", endpoint="/v2/cycle", retry_after_seconds=7)
    assert error.envelope() == {
        "error": {
            "code": "RATE_LIMITED",
            "message": "used up",
            "hint": "wait",
            "endpoint": "/v2/cycle",
            "retry_after_seconds": 7,
        }
    }
    assert str(error) == "used up"


def test_an_envelope_has_no_empty_parts() -> None:
    """What is not known is left out; a wait of no seconds is known."""
    assert RateLimited("used up").details() == {"code": "RATE_LIMITED", "message": "used up"}
    assert RateLimited("used up", retry_after_seconds=0).details()["retry_after_seconds"] == 0


def test_a_bug_tells_nothing_of_itself() -> None:
    """An internal error's words are the same whatever happened, and name the log."""
    with pytest.raises(InternalError) as caught:
        raise InternalError from KeyError("a value of the user's")
    assert "value" not in str(caught.value.envelope())
    assert "log" in str(caught.value.hint)
