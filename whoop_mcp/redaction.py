"""Take out of texts, by its looks, what must never be written down: the second line of defence
behind words that do not contain it in the first place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

_GONE = "[redacted]"
_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|client_id|code_verifier|code_challenge|"
    r"password|secret|email|first_name|last_name|user_id"
)
_RULES = [
    # header: value, to the end of the line
    (r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+", 2),
    (r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{6,}", 2),
    # "name": "value" and 'name': 'value', as JSON and as Python shows them
    (
        rf"(?i)(\\?['\"](?:{_NAMES})\\?['\"]\s*:\s*)(?:\\?\"[^\"]*\"|'[^']*'|[\w.+-]+)",
        1,
    ),
    # name=value, and every value of a query
    (rf"(?i)\b((?:{_NAMES}|code|state)=)[^\s&\"'<>;,)]+", 1),
    (r"([?&][\w.~%\[\]-]+=)[^\s&\"'<>)]*", 1),
    (r"()(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", 1),
    # a Fernet token, a JWT, an opaque OAuth token, a hex or base64 secret
    (r"()\bgAAAA[\w-]{16,}={0,2}", 1),
    (r"()\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?", 1),
    (r"()(?<![\w-])(?:ory_[a-z]{2}_[\w.-]+|[\w-]{20,}\.[\w-]{32,})", 1),
    (r"()\b[0-9a-fA-F]{32,}\b", 1),
    (r"()(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}={0,2}", 1),
]
"""What is taken out, and how many groups of it are kept. `re` compiles each when it is first
used, as no start has the time."""

_SUSPECT = r"[@%='\"]|[\w-]{20}|(?i:authorization|cookie|bearer|basic)|eyJ|ory_"
"""Some of this is in every text that a rule or `without_user` changes; most lines have none of it.
A new rule whose finds have none of it must add to it."""

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][\w+.-]*)://|//)?(?:(?P<user>.*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|\w(?:[\w.-]*\w)?\.?)(?::(?P<port>\d{1,5}))?/*",
    re.DOTALL,
)
_LIKE_A_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+-]*:(?!//)")
_BETWEEN = r"(?:[\\/]+|%5C|%2F)"
"""What divides a path, as it stands in a text: inside of JSON or of a `repr`, and of one inside
of the other, each backslash is doubled."""
_ANOTHERS = re.compile(
    rf"(?i)((?<![\\/]){_BETWEEN}(?:home|users){_BETWEEN})"
    r"(?:(?!%5C|%2F)[^\\/\"'`<>|:*?,;\r\n]|\\+u[0-9a-f]{4})+"
)
_WORD = re.compile(r"[^\s\"<>`|^{}\\]+")  # no URL holds what divides
_AT = re.compile("@|%(?:25)*40")
_COLON = re.compile("(?i):|%(?:25)*3a")


class Address(NamedTuple):
    """A proxy's URL, but for the user and password in it.

    `works`: `requests` can make sense of it.
    """

    scheme: str
    place: str  # host, and port if it has one
    has_user: bool
    works: bool

    @property
    def shown(self) -> str:
        """Spell the URL as anybody may see it."""
        scheme = f"{self.scheme}://" if self.scheme else ""
        return f"{scheme}{f'{_GONE}@' if self.has_user else ''}{self.place}"


def address(url: str) -> Address | None:
    """Read a proxy's URL in whatever spelling; None when it is something else.

    What it says is then not to be told at all: nobody knows which part of it is a secret. What
    stands before the last `@` is a user and a password, whatever is in them.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme, user, host, port = found.group("scheme", "user", "host", "port")
    works = (
        (scheme is not None or not _LIKE_A_SCHEME.match(url))
        and (scheme or "http").lower() in _SCHEMES
        and not re.search(r"[/?#\s]", user or "")
        and 0 < int(port or 80) < 65536
    )
    place = f"{host}:{port}" if port else str(host)
    return Address((scheme or "").lower(), place, user is not None, works)


def without_user(text: str) -> str:
    """Take the user and password out of each URL in a text, in whatever spelling."""
    return _WORD.sub(_without_user, text)


def _without_user(found: re.Match[str]) -> str:
    word = found[0]
    ats = [at.start() for at in _AT.finditer(word)]
    head = word[: ats[-1]] if ats else ""
    if not _COLON.search(head):
        return word  # an e-mail address at most
    before, scheme, _ = head.partition("://")
    return f"{before + scheme if scheme else ''}{_GONE}{word[ats[-1] :]}"


def redact(text: str) -> str:
    """Take tokens, secrets, codes, e-mail addresses, names and query values out of a text."""
    return _by_all_rules(text) if re.search(_SUSPECT, text) else text


def _by_all_rules(text: str) -> str:
    text = without_user(text)
    for pattern, groups in _RULES:
        kept = "".join(rf"\{number}" for number in range(1, groups + 1))
        text = re.sub(pattern, kept + _GONE, text)
    return text


def without_homes(text: str, homes: Iterable[str]) -> str:
    """Shorten each of the person's homes to `~`, and take out whose any other home is.

    Any spelling counts: with backslashes as JSON and `repr` double them, with slashes, as a URL,
    in capitals, without the drive, and as `~name`.
    """
    for home in homes:
        parts = [one for one in re.split(r"[\\/]+", home) if one]
        drive = rf"(?:{parts.pop(0)[0]}(?::|%3A))?" if re.match("[A-Za-z]:", home) else ""
        if parts:
            spelled = [*map(_spellings, parts)]
            path = rf"{drive}(?<![\\/]){_BETWEEN}" + _BETWEEN.join(spelled)
            text = re.sub(rf"(?i)(?:{path}|~{spelled[-1]})(?!\w)", "~", text)
    return _ANOTHERS.sub(rf"\1{_GONE}", text)


def _spellings(name: str) -> str:
    """Match a name as it is, percent-encoded, and escaped as JSON and shells do."""
    return "".join(map(_spellings_of_one, name))


def _spellings_of_one(character: str) -> str:
    # No two of these begin alike: a long path that nearly fits would take for ever otherwise.
    encoded = quote(character, safe="", errors="surrogatepass")
    if encoded == character:
        return re.escape(character)
    plain = rf"\\*{re.escape(character)}"
    escaped = json.dumps(character)[1:-1].lstrip("\\")
    return rf"(?:{plain}|{encoded}" + (rf"|\\+{escaped})" if escaped[0] == "u" else ")")
