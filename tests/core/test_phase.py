"""The phase table, whole: what is in it is allowed, everything else is refused."""

from __future__ import annotations

from itertools import product

import pytest

from livevote.core.phase import COUNTED, MOVES, UNDER_WAY, Move, Phase, after, moves_from
from livevote.errors import WrongPhase

# As the design has it, written out once more so that a slip in the code's table shows.
ALLOWED = {
    "draft": {"arm": "armed"},
    "armed": {"open": "open", "void": "void"},
    "open": {"extend": "open", "pause": "paused", "close": "closing", "void": "void"},
    "paused": {"resume": "open", "close": "closing", "void": "void"},
    "closing": {"finish": "closed", "void": "void"},
    "closed": {"verify": "verified", "void": "void"},
    "verified": {"reveal": "revealed", "void": "void"},
    "revealed": {},
    "void": {},
}


@pytest.mark.parametrize(("phase", "move"), list(product(Phase, Move)))
def test_every_pair_of_phase_and_move_is_as_the_table_says(phase: Phase, move: Move) -> None:
    target = ALLOWED[phase].get(move)
    if target is None:
        with pytest.raises(WrongPhase):
            after(phase, move)
    else:
        assert after(phase, move) == target


@pytest.mark.parametrize("end", [Phase.REVEALED, Phase.VOID])
def test_nothing_leaves_an_end(end: Phase) -> None:
    assert moves_from(end) == ()


def test_only_revealed_and_void_are_ends() -> None:
    assert {phase for phase in Phase if not moves_from(phase)} == {Phase.REVEALED, Phase.VOID}


def test_every_phase_can_be_reached_from_draft() -> None:
    reached = {Phase.DRAFT}
    for _ in Phase:
        reached |= {target for (source, _), target in MOVES.items() if source in reached}
    assert reached == set(Phase)


def test_void_is_possible_in_every_phase_from_armed_until_reveal() -> None:
    not_there = {phase for phase in Phase if (phase, Move.VOID) not in MOVES}
    assert not_there == {Phase.DRAFT, Phase.REVEALED, Phase.VOID}


def test_a_run_without_counts_is_never_under_way_and_counted() -> None:
    assert not UNDER_WAY & COUNTED
    assert set(Phase) - {Phase.DRAFT, Phase.VOID} == UNDER_WAY | COUNTED


def test_a_refused_move_says_what_would_be_possible() -> None:
    with pytest.raises(WrongPhase, match="cannot reveal a run that is open") as refused:
        after(Phase.OPEN, Move.REVEAL)
    assert str(refused.value).endswith("possible now: extend, pause, close, void")
    with pytest.raises(WrongPhase, match="possible now: nothing"):
        after(Phase.VOID, Move.OPEN)
