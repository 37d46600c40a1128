"""Everybody is dropped at once, with ballots under way: all come back, and no vote is lost."""

from __future__ import annotations

import asyncio
import csv
import io
import random
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from livevote.export.recount import recount
from tests.hostile.conftest import FULL, Say
from tests.hostile.room import Line, Room, build, percentile
from tests.hostile.wire import Cut

CLIENTS = 5_000 if FULL else 500
SEATS = 250 if FULL else 100
# As static/shared/line.js has it.
BACKOFF_S, SLOWEST_S = 0.25, 5.0
BACK_S_MAX = 30.0
ENTERING_AT_ONCE = 16
MOMENT = 200


@dataclass
class Voter:
    """One device that does what PROTOCOL.md asks: it keeps its ballot until that is answered, and
    comes back with backoff and jitter."""

    room: Room
    cookie: str
    number: int
    chance: random.Random
    # Done at the moment of the receipt, before anybody else hears of his.
    then: Callable[[], None] | None = None
    receipts: list[tuple[int, int]] = field(default_factory=list)  # (index, value)
    again: bool = False
    cut_waiting: bool = False
    refused: list[str] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    counted: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, gate: asyncio.Semaphore) -> None:
        failures = 0
        while True:
            try:
                if not self.arrivals:
                    async with gate:  # the first time one after the other: not what is tested
                        line = await self._enter()
                else:
                    line = await self._enter()
                failures = 0
                await self._vote(line)
            except (Cut, TimeoutError):
                failures += 1
                self.cut_waiting |= self.pressed.is_set() and not self.counted.is_set()
            ceiling_s = min(SLOWEST_S, BACKOFF_S * 2 ** (failures - 1))
            await asyncio.sleep(self.chance.random() * ceiling_s)

    async def _enter(self) -> Line:
        line = await self.room.enter(
            self.cookie, source=f"127.0.{10 + self.number // 250}.{1 + self.number % 250}"
        )
        self.arrivals.append(time.perf_counter())
        return line

    async def _vote(self, line: Line) -> None:
        """Press when it is time, and stay until the line is cut."""
        await self.pressed.wait()
        value = 1 + self.number % 3
        while not self.counted.is_set():
            await line.say("cast", run=self.room.run, seq=1, value=value)
            answer = await line.hear("counted", "not_counted")
            if answer["t"] == "counted":
                self.receipts.append((answer["index"], answer["value"]))
                self.again = answer["again"]
                self.counted.set()
                if self.then:
                    self.then()
            elif answer["retry"]:
                await asyncio.sleep(answer["retry_after_ms"] / 1000)
            else:
                self.refused.append(answer["code"])
                self.counted.set()
        await line.ended()
        raise Cut


async def all_in(voters: list[Voter], times: int) -> None:
    async with asyncio.timeout(2 * BACK_S_MAX):
        while any(len(voter.arrivals) < times for voter in voters):
            await asyncio.sleep(0.05)


async def test_all_dropped_at_once_come_back_and_no_vote_is_lost(tmp_path: Path, say: Say) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert files >= CLIENTS + 200, f"ulimit -n is {files}: run with {CLIENTS + 200} or more"
    first = build(tmp_path)
    second = None
    try:
        room = Room(first)
        await room.prepare(SEATS)
        cookies = [*room.seats, *await room.viewers(CLIENTS - SEATS)]
        voters = [
            Voter(room, cookie, number, random.Random(number))
            for number, cookie in enumerate(cookies)
        ]
        gate = asyncio.Semaphore(ENTERING_AT_ONCE)
        living = [asyncio.create_task(voter.live(gate)) for voter in voters]
        await all_in(voters, 1)

        # A third has its receipt, a third has just pressed, a third presses when it is back.
        third = CLIENTS // 3
        for voter in voters[:third]:
            voter.pressed.set()
        await asyncio.gather(*(voter.counted.wait() for voter in voters[:third]))
        for voter in voters[third : 2 * third]:
            voter.then = first.process.kill
            voter.pressed.set()
        await asyncio.to_thread(first.process.wait, BACK_S_MAX)
        for voter in voters:
            voter.then = None
        second = await asyncio.to_thread(build, tmp_path, first.door.port)
        up = time.perf_counter()
        for voter in voters[2 * third :]:
            voter.pressed.set()
        await all_in(voters, 2)
        back_s = [voter.arrivals[1] - up for voter in voters]
        async with asyncio.timeout(BACK_S_MAX):
            await asyncio.gather(*(voter.counted.wait() for voter in voters))
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)

        under_way = sum(voter.cut_waiting for voter in voters)
        again = sum(voter.again for voter in voters)
        await room.do("close", run=room.run)
        while (await room.view())["runs"][0]["phase"] != "closed":
            await asyncio.sleep(0.02)
        await room.do("verify", run=room.run)  # refused unless recount = tally
        await room.do("reveal", run=room.run)
        bundle = await room.fetch("/export/bundle")
    finally:
        for house in filter(None, (first, second)):
            house.stop()
    say(
        f"{CLIENTS} dropped, {under_way} with a ballot under way, {again} of those "
        f"counted already; back after the restart: half "
        f"{percentile(back_s, 50):.2f} s, 99 % {percentile(back_s, 99):.2f} s, all "
        f"{max(back_s):.2f} s"
    )
    assert under_way, "nobody was waiting for an answer when the server died: it says nothing"
    assert [voter.refused for voter in voters if voter.refused] == []
    assert recount(bundle).ok
    assert sorted(receipt for voter in voters for receipt in voter.receipts) == logged(bundle)
    assert max(back_s) <= BACK_S_MAX
    # Jitter: they do not all knock in the same moment.
    assert percentile(back_s, 90) - percentile(back_s, 10) > 0.2


async def test_all_who_arrive_in_the_same_moment_are_let_in(room: Room, say: Say) -> None:
    """Turned away, they would come again, and more of them in the same moment."""
    cookies = await room.viewers(MOMENT)

    async def enter(cookie: str) -> str:
        try:
            await room.enter(cookie)
        except Cut as cut:
            return str(cut)
        return ""

    began = time.perf_counter()
    turned = Counter(filter(None, await asyncio.gather(*map(enter, cookies))))
    say(f"{MOMENT} in {time.perf_counter() - began:.2f} s, turned away {dict(turned) or 'none'}")
    assert not turned


def logged(bundle: bytes) -> list[tuple[int, int]]:
    """(index, value) of every ballot in the bundle's log."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("ballots.csv")]
        text = archive.read(name).decode("utf-8-sig")
    return [(int(row["index"]), int(row["value"])) for row in csv.DictReader(io.StringIO(text))]
