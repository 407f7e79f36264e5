"""What the second line of defence takes out, and what it leaves."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp import redaction
from whoop_mcp.redaction import address, redact, without_homes

OPAQUE = "q7Zk1vXw3RfT9yBnM2cLpE5sHdJ8aGuO4iKx6WtQ0"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {OPAQUE}", OPAQUE),
        ("authorization: Basic c2VjcmV0OnNlY3JldA==", "c2VjcmV0"),
        (f"sent bearer {OPAQUE} along", OPAQUE),
        ("proxy-authorization: hush", "hush"),
        ("Set-Cookie : hush", "hush"),
        ("sent bearer abc.def", "abc.def"),
        ("BASIC c2VjcmV0", "c2VjcmV0"),
        ("ba\u017fic c2VjcmV0", "c2VjcmV0"),
        ("coo\u212aie: hush", "hush"),
        ('{"access_token": "short", "expires_in": 3600}', "short"),
        ("{'refresh_token': 'short'}", "short"),
        ('{\\"client_secret\\": \\"short\\"}', "short"),
        ("grant_type=refresh_token&refresh_token=short&scope=offline", "short"),
        ("http://localhost:8000/callback?code=abc123&state=xyz789", "abc123"),
        ("http://localhost:8000/callback?code=abc123&state=xyz789", "xyz789"),
        ("GET /v2/cycle?start=2026-04-20T00:00:00.000Z", "2026-04-20"),
        ("write to jane.doe+whoop@mail.example.com now", "jane.doe"),
        ('{"first_name": "Jane", "user_id": 10129}', "Jane"),
        ('{"first_name": "Jane", "user_id": 10129}', "10129"),
        ("gAAAAABmXyZ0123456789-_abcdefghij==", "XyZ0123"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("eyJhbGciOiJI.e", "hbGci"),
        (f"token {OPAQUE} was refused", OPAQUE),
        ("ory_at_abc.def_ghi", "abc.def"),
        ("secret 0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("proxy http://jane:hush@proxy.example:3128", "hush"),
    ],
)
def test_secrets_go(text: str, secret: str) -> None:
    """Nothing that looks like a secret or a personal value survives."""
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /v2/cycle/{id} 200 131 ms attempt 1",
        "sync of cycles: 25 records from 2026-04-20T00:00:00.000Z",
        "sleep 6f1c9e2a-7d3b-4f9a-8a51-0c2d4e6f8a90 was skipped: end before start",
        '{"code": "AUTH_FAILED", "message": "There is no WHOOP login yet."}',
        "/home/someone/.whoop-mcp-server/logs/whoop-mcp.log cannot be written",
        "test_a_very_long_name_with_many_words_in_it_stays_readable",
    ],
)
def test_ordinary_lines_stay(text: str) -> None:
    """What the log is for stays readable."""
    assert redact(text) == text


def by_all_rules(text: str) -> str:
    """The text after each rule, whatever it looks like at first sight."""
    text = redaction.without_user(text)
    for pattern, groups in redaction._RULES:
        text = re.sub(pattern, lambda found, kept=groups: taken_out(found, kept), text)  # type: ignore[misc]
    return text


def taken_out(found: re.Match[str], kept: int) -> str:
    """What a rule leaves of what it found."""
    return "".join(found.groups()[:kept]) + "[redacted]"


_ASCII = st.characters(codec="ascii")


@pytest.mark.parametrize("rule", range(len(redaction._RULES)))
def test_the_first_look_at_a_line_overlooks_nothing(rule: int) -> None:
    """Whatever a rule takes out is taken out, wherever in a line it stands: the one quick look
    that most lines get lets nothing pass that any rule would change."""
    pattern = re.compile(redaction._RULES[rule][0])
    made: list[str] = []

    @given(
        st.from_regex(pattern, alphabet=_ASCII), st.text(_ASCII, max_size=9), st.text(max_size=9)
    )
    def hold(found: str, before: str, after: str) -> None:
        text = before + found + after
        made.extend([text] if pattern.search(text) else [])
        assert redact(text) == by_all_rules(text)

    hold()
    assert made


_WORDS = "authorization Cookie BEARER basic ba\u017fic coo\u212aie code state password sleep"
_SIGNS = "gAAAA eyJ ory_at_ a1B-a1B-a1B-a1B- 0123456789abcdef %40 %2540 :// \u0130 \ud800 12:30:00Z"
_PARTS = st.sampled_from([*_WORDS.split(), *_SIGNS.split(), *"@%=:'\"?&. /-_~Aa0eI\n"])


@given(st.lists(_PARTS, max_size=12))
def test_a_quick_look_changes_nothing_of_what_is_taken_out(parts: list[str]) -> None:
    """A line put together of whatever the rules look for, also in letters that only look alike
    when case is nothing, is redacted as all the rules have it."""
    text = "".join(parts)
    assert redact(text) == by_all_rules(text)


def test_a_request_is_told_without_a_look_at_each_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the log says of almost every request takes the quick look alone."""
    monkeypatch.setattr(redaction, "_RULES", [(".", 0)])
    line = "GET /v2/activity/sleep 200 131 ms attempt 1"
    assert redact(line) == line
    assert redact(f"{line}=") == "[redacted]" * (len(line) + 1)


