"""Ten lines on the same SDK: what no server on it can be quicker or smaller than."""

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server


async def serve() -> None:
    server = Server("floor")
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(serve)
