"""The recorder takes the person out of what it records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.simulator import life

from ..support.faults import FaultySimulator

SCRIPT = Path(__file__).parent / "record_fixtures.py"
NAMES = ("cycles", "recoveries", "sleeps", "workouts", "profile", "body_measurement")


def run(simulator: FaultySimulator, folder: Path, token: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "WHOOP_BASE_URL": simulator.url,
        "WHOOP_ACCESS_TOKEN": token,
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, str(SCRIPT), "--out", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    """Every value in a payload with its key."""
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in leaves(part, name)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part, key)]
    return [(key, value)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, life.Account]:
    folder = tmp_path_factory.mktemp("data")
    account = life.make(seed=8, days=40, until="2026-10-20T15:00:00.000Z", user_id=7654321)
    with FaultySimulator(account) as simulator:
        done = run(simulator, folder, simulator.grant()["access_token"])
        assert done.returncode == 0, done.stderr
    return folder, account


def test_nothing_personal_is_left(recorded: tuple[Path, life.Account]) -> None:
    """No id, instant, name or exact measurement of the account is in any file."""
    folder, account = recorded
    written = "".join((folder / f"live_{name}.json").read_text() for name in NAMES)
    personal = {str(account.user_id), *map(str, account.profile.values())}
    for resource in NAMES[:4]:
        for key, value in leaves(account.all(resource)[:25]):
            exact = key.endswith(("id", "at", "start", "end", "hrv_rmssd_milli", "kilojoule"))
            if exact and key != "sport_id" and value is not None:
                personal.add(json.dumps(value).strip('"'))
    assert len(personal) > 200
    assert [value for value in personal if value in written] == []


def test_shape_is_kept(recorded: tuple[Path, life.Account]) -> None:
    """Keys, types and nulls are WHOOP's, and records still refer to each other."""
    folder, account = recorded
    pages = {name: json.loads((folder / f"live_{name}.json").read_text()) for name in NAMES}
    for resource in NAMES[:4]:
        shape = [(key, type(value)) for key, value in leaves(pages[resource]["records"])]
        original = [(key, type(value)) for key, value in leaves(account.all(resource)[:25])]
        assert shape == original
    sleeps = {raw["id"]: raw for raw in pages["sleeps"]["records"]}
    for recovery in pages["recoveries"]["records"][:20]:
        assert sleeps[recovery["sleep_id"]]["cycle_id"] == recovery["cycle_id"]


def test_refuses_to_overwrite(recorded: tuple[Path, life.Account]) -> None:
    """A second run changes nothing and asks WHOOP for nothing."""
    folder, account = recorded
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with FaultySimulator(account) as simulator:
        done = run(simulator, folder, "any")
        assert (done.returncode, simulator.count()) == (1, 0)
    assert "already recorded" in done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_refusal_leaves_no_file(tmp_path: Path, recorded: tuple[Path, life.Account]) -> None:
    """A token that is refused, or none, writes nothing."""
    with FaultySimulator(recorded[1]) as simulator:
        assert run(simulator, tmp_path / "data", "dead").returncode == 1
        assert run(simulator, tmp_path / "data", "").returncode == 2
    assert not (tmp_path / "data").exists()
