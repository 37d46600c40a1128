"""All pledges of one server: a fold of events, and `decide` from a command to what follows.

One log for all shows, since a pledge outlives its episode. Commands carry what core may not make
itself: ids, the day, and what the evidence folder was seen to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from livevote.core import event as ev
from livevote.core import pledge as rules
from livevote.core.names import Names
from livevote.core.pledge import (
    NEEDS_FILES,
    NEEDS_NOTE,
    File,
    Move,
    Pledge,
    State,
    Step,
    day_of,
)
from livevote.core.workdays import CHINA, Calendar
from livevote.errors import BadInput, NotFound, WrongPhase

PLEDGES_MAX = 5000
STEPS_MAX = 500
FILES_MAX = 10
TEXT_MAX = 2000
NAME_MAX = 120
ID_MAX = 32
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Ledger:
    """pledges: by id, in the order in which they were entered. years: published since this
    release."""

    revision: int = 0
    pledges: Mapping[str, Pledge] = field(default_factory=dict)
    years: tuple[ev.YearPublished, ...] = ()

    @cached_property
    def calendar(self) -> Calendar:
        """The working days of China, with the years that were added here."""
        calendar = CHINA
        for year in self.years:
            calendar = calendar.with_year(year.year, *_days(year.free, year.worked))
        return calendar

    @cached_property
    def taken(self) -> frozenset[tuple[str, str]]:
        """(episode, segment) of which a pledge is here."""
        return frozenset(
            (p.origin.episode, p.origin.segment)
            for p in self.pledges.values()
            if p.state is not State.WITHDRAWN
        )

    def pledge(self, pledge_id: str) -> Pledge:
        found = self.pledges.get(pledge_id)
        if found is None:
            raise NotFound("there is no such pledge", where="pledge")
        return found


# --- commands ---


@dataclass(frozen=True)
class Command:
    """The root of all commands to the ledger; the class name in snake case is the wire `name`."""


@dataclass(frozen=True)
class Make(Command):
    """Enter a pledge. Its id, number, state, day and steps are the server's."""

    pledge: Pledge


@dataclass(frozen=True)
class Correct(Command):
    """Put right what was mistyped, before the unit accepts. The pledge's words, date and unit are
    taken; all else stays."""

    pledge: Pledge
    reason: str


@dataclass(frozen=True)
class MovePledge(Command):
    """Make a move, with words and evidence. due: the new date, for a reschedule."""

    pledge: str
    move: Move
    note: str = ""
    files: tuple[File, ...] = ()
    due: str = ""


@dataclass(frozen=True)
class Import(Command):
    """Bring in pledges as they stand in a file; those whose id is here already are left alone."""

    pledges: tuple[Pledge, ...]


@dataclass(frozen=True)
class PublishYear(Command):
    """Add the holidays of a year, or replace them: days written 2027-01-01."""

    year: int
    free: tuple[str, ...]
    worked: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """Who asks, in which role, when, and on which local date."""

    by: str
    role: str
    now_ms: int
    today: date


Events = tuple[ev.Event, ...]


def decide(ledger: Ledger, command: Command, asked: Asked) -> Events:
    """The events that follow from a command, or a Refusal. Pure."""
    return DECISIONS[type(command)](ledger, command, asked)


def _text(text: str, where: str, limit: int = TEXT_MAX, *, needed: bool = False) -> str:
    cleaned = " ".join(text.split())
    if needed and not cleaned:
        raise BadInput("this is needed", where=where)
    if len(cleaned) > limit:
        raise BadInput(f"at most {limit} characters, this has {len(cleaned)}", where=where)
    return cleaned


def _names(names: Names, where: str, *, needed: bool) -> Names:
    zh, en = (_text(getattr(names, lang), f"{where}.{lang}", NAME_MAX) for lang in ("zh", "en"))
    if needed and not (zh or en):
        raise BadInput("a name is needed", where=where)
    return Names(zh or en, en)


