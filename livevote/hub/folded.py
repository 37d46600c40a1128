"""A log of the store and its fold in memory: written one command at a time, by whoever leads.

What the events are, and who may write them, is the business of the desk that is made of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from livevote.core import event as ev
from livevote.core.plain import logged_from_plain, logged_to_plain
from livevote.errors import RevisionMismatch, StoreDown
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack


class Folded(Protocol):
    @property
    def revision(self) -> int: ...


State = TypeVar("State", bound=Folded)


class FoldedLog(Generic[State]):
    """Owns one log. `state` is replaced, never changed. Whoever writes holds `_turn`."""

    def __init__(
        self,
        store: Store,
        name: str,
        state: State,
        fold: Callable[[State, Iterable[ev.Logged]], State],
        now_ms: Callable[[], int],
    ) -> None:
        self.state = state
        self._store = store
        self._name = name
        self._fold = fold
        self._now_ms = now_ms
        self._turn = asyncio.Lock()

    async def load(self) -> bool:
        """Fold what was written since; whether there was anything."""
        async with self._turn:
            found = await self._read(self.state.revision)
            if found:
                self.state = self._fold(self.state, found)
            return bool(found)

    async def _read(self, after: int) -> list[ev.Logged]:
        packed = [data async for data in self._store.events(self._name, after)]
        return [logged_from_plain(from_msgpack(data)) for data in packed]

    async def _log(self, event: ev.Event, by: str) -> None:
        await self._log_all([event], by)

    async def _log_all(self, events: Iterable[ev.Event], by: str) -> None:
        """All of them or none. Raises StoreDown or RevisionMismatch."""
        at_ms, revision = self._now_ms(), self.state.revision
        logged = [ev.Logged(revision + i, at_ms, by, event) for i, event in enumerate(events, 1)]
        packed = [to_msgpack(logged_to_plain(one)) for one in logged]
        try:
            await self._store.append(self._name, revision, packed)
        except (StoreDown, RevisionMismatch):
            # A write whose answer was lost, this one or the one before, may be there after all.
            found = [data async for data in self._store.events(self._name, revision)]
            self.state = self._fold(
                self.state, [logged_from_plain(from_msgpack(data)) for data in found]
            )
            if not set(packed) <= set(found):
                raise
        else:
            self.state = self._fold(self.state, logged)
