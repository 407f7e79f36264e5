"""Show the statistics and days as one HTML page."""

from __future__ import annotations

from .document import app_body, app_page, create, error_page, page

__all__ = ["app_body", "app_page", "create", "error_page", "page"]
