"""A ballot, the log that keeps every one, and the recount.

The log holds each accepted ballot in order, with a contiguous index from 1.
A voter who changes their mind has several entries; the last one stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from livevote import errors
from livevote.core.tally import Tally, count


class Ballot(NamedTuple):
    """One voter's choice as it goes to the store.

    voter: 16-byte pseudonym. seq: the voter's own counter, from 1, one per new choice.
    received_ms: when its bytes reached the server, milliseconds since 1970.
    """

    voter: bytes
    panel: str
    seq: int
    value: int
    received_ms: int


# Not frozen, like whatever is made for every ballot: a frozen one takes three times as long.
@dataclass(slots=True)
class Entry:
    """One line of a run's log: an accepted ballot at its index."""

    index: int
    voter: bytes
    panel: str
    seq: int
    value: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class Turned:
    """One line of a run's list of ballots that were refused because of the window."""

    voter: bytes
    panel: str
    value: int
    received_ms: int
    answer: Answer


class Answer(IntEnum):
    """What the store says of one ballot. An answer that is not here is never a success."""

    COUNTED = 0
    AGAIN = 1
    SEQ_CONFLICT = 2
    SEQ_STALE = 3
    LATE = 4
    PAUSED = 5
    NOT_OPEN = 6
    FINAL = 7


REFUSALS: dict[Answer, type[errors.BallotRefusal]] = {
    Answer.SEQ_CONFLICT: errors.SeqConflict,
    Answer.SEQ_STALE: errors.SeqStale,
    Answer.LATE: errors.Late,
    Answer.PAUSED: errors.Paused,
    Answer.NOT_OPEN: errors.NotOpen,
    Answer.FINAL: errors.Final,
}


@dataclass(slots=True)
class Outcome:
    """The store's answer to one ballot. `index` is its place in the log when it was counted
    (the first time, where it was sent again), else 0."""

    answer: Answer
    index: int


def standing(log: Iterable[Entry]) -> dict[bytes, Entry]:
    """The last entry of each voter: the ballots that count."""
    last: dict[bytes, Entry] = {}
    for entry in log:
        last[entry.voter] = entry
    return last


def recount(log: Iterable[Entry]) -> Tally:
    """The tally, from nothing but the log. Raises BadInput where an index is missing, a
    sequence number goes back, or a voter changes panel."""
    last: dict[bytes, Entry] = {}
    size = 0
    for entry in log:
        size += 1
        if entry.index != size:
            raise errors.BadInput(f"the log jumps: entry {size} has index {entry.index}")
        earlier = last.get(entry.voter)
        if earlier and entry.seq <= earlier.seq:
            raise errors.BadInput(f"entry {size} repeats a sequence number of its voter")
        if earlier and entry.panel != earlier.panel:
            raise errors.BadInput(f"entry {size} moves its voter to another panel")
        last[entry.voter] = entry
    return count(((entry.panel, entry.value) for entry in last.values()), size)
