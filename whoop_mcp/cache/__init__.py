"""The copy on disk: what is kept, and what is known of it."""

from __future__ import annotations

from .cache import Cache

__all__ = ["Cache"]
