"""Plain maps to bytes and back. The only place that knows JSON and MessagePack on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import orjson

from livevote.errors import BadInput


def to_json(plain: Any) -> bytes:
    return orjson.dumps(plain)


def from_json(data: bytes | str) -> Any:
    """Raises BadInput where it is not JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadInput("this is not JSON") from None


def to_msgpack(plain: Any) -> bytes:
    packed: bytes = msgpack.packb(plain)
    return packed


def from_msgpack(data: bytes | str) -> Any:
    """Raises BadInput where it is not MessagePack. Bounds: what one message may hold."""
    if isinstance(data, str):
        raise BadInput("this subprotocol is binary")
    try:
        return msgpack.unpackb(data, max_array_len=10_000, max_map_len=10_000)
    except Exception:  # msgpack raises a family of unrelated types on malformed input
        raise BadInput("this is not MessagePack") from None


def framed(payload: bytes, *, binary: bool) -> bytes:
    """The payload as one whole frame from a server (RFC 6455, 5.2), the same for everybody."""
    size = len(payload)
    first = 0x82 if binary else 0x81
    if size < 126:
        return b"%c%c%b" % (first, size, payload)
    if size < 65_536:
        return b"%c\x7e%b%b" % (first, size.to_bytes(2, "big"), payload)
    return b"%c\x7f%b%b" % (first, size.to_bytes(8, "big"), payload)


@dataclass(frozen=True)
class Codec:
    """One encoding. binary: its WebSocket frames are binary, not text."""

    subprotocol: str
    binary: bool
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes | str], Any]

    def frame(self, plain: Any) -> bytes:
        """Encoded and framed."""
        return framed(self.encode(plain), binary=self.binary)


class EventCodec(Codec):
    """Server-sent events: a flat map with `seq` as one event, its id the seq."""

    def frame(self, plain: Any) -> bytes:
        return b"id: %d\ndata: %b\n\n" % (plain["seq"], self.encode(plain))


JSON = Codec("livevote.json", False, to_json, from_json)
MSGPACK = Codec("livevote.msgpack", True, to_msgpack, from_msgpack)
CODECS: dict[str, Codec] = {codec.subprotocol: codec for codec in (JSON, MSGPACK)}
# For machines that only listen and agree on no subprotocol.
FLAT = Codec("", False, to_json, from_json)
EVENTS = EventCodec("event-stream", False, to_json, from_json)
