"""A process killed at any moment leaves a whole cache, from which the next one goes on."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import AuthFailed
from whoop_mcp.login import endpoint
from whoop_mcp.reads import exports
from whoop_mcp.simulator.http_server import Request

from ..support import accounts, lookups
from ..support.accounts import RandomChanges
from ..support.faults import FaultySimulator
from ..support.killing import ACTS, KINDS, Victim
from ..support.logins import logged_in, login
from ..support.mirrored_accounts import UNTIL, MirroredAccount, mirrored_account

KILLS = int(os.environ.get("WHOOP_TEST_KILLS", "200"))

PROGRAM = """
import sys
from pathlib import Path
from whoop_mcp import sync
from whoop_mcp.whoop.api import Api
from whoop_mcp.cache import Cache
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.whoop.present import Present
from whoop_mcp.whoop.transport import Transport
url, token, path, now = sys.argv[1:]
present = Present(lambda: now)
transport = Transport(url, lambda refused: token, user_agent="tests", present=present)
cache = Cache(Path(path), clock=present)
print(sync.sync(Mirror(cache, Api(transport)), full=True)["status"])
"""


def start(one: MirroredAccount, folder: Path) -> subprocess.Popen[str]:
    """A full sync in a process of its own."""
    token = one.simulator.grant()["access_token"]
    arguments = [one.simulator.url, token, str(folder / "whoop.db"), UNTIL]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    )


def assert_whole(one: MirroredAccount) -> None:
    with one.cache.database.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_a_killed_full_sync_loses_no_page(tmp_path: Path) -> None:
    """Killed half-way, a second after the last page has come, and begun again, both together take
    at most 1.3 times one pass."""
    with mirrored_account(tmp_path / "one", days=400, latency=0.004) as one:
        one.sync(full=True)
        whole = one.requests()
    with mirrored_account(tmp_path / "two", days=400, latency=0.004) as one:
        asked, reached, gone = itertools.count(1), threading.Event(), threading.Event()

        def hold(request: Request) -> None:
            if next(asked) > whole // 2:
                reached.set()
                gone.wait(60)

        one.simulator.before = hold
        process = start(one, tmp_path / "two")
        assert reached.wait(60)
        time.sleep(1.0)  # within which each page is promised to be durable
        process.kill()
        process.communicate()
        one.simulator.before = None
        gone.set()
        assert_whole(one)
        again = start(one, tmp_path / "two")
        assert again.communicate()[0].strip() == "success"
        assert one.requests() <= 1.3 * whole
        one.assert_exact()
        assert "interrupted" in {row["status"] for row in lookups.sync_runs(one.cache, 50)}


def exported(folder: Path) -> dict[str, bytes]:
    """The files that exports have left, by name; not those that a kill left unfinished."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for kind in KINDS
        for path in (folder / kind).glob(f"*.{kind}")
    }


class Rounds:
    """A home whose process is killed again and again, and what has to hold after each kill."""

    def __init__(self, folder: Path, simulator: FaultySimulator, seed: int) -> None:
        self.folder = folder
        self.simulator = simulator
        self.account = simulator.account
        self.dice = random.Random(seed)
        self.changes = RandomChanges(self.account, self.dice)
        self.cache = Cache(folder / "home" / "whoop.db", clock=self.account.now)
        self.taken = 0
        self._log_in()

    def _log_in(self) -> None:
        logged_in(self.folder, self.simulator)._transport.close()

    def play(self, kills: int) -> None:
        """So many kills; every thirty the mirror has to become exact."""
        with Victim(self.folder / "home", self.simulator.url) as victim:
            lasts = {act: victim.does(act, self.account.now()) for act in ACTS}
            for number in range(kills):
                self.account.pass_time(minutes=20)
                self.changes.change()
                act = self.dice.choice(["sync", "sync", "export", "renew"])
                before = exported(self.folder)
                self.simulator.clear_log()
                victim.does(act, self.account.now(), self.dice.uniform(0.001, lasts[act] * 1.1))
                self.check_cache()
                self.check_files(before)
                self.check_login()
                if number % 30 == 29 or number == kills - 1:
                    victim.does("sync", self.account.now())  # goes on with the pass that was killed
                    victim.does("sync", self.account.now())
                    one = MirroredAccount(self.account, self.simulator, self.folder / "home")
                    one.transport.close()
                    one.assert_exact()

    def check_cache(self) -> None:
        """The file is whole, as it is and for whoever opens it next."""
        with self.cache.database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def check_files(self, before: dict[str, bytes]) -> None:
        """Each export is the one of before or the one of now, and no other."""
        after = exported(self.folder)
        if after == before:
            return
        for kind in KINDS:
            place = self.folder / "now" / kind
            place.parent.mkdir(exist_ok=True)
            home = self.folder / "home"
            exports.export(self.cache, "all", kind, str(place), overwrite=True, home=home)
        now = exported(self.folder / "now")
        for name, content in after.items():
            assert content in (before.get(name), now[name]), name

    def check_login(self) -> None:
        """The login gives a token that WHOOP takes, but where WHOOP's answer died on its way."""
        made = login(self.folder, self.simulator.url)
        try:
            answer = made._transport.exchange(
                "GET", "/developer/v2/user/profile/basic", token=made.token()
            )
            if answer.status == 401:  # renewed by the dead, who could not store it
                answer = made._transport.exchange(
                    "GET", "/developer/v2/user/profile/basic", token=made.token(made.token())
                )
            assert answer.status == 200
        except AuthFailed as problem:
            assert ("POST", endpoint.PATH, 200) in [
                (line.method, line.path, line.status) for line in self.simulator.log
            ]
            assert "cut off" in problem.message
            self.taken += 1
            self._log_in()
        finally:
            made._transport.close()


def rounds(folder: Path, kills: int, days: int, seed: int) -> None:
    """Kill a process so often that syncs, exports, renews its login."""
    account = accounts.make(seed=seed, days=days, until=UNTIL)
    with FaultySimulator(account, limit=None, day_limit=None, latency=0.002) as simulator:
        one = Rounds(folder, simulator, seed)
        one.play(kills)
        assert one.taken < kills / 4


def test_kills_harm_nothing(tmp_path: Path) -> None:
    """Killed amid syncs, exports and renewals, the file stays whole, no export is half, the login
    works unless WHOOP's answer died with the process, and one more pass makes the mirror exact."""
    rounds(tmp_path, 5, days=40, seed=1)


@pytest.mark.slow
def test_many_kills_harm_nothing(tmp_path: Path) -> None:
    """The same after two hundred kills, or as many as WHOOP_TEST_KILLS says."""
    rounds(tmp_path, KILLS, days=150, seed=2)
