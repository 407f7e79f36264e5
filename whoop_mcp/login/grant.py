"""Hold what is kept of a login: what WHOOP granted, and what has become of it since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .. import times

# Seconds that an access token lives, whatever an answer says: less would have it renewed at every
# request, more would be nobody's.
_SHORTEST, _USUAL, _LONGEST = 60.0, 3600.0, 30 * 86400.0


@dataclass(frozen=True)
class Grant:
    """Hold what WHOOP granted, to which app and user, and what has become of it since."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: str
    scopes: list[str] | None = None  # None: 0.8.x did not say
    user_id: int | None = field(default=None, repr=False)
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    refresh_begun: str | None = None  # set while the outcome of a refresh is unknown
    refused_at: str | None = None  # when WHOOP said that the grant is dead
    lifetime: float | None = None  # seconds that the access token had at first; None: not noted
    repeated_at: str | None = None  # when a renewal brought the very token that was refused

    def renewed(self, answer: Mapping[str, Any], now: str) -> Grant:
        """Take over the tokens of WHOOP's token answer, which came at `now`."""
        lifetime = _lifetime(answer.get("expires_in"))
        refresh = answer.get("refresh_token")
        scope = answer.get("scope")
        scopes = scope.split() if isinstance(scope, str) else []
        return replace(
            self,
            access_token=answer["access_token"],
            refresh_token=(refresh if isinstance(refresh, str) else "") or self.refresh_token,
            expires_at=times.plus(now, seconds=lifetime),
            # A refresh may echo no more than the scope it asked for: the first answer counts.
            scopes=self.scopes if self.scopes or scopes in ([], ["offline"]) else scopes,
            refresh_begun=None,
            refused_at=None,
            lifetime=lifetime,
            repeated_at=None,
        )

    def is_as(self, other: Grant | None) -> bool:
        """Tell whether another holds the same tokens, whatever has become of them."""
        return other is not None and (self.access_token, self.refresh_token) == (
            other.access_token,
            other.refresh_token,
        )


def _lifetime(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not said >= 0:
        return _USUAL
    return float(min(max(said, _SHORTEST), _LONGEST))
