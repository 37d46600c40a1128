"""A question to a unit, and the stages it goes through: values and one table. Changes nothing.

A case is public only in what a moderator has let through: of a post that is not `SHOWN` nobody
but its filer, its unit and the desk may read a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from livevote.core.names import Names
from livevote.errors import WrongPhase


class Kind(StrEnum):
    """What the filer asks for."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class Stage(StrEnum):
    """Where a case stands. `closed`, `refused` and `withdrawn` are ends."""

    FILED = "filed"
    WITH_UNIT = "with_unit"
    ANSWERED = "answered"
    ASKED_AGAIN = "asked_again"
    ANSWERED_AGAIN = "answered_again"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What can be done to a case. The filer's own: ask_again, rate, withdraw; the rest is
    staff's. erase is anybody's who may ask for it."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    FORWARD = "forward"
    RETURN = "return"
    RECLASSIFY = "reclassify"
    HANDLE = "handle"
    ANSWER = "answer"
    ASK_AGAIN = "ask_again"
    RATE = "rate"
    WITHDRAW = "withdraw"
    ERASE = "erase"


STEPS: dict[tuple[Stage, Step], Stage] = {
    (Stage.FILED, Step.ACCEPT): Stage.WITH_UNIT,
    (Stage.FILED, Step.REFUSE): Stage.REFUSED,
    (Stage.FILED, Step.WITHDRAW): Stage.WITHDRAWN,
    (Stage.WITH_UNIT, Step.FORWARD): Stage.WITH_UNIT,
    # A unit that has answered once has made it its own: it does not come back from asked_again.
    (Stage.WITH_UNIT, Step.RETURN): Stage.FILED,
    (Stage.WITH_UNIT, Step.RECLASSIFY): Stage.WITH_UNIT,
    (Stage.WITH_UNIT, Step.HANDLE): Stage.WITH_UNIT,
    (Stage.WITH_UNIT, Step.ANSWER): Stage.ANSWERED,
    (Stage.WITH_UNIT, Step.WITHDRAW): Stage.WITHDRAWN,
    (Stage.ANSWERED, Step.ASK_AGAIN): Stage.ASKED_AGAIN,
    (Stage.ANSWERED, Step.RATE): Stage.CLOSED,
    (Stage.ASKED_AGAIN, Step.FORWARD): Stage.ASKED_AGAIN,
    (Stage.ASKED_AGAIN, Step.RECLASSIFY): Stage.ASKED_AGAIN,
    (Stage.ASKED_AGAIN, Step.HANDLE): Stage.ASKED_AGAIN,
    (Stage.ASKED_AGAIN, Step.ANSWER): Stage.ANSWERED_AGAIN,
    (Stage.ASKED_AGAIN, Step.WITHDRAW): Stage.WITHDRAWN,
    (Stage.ANSWERED_AGAIN, Step.RATE): Stage.CLOSED,
    # What nobody can read any more nobody can answer or ask about.
    (Stage.FILED, Step.ERASE): Stage.WITHDRAWN,
    (Stage.WITH_UNIT, Step.ERASE): Stage.WITHDRAWN,
    (Stage.ASKED_AGAIN, Step.ERASE): Stage.WITHDRAWN,
    (Stage.ANSWERED, Step.ERASE): Stage.CLOSED,
    (Stage.ANSWERED_AGAIN, Step.ERASE): Stage.CLOSED,
    (Stage.CLOSED, Step.ERASE): Stage.CLOSED,
    (Stage.REFUSED, Step.ERASE): Stage.REFUSED,
    (Stage.WITHDRAWN, Step.ERASE): Stage.WITHDRAWN,
}

# Somebody owes the filer something, by a date.
WAITING = frozenset({Stage.FILED, Stage.WITH_UNIT, Stage.ASKED_AGAIN})


def after(stage: Stage, step: Step) -> Stage:
    """The stage that `step` leads to. Raises WrongPhase, naming what would be possible."""
    try:
        return STEPS[stage, step]
    except KeyError:
        possible = ", ".join(steps_from(stage))
        raise WrongPhase(
            f"cannot {step} a case that is {stage}; possible now: {possible}"
        ) from None


def steps_from(stage: Stage) -> tuple[Step, ...]:
    """The steps that a case at this stage allows, in the order of the table."""
    return tuple(step for (source, step) in STEPS if source == stage)


class Rating(StrEnum):
    """The filer's vote on the answers."""

    SATISFIED = "satisfied"
    FAIR = "fair"
    UNSATISFIED = "unsatisfied"


