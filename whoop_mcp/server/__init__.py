"""Serve tools, URIs and prompts by MCP on standard input and output."""

__all__: list[str] = []
