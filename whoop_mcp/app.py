"""Put the program together from its settings: the login, the way to WHOOP, and the mirror."""

from __future__ import annotations

from . import network, times
from .cache.cache import Cache
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
            settings.db_path, login=self.login, clock=present, max_age=settings.max_age
        )
        self.mirror = Mirror(self.cache, Api(self.transport), settings.retention_days)
