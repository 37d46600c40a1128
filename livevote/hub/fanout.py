"""Frames out: encoded and framed once per codec, the same bytes to everyone, newest wins.

A subscriber is an Outbox. While its connection takes bytes they go straight
through. While it does not, slots hold the newest frame of a kind and a short
queue the answers that are its own, so a slow screen skips frames and holds
nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from livevote.hub.stats import Stats
from livevote.wire.codec import Codec
from livevote.wire.outbound import Outbound

CHUNK = 100
ANSWERS_MAX = 256


class Message(Protocol):
    """What can be shown: a message of the protocol, or a feed's fields."""

    def plain(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets the same frame. part: for voters the panel, so that all in it see one view."""

    episode: str
    channel: str
    part: str = ""


@dataclass(eq=False, slots=True)
class Outbox:
    """The way to one connection, for framed bytes: straight through while it takes them, and what
    waits while it does not."""

    codec: Codec
    audience: Audience
    close_code: int = 0
    # Given by the connection while it takes bytes; None while it does not.
    write: Callable[[bytes], object] | None = None
    on_close: Callable[[], None] | None = None
    _answers: list[bytes] = field(default_factory=list)
    _slots: dict[str, bytes] = field(default_factory=dict)

    def answer(self, message: Outbound) -> None:
        """Send a message that is this subscriber's own."""
        self.put(self.codec.frame(message.plain()))

    def put(self, frame: bytes) -> None:
        """The same, framed already. One that does not read its answers is closed rather than
        remembered for ever."""
        if self.write is not None:
            self.write(frame)
        elif len(self._answers) < ANSWERS_MAX:
            self._answers.append(frame)
        else:
            self.close(4429)

    def show(self, slot: str, frame: bytes) -> None:
        """Newest frame wins: a screen that fell behind wants the score now, not the nine
        scores it missed."""
        if self.write is not None:
            self.write(frame)
        else:
            self._slots[slot] = frame

    def close(self, code: int) -> None:
        self.close_code = self.close_code or code
        if self.on_close:
            self.on_close()

    def take(self) -> list[bytes]:
        """All that waits: answers first, then frames."""
        if not self._slots:
            frames, self._answers = self._answers, []
            return frames
        frames = [*self._answers, *self._slots.values()]
        self._answers.clear()
        self._slots.clear()
        return frames


class Fanout:
    """Who is subscribed to what."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._members: dict[Audience, dict[Outbox, None]] = {}

    def join(self, outbox: Outbox) -> None:
        self._members.setdefault(outbox.audience, {})[outbox] = None

    def leave(self, outbox: Outbox) -> None:
        members = self._members.get(outbox.audience, {})
        members.pop(outbox, None)
        if not members:
            self._members.pop(outbox.audience, None)

    def move(self, outbox: Outbox, part: str) -> None:
        """To another part of its channel."""
        if outbox.audience.part != part:
            self.leave(outbox)
            outbox.audience = replace(outbox.audience, part=part)
            self.join(outbox)

    def audiences(self, episode: str, channel: str) -> list[Audience]:
        """The audiences of a channel that have anyone in them."""
        return [a for a in self._members if a.episode == episode and a.channel == channel]

    def members(self, episode: str, channel: str = "") -> Iterable[Outbox]:
        for audience, members in list(self._members.items()):
            if audience.episode == episode and channel in ("", audience.channel):
                yield from list(members)

    async def show(self, audience: Audience, slot: str, message: Message) -> None:
        """Put one frame before everyone in an audience, a hundred at a time so that
        acknowledgements are not held up behind it."""
        members = list(self._members.get(audience, ()))
        plain = message.plain()
        encoded: dict[str, bytes] = {}
        for first in range(0, len(members), CHUNK):
            for outbox in members[first : first + CHUNK]:
                name = outbox.codec.subprotocol
                if name not in encoded:
                    encoded[name] = outbox.codec.frame(plain)
                outbox.show(slot, encoded[name])
            self._stats.frames += len(members[first : first + CHUNK])
            if first + CHUNK < len(members):
                await asyncio.sleep(0)
