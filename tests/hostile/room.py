"""A server process under attack, an episode with an open run in it, and honest clients."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from tests.e2e.conftest import LIVEVOTE, PASSWORD, said_until
from tests.hostile.wire import CLOSE, PING, PONG, TEXT, Cut, Door, Peer, ask, frame, knock, request

PATIENCE_S = 10.0
# Below what may be sent: 20 messages a second by a seat, 5 by a viewer.
SEAT_PROBE_S = 0.1
VIEWER_PROBE_S = 0.25


@dataclass
class House:
    """A `livevote serve` process. log: what it wrote to its standard error."""

    door: Door
    first_link: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._shut()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)
        self._shut()

    def _shut(self) -> None:
        if self.process.stdout:
            self.process.stdout.close()

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def memory_mb(self) -> float:
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        found = re.search(r"^Rss:\s+(\d+) kB", text, re.MULTILINE)
        assert found
        return int(found[1]) / 1024


def build(data: Path, port: int = 0, *options: str, env: dict[str, str] | None = None) -> House:
    """Start a server and wait until it is up. env: beside the environment that is there."""
    data.mkdir(exist_ok=True)
    log = data / "stderr.txt"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [LIVEVOTE, "serve", "--data", data, "--port", str(port), *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **(env or {})},
            text=True,
        )
    text = said_until(process, "Ctrl-C", 30)
    found = re.search(r"livevote is on (\S+)", text)
    link = re.search(r"one-time link\): (\S+)", text)
    assert found, text
    parts = urlsplit(found[1])
    assert parts.hostname
    assert parts.port
    return House(Door(parts.hostname, parts.port), link[1] if link else "", process, log)


class Line(Peer):
    """A client that speaks JSON with the server."""

    async def say(self, t: str, **fields: Any) -> None:
        await self.send(message(t, **fields))

    async def hear(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these kinds. Raises Cut where the server ends first."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    raise Cut(f"closed with {int.from_bytes(payload[:2], 'big')}")
                if opcode == PING:
                    await self.send(frame(payload, PONG))
                if opcode != TEXT:
                    continue
                found: dict[str, Any] = json.loads(payload)
                if found["t"] in kinds:
                    return found

    async def round_trip_s(self) -> float:
        """From our ping to the server's pong for it."""
        began = time.perf_counter()
        mark = time.perf_counter_ns() // 1000
        await self.say("ping", c=mark)
        while (await self.hear("pong"))["c"] != mark:
            pass
        return time.perf_counter() - began


def message(t: str, **fields: Any) -> bytes:
    return frame(json.dumps({"t": t, **fields}).encode())


HELLO = message("hello", v=1, channel="voter")


