"""A pledge by its table, its dates and its calendar; nobody sets overdue by hand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.names import Names
from livevote.core.pledge import (
    MOVES,
    OPEN,
    Duty,
    Move,
    Pledge,
    State,
    Step,
    after,
    day_of,
    days_late,
    deliveries,
    last_day,
    moves,
    reminders,
    standing,
    workdays_late,
)
from livevote.core.workdays import CHINA
from livevote.errors import BadInput, WrongPhase

# As the rules have it, written out once more so that a slip in the code's table shows.
ALLOWED = {
    "made": {"accept": "accepted", "withdraw": "withdrawn"},
    "accepted": {"start": "in_progress", "claim": "claimed", "reschedule": "rescheduled"},
    "in_progress": {"claim": "claimed", "reschedule": "rescheduled"},
    "rescheduled": {"start": "in_progress", "claim": "claimed", "reschedule": "rescheduled"},
    "claimed": {"verify": "verified", "dispute": "disputed"},
    "disputed": {
        "start": "in_progress",
        "claim": "claimed",
        "reschedule": "rescheduled",
        "break": "broken",
    },
    "overdue": {"claim": "claimed", "reschedule": "rescheduled", "break": "broken"},
    "verified": {"dispute": "disputed"},
    "broken": {"claim": "claimed"},
    "withdrawn": {},
}
BUREAU = Names("台州市水利局", "Water Resources")
FRIDAY = date(2026, 11, 20)
SATURDAY = date(2026, 11, 21)
MONDAY = date(2026, 11, 23)
BEFORE, AFTER = date(2026, 11, 2), date(2026, 12, 7)


def pledge(
    state: State = State.MADE,
    due: date = FRIDAY,
    claimed: date | None = None,
    unit: Names = BUREAU,
    made: date = BEFORE,
    number: int = 1,
) -> Pledge:
    steps: tuple[Step, ...] = ()
    if claimed:
        steps = (Step(1, claimed.isoformat(), "desk", "unit", Move.CLAIM, State.CLAIMED),)
    return Pledge(
        f"p{number}",
        unit,
        "打通断头河 3 条",
        due.isoformat(),
        number=number,
        made_day=made.isoformat(),
        state=state,
        steps=steps,
    )


STORED = [state for state in State if state is not State.OVERDUE]


@pytest.mark.parametrize(("state", "move", "today"), list(product(STORED, Move, (BEFORE, AFTER))))
def test_every_state_and_move_before_and_after_the_date_is_as_the_table_says(
    state: State, move: Move, today: date
) -> None:
    one = pledge(state)
    possible = dict(ALLOWED[state])
    if state in OPEN and today == AFTER:
        possible |= ALLOWED["overdue"]
    target = state if move is Move.NOTE else possible.get(move)
    if target is None:
        with pytest.raises(WrongPhase, match="possible now"):
            after(one, move, today, CHINA)
    else:
        assert after(one, move, today, CHINA) == target
        assert moves(one, today, CHINA)[move] == target


def test_each_move_leads_to_one_state_and_none_to_overdue() -> None:
    assert State.OVERDUE not in MOVES.values()
    assert {(s.value, m.value): t.value for (s, m), t in MOVES.items()} == {
        (state, move): to for state, found in ALLOWED.items() for move, to in found.items()
    }


def test_every_state_can_be_reached_from_made() -> None:
    reached = {State.MADE, State.OVERDUE}
    for _ in State:
        reached |= {target for (source, _), target in MOVES.items() if source in reached}
    assert reached == set(State)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.dates(date(2024, 1, 1), date(2027, 6, 1)))
def test_overdue_begins_on_the_day_after_the_last_day_and_not_before(
    due: date, today: date
) -> None:
    one = pledge(State.ACCEPTED, due)
    last = last_day(one, CHINA)
    assert last >= due
    assert CHINA.is_workday(last)
    assert CHINA.workdays_between(due, last) == (0 if CHINA.is_workday(due) else 1)
    assert (standing(one, today, CHINA) is State.OVERDUE) is (today > last)
    assert days_late(one, today, CHINA) == max((today - last).days, 0)
    assert 0 <= workdays_late(one, today, CHINA) <= days_late(one, today, CHINA)


def test_a_date_on_a_free_day_runs_to_the_next_working_day() -> None:
    one = pledge(State.ACCEPTED, SATURDAY)
    assert last_day(one, CHINA) == MONDAY
    assert standing(one, MONDAY, CHINA) is State.ACCEPTED
    assert standing(one, MONDAY + timedelta(days=1), CHINA) is State.OVERDUE
    # The National Day holidays, and a Saturday that is worked instead.
    assert last_day(pledge(due=date(2026, 10, 1)), CHINA) == date(2026, 10, 8)
    assert last_day(pledge(due=date(2026, 10, 10)), CHINA) == date(2026, 10, 10)


@pytest.mark.parametrize("state", sorted(set(STORED) - OPEN))
def test_what_is_said_to_be_done_or_is_decided_is_never_overdue(state: State) -> None:
    claimed = FRIDAY if state in (State.CLAIMED, State.VERIFIED) else None
    assert standing(pledge(state, claimed=claimed), AFTER, CHINA) is state


def test_checking_is_not_the_units_delay() -> None:
    in_time = pledge(State.CLAIMED, claimed=FRIDAY)
    late = pledge(State.VERIFIED, claimed=MONDAY)
    assert (days_late(in_time, AFTER, CHINA), workdays_late(in_time, AFTER, CHINA)) == (0, 0)
    assert (days_late(late, AFTER, CHINA), workdays_late(late, AFTER, CHINA)) == (3, 1)
    # A claim that did not hold stops no clock.
    assert days_late(pledge(State.DISPUTED, claimed=FRIDAY), AFTER, CHINA) == 17


@pytest.mark.parametrize("text", ["", "2026-13-01", "20261201", "2026-2-1", "2026-02-30", "年底"])
def test_what_is_no_date_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        day_of(text, "pledge.due")
    assert refused.value.where == "pledge.due"


# --- who has to act ---


def duties(*pledges: Pledge, today: date) -> dict[tuple[str, str], int]:
    found = reminders(pledges, today, CHINA)
    return {(one.pledge, one.duty.value): one.workdays for one in found}


def test_the_daily_list_says_who_has_to_do_what_and_when() -> None:
    made = pledge(number=1, due=date(2026, 12, 31))
    near = pledge(State.IN_PROGRESS, number=2)
    far = pledge(State.IN_PROGRESS, number=3, due=date(2026, 12, 31))
    claimed = pledge(State.CLAIMED, claimed=BEFORE, number=4)
    today = date(2026, 11, 9)  # the Monday after BEFORE: five working days
    assert duties(made, near, far, claimed, today=today) == {
        ("p1", "accept"): -2,
        ("p2", "deliver"): 9,
        ("p4", "verify"): 5,
    }
    assert duties(near, today=AFTER) == {("p2", "deliver"): -11, ("p2", "decide"): -8}


def test_the_most_urgent_comes_first() -> None:
    days = [FRIDAY, BEFORE, MONDAY]
    found = reminders(
        [pledge(State.ACCEPTED, due, number=n) for n, due in enumerate(days)], BEFORE, CHINA
    )
    assert next(one.pledge for one in found if one.duty is Duty.DELIVER) == "p1"
    assert [one.by for one in found] == sorted(one.by for one in found)


def test_a_finding_is_reported_once() -> None:
    found = Step(2, FRIDAY.isoformat(), "desk", "supervision", Move.VERIFY, State.VERIFIED, "ok")
    told = Step(3, MONDAY.isoformat(), "press", "media", Move.NOTE, State.VERIFIED, "aired")
    one = pledge(State.VERIFIED, claimed=FRIDAY)
    open_finding = Pledge(**{**vars(one), "steps": (*one.steps, found)})
    reported = Pledge(**{**vars(one), "steps": (*one.steps, found, told)})
    assert duties(open_finding, today=MONDAY) == {("p1", "report"): 9}
    assert duties(reported, today=MONDAY) == {}


# --- the ranking ---


def unit(number: int) -> Names:
    return Names(f"单位{number}", f"Unit {number}")


def test_units_are_ranked_by_what_they_kept_of_what_was_found() -> None:
    first, second, third = unit(1), unit(2), unit(3)
    rows = deliveries(
        [
            pledge(State.VERIFIED, claimed=FRIDAY, unit=first, number=1),
            pledge(State.VERIFIED, claimed=MONDAY, unit=second, number=2),
            pledge(State.BROKEN, unit=second, number=3),
            pledge(State.IN_PROGRESS, date(2027, 3, 1), unit=third, number=4),
            pledge(State.CLAIMED, claimed=FRIDAY, unit=third, number=5),
            pledge(State.WITHDRAWN, unit=third, number=6),
        ],
        AFTER,
        CHINA,
    )
    told = [(r.rank, r.unit.en, r.kept, r.due, r.in_time, r.all, r.percent) for r in rows]
    assert told == [
        (1, "Unit 1", 1, 1, 1, 1, "100.0"),
        (2, "Unit 2", 1, 2, 0, 2, "50.0"),
        (0, "Unit 3", 0, 0, 0, 2, ""),
    ]


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(STORED), st.dates(BEFORE, AFTER)), max_size=25
    )
)
def test_the_ranking_has_every_unit_once_and_no_better_one_below(
    given: list[tuple[int, State, date]],
) -> None:
    pledges = [
        pledge(
            state,
            due,
            claimed=MONDAY if state in (State.CLAIMED, State.VERIFIED) else None,
            unit=unit(n),
            number=i,
        )
        for i, (n, state, due) in enumerate(given)
    ]
    rows = deliveries(pledges, AFTER, CHINA)
    there = {p.unit.zh for p in pledges if p.state is not State.WITHDRAWN}
    assert sorted(row.unit.zh for row in rows) == sorted(there)
    ranked = [row for row in rows if row.due]
    for better, worse in pairwise(ranked):
        assert better.rank <= worse.rank
        assert better.kept * worse.due >= worse.kept * better.due
    assert all(row.rank == 0 and row.percent == "" for row in rows if not row.due)
    assert all(row.in_time <= row.kept <= row.due <= row.all for row in rows)
