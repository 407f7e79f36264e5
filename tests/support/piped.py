"""A server in this process behind two pipes, as a transport for the SDK's own client."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server import Server
from mcp.shared.message import SessionMessage

from whoop_mcp.server import stdio

T = TypeVar("T")


async def aside(act: Callable[[], T]) -> T:
    """Wait for something in a thread that the server does not count on."""
    return await anyio.to_thread.run_sync(act, limiter=anyio.CapacityLimiter(1))


@asynccontextmanager
async def piped(server: Server[Any]) -> AsyncIterator[Any]:
    """Serve one client, which is given the streams to read from and to write to."""
    (asked, asking), (answered, answering) = os.pipe(), os.pipe()
    wire_in, wire_out = os.fdopen(asked, "rb"), os.fdopen(answering, "wb")
    from_server, to_server = os.fdopen(answered, "rb"), os.fdopen(asking, "wb")
    heard, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    write_stream, said = anyio.create_memory_object_stream[SessionMessage](0)

    def write(line: bytes) -> None:
        to_server.write(line)
        to_server.flush()

    async def hear() -> None:
        async with heard:
            while line := await aside(from_server.readline):
                with suppress(anyio.BrokenResourceError):  # it has left, and reads no more
                    await heard.send(stdio.parse(line))

    async def say() -> None:
        async with said:
            async for message in said:
                # A pipe may hold very little, and the server has to read it meanwhile.
                line = "".join(stdio.spelled(message.message)).encode() + b"\n"
                await aside(partial(write, line))
        to_server.close()

    async def serve() -> None:
        with wire_in, wire_out:
            await stdio.serve(server, wire_in, wire_out)

    with from_server:
        async with anyio.create_task_group() as tasks:
            for task in (serve, hear, say):
                tasks.start_soon(task)
            async with read_stream, write_stream:
                yield read_stream, write_stream
