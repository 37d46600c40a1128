"""The transport: what it relies on in uvicorn, frames of every shape, and who does not read."""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from livevote.hub.admission import MESSAGE_MAX
from livevote.hub.fanout import Audience, Outbox
from livevote.hub.session import SessionEnded
from livevote.web import transport as module
from livevote.web.transport import HANDLE, LAST_BYTES_MAX, SocketProtocol, frame_end
from livevote.wire.codec import JSON, MSGPACK, Codec, framed
from livevote.wire.codes import Close
from tests.web.clients import PATIENCE_S, until

BOTH = pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=lambda codec: str(codec.subprotocol))
HELLO = b"hello"


@dataclass
class Parrot:
    """A conversation that gives back what it hears."""

    codec: Codec
    heard: list[str | bytes] = field(default_factory=list)
    spent: int = 0
    closed: int = 0
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.codec, Audience("e", "voter"))

    async def open(self, data: str | bytes) -> Outbox:
        self.receive(data)
        return self.outbox

    def receive(self, data: str | bytes) -> None:
        if data in ("go away", b"go away"):
            raise SessionEnded(Close.TOO_FAST)
        self.heard.append(data)
        payload = data.encode() if isinstance(data, str) else data
        self.outbox.put(framed(payload, binary=isinstance(data, bytes)))

    def spend(self) -> None:
        self.spent += 1

    def close(self) -> None:
        self.closed += 1


class Client:
    """A raw client: its bytes are the test's own."""

    def __init__(self, sock: socket.socket, codec: Codec) -> None:
        self.sock = sock
        self.codec = codec
        self.buffer = b""

    async def send(self, *frames: bytes) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.sock_sendall(self.sock, b"".join(frames)), PATIENCE_S)

    async def read(self) -> bytes:
        """What comes next; empty at the end, however it ends."""
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(loop.sock_recv(self.sock, 65_536), PATIENCE_S)
        except ConnectionResetError:
            return b""

    async def frame(self) -> tuple[int, bytes]:
        """(opcode, payload) of the next frame; opcode -1 at the end."""
        while len(self.buffer) < 2 or not 0 < frame_end(self.buffer, 0) <= len(self.buffer):
            data = await self.read()
            if not data:
                return -1, b""
            self.buffer += data
        end = frame_end(self.buffer, 0)
        head = {126: 4, 127: 10}.get(self.buffer[1], 2)
        found = self.buffer[0] & 0x0F, self.buffer[head:end]
        self.buffer = self.buffer[end:]
        return found

    async def closed(self) -> int:
        """The code of the close frame, past what comes before it."""
        while True:
            opcode, payload = await self.frame()
            assert opcode != -1, "cut without a close frame"
            if opcode == Opcode.CLOSE:
                return int(struct.unpack("!H", payload[:2])[0])

    def usual(self, payload: bytes) -> bytes:
        return masked(Opcode.BINARY if self.codec.binary else Opcode.TEXT, payload)


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


@dataclass
class Host:
    """A server on our transport, and the conversations that it had."""

    port: int
    parrots: list[Parrot]
    handles: list[SocketProtocol]

    @asynccontextmanager
    async def client(self, codec: Codec = JSON, *, hello: bool = True) -> AsyncIterator[Client]:
        with socket.socket() as sock:
            sock.setblocking(False)
            client = Client(sock, codec)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
            await client.send(
                b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Protocol: %b\r\n\r\n" % codec.subprotocol.encode()
            )
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += await client.read()
            assert head.startswith(b"HTTP/1.1 101"), head
            if hello:
                await client.send(client.usual(HELLO))
                assert (await client.frame())[1] == HELLO
            yield client


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    parrots: list[Parrot] = []
    handles: list[SocketProtocol] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        [name] = scope["subprotocols"]
        codec = {c.subprotocol: c for c in (JSON, MSGPACK)}[name]
        parrots.append(Parrot(codec))
        handles.append(scope[HANDLE])
        await scope[HANDLE].talk(codec, parrots[-1])

    config = Config(app, ws=SocketProtocol, lifespan="off", log_config=None, port=0)
    server = uvicorn.Server(config)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    serving = asyncio.create_task(server._serve([sock]))
    await until(lambda: server.started)
    yield Host(sock.getsockname()[1], parrots, handles)
    server.should_exit = True
    await serving


# --- what we rely on ---


def test_what_uvicorn_must_do_for_us() -> None:
    """`ws=` takes a class, which is made by these names, and told of the connection and of the
    request's bytes; its connections are counted and shut down."""
    source = inspect.getsource(H11Protocol.handle_websocket_upgrade)
    for call in (
        "self.ws_protocol_class(",
        "config=self.config",
        "server_state=self.server_state",
        "app_state=self.app_state",
        "protocol.connection_made(self.transport)",
        "protocol.data_received(",
        "self.transport.set_protocol(protocol)",
    ):
        assert call in source, call
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)
    config = Config(lambda: None, ws=SocketProtocol)
    config.load()
    assert config.ws_protocol_class is SocketProtocol
    assert ServerState().connections == set()


