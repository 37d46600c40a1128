"""Who may open a WebSocket, and with which conversation."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.websockets import WebSocket

from livevote.hub.hub import Hub
from livevote.hub.session import Session
from livevote.web.auth import Auth
from livevote.web.origins import Origins
from livevote.web.transport import HANDLE, SocketProtocol
from livevote.wire.codec import CODECS
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

    def _wait(self, handle: SocketProtocol) -> None:
        self._waiting[handle] = None
        if len(self._waiting) > WAITING_MAX:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end(Close.NO_HELLO)
