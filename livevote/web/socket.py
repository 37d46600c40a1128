"""The only place that knows the WebSocket transport.

Bytes in go to the session, bytes out come from its outbox. The simple
transport: Starlette's, one reader and one writer task a connection.
"""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect

from livevote.hub.fanout import Outbox
from livevote.hub.hub import Hub
from livevote.hub.session import Session, SessionEnded
from livevote.web.auth import Auth
from livevote.web.origins import Origins
from livevote.wire.codec import CODECS
from livevote.wire.codes import Close

HELLO_S = 5.0
# A client that takes nothing for this long is gone.
SEND_S = 10.0

# How a client that left shows; RuntimeError is Starlette's word for a send after that.
GONE = (WebSocketDisconnect, OSError, RuntimeError)


class Sockets:
    """The endpoint. One per process."""

    def __init__(self, hub: Hub, auth: Auth, origins: Origins) -> None:
        self._hub = hub
        self._auth = auth
        self._origins = origins

    async def talk(self, socket: WebSocket) -> None:
        codec = next((CODECS[p] for p in socket.scope["subprotocols"] if p in CODECS), None)
        if codec is None or not self._origins.allows(socket):
            await socket.close()  # before accept this is an HTTP 403
            return
        session = Session(self._hub, codec, self._auth.identity(socket), self._auth.token_identity)
        await socket.accept(subprotocol=codec.subprotocol)
        code = Close.GOING_DOWN
        try:
            code = await self._talk(socket, session)
        except GONE:
            return
        finally:
            session.close()
        with contextlib.suppress(*GONE):
            await socket.close(int(code))

    async def _talk(self, socket: WebSocket, session: Session) -> Close:
        """Until either side ends; the close code to send."""
        try:
            outbox = await session.open(await asyncio.wait_for(_receive(socket), HELLO_S))
        except TimeoutError:
            return Close.NO_HELLO
        except SessionEnded as end:
            return end.code
        reader = asyncio.create_task(_read(socket, session))
        writer = asyncio.create_task(_write(socket, outbox))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            ended = reader if reader.done() else writer
            return ended.result()
        finally:
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)


async def _receive(socket: WebSocket) -> bytes | str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    return text if text is not None else message["bytes"]


async def _read(socket: WebSocket, session: Session) -> Close:
    while True:
        data = await _receive(socket)
        try:
            session.receive(data)
        except SessionEnded as end:
            return end.code


async def _write(socket: WebSocket, outbox: Outbox) -> Close:
    binary = outbox.codec.binary
    while True:
        frames = await outbox.take()
        async with asyncio.timeout(SEND_S):
            for frame in frames:
                await (socket.send_bytes(frame) if binary else socket.send_text(frame.decode()))
        if outbox.close_code:
            return Close(outbox.close_code)