class Moderation(StrEnum):
    """Whether the public may read a post."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Author(StrEnum):
    FILER = "filer"
    UNIT = "unit"


class Target(StrEnum):
    """What a case may be promoted to."""

    SHOW = "show"
    PLEDGE = "pledge"


class Erasure(StrEnum):
    """What is erased on request: how the filer can be reached, or every word of the case too."""

    CONTACT = "contact"
    ALL = "all"


@dataclass(frozen=True)
class Unit:
    """An office that answers. id: what cases call it. An account of a unit is bound to the Chinese
    name, as in the ledger, so one account works in both."""

    id: str
    name: Names


@dataclass(frozen=True)
class Limits:
    """Working days in which something is owed, counted from the day after. complex replaces the
    kind's own."""

    accept: int = 1
    enquiry: int = 2
    complaint: int = 5
    suggestion: int = 5
    complex: int = 15

    def answer(self, kind: Kind, hard: bool) -> int:
        """The days for an answer. hard: the case was found complex."""
        if hard:
            return self.complex
        return {
            Kind.ENQUIRY: self.enquiry,
            Kind.COMPLAINT: self.complaint,
            Kind.SUGGESTION: self.suggestion,
        }[kind]


@dataclass(frozen=True)
class Post:
    """One text of a thread. by: the office that answers, never a name; "" for the filer. due_ms:
    by when an answer was owed, 0 for the filer's own. shown_text, shown_photos: what the public
    reads and sees of it, where it is SHOWN."""

    author: Author
    at_ms: int
    text: str
    unit: str = ""
    by: str = ""
    due_ms: int = 0
    photos: tuple[str, ...] = ()
    moderation: Moderation = Moderation.WAITING
    shown_text: str = ""
    shown_photos: tuple[str, ...] = ()

    @property
    def late(self) -> bool:
        return 0 < self.due_ms <= self.at_ms


@dataclass(frozen=True)
class Forward:
    """A case that went from one unit to another, or ("") back to the desk. due_ms: what the clock
    said before."""

    at_ms: int
    source: str
    unit: str
    reason: str
    due_ms: int


@dataclass(frozen=True)
class Promotion:
    """id: of the segment in `episode`, or of the pledge (episode "")."""

    at_ms: int
    to: Target
    id: str
    episode: str = ""


@dataclass(frozen=True)
class Promise:
    """What a pledge is made of, beside the case: what is promised, by which day (ISO), and how it
    will be measured."""

    text: str
    due: str
    target: str = ""


@dataclass(frozen=True)
class Case:
    """One question: the fold of its events. may_publish: the filer allows it. due_ms: the end of
    what is owed now, 0 where nothing is. handler: the office in the unit. erased: "" nothing.
    form: what it was filed with, see core.desk.FileCase."""

    id: str
    kind: Kind
    unit: str
    title: str
    filed_ms: int
    due_ms: int
    posts: tuple[Post, ...]
    stage: Stage = Stage.FILED
    lang: str = "zh"
    name: str = ""
    contact: str = ""
    may_publish: bool = True
    shown_title: str = ""
    hard: bool = False
    handler: str = ""
    accepted_ms: int = 0
    clock_ms: int = 0
    refused_for: str = ""
    forwards: tuple[Forward, ...] = ()
    rating: Rating | None = None
    promotions: tuple[Promotion, ...] = ()
    erased: str = ""
    form: str = ""
    changed_ms: int = 0

    def overdue(self, now_ms: int) -> bool:
        return self.stage in WAITING and now_ms >= self.due_ms

    @property
    def public(self) -> bool:
        """Whether there is a public thread: its question is shown."""
        return self.may_publish and self.posts[0].moderation is Moderation.SHOWN

    @property
    def to_moderate(self) -> tuple[int, ...]:
        """The places of the posts that wait for a moderator. Of a case that was refused, or that
        the filer wants kept between themselves and the unit, none."""
        if not self.may_publish or self.erased == Erasure.ALL or self.stage is Stage.REFUSED:
            return ()
        return tuple(
            place for place, post in enumerate(self.posts) if post.moderation is Moderation.WAITING
        )

    @property
    def photos(self) -> tuple[str, ...]:
        return tuple(name for post in self.posts for name in post.photos)


NO_CASES: Mapping[str, Case] = MappingProxyType({})


@dataclass(frozen=True)
class Desk:
    """All cases of one server, by number, oldest first; and how the desk is set. taking: whether
    anybody may file. revision counts the log's events."""

    revision: int = 0
    taking: bool = False
    units: tuple[Unit, ...] = ()
    limits: Limits = Limits()
    cases: Mapping[str, Case] = field(default_factory=lambda: NO_CASES)

    def unit(self, unit_id: str) -> Unit | None:
        return next((unit for unit in self.units if unit.id == unit_id), None)

    @property
    def open_cases(self) -> int:
        return sum(case.stage in WAITING for case in self.cases.values())
