"""Compute statistics of a person's days, each with its basis."""

from __future__ import annotations

from .answer import insights

__all__ = ["insights"]
