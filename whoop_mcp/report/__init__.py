"""The statistics and days as one HTML page."""

from __future__ import annotations

from .document import app_page, create, excuse, page

__all__ = ["app_page", "create", "excuse", "page"]