async def test_a_server_that_stops_says_so_and_forgets_its_connections(host: Host) -> None:
    async with host.client() as client:
        [handle] = host.handles
        handle.shutdown()
        assert await client.closed() == Close.GOING_DOWN
        await client.send(masked(Opcode.CLOSE, struct.pack("!H", 1001)))
        assert await client.frame() == (-1, b"")
    await until(lambda: host.parrots[0].closed == 1)


# --- frames of every shape ---


@given(st.binary(max_size=70_000), st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_frame_ends_where_websockets_says(payload: bytes, mask: bool) -> None:
    frame = Frame(Opcode.BINARY, payload).serialize(mask=mask)
    behind = b"\x82\x00"
    assert frame_end(frame + behind, 0) == len(frame)
    head = len(frame) - len(payload)
    for cut in range(2, head - (4 if mask else 0)):
        assert frame_end(frame[:cut], 0) == 0


@BOTH
@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 1000, 65_535, 65_536])
async def test_every_size_is_heard_and_answered(host: Host, codec: Codec, size: int) -> None:
    payload = b"x" * size
    async with host.client(codec) as client:
        await client.send(client.usual(payload))
        assert await client.frame() == (2 if codec.binary else 1, payload)
        await client.send(client.usual(b"after"))
        assert (await client.frame())[1] == b"after"


@BOTH
async def test_frames_cut_anywhere_are_the_same_frames(host: Host, codec: Codec) -> None:
    said = [b"one", b"", b"x" * 130, b"four"]
    async with host.client(codec) as client:
        data = b"".join(client.usual(payload) for payload in said)
        data += masked(Opcode.PING, b"p") + client.usual(b"last")
        for at in range(len(data)):
            await client.send(data[at : at + 1])
            if at % 16 == 0:
                await asyncio.sleep(0)
        for payload in said:
            assert (await client.frame())[1] == payload
        assert await client.frame() == (Opcode.PONG, b"p")
        assert (await client.frame())[1] == b"last"


@BOTH
async def test_a_message_in_pieces_with_a_ping_between_them(host: Host, codec: Codec) -> None:
    kind = Opcode.BINARY if codec.binary else Opcode.TEXT
    async with host.client(codec) as client:
        await client.send(masked(kind, b"a", fin=False))
        await client.send(masked(Opcode.PING, b"still there?"))
        assert await client.frame() == (Opcode.PONG, b"still there?")
        await client.send(
            masked(Opcode.CONT, b"b", fin=False), masked(Opcode.CONT, b"c"), client.usual(b"d")
        )
        assert (await client.frame())[1] == b"abc"
        assert (await client.frame())[1] == b"d"
    assert host.parrots[0].spent == 4, "every frame that is not the usual one is counted"


async def test_a_new_message_inside_another_is_an_error(host: Host) -> None:
    async with host.client() as client:
        await client.send(masked(Opcode.TEXT, b"a", fin=False), client.usual(b"b"))
        assert await client.closed() == Close.PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), Close.PROTOCOL_ERROR),
        (b"\xc1\x80\x00\x00\x00\x00", Close.PROTOCOL_ERROR),  # a reserved bit
        (b"\x83\x80\x00\x00\x00\x00", Close.PROTOCOL_ERROR),  # a reserved opcode
        (masked(Opcode.CONT, b"of nothing"), Close.PROTOCOL_ERROR),
        (masked(Opcode.TEXT, b"\xff\xfe"), Close.NOT_TEXT),
        (masked(Opcode.TEXT, b"x" * 200 + b"\xff"), Close.NOT_TEXT),
        (b"\x81\xff" + (2**40).to_bytes(8, "big") + bytes(4), Close.TOO_BIG),
        (b"\x81\xff" + (MESSAGE_MAX + 1).to_bytes(8, "big") + bytes(14), Close.TOO_BIG),
    ],
    # Names of their own: a masked frame is another one in each process.
    ids=[
        "unmasked",
        "reserved-bit",
        "reserved-opcode",
        "of-nothing",
        "not-text",
        "long-not-text",
        "far-too-big",
        "too-big",
    ],
)
async def test_what_is_wrong_is_named_by_its_code(host: Host, frame: bytes, code: int) -> None:
    async with host.client() as client:
        await client.send(frame)
        assert await client.closed() == code
    await until(lambda: host.parrots[0].closed == 1)


