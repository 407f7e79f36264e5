"""Name what can be chosen of an experiment; a tool's table or a command's help needs no more."""

from __future__ import annotations

ACTIONS = ("plan", "start", "today", "status", "result", "end")

OUTCOMES = (
    "recovery",
    "ln_hrv",
    "resting_heart_rate",
    "sleep_duration",
    "sleep_performance",
    "sleep_efficiency",
    "respiratory_rate",
    "skin_temperature",
    "bedtime",
)
"""The metrics of the morning and the night after a day."""

LONGEST, MOST_BLOCK = 366, 28
"""The most days of an experiment, and of a block of it."""
