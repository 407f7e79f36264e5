"""What must never be written down, told by its looks: the second line of defence behind words
that do not contain it in the first place."""

from __future__ import annotations

import re

_GONE = "[redacted]"
_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|client_id|code_verifier|code_challenge|"
    r"password|secret|email|first_name|last_name|user_id"
)
_RULES = [
    # header: value, to the end of the line
    (re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+"), 2),
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{6,}"), 2),
    # "name": "value" and 'name': 'value', as JSON and as Python shows them
    (
        re.compile(rf"(?i)(\\?['\"](?:{_NAMES})\\?['\"]\s*:\s*)(?:\\?\"[^\"]*\"|'[^']*'|[\w.+-]+)"),
        1,
    ),
    # name=value, and every value of a query
    (re.compile(rf"(?i)\b((?:{_NAMES}|code|state)=)[^\s&\"'<>;,)]+"), 1),
    (re.compile(r"([?&][\w.~%\[\]-]+=)[^\s&\"'<>)]*"), 1),
    # user:password@host
    (re.compile(r"(://)[^\s/@:]+:[^\s/@]+(?=@)"), 1),
    (re.compile(r"()(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), 1),
    # a Fernet token, a JWT, an opaque OAuth token, a hex or base64 secret
    (re.compile(r"()\bgAAAA[\w-]{16,}={0,2}"), 1),
    (re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), 1),
    (re.compile(r"()(?<![\w-])(?:ory_[a-z]{2}_[\w.-]+|[\w-]{20,}\.[\w-]{32,})"), 1),
    (re.compile(r"()\b[0-9a-fA-F]{32,}\b"), 1),
    (re.compile(r"()(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}={0,2}"), 1),
]


def redact(text: str) -> str:
    """The text with tokens, secrets, codes, e-mail addresses, names and query values taken out."""
    for pattern, groups in _RULES:
        kept = "".join(rf"\{number}" for number in range(1, groups + 1))
        text = pattern.sub(kept + _GONE, text)
    return text
