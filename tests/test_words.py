"""Words that people read are plain English, and what finds something says when and how much.

`ODD` lists what nobody says any more, with what to say instead. It is held against every string of
the program that is no docstring, against its stylesheets, scripts and documents, and against what
the program really says on made-up accounts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.archive import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cli import experiment as experiment_words
from whoop_mcp.cli import insight_words, journal_words
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import periods
from whoop_mcp.reads import journal
from whoop_mcp.report import document
from whoop_mcp.server.prompts import PROMPTS
from whoop_mcp.simulator import data_export, life

from .support import dashboards
from .support.commands import REPOSITORY
from .support.experimenters import Experimenter

ODD = {
    r"\breckon": "compute, work out, count",
    r"\b(?:told|tell|tells) (?:\w+ ){0,2}from chance": "more than chance would do",
    r"\boff together\b": "clearly worse than usual at once",
    r"\b(?:can|cannot|could|not) be told\b(?! apart)": "is not known, shows nothing",
    r"\bgainsay": "contradict",
    r"\banew\b": "again",
    r"\b(?:where|there)(?:of|in|upon|by|to)\b": "of which, in it",
    r"\b(?:whence|thence|hither|thither)\b": "from where, to there",
    r"\b(?:whilst|amongst|albeit|perchance|betwixt|lest)\b": "while, among, although",
    r"\bupon which\b": "then",
    r"\bin the mean\b": "on average",
    r"\bchance would have it\b": "chance would do",
    r"\bwhoever\b": "people who, if you",
    r"\b(?:can|cannot|to) be had\b": "is free, you can get",
    r"\bnothing is said of\b": "nothing is known of",
    r"\bparted (?:by|from)\b": "separated",
    r"\bspeak of (?:it|what|these|them)\b": "talk about",
    r"\bwould have (?:it|them) so\b": "makes it",
    r"\bset against them\b": "does not make up for",
    r"(?<!you )\bcalled worth it\b": "that you call worth it",
    r"\btells nothing\b": "shows nothing",
    r"\b(?:in it|zone) is none\b": "cannot be read",
    r"\b(?:is|are) no (?:number|text|ZIP|day as)\b": "is not a",
    r"\bsome(?:thing|where) else than\b": "other than",
    r"\bfor the answer's length\b": "to keep the answer short",
    r"\blot was kept\b|\bNo lot\b|\blot for\b|\blot wants\b": "the draw",
}
"""What is odd, as a pattern, and what to say."""

_ALL = re.compile("|".join(f"(?P<p{n}>{odd})" for n, odd in enumerate(ODD)), re.IGNORECASE)

_TEXTS = ("README.md", "PRIVACY.md", "AGENTS.md", "CHANGELOG.md")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = re.compile(rf"\b\d\d? {_MONTH}[a-z]*\b")


def odd(text: str) -> list[str]:
    """Each oddity of a text, with what to say instead."""
    return [
        f"“{found[0]}”: say {list(ODD.values())[int((found.lastgroup or 'p0')[1:])]}"
        for found in _ALL.finditer(" ".join(text.split()))
    ]


def strings(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings, f-strings as one with {} for what varies."""
    nodes = list(ast.walk(ast.parse(source)))
    told = {
        id(one.value)
        for one in nodes
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    parts = {id(part) for one in nodes if isinstance(one, ast.JoinedStr) for part in one.values}
    plain = told | parts
    for one in nodes:
        if isinstance(one, ast.JoinedStr):
            yield (
                one.lineno,
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in one.values
                ),
            )
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in plain:
            yield one.lineno, one.value


