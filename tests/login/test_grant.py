"""What becomes of a grant by WHOOP's answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from whoop_mcp.login.grant import Grant

GRANT = Grant("access-1", "refresh-1", "2026-04-20T06:30:00.000Z", scopes=["read:sleep", "offline"])


@pytest.mark.parametrize(
    ("answer", "refresh", "scopes", "expires"),
    [
        ({}, "refresh-1", ["read:sleep", "offline"], "2026-04-20T01:00:00.000Z"),
        (
            {"refresh_token": "r", "scope": "offline", "expires_in": 60},
            "r",
            ["read:sleep", "offline"],
            "2026-04-20T00:01:00.000Z",
        ),
        ({"expires_in": 1e300}, "refresh-1", ["read:sleep", "offline"], "2026-05-20T00:00:00.000Z"),
        ({"expires_in": "x"}, "refresh-1", ["read:sleep", "offline"], "2026-04-20T01:00:00.000Z"),
        ({"expires_in": 0}, "refresh-1", ["read:sleep", "offline"], "2026-04-20T00:01:00.000Z"),
        ({"refresh_token": 5}, "refresh-1", ["read:sleep", "offline"], "2026-04-20T01:00:00.000Z"),
    ],
)
def test_a_token_answer_renews_a_grant(
    answer: dict[str, Any], refresh: str, scopes: list[str], expires: str
) -> None:
    """Odd or sparse answers keep what was first granted, and no life is taken for longer than is
    plausible."""
    before = replace(GRANT, refresh_begun="x", refused_at="y")
    after = before.renewed({"access_token": "access-2", **answer}, "2026-04-20T00:00:00.000Z")
    assert (after.access_token, after.refresh_token) == ("access-2", refresh)
    assert (after.scopes, after.expires_at) == (scopes, expires)
    assert after.refresh_begun is None
    assert after.refused_at is None
