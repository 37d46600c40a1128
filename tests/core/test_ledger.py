"""The ledger as a state machine: whatever is asked, in whatever order, its promises hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from livevote.core import event as ev
from livevote.core import ledger as core
from livevote.core.ledger import (
    Asked,
    Correct,
    Import,
    Ledger,
    Make,
    MovePledge,
    PublishYear,
    decide,
    fold,
)
from livevote.core.names import Names
from livevote.core.plain import (
    from_plain,
    ledger_command_from_plain,
    logged_from_plain,
    logged_to_plain,
    to_plain,
)
from livevote.core.pledge import MOVES, File, Move, Origin, Pledge, State, moves, standing
from livevote.core.workdays import CHINA
from livevote.errors import BadInput, NotFound, Refusal, WrongPhase

TODAY = date(2026, 11, 24)
PROOF = File("ab" * 32, "photo.jpg", "image/jpeg", 1234)
DRAFT = Pledge(
    "p1",
    Names("台州市水利局", "Water Resources"),
    "12 月 31 日前打通断头河 3 条",
    "2026-12-31",
    post=Names("局长", "Director"),
    target="3 条河道通水",
    wanted="通水照片",
    origin=Origin("s1", "e1", "water", "r1", 1, "00:41:07:12"),
)


def asked(role: str = "supervision", today: date = TODAY) -> Asked:
    return Asked("desk", role, 1_764_000_000_000, today)


def done(ledger: Ledger, *commands: core.Command, today: date = TODAY) -> Ledger:
    """The ledger after these commands, by way of the stored form of their events."""
    for command in commands:
        events = decide(ledger, command, asked(today=today))
        ledger = fold(ledger, logged(ledger, events))
    return ledger


def logged(ledger: Ledger, events: Sequence[ev.Event]) -> list[ev.Logged]:
    return [
        logged_from_plain(logged_to_plain(ev.Logged(ledger.revision + i, 5, "desk", event)))
        for i, event in enumerate(events, 1)
    ]


def made(**changes: Any) -> Ledger:
    return done(Ledger(), Make(replace(DRAFT, **changes)))


def test_a_pledge_is_entered_with_a_number_and_the_day() -> None:
    ledger = done(made(), Make(replace(DRAFT, id="p2", number=77, state=State.VERIFIED)))
    first, second = ledger.pledges.values()
    assert first == replace(DRAFT, number=1, made_day="2026-11-24")
    assert (second.number, second.state, second.steps) == (2, State.MADE, ())
    assert ("e1", "water") in ledger.taken


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"due": ""}, "pledge.due"),
        ({"due": "2026-11-23"}, "pledge.due"),
        ({"text": "  "}, "pledge.text"),
        ({"text": "长" * 2001}, "pledge.text"),
        ({"unit": Names()}, "pledge.unit"),
        ({"id": ""}, "pledge.id"),
        ({"id": "x" * 33}, "pledge.id"),
        ({"origin": Origin(episode="x" * 33)}, "pledge.origin"),
    ],
)
def test_what_cannot_be_checked_later_is_not_entered(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        made(**changes)
    assert refused.value.where == where


def test_typing_is_corrected_until_the_unit_accepts_and_never_after() -> None:
    right = replace(DRAFT, due="2027-01-15", text="打通断头河 5 条")
    ledger = done(made(), Correct(right, "听错"))
    assert ledger.pledge("p1").text == right.text
    assert ledger.pledge("p1").dues == (), "a mistake of typing was never promised"
    assert decide(ledger, Correct(right, "again"), asked()) == ()
    with pytest.raises(BadInput):
        decide(ledger, Correct(DRAFT, ""), asked())
    accepted = done(ledger, MovePledge("p1", Move.ACCEPT))
    with pytest.raises(WrongPhase):
        decide(accepted, Correct(DRAFT, "late"), asked())


def test_a_new_date_keeps_the_old_one() -> None:
    ledger = done(
        made(),
        MovePledge("p1", Move.ACCEPT),
        MovePledge("p1", Move.RESCHEDULE, "汛期", due="2027-02-01"),
        MovePledge("p1", Move.RESCHEDULE, "再次", due="2027-03-01"),
    )
    pledge = ledger.pledge("p1")
    assert (pledge.due, pledge.dues) == ("2027-03-01", ("2026-12-31", "2027-02-01"))
    for wrong in ("2027-03-01", "2026-11-24", "soon"):
        with pytest.raises(BadInput) as refused:
            decide(ledger, MovePledge("p1", Move.RESCHEDULE, "why", due=wrong), asked())
        assert refused.value.where == "due"


def test_a_claim_needs_evidence_and_a_finding_needs_words() -> None:
    ledger = done(made(), MovePledge("p1", Move.ACCEPT))
    with pytest.raises(BadInput) as refused:
        decide(ledger, MovePledge("p1", Move.CLAIM, "done"), asked())
    assert refused.value.where == "files"
    claimed = done(ledger, MovePledge("p1", Move.CLAIM, files=(PROOF,)))
    assert claimed.pledge("p1").evidence == (PROOF,)
    with pytest.raises(BadInput) as refused:
        decide(claimed, MovePledge("p1", Move.VERIFY), asked())
    assert refused.value.where == "note"
    with pytest.raises(NotFound):
        decide(claimed, MovePledge("p9", Move.NOTE, "x"), asked())


def test_a_file_is_taken_with_its_history_and_taken_once() -> None:
    whole = done(
        made(),
        MovePledge("p1", Move.ACCEPT),
        MovePledge("p1", Move.RESCHEDULE, "汛期", due="2027-02-01"),
        MovePledge("p1", Move.CLAIM, files=(PROOF,)),
    )
    pledges = tuple(whole.pledges.values())
    taken = done(Ledger(), Import(pledges))
    assert taken.pledges == whole.pledges
    assert decide(taken, Import(pledges), asked()) == ()
    # A number that somebody else has is given anew.
    other = done(made(id="other"), Import(pledges))
    assert [p.number for p in other.pledges.values()] == [1, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.OVERDUE},
        {"state": State.VERIFIED},
        {"due": "x"},
        {"dues": ("2026-99-01",)},
        {"made_day": "yesterday"},
        {"text": ""},
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        decide(Ledger(), Import((replace(DRAFT, **changes),)), asked())


def test_a_year_is_added_when_it_is_published_and_may_be_put_right() -> None:
    assert not CHINA.known(date(2028, 1, 3))
    year = PublishYear(2028, ("2028-01-01", "2028-01-03"), ("2028-01-08",))
    ledger = done(Ledger(), year)
    assert ledger.calendar.known(date(2028, 1, 3))
    assert not ledger.calendar.is_workday(date(2028, 1, 3))
    assert ledger.calendar.is_workday(date(2028, 1, 8))
    again = done(ledger, PublishYear(2028, ("2028-01-01",), ()))
    assert again.calendar.is_workday(date(2028, 1, 3))
    for wrong in (PublishYear(2028, (), ()), PublishYear(2028, ("2027-01-01",), ())):
        with pytest.raises(BadInput):
            decide(ledger, wrong, asked())


def test_commands_come_by_name() -> None:
    command = ledger_command_from_plain("move_pledge", {"pledge": "p1", "move": "accept"})
    assert command == MovePledge("p1", Move.ACCEPT)
    with pytest.raises(BadInput):
        ledger_command_from_plain("arm", {})
    with pytest.raises(BadInput):
        ledger_command_from_plain("move_pledge", {"pledge": "p1", "move": "overdue"})


# --- anything, in any order ---

texts = st.text("承诺 \tab", max_size=10)


class Years(RuleBasedStateMachine):
    """Years of a ledger: the day goes on, people ask for anything."""

    pledges = Bundle("pledges")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.log: list[ev.Logged] = []
        self.today = TODAY
        self.count = 0

    def ask(self, command: core.Command) -> bool:
        before = self.ledger
        try:
            events = decide(before, command, asked(today=self.today))
        except Refusal:
            assert self.ledger is before
            return False
        new = logged(before, events)
        self.log += new
        self.ledger = fold(before, new)
        return True

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(target=pledges, days=st.integers(-5, 200), text=texts)
    def make(self, days: int, text: str) -> Any:
        self.count += 1
        due = (self.today + timedelta(days=days)).isoformat()
        made = self.ask(Make(replace(DRAFT, id=f"p{self.count}", due=due, text=text)))
        assert made == (days >= 0 and bool(text.split()))
        return f"p{self.count}" if made else multiple()

    @rule(
        pledge=pledges,
        move=st.sampled_from(Move),
        note=texts,
        proof=st.booleans(),
        days=st.integers(-3, 90),
    )
    def move(self, pledge: str, move: Move, note: str, proof: bool, days: int) -> None:
        before = self.ledger.pledge(pledge)
        due = (self.today + timedelta(days=days)).isoformat()
        possible = moves(before, self.today, self.ledger.calendar)
        command = MovePledge(pledge, move, note, (PROOF,) if proof else (), due)
        if not self.ask(command):
            return
        now = self.ledger.pledge(pledge)
        assert now.state == possible[move]
        assert len(now.steps) == len(before.steps) + 1
        assert now.steps[:-1] == before.steps, "what was done is not rewritten"
        kept = (*before.dues, before.due) if move is Move.RESCHEDULE else before.dues
        assert now.dues == kept, "an old date stays"

    @invariant()
    def every_state_is_reached_by_the_table(self) -> None:
        for pledge in self.ledger.pledges.values():
            state = State.MADE
            for step in pledge.steps:
                if step.move is not Move.NOTE:
                    assert step.state in {
                        to
                        for (source, move), to in MOVES.items()
                        if move is step.move and source in (state, State.OVERDUE)
                    }
                state = step.state
            assert state == pledge.state
            assert pledge.state is not State.OVERDUE, "overdue is never stored"

    @invariant()
    def overdue_is_exactly_what_is_open_and_past(self) -> None:
        for pledge in self.ledger.pledges.values():
            past = self.today > CHINA.next_workday(date.fromisoformat(pledge.due))
            still_open = pledge.state not in (
                State.CLAIMED,
                State.VERIFIED,
                State.BROKEN,
                State.WITHDRAWN,
            )
            found = standing(pledge, self.today, self.ledger.calendar)
            assert (found is State.OVERDUE) == (past and still_open)

    @invariant()
    def the_log_alone_gives_the_ledger(self) -> None:
        assert fold(Ledger(), self.log) == self.ledger

    @invariant()
    def what_is_exported_comes_back_as_it_was(self) -> None:
        plain = [to_plain(pledge) for pledge in self.ledger.pledges.values()]
        back = tuple(from_plain(Pledge, one) for one in plain)
        taken = fold(Ledger(), logged(Ledger(), decide(Ledger(), Import(back), asked())))
        assert taken.pledges == self.ledger.pledges


Years.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
test_years_of_a_ledger = Years.TestCase


@given(st.lists(st.sampled_from(Move), max_size=12))
def test_whoever_folds_in_parts_gets_the_same(order: list[Move]) -> None:
    ledger, log = made(), logged(Ledger(), decide(Ledger(), Make(DRAFT), asked()))
    for move in order:
        try:
            events = decide(ledger, MovePledge("p1", move, "word", (PROOF,), "2027-05-05"), asked())
        except Refusal:
            continue
        new = logged(ledger, events)
        ledger, log = fold(ledger, new), [*log, *new]
    whole = fold(Ledger(), log)
    parts = Ledger()
    for one in log:
        parts = fold(parts, [one])
    assert parts == whole == ledger
