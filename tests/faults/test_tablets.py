"""Tablets are cut again and again through a whole show: each ends with what an uncut one has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.conftest import FULL, Say
from tests.hostile.room import House, Line, Room, build
from tests.hostile.wire import Cut

TABLETS, CUTS = (200, 20) if FULL else (20, 4)
SLOWEST_S = 0.3
HEARD = ("welcome", "state", "mine", "counted", "not_counted")


@dataclass
class Tablet:
    """One that does what PROTOCOL.md asks: it says what it has when it comes back, keeps its ballot
    until that is answered, and takes a state whole. wrong: where the server did not keep to it."""

    room: Room
    cookie: str
    number: int
    chance: random.Random
    epoch: str = ""
    rev: int = 0
    view: dict[str, Any] = field(default_factory=dict)
    mine: dict[str, tuple[int, int]] = field(default_factory=dict)
    line: Line | None = None
    owed: bool = False
    cuts: int = 0
    resumed: int = 0
    reloaded: int = 0
    wrong: list[str] = field(default_factory=list)

    async def live(self) -> None:
        source = f"127.0.8.{1 + self.number % 200}"
        while True:
            with contextlib.suppress(Cut, TimeoutError):
                line = await self.room.upgrade(self.cookie, source=source)
                with contextlib.closing(line.sock):
                    await line.say("hello", v=1, channel="voter", epoch=self.epoch, rev=self.rev)
                    self.line = line
                    while True:
                        await self._take(line, await line.hear(*HEARD))
            self.line = None
            await asyncio.sleep(SLOWEST_S * self.chance.random())

    def cut(self) -> bool:
        """Whether there was a line to cut."""
        if not self.line:
            return False
        with contextlib.suppress(OSError):
            self.line.sock.shutdown(socket.SHUT_RDWR)
        self.line = None
        self.cuts += 1
        return True

    async def _take(self, line: Line, message: dict[str, Any]) -> None:
        kind = message["t"]
        if self.owed and kind != "state":
            self.wrong.append(f"{kind} came in place of the state that was owed")
        if kind == "welcome":
            self._welcomed(message)
        elif kind == "state":
            self.reloaded += self.owed
            self.owed = False
            self.epoch, self.rev, self.view = message["epoch"], message["rev"], message["view"]
            await self._vote(line)
        elif kind == "not_counted":
            self.wrong.append(f"not counted: {message['code']}")
        elif message["seq"]:  # mine, counted
            self.mine[message["run"]] = (message["seq"], message["value"])
        else:
            await self._vote(line)

    def _welcomed(self, message: dict[str, Any]) -> None:
        have = (self.epoch, self.rev)
        self.owed = not message["resumed"]
        self.resumed += message["resumed"]
        if message["resumed"] is not (have == (message["epoch"], message["rev"])):
            self.wrong.append(f"resumed is {message['resumed']} for {have}: {message}")

    async def _vote(self, line: Line) -> None:
        """The ballot that is not answered yet, the same each time."""
        run = self.view["run"] or {}
        if run.get("phase") == "open" and run["id"] not in self.mine:
            await line.say("cast", run=run["id"], seq=1, value=1 + self.number % 3)


async def cut_all(tablets: list[Tablet], times: int, chance: random.Random) -> None:
    """So many times each, in no order."""
    due = {tablet.number: tablet.cuts + times for tablet in tablets}
    async with asyncio.timeout(120):
        while waiting := [t for t in tablets if t.cuts < due[t.number]]:
            cut = [tablet.cut() for tablet in chance.sample(waiting, min(5, len(waiting)))]
            await asyncio.sleep(0.005 if any(cut) else 0.02)


async def until(what: str, tablets: list[Tablet], true: Any) -> None:
    try:
        async with asyncio.timeout(60):
            while not all(true(tablet) for tablet in tablets):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(
            f"{what}: not tablets {[t.number for t in tablets if not true(t)]}"
        ) from None


async def vote_and_reveal(room: Room, tablets: list[Tablet], chance: random.Random) -> None:
    """One run, from open to its result, with cuts in each phase."""
    await cut_all(tablets, CUTS // 4, chance)
    await until("has voted", tablets, lambda tablet: room.run in tablet.mine)
    await room.do("close", run=room.run)
    while (await room.view())["runs"][-1]["phase"] != "closed":
        await asyncio.sleep(0.02)
    await cut_all(tablets, CUTS // 4, chance)
    await room.do("verify", run=room.run)
    await room.do("reveal", run=room.run)


async def test_tablets_that_are_cut_again_and_again_end_like_one_that_never_was(
    tmp_path: Path, say: Say
) -> None:
    chance = random.Random(27)
    house = build(tmp_path)
    tasks: list[asyncio.Task[None]] = []
    try:
        room = Room(house)
        await room.prepare(TABLETS + 1)
        tablets = [Tablet(room, cookie, n, random.Random(n)) for n, cookie in enumerate(room.seats)]
        tasks = [asyncio.create_task(tablet.live()) for tablet in tablets]
        steady, *shaken = tablets
        await until("has a state", tablets, lambda tablet: tablet.view)
        await vote_and_reveal(room, shaken, chance)
        house = await _restarted(house, tmp_path)
        segments = [{"id": name, "unit": {"zh": name}} for name in ("s1", "s2")]
        await room.do("set_rundown", segments=segments)
        await room.do("arm", segment="s2")
        room.run = (await room.view())["runs"][-1]["id"]
        await room.do("open", run=room.run)
        await vote_and_reveal(room, shaken, chance)
        await room.do("set_title", title={"zh": "完", "en": "The end"})
        rev = (await room.get(""))["rev"]
        await until("has the last state", tablets, lambda tablet: tablet.line and tablet.rev == rev)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        house.stop()
    say(
        f"{len(shaken)} tablets, {sum(t.cuts for t in shaken)} cuts and a server that died; "
        f"{sum(t.resumed for t in shaken)} came back to a state that they had, "
        f"{sum(t.reloaded for t in shaken)} took it whole"
    )
    assert [e for e in ended if isinstance(e, Exception)] == []
    assert [tablet.wrong for tablet in tablets if tablet.wrong] == []
    alike = json.dumps(steady.view)
    assert [t.number for t in shaken if json.dumps(t.view) != alike] == []
    assert all(t.mine == dict.fromkeys(steady.mine, (1, 1 + t.number % 3)) for t in tablets)
    assert len(steady.mine) == 2
    assert min(t.cuts for t in shaken) >= CUTS
    assert sum(t.resumed for t in shaken)
    assert min(t.reloaded for t in shaken)


async def _restarted(house: House, data: Path) -> House:
    """What clients had of the old server is worth nothing to the new."""
    house.kill()
    return await asyncio.to_thread(build, data, house.door.port)
