"""Run `python -m whoop_mcp.simulator`: a WHOOP account on this computer until Ctrl-C."""

from __future__ import annotations

from .server import main

if __name__ == "__main__":
    main()
