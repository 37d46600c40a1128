"""Receipts: what a voter keeps to show that a ballot is in the log.

An HMAC-SHA256 (RFC 2104) over the run, the index and the ballot under the
server's receipt key, cut to 60 bits and written in Crockford base 32, so that
it can be read out over a telephone.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_ALIKE = str.maketrans("OIL", "011")
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def receipt(key: bytes, run: str, index: int, voter: bytes, seq: int, value: int) -> str:
    """12 characters, for example "7K3M-Q9TX-2B4C" without the dashes."""
    message = f"{run}\n{index}\n{voter.hex()}\n{seq}\n{value}".encode()
    number = int.from_bytes(_hmac(key, message)[:8], "big") >> 4
    return (
        _PAIRS[number >> 50]
        + _PAIRS[number >> 40 & 1023]
        + _PAIRS[number >> 30 & 1023]
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )


def same_receipt(typed: str, right: str) -> bool:
    """Whether a receipt as people write it (dashes, spaces, small letters, O for 0, I and L for 1)
    is this one. Takes as long whatever is wrong."""
    plain = "".join(typed.upper().split()).replace("-", "").translate(_ALIKE)
    return hmac.compare_digest(plain.encode(), right.encode())


def _hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104, section 2). One for every ballot: the library's takes in the key each
    time, which is half the work."""
    inner, outer = _keyed(key)
    inside, outside = inner.copy(), outer.copy()
    inside.update(message)
    outside.update(inside.digest())
    return outside.digest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> tuple[Hash, Hash]:
    """The inner and the outer hash, with the key taken in."""
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    return inner, outer


# Every voter's is asked for with every ballot.
@lru_cache(maxsize=65_536)
def pseudonym(key: bytes, kind: str, who: str) -> bytes:
    """The 16-byte voter id that the store and the log hold instead of a seat or a cookie."""
    return hmac.digest(key, f"{kind}\n{who}".encode(), hashlib.sha256)[:16]


def seat_code(key: bytes, seat: str, generation: int) -> str:
    """The 128-bit enrol code of one generation of a seat, in hex."""
    return hmac.digest(key, f"enrol\n{seat}\n{generation}".encode(), hashlib.sha256)[:16].hex()
