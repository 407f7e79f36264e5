"""Name what can be chosen, and how much be asked for at once; tables and helps need no more."""

from __future__ import annotations

MOST_DAYS = 3650
"""How many days an answer about a period may be about."""

MOST_EVENTS, MOST_ROWS = 5000, 5000
"""How many changes, and rows of a query, one answer may hold."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

JOURNAL, ALL = "journal", "all"
KINDS = ("cycles", "recoveries", "sleeps", "workouts", JOURNAL, ALL)
FORMATS = ("csv", "jsonl", "parquet")
"""What can be exported, and as what."""
