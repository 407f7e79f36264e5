"""Records live WHOOP payloads for the tests, with everything personal taken out.

For a person who has an account and an access token of their own:

    WHOOP_ACCESS_TOKEN=… python tests/record_fixtures.py [--out tests/data]

Writes one `live_<resource>.json` for each collection's first page, and for profile and body.
Ids are counted anew, all times shifted by one random whole number of days, numbers jittered by up
to five per cent, texts replaced unless they are one of WHOOP's own words. Time of day and
`timezone_offset` stay, because the tests are about them: look before you publish. Files that
exist are never overwritten.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import uuid
from datetime import date, timedelta
from pathlib import Path
from random import SystemRandom
from typing import Any

import requests

PATHS = {
    "cycles": "/v2/cycle?limit=25",
    "recoveries": "/v2/recovery?limit=25",
    "sleeps": "/v2/activity/sleep?limit=25",
    "workouts": "/v2/activity/workout?limit=25",
    "profile": "/v2/user/profile/basic",
    "body_measurement": "/v2/user/measurement/body",
}
WORDS = {"score_state", "sport_name", "sport_id", "timezone_offset"}
PEOPLE = {"email": "member@example.com", "first_name": "First", "last_name": "Last"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")


class Scrubber:
    """Takes a person out of payloads, the same way in all of them: ids still refer."""

    def __init__(self) -> None:
        self._random = SystemRandom()
        self._days = timedelta(days=self._random.randint(400, 4000))
        self._ids: dict[Any, int] = {}

    def scrub(self, value: Any, key: str = "") -> Any:
        """The value as it may be shown; what is not known to be harmless is replaced."""
        if isinstance(value, dict):
            return {name: self.scrub(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self.scrub(part, key) for part in value]
        if value is None or isinstance(value, bool) or value == "" or key in WORDS:
            return value
        if key == "id" or key.endswith("_id"):
            return self._id(value)
        if isinstance(value, str):
            return self._text(value, key)
        return self._number(value, key)

    def _id(self, value: int | str) -> int | str:
        number = self._ids.setdefault(value, len(self._ids) + 1)
        return 1000 + number if isinstance(value, int) else str(uuid.UUID(int=number, version=4))

    def _text(self, value: str, key: str) -> str:
        if INSTANT.match(value):
            return (date.fromisoformat(value[:10]) - self._days).isoformat() + value[10:]
        return PEOPLE.get(key, "scrubbed")

    def _number(self, value: float, key: str) -> float:
        # Fractions stay fractions and percentages percentages, strain on its scale.
        most = (
            1 if 0 <= value <= 1 else 100 if "percent" in key else 21 if key == "strain" else 1e12
        )
        jittered = min(value * self._random.uniform(0.95, 1.05), most)
        return round(jittered) if isinstance(value, int) else round(float(jittered), 6)


def record(token: str, folder: Path, base: str) -> list[Path]:
    """Ask for each payload once, and write what may be shown of it. Nothing is overwritten."""
    targets = {name: folder / f"live_{name}.json" for name in PATHS}
    there = [path.name for path in targets.values() if path.exists()]
    if there:
        raise FileExistsError(f"already recorded: {', '.join(there)}")
    scrubber = Scrubber()

    def authorized(request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As a header of ours it would give way to a .netrc.
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    payloads = {}
    for name, path in PATHS.items():
        answer = requests.get(
            f"{base}/developer{path}",
            headers={"User-Agent": "whoop-mcp-fixtures/1"},
            auth=authorized,
            timeout=30,
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise ConnectionError(f"{path.split('?')[0]} was answered {answer.status_code}")
        payloads[name] = scrubber.scrub(answer.json())
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in targets.items():
        with target.open("x", encoding="utf-8") as file:
            json.dump(payloads[name], file, indent=1)
            file.write("\n")
    return list(targets.values())


def main() -> int:
    """The command line; 0 = recorded, 1 = not, 2 = usage."""
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data")
    given = parser.parse_args()
    token = os.environ.get("WHOOP_ACCESS_TOKEN")
    if not token:
        print("Set WHOOP_ACCESS_TOKEN to an access token of your own account.", file=sys.stderr)
        return 2
    base = os.environ.get("WHOOP_BASE_URL", "https://api.prod.whoop.com")
    try:
        for path in record(token, given.out, base):
            print(path)
    except (OSError, ValueError) as problem:
        print(f"Nothing recorded: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
