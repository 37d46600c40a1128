"""Those who knock at a real server: browsers with cookies, sockets, and an episode to vote in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from livevote.core import command as cmd
from livevote.core.model import Run, Seat, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.rules import Rules, Verification
from livevote.hub.roles import DIRECTOR, OWNER, PRODUCER, UNIT, VERIFIER
from livevote.hub.session import SeatPass
from livevote.hub.studio import Studio, Voter
from livevote.server import Running
from livevote.wire.codec import JSON, MSGPACK, Codec
from livevote.wire.inbound import Cast
from livevote.wire.outbound import Counted

__all__ = ["JSON", "MSGPACK", "PATIENCE_S", "House", "Line", "until"]

PATIENCE_S = 10.0

WATER = Segment(
    "water",
    Names("台州市水利局", "Water Resources"),
    Names("局长", "Director"),
    question="河道排污口为什么还在排？",
    pledge="年底前封堵全部排污口",
)
HOUSING = Segment("housing", Names("台州市住建局", "Housing"), Names("局长", "Director"))
SEATS = (Seat("A-01", "A"), Seat("A-02", "A"), Seat("B-01", "B"), Seat("B-02", "B"))

# A person's verification and a grace are tested where they matter; elsewhere they only take time.
QUICK = Rules(grace_ms=0, duration_ms=0, verification=Verification.AUTOMATIC)


async def until(true: Callable[[], bool], what: str = "") -> None:
    """Wait for a condition that no message tells of."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what or 'it'}") from None


