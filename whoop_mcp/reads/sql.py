"""Answer any one SELECT over the cache's views, and nothing else that SQL can do.

The text is first compiled against an empty database of views with the same names and columns, so
that it can name nothing but those. Only then does it run, on a connection that cannot write, with
the functions listed here, in a process that is ended after a few seconds.
"""

from __future__ import annotations

import difflib
import logging
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..cache import query_worker, schema
from ..cache.cache import Cache
from ..cache.database import translation
from ..cache.query_process import Unavailable
from ..cache.query_worker import Reply, Request
from ..cache.schema import VIEWS
from ..call import Call
from ..choices import MOST_ROWS
from ..errors import CacheError, ValidationError

log = logging.getLogger(__name__)

_SECONDS = 5.0
_LONGEST = 100_000  # characters or bytes of any value
_ROOM = 100  # characters for the counts around the rows

_GROWING = {"group_concat", "string_agg"}
_UNBRIDLED = {*_GROWING, "like", "glob"}
"""What nothing can stop while it works; without a process to end, it is not there."""
_HARMLESS = """
-> ->> abs acos asin atan atan2 avg ceil ceiling coalesce cos count cume_dist current_date
current_time current_timestamp date datetime degrees dense_rank exp first_value floor glob ifnull
iif json_extract julianday lag last_value lead length like ln log log10 log2 lower max min mod
nth_value ntile nullif percent_rank pi pow power radians rank round row_number sign sin sqrt
strftime substr substring sum tan time timediff total typeof unixepoch upper
"""
_FUNCTIONS = _GROWING.union(_HARMLESS.split())
_TABLES = {*VIEWS, "records", "change_log", "runs", "entries", "synonyms"}
"""The last five are the views' own."""

Columns = Mapping[str, Sequence[str]]
"""The columns of each view, by its name."""


def run(
    cache: Cache, sql: str, max_rows: int = 200, *, budget: int = 0, call: Call | None = None
) -> dict[str, Any]:
    """Answer one SELECT: `{"columns", "rows", "row_count", "truncated"}`.

    Rows are lists in the order of the columns, at most `max_rows` and as many as `budget`
    characters hold. ValidationError on SQL that is not allowed, wrong, or takes too much time or
    memory; CacheEmpty.
    """
    if not 1 <= max_rows <= MOST_ROWS:
        raise ValidationError(
            f"`max_rows` must be from 1 to {MOST_ROWS}.", hint="Leave it out for 200."
        )
    check(sql)
    cache.require_content(journal="journal" in sql.lower())
    call = call or Call()
    request: Request = {
        "path": os.path.abspath(cache.path),  # noqa: PTH100 - resolve() would follow links
        "file": [[schema.APPLICATION_ID, one] for one in (schema.VERSION, schema.WITH_EXPORT)],
        "user": cache.login.user(),
        "views": VIEWS,
        "tables": sorted(_TABLES),
        "functions": sorted(_FUNCTIONS),
        "sql": sql,
        "max_rows": max_rows,
        "room": budget - _ROOM if budget else None,
        "seconds": _SECONDS,
        "longest": _LONGEST,
    }
    try:
        reply = cache.queries.ask(request, call)
    except Unavailable as problem:
        log.warning("A query runs without a process of its own: %s.", problem)
        reply = _here(request, call)
    if "rows" not in reply:
        raise _failure(reply, cache, sql, budget)
    rows = reply["rows"]
    return {
        "columns": reply["columns"],
        "rows": rows,
        "row_count": len(rows),
        "truncated": reply["truncated"],
    }


def _here(request: Request, call: Call) -> Reply:
    """Reply where no other process can be: without what could neither be stopped nor bounded.

    What is left looks at the clock, or has too little text to be slow.
    """
    if "||" in request["sql"] and sys.version_info < (3, 11):
        raise ValidationError(
            "`||` cannot be answered safely on this version of Python.",
            hint="Ask for the parts as columns of their own.",
        )
    bridled = sorted(_FUNCTIONS - _UNBRIDLED)
    return query_worker.answer(
        {**request, "functions": bridled, "heap": 0, "keep": 0.0}, call.still_wanted
    )


# ── what is refused before SQLite reads it ──

_LONGEST_SQL = 4096
_COPIES = 500

_TOKEN = re.compile(
    r"""(?P<blank>[\s\0]+|--[^\n]*|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])"""
    r"""|(?P<word>(?:[\w$]|[^\x00-\x7f])+)"""
    r"""|(?P<mark>.)""",
    re.DOTALL | re.ASCII,  # of SQLite's blanks, all are ASCII
)


class _Token(NamedTuple):
    """A word, what was quoted, or a mark, in small letters; what is quoted is never a mark."""

    kind: str
    text: str

    def is_mark(self, text: str) -> bool:
        return self.kind == "mark" and self.text == text

    def is_word(self, *texts: str) -> bool:
        return self.kind == "word" and self.text in texts


