"""Show what an answer found as short cards with a heading, what matters most first."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..counts import counted
from ..insights.statistic import Answer
from ..insights.timeseries import day
from . import parts
from .finding import MOST, Finding, Writer, built_in
from .finding_words import KINDS
from .html import Child, Markup, element, join

log = logging.getLogger(__name__)


def section(answer: Answer) -> Markup:
    """Draw the cards, and in one line what was looked at and shows nothing."""
    writer = Writer(answer, day(answer.period.last)[:4])
    found = findings(answer)
    return parts.section(
        "findings",
        "What stands out",
        element("div", *map(_card, found), class_="findings") if found else None,
        element("p", *_quiet(writer), class_="note"),
    )


def findings(answer: Answer) -> list[Finding]:
    """Write the cards: what is beyond chance first, what only describes after it."""
    writer = Writer(answer, day(answer.period.last)[:4])
    found: list[Finding] = []
    for write in KINDS:
        try:
            found += write(writer)
        except Exception:  # its figures are in the charts and the table all the same
            log.exception("A finding could not be written.")
    return found


def _card(one: Finding) -> Markup:
    mark = element("i", class_=f"key {one.kind}", aria_hidden="true")
    to = element(
        "a",
        "See it",
        element("span", " drawn: ", one.heading, class_="unseen"),
        href=f"#{one.anchor}",
    )
    return element(
        "article",
        element("h3", mark, one.heading),
        *(element("p", _unbroken(words)) for words in one.words),
        element("p", to, class_="see"),
        class_="card finding",
    )


def _unbroken(words: Child) -> Markup:
    """Keep a number and its per cent sign on one line."""
    return Markup(join([words]).replace(" %", "\N{NO-BREAK SPACE}%"))


def _quiet(writer: Writer) -> list[Child]:
    """Sum up what was tried: how much of it is beyond chance but not told above, and how much shows
    nothing."""
    answer, last = writer.answer, writer.date(writer.answer.period.last)
    more, nothing = [], []
    for section, singular, plural in (
        ("trends", "trend", "trends"),
        ("correlations", "pair", "pairs"),
        ("weekdays", "weekday rhythm", "weekday rhythms"),
        ("behaviours", "difference after a behaviour", "differences after behaviours"),
    ):
        tried = [
            one
            for one in answer.sections[section]
            if one.p is not None and one.value is not None and not built_in(one)
        ]
        sure = sum(one.claims for one in tried)
        if sure > MOST:
            more.append(counted(sure - MOST, singular, plural))
        if len(tried) > sure:
            nothing.append(counted(len(tried) - sure, singular, plural))
    week = answer.by_id["hrv.baseline"]
    if week.verdict and not week.claims and week.value is not None:
        nothing.insert(0, "the HRV of 1 week")
    rate, *days = answer.sections["anomalies"]
    if rate.firing and rate.firing.judged_in_period and not days:
        judged = rate.firing.judged_in_period
        nothing.insert(0, f"the vital signs of {counted(judged, 'day')}")
    words: list[Child] = []
    if more:
        words += ["Beyond chance as well, up to ", last, f": {_listed(more)}; see "]
        words += [element("a", "every figure", href="#figures"), ". "]
    if nothing:
        words += ["Up to ", last, f", nothing beyond chance was seen in {_listed(nothing)}."]
    if words:
        return words
    has = answer.counts
    return [
        f"Nothing can be judged yet: {has['recovery']} of {has['total']} "
        f"{'day' if has['total'] == 1 else 'days'} up to ",
        last,
        f" {'has' if has['recovery'] == 1 else 'have'} a recovery, and most figures need three "
        "weeks of them or more.",
    ]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])
