"""The MCP server: tools, URIs and prompts on standard input and output."""

__all__: list[str] = []