@pytest.mark.parametrize("bit", ["a", "a-", "a1A", "eyJ", "://a:", "'a", "?a=", "a.b@", "state="])
def test_long_garbage_takes_no_longer_than_it_is_long(bit: str) -> None:
    """No text, however it is made, keeps the log busy: this would take minutes otherwise."""
    redact(bit * 30_000)


@pytest.mark.parametrize(
    ("url", "shown", "works"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", True),
        ("proxy.example:3128/", "proxy.example:3128", True),
        ("http://[::1]:8080", "http://[::1]:8080", True),
        ("http://user:hush@proxy.example", "http://[redacted]@proxy.example", True),
        ("http://hush@[::1]:8080", "http://[redacted]@[::1]:8080", True),
        ("//user:hush@host:8080", "[redacted]@host:8080", True),
        ("user:hush@host:8080", "[redacted]@host:8080", False),
        ("http://user:hu@sh@host:8080", "http://[redacted]@host:8080", True),
        ("http://user:hu/sh@host:8080", "http://[redacted]@host:8080", False),
        ("http:/user:hush@host", "[redacted]@host", False),
        ("http://host:99999", "http://host:99999", False),
        ("localhost:3128", "localhost:3128", False),
        ("http://user%3Ahush%40host:8080", None, False),
        ("http://host:8080/?key=hush", None, False),
        ("", None, False),
    ],
)
def test_a_proxy_is_shown_without_its_user(url: str, shown: str | None, works: bool) -> None:
    """However a proxy is spelled, its password is in nothing that may be shown; whether
    `requests` can make sense of it is told."""
    found = address(url)
    assert (found and found.shown) == shown
    assert bool(found and found.works) == works
    text = f"could not use {url} at all"
    assert not url or "hush" not in redact(text)


@pytest.mark.parametrize(
    "spelled",
    [
        r"C:\Users\Jäne Doe\x.py",
        r"c:\users\jäne doe",
        "C:/Users/Jäne Doe/x.py",
        r"\\?\C:\Users\Jäne Doe\x.py",
        "/c/Users/Jäne Doe/x.py",
        "/c/Users/Jäne\\ Doe/x.py",
        "file:///C:/Users/J%C3%A4ne%20Doe/x.py",
        "file%3A%2F%2F%2FC%3A%2FUsers%2FJ%c3%a4ne%20Doe%2Fx.py",
        "~Jäne Doe/x.py",
        r"\\server\C$\Users\Jäne Doe\x.py",
    ],
    ids=range(10),
)
@pytest.mark.parametrize("quotings", range(3))
def test_no_spelling_of_the_home_tells_whose_it_is(spelled: str, quotings: int) -> None:
    """A path in the home shows no name, however deep in JSON and `repr` it stands, and the rest of
    the path stays; a home that is not one's own shows none either."""
    for homes in ([r"C:\Users\Jäne Doe"], [r"C:\Users\Max"]):
        for quote in (json.dumps, repr):
            text = spelled
            for _ in range(quotings):
                text = quote(text)
            if homes[0].endswith("Max") and (spelled[0] == "~" or "\\ " in spelled):
                continue  # what is none of this person's is known by the folder it lies in
            said = without_homes(f"In {text}, line 3", homes)
            assert not re.search("(?i)doe|j.{0,12}ne", said.replace("line", ""))
            assert said.startswith("In ")
            assert said.endswith(", line 3")
            assert ("x.py" in said) == ("x.py" in spelled)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/home/jane/w.db and /home/jane", "~/w.db and ~"),
        (
            "PermissionError: '/home/max/venv/bin/python'",
            "PermissionError: '/home/[redacted]/venv/bin/python'",
        ),
        ("~jane/w.db", "~/w.db"),
        ("~janet/w.db", "~janet/w.db"),
        ("/home/janet/w.db", "/home/[redacted]/w.db"),
        ("/opt/homebrew/bin", "/opt/homebrew/bin"),
    ],
)
def test_a_home_becomes_a_tilde_and_anothers_loses_its_name(text: str, said: str) -> None:
    """One's own home is `~`; of another's, as behind `sudo`, the folder is left."""
    assert without_homes(text, ["/home/jane"]) == said


def test_the_root_is_no_home() -> None:
    """Where the home is the root of all paths, or there is none, paths stay."""
    for homes in (["/"], ["C:\\"], [""], []):
        assert without_homes(r"/usr/lib C:\Windows", homes) == r"/usr/lib C:\Windows"


def test_a_path_that_nearly_is_the_home_costs_no_more() -> None:
    """A long home that a text names all but the end of is looked for in no more than one go."""
    home = "/data/" + "uéa% " * 100
    nearly = home[:-1]
    assert without_homes(nearly, [home]) == nearly
    assert without_homes("\\" * 2000, [home]) == "\\" * 2000
