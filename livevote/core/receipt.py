"""Receipts: what a voter keeps to show that a ballot is in the log.

An HMAC-SHA256 (RFC 2104) over the run, the index and the ballot under the
server's receipt key, cut to 60 bits and written in Crockford base 32, so that
it can be read out over a telephone.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def receipt(key: bytes, run: str, index: int, voter: bytes, seq: int, value: int) -> str:
    """12 characters, for example "7K3M-Q9TX-2B4C" without the dashes."""
    message = f"{run}\n{index}\n{voter.hex()}\n{seq}\n{value}".encode()
    sealed = _keyed(key).copy()
    sealed.update(message)
    number = int.from_bytes(sealed.digest()[:8], "big") >> 4
    return (
        _PAIRS[number >> 50]
        + _PAIRS[number >> 40 & 1023]
        + _PAIRS[number >> 30 & 1023]
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """Ready for a message. To take in the key is half the work, and it is always the same."""
    return hmac.new(key, digestmod="sha256")


# Every voter's is asked for with every ballot.
@lru_cache(maxsize=65_536)
def pseudonym(key: bytes, kind: str, who: str) -> bytes:
    """The 16-byte voter id that the store and the log hold instead of a seat or a cookie."""
    return hmac.digest(key, f"{kind}\n{who}".encode(), hashlib.sha256)[:16]


def seat_code(key: bytes, seat: str, generation: int) -> str:
    """The 128-bit enrol code of one generation of a seat, in hex."""
    return hmac.digest(key, f"enrol\n{seat}\n{generation}".encode(), hashlib.sha256)[:16].hex()
