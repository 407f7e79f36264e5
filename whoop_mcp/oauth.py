"""Run `whoop-mcp login` as `python -m whoop_mcp.oauth` and `whoop-mcp-oauth`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .cli.main import main as command_line


def main(argv: Sequence[str] | None = None) -> int:
    """Log in as `whoop-mcp login` does, and answer its exit code."""
    return command_line(["login", *(sys.argv[1:] if argv is None else argv)])


if __name__ == "__main__":
    sys.exit(main())
