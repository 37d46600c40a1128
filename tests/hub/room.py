"""A hub on a real store, without sockets: its clock is moved by hand, its line can be cut."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from redis.asyncio import Redis

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Answer, Ballot, Entry
from livevote.core.model import Episode, LookBack, Run, Seat, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.pledge import State
from livevote.core.rules import (
    Admission,
    Panel,
    PanelRole,
    Rules,
    TieBreak,
    Verification,
    Visibility,
)
from livevote.core.scale import POINTS_100
from livevote.errors import StoreDown
from livevote.hub.beat import Beat
from livevote.hub.director import Director, Outside
from livevote.hub.fanout import Outbox
from livevote.hub.hub import Hub
from livevote.hub.session import Identity, SeatPass, Session
from livevote.hub.studio import Studio, Voter
from livevote.store.durability import Durability, Finding
from livevote.store.keys import RunKey
from livevote.store.store import Store
from livevote.wire.codec import JSON, Codec
from livevote.wire.inbound import Cast
from livevote.wire.outbound import Counted
from tests.frames import payload

T = TypeVar("T")

PATIENCE_S = 10.0
NOON_MS = 1_800_000_000_000
DURABLE = Finding(Durability.DURABLE)

WATER = Segment(
    "water", Names("台州市水利局", "Water Resources"), Names("局长", "Director"), pledge="年底前"
)
HOUSING = Segment("housing", Names("台州市住建局", "Housing"), Names("局长", "Director"))
SEATS = (Seat("A-01", "A"), Seat("A-02", "A"), Seat("B-01", "B"))

STUDIO = Panel("studio", Names("现场群众代表", "Studio"), Admission.SEATS, weight=700)
ONLINE = Panel("online", Names("场外观众", "Viewers"), Admission.VIEWERS, weight=300)
OFF = PanelRole.OFF

# No grace and nobody to verify: a test that is about either says so.
RULES = Rules(
    scale=POINTS_100,
    panels=(STUDIO, ONLINE),
    grace_ms=0,
    duration_ms=0,
    tie_breaks=(TieBreak.RUNDOWN,),
    verification=Verification.AUTOMATIC,
)
HELD = replace(RULES, visibility=Visibility.HELD)
CAREFUL = replace(RULES, grace_ms=2_000, verification=Verification.PERSON)


async def until(true: Callable[[], bool], what: str = "it") -> None:
    """Let the loop go on until something is so. By a clock of its own: the loop's is moved."""
    patience = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < patience, f"waited in vain for {what}"
        await asyncio.sleep(0.0005)


async def soon(awaited: Awaitable[T]) -> T:
    """The result, or a failed test where there is none in time."""
    task = asyncio.ensure_future(awaited)
    await until(task.done, "an answer")
    return task.result()


async def calm() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


class Time:
    """The server's clock and the loop's timers, moved together: nobody waits for a deadline."""

    def __init__(self) -> None:
        self._ms = NOON_MS
        self._loop = asyncio.get_running_loop()
        self._loop_time = self._loop.time
        self._ahead_s = 0.0
        self._loop.time = lambda: self._loop_time() + self._ahead_s  # type: ignore[method-assign]

    def now_ms(self) -> int:
        return self._ms

    def pass_ms(self, ms: int) -> None:
        self._ms += ms
        self._ahead_s += ms / 1000

    # As livevote.hub.clock.Clock, of which a hub takes these.

    arrival_ms = now_ms

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


