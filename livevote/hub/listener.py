"""The conversation of a socket that only listens to a feed: it is told, and says nothing."""

from __future__ import annotations

from livevote.hub.admission import LIMITS, Pace
from livevote.hub.fanout import Outbox
from livevote.hub.feed import KEYED
from livevote.hub.hub import Hub
from livevote.hub.session import SessionEnded
from livevote.hub.studio import Member, Studio
from livevote.wire.codec import FLAT
from livevote.wire.codes import Close


class Listener:
    """Made for each connection. studio: None where no episode is on."""

    def __init__(self, hub: Hub, studio: Studio | None, part: str) -> None:
        self._hub = hub
        self._studio = studio
        self._part = part
        self._role = "machine" if part == KEYED else "listener"
        self._pace = Pace(LIMITS[self._role], hub.clock.now_ms)
        self._member: Member | None = None

    async def open(self, data: bytes | str) -> Outbox:
        """The outbox, with the newest fields in it. Raises SessionEnded."""
        if self._studio is None:
            raise SessionEnded(Close.NO_EPISODE)
        outbox = await self._hub.feed.subscription(self._studio, self._part, FLAT)
        member = Member(outbox, self._role, "")
        if not self._hub.enter(self._studio, member):
            raise SessionEnded(Close.FULL)
        self._member = member
        return outbox

    def receive(self, data: bytes | str) -> None:
        """Some programs send a word to keep the line alive; it is counted, and means nothing.
        Raises SessionEnded."""
        if len(data) > LIMITS[self._role].bytes_max:
            raise SessionEnded(Close.TOO_BIG)
        self.spend()

    def spend(self) -> None:
        if not self._pace.allows():
            raise SessionEnded(Close.TOO_FAST)

    def close(self) -> None:
        if self._studio and self._member:
            self._hub.leave(self._studio, self._member)
            self._member = None
