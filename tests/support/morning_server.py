"""Serve `whoop-mcp demo --serve` as if it were one and the same morning each time.

The clock is set before any other module takes it as its own.
"""

from __future__ import annotations

import sys
import time

from whoop_mcp import times

NOW = "2026-05-20T11:40:00.000Z"
"""Twenty to eight where the demo's athlete lives."""


def serve() -> None:
    """Serve on standard input and output; the clock goes on from `NOW`."""
    began = time.monotonic()
    times.now = lambda: times.plus(NOW, seconds=time.monotonic() - began)
    from whoop_mcp.cli.main import main

    sys.exit(main(["demo", "--serve"]))


if __name__ == "__main__":
    serve()
