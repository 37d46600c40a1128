"""Who may open a WebSocket, and with which conversation."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.websockets import WebSocket

from livevote.errors import Refusal
from livevote.hub.hub import Hub
from livevote.hub.listener import Listener
from livevote.hub.session import Session
from livevote.web.auth import Auth
from livevote.web.feeds import asked
from livevote.web.origins import Origins
from livevote.web.transport import HANDLE, SocketProtocol
from livevote.wire.codec import CODECS, FLAT
from livevote.wire.codes import Close

# Connections that have said no hello yet; one more, and the one that waited longest goes.
WAITING_MAX = 2_000


class Sockets:
    """The endpoint. One per process."""

    def __init__(self, hub: Hub, auth: Auth, origins: Origins) -> None:
        self._hub = hub
        self._auth = auth
        self._origins = origins
        self._waiting: dict[SocketProtocol, None] = {}

    async def talk(self, socket: WebSocket) -> None:
        codec = next((CODECS[p] for p in socket.scope["subprotocols"] if p in CODECS), None)
        if codec is None or not self._origins.allows(socket):
            await socket.close()  # before accept this is an HTTP 403
            return
        handle: SocketProtocol = socket.scope[HANDLE]
        identity = self._auth.identity(socket)
        if not identity.seat:
            # A crowd at one address, or one that says nothing, keeps no tablet out.
            address = socket.client.host if socket.client else ""
            if not self._hub.doors.upgrade(address):
                handle.reject(HTTPStatus.SERVICE_UNAVAILABLE)
                return
            handle.on_gone = partial(self._hub.doors.gone, address)
            self._wait(handle)
        session = Session(self._hub, codec, identity, self._auth.token_identity)
        try:
            await handle.talk(codec, session)
        finally:
            self._waiting.pop(handle, None)

    async def listen(self, socket: WebSocket) -> None:
        """A feed for programs that only listen: flat JSON, without hello or subprotocol. It reads
        no cookie, so it does not matter whose page opens it."""
        handle: SocketProtocol = socket.scope[HANDLE]
        address = socket.client.host if socket.client else ""
        try:
            studio, part = asked(self._hub, self._auth, socket)
        except Refusal as refusal:
            handle.reject(HTTPStatus(refusal.http_status))
            return
        if not self._hub.doors.upgrade(address):
            handle.reject(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        handle.on_gone = partial(self._hub.doors.gone, address)
        await handle.talk(FLAT, Listener(self._hub, studio, part), first="")

    def _wait(self, handle: SocketProtocol) -> None:
        self._waiting[handle] = None
        if len(self._waiting) > WAITING_MAX:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end(Close.NO_HELLO)
