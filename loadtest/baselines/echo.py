"""Every message comes back, on livevote's own transport. Nothing else.

The one place that says which transport that is: livevote.web.transport, the class that
livevote.server hands to uvicorn. Where that changes, this changes.

    python -m loadtest.baselines.echo      prints its port
"""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
import uvloop

from livevote.hub.fanout import Audience, Outbox
from livevote.web.transport import HANDLE, SocketProtocol
from livevote.wire.codec import JSON, framed


class Echo:
    """What talks through one connection."""

    def __init__(self, handle: SocketProtocol) -> None:
        self._handle = handle

    async def open(self, data: bytes | str) -> Outbox:
        self.receive(data)
        return Outbox(JSON, Audience("", "voter", ""))

    def receive(self, data: bytes | str) -> None:
        payload = data if isinstance(data, bytes) else data.encode()
        self._handle.transport.write(framed(payload, binary=False))

    def spend(self) -> None:
        """No limit here."""

    def close(self) -> None:
        """Nothing is kept."""


async def application(scope: Any, receive: Any, send: Any) -> None:
    handle: SocketProtocol = scope[HANDLE]
    await handle.talk(JSON, Echo(handle))


def main() -> None:
    config = uvicorn.Config(
        application, ws=SocketProtocol, log_config=None, access_log=False, lifespan="off"
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvloop.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
