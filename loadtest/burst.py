"""The studio burst: every seat presses within 100 ms, again and again.

    .venv/bin/python -m loadtest.burst [--seats 200] [--runs 5]

Starts a server of its own on loopback, joins every seat over HTTP, connects
every tablet over WebSocket, opens a run, and sends one ballot from each within
100 ms. Prints the delay from send to acknowledgement. The server then verifies
each run (recount = tally); a run that does not verify makes the whole void.
"""

from __future__ import annotations

import asyncio
import platform
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from livevote.core.plain import to_plain
from livevote.demo.audience import fetch, fetch_cookie
from livevote.demo.episode import rules, seats
from livevote.wire.codec import from_json, to_json

WINDOW_S = 0.1
TIMEOUT_S = 60.0


@dataclass
class Tablet:
    """One seat's socket. Touched by its own reader only."""

    socket: ClientConnection
    sent_at: float = 0.0
    took_ms: float = 0.0
    counted: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        async for data in self.socket:
            now = time.perf_counter()
            message = from_json(data)
            if message["t"] == "counted":
                self.took_ms = (now - self.sent_at) * 1000
                self.counted.set()


@dataclass
class Studio:
    """The server under test, as a producer and director see it."""

    url: str
    cookie: str
    episode: str

    async def command(self, name: str, **args: Any) -> None:
        path = f"/api/episodes/{self.episode}/command"
        await asyncio.to_thread(
            fetch, self.url, "POST", path, {"name": name, "args": args}, self.cookie
        )

    async def view(self) -> dict[str, Any]:
        path = f"/api/episodes/{self.episode}"
        answer = await asyncio.to_thread(fetch, self.url, "GET", path, None, self.cookie)
        view: dict[str, Any] = answer["view"]
        return view

    async def wait_for(self, run: str, phase: str) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while phase != next(r["phase"] for r in (await self.view())["runs"] if r["id"] == run):
                await asyncio.sleep(0.05)


async def prepare(url: str, link: str, count: int, runs: int) -> Studio:
    """Claim the first account; make an episode with `runs` segments and `count` seats."""
    token = link.partition("#")[2]
    body = {"token": token, "password": "for this load test only"}
    cookie = await asyncio.to_thread(fetch_cookie, url, "/api/claim", body)

    async def post(path: str, content: dict[str, Any]) -> Any:
        return await asyncio.to_thread(fetch, url, "POST", path, content, cookie)

    show = await post("/api/shows", {"name": {"zh": "压力测试", "en": "Load test"}})
    title = {"zh": "压力测试", "en": "Load test"}
    episode = await post("/api/episodes", {"show": show["id"], "title": title})
    studio = Studio(url, cookie, episode["id"])
    segments = [
        {"id": f"s{i}", "unit": {"zh": f"单位 {i}", "en": f"Unit {i}"}} for i in range(runs)
    ]
    await studio.command("set_rules", rules=to_plain(rules(grace_ms=200)))
    await studio.command("set_rundown", segments=segments)
    await studio.command("set_roster", seats=to_plain(seats(count)))
    await post("/api/on", {"episode": studio.episode})
    return studio


async def tablets(studio: Studio) -> list[Tablet]:
    path = f"/api/episodes/{studio.episode}/seats"
    codes = await asyncio.to_thread(fetch, studio.url, "GET", path, None, studio.cookie)
    gate = asyncio.Semaphore(8)

    async def join(seat: dict[str, Any]) -> Tablet:
        episode, label, generation, code = seat["link"].partition("#")[2].split(".")
        body = {"episode": episode, "seat": label, "generation": int(generation), "code": code}
        async with gate:
            cookie = await asyncio.to_thread(fetch_cookie, studio.url, "/api/seat", body)
            socket = await connect(
                f"ws{studio.url[4:]}/socket",
                origin=Origin(studio.url),
                subprotocols=[Subprotocol("livevote.json")],
                additional_headers={"Cookie": cookie},
                compression=None,
            )
        await socket.send(to_json({"t": "hello", "v": 1, "channel": "voter"}).decode())
        return Tablet(socket)

    return list(await asyncio.gather(*(join(seat) for seat in codes)))


async def burst(studio: Studio, all_tablets: list[Tablet], segment: str, seed: int) -> list[float]:
    """One run: every tablet casts within the window; delays in ms."""
    chance = random.Random(seed)  # noqa: S311 - an audience, no key
    await studio.command("arm", segment=segment)
    run = next(r["id"] for r in (await studio.view())["runs"] if r["segment"] == segment)
    await studio.command("open", run=run)

    async def press(tablet: Tablet) -> None:
        await asyncio.sleep(chance.random() * WINDOW_S)
        tablet.counted.clear()
        cast = {"t": "cast", "run": run, "seq": 1, "value": chance.choice((1, 1, 2, 3))}
        tablet.sent_at = time.perf_counter()
        await tablet.socket.send(to_json(cast).decode())
        await tablet.counted.wait()

    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*(press(tablet) for tablet in all_tablets))
    await studio.command("close", run=run)
    await studio.wait_for(run, "closed")
    await studio.command("verify", run=run)  # refused where recount and tally differ
    await studio.wait_for(run, "verified")
    return [tablet.took_ms for tablet in all_tablets]


def percentile(ordered: list[float], percent: int) -> float:
    """Nearest rank."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


async def measure(data: Path, count: int, runs: int) -> list[float]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "livevote", "serve", "--data", str(data), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert server.stdout is not None
    try:
        said = (await server.stdout.readuntil(b"Ctrl-C")).decode()
        url, link = re.findall(r"livevote is on (\S+)|one-time link\): (\S+)", said)
        studio = await prepare(url[0], link[1], count, runs)
        all_tablets = await tablets(studio)
        readers = [asyncio.create_task(tablet.read()) for tablet in all_tablets]
        took: list[float] = []
        for number in range(runs):
            took += await burst(studio, all_tablets, f"s{number}", number)
        for reader in readers:
            reader.cancel()
        return took
    finally:
        server.terminate()
        await server.wait()


@click.command()
@click.option("--seats", "count", default=200, show_default=True, type=click.IntRange(1, 2000))
@click.option("--runs", default=5, show_default=True, type=click.IntRange(1, 50))
def main(count: int, runs: int) -> None:
    """Measure the delay from press to receipt when the whole studio presses at once."""
    with tempfile.TemporaryDirectory(prefix="lv") as data:
        took = sorted(uvloop.run(measure(Path(data), count, runs)))
    click.echo(f"{platform.platform()}, Python {platform.python_version()}")
    click.echo(f"{runs} runs of {count} seats within {WINDOW_S * 1000:.0f} ms; ack delay in ms:")
    shown = "  ".join(f"p{p} {percentile(took, p):.1f}" for p in (50, 95, 99))
    click.echo(f"{shown}  max {took[-1]:.1f}")
    click.echo("recount = tally")


if __name__ == "__main__":
    main()