def _words(pledge: Pledge, where: str) -> Pledge:
    """What people may give, checked, and nothing else."""
    day_of(pledge.due, f"{where}.due")
    origin = pledge.origin
    if max(map(len, (origin.show, origin.episode, origin.segment, origin.run))) > ID_MAX:
        raise BadInput(f"ids have at most {ID_MAX} characters", where=f"{where}.origin")
    return Pledge(
        id=pledge.id,
        unit=_names(pledge.unit, f"{where}.unit", needed=True),
        post=_names(pledge.post, f"{where}.post", needed=False),
        text=_text(pledge.text, f"{where}.text", needed=True),
        due=pledge.due,
        target=_text(pledge.target, f"{where}.target"),
        wanted=_text(pledge.wanted, f"{where}.wanted"),
        question=_text(pledge.question, f"{where}.question"),
        origin=replace(origin, timecode=_text(origin.timecode, f"{where}.origin.timecode", 20)),
    )


def _room(ledger: Ledger, more: int) -> None:
    if len(ledger.pledges) + more > PLEDGES_MAX:
        raise BadInput(f"at most {PLEDGES_MAX} pledges")


def _new(ledger: Ledger, pledge: Pledge) -> None:
    if not pledge.id or len(pledge.id) > ID_MAX or pledge.id in ledger.pledges:
        raise BadInput("a pledge needs an id of its own", where="pledge.id")


def _make(ledger: Ledger, c: Make, asked: Asked) -> Events:
    _room(ledger, 1)
    _new(ledger, c.pledge)
    pledge = _words(c.pledge, "pledge")
    if day_of(pledge.due, "pledge.due") < asked.today:
        raise BadInput("the due date has passed already", where="pledge.due")
    made = replace(pledge, number=_next_number(ledger), made_day=asked.today.isoformat())
    return (ev.PledgeMade(made),)


def _next_number(ledger: Ledger) -> int:
    return max((p.number for p in ledger.pledges.values()), default=0) + 1


def _correct(ledger: Ledger, c: Correct, asked: Asked) -> Events:
    before = ledger.pledge(c.pledge.id)
    if before.state is not State.MADE:
        raise WrongPhase("it is accepted: from here on a new date is a reschedule")
    given = _words(c.pledge, "pledge")
    now = replace(
        before,
        unit=given.unit,
        post=given.post,
        text=given.text,
        due=given.due,
        target=given.target,
        wanted=given.wanted,
        question=given.question,
        origin=replace(before.origin, timecode=given.origin.timecode),
    )
    if now == before:
        return ()
    return (ev.PledgeCorrected(now, _text(c.reason, "reason", 300, needed=True)),)


def _move(ledger: Ledger, c: MovePledge, asked: Asked) -> Events:
    pledge = ledger.pledge(c.pledge)
    state = rules.after(pledge, c.move, asked.today, ledger.calendar)
    if len(pledge.steps) >= STEPS_MAX:
        raise BadInput(f"at most {STEPS_MAX} steps of a pledge")
    note = _text(c.note, "note", needed=c.move in NEEDS_NOTE)
    if len(c.files) > FILES_MAX:
        raise BadInput(f"at most {FILES_MAX} files with one move", where="files")
    if c.move in NEEDS_FILES and not c.files:
        raise BadInput("evidence is needed: at least one file", where="files")
    due = _new_due(pledge, c, asked)
    files = tuple(replace(f, name=_text(f.name, "files.name", NAME_MAX)) for f in c.files)
    day = asked.today.isoformat()
    return (ev.PledgeMoved(pledge.id, c.move, state, asked.role, day, note, files, due),)


def _new_due(pledge: Pledge, c: MovePledge, asked: Asked) -> str:
    if c.move is not Move.RESCHEDULE:
        return ""
    day = day_of(c.due, "due")
    if day <= asked.today or c.due == pledge.due:
        raise BadInput("the new date lies ahead and is another one", where="due")
    return c.due


def _import(ledger: Ledger, c: Import, asked: Asked) -> Events:
    new = [pledge for pledge in c.pledges if pledge.id not in ledger.pledges]
    _room(ledger, len(new))
    if len({pledge.id for pledge in new}) != len(new):
        raise BadInput("two pledges have the same id", where="pledges")
    number = _next_number(ledger)
    taken = {pledge.number for pledge in ledger.pledges.values()}
    found: list[ev.Event] = []
    for i, pledge in enumerate(new):
        checked = _whole(pledge, f"pledges.{i}", asked)
        # A number that is free is kept: people know the pledge by it.
        if checked.number < 1 or checked.number in taken:
            checked = replace(checked, number=number)
        taken.add(checked.number)
        number = max(number, checked.number + 1)
        found.append(ev.PledgeImported(checked))
    return tuple(found)


