"""One client's conversation: hello, then ballots, commands, heartbeats. No sockets here: bytes
come in by `receive`, answers and frames go to the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from livevote.core.plain import command_from_plain
from livevote.errors import (
    BadInput,
    Failure,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    StoreDown,
)
from livevote.hub import replays
from livevote.hub.admission import LIMITS, Pace
from livevote.hub.fanout import Audience, Outbox
from livevote.hub.hub import Hub
from livevote.hub.roles import MESSAGE_ROLES, OVERLAY, STAFF, check_command, check_message
from livevote.hub.studio import Member, Studio, Voter
from livevote.wire.codec import Codec
from livevote.wire.codes import Close
from livevote.wire.inbound import VERSION, Cast, Drawn, Hello, Inbound, Order, Ping, parse
from livevote.wire.outbound import Counted, Done, NotCounted, Pong, Refused, Welcome

COMMANDS_MAX = 8


# With slots, as all that there is one of for each connection.
@dataclass(frozen=True, slots=True)
class SeatPass:
    episode: str
    seat: str
    generation: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from, as its cookies and tokens prove. All may be empty."""

    seat: SeatPass | None = None
    viewer: str = ""
    # The one episode in which the viewer may vote, where each costs work; None: in all.
    viewer_in: str | None = None
    account: str = ""
    roles: frozenset[str] = frozenset()
    # Of an account in the role of a unit: the Chinese name of the one it answers for.
    unit: str = ""
    # An overlay token opens one episode's graphics and nothing else.
    overlay: str = ""
    # The same for one episode's replays.
    replay: str = ""


