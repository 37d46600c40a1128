"""Bytes that take long to make: made once, off the loop, and kept while they are asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from livevote.errors import Busy

T = TypeVar("T")

# Different ones that wait for their turn. The next is told to come back.
WAITING_MAX = 32


class Made(Generic[T]):
    """keep: how many, the latest asked for. One is made at a time: votes go on meanwhile."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._made: OrderedDict[Hashable, asyncio.Task[T]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, for the same key the same thing. Raises Busy, and what it raises."""
        task = self._made.get(key)
        if task is None:
            if sum(not other.done() for other in self._made.values()) >= WAITING_MAX:
                raise Busy("too much is asked for at once", retry_after_ms=2_000)
            task = self._made[key] = asyncio.create_task(self._make(make))
            while len(self._made) > self._keep:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        try:
            # Whoever leaves does not take it away from the others who wait.
            return await asyncio.shield(task)
        except Exception:
            if self._made.get(key) is task:
                del self._made[key]
            raise

    async def _make(self, make: Callable[[], T]) -> T:
        async with self._turn:
            return await asyncio.to_thread(make)
