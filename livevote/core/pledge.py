"""A pledge: what was promised on air, by when, how one will see it, and what became of it.

Values, the table of moves, and what follows by rule from a pledge, a day and a calendar: whether it
is overdue, how late it is, who has to act. Nobody sets "overdue" by hand. No clock here: the day is
given, as the server's local date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from livevote.core.names import Names
from livevote.core.result import percent_text
from livevote.core.workdays import Calendar
from livevote.errors import BadInput, WrongPhase

# A unit says within so many working days that the pledge is its own; whoever checks a delivery has
# so many; and a date that comes is told so many working days before.
ACCEPT_WORKDAYS = 3
VERIFY_WORKDAYS = 10
REMIND_WORKDAYS = 10


class State(StrEnum):
    """Where a pledge stands. `overdue` is never stored: it follows from the date."""

    MADE = "made"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    RESCHEDULED = "rescheduled"
    OVERDUE = "overdue"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What can be done to a pledge. `note` changes nothing: words and files beside it. `withdraw`
    takes out what was entered by mistake."""

    ACCEPT = "accept"
    START = "start"
    CLAIM = "claim"
    VERIFY = "verify"
    DISPUTE = "dispute"
    RESCHEDULE = "reschedule"
    BREAK = "break"
    WITHDRAW = "withdraw"
    NOTE = "note"


# A pledge that is overdue may also make the moves of the state it was in.
MOVES: dict[tuple[State, Move], State] = {
    (State.MADE, Move.ACCEPT): State.ACCEPTED,
    (State.MADE, Move.WITHDRAW): State.WITHDRAWN,
    (State.ACCEPTED, Move.START): State.IN_PROGRESS,
    (State.ACCEPTED, Move.CLAIM): State.CLAIMED,
    (State.ACCEPTED, Move.RESCHEDULE): State.RESCHEDULED,
    (State.IN_PROGRESS, Move.CLAIM): State.CLAIMED,
    (State.IN_PROGRESS, Move.RESCHEDULE): State.RESCHEDULED,
    (State.RESCHEDULED, Move.START): State.IN_PROGRESS,
    (State.RESCHEDULED, Move.CLAIM): State.CLAIMED,
    (State.RESCHEDULED, Move.RESCHEDULE): State.RESCHEDULED,
    (State.CLAIMED, Move.VERIFY): State.VERIFIED,
    (State.CLAIMED, Move.DISPUTE): State.DISPUTED,
    (State.DISPUTED, Move.START): State.IN_PROGRESS,
    (State.DISPUTED, Move.CLAIM): State.CLAIMED,
    (State.DISPUTED, Move.RESCHEDULE): State.RESCHEDULED,
    (State.DISPUTED, Move.BREAK): State.BROKEN,
    (State.OVERDUE, Move.CLAIM): State.CLAIMED,
    (State.OVERDUE, Move.RESCHEDULE): State.RESCHEDULED,
    (State.OVERDUE, Move.BREAK): State.BROKEN,
    # What was declared done is looked at again when it does not hold; late is better than never.
    (State.VERIFIED, Move.DISPUTE): State.DISPUTED,
    (State.BROKEN, Move.CLAIM): State.CLAIMED,
}

# The unit still has to deliver; a date that passes makes these overdue.
OPEN = frozenset({State.MADE, State.ACCEPTED, State.IN_PROGRESS, State.DISPUTED, State.RESCHEDULED})

# The words of these are the finding itself; a claim without proof is only talk.
NEEDS_NOTE = frozenset(
    {Move.VERIFY, Move.DISPUTE, Move.RESCHEDULE, Move.BREAK, Move.WITHDRAW, Move.NOTE}
)
NEEDS_FILES = frozenset({Move.CLAIM})


@dataclass(frozen=True)
class File:
    """One piece of evidence. sha256: of its content, and where it is kept. type: by its content."""

    sha256: str
    name: str
    type: str = ""
    size: int = 0


@dataclass(frozen=True)
class Step:
    """One move as it was made. role: in which `by` acted. day: the local date. due: the new date
    of a reschedule."""

    at_ms: int
    day: str
    by: str
    role: str
    move: Move
    state: State
    note: str = ""
    files: tuple[File, ...] = ()
    due: str = ""


