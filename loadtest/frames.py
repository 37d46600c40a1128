"""Bytes for the generator, built before anything is measured: requests, masked frames, files.

Knows WebSocket (RFC 6455) and the generator's file formats; not what the messages mean.
"""

from __future__ import annotations

import base64
import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TEXT, BINARY = 0x1, 0x2


def frame(payload: bytes, mask: bytes, opcode: int = TEXT) -> bytes:
    """One masked frame, as a client sends it. mask: 4 bytes."""
    n = len(payload)
    if n < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | n)
    elif n < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, n)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, n)
    key = (mask * (n // 4 + 1))[:n]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + masked.to_bytes(n, "big")


def upgrade(path: str, port: int, headers: dict[str, str]) -> bytes:
    """The opening request."""
    given = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"a load generator").decode(),
        **headers,
    }
    rows = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"GET {path} HTTP/1.1\r\n{rows}\r\n".encode()


@dataclass(frozen=True)
class Client:
    request: bytes
    hello: bytes


@dataclass(frozen=True)
class Cast:
    """One frame: by which client, when (closed loop: at its turn)."""

    client: int
    due_us: int
    data: bytes


def address(client: int) -> int:
    """127.0.0.2 … 127.0.0.17: one address has too few ports for all, and limits by address
    see a crowd, not one machine."""
    return 0x7F000002 + client % 16


def write_clients(path: Path, clients: Sequence[Client]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("=I", len(clients)))
        for number, client in enumerate(clients):
            file.write(struct.pack("=II", address(number), len(client.request)) + client.request)
            file.write(struct.pack("=I", len(client.hello)) + client.hello)


def write_casts(path: Path, casts: Sequence[Cast]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("=I", len(casts)))
        for cast in casts:
            file.write(struct.pack("=III", cast.client, cast.due_us, len(cast.data)) + cast.data)


@dataclass(frozen=True)
class Heard:
    """One answer: to the client's oldest frame that was not answered."""

    client: int
    delay_us: int
    counted: bool


def read_heard(path: Path) -> Iterable[Heard]:
    numbers = array("I", path.read_bytes())
    for at in range(0, len(numbers), 3):
        yield Heard(numbers[at], numbers[at + 1], bool(numbers[at + 2]))
