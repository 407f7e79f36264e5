"""The request limit, as answers tell it."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from whoop_mcp.call import Call
from whoop_mcp.errors import RateLimited
from whoop_mcp.whoop.limits import Limits, http_date, retry_after


def told(remaining: object, reset: object, limit: str = "100, 100;window=60") -> dict[str, str]:
    """The headers of an answer."""
    return {
        "X-RateLimit-Limit": limit,
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


def ask(limits: Limits, call: Call, headers: dict[str, str] | None = None) -> None:
    """A request from beginning to end."""
    limits.enter(call)
    limits.leave()
    limits.learn(headers or {})


def test_what_is_left_may_be_used_and_no_more() -> None:
    """With two requests left two go out at once; the third is refused rather than sent."""
    limits = Limits()
    ask(limits, Call(5), told(2, 30))
    limits.enter(Call(5))
    limits.enter(Call(5))
    with pytest.raises(RateLimited) as caught:
        limits.enter(Call(5))
    assert 29 <= (caught.value.retry_after_seconds or 0) <= 31


def test_what_is_under_way_counts() -> None:
    """An answer that leaves two, while two others are under way, leaves none to begin."""
    limits = Limits()
    for _ in range(3):
        limits.enter(Call())
    limits.leave()
    limits.learn(told(2, 30))
    with pytest.raises(RateLimited):
        limits.enter(Call(5))


def test_answers_may_overtake_each_other() -> None:
    """Within one window the smallest number that was told holds, in whichever order it came."""
    limits = Limits()
    limits.learn(told(1, 30))
    limits.learn(told(40, 30))
    limits.enter(Call(5))
    with pytest.raises(RateLimited):
        limits.enter(Call(5))


def test_of_one_window_the_earliest_end_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header is rounded up to whole seconds: a later answer does not put the end off."""
    monkeypatch.setattr("whoop_mcp.whoop.limits.time.monotonic", lambda: 1000.0)
    limits = Limits()
    limits.learn(told(1, 30))
    limits.learn(told(0, 31))
    with pytest.raises(RateLimited) as caught:
        limits.enter(Call(5))
    assert caught.value.retry_after_seconds == 31  # of 30.05 s
    limits.learn(told(0, 90))
    with pytest.raises(RateLimited) as caught:
        limits.enter(Call(5))
    assert caught.value.retry_after_seconds == 91


def test_a_new_window_is_a_new_count() -> None:
    """When the window has turned, requests go again, without asking anybody."""
    limits = Limits()
    limits.learn(told(0, 0.05))
    ask(limits, Call(5))
    limits.learn(told(0, 0))
    ask(limits, Call(5))


def test_the_days_limit_is_not_waited_out() -> None:
    """When the day's requests are used up, that is said, with the seconds to wait: this test would
    take two hours otherwise."""
    limits = Limits()
    limits.learn(told(0, 7200, "10000, 100;window=60, 10000;window=86400"))
    for call in (Call(50), Call()):
        with pytest.raises(RateLimited) as caught:
            limits.enter(call)
        assert 7190 < (caught.value.retry_after_seconds or 0) <= 7201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Reset": "60"},
        told("none", "60"),
        told(0, "soon"),
        told(0, "nan"),
        told(0, "inf"),
        told(-1, 60),
    ],
    ids=str,
)
def test_headers_that_make_no_sense(headers: dict[str, str]) -> None:
    """Headers that are missing, or say nothing sensible, hold nobody back."""
    limits = Limits()
    limits.learn(headers)
    ask(limits, Call(5))


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "7", "X-RateLimit-Reset": "3"}, 7, 7),
        # A number is made a date when the test runs.
        ({"Retry-After": 80_000}, 70_000, 80_000),
        ({"Retry-After": -3600}, 0.25, 0.25),
        ({"X-RateLimit-Reset": "3"}, 3, 3),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "3"}, 3, 3),
        ({"Retry-After": "0"}, 0.25, 0.25),
        ({}, 4, 4),
    ],
    ids=str,
)
def test_how_long_a_refusal_lasts(
    headers: dict[str, str | int], least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Retry-After` in seconds or as a date counts, else the reset header, else a back-off.

    It is never nothing, and holds all that share the limit back.
    """
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)  # the shortest is a quarter of a second
    limits = Limits()
    told = {
        name: value if isinstance(value, str) else formatdate(time.time() + value, usegmt=True)
        for name, value in headers.items()
    }
    assert least <= limits.refused(told, attempt=2) <= most
    with pytest.raises(RateLimited):
        limits.enter(Call(0.2))


NOW = "Fri, 01 May 2026 12:00:00 GMT"
STAMP = 1_777_636_800  # the same


@pytest.mark.parametrize("name", ["Retry-After", "X-RateLimit-Reset"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (f"{STAMP + 60}", 60),
        (f"{STAMP + 60}.5", 60.5),
        (f"{(STAMP + 60) * 1000}", 60),
        (f"{STAMP - 60}", 0),
        ("Fri, 01 May 2026 12:01:00 GMT", 60),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -0000", None),
        (f"{STAMP + 86_401}", 86_401),
        (f"{STAMP + 86_461}", None),
        ("253402300799", None),
        ("86400", 86_400),
        ("86401", 86_401),
        ("86461", None),
        ("999999999", None),
        ("1e300", None),
        ("9" * 400, None),
        ("nan", None),
        ("-1e9", None),
    ],
)
def test_a_wait_is_told_from_an_instant_and_never_beyond_a_day(
    name: str, value: str, seconds: float | None
) -> None:
    """A number that is an epoch stamp is the wait until then by the answer's own clock. What is
    beyond a day, rounded up, is said by nobody: a back-off takes its place, and nothing is held
    back by it."""
    headers = {name: value, "Date": NOW}
    expected = 4.0 if seconds is None else max(seconds, 0.25)
    assert Limits().refused(headers, attempt=2) == pytest.approx(expected)
    if name == "Retry-After":
        assert retry_after(headers) == (None if seconds is None else pytest.approx(seconds))
    limits = Limits()
    limits.learn({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": value, "Date": NOW})
    if not seconds:
        ask(limits, Call(5))
    else:
        with pytest.raises(RateLimited) as caught:
            limits.enter(Call(5))
        assert seconds <= (caught.value.retry_after_seconds or 0) <= seconds + 2


def test_a_stamp_without_a_date_is_read_by_our_clock() -> None:
    """Where the answer does not say its own time, ours serves."""
    waited = retry_after({"Retry-After": str(time.time() + 3600)})
    assert waited is not None
    assert 0 < waited <= 3600


@pytest.mark.parametrize(
    "value",
    ["", "soon", "Thu, 99 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 99999999999999 00:00:00 GMT"],
)
def test_what_is_no_http_date(value: str) -> None:
    """A date that no calendar has is none, and no failure of ours."""
    assert http_date(value) is None
    assert retry_after({"Retry-After": value}) is None


def test_an_http_date() -> None:
    """An HTTP date is the seconds since the epoch."""
    assert http_date("Thu, 01 Jan 1970 00:01:00 GMT") == 60
