"""A ballot run's phases and the moves between them: one table, tested whole, drawn in the docs."""

from __future__ import annotations

from enum import StrEnum

from livevote.errors import WrongPhase


class Phase(StrEnum):
    """Where a run stands. `revealed` and `void` are ends: nothing leaves them."""

    DRAFT = "draft"
    ARMED = "armed"
    OPEN = "open"
    PAUSED = "paused"
    CLOSING = "closing"
    CLOSED = "closed"
    VERIFIED = "verified"
    REVEALED = "revealed"
    VOID = "void"


class Move(StrEnum):
    """What can be done to a run. `finish` is the server's own: the grace is over."""

    ARM = "arm"
    OPEN = "open"
    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    FINISH = "finish"
    VERIFY = "verify"
    REVEAL = "reveal"
    VOID = "void"


MOVES: dict[tuple[Phase, Move], Phase] = {
    (Phase.DRAFT, Move.ARM): Phase.ARMED,
    (Phase.ARMED, Move.OPEN): Phase.OPEN,
    (Phase.OPEN, Move.EXTEND): Phase.OPEN,
    (Phase.OPEN, Move.PAUSE): Phase.PAUSED,
    (Phase.PAUSED, Move.RESUME): Phase.OPEN,
    (Phase.OPEN, Move.CLOSE): Phase.CLOSING,
    (Phase.PAUSED, Move.CLOSE): Phase.CLOSING,
    (Phase.CLOSING, Move.FINISH): Phase.CLOSED,
    (Phase.CLOSED, Move.VERIFY): Phase.VERIFIED,
    (Phase.VERIFIED, Move.REVEAL): Phase.REVEALED,
    (Phase.ARMED, Move.VOID): Phase.VOID,
    (Phase.OPEN, Move.VOID): Phase.VOID,
    (Phase.PAUSED, Move.VOID): Phase.VOID,
    (Phase.CLOSING, Move.VOID): Phase.VOID,
    (Phase.CLOSED, Move.VOID): Phase.VOID,
    (Phase.VERIFIED, Move.VOID): Phase.VOID,
}

# A run in one of these still has something to come; at most one per episode may.
UNDER_WAY = frozenset({Phase.ARMED, Phase.OPEN, Phase.PAUSED, Phase.CLOSING})

# Counts exist and may be recounted.
COUNTED = frozenset({Phase.CLOSED, Phase.VERIFIED, Phase.REVEALED})


def after(phase: Phase, move: Move) -> Phase:
    """The phase that `move` leads to. Raises WrongPhase, naming what would be possible."""
    try:
        return MOVES[phase, move]
    except KeyError:
        possible = ", ".join(moves_from(phase)) or "nothing"
        raise WrongPhase(f"cannot {move} a run that is {phase}; possible now: {possible}") from None


def moves_from(phase: Phase) -> tuple[Move, ...]:
    """The moves that a run in this phase allows, in the order of the table."""
    return tuple(move for (source, move) in MOVES if source == phase)