async def test_pieces_that_grow_too_large_are_stopped(host: Host) -> None:
    async with host.client() as client:
        await client.send(masked(Opcode.TEXT, b"x" * 40_000, fin=False))
        await client.send(masked(Opcode.CONT, b"x" * 40_000, fin=False))
        assert await client.closed() == Close.TOO_BIG


# --- before the hello is answered ---


async def test_what_comes_right_behind_the_hello_is_heard_after_it(host: Host) -> None:
    async with host.client(hello=False) as client:
        await client.send(client.usual(HELLO), client.usual(b"one"), client.usual(b"two"))
        assert [(await client.frame())[1] for _ in range(3)] == [HELLO, b"one", b"two"]


async def test_a_flood_before_the_hello_is_answered_ends_it(host: Host) -> None:
    async with host.client(hello=False) as client:
        await client.send(*[client.usual(b"x")] * (module.EARLY_MAX * 2 + 2))
        assert await client.closed() == Close.TOO_FAST
    await until(lambda: host.parrots[0].closed > 0)


async def test_a_flood_of_pings_before_the_hello_ends_it(host: Host) -> None:
    async with host.client(hello=False) as client:
        await client.send(*[masked(Opcode.PING, b"")] * (module.EARLY_MAX + 1))
        assert await client.closed() == Close.TOO_FAST


async def test_pings_instead_of_a_hello_end_at_the_deadline(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELLO_S", 0.05)
    async with host.client(hello=False) as client:
        await client.send(masked(Opcode.PING, b"p"))
        assert await client.closed() == Close.NO_HELLO


async def test_who_goes_before_the_hello_leaves_nothing_behind(host: Host) -> None:
    gone: list[int] = []
    async with host.client(hello=False):
        [handle] = host.handles
        handle.on_gone = lambda: gone.append(1)
    await until(lambda: bool(gone))
    assert host.parrots[0].closed == 1


# --- the end ---


async def test_a_clients_close_is_answered_and_ends_it(host: Host) -> None:
    async with host.client() as client:
        await client.send(masked(Opcode.CLOSE, struct.pack("!H", 1000)))
        assert await client.closed() == 1000
        assert await client.frame() == (-1, b"")
    await until(lambda: host.parrots[0].closed == 1)


async def test_what_waits_is_told_before_the_close(host: Host) -> None:
    async with host.client() as client:
        outbox = host.parrots[0].outbox
        outbox.write = None
        outbox.put(framed(b"last words", binary=False))
        outbox.close(Close.DISPLACED)
        assert (await client.frame())[1] == b"last words"
        assert await client.closed() == Close.DISPLACED


async def test_after_the_close_a_flood_is_cut(host: Host) -> None:
    async with host.client() as client:
        await client.send(client.usual(b"go away"))
        assert await client.closed() == Close.TOO_FAST
        flood = [client.usual(b"x" * 100) * (200 * LAST_BYTES_MAX // 1000)]
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await client.send(*flood)


async def test_one_who_does_not_answer_the_close_is_cut(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_S", 0.05)
    async with host.client() as client:
        await client.send(client.usual(b"go away"))
        assert await client.closed() == Close.TOO_FAST
        assert await client.frame() == (-1, b"")


# --- one who does not read ---


def stuff(host: Host) -> None:
    """Fill a client's way until the server pauses."""
    [handle] = host.handles
    for _ in range(1_000):
        if handle._paused:
            return
        host.parrots[0].outbox.show("tally", framed(os.urandom(60_000), binary=False))
    raise AssertionError("never paused")


async def test_one_who_does_not_read_skips_frames_and_gets_the_newest(host: Host) -> None:
    async with host.client() as client:
        stuff(host)
        outbox = host.parrots[0].outbox
        for number in range(1_000):
            outbox.show("tally", framed(b"%d" % number, binary=False))
        await client.send(client.usual(b"and?"))
        numbers = []
        while True:
            _, payload = await client.frame()
            if payload == b"and?":
                break
            if len(payload) < 10:
                numbers.append(payload)
        assert (await client.frame())[1] == b"999" or numbers == [b"999"]


async def test_pongs_for_one_who_does_not_read_are_not_kept(host: Host) -> None:
    async with host.client() as client:
        stuff(host)
        [handle] = host.handles
        held = handle.transport.get_write_buffer_size()
        for _ in range(50):
            await client.send(*[masked(Opcode.PING, b"x" * 125)] * 100)
        await until(lambda: host.parrots[0].spent == 5_000)
        assert handle.transport.get_write_buffer_size() <= held


async def test_one_who_reads_nothing_is_freed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALL_S", 0.05)
    async with host.client():
        stuff(host)
        await until(lambda: host.parrots[0].closed == 1)


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.get_records("call") if record.levelname == "ERROR"]
