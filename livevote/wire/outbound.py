"""Messages that the server sends, named as PROTOCOL.md names them.

Not frozen: one is made for every ballot, and a frozen one takes three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar


@dataclass(slots=True)
class Outbound:
    """The root of all messages to clients. `t` is the name on the wire."""

    t: ClassVar[str] = ""

    def plain(self) -> dict[str, Any]:
        names, values = _PARTS[self.t]
        return dict(zip(names, values(self), strict=True))


@dataclass(slots=True)
class Welcome(Outbound):
    """The answer to hello. now: the server's clock in ms. you: who the server takes you for."""

    t: ClassVar[str] = "welcome"
    v: int
    now: int
    epoch: str
    rev: int
    resumed: bool
    durability: str
    you: dict[str, Any]


@dataclass(slots=True)
class State(Outbound):
    """All that this channel may know of the episode, whole; after every change, at once."""

    t: ClassVar[str] = "state"
    epoch: str
    rev: int
    now: int
    view: dict[str, Any]


@dataclass(slots=True)
class TallyFrame(Outbound):
    """The count of a run, on the beat. size orders the frames of a run. live: the running
    result (as `result` in a state), or null while it is held or for voters."""

    t: ClassVar[str] = "tally"
    run: str
    size: int
    n: int
    N: int
    online: int
    live: dict[str, Any] | None


@dataclass(slots=True)
class Counted(Outbound):
    """The ballot is durable. again: it was already, and this is its first receipt once more."""

    t: ClassVar[str] = "counted"
    run: str
    seq: int
    value: int
    index: int
    receipt: str
    again: bool

    def plain(self) -> dict[str, Any]:
        # As above, by hand: made for every ballot.
        return {
            "t": "counted",
            "run": self.run,
            "seq": self.seq,
            "value": self.value,
            "index": self.index,
            "receipt": self.receipt,
            "again": self.again,
        }


@dataclass(slots=True)
class NotCounted(Outbound):
    """The ballot is not in the log. retry: send the same again, after retry_after_ms."""

    t: ClassVar[str] = "not_counted"
    run: str
    seq: int
    code: str
    message: str
    retry: bool
    retry_after_ms: int


@dataclass(slots=True)
class Mine(Outbound):
    """After hello, and whenever a run is armed: this voter's counted ballot in the shown run;
    seq 0 is none yet. The next new choice takes seq + 1."""

    t: ClassVar[str] = "mine"
    run: str
    seq: int
    value: int
    index: int
    receipt: str


@dataclass(slots=True)
class Done(Outbound):
    """A command was carried out; the episode is now at rev."""

    t: ClassVar[str] = "done"
    id: str
    rev: int


@dataclass(slots=True)
class Refused(Outbound):
    """A command (id) or a message (id "") was refused and changed nothing."""

    t: ClassVar[str] = "refused"
    id: str
    code: str
    message: str
    where: str
    retry: bool
    retry_after_ms: int


@dataclass(slots=True)
class Pong(Outbound):
    """c: the client's clock as sent; now: the server's."""

    t: ClassVar[str] = "pong"
    c: int
    now: int


@dataclass(slots=True)
class Ops(Outbound):
    """To staff, twice a second: how the server and the audience are."""

    t: ClassVar[str] = "ops"
    now: int
    seats_online: int
    seats_voted: int
    missing: list[str]
    absent: list[str]
    viewers: int
    overlays: list[dict[str, Any]]
    ack_p50_ms: float
    ack_p95_ms: float
    waiting: int
    rejects: dict[str, int]
    store: dict[str, Any]
    warnings: list[dict[str, Any]]


# A dataclass with slots takes the place of the class as written, and both stay listed until
# the first is collected: the later of a name is the one in use.
MESSAGES: tuple[type[Outbound], ...] = tuple(
    {cls.t: cls for cls in Outbound.__subclasses__()}.values()
)

# The names of each message's parts, and what takes their values all at once.
_PARTS = {
    cls.t: (names, attrgetter(*names))
    for cls in MESSAGES
    for names in [("t", *(field.name for field in fields(cls)))]
}