def _whole(pledge: Pledge, where: str, asked: Asked) -> Pledge:
    """A pledge with its history, as a file may say it."""
    _new(Ledger(), pledge)
    words = _words(pledge, where)
    if pledge.state is State.OVERDUE:
        raise BadInput("overdue follows from the date and is not stored", where=f"{where}.state")
    if len(pledge.steps) > STEPS_MAX:
        raise BadInput(f"at most {STEPS_MAX} steps of a pledge", where=f"{where}.steps")
    for day in (*pledge.dues, *(step.day for step in pledge.steps)):
        day_of(day, f"{where}.steps")
    if not all(SHA256.fullmatch(file.sha256) for file in pledge.evidence):
        raise BadInput("a file is named by its SHA-256", where=f"{where}.steps")
    if pledge.state in (State.CLAIMED, State.VERIFIED) and not pledge.claimed_day:
        raise BadInput("what is done was claimed on some day", where=f"{where}.steps")
    made_day = pledge.made_day or asked.today.isoformat()
    day_of(made_day, f"{where}.made_day")
    return replace(
        words,
        number=pledge.number,
        made_day=made_day,
        state=pledge.state,
        dues=pledge.dues,
        steps=pledge.steps,
    )


def _publish_year(ledger: Ledger, c: PublishYear, asked: Asked) -> Events:
    if not 2000 <= c.year <= 2200:
        raise BadInput("this is no year", where="year")
    if not c.free:
        raise BadInput("a year has holidays", where="free")
    try:
        CHINA.with_year(c.year, *_days(c.free, c.worked))
    except ValueError as error:
        raise BadInput(str(error), where="free") from None
    return (ev.YearPublished(c.year, tuple(sorted(c.free)), tuple(sorted(c.worked))),)


def _days(free: Iterable[str], worked: Iterable[str]) -> tuple[list[date], list[date]]:
    return [day_of(d, "free") for d in free], [day_of(d, "worked") for d in worked]


DECISIONS: dict[type[Command], Callable[[Ledger, Any, Asked], Events]] = {
    Make: _make,
    Correct: _correct,
    MovePledge: _move,
    Import: _import,
    PublishYear: _publish_year,
}


# --- the fold ---


@dataclass
class _Open:
    """A ledger while events are folded into it."""

    pledges: dict[str, Pledge]
    years: list[ev.YearPublished]


def fold(ledger: Ledger, events: Iterable[ev.Logged]) -> Ledger:
    """The ledger after more events."""
    # One copy for all of them: a ledger of years is folded at every start.
    found, revision = _Open(dict(ledger.pledges), list(ledger.years)), ledger.revision
    for logged in events:
        revision = logged.revision
        if step := STEPS.get(type(logged.event)):
            step(found, logged.event, logged)
    return Ledger(revision, found.pledges, tuple(found.years))


def _put(found: _Open, e: Any, logged: ev.Logged) -> None:
    found.pledges[e.pledge.id] = e.pledge


def _moved(found: _Open, e: ev.PledgeMoved, logged: ev.Logged) -> None:
    found.pledges[e.pledge] = moved(found.pledges[e.pledge], e, logged)


def _year(found: _Open, e: ev.YearPublished, logged: ev.Logged) -> None:
    found.years = [*(year for year in found.years if year.year != e.year), e]


STEPS: dict[type[ev.Event], Callable[[_Open, Any, ev.Logged], None]] = {
    ev.PledgeMade: _put,
    ev.PledgeCorrected: _put,
    ev.PledgeImported: _put,
    ev.PledgeMoved: _moved,
    ev.YearPublished: _year,
}


def moved(pledge: Pledge, event: ev.PledgeMoved, logged: ev.Logged) -> Pledge:
    """The pledge after a logged move; it was allowed then, whatever the table says now."""
    step = Step(
        at_ms=logged.at_ms,
        day=event.day,
        by=logged.by,
        role=event.role,
        move=event.move,
        state=event.state,
        note=event.note,
        files=event.files,
        due=event.due,
    )
    if event.due:
        pledge = replace(pledge, dues=(*pledge.dues, pledge.due), due=event.due)
    return replace(pledge, state=event.state, steps=(*pledge.steps, step))
