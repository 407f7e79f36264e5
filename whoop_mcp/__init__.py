"""whoop-mcp: a person's own WHOOP data, mirrored to their disk and served to their model.

`__all__` is what another program may build on, from the index or as a folder copied under any
name. It needs `requests` alone, and nothing of it is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.9.0"

if TYPE_CHECKING:
    from . import days, errors, export, feed, insights, purge, query, reads, records, report, sync
    from .api import Api
    from .cache import Cache
    from .call import Call, Stopped
    from .errors import (
        AuthFailed,
        CacheEmpty,
        CacheError,
        ExportError,
        FileExists,
        NotFound,
        RateLimited,
        SyncError,
        UpstreamError,
        ValidationError,
        WhoopError,
    )
    from .mirror import Mirror
    from .records import BodyMeasurement, Cycle, Profile, Recovery, Sleep, Workout
    from .resources import BODY, CYCLES, PROFILE, RECOVERIES, RESOURCES, SLEEPS, WORKOUTS, Resource
    from .transport import BASE_URL, Transport

__all__ = [
    "BASE_URL",
    "BODY",
    "CYCLES",
    "PROFILE",
    "RECOVERIES",
    "RESOURCES",
    "SLEEPS",
    "WORKOUTS",
    "Api",
    "AuthFailed",
    "BodyMeasurement",
    "Cache",
    "CacheEmpty",
    "CacheError",
    "Call",
    "Cycle",
    "ExportError",
    "FileExists",
    "Mirror",
    "NotFound",
    "Profile",
    "RateLimited",
    "Recovery",
    "Resource",
    "Sleep",
    "Stopped",
    "SyncError",
    "Transport",
    "UpstreamError",
    "ValidationError",
    "WhoopError",
    "Workout",
    "__version__",
    "days",
    "errors",
    "export",
    "feed",
    "insights",
    "purge",
    "query",
    "reads",
    "records",
    "report",
    "sync",
]

_HOMES = ("errors", "records", "resources", "call", "transport", "api", "cache", "mirror")
"""Where the classes and constants are; what needs little comes first."""


def __getattr__(name: str) -> Any:
    """What `__all__` promises, imported when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.islower():
        return import_module(f".{name}", __name__)
    homes = (import_module(f".{home}", __name__) for home in _HOMES)
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def __dir__() -> list[str]:
    return sorted(__all__)
