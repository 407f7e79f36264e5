"""Read the code that a person pastes, and explain what they may have pasted instead."""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TextIO
from urllib.parse import parse_qs, urlsplit

from .. import windows
from ..errors import AuthFailed
from .attempt import PATH, Attempt, Denied, Stray, settle
from .single_flight import NoThread, start

_CODE = re.compile(r"[\w.~+/=-]{8,2048}", re.ASCII)


_LOOK = 0.05  # seconds between two looks at whether somebody types
_AT_MOST = 2.0  # seconds that a half-typed line may hold the end of a login up


class Unclear(ValueError):
    """Signal that a pasted text does not end the login, why, and what to paste."""


def code(text: str, attempt: Attempt) -> str:
    """Take the code out of a pasted address, query or (with PKCE) bare code. Unclear, or Denied."""
    pasted = text.strip().strip("'\"<>").replace("&amp;", "&")
    query = pasted.partition("?")[2] if "://" in pasted else pasted.lstrip("?")
    if "=" not in query.rstrip("="):
        if "://" in pasted:
            raise Unclear(_about_address(pasted, attempt))
        # Without a state only PKCE proves that a code was made for this login.
        if attempt.verifier is not None and _CODE.fullmatch(pasted):
            return pasted
        raise Unclear("That is not the whole address: paste all of it, from http to the end.")
    try:
        return attempt.code(query)
    except Stray as stray:
        if urlsplit(pasted).path == PATH:
            raise Unclear(
                "That is the address to open. Open it, agree, and paste the one it ends at."
            ) from None
        given = parse_qs(query)
        if "error" in given and "state" not in given:  # WHOOP's own page; ours come with a state
            raise Unclear(_about_error(query, attempt)) from None
        raise Unclear(f"That address does not fit: {stray}. Paste the newest one.") from None
    except Denied:
        raise
    except ValueError:
        raise Unclear("That address cannot be read. Paste the one the browser ends at.") from None


def difference(sent: str, registered: str) -> str:
    """Show two texts and the first byte in which they differ, in three lines; '' for none."""
    if sent == registered:
        return ""
    ours, theirs = sent.encode(), registered.encode()
    pairs = enumerate(zip(ours, theirs, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(ours), len(theirs)))
    return (
        f"  sent:       {ascii(sent)[1:-1]}\n"
        f"  registered: {ascii(registered)[1:-1]}\n"
        f"  byte {at + 1}: sent {_byte(ours, at)}, registered {_byte(theirs, at)}"
    )


class Reader:
    """Read pasted lines from `with` to the end of its block; the code goes into `outcome`.

    `say` tells the person what is unclear about a line. `alone`: nothing else can bring the code,
    so the end of the input is the end of the login.
    """

    def __init__(
        self,
        attempt: Attempt,
        outcome: Future[str],
        stdin: TextIO,
        say: Callable[[str], None],
        *,
        alone: bool,
    ) -> None:
        self._attempt = attempt
        self._outcome = outcome
        self._stdin = stdin
        self._say = say
        self._alone = alone
        self._wake, self._bell = os.pipe()
        self._over = threading.Event()

    def __enter__(self) -> Reader:
        try:
            self._thread = start(self._read)
        except NoThread:
            os.close(self._bell)
            os.close(self._wake)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        os.close(self._bell)
        if windows.HERE:
            # Somebody may be typing a line, to which the thread is bound until it ends.
            self._thread.join(2 * _LOOK)
            if self._thread.is_alive():
                windows.press_enter(self._stdin)
                self._thread.join(_AT_MOST)
        else:
            self._thread.join()
        os.close(self._wake)

    def _read(self) -> object:
        for line in _lines(self._stdin, self._has_more):
            if self._over.is_set():
                return None  # a line that was cut off
            try:
                if line.strip():
                    return settle(self._outcome, code(line, self._attempt))
            except Unclear as unclear:
                self._say(str(unclear))
            except Denied as denied:
                return settle(self._outcome, denied)
        if self._alone:
            settle(
                self._outcome,
                AuthFailed(
                    "The input ended before an address was pasted.",
                    hint="Run the login where you can paste, or give the address on stdin.",
                ),
            )
        return None

    def _has_more(self) -> bool:
        """Wait until there is something to read, or its end; False once the login is over."""
        if not windows.HERE:
            waited_for = [self._stdin.fileno(), self._wake]
            return self._wake not in select.select(waited_for, [], [])[0]
        # There nobody can wait for a console or a pipe and something else besides.
        while not self._over.is_set() and not windows.is_ready(self._stdin):
            self._over.wait(_LOOK)
        return not self._over.is_set()


def _lines(stdin: TextIO, has_more: Callable[[], bool]) -> Iterator[str]:
    """Read lines until the end of input, or until there is no more to be had of it."""
    try:
        source = stdin.fileno()
    except (OSError, ValueError):
        return  # closed, or no real input
    rest = b""
    # Read past the text layer: it would take more than the lines that are ours.
    while has_more():
        # A Windows console gives a line at a time, and letters instead of bytes.
        typed = windows.HERE and windows.is_console(stdin)
        part = stdin.readline().encode() if typed else os.read(source, 65536)
        *lines, rest = (rest + part).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in lines)
        if not part:
            yield rest.decode("utf-8", "replace")
            return


def _about_address(pasted: str, attempt: Attempt) -> str:
    differs = difference(attempt.redirect_uri, pasted)
    if not differs:
        return "That is the redirect URI as this login sends it, byte for byte."
    return (
        "That address holds no code. If it is the redirect URI of your app, it must be the same "
        f"byte for byte:\n{differs}\nChange it in the dashboard, or set WHOOP_REDIRECT_URI."
    )


def _about_error(query: str, attempt: Attempt) -> str:
    if "redirect" in query:
        return (
            "WHOOP does not know the redirect URI. It must stand in your app's settings exactly as "
            f"{attempt.redirect_uri} ({len(attempt.redirect_uri)} bytes). "
            "Paste the one that stands there to see the difference."
        )
    return "WHOOP refused that address: check the app id, then open the newest address again."


def _byte(text: bytes, at: int) -> str:
    return f"has 0x{text[at]:02x} {chr(text[at])!a}" if at < len(text) else "ends"
