"""Join a cache with the WHOOP it is to be like, for every read and every sync."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..cache.cache import Cache
from ..whoop.api import Api


@dataclass(frozen=True)
class Mirror:
    """A cache, the WHOOP server it mirrors, and how it is kept.

    `learned_user` is told the profile's `user_id` as soon as WHOOP has named it.
    """

    cache: Cache
    api: Api
    retention_days: int | None = None
    learned_user: Callable[[int], None] = lambda user: None
