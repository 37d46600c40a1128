"""What became of pledges and questions, as the open record says it: facts for anyone.

Who keeps the ledger and the question desk makes these; accounts, files and people are not in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from livevote.core.names import Names


@dataclass(frozen=True)
class PledgeStep:
    """One move. day: local, 2026-12-31. due: the new date of a reschedule, else ""."""

    day: str
    move: str
    note: str = ""
    due: str = ""


@dataclass(frozen=True)
class PledgeFact:
    """One pledge as it stands. earlier: the dates that held before `due`, oldest first. state: as
    it follows from the date, so also "overdue". segment: where it was made, "" for elsewhere."""

    id: str
    number: int
    unit: Names
    post: Names
    text: str
    target: str
    made: str
    due: str
    state: str
    earlier: tuple[str, ...] = ()
    days_late: int = 0
    episode: str = ""
    segment: str = ""
    steps: tuple[PledgeStep, ...] = ()
    made_ms: int = 0
    changed_ms: int = 0


@dataclass(frozen=True)
class DeskFact:
    """A unit's questions. accepted: that it had to answer; in_time: of those answered; rated: by
    whoever asked, as one of the three."""

    unit: Names
    accepted: int
    answered: int
    in_time: int
    satisfied: int = 0
    fair: int = 0
    unsatisfied: int = 0

    @property
    def rated(self) -> int:
        return self.satisfied + self.fair + self.unsatisfied


@dataclass(frozen=True)
class ThreadFact:
    """A question that everybody may read, and that a segment of a show asked. case: its number."""

    case: str
    title: str


@dataclass(frozen=True)
class Delivery:
    pledges: tuple[PledgeFact, ...] = ()
    desk: tuple[DeskFact, ...] = ()


# A show's id → what became of its pledges and questions.
DeliveryOf = Callable[[str], Delivery]
# An episode's id → its segments' ids → the questions that they asked.
ThreadsOf = Callable[[str], Mapping[str, tuple[ThreadFact, ...]]]


def none_kept(show: str) -> Delivery:
    """Where no ledger and no desk are kept."""
    return Delivery()


def none_asked(episode: str) -> Mapping[str, tuple[ThreadFact, ...]]:
    return {}