@dataclass
class Line:
    """One WebSocket. Messages that nobody has asked for yet wait in `unheard`; `heard` keeps the
    bytes of every one."""

    socket: ClientConnection
    codec: Codec
    unheard: list[dict[str, Any]] = field(default_factory=list, repr=False)
    heard: list[str | bytes] = field(default_factory=list, repr=False)

    async def send(self, t: str, **fields: Any) -> None:
        data = self.codec.encode({"t": t, **fields})
        await self.send_raw(data if self.codec.binary else data.decode())

    async def send_raw(self, data: str | bytes) -> None:
        await self.socket.send(data)

    async def hear(self, t: str, **fields: Any) -> dict[str, Any]:
        """The next message of this kind with these fields."""
        wanted = {"t": t, **fields}
        seen = 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for place in range(seen, len(self.unheard)):
                        if wanted.items() <= self.unheard[place].items():
                            return self.unheard.pop(place)
                    seen = len(self.unheard)
                    await self._next()
        except TimeoutError:
            raise AssertionError(f"no {wanted} in {self.unheard}") from None

    async def state(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The view of the next state for which this is true."""
        while True:
            view: dict[str, Any] = (await self.hear("state"))["view"]
            if true(view):
                return view

    async def phase(self, phase: str) -> dict[str, Any]:
        """A voter's or an overlay's next state whose run is in this phase; gives the view."""
        return await self.state(lambda view: bool(view["run"]) and view["run"]["phase"] == phase)

    async def all_now(self) -> list[dict[str, Any]]:
        """Everything that the server has sent by now: what comes before the answer to a ping."""
        await self.send("ping", c=len(self.heard))
        await self.hear("pong", c=len(self.heard))
        found, self.unheard = self.unheard, []
        return found

    async def cast(self, run: str, seq: int, value: int) -> dict[str, Any]:
        """Send a ballot; its answer."""
        await self.send("cast", run=run, seq=seq, value=value)
        return await self.answer(run, seq)

    async def answer(self, run: str, seq: int) -> dict[str, Any]:
        """The answer to a ballot, whichever it is."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for message in self.unheard:
                    mine = (message.get("run"), message.get("seq")) == (run, seq)
                    if mine and message["t"] in ("counted", "not_counted"):
                        self.unheard.remove(message)
                        return message
                await self._next()

    async def order(self, name: str, expect: int = 0, **args: Any) -> dict[str, Any]:
        """Send a command; `done` or `refused`."""
        ident = f"{name} {len(self.heard)}"
        await self.send("command", id=ident, name=name, args=args, expect=expect)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for message in self.unheard:
                    if message["t"] in ("done", "refused") and message["id"] == ident:
                        self.unheard.remove(message)
                        return message
                await self._next()

    async def closed(self) -> int:
        """The close code, once the server has ended the connection."""
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(self._read_on(), PATIENCE_S)
        assert ended.value.rcvd is not None, "the connection was cut without a close frame"
        return ended.value.rcvd.code

    async def _read_on(self) -> None:
        while True:
            await self._next()

    async def _next(self) -> None:
        data = await self.socket.recv()
        self.heard.append(data)
        self.unheard.append(self.codec.decode(data))


class House:
    """A running server, with its people at the door."""

    def __init__(self, up: Running) -> None:
        self.up = up
        self.hub = up.hub

    # --- cookies ---

    def cookie(self, give: Callable[[Response], None]) -> dict[str, str]:
        """The cookie that the server would set on a response."""
        response = Response()
        give(response)
        name, _, value = response.headers["set-cookie"].split(";")[0].partition("=")
        return {name: value}

    async def staff(self, *roles: str, name: str = "", unit: str = "") -> dict[str, str]:
        """The cookie of an account with these roles. It is made without its password, since
        hashing one takes longer than most tests."""
        accounts, name = self.up.auth.accounts, name or "-".join(roles)
        unit = unit or (WATER.unit.zh if UNIT in roles else "")
        account = accounts.find(name)
        if account is None or account.roles != roles or account.unit != unit:
            account = await accounts.put(name, roles, unit=unit)
        return self.cookie(lambda response: self.up.auth.set_staff(response, account))

    async def everyone(self) -> dict[str, str]:
        """The cookie of one person with all the roles."""
        return await self.staff(OWNER, DIRECTOR, PRODUCER, VERIFIER, name="everyone")

    def viewer(self) -> dict[str, str]:
        return self.cookie(self.up.auth.set_viewer)

    async def seat(self, studio: Studio, label: str) -> dict[str, str]:
        """The cookie of the tablet that has just redeemed a seat's code."""
        generation, code = self.hub.seat_code(studio, label)
        await self.hub.join_seat(studio, label, generation, code)
        return self.seat_cookie(studio, label, generation)

    def seat_cookie(self, studio: Studio, label: str, generation: int = 1) -> dict[str, str]:
        seat = SeatPass(studio.episode.id, label, generation)
        return self.cookie(lambda response: self.up.auth.set_seat(response, seat))

    # --- doors ---

    @asynccontextmanager
    async def browser(
        self, cookies: dict[str, str] | None = None, **headers: str | bytes
    ) -> AsyncIterator[httpx.AsyncClient]:
        given: dict[str, Any] = {"origin": self.up.url, **headers}
        async with httpx.AsyncClient(
            # Without `verify` a client does not read the machine's certificates, which takes long.
            base_url=self.up.url,
            headers=given,
            cookies=cookies,
            timeout=PATIENCE_S,
            verify=False,
        ) as client:
            yield client

    @asynccontextmanager
    async def line(
        self,
        channel: str = "",
        cookies: dict[str, str] | None = None,
        codec: Codec = JSON,
        **hello: Any,
    ) -> AsyncIterator[Line]:
        """A socket; with a channel the hello is sent, and nothing is heard yet."""
        pairs = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        async with connect(
            f"ws{self.up.url[4:]}/socket",
            origin=Origin(self.up.url),
            subprotocols=[Subprotocol(codec.subprotocol)],
            additional_headers={"cookie": pairs} if pairs else None,
            compression=None,
            ping_interval=None,
            max_size=None,
            max_queue=None,
            close_timeout=2,
        ) as socket:
            line = Line(socket, codec)
            if channel:
                await line.send("hello", **{"v": 1, "channel": channel, **hello})
            yield line

    # --- the show ---

    async def episode(
        self, rules: Rules = QUICK, seats: tuple[Seat, ...] = SEATS, *, on: bool = True
    ) -> Studio:
        """A new episode with two segments; the one that voters land in."""
        show = await self.hub.catalogue.make_show(Names("全媒体问政", "Questioning"), "test")
        title = Names("五水共治", "Five Waters")
        studio = self.hub.studio(await self.hub.make_episode(show, title, "test"))
        await self.order(studio, cmd.SetRules(rules))
        await self.order(studio, cmd.SetRundown((WATER, HOUSING)))
        await self.order(studio, cmd.SetRoster(seats))
        if on:
            await self.hub.switch(studio.episode.id, "test")
        return studio

    async def order(self, studio: Studio, command: cmd.Command, by: str = "director") -> int:
        return await self.hub.command(studio, command, by)

    async def armed(self, studio: Studio, segment: str = "water", reason: str = "") -> str:
        """A new run, armed; its id."""
        await self.order(studio, cmd.Arm(segment, reason))
        return self.under_way(studio).id

    async def opened(self, studio: Studio, segment: str = "water", reason: str = "") -> str:
        run = await self.armed(studio, segment, reason)
        await self.order(studio, cmd.Open(run))
        return run

    async def closed(self, studio: Studio, run: str) -> None:
        """Close and wait until the count stands (and is verified, where that is automatic)."""
        await self.order(studio, cmd.Close(run))
        found = self.run(studio, run)
        automatic = found.rules.verification is Verification.AUTOMATIC
        wanted = Phase.VERIFIED if automatic else Phase.CLOSED
        await until(lambda: self.run(studio, run).phase is wanted, f"{wanted}")

    async def revealed(self, studio: Studio, run: str) -> None:
        await self.closed(studio, run)
        if self.run(studio, run).phase is Phase.CLOSED:
            await self.order(studio, cmd.Verify(run), by="verifier")
        await self.order(studio, cmd.Reveal(run))

    async def vote(
        self, studio: Studio, voter: Voter, run: str, value: int, seq: int = 1
    ) -> Counted:
        """A ballot without a device, for when many are needed."""
        now_ms = self.hub.clock.now_ms()
        return await self.hub.cast_and_wait(studio, voter, Cast(run, seq, value), now_ms)

    def run(self, studio: Studio, run: str) -> Run:
        found = studio.episode.run(run)
        assert found is not None
        return found

    def under_way(self, studio: Studio) -> Run:
        found = studio.episode.run_under_way
        assert found is not None
        return found


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two plain values differ, by path: states are too large to be told apart by eye."""
    if type(one) is type(other) is dict:
        keys = sorted(one.keys() | other.keys())
        missing = object()
        pairs = [(key, one.get(key, missing), other.get(key, missing)) for key in keys]
    elif type(one) is type(other) is list and len(one) == len(other):
        pairs = [(i, *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [f"{path}: {one!r:.80} is not {other!r:.80}"]
    return [text for key, a, b in pairs for text in differences(a, b, f"{path}.{key}")]


def timeless(message: dict[str, Any]) -> dict[str, Any]:
    """A message without the moment at which it was made."""
    return {name: value for name, value in message.items() if name != "now"}


def changed(rules: Rules = QUICK, **fields: Any) -> Rules:
    return replace(rules, **fields)
