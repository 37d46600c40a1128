"""Pressed once: a press with an id is carried out once, however often it is sent.

Answers are kept in the store, so that they outlive the process that gave
them; only the process that leads writes here. What the presses are about is
not known here.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

from livevote.errors import BadInput, Refusal, RevisionMismatch, StoreDown
from livevote.hub.line import refusal_from_plain, refusal_to_plain
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack

SHELF = "presses"
# The oldest go first; one that comes again after that is a new press.
KEPT_MS = 3_600_000
KEPT_MAX = 1_000


class Presses:
    """The presses of the last hour. One per process; used where it leads."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        # What was pressed, and its outcome to come.
        self._under_way: dict[str, tuple[str, asyncio.Task[int]]] = {}
        # name → when, oldest first; read from the store before the first press.
        self._kept: dict[str, int] | None = None

    async def once(self, who: str, id: str, what: str, act: Callable[[], Awaitable[int]]) -> int:
        """What `act` gives, or gave when this press came first; its Refusal likewise, unless it
        says that it may be tried again. what: the press in words: the same id with another is a
        mistake (BadInput). Raises RevisionMismatch where nobody knows whether it was done."""
        name = sha256(f"{who}\n{id}".encode()).hexdigest()[:32]
        if name not in self._under_way:
            task = asyncio.ensure_future(self._settle(name, what, act))
            self._under_way[name] = what, task
            task.add_done_callback(lambda _: self._under_way.pop(name))
        pressed, task = self._under_way[name]
        _same(pressed, what)
        # Whoever sent it may leave; it is carried out all the same.
        return await asyncio.shield(task)

    async def _settle(self, name: str, what: str, act: Callable[[], Awaitable[int]]) -> int:
        await self._make_room()
        mine = [self._now_ms(), secrets.token_hex(8), what]
        found = from_msgpack(await self._store.put_new(SHELF, name, to_msgpack([*mine, None])))
        self._keep(name, found[0])
        if found[1] != mine[1]:
            _same(found[2], what)
            return _outcome(found[3])
        try:
            revision = await act()
        except StoreDown:
            raise  # it may have been written or not: this id stays without an answer
        except Refusal as refusal:
            if refusal.again:
                await self._drop(name)
            else:
                await self._note(name, [*mine, [False, refusal_to_plain(refusal)]])
            raise
        await self._note(name, [*mine, [True, revision]])
        return revision

    async def _note(self, name: str, record: list[Any]) -> None:
        with suppress(StoreDown):  # it is decided all the same
            await self._store.put(SHELF, name, to_msgpack(record))

    async def _drop(self, name: str) -> None:
        if self._kept:
            self._kept.pop(name, None)
        with suppress(StoreDown):
            await self._store.remove(SHELF, name)

    def _keep(self, name: str, at_ms: int) -> None:
        assert self._kept is not None
        self._kept.setdefault(name, at_ms)

    async def _make_room(self) -> None:
        if self._kept is None:
            records = await self._store.records(SHELF)
            times = {name: from_msgpack(record)[0] for name, record in records.items()}
            self._kept = dict(sorted(times.items(), key=lambda item: item[1]))
        since_ms = self._now_ms() - KEPT_MS
        for name, at_ms in list(self._kept.items()):
            if at_ms >= since_ms and len(self._kept) < KEPT_MAX:
                break
            if name not in self._under_way or at_ms < since_ms:
                await self._drop(name)


def _same(pressed: str, what: str) -> None:
    if pressed != what:
        raise BadInput("this id was used for another press", where="id")


def _outcome(answer: Any) -> int:
    if answer is None:
        raise RevisionMismatch(
            "nobody knows whether this press was carried out: look, then press with a new id"
        )
    right, told = answer
    if right:
        return int(told)
    raise refusal_from_plain(told)