class Line(Store):
    """A store whose line can be cut: before a call (the call is lost), after it (the answer is
    lost), or for good until it is mended."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self.down = False
        self.asked = 0
        self.lost = 0
        self._fates: deque[str] = deque()
        self._gates: dict[str, asyncio.Event] = {}
        self.held_up = asyncio.Event()
        self._under_way: set[asyncio.Future[Any]] = set()

    async def landed(self) -> None:
        """Wait for what was sent by somebody who is gone."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        await self.landed()
        await super().close()

    def cut(self, *fates: str) -> None:
        """What happens to the next calls: "" goes through, "call" or "answer" is lost; "down":
        this answer is lost, and all that comes after it."""
        self._fates = deque(fates)

    def cut_at(self, call: int, fate: str) -> None:
        """Only the `call`-th call from now."""
        self.cut(*[""] * (call - 1), fate)

    def mend(self) -> None:
        self.down = False
        self._fates.clear()

    def hold_up(self, word: str) -> asyncio.Event:
        """Let calls with this word in them wait until the event is set."""
        self.held_up.clear()
        return self._gates.setdefault(word, asyncio.Event())

    async def _run(self, *command: Any) -> Any:
        for word, gate in self._gates.items():
            if word in command and not gate.is_set():
                self.held_up.set()
                await gate.wait()
        self.asked += 1
        fate = self._fates.popleft() if self._fates else ""
        if not self.down and fate != "call":
            # What was sent arrives, also where the sender is gone before the answer.
            call = asyncio.ensure_future(super()._run(*command))
            self._under_way.add(call)
            call.add_done_callback(self._under_way.discard)
            answer = await asyncio.shield(call)
            if not fate:
                return answer
            self.down = fate == "down"
        self.lost += 1
        raise StoreDown("the line is cut", retry_after_ms=500)

    # --- what tests read ---

    async def entries(self, run: RunKey) -> list[Entry]:
        return [entry async for batch in self.log(run) for entry in batch]

    async def window(self, run: RunKey) -> dict[str, str]:
        flat = await super()._run("HGETALL", run.window)
        pairs = flat.items() if isinstance(flat, dict) else zip(flat[::2], flat[1::2], strict=True)
        return {name.decode(): value.decode() for name, value in pairs}


def a_look_back(pledge: str) -> Segment:
    """What a ledger would say of any pledge."""
    found = LookBack(pledge, 1, "2026-11-24", "打通断头河", "2026-10-01", State.OVERDUE)
    return Segment("back", WATER.unit, lookback=found)


@dataclass
class Desk:
    """A director alone with the store: what changed and what failed is noted."""

    director: Director
    store: Line
    time: Time
    changed: list[ev.Event]
    failed: list[BaseException]
    drained: Callable[[RunKey], Awaitable[None]]

    @classmethod
    def at(cls, store: Line, time: Time, drained: Callable[[RunKey], Awaitable[None]]) -> Desk:
        changed: list[ev.Event] = []
        failed: list[BaseException] = []

        async def note(episode: Episode, event: ev.Event) -> None:
            changed.append(event)

        outside = Outside(store, time.now_ms, drained, note, failed.append, a_look_back)
        return cls(Director("e1", outside), store, time, changed, failed, drained)

    @property
    def episode(self) -> Episode:
        return self.director.episode

    @property
    def run(self) -> Run:
        """The latest run."""
        return self.episode.runs[-1]

    def phase_now(self) -> Phase:
        return self.run.phase

    @property
    def key(self) -> RunKey:
        return RunKey("e1", self.run.id)

    async def prepare(self, rules: Rules = CAREFUL) -> Desk:
        await self.director.make(
            [ev.EpisodeMade("e1", Names("全媒体问政"), Names("五水共治"))], "test"
        )
        await self.do(cmd.SetRules(rules))
        await self.do(cmd.SetRundown((WATER, HOUSING)))
        await self.do(cmd.SetRoster(SEATS))
        return self

    async def do(self, command: cmd.Command, by: str = "director", expect: int = 0) -> int:
        return await self.director.command(command, by, expect)

    async def bring_to(self, phase: Phase, segment: str = "water") -> None:
        """A new run, in this phase; once it was open it has one ballot of 80."""
        await self.do(cmd.Arm(segment, reason="again"))
        if phase is Phase.ARMED:
            return
        await self.do(cmd.Open(self.run.id))
        await self.vote(1, 80)
        if phase is Phase.PAUSED:
            await self.do(cmd.Pause(self.run.id))
        if phase in (Phase.OPEN, Phase.PAUSED):
            return
        await self.do(cmd.Close(self.run.id))
        if phase is Phase.CLOSING:
            return
        await self.closed()
        if phase in (Phase.VERIFIED, Phase.REVEALED) and self.run.phase is Phase.CLOSED:
            await self.do(cmd.Verify(self.run.id), by="verifier")
        if phase is Phase.REVEALED:
            await self.do(cmd.Reveal(self.run.id))

    async def closed(self) -> None:
        """Let the grace pass."""
        self.time.pass_ms(self.run.rules.grace_ms)
        last = (
            Phase.VERIFIED
            if self.run.rules.verification is Verification.AUTOMATIC
            else Phase.CLOSED
        )
        await self.phase(last)

    async def phase(self, phase: Phase) -> None:
        await until(lambda: self.run.phase is phase, phase)

    async def vote(
        self, number: int, value: int = 80, seq: int = 1, received_ms: int = 0, run: str = ""
    ) -> Answer:
        """One ballot, straight to the store; what the window says."""
        key = RunKey("e1", run) if run else self.key
        received_ms = received_ms or self.time.now_ms()
        ballot = Ballot(bytes([number]) * 16, "studio", seq, value, received_ms)
        [outcome] = await self.store.commit(key, [ballot])
        return outcome.answer

    def again(self) -> Desk:
        """Another director of the same episode, as after a crash."""
        return Desk.at(self.store, self.time, self.drained)


