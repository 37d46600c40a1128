"""The WebSocket transport: bytes of one connection, in and out, and nothing of what they say.

uvicorn makes one SocketProtocol for each upgrade (its `ws=` setting; that is no documented
interface, so tests/web/test_transport.py pins what we rely on). The one shape that voters send, a
whole masked data frame under 126 bytes, is read here; the handshake and every other frame go
through websockets' own sans-I/O protocol. Frames go out as the bytes they were framed into once,
for everybody.

    handshake ──▶ application ──▶ talk ──▶ first message ──▶ open ──▶ live ──▶ ending ──▶ gone
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import unquote

import structlog
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.speedups import apply_mask
from websockets.typing import Subprotocol

from livevote.hub.admission import MESSAGE_MAX
from livevote.hub.fanout import Outbox
from livevote.hub.session import SessionEnded
from livevote.wire.codec import Codec
from livevote.wire.codes import Close

log = structlog.get_logger()

HELLO_S = 5.0
# A client that takes nothing for this long is gone.
STALL_S = 5.0
# For the other side to answer our close frame, and what it may still send meanwhile.
CLOSE_S = 1.0
LAST_BYTES_MAX = 262_144
# Frames before the hello has been answered: a client may send its first ballot at once.
EARLY_MAX = 16
# Ours to hold for one connection; beyond it the connection is paused and skips frames.
WRITE_BYTES_MAX = 65_536

# A message and the longest head.
FRAME_MAX = MESSAGE_MAX + 14

HANDLE = "livevote.socket"
# A whole text or binary frame; masked, as a client's is; masked and 126 bytes or more
# (RFC 6455, 5.2).
_TEXT, _BINARY, _MASKED, _LONG = 0x81, 0x82, 0x80, 0xFE

Message = str | bytes


class Conversation(Protocol):
    """What talks through a connection; livevote.hub.session.Session is one."""

    async def open(self, data: Message) -> Outbox: ...

    def receive(self, data: Message) -> None: ...

    def spend(self) -> None: ...

    def close(self) -> None: ...


class SocketProtocol(asyncio.Protocol):
    """One connection. Everything runs on the loop's thread, most of it in data_received."""

    __slots__ = (
        "_conversation",
        "_early",
        "_early_left",
        "_ending",
        "_first",
        "_fragments",
        "_held",
        "_last_bytes",
        "_outbox",
        "_paused",
        "_request",
        "_server",
        "_state",
        "_timer",
        "_unusual",
        "_usual",
        "on_gone",
        "transport",
    )

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any]
    ) -> None:
        self._server = config
        self._state = server_state
        self.transport: asyncio.Transport
        # websockets' protocol: for the handshake, and again while a frame needs it.
        self._unusual: ServerProtocol | None = ServerProtocol(max_size=MESSAGE_MAX)
        self._request: Request | None = None
        # The first byte of the frames that go the short way; 0 for none.
        self._usual = 0
        # The beginning of a frame whose end has not come; less than one frame.
        self._held = b""
        # What has come of a message in several frames.
        self._fragments: list[Frame] = []
        self._conversation: Conversation | None = None
        self._outbox: Outbox | None = None
        # Before the hello is answered: who waits for it, and what came after it.
        self._first: asyncio.Future[Message] | None = None
        self._early: list[Message] = []
        self._early_left = EARLY_MAX
        self._paused = False
        self._ending = False
        self._last_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        # Told once, when the connection is lost.
        self.on_gone: Callable[[], None] | None = None

    # --- what the loop and uvicorn call ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one in all but name.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_BYTES_MAX)
        self._state.connections.add(self)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        self._ending = True
        self._stop_timer()
        if self._first and not self._first.done():
            self._first.cancel()
        self._leave()
        if self.on_gone:
            self.on_gone()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            self._read_last(data)
        elif not self._usual:
            self._shake_hands(data)
        else:
            try:
                self._read(self._held + data if self._held else data)
            except SessionEnded as end:
                self.end(end.code)

    def pause_writing(self) -> None:
        self._paused = True
        if self._outbox is not None:
            self._outbox.write = None
        if not self._ending:
            self._set_timer(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._paused = False
        if self._ending:
            return  # the timer is now that of the close
        self._stop_timer()
        self._catch_up()

    def shutdown(self) -> None:
        """uvicorn stops."""
        if not self._ending:
            self.end(Close.GOING_DOWN)

    # --- the handshake ---

    def _shake_hands(self, data: bytes) -> None:
        assert self._unusual is not None
        self._unusual.receive_data(data)
        for event in self._unusual.events_received():
            if isinstance(event, Request):
                task = asyncio.get_running_loop().create_task(self._ask(event))
                self._state.tasks.add(task)
                task.add_done_callback(self._state.tasks.discard)
            else:
                # Frames behind the request, before the answer to it: no client may do that.
                self.transport.abort()
        if self._unusual.parser_exc is not None:
            self.transport.abort()

    async def _ask(self, request: Request) -> None:
        """Let the application decide, with everything in front of it: proxy headers, routes."""
        path, _, query = request.path.partition("?")
        secure = self.transport.get_extra_info("sslcontext") is not None
        offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if secure else "ws",
            "server": _address(self.transport, "sockname"),
            "client": _address(self.transport, "peername"),
            "root_path": "",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode(), value.encode("latin-1"))
                for name, value in request.headers.raw_items()
            ],
            "subprotocols": [name.strip() for name in offered.split(",") if name.strip()],
            HANDLE: self,
        }
        self._request = request
        try:
            await self._server.loaded_app(scope, _nothing_comes, self._on_answer)
        except asyncio.CancelledError:
            if not self._ending:
                raise
        except Exception as error:
            log.exception("socket failed", error=type(error).__name__)
            self.end(Close.GOING_DOWN)

    async def _on_answer(self, message: Any) -> None:
        """The application's own way to say no."""
        if message["type"] == "websocket.close":
            self.reject(HTTPStatus.FORBIDDEN)

    def reject(self, status: HTTPStatus) -> None:
        """Answer the upgrade with an HTTP status instead."""
        assert self._unusual is not None
        if self._ending:
            return
        self._unusual.send_response(self._unusual.reject(status, f"{status.phrase}\n"))
        self._write(self._unusual.data_to_send())
        self._ending = True
        self.transport.close()

    async def talk(
        self, codec: Codec, conversation: Conversation, first: Message | None = None
    ) -> None:
        """Accept the upgrade, take the first message to the conversation, and let it talk. first:
        in the place of one, where the client need not say anything."""
        assert self._unusual is not None
        assert self._request is not None
        if codec.subprotocol:
            self._unusual.available_subprotocols = [Subprotocol(codec.subprotocol)]
        response = self._unusual.accept(self._request)
        self._request = None
        self._unusual.send_response(response)
        self._write(self._unusual.data_to_send())
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._ending = True
            self.transport.close()
            return
        self._unusual = None
        self._usual = _BINARY if codec.binary else _TEXT
        self._first = asyncio.get_running_loop().create_future()
        if first is not None:
            self._first.set_result(first)
        try:
            async with asyncio.timeout(HELLO_S):
                first = await self._first
            outbox = await conversation.open(first)
        except TimeoutError:
            self.end(Close.NO_HELLO)
        except SessionEnded as end:
            conversation.close()
            self.end(end.code)
        except BaseException:
            conversation.close()
            raise
        else:
            self._live(conversation, outbox)

    def _live(self, conversation: Conversation, outbox: Outbox) -> None:
        self._conversation, self._outbox = conversation, outbox
        self._first = None
        early, self._early = self._early, []
        if self._ending:
            self._leave()
            return
        outbox.on_close = self._on_close
        try:
            for message in early:
                conversation.receive(message)
        except SessionEnded as end:
            self.end(end.code)
        self._catch_up()

    # --- bytes in ---

    def _read(self, data: bytes) -> None:
        """Every whole frame in the data; the rest is kept. Raises SessionEnded."""
        usual, size, at = self._usual, len(data), 0
        while size - at >= 2 and not self._ending:
            length = data[at + 1]
            if data[at] == usual and _MASKED <= length < _LONG and not self._fragments:
                end = at + 6 + length - _MASKED
                if end > size:
                    break
                payload = apply_mask(data[at + 6 : end], data[at + 2 : at + 6])
                self._payload(payload, binary=usual == _BINARY)
            else:
                end = frame_end(data, at)
                # Of one that is too large, websockets must see no more than the head.
                if (end > size and end - at <= FRAME_MAX) or not end:
                    break
                self._unusual_frame(data[at:end])
            at = end
        if not self._ending:
            self._held = data[at:]

    def _payload(self, payload: bytes, *, binary: bool) -> None:
        if binary:
            self._message(payload)
            return
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise SessionEnded(Close.NOT_TEXT) from None
        self._message(text)

    def _message(self, message: Message) -> None:
        if self._conversation is not None:
            self._conversation.receive(message)
        elif self._first and not self._first.done():
            self._first.set_result(message)
        else:
            self._spend()
            self._early.append(message)

    def _spend(self) -> None:
        """Count a frame that is not the usual one, or comes before the conversation counts."""
        if self._conversation is not None:
            self._conversation.spend()
            return
        self._early_left -= 1
        if self._early_left < 0:
            raise SessionEnded(Close.TOO_FAST)

    def _unusual_frame(self, data: bytes) -> None:
        """Any other frame, whole: so websockets' protocol is at the beginning of one again, and
        need not be kept unless a message is in pieces."""
        self._spend()
        unusual = self._unusual or ServerProtocol(state=State.OPEN, max_size=MESSAGE_MAX)
        self._unusual = unusual
        unusual.receive_data(data)
        for event in unusual.events_received():
            assert isinstance(event, Frame)
            self._piece(event)
        if self._ending:
            return
        out = unusual.data_to_send()
        # A pong for one who does not read is not kept: pings ask for the newest only.
        if not self._paused or unusual.state is not State.OPEN:
            self._write(out)
        if unusual.state is not State.OPEN:
            self._end_soon()
        elif not self._fragments:
            self._unusual = None

    def _piece(self, frame: Frame) -> None:
        """A message or a part of one."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(frame)
        if len(self._fragments) > 1:
            # One piece again: a message in a thousand pieces is not a thousand objects.
            head, piece = self._fragments
            self._fragments = [Frame(head.opcode, bytes(head.data) + bytes(piece.data))]
        if not frame.fin:
            return
        [whole], self._fragments = self._fragments, []
        self._payload(bytes(whole.data), binary=whole.opcode is Opcode.BINARY)

    # --- bytes out ---

    def _catch_up(self) -> None:
        """Write what waits; from here on the outbox writes by itself, until the other side does
        not read any more."""
        outbox = self._outbox
        if self._paused or self._ending or outbox is None:
            return
        self._write(outbox.take())
        if outbox.close_code:
            self.end(outbox.close_code)
        elif not self._paused:
            outbox.write = self.transport.write

    def _on_close(self) -> None:
        if self._outbox is not None and not self._paused:
            self.end(self._outbox.close_code)

    def _write(self, chunks: Iterable[bytes]) -> None:
        # An empty chunk is websockets' wish to send an end of file; closing does that.
        if out := b"".join(chunks):
            self.transport.write(out)

    # --- the end ---

    def end(self, code: int) -> None:
        """Close with a code: what waits for the client first."""
        if self._ending:
            return
        if self._outbox is not None and not self._paused:
            self._write(self._outbox.take())
        self._fail(code)

    def _fail(self, code: int) -> None:
        unusual = self._unusual or ServerProtocol(state=State.OPEN, max_size=MESSAGE_MAX)
        self._unusual = unusual
        if unusual.state is State.OPEN:
            unusual.send_close(code)
        self._write(unusual.data_to_send())
        self._end_soon()

    def _end_soon(self) -> None:
        """A close frame is under way. Go on reading a moment for the other side's: to close with
        bytes unread would reset the connection, and the code would be lost."""
        self._ending = True
        self._held = b""
        self._fragments = []
        self._leave()
        if self._unusual and self._unusual.close_expected() and self._unusual.close_rcvd:
            self.transport.close()
        self._set_timer(CLOSE_S, self.transport.abort)

    def _read_last(self, data: bytes) -> None:
        self._last_bytes += len(data)
        if self._last_bytes > LAST_BYTES_MAX or self._unusual is None:
            self.transport.abort()
            return
        self._unusual.receive_data(data)
        self._unusual.events_received()
        self._unusual.data_to_send()
        if self._unusual.close_rcvd is not None:
            self.transport.close()

    def _leave(self) -> None:
        if self._outbox is not None:
            self._outbox.write = self._outbox.on_close = None
            self._outbox = None
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    # --- its timer ---

    def _set_timer(self, delay_s: float, then: Any) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(delay_s, then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def frame_end(data: bytes, at: int) -> int:
    """Where the frame that begins at `at` ends; 0 while its head is not whole (RFC 6455, 5.2)."""
    length = data[at + 1] & 0x7F
    head = at + 2
    extended = {126: 2, 127: 8}.get(length, 0)
    if extended:
        if len(data) < head + extended:
            return 0
        length = int.from_bytes(data[head : head + extended], "big")
    mask = 4 if data[at + 1] & _MASKED else 0
    return head + extended + mask + length


async def _nothing_comes() -> Any:
    """An application waits for messages here only if it is not ours."""
    await asyncio.get_running_loop().create_future()


def _address(transport: asyncio.Transport, name: str) -> tuple[str, int] | None:
    found = transport.get_extra_info(name)
    return (str(found[0]), int(found[1])) if isinstance(found, tuple) else None
