"""Describe WHOOP's data, and ask WHOOP's API for them."""

from __future__ import annotations

from .api import Api
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
    "Resource",
    "Transport",
]