async def nothing_waits(run: RunKey) -> None:
    """`drained` where no intake is."""


class Device:
    """One client: a session whose outbox the test reads."""

    def __init__(self, hub: Hub, identity: Identity, codec: Codec = JSON) -> None:
        self.session = Session(hub, codec, identity, self.token_identity)
        self.tokens: dict[str, Identity] = {}
        self.outbox: Outbox
        self.unheard: list[dict[str, Any]] = []
        self.heard: list[bytes] = []
        self.codec = codec

    def token_identity(self, token: str) -> Identity:
        return self.tokens.get(token, Identity())

    async def hello(self, channel: str = "voter", **fields: Any) -> Device:
        await self.open({"t": "hello", "v": 1, "channel": channel, **fields})
        return self

    async def open(self, plain: Any) -> None:
        self.outbox = await self.session.open(self.codec.encode(plain))

    def send(self, t: str, **fields: Any) -> None:
        self.session.receive(self.codec.encode({"t": t, **fields}))

    async def hear(self, t: str, **fields: Any) -> dict[str, Any]:
        """The next message of this kind with these fields."""
        wanted = {"t": t, **fields}
        while True:
            for message in self.unheard:
                if wanted.items() <= message.items():
                    self.unheard.remove(message)
                    return message
            await self._take(wanted)

    async def _take(self, wanted: Any) -> None:
        frames = [payload(frame) for frame in self.outbox.take()]
        if not frames:
            code = self.outbox.close_code
            assert not code, f"closed with {code} instead of {wanted}"
            found: list[bytes] = []
            self.outbox.write = found.append
            try:
                await until(lambda: bool(found or self.outbox.close_code), f"{wanted}")
            finally:
                self.outbox.write = None
            frames = [payload(frame) for frame in found]
        self.heard.extend(frames)
        self.unheard.extend(self.codec.decode(frame) for frame in frames)

    async def all_now(self) -> list[dict[str, Any]]:
        """Everything that waits for this device, each in the order of its kind."""
        self.send("ping", c=7)
        await self.hear("pong", c=7)
        found, self.unheard = self.unheard, []
        return found

    async def view(self) -> dict[str, Any]:
        """The newest state's view, of those that wait."""
        states = [message for message in await self.all_now() if message["t"] == "state"]
        view: dict[str, Any] = states[-1]["view"]
        return view

    async def cast(self, run: str, seq: int, value: int) -> dict[str, Any]:
        """Send a ballot; its answer."""
        self.send("cast", run=run, seq=seq, value=value)
        return await self.answer("counted", "not_counted")

    async def order(self, name: str, expect: int = 0, **args: Any) -> dict[str, Any]:
        """Send a command; `done` or `refused`."""
        self.send("command", id=name, name=name, args=args, expect=expect)
        return await self.answer("done", "refused")

    async def answer(self, *kinds: str) -> dict[str, Any]:
        while True:
            for message in self.unheard:
                if message["t"] in kinds:
                    self.unheard.remove(message)
                    return message
            await self._take(kinds)

    async def closed(self) -> int:
        """The close code, once there is one."""
        await until(lambda: self.outbox.close_code != 0, "the close")
        return self.outbox.close_code

    def leave(self) -> None:
        self.session.close()


