"""Keys of control panels: made and revoked by a producer, shown once, kept as a hash.

A key opens some actions, of one episode or of whichever is on. It is no
account: it signs nobody in and reads nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from livevote.core import event as ev
from livevote.core.plain import from_plain, to_plain
from livevote.errors import BadInput, NotAllowed, NotFound
from livevote.hub.control import ACTIONS
from livevote.hub.hub import Hub
from livevote.wire.codec import from_msgpack, to_msgpack

SHELF = "control"
KEYS_MAX = 50
NAME_MAX = 40
# 192 bits of chance: a plain hash keeps them as well as a slow one.
SECRET_BYTES = 24


@dataclass(frozen=True)
class ControlKey:
    """episode: "" is whichever is on. digest: of the secret, in hex."""

    id: str
    name: str
    actions: tuple[str, ...]
    episode: str
    digest: str
    by: str
    made_ms: int


class ControlKeys:
    """All keys, in memory and in the store. Written by the process that leads."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._keys: dict[str, ControlKey] = {}
        self._turn = asyncio.Lock()
        hub.also_follow.append(self.load)
        hub.company.calls |= {
            "make_control_key": self._made_asked,
            "revoke_control_key": self.revoke,
        }

    async def load(self) -> None:
        async with self._turn:
            records = await self._hub.store.records(SHELF)
            self._keys = {
                id: from_plain(ControlKey, from_msgpack(record)) for id, record in records.items()
            }

    def all(self) -> list[ControlKey]:
        return sorted(self._keys.values(), key=lambda key: (key.made_ms, key.id))

    def find(self, token: str) -> ControlKey:
        """The key of a token. Raises NotAllowed, with the same words whatever is wrong."""
        id, _, secret = token.partition("_")
        key = self._keys.get(id)
        digest = _digest(secret[:200])
        if key is None or not secrets.compare_digest(digest, key.digest):
            raise NotAllowed("this control key is not known; it was revoked or mistyped")
        return key

    async def make(
        self, name: str, actions: Sequence[str], episode: str, by: str
    ) -> tuple[ControlKey, str]:
        """(the key, its token). Raises BadInput or NotFound."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= NAME_MAX:
            raise BadInput(f"a name of 1 to {NAME_MAX} characters is needed", where="name")
        chosen = tuple(action for action in ACTIONS if action in actions)
        if not chosen or set(actions) - set(chosen):
            raise BadInput(f"actions are {', '.join(ACTIONS)}", where="actions")
        if episode:
            self._hub.studio(episode)
        if not self._hub.company.leads:
            plain, token = await self._hub.at_leader(
                SHELF, "make_control_key", name, list(chosen), episode, by
            )
            return from_plain(ControlKey, plain), token
        async with self._turn:
            if len(self._keys) >= KEYS_MAX:
                raise BadInput(f"at most {KEYS_MAX} control keys; revoke one first")
            secret = secrets.token_urlsafe(SECRET_BYTES)
            key = ControlKey(
                secrets.token_hex(4),
                name,
                chosen,
                episode,
                _digest(secret),
                by,
                self._hub.clock.now_ms(),
            )
            await self._hub.catalogue.note(ev.ControlKeyMade(key.id, name, chosen, episode), by)
            await self._hub.store.put(SHELF, key.id, to_msgpack(to_plain(key)))
            self._keys[key.id] = key
        await self._hub.company.hurry(SHELF)
        return key, f"{key.id}_{secret}"

    async def revoke(self, id: str, by: str) -> None:
        """Raises NotFound."""
        if not self._hub.company.leads:
            await self._hub.at_leader(SHELF, "revoke_control_key", id, by)
            return
        async with self._turn:
            key = self._keys.get(id)
            if key is None:
                raise NotFound("there is no such control key")
            await self._hub.catalogue.note(ev.ControlKeyRevoked(id, key.name), by)
            await self._hub.store.remove(SHELF, id)
            del self._keys[id]
        await self._hub.company.hurry(SHELF)

    async def _made_asked(self, name: str, actions: list[str], episode: str, by: str) -> list[Any]:
        key, token = await self.make(name, actions, episode, by)
        return [to_plain(key), token]


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
