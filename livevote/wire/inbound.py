"""Messages that clients send, named as PROTOCOL.md names them, and how each is read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import itemgetter
from typing import Any

from livevote.errors import BadInput

VERSION = 1
TEXT_MAX = 200
SEQ_END = 2**31
# Bounds of what an overlay says of itself: staff read it, and it goes to every console.
DRAWN_MAX = {"width": 32_767, "height": 32_767, "fps": 1000, "size": 2**53}


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message, within 5 s. epoch and rev: what the client already has, to resume."""

    v: int
    channel: str
    episode: str = ""
    token: str = ""
    epoch: str = ""
    rev: int = 0


# Not frozen: made for every ballot, and a frozen one takes three times as long.
@dataclass(slots=True)
class Cast:
    """One ballot. seq: this voter's counter in this run, from 1, one more per new choice;
    the same again when the same ballot is sent again."""

    run: str
    seq: int
    value: int


@dataclass(frozen=True, slots=True)
class Ping:
    """c: the client's clock, given back in pong."""

    c: int


@dataclass(frozen=True, slots=True)
class Order:
    """A command of staff. id: the sender's own, given back. expect: the revision on which the
    decision rests; 0 is any."""

    id: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    expect: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """An overlay's heartbeat, every 2 s: its picture in px, the frames it drew a second (0: the
    host has stopped drawing it), the size of the tally it shows, its user agent, and the program
    that shows it, where the page knows."""

    width: int
    height: int
    fps: int
    size: int
    agent: str = ""
    host: str = ""


Inbound = Hello | Cast | Ping | Order | Drawn

CHANNELS = ("voter", "overlay", "staff")

_CAST_PARTS = itemgetter("t", "run", "seq", "value")

KINDS: dict[str, type[Any]] = {
    "hello": Hello,
    "cast": Cast,
    "ping": Ping,
    "command": Order,
    "drawn": Drawn,
}

_TYPES: dict[str, type] = {"int": int, "str": str, "dict[str, Any]": dict}
# class → (name, type) of each field, once for all messages.
_FIELDS: dict[type[Any], tuple[tuple[str, type], ...]] = {
    cls: tuple((spec.name, _TYPES[str(spec.type)]) for spec in fields(cls))
    for cls in KINDS.values()
}


def parse(plain: Any) -> Inbound:
    """A decoded message as a value. Raises BadInput with the field that is wrong; fields that
    this version does not know are passed over, so that a newer client can talk to us."""
    return _good_cast(plain) or by_the_table(plain)


def _good_cast(plain: Any) -> Cast | None:
    """A ballot with nothing wrong in it, quickly: they come by the thousand."""
    try:
        kind, run, seq, value = _CAST_PARTS(plain)
    except (TypeError, LookupError):
        return None
    right = (
        kind == "cast"
        and type(run) is str
        and len(run) <= TEXT_MAX
        and type(seq) is int
        and 0 < seq < SEQ_END
        and type(value) is int
    )
    return Cast(run, seq, value) if right else None


def by_the_table(plain: Any) -> Inbound:
    """Any message, and what is wrong with it."""
    if not isinstance(plain, dict):
        raise BadInput("a message is a map")
    kind = plain.get("t")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise BadInput("there is no such message", where="t")
    known: dict[str, Any] = {}
    for name, wanted in _FIELDS[cls]:
        if name not in plain:
            continue
        value: Any = plain[name]
        if type(value) is not wanted:
            raise BadInput(f"expected {wanted.__name__}", where=name)
        if isinstance(value, str) and len(value) > TEXT_MAX:
            raise BadInput(f"at most {TEXT_MAX} characters", where=name)
        known[name] = value
    try:
        message: Inbound = cls(**known)
    except TypeError:
        missing = [name for name, _ in _FIELDS[cls] if name not in known]
        raise BadInput("missing", where=missing[0]) from None
    _check(message)
    return message


def _check(message: Inbound) -> None:
    if isinstance(message, Cast) and not 0 < message.seq < SEQ_END:
        raise BadInput("a sequence number is 1 or more", where="seq")
    elif isinstance(message, Drawn):
        _check_drawn(message)
    if isinstance(message, Hello):
        if message.v != VERSION:
            raise BadInput(f"this server speaks version {VERSION}", where="v")
        if message.channel not in CHANNELS:
            raise BadInput(f"a channel is {', '.join(CHANNELS)}", where="channel")


def _check_drawn(drawn: Drawn) -> None:
    for name, most in DRAWN_MAX.items():
        if not 0 <= getattr(drawn, name) <= most:
            raise BadInput(f"from 0 to {most}", where=name)
