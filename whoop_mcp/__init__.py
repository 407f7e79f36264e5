"""whoop-mcp: a person's own WHOOP data, mirrored to their disk and served to their model.

`__all__` is what another program may build on, from the index or as a folder copied under any
name. It needs `requests` alone, and nothing of it is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.9.0"

if TYPE_CHECKING:
    from . import errors, insights, reads, report, sync
    from .cache import purge
    from .cache.cache import Cache
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
    from .reads import days
    from .reads import events as feed
    from .reads import exports as export
    from .reads import sql as query
    from .sync.mirror import Mirror
    from .whoop import records
    from .whoop.api import Api
    from .whoop.records import BodyMeasurement, Cycle, Profile, Recovery, Sleep, Workout
    from .whoop.resources import (
        BODY,
        CYCLES,
        PROFILE,
        RECOVERIES,
        RESOURCES,
        SLEEPS,
        WORKOUTS,
        Resource,
    )
    from .whoop.transport import BASE_URL, Transport

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

_MODULES = {
    "days": "reads.days",
    "errors": "errors",
    "export": "reads.exports",
    "feed": "reads.events",
    "insights": "insights",
    "purge": "cache.purge",
    "query": "reads.sql",
    "reads": "reads",
    "records": "whoop.records",
    "report": "report",
    "sync": "sync",
}
_NAMES = {
    "errors": "AuthFailed CacheEmpty CacheError ExportError FileExists NotFound RateLimited "
    "SyncError UpstreamError ValidationError WhoopError",
    "call": "Call Stopped",
    "whoop.records": "BodyMeasurement Cycle Profile Recovery Sleep Workout",
    "whoop.resources": "BODY CYCLES PROFILE RECOVERIES RESOURCES Resource SLEEPS WORKOUTS",
    "whoop.transport": "BASE_URL Transport",
    "whoop.api": "Api",
    "cache.cache": "Cache",
    "sync.mirror": "Mirror",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}
"""Where what `__all__` promises lives: modules, and the module of each class and constant."""


def __getattr__(name: str) -> Any:
    """Import what `__all__` promises when it is first asked for."""
    if name in _MODULES:
        return import_module(f".{_MODULES[name]}", __name__)
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
