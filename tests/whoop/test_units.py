"""Milliseconds, kilojoules and shares."""

from __future__ import annotations

import pytest

from whoop_mcp.whoop import fields


def test_the_unknown_stays_unknown() -> None:
    """Null is never turned into a number."""
    assert fields.seconds(None) is fields.calories(None) is fields.percent(None) is None
    assert fields.total(1.0, None, 2.0) is None


def test_nothing_is_a_number() -> None:
    """Zero is known, and stays zero."""
    assert (fields.seconds(0), fields.calories(0), fields.percent(0), fields.total(0, 0)) == (
        0,
    ) * 4


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(28_800_000, 28800.0), (1049, 1.0), (1051, 1.1), (-1200, -1.2)]
)
def test_milliseconds_become_seconds(milliseconds: int, seconds: float) -> None:
    """Seconds have one decimal, rounded."""
    assert fields.seconds(milliseconds) == seconds


def test_whole_milliseconds_are_rounded_as_any_number() -> None:
    """Also on a tie, and below zero, a whole number of milliseconds becomes what `round` says."""
    for milliseconds in (*range(-2000, 30_000), 7 * 86_400_000 - 1, 2**53 - 1, 28_799_950):
        expected = round(milliseconds / 1000, 1)
        assert repr(fields.seconds(milliseconds)) == repr(expected), milliseconds


@pytest.mark.parametrize(("kilojoules", "kcal"), [(8368.0, 2000), (1.0, 0), (2.1, 1), (2092, 500)])
def test_kilojoules_become_whole_kcal(kilojoules: float, kcal: int) -> None:
    """A kilocalorie is 4.184 kilojoules; calories are whole."""
    calories = fields.calories(kilojoules)
    assert calories == kcal
    assert type(calories) is int


@pytest.mark.parametrize(
    ("sent", "percent"), [(1.0, 100.0), (0.5, 50.0), (0.123456, 12.3456), (1.5, 1.5), (97.0, 97.0)]
)
def test_a_fraction_becomes_a_percentage(sent: float, percent: float) -> None:
    """What comes at most 1 is a fraction; what comes larger is a percentage already."""
    assert fields.percent(sent) == percent
