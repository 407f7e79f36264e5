"""Answer questions from the copy."""

from __future__ import annotations

from .records import page
from .single import of_cycle, one, snapshot

__all__ = ["of_cycle", "one", "page", "snapshot"]