class Room:
    """An episode, made over HTTP by its owner."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.door = house.door
        self.staff = ""
        self.episode = ""
        self.run = ""
        self.seats: list[str] = []

    async def prepare(self, seat_count: int, *, text: str = "台州市水利局") -> None:
        """A run that is open; a cookie for each seat."""
        claim = {"token": self.house.first_link.partition("#")[2], "password": PASSWORD}
        _, self.staff, _ = await ask(self.door, "POST", "/api/claim", json.dumps(claim).encode())
        name = {"zh": "试验", "en": "Trial"}
        show = (await self.post("/api/shows", {"name": name}))["id"]
        self.episode = (await self.post("/api/episodes", {"show": show, "title": name}))["id"]
        await self.do("set_rules", rules=to_plain(rules(grace_ms=0)))
        await self.do("set_rundown", segments=[{"id": "s1", "unit": {"zh": text}}])
        await self.do("set_roster", seats=to_plain(seats(seat_count)))
        await self.post("/api/on", {"episode": self.episode})
        await self.do("arm", segment="s1")
        self.run = (await self.view())["runs"][0]["id"]
        await self.do("open", run=self.run)
        for i, seat in enumerate(await self.get("/seats")):
            self.seats.append(await self._join(seat["link"], f"127.0.8.{1 + i // 200}"))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        status, _, content = await ask(
            self.door, "POST", path, json.dumps(body).encode(), self.staff
        )
        assert status < 300, (path, status, content)
        return json.loads(content) if content else None

    async def get(self, path: str) -> Any:
        return json.loads(await self.fetch(path))

    async def fetch(self, path: str) -> bytes:
        path = f"/api/episodes/{self.episode}{path}"
        status, _, content = await ask(self.door, "GET", path, cookie=self.staff)
        assert status == 200, (path, status, content)
        return content

    async def view(self) -> dict[str, Any]:
        view: dict[str, Any] = (await self.get(""))["view"]
        return view

    async def do(self, name: str, **args: Any) -> None:
        await self.post(f"/api/episodes/{self.episode}/command", {"name": name, "args": args})

    async def _join(self, link: str, source: str) -> str:
        episode, seat, generation, code = link.partition("#")[2].split(".")
        body = {"episode": episode, "seat": seat, "generation": int(generation), "code": code}
        status, cookie, content = await ask(
            self.door, "POST", "/api/seat", json.dumps(body).encode(), source=source
        )
        assert status == 200, content
        return cookie

    async def viewers(self, count: int) -> list[str]:
        """Cookies of so many viewers, asked for from several addresses."""
        found = []
        for i in range(count):
            source = f"127.0.9.{1 + i // 1000}"
            status, cookie, content = await ask(self.door, "POST", "/api/viewer", source=source)
            assert status == 204, content
            found.append(cookie)
        return found

    async def overlay_token(self) -> str:
        link = await self.post(f"/api/episodes/{self.episode}/overlay-link", {})
        token: str = link["url"].partition("#")[2]
        return token

    async def enter(
        self,
        cookie: str = "",
        *,
        source: str = "127.0.0.1",
        channel: str = "voter",
        token: str = "",
        receive_bytes: int = 0,
    ) -> Line:
        """A client that was welcomed. Raises Cut where it was not."""
        line = await self.upgrade(cookie, source=source, receive_bytes=receive_bytes)
        await line.say("hello", v=1, channel=channel, token=token)
        await line.hear("welcome")
        return line

    async def upgrade(
        self, cookie: str = "", *, source: str = "127.0.0.1", receive_bytes: int = 0
    ) -> Line:
        """A WebSocket on which nothing was said yet."""
        line = Line((await knock(self.door, source, receive_bytes)).sock)
        try:
            await line.send(request(self.door, cookie))
            head = await line.head()
        except Cut:
            line.shut()
            raise
        assert " 101 " in head.split("\r\n")[0], head
        return line


@asynccontextmanager
async def probes(
    lines: Iterable[Line], every_s: float = SEAT_PROBE_S
) -> AsyncIterator[list[float]]:
    """Honest clients that measure their round trips (in s) while the block runs."""
    took: list[float] = []
    lines = list(lines)

    async def probe(line: Line, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        while True:
            took.append(await line.round_trip_s())
            await asyncio.sleep(every_s)

    tasks = [
        asyncio.create_task(probe(line, every_s * i / len(lines))) for i, line in enumerate(lines)
    ]
    try:
        yield took
        # Whoever waits for an answer when the attack ends gets it, and it counts.
        await asyncio.sleep(2 * every_s)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [e for e in ended if not isinstance(e, asyncio.CancelledError)]
    assert not broken, f"honest clients were thrown out: {broken}"


@asynccontextmanager
async def memory(house: House) -> AsyncIterator[list[float]]:
    """How many MB the server has grown, every 20 ms while the block runs."""
    before = house.memory_mb()
    grown = [0.0]

    async def look() -> None:
        while True:
            grown.append(house.memory_mb() - before)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield grown
        grown.append(house.memory_mb() - before)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def percentile(values: list[float], percent: int) -> float:
    """Nearest rank."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]
