"""Run `whoop-mcp` as `python -m whoop_mcp`."""

from __future__ import annotations

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
