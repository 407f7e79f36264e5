"""Put the parts of the page in their order."""

from __future__ import annotations

from . import (
    behaviour_chart,
    comparison,
    daily_charts,
    experiment_chart,
    findings,
    head,
    highlights,
    journal_strip,
    masthead,
    mcp_app,
    statistics_table,
    tiles,
    year,
)
from .content import Content
from .html import Child, Markup, element
from .parts import cards, drawn, section


def sections(content: Content, *, app: bool) -> list[Child]:
    """Build the page's main parts in their order; a view in a host has its week to choose from."""
    return [
        mcp_app.shown(content.answer.period, content.data) if app else None,
        masthead.missing(content),
        head.section(content),
        tiles.tiles(content),
        findings.section(content.answer),
        comparison.section(content.beside),
        *_days(content),
        year.section(content.data.table, content.answer.period),
        _journal(content),
        _after_behaviours(content),
        *experiment_chart.sections(content.experiments),
        *_statistics(content),
    ]


def _days(content: Content) -> list[Markup]:
    """Draw the period day by day."""
    data, found = content.data, content.answer.by_id
    return [
        section(
            "mornings",
            "Recovery",
            cards(
                drawn(
                    "recovery",
                    "Recovery",
                    lambda: daily_charts.recovery_chart(data, found["recovery.mean"]),
                ),
                drawn("calendar", "Recovery by day", lambda: daily_charts.recovery_calendar(data)),
            ),
        ),
        section(
            "heart",
            "Heart and skin",
            cards(
                drawn("hrv", "Heart-rate variability", lambda: daily_charts.hrv_chart(data)),
                drawn("resting", "Resting heart rate", lambda: daily_charts.pulse_chart(data)),
                drawn(
                    "temperature",
                    "Skin temperature",
                    lambda: daily_charts.temperature_chart(data),
                ),
            ),
        ),
        section(
            "nights",
            "Sleep",
            cards(drawn("sleep", "Sleep stages", lambda: daily_charts.sleep_chart(data))),
        ),
        section(
            "training",
            "Strain and training",
            cards(
                drawn(
                    "strain",
                    "Day strain",
                    lambda: daily_charts.strain_chart(data, found["strain.mean"]),
                ),
                drawn("load", "Training load", lambda: daily_charts.load_chart(data)),
                drawn("sports", "Workouts by sport", lambda: daily_charts.sports_table(data.days)),
            ),
        ),
    ]


def _journal(content: Content) -> Markup | None:
    """Draw what the journal has of the period, where it has anything."""
    data = content.data
    dates = [one.date for one in data.days]
    if not any(one["date"] in dates for one in content.entries):
        return None
    return section(
        "lived",
        "Journal",
        cards(
            drawn(
                "journal",
                "Journal",
                lambda: journal_strip.strip(content.entries, dates, data.cut),
            )
        ),
    )


def _after_behaviours(content: Content) -> Markup | None:
    """Draw what differs on mornings after a behaviour, where the journal tells of any."""
    found = content.answer.sections["behaviours"]
    if not any(one.n for one in found):
        return None
    return section(
        "after",
        "The mornings after",
        drawn("afterwards", "The mornings after", lambda: behaviour_chart.forest(found)),
    )


def _statistics(content: Content) -> list[Markup]:
    """Draw what stands at the end: unusual days, pairs, and the table of every figure."""
    parts = content.answer.sections
    return [
        section(
            "unusual",
            "Unusual days",
            element(
                "p",
                "Days on which two or more vital signs were far from the four weeks before. "
                "A sign to look at, not a diagnosis.",
            ),
            drawn("signs", "Unusual days", lambda: highlights.unusual(parts["anomalies"])),
        ),
        section(
            "pairs",
            "What went together",
            element(
                "p",
                "Each point is a day. The figures have trend and weekday rhythm taken out; the "
                "points have not. Going together is not causing.",
            ),
            drawn(
                "points",
                "What went together",
                lambda: highlights.surest_pairs(parts["correlations"]),
            ),
        ),
        section(
            "figures",
            "Every figure",
            element("p", "What each number rests on, and why some have none."),
            drawn("all", "Every figure", lambda: statistics_table.every_statistic(parts)),
        ),
    ]
