"""The guard around the tests works: what it forbids cannot happen unnoticed."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from .conftest import _REAL_HOME, Trespass


def test_the_real_home_cannot_be_written() -> None:
    """Opening, making or connecting to anything in the real home raises."""
    with pytest.raises(Trespass):
        (_REAL_HOME / "tokens.json").open("w")
    with pytest.raises(Trespass):
        _REAL_HOME.mkdir()
    with pytest.raises(Trespass):
        sqlite3.connect(_REAL_HOME / "whoop.db")


def test_the_network_cannot_be_reached() -> None:
    """A connection or look-up beyond loopback raises."""
    with socket.socket() as plain, pytest.raises(Trespass):
        plain.connect(("192.0.2.1", 443))
    with pytest.raises(Trespass):
        socket.create_connection(("api.prod.whoop.com", 443))


def test_a_test_has_a_home_of_its_own() -> None:
    """What looks for the home finds a temporary one, and no WHOOP setting."""
    assert not str(Path.home()).startswith(str(_REAL_HOME.parent))
    assert not [name for name in os.environ if name.startswith("WHOOP_")]
