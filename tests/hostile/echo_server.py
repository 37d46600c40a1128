"""An echo on the transport that `livevote serve` uses, for the conformance suite: the product's
own endpoint wants a subprotocol, a hello and JSON. Prints its port; ends with its standard input.

    python -m tests.hostile.echo_server
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from livevote.hub.fanout import Audience, Outbox
from livevote.web.http import http_protocol
from livevote.web.transport import HANDLE, Message, SocketProtocol
from livevote.wire.codec import JSON, framed


class Echo:
    """A conversation that says everything back and counts nothing."""

    def __init__(self) -> None:
        self._outbox = Outbox(JSON, Audience("", ""))

    async def open(self, data: Message) -> Outbox:
        return self._outbox

    def receive(self, data: Message) -> None:
        binary = isinstance(data, bytes)
        payload = data if isinstance(data, bytes) else data.encode()
        self._outbox.put(framed(payload, binary=binary))

    def spend(self) -> None:
        """What comes after the hello has no budget here: the cases send a lot."""

    def close(self) -> None:
        pass


class EchoProtocol(SocketProtocol):
    """The transport, for clients that name no subprotocol and say no hello."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any]
    ) -> None:
        super().__init__(config, server_state, app_state)
        assert self._unusual is not None
        self._unusual.select_subprotocol = lambda _: None  # type: ignore[method-assign, assignment]

    async def echo(self) -> None:
        talking = asyncio.create_task(self.talk(JSON, Echo()))
        await asyncio.sleep(0)  # it has answered the upgrade and waits for the first message
        if self._first:
            self._first.set_result("in the place of a hello")
        await talking


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await scope[HANDLE].echo()


async def serve() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            http=http_protocol(),
            ws=EchoProtocol,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    print(f"echo on port {sock.getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(serve())
