"""See to what a program must be given: a home, open streams, enough descriptors."""

from __future__ import annotations

import errno
import os
import shlex
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from . import windows
from .errors import ExportError, InternalError, ValidationError, WhoopError

LEAST_FILES = 40
"""Descriptors below which no command is begun: a sync that runs out of them stops anywhere."""

PROXIES = ("https_proxy", "all_proxy")
"""The variables that name a proxy, as `requests` asks for them: so, or in capitals."""
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name a file of certificates; the first that is set counts."""

ROOT = "C:\\" if os.name == "nt" else "/"
"""How an absolute path begins, in hints."""

_HOME = "USERPROFILE" if os.name == "nt" else "HOME"
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
_RAISE = "Raise the limit first, in the shell by `ulimit -n 256`."


def home() -> Path:
    """Find the person's home folder. ValidationError where there is none: nothing is guessed."""
    found = _find_home()
    if isinstance(found, str):
        raise _no_home(found)
    return found


def home_if_any() -> Path | None:
    """Find the person's home folder; None where there is none."""
    found = _find_home()
    return None if isinstance(found, str) else found


def expanded(path: str) -> Path:
    """Replace a `~` at the beginning of a path. ValidationError where it stands for no home."""
    found = expand(path)
    if found is not None:
        return found
    if path.partition("/")[0] == "~":
        return home()  # which raises, and says why
    raise ValidationError(
        "A path begins with a ~ that stands for no known home.",
        hint=f"Write it out, from the {ROOT} on.",
    )


def expand(path: str) -> Path | None:
    """Replace a `~` at the beginning of a path; None where it stands for no known home."""
    first, _, rest = path.partition("/")
    if first == "~":
        own = home_if_any()
        return None if own is None else own / rest.lstrip("/")
    try:
        return Path(path).expanduser()
    except (RuntimeError, KeyError):
        return None


def here() -> Path:
    """Find the folder that relative paths begin at. ValidationError where it is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise ValidationError(
            "The folder in which this was started is gone, or may not be read.",
            hint=f"Change to another folder, or give a path that begins with {ROOT} or ~.",
        ) from None


def runnable(hint: str) -> str:
    """Add to a hint that names our command what to type where no shell would find it."""
    if "`whoop-mcp " not in hint or _is_on_path():
        return hint
    words = [sys.executable, "-m", __package__]
    line = f'"{words[0]}" -m {words[2]}' if os.name == "nt" else shlex.join(words)
    return f"{hint} (`whoop-mcp` is not on the PATH here: type `{line}` in its place.)"


def _is_on_path() -> bool:
    """Tell whether `whoop-mcp` is found by a shell, and is this program."""
    import shutil  # which help does without

    found = shutil.which("whoop-mcp")
    if found is None:
        return False
    # Installers link from the PATH into an environment; on Windows they copy.
    return os.name == "nt" or Path(found).resolve().parent == Path(sys.executable).parent


def path_test(test: Callable[[], bool], *, denied: bool) -> bool:
    """Make a test of a path, such as `path.exists`; `denied` is the answer where it may not be."""
    try:
        return test()
    except OSError:
        return denied


def temporary_folder(prefix: str) -> Path:
    """Make a private folder for a while. ExportError where no folder for such can be written."""
    try:
        return Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    except OSError as problem:
        raise ExportError(
            f"There is no temporary folder that can be written ({problem.strerror or 'none'}).",
            hint="Set TMPDIR to a folder that is yours.",
        ) from None


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person may be at the other end of a stream; None: it came closed."""
    try:
        return stream is not None and stream.isatty() and windows.is_console(stream)
    except ValueError:  # closed since
        return False


def fill_closed_descriptors() -> None:
    """Open nothing where a standard stream was closed, lest a file of ours become that stream."""
    for number in range(len(_STREAMS)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one


def open_errors() -> None:
    """Give standard error its number back where it came closed.

    The next file to be opened would have that number, and what is said of errors would go into it.
    """
    _open("stderr", "w")


def open_streams() -> None:
    """Give back all that came closed. ValidationError where nobody would see an answer."""
    closed = sys.stdout is None
    for name, mode in _STREAMS:
        _open(name, mode)
    if closed:
        raise ValidationError(
            "Standard output is closed: the answer could not be shown.",
            hint=f"Send it to a file, or to {os.devnull}.",
        )


def give_up(stream: TextIO | None) -> None:
    """Let whatever is still to be written to a stream go nowhere, as nobody takes it."""
    with suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nothing, stream.fileno())  # type: ignore[union-attr]
        finally:
            os.close(nothing)


def require_files() -> None:
    """See to enough descriptors. ValidationError where this process may not have them."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= LEAST_FILES:
        return
    with suppress(OSError, ValueError):
        raised = LEAST_FILES if hard == resource.RLIM_INFINITY else min(LEAST_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    if soft < LEAST_FILES:
        raise ValidationError(
            f"This process may open no more than {soft} files at once (ulimit -n).",
            hint=f"It needs {LEAST_FILES} and more. {_RAISE}",
        )


def error_of(problem: Exception, act: str) -> WhoopError:
    """Find the error that tells of a failure of `act`, such as "The command".

    The problem itself, or a ValidationError where too many files are open; anything else is a
    crash: it goes into the log, and what is told is an InternalError.
    """
    if isinstance(problem, WhoopError):
        return problem
    if isinstance(problem, OSError) and problem.errno in (errno.EMFILE, errno.ENFILE):
        return ValidationError(
            "Too many files are open at once (ulimit -n).",
            hint=f"Try again when less is going on. {_RAISE}",
        )
    import logging  # which help does without

    logging.getLogger(__name__).error("%s crashed.", act, exc_info=problem)
    return InternalError()


def _open(name: str, mode: str) -> None:
    if getattr(sys, name) is not None:
        return
    number = [one for one, _ in _STREAMS].index(name)
    handle = os.open(os.devnull, os.O_RDWR)
    if handle != number:
        os.dup2(handle, number)
        os.close(handle)
    os.set_inheritable(number, True)
    setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _find_home() -> Path | str:
    """Find the home folder, or why there is none."""
    set_to = os.environ.get(_HOME)
    if set_to is not None and not Path(set_to).is_absolute():
        return f"{_HOME} is {'not an absolute path' if set_to.strip() else 'empty'}"
    try:
        found = Path.home()
    except (RuntimeError, KeyError):
        return f"{_HOME} is not set, and this user has none"
    return found if found.is_absolute() else "this user's is not an absolute path"


def _no_home(why: str) -> ValidationError:
    return ValidationError(
        f"The home folder is not known: {why}.",
        hint=f"Set {_HOME} to it, as an absolute path; or set WHOOP_HOME to the folder in which "
        "whoop-mcp is to keep everything.",
    )
