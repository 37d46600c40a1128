"""Personal words, sealed: AES-256-GCM under a key that can be destroyed while what it sealed stays.

A log is kept for good and is copied into backups; a key of 32 bytes is in one place of the store.
Once it is overwritten, the sealed words in the log are noise, and the log reads on.
"""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from livevote.core.case import Erasure
from livevote.core.desk import SEALED
from livevote.core.plain import EVENTS
from livevote.errors import StoreNonsense

KEY_BYTES, NONCE_BYTES = 32, 12

# Erasure → its key; b"" is one that was destroyed.
CaseKeys = dict[str, bytes]


def new_keys() -> CaseKeys:
    return {part.value: secrets.token_bytes(KEY_BYTES) for part in Erasure}


def seal(plain: dict[str, Any], keys: CaseKeys) -> dict[str, Any]:
    """An event as a plain map, its personal fields as bytes. Where a key is gone, so is the text:
    nothing personal is ever written in the clear."""
    sealed = dict(plain)
    for field, part in _personal(plain):
        key, text = keys.get(part, b""), plain[field]
        sealed[field] = _encrypt(key, text, _place(plain, field)) if key and text else ""
    return sealed


def unseal(sealed: dict[str, Any], keys: CaseKeys) -> dict[str, Any]:
    """The event in the clear; "" where the key was destroyed. Raises StoreNonsense where a key
    does not fit."""
    plain = dict(sealed)
    for field, part in _personal(sealed):
        if isinstance(sealed[field], bytes):
            key = keys.get(part, b"")
            plain[field] = _decrypt(key, sealed[field], _place(sealed, field)) if key else ""
    return plain


def _personal(plain: dict[str, Any]) -> list[tuple[str, str]]:
    return [(field, part.value) for field, part in SEALED.get(EVENTS[plain["type"]], {}).items()]


def _place(plain: dict[str, Any], field: str) -> bytes:
    """What is sealed belongs here and cannot be moved into another case or field."""
    return f"{plain['case']} {plain['type']} {field}".encode()


def _encrypt(key: bytes, text: str, place: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), place)


def _decrypt(key: bytes, data: bytes, place: bytes) -> str:
    try:
        opened = AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place)
    except InvalidTag:
        raise StoreNonsense(f"the desk's log does not open: {place.decode()}") from None
    return opened.decode()
