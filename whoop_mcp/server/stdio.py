"""Carry JSON-RPC lines on standard input and output, with answers that the SDK leaves out.

What is not a message is answered instead of dropped. A client that asks `server/discover` before
`initialize` is answered aside, because the SDK would take the question for the choice of an era.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import types
from mcp.server import Server
from mcp.shared.message import SessionMessage

from .. import jsontext

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]

_PROBE = "server/discover"
_AT_ONCE = getattr(select, "PIPE_BUF", 0)
"""Bytes that a pipe takes at once when it is said to be ready; 0 where nothing says so."""
_UNREAD = 5.0  # seconds for which a client that sends no more may leave an answer lying


def claim() -> tuple[BinaryIO, BinaryIO]:
    """Take the client's ends of standard input and output out of everybody else's reach.

    Afterwards whatever prints goes to standard error, and whatever reads is at the end.
    """
    wire_in, wire_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(wire_in, "rb"), os.fdopen(wire_out, "wb")


async def serve(server: Server[Any], wire_in: BinaryIO, wire_out: BinaryIO) -> None:
    """Serve one client until its input ends and its answers are written, or until it reads no more.

    Whoever leaves without reading what it asked for is not waited for.
    """
    incoming, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception]()
    write_stream, outgoing = anyio.create_memory_object_stream[SessionMessage]()
    options = server.create_initialization_options()
    writer = _Writer(wire_out)
    async with anyio.create_task_group() as tasks:

        async def read() -> None:
            await _read(server, wire_in, incoming, write_stream.clone())
            await writer.stuck()
            tasks.cancel_scope.cancel()

        tasks.start_soon(read)
        tasks.start_soon(server.run, read_stream, write_stream, options)
        await writer.write(outgoing)
        tasks.cancel_scope.cancel()


async def _read(server: Server[Any], wire: BinaryIO, incoming: Incoming, out: Outgoing) -> None:
    begun = False
    async with incoming, out:
        async for line in _lines(wire):
            try:
                message = parse(line)
            except NoMessage as problem:
                await out.send(problem.answer)
                continue
            asked = isinstance(message.message, types.JSONRPCRequest)
            # Only a request is answered: for one to a notification we would wait for ever.
            if asked and not begun and getattr(message.message, "method", None) == _PROBE:
                await out.send(await _asked_aside(server, message))
            else:
                begun = begun or asked
                await incoming.send(message)


async def _lines(wire: BinaryIO) -> AsyncIterator[bytes]:
    """Read lines until the end of input, in a thread that no tool can keep waiting."""
    limiter = anyio.CapacityLimiter(1)
    while line := await anyio.to_thread.run_sync(
        wire.readline, abandon_on_cancel=True, limiter=limiter
    ):
        if line.strip():
            yield line


class NoMessage(ValueError):
    """Signal that a line is no JSON-RPC message, with the answer to it."""

    def __init__(self, id: int | str | None, code: int, words: str) -> None:
        super().__init__(words)
        error = types.ErrorData(code=code, message=words)
        self.answer = SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=id, error=error))


def parse(line: bytes) -> SessionMessage:
    """Parse a line into a message. NoMessage."""
    try:
        value = json.loads(line)
        # Half a surrogate pair is JSON, but nothing that the SDK or an encoder takes.
        clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        raise NoMessage(None, types.PARSE_ERROR, "Parse error: the line is not JSON.") from None
    id = value.get("id") if isinstance(value, dict) else None
    try:
        message = types.jsonrpc_message_adapter.validate_json(clean, by_name=False)
        # The SDK takes a request whose id is none for a notification, which is never answered.
        if "id" in value and isinstance(message, types.JSONRPCNotification):
            raise ValueError
    except ValueError:
        known = id if type(id) in (int, str) else None
        words = "Invalid request: the line is not a JSON-RPC message."
        raise NoMessage(known, types.INVALID_REQUEST, words) from None
    return SessionMessage(message)


def spelled(message: types.JSONRPCMessage) -> Iterator[str]:
    """Spell a message, part by part; of a result, what is JSON text already is left as it is."""
    if not isinstance(message, types.JSONRPCResponse):
        yield message.model_dump_json(by_alias=True, exclude_unset=True)
        return
    yield f'{{"jsonrpc":"2.0","id":{jsontext.spell(message.id)},"result":'
    yield from jsontext.parts(message.result)
    yield "}"


async def _asked_aside(server: Server[Any], probe: SessionMessage) -> SessionMessage:
    """Answer a probe by a run of the server that sees nothing else."""
    asking, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception](1)
    write_stream, answering = anyio.create_memory_object_stream[SessionMessage](1)
    async with asking, answering, anyio.create_task_group() as tasks:
        await asking.send(probe)
        tasks.start_soon(
            server.run, read_stream, write_stream, server.create_initialization_options()
        )
        answer = await answering.receive()
        tasks.cancel_scope.cancel()
    return answer


class _Writer:
    """Write to the client, and know when it reads no more."""

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire
        self._begun = self._done = 0  # lines

    async def write(self, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
        """Write until all who send have ended, or the client has closed its end."""
        limiter = anyio.CapacityLimiter(1)
        with suppress(OSError), outgoing:
            async for message in outgoing:
                self._begun += 1
                parts = (*spelled(message.message), "\n")
                if self._takes(parts):
                    self._send(parts)
                else:
                    await anyio.to_thread.run_sync(
                        self._send, parts, abandon_on_cancel=True, limiter=limiter
                    )

    def _takes(self, parts: Sequence[str]) -> bool:
        """Tell whether a line can be written without waiting for the client; never a long one."""
        if sum(map(len, parts)) > _AT_ONCE or not all(map(str.isascii, parts)):
            return False
        try:
            return bool(select.select([], [self._wire], [], 0)[1])
        except ValueError:  # a descriptor with so high a number cannot be asked about
            return False

    def _send(self, parts: Sequence[str]) -> None:
        for part in parts:
            self._wire.write(part.encode("utf-8", "replace"))
        self._wire.flush()
        self._done += 1

    async def stuck(self) -> None:
        """Wait until one line has been waiting for too long to be read."""
        before = -1
        while before != self._done or self._begun == self._done:
            before = self._done
            await anyio.sleep(_UNREAD)
