"""Raw pieces of a client, for those who do not play by the rules: sockets, HTTP and WebSocket
frames as bytes. Knows RFC 6455 and nothing of what livevote says in the frames.

A Peer reads only when it is told to, and sends whatever it is given.
"""

from __future__ import annotations

import asyncio
import select
import socket
import struct
import time
from dataclasses import dataclass

from websockets.speedups import apply_mask

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x1a\x2b\x3c\x4d"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
CONNECT_S = 10.0
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; Python names it from 3.12 on

# Every socket of the test that is running, so that none outlives it.
_opened: list[socket.socket] = []


@dataclass(frozen=True)
class Door:
    """Where the server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def frame(
    payload: bytes = b"",
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """One frame, as wrong as wanted. length: what the head says, if that is not the truth."""
    size = len(payload) if length is None else length
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65_536:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    if not masked:
        return head + payload
    return head + MASK + apply_mask(payload, MASK)


def request(
    door: Door, cookie: str = "", protocol: str = "livevote.json", extra: str = ""
) -> bytes:
    """An upgrade. extra: further header lines, each with its line end."""
    return (
        f"GET /socket HTTP/1.1\r\nHost: {door.host}:{door.port}\r\nOrigin: {door.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: livevote.json\r\n"
        f"{f'Cookie: {cookie}' if cookie else 'X-Cookie: none'}\r\n{extra}\r\n"
    ).encode()


class Cut(Exception):
    """The server ended the connection."""


class Peer:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._got = bytearray()

    async def send(self, data: bytes) -> None:
        """Raises Cut where the server is gone."""
        try:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)
        except OSError:
            raise Cut from None

    async def head(self) -> str:
        """The head of an HTTP answer."""
        while (end := self._got.find(b"\r\n\r\n")) < 0:
            await self._more()
        return self._take(end + 4).decode("latin-1")

    async def frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame; nothing is taken of one that is not all
        here, so that waiting may be given up. Raises Cut."""
        await self._have(2)
        wide = {126: 2, 127: 8}.get(self._got[1], 0)
        await self._have(2 + wide)
        size = int.from_bytes(self._got[2 : 2 + wide], "big") if wide else self._got[1]
        await self._have(2 + wide + size)
        head = self._take(2 + wide)
        return head[0] & 15, self._take(size)

    async def close_code(self) -> int:
        """The code with which the server ends this connection, whatever it says before; 0 where
        it is cut without a word."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        except Cut:
            return 0

    async def ended(self) -> float:
        """The moment at which the server has ended the connection."""
        try:
            while True:
                await self._more()
                self._got.clear()
        except Cut:
            return time.perf_counter()

    def shut(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """Gone at once, with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    async def _have(self, size: int) -> None:
        while len(self._got) < size:
            await self._more()

    async def _more(self) -> None:
        try:
            data = await asyncio.get_running_loop().sock_recv(self.sock, 65_536)
        except OSError:
            raise Cut from None
        if not data:
            raise Cut
        self._got += data

    def _take(self, size: int) -> bytes:
        taken = bytes(self._got[:size])
        del self._got[:size]
        return taken


async def knock(door: Door, source: str = "127.0.0.1", receive_bytes: int = 0) -> Peer:
    """A connection from an address of loopback. receive_bytes: how little the kernel keeps for
    one who does not read. Raises Cut where it is refused."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    _opened.append(sock)
    # The port is chosen when both ends are known, so that many addresses have many ports.
    sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    sock.bind((source, 0))
    try:
        async with asyncio.timeout(CONNECT_S):
            await asyncio.get_running_loop().sock_connect(sock, (door.host, door.port))
    except OSError:
        sock.close()
        raise Cut from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Peer(sock)


def shut_all() -> None:
    """Close whatever is still open."""
    for sock in _opened:
        sock.close()
    _opened.clear()


async def ask(
    door: Door,
    method: str,
    path: str,
    body: bytes = b"",
    cookie: str = "",
    source: str = "127.0.0.1",
) -> tuple[int, str, bytes]:
    """One HTTP request: status, the cookie that it sets, content."""
    peer = await knock(door, source)
    try:
        lines = (
            f"{method} {path} HTTP/1.1\r\nHost: {door.host}:{door.port}\r\nOrigin: {door.url}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Cookie: {cookie}\r\nConnection: close\r\n\r\n"
        )
        await peer.send(lines.encode() + body)
        head = (await peer.head()).split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in head[1:])
            if colon
        }
        size = int(fields.get("content-length", "0"))
        await peer._have(size)
        return int(head[0].split()[1]), fields.get("set-cookie", "").split(";")[0], peer._take(size)
    finally:
        peer.shut()


def flood(peer: Peer, data: bytes, within_s: float, *, reading: bool) -> tuple[float, int]:
    """Push data as fast as it goes, in a thread of its own. Gives the seconds until the server cut
    the connection (infinite: it did not) and the bytes sent. Ends when `within_s` is over."""
    sock, view, sent = peer.sock, memoryview(data), 0
    began = time.perf_counter()
    poll = select.poll()
    poll.register(sock, select.POLLOUT | (select.POLLIN if reading else 0))
    while (passed := time.perf_counter() - began) < within_s:
        if sent == len(data):
            poll.modify(sock, select.POLLIN if reading else 0)
        for _, event in poll.poll(50):
            try:
                if event & (select.POLLIN | select.POLLHUP | select.POLLERR) and _at_end(sock):
                    return passed, sent
                if event & select.POLLOUT and sent < len(data):
                    sent += sock.send(view[sent : sent + 65_536])
            except BlockingIOError:
                pass
            except OSError:
                return time.perf_counter() - began, sent
    return float("inf"), sent


def _at_end(sock: socket.socket) -> bool:
    return not sock.recv(65_536)
