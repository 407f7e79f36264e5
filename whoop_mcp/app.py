"""Put the program together from its settings: the login, the way to WHOOP, and the mirror."""

from __future__ import annotations

from contextlib import suppress

from . import network, times
from .cache.cache import Cache
from .errors import AuthFailed, WhoopError
from .login.tokens import Login
from .settings import Settings
from .sync.mirror import Mirror
from .whoop.api import Api
from .whoop.present import Present


class App:
    """Hold what belongs to one home. Creating it touches neither disk nor network.

    `clock` is this computer's; `App.clock` is the one that WHOOP's answers set right.
    """

    def __init__(self, settings: Settings, *, clock: times.Clock = times.now) -> None:
        self.settings = settings
        present = Present(clock)
        self.clock: times.Clock = present
        # The login reckons by the computer's own clock: a token lives as long by any that goes on.
        self.login = Login(settings, network.transport(settings, present=present), clock=clock)
        self.transport = network.transport(settings, self.login.token, present)
        self.cache = Cache(
            settings.db_path, user=self.user, clock=present, max_age=settings.max_age
        )
        self.mirror = Mirror(
            self.cache,
            Api(self.transport),
            retention_days=settings.retention_days,
            learned_user=self._learned_user,
        )

    def user(self) -> int | None:
        """Find the user whose login is on disk; None where there is none, or it does not say."""
        with suppress(AuthFailed):
            return self.login.user_id
        return None

    def _learned_user(self, user: int) -> None:
        if self.user() is None:
            with suppress(WhoopError):  # it is only a note; the next profile brings it again
                self.login.remember_user(user)
