"""Join a cache with the WHOOP it is to be like, for every read and every sync."""

from __future__ import annotations

from dataclasses import dataclass

from ..cache.cache import Cache
from ..whoop.api import Api


@dataclass(frozen=True)
class Mirror:
    """A cache, the WHOOP server it mirrors, and how it is kept."""

    cache: Cache
    api: Api
    retention_days: int | None = None
