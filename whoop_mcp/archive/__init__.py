"""WHOOP's own data export: the ZIP that WHOOP mails to a member, and the journal in it."""

from __future__ import annotations

from .importing import take_in

__all__ = ["take_in"]