class SessionEnded(Exception):
    """The connection must be closed with `code`."""

    def __init__(self, code: Close, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def voter_of(identity: Identity, studio: Studio) -> Voter:
    """As whom this identity votes in this episode. Raises NotSignedIn or NotAllowed."""
    if identity.seat and identity.seat.episode == studio.episode.id:
        studio.check_seat(identity.seat.seat, identity.seat.generation)
        return Voter("seat", identity.seat.seat)
    if identity.viewer and identity.viewer_in in (None, studio.episode.id):
        return Voter("viewer", identity.viewer)
    raise NotSignedIn("join a seat or take a viewer cookie first")


def refused(refusal: Refusal, order_id: str = "") -> Refused:
    return Refused(
        order_id,
        refusal.code,
        str(refusal),
        refusal.where,
        refusal.again,
        refusal.retry_after_ms,
    )


def _answer(outbox: Outbox, cast: Cast, told: Counted | Refusal) -> None:
    outbox.answer(not_counted(cast, told) if isinstance(told, Refusal) else told)


def not_counted(cast: Cast, refusal: Refusal) -> NotCounted:
    return NotCounted(
        cast.run,
        cast.seq,
        refusal.code,
        str(refusal),
        refusal.again,
        refusal.retry_after_ms,
    )


def you(role: str, who: str, identity: Identity) -> dict[str, Any]:
    """Who the server takes a client for, as `welcome` tells it."""
    return {
        "role": role,
        "seat": who if role == "seat" else "",
        "account": identity.account,
        "roles": sorted(identity.roles),
    }


def welcome(hub: Hub, studio: Studio, to: dict[str, Any], resumed: bool = False) -> Welcome:
    return Welcome(
        v=VERSION,
        now=hub.clock.now_ms(),
        epoch=hub.epoch,
        rev=studio.episode.revision,
        resumed=resumed,
        durability=hub.finding.durability.value,
        you=to,
    )


class Session:
    """Made for each connection; `open` with the first message, then `receive` each, `close`."""

    __slots__ = (
        "_codec",
        "_hub",
        "_identity",
        "_orders",
        "_pace",
        "_studio",
        "_token_identity",
        "_voter",
        "member",
    )

    def __init__(
        self,
        hub: Hub,
        codec: Codec,
        identity: Identity,
        token_identity: Callable[[str], Identity],
    ) -> None:
        self._hub = hub
        self._codec = codec
        self._identity = identity
        self._token_identity = token_identity
        self._studio: Studio
        self._voter: Voter | None = None
        self._pace: Pace
        self._orders: list[asyncio.Task[None]] = []
        self.member: Member | None = None

    # --- hello ---

    async def open(self, data: bytes | str) -> Outbox:
        """Take the hello; the outbox from which to write. Raises SessionEnded."""
        hello = self._hello(data)
        try:
            member = self._admit(hello)
            if not self._hub.enter(self._studio, member):
                raise SessionEnded(Close.FULL)
        except NotSignedIn as error:
            raise SessionEnded(Close.SIGN_IN, str(error)) from None
        except NotAllowed as error:
            code = Close.DISPLACED if hello.channel == "voter" else Close.NOT_ALLOWED
            raise SessionEnded(code, str(error)) from None
        except NotFound as error:
            raise SessionEnded(Close.NO_EPISODE, str(error)) from None
        self.member = member
        try:
            await self._greet(member, hello)
        except StoreDown as error:
            # Nobody can say which ballot this voter has: the device comes back and asks again.
            raise SessionEnded(Close.GOING_DOWN, str(error)) from None
        return member.outbox

    def _hello(self, data: bytes | str) -> Hello:
        try:
            hello = parse(self._codec.decode(data))
        except BadInput as error:
            raise SessionEnded(Close.BAD_MESSAGE, str(error)) from None
        if not isinstance(hello, Hello):
            raise SessionEnded(Close.BAD_MESSAGE, "the first message is hello")
        return hello

    def _admit(self, hello: Hello) -> Member:
        if hello.token:
            self._identity = replace(
                self._token_identity(hello.token),
                viewer=self._identity.viewer,
                viewer_in=self._identity.viewer_in,
            )
        identity = self._identity
        episode = hello.episode
        if hello.channel == "voter" and identity.seat and not episode:
            episode = identity.seat.episode
        if hello.channel == "overlay":
            episode = identity.overlay or identity.replay or episode
        self._studio = studio = self._hub.studio(episode)
        role, who, part = self._role(hello.channel)
        pseudo = studio.pseudonym(self._voter) if self._voter else b""
        self._pace = Pace(LIMITS[role], self._hub.clock.now_ms)
        channel = replays.CHANNEL if role == "replay" else hello.channel
        audience = Audience(studio.episode.id, channel, part)
        outbox = Outbox(self._codec, audience)
        return Member(outbox, role, who, pseudo, entered_ms=self._hub.clock.now_ms())

    def _role(self, channel: str) -> tuple[str, str, str]:
        """(role, who, part of the audience). Raises NotSignedIn or NotAllowed."""
        identity = self._identity
        if channel == "voter":
            self._voter = voter_of(identity, self._studio)
            return self._voter.kind, self._voter.who, self._studio.panel_of(self._voter)
        staff = identity.roles & set(STAFF)
        if channel == "staff":
            if not identity.account:
                raise NotSignedIn
            if not staff:
                raise NotAllowed("this account has no role on this channel")
            return "staff", identity.account, ""
        if identity.replay:
            # What is shown again is no picture of the show, and nobody on it is asked to vote.
            return "replay", "", ""
        if identity.overlay or OVERLAY in identity.roles:
            return "overlay", identity.account, ""
        if staff:
            # The console's own pictures of the overlay: they are not what is on air.
            return "preview", identity.account, ""
        raise NotSignedIn("an overlay needs its link's token")

    async def _greet(self, member: Member, hello: Hello) -> None:
        hub, studio, outbox = self._hub, self._studio, member.outbox
        revision = studio.episode.revision
        resumed = hello.epoch == hub.epoch and hello.rev == revision and member.role != "replay"
        outbox.answer(welcome(hub, studio, you(member.role, member.who, self._identity), resumed))
        if member.role == "replay":
            for message in await hub.replays.greeting(studio):
                outbox.answer(message)
            return
        if not resumed:
            outbox.answer(hub.state(studio, outbox.audience))
        tally = await hub.tally(studio, outbox.audience.channel)
        if tally is not None:
            outbox.answer(tally)
        if self._voter:
            mine = await hub.mine(studio, self._voter)
            if mine is not None:
                outbox.answer(mine)

    # --- after hello ---

    def receive(self, data: bytes | str) -> None:
        """One message. Raises SessionEnded where the client must go."""
        received_ms = self._hub.clock.arrival_ms()
        assert self.member is not None
        if len(data) > LIMITS[self.member.role].bytes_max:
            raise SessionEnded(Close.TOO_BIG)
        if not self._pace.allows():
            raise SessionEnded(Close.TOO_FAST)
        try:
            message = parse(self._codec.decode(data))
        except BadInput as error:
            self.member.outbox.answer(refused(error))
            return
        self._handle(message, received_ms)

    def spend(self) -> None:
        """Count a frame, also one that is no message. Raises SessionEnded where there were too
        many in a second; with the bound on one message that bounds the bytes too."""
        if not self._pace.allows():
            raise SessionEnded(Close.TOO_FAST)

    def _handle(self, message: Inbound, received_ms: int) -> None:
        assert self.member is not None
        outbox = self.member.outbox
        if isinstance(message, Cast):
            self._cast(message, received_ms)
        elif isinstance(message, Ping):
            outbox.answer(Pong(message.c, self._hub.clock.now_ms()))
        elif isinstance(message, Order):
            self._order(message)
        elif isinstance(message, Drawn) and self.member.role in MESSAGE_ROLES["drawn"]:
            self.member.drawn = message
            self.member.drawn_ms = received_ms
            if message.fps:
                self.member.framed_ms = received_ms
        else:
            outbox.answer(refused(NotAllowed("this message is not for your role")))

    def _cast(self, cast: Cast, received_ms: int) -> None:
        assert self.member is not None
        # Not a function in here, which is larger, and made for every ballot.
        done = partial(_answer, self.member.outbox, cast)
        try:
            check_message("cast", self.member.role)
            assert self._voter is not None
            self._check_pass()
            self._hub.cast(self._studio, self._voter, cast, received_ms, done)
        except Refusal as refusal:
            done(refusal)

    def _check_pass(self) -> None:
        """A seat that was issued anew while this tablet was connected votes no more."""
        seat = self._identity.seat
        if seat and self._voter and self._voter.kind == "seat":
            self._studio.check_seat(seat.seat, seat.generation)

    def _order(self, order: Order) -> None:
        assert self.member is not None
        if len(self._orders) >= COMMANDS_MAX:
            self._hub.stats.rejects["busy"] += 1
            raise SessionEnded(Close.TOO_FAST)
        role = self.member.role
        task = asyncio.create_task(self._carry_out(order, self.member.outbox, role))
        self._orders.append(task)
        task.add_done_callback(self._orders.remove)

    async def _carry_out(self, order: Order, outbox: Outbox, role: str) -> None:
        try:
            check_message("command", role)
            check_command(order.name, self._identity.roles)
            command = command_from_plain(order.name, order.args)
            revision = await self._hub.command(
                self._studio, command, self._identity.account, order.expect
            )
        except Refusal as refusal:
            outbox.answer(refused(refusal, order.id))
        except Failure:
            outbox.close(Close.GOING_DOWN)  # the hub knows, and stops
        else:
            outbox.answer(Done(order.id, revision))

    def close(self) -> None:
        """The connection is gone. Commands that were begun are carried out all the same."""
        if self.member is not None:
            self._hub.leave(self._studio, self.member)
            self.member = None