@dataclass
class Room:
    """A hub whose beat the test beats itself. The intake works by itself."""

    hub: Hub
    store: Line
    time: Time
    beats: int = 0
    _work: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def opened(cls, store: Line, time: Time) -> Room:
        """`livevote.hub.hub.Clock` must already make `time`."""
        hub = Hub(store, DURABLE, "http://studio.example/")
        hub.broken = asyncio.get_running_loop().create_future()
        await hub.load()
        for studio in hub.studios.values():
            await studio.director.take_over()
        room = cls(hub, store, time)
        room._work.append(asyncio.create_task(hub.intake.work()))
        return room

    async def close(self) -> None:
        await self.hub.stop()
        await soon(asyncio.gather(*self._work))

    def make_beat(self, durability: tuple[str, str] = ("durable", "")) -> Beat:
        hub = self.hub
        return Beat(
            hub.store,
            hub.fanout,
            hub.intake,
            hub.stats,
            durability,
            hub.studios.values,
            self.time.now_ms,
            hub.company,
            hub.on,
        )

    async def episode(self, rules: Rules = RULES, seats: tuple[Seat, ...] = SEATS) -> Studio:
        """A new episode, on, with two segments."""
        show = await self.hub.catalogue.make_show(Names("全媒体问政", "Questioning"), "test")
        title = Names("五水共治", "Five Waters")
        studio = self.hub.studio(await self.hub.make_episode(show, title, "test"))
        await self.order(studio, cmd.SetRules(rules))
        await self.order(studio, cmd.SetRundown((WATER, HOUSING)))
        await self.order(studio, cmd.SetRoster(seats))
        await self.hub.switch(studio.episode.id, "test")
        return studio

    async def order(self, studio: Studio, command: cmd.Command, by: str = "director") -> int:
        return await self.hub.command(studio, command, by)

    async def armed(self, studio: Studio, segment: str = "water") -> str:
        await self.order(studio, cmd.Arm(segment, reason="again"))
        return studio.episode.runs[-1].id

    async def opened_run(self, studio: Studio, segment: str = "water") -> str:
        run = await self.armed(studio, segment)
        await self.order(studio, cmd.Open(run))
        return run

    async def closed(self, studio: Studio, run: str) -> None:
        """Close, let the grace pass; verified."""
        await self.order(studio, cmd.Close(run))
        found = studio.episode.run(run)
        assert found is not None
        self.time.pass_ms(found.rules.grace_ms)
        await until(lambda: self.phase(studio, run) is Phase.VERIFIED, "verified")

    async def revealed(self, studio: Studio, run: str) -> None:
        await self.closed(studio, run)
        await self.order(studio, cmd.Reveal(run))

    def phase(self, studio: Studio, run: str) -> Phase:
        found = studio.episode.run(run)
        assert found is not None
        return found.phase

    async def vote(
        self, studio: Studio, voter: Voter, run: str, value: int, seq: int = 1
    ) -> Counted:
        now_ms = self.time.now_ms()
        cast = Cast(run, seq, value)
        return await soon(self.hub.cast_and_wait(studio, voter, cast, now_ms))

    # --- people ---

    def seat(self, studio: Studio, label: str = "A-01", generation: int = 1) -> Identity:
        return Identity(seat=SeatPass(studio.episode.id, label, generation))

    async def joined(self, studio: Studio, label: str = "A-01") -> Identity:
        """The identity of the tablet that has just redeemed the seat's code."""
        generation, code = self.hub.seat_code(studio, label)
        await self.hub.join_seat(studio, label, generation, code)
        return self.seat(studio, label, generation)

    async def tablet(self, studio: Studio, label: str = "A-01", codec: Codec = JSON) -> Device:
        return await Device(self.hub, await self.joined(studio, label), codec).hello()

    async def phone(self, who: str = "v1", codec: Codec = JSON) -> Device:
        return await Device(self.hub, Identity(viewer=who), codec).hello()

    async def console(self, *roles: str, name: str = "desk") -> Device:
        given = frozenset(roles or ("director", "producer", "verifier"))
        return await Device(self.hub, Identity(account=name, roles=given)).hello("staff")

    async def screen(self, studio: Studio) -> Device:
        return await Device(self.hub, Identity(overlay=studio.episode.id)).hello("overlay")
