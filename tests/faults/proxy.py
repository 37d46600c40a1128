"""A store that is far away, behind a line that breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """Stands before a store. cut_percent: of the answers, whose connection is cut instead.
    refuse_percent: of new connections, which are closed at once. delay_s: of each answer. Without
    `through` nothing passes, and no connection is closed either: a blackhole. cuts: so many
    connections it has ended."""

    def __init__(self, store: str, seed: int) -> None:
        self.cut_percent = self.refuse_percent = 0
        self.delay_s = 0.0
        self.cuts = 0
        self.through = asyncio.Event()
        self.through.set()
        self._store = store
        self._chance = random.Random(seed)

    async def serve(self, inward: asyncio.StreamReader, outward: asyncio.StreamWriter) -> None:
        if self._falls(self.refuse_percent):
            outward.close()
            return
        try:
            answers, questions = await asyncio.open_unix_connection(self._store)
        except OSError:  # the store is down, and so are we
            outward.close()
            return
        asking = asyncio.create_task(self._ask(inward, questions))
        try:
            while answer := await answers.read(65_536):
                await asyncio.sleep(self.delay_s)
                await self.through.wait()
                if self._falls(self.cut_percent):
                    return
                outward.write(answer)
        except OSError:
            pass
        finally:
            asking.cancel()
            questions.close()
            outward.close()

    async def _ask(self, inward: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        try:
            while data := await inward.read(65_536):
                await self.through.wait()
                questions.write(data)
        except OSError:
            pass
        finally:
            questions.close()

    def _falls(self, percent: int) -> bool:
        falls = self._chance.randrange(100) < percent
        self.cuts += falls
        return falls


@asynccontextmanager
async def proxied(store: Path, path: Path, seed: int) -> AsyncIterator[Proxy]:
    """A proxy before the socket `store` that listens on the socket `path`."""
    proxy = Proxy(str(store), seed)
    server = await asyncio.start_unix_server(proxy.serve, path)
    try:
        yield proxy
    finally:
        server.close()