def check(sql: str) -> None:
    """Raise ValidationError when it is not a question, too long, or would be copied without end."""
    if len(sql) > _LONGEST_SQL:
        raise ValidationError(
            f"`sql` is longer than {_LONGEST_SQL} characters.",
            hint="Ask in several shorter queries.",
        )
    if "\0" in sql or any("\ud800" <= one <= "\udfff" for one in sql):
        raise ValidationError(
            "`sql` has characters that are not text.", hint="Write it without them."
        )
    tokens = _tokens(sql)
    if not tokens or not tokens[0].is_word("select", "with"):
        raise ValidationError(
            "`sql` is not a SELECT.", hint="Only one SELECT, or WITH … SELECT, is answered."
        )
    if _copies(tokens) > _COPIES:
        raise ValidationError(
            "`sql` uses views and the names made by WITH too often: each use is a copy of them.",
            hint="Use each such name once or twice, or ask in several queries.",
        )


def _tokens(sql: str) -> list[_Token]:
    """Cut the text as SQLite does, names without their quotes."""
    found = []
    for one in _TOKEN.finditer(sql):
        kind, text = str(one.lastgroup), one[0].lower()
        if kind == "quoted":
            close = {"[": "]"}.get(text[0], text[0])
            text = text[1:-1].replace(close * 2, close)
        if kind != "blank":
            found.append(_Token(kind, text))
    return found


def _copies(tokens: list[_Token]) -> int:
    """Count how many views the code can stand for, at most, when every name is put in.

    A name before a dot is that of a column's table, which is no copy.
    """
    uses = Counter(
        one.text
        for one, after in zip(tokens, [*tokens[1:], _Token("", "")], strict=True)
        if one.kind != "mark" and not after.is_mark(".")
    )
    copies = math.prod(max(1, uses[name] - 1) for name in _made(tokens))
    return copies * max(1, sum(uses[view] for view in VIEWS))


def _made(tokens: list[_Token]) -> Iterator[str]:
    """Find what WITH makes: each `name AS (`, `name (columns) AS (`, and so on."""
    for at, one in enumerate(tokens):
        place = at - 1
        if not one.is_mark("("):
            continue
        if tokens[place].is_word("materialized"):
            place -= 2 if tokens[place - 1].is_word("not") else 1
        if place < 1 or not tokens[place].is_word("as"):
            continue
        place -= 1
        if tokens[place].is_mark(")"):
            while place and not tokens[place].is_mark("("):
                place -= 1
            place -= 1
        if place >= 0:
            yield tokens[place].text


# ── what to do when SQLite refuses ──


def _failure(reply: Reply, cache: Cache, sql: str, budget: int) -> ValidationError | CacheError:
    """Say why there is no answer."""
    if "file" in reply:
        return translation(cache.path, reply["file"])
    if "stranger" in reply:
        return CacheError(
            "The cache became another WHOOP user's while it was asked.", hint="Ask again."
        )
    if "slow" in reply:
        return ValidationError(
            f"The query took longer than {_SECONDS:g} seconds and was stopped.",
            hint="Narrow it by date first, and join only on a condition.",
        )
    if "greedy" in reply:
        return ValidationError(
            "The query needed more memory than a query may take and was stopped.",
            hint="Narrow it by date first, select fewer columns, and join only on a condition.",
        )
    if "wide" in reply:
        size = f"an answer of {budget} characters" if budget else "an answer"
        return ValidationError(f"Not even one row fits into {size}.", hint="Select fewer columns.")
    return _refusal(reply["refused"], sql, reply["views"])


def _refusal(problem: str, sql: str, columns: Columns) -> ValidationError:
    words = problem[:200].rstrip(".")
    return ValidationError(f"SQLite says: {words}.", hint=_hint(problem, sql, columns))


def _hint(problem: str, sql: str, columns: Columns) -> str:
    kind, _, name = problem.rpartition(": ")
    if kind == "no such column":
        words = set(re.findall(r"\w+", sql.lower()))
        asked = [view for view in columns if view in words] or list(columns)
        near = _near(name.rpartition(".")[2], {one for view in asked for one in columns[view]})
        return near or f"`SELECT * FROM {asked[0]} LIMIT 1` shows the columns of {asked[0]}."
    if kind == "no such table":
        return _near(name, columns) or f"The views are {', '.join(columns)}."
    if kind == "no such function" and name.lower() in _FUNCTIONS:
        return "Ask without it: the SQLite that this Python brings is too old for it."
    if "function" in kind:
        near = None if "not authorized" in kind else _near(name, _FUNCTIONS)
        return near or "Use SQLite's arithmetic, aggregate, date and window functions."
    return f"Ask one SELECT, or WITH … SELECT, of the views {', '.join(columns)}."


def _near(name: str, known: Iterable[str]) -> str | None:
    name, names = name.lower(), sorted(known)
    near = [one for one in names if name in one][:3] or difflib.get_close_matches(name, names)
    return f"Did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else None
