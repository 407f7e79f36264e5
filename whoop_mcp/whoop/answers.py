"""Read what WHOOP answers: the JSON of a good answer, the error that a bad one stands for.

It knows no library that sends requests, which are imported with the first of them only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import AuthFailed, NotFound, UpstreamError, WhoopError


@dataclass(frozen=True)
class Answer:
    """An answer to a request, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body's JSON. ValueError when it is none."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("nested too deep") from None

    def data(self) -> Any:
        """Read the body's JSON, NaN in it where a value cannot be read. ValueError when it is none.

        So one number of thousands of digits, or one nest without end, costs the record that has
        it, and not the page.
        """
        text = self.body.decode("utf-8-sig" if self.body[:3] == b"\xef\xbb\xbf" else "utf-8")
        # To look at each whole number takes far longer, and almost no answer needs it.
        whole = _whole if _MANY_DIGITS in self.body.translate(_ALIKE) else None
        try:
            return json.loads(text, parse_int=whole)
        except RecursionError:
            return json.loads(_without_depths(text), parse_int=whole)

    def is_page(self) -> bool:
        """Tell whether something in front of WHOOP answered with a page of its own."""
        html = "html" in self.headers.get("Content-Type", "").lower()
        return html or self.body.lstrip()[:1] == b"<" or b"error code: 10" in self.body[:200]


class Forbidden(AuthFailed):
    """The login is known to WHOOP, and may not see this."""


class Transient(UpstreamError):
    """May well be gone in a second."""


def meaning(answer: Answer, shown: str, scope: str | None) -> Any:
    """Read the JSON of a good answer, or raise the error that a bad one stands for."""
    status = answer.status
    problem: WhoopError
    if status == 200:
        try:
            return answer.data()
        except ValueError:
            problem = Transient("WHOOP's answer was not JSON.", hint="Try again in a minute.")
    elif status == 401 and not answer.is_page():
        problem = AuthFailed(
            "WHOOP refuses the login, also after it was renewed.", hint="Run `whoop-mcp login`."
        )
    elif status == 403 and not answer.is_page():
        problem = Forbidden(
            "WHOOP refuses this: the login lacks a permission.",
            hint=f"Tick the scope {scope or 'it needs'} in your WHOOP app, "
            "then run `whoop-mcp login`.",
        )
    elif status in (404, 410) and not answer.is_page():
        problem = NotFound("WHOOP has no such record.", hint="List the records to find its id.")
    elif status >= 500:
        problem = Transient(f"WHOOP is failing ({status}).", hint="Try again in a few minutes.")
    elif status in (401, 403, 404, 410):
        problem = UpstreamError(
            f"Something between here and WHOOP blocks the request ({status}).",
            hint="A proxy or firewall answers in WHOOP's place: try another network.",
        )
    elif 300 <= status < 400:
        problem = UpstreamError(
            f"WHOOP's server sent us elsewhere ({status}), which is never followed.",
            hint="A captive portal or proxy may be in the way: open a web page, then try again.",
        )
    else:
        problem = UpstreamError(
            f"WHOOP did not accept the request ({status}).",
            hint="Try again later; if it stays so, WHOOP may have changed its API.",
        )
    problem.endpoint = shown
    raise problem


_DEEPEST = 300  # levels that are read; of a record fewer are kept
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_MOST_DIGITS = 400  # of a whole number
_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * (_MOST_DIGITS + 1)


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("nan")


def _without_depths(text: str) -> str:
    """Put NaN in the place of whatever is nested too deep to be read."""
    parts, depth, kept_to = [], 0, 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                parts.append(text[kept_to : match.start()])
        elif match[0] in "]}":
            depth -= 1
            if depth == _DEEPEST:
                parts.append("NaN")
                kept_to = match.end()
    if depth:
        raise ValueError("brackets do not match")
    return "".join([*parts, text[kept_to:]])


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
