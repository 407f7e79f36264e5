"""Answer questions from the copy."""

from __future__ import annotations

from .records import of_cycle, one, page, snapshot

__all__ = ["of_cycle", "one", "page", "snapshot"]
