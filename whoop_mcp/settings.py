"""Read the environment and the real home once, into values that everything else is given."""

from __future__ import annotations

import errno
import math
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from . import surroundings
from .errors import ValidationError
from .surroundings import BUNDLES, PROXIES
from .whoop.transport import BASE_URL, checked

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LONGEST_AGE = 1e9  # seconds, thirty years: what is meant by more is a slip of the hand
_DAYS = ("before", "same")
_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_ELSEWHERE = f"~/somewhere or {surroundings.ROOT}somewhere{os.sep}else"
_Default = TypeVar("_Default", int, None)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


@dataclass(frozen=True)
class Settings:
    """Hold where things are and how they behave; each field is one variable of the environment."""

    home: Path
    db_path: Path
    client_id: str | None = field(repr=False)
    client_secret: str | None = field(repr=False)
    redirect_uri: str
    base_url: str
    max_age: float  # seconds
    max_response_chars: int  # 0 = no cap
    retention_days: int | None  # None = keep
    log_file: Path | None  # None = no file
    log_level: str
    log_json: bool
    journal_day: Literal["before", "same"] = "before"  # what an answer of WHOOP's journal is of
    ca_bundle: str | None = None  # a PEM file that `requests` will trust instead of its own
    proxy: str | None = field(default=None, repr=False)  # may hold a password

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings of an environment (the real one when None); no file is touched.

        An empty variable counts as unset, except that an empty WHOOP_LOG_FILE means no file, and
        an empty `https_proxy` that HTTPS_PROXY does not count.
        ValidationError names the variable, what is wrong with it and a valid value.
        """
        given = _Variables(os.environ if environ is None else environ)
        home = given.path("WHOOP_HOME") or surroundings.home() / ".whoop-mcp-server"
        log_file = given.path("WHOOP_LOG_FILE") or home / "logs" / "whoop-mcp.log"
        return cls(
            home=home,
            db_path=given.path("WHOOP_DB_PATH") or home / "whoop.db",
            client_id=given.text("WHOOP_CLIENT_ID"),
            client_secret=given.text("WHOOP_CLIENT_SECRET"),
            redirect_uri=given.redirect_uri("WHOOP_REDIRECT_URI"),
            base_url=given.base_url("WHOOP_BASE_URL"),
            max_age=given.number("WHOOP_MAX_AGE", 600.0),
            max_response_chars=given.whole("WHOOP_MAX_RESPONSE_CHARS", 0, "40000", or_else=40000),
            retention_days=given.whole("WHOOP_RETENTION_DAYS", 1, "365", or_else=None),
            log_file=None if given.is_empty("WHOOP_LOG_FILE") else log_file,
            log_level=given.choice("WHOOP_LOG_LEVEL", _LEVELS, "INFO"),
            log_json=given.choice("WHOOP_LOG_JSON", _YES + _NO, "true") in _YES,
            journal_day="same"
            if given.choice("WHOOP_JOURNAL_DAY", _DAYS, "before") == "same"
            else "before",
            ca_bundle=given.first(BUNDLES)[1],
            proxy=given.proxy()[1],
        )

    def require_home(self) -> None:
        """See that the home is a folder, or may become one. ValidationError where it is neither."""
        for one in (self.home, *self.home.parents):
            try:
                mode = one.stat().st_mode
            except OSError as problem:
                if problem.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                    return  # it may not be looked at, which whoever uses it says
                if not one.is_symlink():
                    continue
                raise ValidationError(
                    f"Nothing can be kept in {self.home}: {one} is a link that leads nowhere.",
                    hint="Set WHOOP_HOME to a folder, or connect the drive that it leads to.",
                ) from None
            if not stat.S_ISDIR(mode):
                what = "it" if one == self.home else one
                raise ValidationError(
                    f"Nothing can be kept in {self.home}: {what} is not a folder.",
                    hint="Set WHOOP_HOME to a folder, or move away what is there.",
                )
            return

    @property
    def usual_log_file(self) -> Path:
        """Name the file of the log unless somebody chose another."""
        return self.home / "logs" / "whoop-mcp.log"


def trusted_by() -> str:
    """Name the variable that the CA bundle comes from."""
    return _Variables(os.environ).first(BUNDLES)[0]


def proxied_by() -> str:
    """Name the variable that the proxy comes from."""
    return _Variables(os.environ).proxy()[0]


class _Variables:
    """Read one kind of value at a time from an environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        # What people paste into client configurations comes with stray spaces and line ends.
        return self._environ.get(name, "").strip() or None

    def first(self, names: tuple[str, ...]) -> tuple[str, str | None]:
        """Find the first that is set and its value as it is, which is how `requests` reads it."""
        found = ((name, self._environ[name]) for name in names if self._environ.get(name))
        return next(found, (names[0], None))

    def proxy(self) -> tuple[str, str | None]:
        """Find the variable that names the proxy, and its value.

        One in small letters goes before one in capitals, even with nothing in it.
        """
        for small in PROXIES:
            name = small if small in self._environ else small.upper()
            if self._environ.get(name):
                return name, self._environ[name]
        return PROXIES[0].upper(), None

    def is_empty(self, name: str) -> bool:
        return name in self._environ and self.text(name) is None

    def path(self, name: str) -> Path | None:
        value = self.text(name)
        if value is None:
            return None
        path = surroundings.expand(value)
        if path is None or not path.is_absolute():
            raise _bad(name, "is not an absolute path", _ELSEWHERE)
        return path

    def number(self, name: str, default: float) -> float:
        try:
            value = float(self.text(name) or default)
        except ValueError:
            value = math.nan
        if not 0 <= value <= _LONGEST_AGE:
            raise _bad(
                name, f"is not a number of seconds from 0 to {_LONGEST_AGE:.0f}", f"{default:g}"
            )
        return value

    def whole(self, name: str, least: int, example: str, *, or_else: _Default) -> int | _Default:
        value = self.text(name)
        if value is None:
            return or_else
        if not (re.fullmatch(r"\d{1,9}", value, re.ASCII) and int(value) >= least):
            raise _bad(name, f"is not a whole number from {least} up", example)
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name) or default
        for choice in choices:
            if choice.lower() == value.lower():
                return choice
        raise _bad(name, f"is not one of {', '.join(choices)}", default)

    def redirect_uri(self, name: str) -> str:
        value = self.text(name) or "http://localhost:8000/callback"
        try:
            parts = urlsplit(value)
            # A port that is none raises. Port 0 is any, to which nobody comes back.
            usable = parts.port != 0 and "@" not in parts.netloc and bool(parts.netloc)
        except ValueError:
            usable = False
        if not usable or not _URI.fullmatch(value) or "#" in value:
            raise _bad(name, "is not a redirect URI", "http://localhost:8000/callback")
        return value

    def base_url(self, name: str) -> str:
        value = self.text(name)
        return BASE_URL if value is None else checked(value)


def _bad(name: str, problem: str, example: str) -> ValidationError:
    # The value itself is not repeated: it may be a secret that went into the wrong variable.
    return ValidationError(f"{name} {problem}.", hint=f"A valid value: {example}")
