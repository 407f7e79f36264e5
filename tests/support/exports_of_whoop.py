"""WHOOP's data export of a made-up account, as files, and as it should come out of the cache."""

from __future__ import annotations

from pathlib import Path

from whoop_mcp.simulator import data_export
from whoop_mcp.simulator.account import Account


def save(account: Account, folder: Path, language: str = "en", *, columns: int = 17) -> Path:
    """Save the ZIP that WHOOP would mail now."""
    place = folder / data_export.name(account)
    place.write_bytes(data_export.package(account, language, columns=columns))
    return place
