"""Name every way in which this program can fail: its code, and the envelope that tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class WhoopError(Exception):
    """A failure a user can read: what happened, and the next step.

    `message` says what happened and `hint` what to do about it. Neither ever holds a token,
    a secret, a response body or a personal value. An `example` of arguments that would do ends the
    hint; whoever takes them in another form than as an object words it so.
    """

    code = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        example: Mapping[str, object] | None = None,
        endpoint: str | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if example is not None:
            hint = f"{hint} {for_example(example)}" if hint else for_example(example)
        self.hint = hint
        self.example = example
        self.endpoint = endpoint
        self.retry_after_seconds = retry_after_seconds

    def details(self) -> dict[str, Any]:
        """Make `{"code", "message", "hint"?, "endpoint"?, "retry_after_seconds"?}`."""
        optional = {
            "hint": self.hint,
            "endpoint": self.endpoint,
            "retry_after_seconds": self.retry_after_seconds,
        }
        return {
            "code": self.code,
            "message": self.message,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def envelope(self) -> dict[str, Any]:
        """Make `{"error": details}`, which a tool or URI answers instead of raising."""
        return {"error": self.details()}


def for_example(arguments: Mapping[str, object]) -> str:
    """Word an example of arguments as an object: `For example: {"days": 30}.`"""
    return f"For example: {json.dumps(arguments)}."


class AuthFailed(WhoopError):
    """No login, or WHOOP refuses it; the stored login is kept."""

    code = "AUTH_FAILED"


class RateLimited(WhoopError):
    """WHOOP's request limit is used up for longer than the call may take."""

    code = "RATE_LIMITED"


class NotFound(WhoopError):
    """WHOOP has no such record, or no longer."""

    code = "NOT_FOUND"


class UpstreamError(WhoopError):
    """WHOOP, or the way to it, fails."""

    code = "UPSTREAM_ERROR"


class ValidationError(WhoopError):
    """Bad arguments or settings; nothing was sent and nothing changed."""

    code = "VALIDATION_ERROR"


class CacheError(WhoopError):
    """The database cannot be used; the file is left as it is."""

    code = "CACHE_ERROR"


class CacheEmpty(WhoopError):
    """A cache-only act on a cache that holds and covers nothing."""

    code = "CACHE_EMPTY"


class FileExists(WhoopError):
    """An export or report would overwrite something."""

    code = "FILE_EXISTS"


class ExportError(WhoopError):
    """The destination cannot be written, or its format needs an extra."""

    code = "EXPORT_ERROR"


class SyncError(WhoopError):
    """A sync could not start at all."""

    code = "SYNC_ERROR"


class InternalError(WhoopError):
    """A bug. The words are generic on purpose; the traceback is in the log."""

    def __init__(self) -> None:
        super().__init__(
            "Something went wrong inside whoop-mcp.",
            hint="The log has the details; `whoop-mcp status` says where it is. "
            "Please report it with `whoop-mcp status --bundle FILE`.",
        )
