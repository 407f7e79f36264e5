"""Make the copy like WHOOP."""

from __future__ import annotations

from .mirror import Mirror
from .run import sync

__all__ = ["Mirror", "sync"]
