"""Try on oneself, by lot, what a behaviour does to the next morning, and tell what came of it."""

from __future__ import annotations

from .experiment import experiment

__all__ = ["experiment"]
