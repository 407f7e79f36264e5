"""What each answer of the wire means: data, or which of this program's errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import AuthFailed, NotFound, UpstreamError, WhoopError


@dataclass(frozen=True)
class Answer:
    """What came back over the wire, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's JSON. ValueError when it is none."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("nested too deep") from None

    def is_page(self) -> bool:
        """Whether something in front of WHOOP answered with a page of its own."""
        html = "html" in self.headers.get("Content-Type", "").lower()
        return html or self.body.lstrip()[:1] == b"<" or b"error code: 10" in self.body[:200]


class Transient(UpstreamError):
    """May well be gone in a second."""


def meaning(answer: Answer, shown: str, scope: str | None) -> Any:
    """The JSON of a good answer, or the error that a bad one stands for."""
    status = answer.status
    problem: WhoopError
    if status == 200:
        try:
            return answer.json()
        except ValueError:
            problem = Transient("WHOOP's answer was not JSON.", hint="Try again in a minute.")
    elif status == 401 and not answer.is_page():
        problem = AuthFailed(
            "WHOOP refuses the login, also after it was renewed.", hint="Run `whoop-mcp login`."
        )
    elif status == 403 and not answer.is_page():
        problem = AuthFailed(
            "WHOOP refuses this: the login lacks a permission.",
            hint=f"Tick the scope {scope or 'it needs'} in your WHOOP app, "
            "then run `whoop-mcp login`.",
        )
    elif status == 404 and not answer.is_page():
        problem = NotFound("WHOOP has no such record.", hint="List the records to find its id.")
    elif status >= 500:
        problem = Transient(f"WHOOP is failing ({status}).", hint="Try again in a few minutes.")
    elif status in (403, 404, 401):
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


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
