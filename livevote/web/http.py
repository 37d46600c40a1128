"""HTTP connections that owe us a request: how long, and how many at once.

uvicorn's own protocol reads them; it knows no deadline for a head that never
comes to its end, and no bound on connections that say nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 5.0
# For a spreadsheet of 2 MB over a bad line.
BODY_S = 30.0
# One more that owes a request, and the one that owes it longest goes. A browser sends its
# request at once, so a tablet gets through however many say nothing. More than the kernel hands
# over in one go, or a crowd that comes back at once would push out its own.
OWING_MAX = 4_000


class HttpProtocol(H11Protocol):
    """One connection. Deadlines are set once for a head and once for a body: bytes that trickle
    in move neither."""

    owing: ClassVar[dict[HttpProtocol, None]]
    _deadline: asyncio.TimerHandle | None = None
    _owes: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Never, whoever sets up logging in this process: an address may hold a key.
        self.access_log = False
        self.owing[self] = None
        if len(self.owing) > OWING_MAX:
            next(iter(self.owing)).drop()
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._settle()
        self._owes = h11.SWITCHED_PROTOCOL
        super().handle_websocket_upgrade(event)

    def drop(self) -> None:
        self._settle()
        self.transport.abort()

    def _look(self) -> None:
        """After every read: what do they still owe?"""
        if self._owes is h11.SWITCHED_PROTOCOL or self.transport.is_closing():
            return
        owes = self.conn.their_state
        if owes is self._owes and owes is not h11.DONE:
            return
        self._settle()
        self._owes = owes
        if owes is h11.IDLE:
            self.owing[self] = None
            self._set(HEAD_S)
        elif owes is h11.SEND_BODY:
            self.owing[self] = None
            self._set(BODY_S)

    def _set(self, delay_s: float) -> None:
        self._deadline = self.loop.call_later(delay_s, self.drop)

    def _settle(self) -> None:
        self.owing.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def http_protocol() -> type[HttpProtocol]:
    """The class for one server: what is owed there is counted there."""
    return type("HttpProtocol", (HttpProtocol,), {"owing": {}})
