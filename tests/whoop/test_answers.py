"""What each answer means."""

from __future__ import annotations

import pytest

from whoop_mcp.errors import AuthFailed, NotFound, UpstreamError, WhoopError
from whoop_mcp.whoop import fields
from whoop_mcp.whoop.answers import Answer, Forbidden, Transient, meaning
from whoop_mcp.whoop.fields import Malformed

BODY = "73311-of-the-body"
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}
PAGE = f"<!DOCTYPE html><title>{BODY}</title>".encode()


def failure(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> WhoopError:
    """The error that an answer stands for."""
    with pytest.raises(WhoopError) as caught:
        meaning(Answer(status, headers or {}, body), "/v2/cycle/{id}", "read:cycles")
    return caught.value


def test_a_good_answer_is_its_json() -> None:
    """200 with JSON is that JSON, whatever kind it is of."""
    for body, value in ((b'{"a": 1}', {"a": 1}), (b"[]", []), (b"null", None)):
        assert meaning(Answer(200, JSON, body), "/v2/cycle", None) == value


@pytest.mark.parametrize(
    "body", [b"", PAGE, b'{"a"', b'{"a": -}', b"\xff", b"[" * 100_000, b'{"a": ' * 50_000 + b"1}"]
)
def test_a_good_answer_that_is_no_json(body: bytes) -> None:
    """200 without JSON may be gone in a second, and is a failure of the way, not a bug."""
    assert type(failure(200, body, HTML)) is Transient


@pytest.mark.parametrize(
    "value",
    ["9" * 5000, "-" + "9" * 5000, "NaN", "-Infinity", "1e999", "[" * 1000 + "]" * 1000,
     '{"]": ' * 50_000 + '"\\"[{"' + "}" * 50_000],
    ids=lambda value: value[:12],
)  # fmt: skip
def test_a_value_that_cannot_be_read_costs_no_other(value: str) -> None:
    """A number or a nest that no reader of JSON takes is a number that is none; what stands beside
    it is read."""
    body = f'{{"before": 1, "odd": [{value}], "after": [2]}}'.encode()
    found = meaning(Answer(200, JSON, body), "/v2/cycle", None)
    assert (found["before"], found["after"]) == (1, [2])
    with pytest.raises(Malformed):
        fields.check_whole(found)


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (401, b'{"message": "no"}', JSON, AuthFailed),
        (401, b"", {}, AuthFailed),
        (401, PAGE, HTML, UpstreamError),
        (403, b'{"message": "no"}', JSON, Forbidden),
        (403, b"", {}, Forbidden),
        (403, PAGE, HTML, UpstreamError),
        (403, PAGE, {}, UpstreamError),
        (403, b"error code: 1010", {"Content-Type": "text/plain"}, UpstreamError),
        (404, b'{"message": "no"}', JSON, NotFound),
        (404, b"", {}, NotFound),
        (404, PAGE, HTML, UpstreamError),
        (410, b'{"message": "gone"}', JSON, NotFound),
        (410, b"", {}, NotFound),
        (410, PAGE, HTML, UpstreamError),
        (500, b'{"message": "no"}', JSON, Transient),
        (502, PAGE, HTML, Transient),
        (503, b"", {}, Transient),
        (301, b"", {"Location": "https://elsewhere.example"}, UpstreamError),
        (302, PAGE, HTML, UpstreamError),
        (400, b'{"message": "no"}', JSON, UpstreamError),
        (204, b"", {}, UpstreamError),
    ],
)
def test_a_status_and_its_body_decide(
    status: int, body: bytes, headers: dict[str, str], kind: type[WhoopError]
) -> None:
    """WHOOP's own refusal and a page that stands before WHOOP are told apart at each status."""
    error = failure(status, body, headers)
    assert type(error) is kind
    assert error.endpoint == "/v2/cycle/{id}"
    assert BODY not in str(error.envelope())


def test_a_missing_permission_names_the_scope() -> None:
    """403 by WHOOP itself names the scope and the command that helps."""
    hint = str(failure(403).hint)
    assert "read:cycles" in hint
    assert "whoop-mcp login" in hint