def test_the_program_has_no_odd_words() -> None:
    """No string of any module, and no stylesheet, script or text of the package has one."""
    found = []
    package = REPOSITORY / "whoop_mcp"
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        for line, text in strings(path.read_text(encoding="utf-8")):
            found += [f"{name}:{line} {one}" for one in odd(text)]
    for ending in ("*.css", "*.js", "*.md"):
        for path in sorted(package.rglob(ending)):
            found += [f"{path.name} {one}" for one in odd(path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [*_TEXTS, "docs"])
def test_documents_have_no_odd_words(name: str) -> None:
    """Neither has what people read before and beside it."""
    place = REPOSITORY / name
    pages = sorted(place.glob("*.md")) if place.is_dir() else [place]
    found = [f"{page.name} {one}" for page in pages for one in odd(page.read_text("utf-8"))]
    assert pages and not found, "\n".join(found)


@pytest.mark.parametrize(
    "words",
    [
        "29 a sleep that can be reckoned with",
        "none can be told from chance",
        "several vital signs were off together",
        "What 28 days can see cannot be told: too few.",
        "from 10.0 on Mondays in the mean.",
        "Nothing could be told of it",
        "its time zone is none",
        "Today's lot for coffee",
    ],
)
def test_what_is_odd_is_found(words: str) -> None:
    """The list finds what it was made for, however a string is broken into lines or parts."""
    assert odd(words)
    first, _, last = words.partition(" ")
    ((_, text),) = strings(f"'''Docstring: {words}'''\nx = f\"{{y}} {first} \"\\\n  \"{last}\"")
    assert odd(text)
    assert not odd("Their effects cannot be told apart; it is more than chance would do.")


# ── what the program really says ──


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """The mirror of an athlete of a year and a half, whose journal tells what moves their
    mornings."""
    folder = tmp_path_factory.mktemp("rich")
    account = life.make(seed=3, days=540, until=dashboards.UNTIL, alcohol_effect=-0.25)
    cache = dashboards.mirrored(folder / "whoop.db", account)
    export = folder / data_export.name(account)
    export.write_bytes(data_export.package(account))
    take_in(cache, str(export), force=True)
    return cache


@pytest.fixture(scope="module")
def said(rich: Cache) -> dict[str, Any]:
    """The statistics of its last 90 days."""
    return insights.insights(rich, days=90)


def plain(text: str) -> None:
    """Nothing in it is odd, no date is a machine's, and no figure a logarithm."""
    assert not odd(text), odd(text)
    assert not re.search(r"\bln\b", text), text


def dated(sentence: str) -> None:
    """It is a sentence with a date and another number, as people write both."""
    plain(sentence)
    assert sentence[0].isupper() or sentence[0].isdigit() or sentence[0] == "“", sentence
    assert sentence.endswith("."), sentence
    assert not re.search(r"\d{4}-\d\d", sentence), sentence
    rest, dates = _DATE.subn("", sentence)
    assert dates and re.search(r"\d", rest), sentence


def test_each_finding_has_a_date_and_a_number(said: dict[str, Any]) -> None:
    """Each sentence of a summary of a rich account; and there are many of them."""
    assert len(said["summary"]) >= 8
    for sentence in said["summary"]:
        dated(sentence)
    whole = " ".join(said["summary"])
    for words in ("HRV averaged", "Recovery averaged", "After days with", "Your"):
        assert words.lower() in whole.lower()


@pytest.mark.parametrize("days", [1, 7, 365])
@pytest.mark.slow
def test_short_and_long_periods_say_it_as_plainly(rich: Cache, days: int) -> None:
    """From a single day, which has no number but its date, to a year."""
    first, *rest = insights.insights(rich, days=days)["summary"]
    assert days > 1 or first == "20 May has a usable recovery and a usable sleep."
    for sentence in rest if days == 1 else (first, *rest):
        dated(sentence)


def test_statistics_give_their_reasons_in_plain_words(said: dict[str, Any]) -> None:
    """So do reasons, notes, verdicts, methods and what was left out; and the terminal's lines."""
    for section in said.values():
        for one in section if isinstance(section, list) else ():
            if isinstance(one, dict):
                for name in ("reason", "note", "verdict", "method"):
                    assert not odd(str(one.get(name, ""))), one[name]
                assert not odd(" ".join(one["n_excluded"])), one["n_excluded"]
    lines = [*insight_words.statistics(said), *journal_words.behaviours(said["behaviours"])]
    assert max(map(len, lines)) <= 80 and "…" not in "".join(insight_words.statistics(said))
    for line in lines:
        assert not odd(line) and not re.search(r"\bln ms\b", line), line


@pytest.mark.slow
def test_a_year_is_said_where_it_is_not_this_one(rich: Cache) -> None:
    """This year's dates go without; last year's have it."""
    now, before = insights.insights(rich), insights.insights(rich, end="2025-12-20")
    assert not any(re.search(r" 20\d\d", one) for one in now["summary"])
    assert all("2025" in one for one in before["summary"])


def test_comparisons_are_plain(rich: Cache) -> None:
    """What is compared, what differs, and what would have been found."""
    a, b = ("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01")
    answer = periods.compare(rich, a_start=a[0], a_end=a[1], b_start=b[0], b_end=b[1])
    dated(answer["summary"][0])
    assert len(answer["summary"]) >= 2
    for line in (*answer["summary"], *insight_words.compared(answer)):
        assert not odd(line) and not re.search(r"\bln ms\b", line), line
    for sentence in answer["summary"]:
        if "more than chance" in sentence:
            dated(sentence)


def test_the_report_says_what_the_statistics_say(rich: Cache, tmp_path: Path) -> None:
    """Its answer's sentences are the same plain ones."""
    path = tmp_path / "page.html"
    answer = document.create(rich, str(path), home=tmp_path / "home", days=90)
    for sentence in answer["summary"]:
        dated(sentence)


def test_the_journal_is_plain(rich: Cache) -> None:
    """Entries, and the ways of saying that there are none."""
    answer = journal.read(rich, start="2026-05-01", end="2026-05-20")
    assert answer["entries"]
    for line in (*journal_words.entered(answer), *journal_words.entered({"entries": []})):
        assert not odd(line), line


def test_prompts_are_plain() -> None:
    """Each with its arguments as they are by default."""
    for prompt in PROMPTS:
        assert not odd(prompt.text({}, "2026-05-20")) and not odd(prompt.description)


def test_experiments_are_plain(tmp_path: Path) -> None:
    """From the plan to the result, in the middle of it, and ended early."""
    said: list[str] = []
    for outcome, ended in (("recovery", False), ("ln_hrv", True)):
        person = Experimenter(tmp_path / outcome)
        answers = [
            person.ask("plan", behaviour="late coffee", outcome=outcome, days=28, worth=0.04),
            person.start(outcome=outcome, days=28),
        ]
        person.obey(16)
        answers += [person.ask("today"), person.ask("status")]
        if ended:
            answers.append(person.ask("end"))
        else:
            person.obey(12)
            answers.append(person.ask("result"))
        for answer in answers:
            said += [*answer["summary"], *experiment_words.told(answer)]
    assert len(said) > 20
    for line in said:
        assert not odd(line), line
        assert not re.search(r"\bln ms\b", line), line
