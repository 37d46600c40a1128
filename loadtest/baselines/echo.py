"""Every message comes back, on the same transport as livevote's. Nothing else.

The one place that says which transport that is: websockets' sans-I/O ServerProtocol in an asyncio
protocol class on uvloop. Point it elsewhere when livevote's own transport is another.

    python -m loadtest.baselines.echo      prints its port
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import uvloop
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol


class Echo(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._protocol = ServerProtocol()

    def data_received(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                protocol.send_text(bytes(event.data))
        out = b"".join(protocol.data_to_send())
        if out:
            self._transport.write(out)
        if protocol.close_expected():
            self._transport.close()


async def serve() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    factory: Any = Echo
    server = await loop.create_server(factory, sock=listener, backlog=4096)
    print(listener.getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
