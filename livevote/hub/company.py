"""The processes of one server, as each of them sees the others.

One leads: it alone runs directors and writes events, shows and accounts. The
others follow: they take ballots, show frames, and pass on what is to be
written. The store is what all agree on; what goes over the line between them
only hurries things, or can be asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import ChainMap
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from livevote.errors import Busy, Refusal
from livevote.hub.line import RETRY_AFTER_MS, Call, Line
from livevote.hub.part import Part
from livevote.store.keys import RunKey

log = structlog.get_logger()

SOCKET = "leader.sock"
# A close waits this long beyond the grace for the ballots that other processes took.
DRAIN_S_MAX = 3.0
# An answer to a command waits this long for the others to have seen what it did.
HURRY_S_MAX = 0.25
RECONNECT_S = 0.05
JOIN_S_MAX = 5.0


class Company:
    """A process alone: nobody to wait for. calls: what the others may ask of this process."""

    leads = True
    alone = True

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @property
    def parts(self) -> Iterable[Part]:
        """How the other processes are, as they said last."""
        return ()

    async def ask(self, name: str, *args: Any) -> Any:
        """What the leader answers; of the leader itself, its own answer."""
        return await self.calls[name](*args)

    async def hurry(self, log_name: str) -> None:
        """Let the others read a log now, not on their beat."""

    async def drained(self, run: RunKey) -> None:
        """Wait until the others have answered every ballot of this run that they took."""

    async def exchange(self, mine: Part) -> None:
        """Tell how this process is, and hear of the others."""


@dataclass(frozen=True)
class Place:
    """Of one process among `count`. folder: for the socket, open to this user only. clock_ms:
    the wall clock where the machine's monotonic clock was 0, for all the same."""

    number: int
    count: int
    folder: str
    clock_ms: float

    def company(self) -> Company:
        socket = Path(self.folder) / SOCKET
        return Follower(self.number, socket) if self.number else Leader(self.count - 1, socket)


class Leader(Company):
    """others: how many follow when all are up."""

    alone = False

    def __init__(self, others: int, socket: Path) -> None:
        super().__init__()
        self._others = others
        self._socket = socket
        self._lines: dict[int, Line] = {}
        self._parts: dict[int, Part] = {}
        self._mine: Part | None = None
        self._joined = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._socket.unlink(missing_ok=True)  # of a leader that died
        self._server = await asyncio.start_unix_server(self._serve, self._socket)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for line in list(self._lines.values()):
            line.close()

    @property
    def parts(self) -> Iterable[Part]:
        return list(self._parts.values())

    async def hurry(self, log_name: str) -> None:
        await self._all([line.ask("follow", log_name) for line in self._lines.values()])

    async def _all(self, asked: list[Awaitable[Any]]) -> None:
        """Who does not answer in time follows on the beat."""
        if asked:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HURRY_S_MAX):
                    await asyncio.gather(*asked, return_exceptions=True)

    async def drained(self, run: RunKey) -> None:
        """Each follower is waited for, also one that has not come back to a new leader yet; at
        most DRAIN_S_MAX. What it holds after that, the store's window refuses as late."""
        try:
            async with asyncio.timeout(DRAIN_S_MAX):
                waits = (self._drained(number, run) for number in range(1, self._others + 1))
                await asyncio.gather(*waits)
        except TimeoutError:
            log.warning("closed without an answer of every process", run=run.run)

    async def _drained(self, number: int, run: RunKey) -> Any:
        while True:
            async with self._joined:
                await self._joined.wait_for(lambda: number in self._lines)
            try:
                return await self._lines[number].ask("drained", run.episode, run.run)
            except (Refusal, KeyError):  # it went away: its successor has none of its ballots
                await asyncio.sleep(RECONNECT_S)

    async def exchange(self, mine: Part) -> None:
        self._mine = mine

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One follower, from its coming to its end."""
        line = Line(reader, writer, self.calls)
        number = 0

        async def join(given: int) -> None:
            nonlocal number
            number = given
            async with self._joined:
                self._lines[number] = line
                self._joined.notify_all()

        async def exchange(theirs: dict[str, Any]) -> list[dict[str, Any]]:
            """How all others are."""
            self._parts[number] = Part(**theirs)
            others = [part for key, part in self._parts.items() if key != number]
            return [vars(part) for part in [*others, *([self._mine] if self._mine else [])]]

        line.calls = ChainMap({"join": join, "exchange": exchange}, self.calls)
        await line.work()
        if self._lines.get(number) is line:
            del self._lines[number]
            self._parts.pop(number, None)


class Follower(Company):
    """Keeps a line to the leader, whichever process that is."""

    leads = False
    alone = False

    def __init__(self, number: int, socket: Path) -> None:
        super().__init__()
        self._number = number
        self._socket = socket
        self._line: Line | None = None
        self._parts: list[Part] = []
        self._joined = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on without the leader where it is away: ballots need only the store."""
        self._keeping = asyncio.create_task(self._keep())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._joined.wait(), JOIN_S_MAX)

    async def stop(self) -> None:
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    @property
    def parts(self) -> Iterable[Part]:
        return self._parts

    async def ask(self, name: str, *args: Any) -> Any:
        if self._line is None:
            raise Busy("the leading process is being replaced", retry_after_ms=RETRY_AFTER_MS)
        return await self._line.ask(name, *args)

    async def exchange(self, mine: Part) -> None:
        if self._line:
            with contextlib.suppress(Refusal):
                found = await self._line.ask("exchange", vars(mine))
                self._parts = [Part(**part) for part in found]

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._attend(*await asyncio.open_unix_connection(self._socket))
            await asyncio.sleep(RECONNECT_S)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer, self.calls)
        working = asyncio.create_task(line.work())
        try:
            with contextlib.suppress(Refusal):
                await line.ask("join", self._number)
                self._line = line
                self._joined.set()
            await working
        finally:
            self._line = None
            self._parts = []
            line.close()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
