"""Receipts: what a voter keeps to show that a ballot is in the log.

An HMAC-SHA256 (RFC 2104) over the run, the index and the ballot under the
server's receipt key, cut to 60 bits and written in Crockford base 32, so that
it can be read out over a telephone.
"""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12


def receipt(key: bytes, run: str, index: int, voter: bytes, seq: int, value: int) -> str:
    """12 characters, for example "7K3M-Q9TX-2B4C" without the dashes."""
    message = b"\n".join(
        (run.encode(), b"%d" % index, voter.hex().encode(), b"%d" % seq, b"%d" % value)
    )
    number = int.from_bytes(hmac.digest(key, message, "sha256")[:8], "big") >> 4
    return "".join(ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))


def pseudonym(key: bytes, kind: str, who: str) -> bytes:
    """The 16-byte voter id that the store and the log hold instead of a seat or a cookie."""
    return hmac.digest(key, f"{kind}\n{who}".encode(), hashlib.sha256)[:16]


def seat_code(key: bytes, seat: str, generation: int) -> str:
    """The 128-bit enrol code of one generation of a seat, in hex."""
    return hmac.digest(key, f"enrol\n{seat}\n{generation}".encode(), hashlib.sha256)[:16].hex()
