"""Devices that vote again and again, keep a ballot until it is answered, and note the answers."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.faults.checker import Notes
from tests.hostile.room import Line, Room
from tests.hostile.wire import Cut

BACKOFF_S, SLOWEST_S = 0.1, 0.5


class Device:
    """One voter. every_s: from one choice to the next. slowest_s: the longest that it waits before
    it connects again. again: receipts of ballots that were counted before their answer was lost.
    shed: how often it was told to come back later. ended: it was told that voting is over."""

    def __init__(
        self, room: Room, cookie: str, number: int, every_s: float, slowest_s: float
    ) -> None:
        self.notes = Notes()
        self.again = 0
        self.shed = 0
        self.turned: list[str] = []
        self.ended = False
        self.seq = 1
        self.cookie = cookie
        self._room, self._every_s, self._slowest_s = room, every_s, slowest_s
        self._source = f"127.0.{10 + number // 200}.{1 + number % 200}"
        self._chance = random.Random(number)
        self._line: Line | None = None

    async def live(self, crowd: Crowd) -> None:
        failures = 0
        while not self.ended:
            try:
                self._line = await self._room.enter(self.cookie, source=self._source)
                failures = 0
                while not self.ended:
                    await self._vote(self._line, crowd)
            except (Cut, TimeoutError):
                failures += 1
            finally:
                if self._line:
                    self._line.shut()
                    self._line = None
            ceiling_s = min(self._slowest_s, BACKOFF_S * 2**failures)
            await asyncio.sleep(self._chance.random() * ceiling_s)

    def cut(self) -> None:
        """Its connection is lost, whatever was on the way."""
        if self._line:
            with contextlib.suppress(OSError):
                self._line.sock.shutdown(socket.SHUT_RDWR)

    async def _vote(self, line: Line, crowd: Crowd) -> None:
        value = 1 + self.seq % 3
        await line.say("cast", run=self._room.run, seq=self.seq, value=value)
        answer = await line.hear("counted", "not_counted")
        if answer["t"] == "counted":
            self.notes.counted.append((answer["seq"], answer["value"], answer["index"]))
            self.again += answer["again"]
            self.seq += 1
            crowd.counted(time.perf_counter())
            await asyncio.sleep(self._every_s * (0.5 + self._chance.random()))
        elif answer["retry"]:
            self.shed += 1
            await asyncio.sleep(answer["retry_after_ms"] / 1000)
        elif answer["code"] == "late":
            self.notes.late.add(answer["seq"])
            self.ended = True
        else:
            self.turned.append(answer["code"])
            self.ended = True


class Crowd:
    """Devices, and the moments at which ballots were acknowledged."""

    def __init__(self, devices: list[Device]) -> None:
        self.devices = devices
        self.acknowledged = 0
        self.last_s = 0.0
        self._news = asyncio.Event()

    def counted(self, at_s: float) -> None:
        self.acknowledged += 1
        self.last_s = at_s
        self._news.set()

    async def more(self, count: int, within_s: float = 30.0) -> None:
        """Until so many more ballots are acknowledged."""
        wanted = self.acknowledged + count
        async with asyncio.timeout(within_s):
            while self.acknowledged < wanted:
                self._news.clear()
                await self._news.wait()

    @property
    def again(self) -> int:
        return sum(device.again for device in self.devices)

    @property
    def shed(self) -> int:
        return sum(device.shed for device in self.devices)

    @property
    def notes(self) -> list[Notes]:
        return [device.notes for device in self.devices]


@asynccontextmanager
async def voting(
    room: Room,
    count: int,
    every_s: float,
    seats: Sequence[str] = (),
    slowest_s: float = SLOWEST_S,
) -> AsyncIterator[Crowd]:
    """A crowd of viewers, and of tablets with these cookies, that votes until the block ends."""
    cookies = [*seats, *await room.viewers(count)]
    crowd = Crowd([Device(room, cookie, n, every_s, slowest_s) for n, cookie in enumerate(cookies)])
    tasks = [asyncio.create_task(device.live(crowd)) for device in crowd.devices]
    try:
        yield crowd
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [e for e in ended if isinstance(e, Exception)]
    assert not broken, f"devices broke: {broken[:3]}"


async def sealed(room: Room) -> bytes:
    """The bundle of the run, closed (if it is not yet), verified and revealed."""
    if (await room.view())["runs"][0]["phase"] in ("open", "paused"):
        await room.do("close", run=room.run)
    while (await room.view())["runs"][0]["phase"] != "closed":
        await asyncio.sleep(0.02)
    await room.do("verify", run=room.run)
    await room.do("reveal", run=room.run)
    return await room.fetch("/export/bundle")