@dataclass(frozen=True)
class Origin:
    """Where it was spoken, by the ids of this server; all "" for one that was brought in from
    elsewhere. at_ms: when, by the server's clock. timecode: of the recording, as it was given."""

    show: str = ""
    episode: str = ""
    segment: str = ""
    run: str = ""
    at_ms: int = 0
    timecode: str = ""


@dataclass(frozen=True)
class Pledge:
    """post: the office that answers for it, never a name. due: the date that holds now; dues: the
    dates before it, oldest first. wanted: the evidence that will show it. number: what people call
    it by, from 1. made_day: the local date on which it was entered."""

    id: str
    unit: Names
    text: str
    due: str
    post: Names = Names()
    target: str = ""
    wanted: str = ""
    question: str = ""
    origin: Origin = Origin()
    number: int = 0
    made_day: str = ""
    state: State = State.MADE
    dues: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def claimed_day(self) -> str:
        """When it was last said to be done; "" for never."""
        return next((s.day for s in reversed(self.steps) if s.move is Move.CLAIM), "")

    @property
    def evidence(self) -> tuple[File, ...]:
        """All files, each once."""
        return tuple({file.sha256: file for step in self.steps for file in step.files}.values())


def day_of(text: str, where: str) -> date:
    """Raises BadInput for what is no date written 2026-12-31."""
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("a date is written 2026-12-31", where=where) from None


# --- by rule ---


def last_day(pledge: Pledge, calendar: Calendar) -> date:
    """The last day on which delivery is in time: the promised date, or the next working day where
    that date is free (Civil Code of China, article 203)."""
    return calendar.next_workday(date.fromisoformat(pledge.due))


def standing(pledge: Pledge, today: date, calendar: Calendar) -> State:
    """The state, with what follows from the date."""
    if pledge.state in OPEN and today > last_day(pledge, calendar):
        return State.OVERDUE
    return pledge.state


def moves(pledge: Pledge, today: date, calendar: Calendar) -> dict[Move, State]:
    """What can be done now, and where it leads, in the order of the table."""
    stands = standing(pledge, today, calendar)
    found = {move: to for (state, move), to in MOVES.items() if state in (pledge.state, stands)}
    return {**found, Move.NOTE: pledge.state}


def after(pledge: Pledge, move: Move, today: date, calendar: Calendar) -> State:
    """The state that `move` leads to. Raises WrongPhase, naming what would be possible."""
    possible = moves(pledge, today, calendar)
    if move not in possible:
        stands = standing(pledge, today, calendar)
        raise WrongPhase(
            f"cannot {move} a pledge that is {stands}; possible now: {', '.join(possible)}"
        )
    return possible[move]


def delivered_day(pledge: Pledge, today: date) -> date | None:
    """The day that delivery counts from: of the claim, while it is not disputed (checking it is
    not the unit's delay); today where nothing is claimed; None for what was withdrawn."""
    if pledge.state is State.WITHDRAWN:
        return None
    if pledge.state in (State.CLAIMED, State.VERIFIED) and pledge.claimed_day:
        return date.fromisoformat(pledge.claimed_day)
    return today


def days_late(pledge: Pledge, today: date, calendar: Calendar) -> int:
    """Calendar days after the last day; 0 in time."""
    day = delivered_day(pledge, today)
    return max((day - last_day(pledge, calendar)).days, 0) if day else 0


def workdays_late(pledge: Pledge, today: date, calendar: Calendar) -> int:
    day = delivered_day(pledge, today)
    return max(calendar.workdays_between(last_day(pledge, calendar), day), 0) if day else 0


# --- who has to act ---


class Duty(StrEnum):
    """accept: say that it is yours. deliver: the date comes, or has passed. verify: check what is
    said to be done. decide: it is overdue; give a new date or declare it broken. report: tell what
    was found."""

    ACCEPT = "accept"
    DELIVER = "deliver"
    VERIFY = "verify"
    DECIDE = "decide"
    REPORT = "report"


# By whom, as roles are called.
DUTY_OF: dict[Duty, str] = {
    Duty.ACCEPT: "unit",
    Duty.DELIVER: "unit",
    Duty.VERIFY: "supervision",
    Duty.DECIDE: "supervision",
    Duty.REPORT: "media",
}


