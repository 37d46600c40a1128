"""A synthetic audience: tablets and phones that speak the real protocol over real sockets.

Runs as a process of its own, so that it takes nothing from the server's loop:
`python -m livevote.demo.audience` reads its orders as one JSON line and, when
its input ends, prints one JSON line: what every client was acknowledged.

Each client has a temper, drawn from the seed: most vote once, some change
their minds, some press twice, some lose their network in the middle, some
come too late, some never vote.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from livevote.wire.codec import CODECS, JSON, MSGPACK

JOINING_AT_ONCE = 16
TEMPERS = {
    "steady": 70,
    "changes": 12,
    "twice": 5,
    "drops": 6,
    "late": 3,
    "silent": 4,
}


@dataclass
class Orders:
    """url: the server's. seats: [seat, generation, code] of each tablet. hurry: 1.0 takes some
    ten seconds to vote, 0.1 a tenth of that."""

    url: str
    episode: str
    seats: list[tuple[str, int, str]]
    phones: int
    opinions: dict[str, list[int]]
    seed: int
    hurry: float


@dataclass
class Counted:
    """One acknowledgement: the log must hold it, at this index, with this value."""

    run: str
    index: int
    seq: int
    value: int


@dataclass
class Report:
    counted: list[Counted] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    again: int = 0


class Client:
    """One person with one device."""

    def __init__(self, orders: Orders, name: str, cookie: str, report: Report) -> None:
        self._orders = orders
        self._cookie = cookie
        self._report = report
        self._random = random.Random(f"{orders.seed} {name}")  # noqa: S311 - an audience, no key
        self._codec = self._random.choice((JSON, MSGPACK))
        self._socket: ClientConnection | None = None
        self._acting: asyncio.Task[None] | None = None
        self._run = ""
        self._closing = asyncio.Event()
        # The ballot that nobody has acknowledged yet: sent again after a cut.
        self._pending: dict[str, Any] | None = None
        self._seq = 0

    async def live(self) -> None:
        """Connect, and again for ever."""
        pause_s = 0.1
        while True:
            try:
                async with self._connect() as socket:
                    pause_s = 0.1
                    self._socket = socket
                    await self._talk(socket)
            except (WebSocketException, OSError, TimeoutError):
                pass
            self._socket = None
            await asyncio.sleep(pause_s * (0.5 + self._random.random()))
            pause_s = min(pause_s * 2, 5)

    def _connect(self) -> connect:
        url = self._orders.url
        return connect(
            f"ws{url[4:]}/socket",
            origin=Origin(url),
            subprotocols=[Subprotocol(self._codec.subprotocol)],
            additional_headers={"Cookie": self._cookie},
            compression=None,
            open_timeout=20,
            ping_interval=None,
        )

    async def _talk(self, socket: ClientConnection) -> None:
        await self._send({"t": "hello", "v": 1, "channel": "voter"})
        decode = CODECS[self._codec.subprotocol].decode
        async for data in socket:
            message = decode(data)
            self._hear(message)
            if message["t"] == "welcome" or message.get("retry"):
                await self._send_again(message.get("retry_after_ms", 0))

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["t"]
        if kind == "state":
            self._see(message["view"])
        elif kind == "mine":
            self._seq = max(self._seq, message["seq"]) if message["run"] == self._run else 0
        elif kind == "counted":
            self._report.counted.append(
                Counted(message["run"], message["index"], message["seq"], message["value"])
            )
            self._report.again += message["again"]
            self._settle(message)
        elif kind == "not_counted":
            self._report.refused[message["code"]] += 1
            if not message["retry"]:
                self._settle(message)

    def _settle(self, message: dict[str, Any]) -> None:
        if self._pending and self._pending["seq"] == message["seq"]:
            self._pending = None

    async def _send_again(self, after_ms: int) -> None:
        """After a cut, or when told to: the same ballot, the same number."""
        await asyncio.sleep(after_ms / 1000)
        if self._pending:
            await self._send(self._pending)

    def _see(self, shown: dict[str, Any]) -> None:
        run = shown["run"]
        if run is None or not shown["panel"]:
            return
        if run["id"] != self._run:
            self._run, self._seq, self._pending = run["id"], 0, None
            self._closing = asyncio.Event()
            if self._acting:
                self._acting.cancel()
                self._acting = None
        if run["phase"] == "open" and self._acting is None:
            self._acting = asyncio.create_task(self._act(run, shown["segment"]))
        if run["phase"] not in ("armed", "open", "paused"):
            self._closing.set()

    async def _act(self, run: dict[str, Any], segment: dict[str, Any]) -> None:
        """What this person does in this run."""
        chance = self._random
        temper = chance.choices(list(TEMPERS), list(TEMPERS.values()))[0]
        if temper == "silent":
            return
        if temper == "late":
            await self._closing.wait()
            await asyncio.sleep(run["grace_ms"] / 1000 * chance.random())
            await self._vote(run, segment)
            return
        await asyncio.sleep(self._orders.hurry * min(chance.expovariate(0.35), 9))
        await self._vote(run, segment)
        if temper == "changes":
            await asyncio.sleep(self._orders.hurry * (1 + 3 * chance.random()))
            await self._vote(run, segment)
        elif temper == "twice" and self._pending:
            await self._send(self._pending)
        elif temper == "drops" and self._socket:
            await self._socket.close()

    async def _vote(self, run: dict[str, Any], segment: dict[str, Any]) -> None:
        self._seq += 1
        value = self._value(run["scale"], segment)
        self._pending = {"t": "cast", "run": run["id"], "seq": self._seq, "value": value}
        await self._send(self._pending)

    def _value(self, scale: dict[str, Any], segment: dict[str, Any]) -> int:
        """By the opinion about the unit, whatever the scale: weights for good, fair, poor."""
        good, fair, poor = self._orders.opinions.get(segment["unit"]["zh"], [40, 40, 20])
        buckets = sorted(scale["buckets"], key=lambda bucket: -bucket["points"])
        third = self._random.choices((0, 1, 2), (good, fair, poor))[0]
        share = (third + self._random.random()) / 3
        return int(buckets[min(int(share * len(buckets)), len(buckets) - 1)]["value"])

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            return
        data = self._codec.encode(message)
        with contextlib.suppress(WebSocketException, OSError):
            await self._socket.send(data if self._codec.binary else data.decode())


def fetch_cookie(url: str, path: str, body: dict[str, Any]) -> str:
    """POST and take the cookie it sets. Raises OSError where the server says no."""
    _, cookie = _request(url, "POST", path, body, "")
    if not cookie:
        raise OSError(f"{path}: no cookie")
    return cookie.split(";")[0]


def fetch(url: str, method: str, path: str, body: dict[str, Any] | None, cookie: str) -> Any:
    """A JSON answer, None where it is empty. Raises OSError where the server says no."""
    answer, _ = _request(url, method, path, body, cookie)
    return json.loads(answer) if answer else None


def _request(
    url: str, method: str, path: str, body: dict[str, Any] | None, cookie: str
) -> tuple[bytes, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        headers = {"origin": url, "content-type": "application/json", "cookie": cookie}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise OSError(f"{path}: status {answer.status}: {content.decode(errors='replace')}")
        return content, answer.headers.get("set-cookie", "")
    except http.client.HTTPException as error:
        raise OSError(f"{path}: cut off: {error}") from None
    finally:
        connection.close()


async def _client(
    orders: Orders,
    name: str,
    path: str,
    body: dict[str, Any],
    gate: asyncio.Semaphore,
    report: Report,
) -> None:
    async with gate:
        cookie = await asyncio.to_thread(fetch_cookie, orders.url, path, body)
    await Client(orders, name, cookie, report).live()


async def attend(orders: Orders) -> Report:
    """Be there until the input ends."""
    report = Report()
    gate = asyncio.Semaphore(JOINING_AT_ONCE)
    clients = [
        _client(
            orders,
            f"seat {seat}",
            "/api/seat",
            {"episode": orders.episode, "seat": seat, "generation": generation, "code": code},
            gate,
            report,
        )
        for seat, generation, code in orders.seats
    ]
    clients += [
        _client(orders, f"phone {i}", "/api/viewer", {}, gate, report) for i in range(orders.phones)
    ]
    tasks = [asyncio.create_task(client) for client in clients]
    for task in tasks:
        task.add_done_callback(_note_failure)
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return report


def _note_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        print(f"audience: {error}", file=sys.stderr)


def main() -> None:
    orders = Orders(**json.loads(sys.stdin.readline()))
    report = uvloop.run(attend(orders))
    counted = [[c.run, c.index, c.seq, c.value] for c in report.counted]
    print(json.dumps({"counted": counted, "refused": report.refused, "again": report.again}))


if __name__ == "__main__":
    main()
