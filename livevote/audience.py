"""A synthetic audience: tablets and phones that speak the real protocol over real sockets.

Runs as a process of its own, so that it takes nothing from the server's loop:
`python -m livevote.audience` reads its orders as one JSON line and, when its
input ends or its time is over, prints one JSON line: what every client was
acknowledged. It knows the wire and nothing else of the server.

In each run each client has a temper, drawn from the seed: most vote once,
some change their minds, some press twice, some lose their network in the
middle and come back, some come too late, some never vote.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import random
import resource
import ssl
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin, Subprotocol

from livevote.wire.codec import CODECS, JSON, MSGPACK
from livevote.wire.codes import CLOSES

JOINING_AT_ONCE = 16
# Of those who vote, in percent; the rest vote once. Of those who do not vote in time, the late.
CHANGE_PERCENT, TWICE_PERCENT = 13, 5
LATE_PERCENT = 40
AWAY_S_MIN, AWAY_S_MAX = 2.0, 10.0
# The show comes first where both want the machine.
NICE = 10


@dataclass
class Orders:
    """url: where the server is. origin: what a browser calls it, "" for the same. seats: [seat,
    generation, code] of each tablet; phones: how many more come as viewers. cookies: devices that
    were let in already. turnout, dropouts: percent of the devices that vote in a run, and that lose
    their line as they do. opinion: weights of the scale's parts, best first; opinions: the same of
    a unit by its Chinese name. hurry: 1.0 takes some ten seconds to vote, 0.1 a tenth of that.
    life_s: they go after this time, whatever happens; None: when they are told."""

    url: str
    episode: str
    seats: list[tuple[str, int, str]] = field(default_factory=list)
    phones: int = 0
    cookies: list[str] = field(default_factory=list)
    origin: str = ""
    turnout: int = 93
    dropouts: int = 6
    opinion: list[int] = field(default_factory=lambda: [40, 40, 20])
    opinions: dict[str, list[int]] = field(default_factory=dict)
    seed: int = 1
    hurry: float = 1.0
    life_s: float | None = None


def tempers(turnout: int, dropouts: int) -> dict[str, int]:
    """Temper → how many of 1,000,000 devices have it in a run, for percents of 0 to 100."""
    voting, not_voting = turnout * 10_000, (100 - turnout) * 10_000
    drops = voting * dropouts // 100
    staying = voting - drops
    changes, twice = staying * CHANGE_PERCENT // 100, staying * TWICE_PERCENT // 100
    late = not_voting * LATE_PERCENT // 100
    return {
        "steady": staying - changes - twice,
        "changes": changes,
        "twice": twice,
        "drops": drops,
        "late": late,
        "silent": not_voting - late,
    }


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
    """One person with one device. episode: into which it goes by name, "" for where its cookie or
    the server puts it."""

    def __init__(
        self, orders: Orders, name: str, cookie: str, report: Report, episode: str = ""
    ) -> None:
        self._orders = orders
        self._episode = episode
        self._tempers = tempers(orders.turnout, orders.dropouts)
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
        # Its network is gone for so long.
        self._away_s = 0.0

    async def live(self, gate: asyncio.Semaphore) -> None:
        """Connect, and again until the server says not to come back: a tablet of flesh and blood
        may have taken the seat."""
        pause_s = 0.1
        while True:
            try:
                async with gate:
                    socket = await self._connect()
                async with socket:
                    pause_s = 0.1
                    self._socket = socket
                    await self._talk(socket)
                if socket.close_code in LAST:
                    return
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in LAST:
                    return
            except (WebSocketException, OSError, TimeoutError):
                pass
            self._socket = None
            pause_s, away_s = min(pause_s * 2, 5), self._away_s
            self._away_s = 0.0
            await asyncio.sleep(away_s or pause_s * (0.5 + self._random.random()) / 2)

    def _connect(self) -> connect:
        url = self._orders.url
        return connect(
            f"ws{url[4:]}/socket",
            origin=Origin(self._orders.origin or url),
            subprotocols=[Subprotocol(self._codec.subprotocol)],
            additional_headers={"Cookie": self._cookie},
            compression=None,
            open_timeout=20,
            ping_interval=None,
            # At the server's own door on this machine its certificate is for another name.
            ssl=_any_certificate() if url.startswith("https") else None,
        )

    async def _talk(self, socket: ClientConnection) -> None:
        hello = {"t": "hello", "v": 1, "channel": "voter", "episode": self._episode}
        await self._send(hello)
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
        temper = chance.choices(list(self._tempers), list(self._tempers.values()))[0]
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
            self._away_s = self._orders.hurry * chance.uniform(AWAY_S_MIN, AWAY_S_MAX)
            await self._socket.close()

    async def _vote(self, run: dict[str, Any], segment: dict[str, Any]) -> None:
        self._seq += 1
        value = self._value(run["scale"], segment)
        self._pending = {"t": "cast", "run": run["id"], "seq": self._seq, "value": value}
        await self._send(self._pending)

    def _value(self, scale: dict[str, Any], segment: dict[str, Any]) -> int:
        """By the opinion about the unit, whatever the scale: it is cut into as many equal parts as
        the opinion has."""
        opinion = self._orders.opinions.get(segment["unit"]["zh"], self._orders.opinion)
        buckets = sorted(scale["buckets"], key=lambda bucket: -bucket["points"])
        part = self._random.choices(range(len(opinion)), opinion)[0]
        share = (part + self._random.random()) / len(opinion)
        return int(buckets[min(int(share * len(buckets)), len(buckets) - 1)]["value"])

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            return
        data = self._codec.encode(message)
        with contextlib.suppress(WebSocketException, OSError):
            await self._socket.send(data if self._codec.binary else data.decode())


# After these nobody comes back by himself.
LAST = frozenset(int(close) for close, rule in CLOSES.items() if not rule.come_back)


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


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
    await Client(orders, name, cookie, report).live(gate)


async def attend(orders: Orders) -> Report:
    """Be there until the input ends or the time is over."""
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
    clients += [
        Client(orders, f"device {i}", cookie, report, orders.episode).live(gate)
        for i, cookie in enumerate(orders.cookies)
    ]
    tasks = [asyncio.create_task(client) for client in clients]
    for task in tasks:
        task.add_done_callback(_note_failure)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(orders.life_s):
            await _told_to_go()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return report


async def _told_to_go() -> None:
    """A line, or the end of the input: also when whoever started this is dead."""
    told = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    await told.readline()


def _note_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        print(f"audience: {error}", file=sys.stderr)


def main() -> None:
    os.nice(NICE)
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    orders = Orders(**json.loads(sys.stdin.readline()))
    report = uvloop.run(attend(orders))
    counted = [[c.run, c.index, c.seq, c.value] for c in report.counted]
    print(json.dumps({"counted": counted, "refused": report.refused, "again": report.again}))


if __name__ == "__main__":
    main()