@dataclass(frozen=True)
class Reminder:
    """by: the day by which it should be done. workdays: until then; negative when it has passed."""

    pledge: str
    duty: Duty
    by: str
    workdays: int


def reminders(pledges: Iterable[Pledge], today: date, calendar: Calendar) -> list[Reminder]:
    """The daily list: who has to do what, the most urgent first."""
    found = [
        Reminder(pledge.id, duty, by.isoformat(), calendar.workdays_between(today, by))
        for pledge in pledges
        for duty, by in _duties(pledge, today, calendar)
    ]
    return sorted(found, key=lambda one: one.by)


def _duties(pledge: Pledge, today: date, calendar: Calendar) -> Iterator[tuple[Duty, date]]:
    last = last_day(pledge, calendar)
    if pledge.state is State.MADE:
        made = date.fromisoformat(pledge.made_day)
        yield Duty.ACCEPT, calendar.add_workdays(made, ACCEPT_WORKDAYS)
    if pledge.state in OPEN:
        if calendar.workdays_between(today, last) <= REMIND_WORKDAYS:
            yield Duty.DELIVER, last
        if today > last:
            yield Duty.DECIDE, calendar.add_workdays(last, ACCEPT_WORKDAYS)
    if pledge.state is State.CLAIMED:
        claimed = date.fromisoformat(pledge.claimed_day)
        yield Duty.VERIFY, calendar.add_workdays(claimed, VERIFY_WORKDAYS)
    if found := _unreported(pledge):
        yield Duty.REPORT, calendar.add_workdays(date.fromisoformat(found.day), VERIFY_WORKDAYS)


_FINDINGS = (Move.VERIFY, Move.DISPUTE, Move.BREAK)


def _unreported(pledge: Pledge) -> Step | None:
    """The newest finding, unless the media group has written of it since."""
    for step in reversed(pledge.steps):
        if step.role == DUTY_OF[Duty.REPORT]:
            return None
        if step.move in _FINDINGS:
            return step
    return None


# --- the ranking by delivery ---


@dataclass(frozen=True)
class Delivery:
    """One unit's record. rank: 1 is best, equal ranks are shared; 0 where nothing was found yet.
    all: its pledges. due: those found verified, broken or overdue; kept: of these the verified;
    in_time: of these without delay. percent: kept of due. days_late: of all of them together."""

    unit: Names
    all: int
    due: int
    kept: int
    in_time: int
    days_late: int
    percent: str
    rank: int = 0


def deliveries(pledges: Iterable[Pledge], today: date, calendar: Calendar) -> tuple[Delivery, ...]:
    """Units by the share of pledges that were kept, then by fewer days late, then by more kept. A
    unit is told by its Chinese name; a delivery that nobody has checked yet moves nothing."""
    of_unit: dict[str, list[Pledge]] = {}
    for pledge in pledges:
        if pledge.state is not State.WITHDRAWN:
            of_unit.setdefault(pledge.unit.zh, []).append(pledge)
    rows = [_delivery(found, today, calendar) for found in of_unit.values()]
    rows.sort(key=lambda row: (_merit(row), row.unit.zh))
    ranked: list[Delivery] = []
    for place, row in enumerate(rows, 1):
        shares = bool(ranked) and _merit(ranked[-1]) == _merit(row)
        rank = ranked[-1].rank if shares else place
        ranked.append(replace(row, rank=rank if row.due else 0))
    return tuple(ranked)


def _delivery(pledges: list[Pledge], today: date, calendar: Calendar) -> Delivery:
    stands = [standing(pledge, today, calendar) for pledge in pledges]
    late = [days_late(pledge, today, calendar) for pledge in pledges]
    kept = stands.count(State.VERIFIED)
    due = kept + stands.count(State.OVERDUE) + stands.count(State.BROKEN)
    return Delivery(
        unit=pledges[-1].unit,
        all=len(pledges),
        due=due,
        kept=kept,
        in_time=sum(s is State.VERIFIED and not d for s, d in zip(stands, late, strict=True)),
        days_late=sum(late),
        percent=percent_text(kept, due),
    )


def _merit(row: Delivery) -> tuple[bool, Fraction, int, int]:
    """Smaller is better."""
    share = Fraction(-row.kept, row.due) if row.due else Fraction(0)
    return not row.due, share, row.days_late, -row.kept
