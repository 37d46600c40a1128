"""Who may do what: tables for commands and for messages. What is in neither, nobody may do.

The server's own commands (finish, report, join_seat) are left out on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livevote.core import command as cmd
from livevote.core import ledger
from livevote.core.case import Case, Desk
from livevote.core.plain import snake
from livevote.core.pledge import Move, Pledge
from livevote.errors import NotAllowed

OWNER, DIRECTOR, PRODUCER, VERIFIER = "owner", "director", "producer", "verifier"
OVERLAY = "overlay"
# Those who follow a pledge between episodes. A unit's account is bound to its unit.
SUPERVISION, MEDIA, UNIT = "supervision", "media", "unit"
STAFF = (DIRECTOR, PRODUCER, VERIFIER)
FOLLOW_UP = (SUPERVISION, MEDIA, UNIT)
# In the table of requests: no cookie is needed; a seat or a viewer of the episode.
ANYONE, VOTERS = "anyone", "voters"
# A control panel: the handler asks for its key, and no cookie is read.
PANELS = "panels"
ACCOUNT_ROLES = (OWNER, DIRECTOR, PRODUCER, VERIFIER, OVERLAY, *FOLLOW_UP)

_DIRECTS = frozenset({DIRECTOR})
_PRODUCES = frozenset({PRODUCER})
_BOTH = frozenset({DIRECTOR, PRODUCER})

_TABLE: dict[type[cmd.Command], frozenset[str]] = {
    cmd.SetTitle: _PRODUCES,
    cmd.SetRundown: _PRODUCES,
    cmd.InsertSegment: _BOTH,
    cmd.EditSegment: _BOTH,
    cmd.SetPledge: _BOTH,
    cmd.LookBackOn: _BOTH,
    cmd.SetRoster: _PRODUCES,
    cmd.SetRules: _PRODUCES,
    cmd.ReissueSeat: _BOTH,
    cmd.ChooseSegment: _DIRECTS,
    cmd.Arm: _DIRECTS,
    cmd.Open: _DIRECTS,
    cmd.Extend: _DIRECTS,
    cmd.Pause: _DIRECTS,
    cmd.Resume: _DIRECTS,
    cmd.Close: _DIRECTS,
    cmd.Verify: frozenset({VERIFIER}),
    cmd.Reveal: _DIRECTS,
    cmd.AskVoid: _BOTH,
    cmd.DropVoid: _BOTH,
    cmd.ConfirmVoid: frozenset(STAFF),
    cmd.AskCorrection: _BOTH,
    cmd.DropCorrection: _BOTH,
    cmd.ConfirmCorrection: frozenset(STAFF),
    cmd.Cue: _DIRECTS,
    cmd.Take: _DIRECTS,
    cmd.Out: _DIRECTS,
    cmd.Blank: _DIRECTS,
    cmd.Restore: _DIRECTS,
}

COMMAND_ROLES: dict[str, frozenset[str]] = {snake(c.__name__): r for c, r in _TABLE.items()}

# The same for the ledger. A file that is brought in says what was found: only who finds may.
_LEDGER: dict[type[ledger.Command], frozenset[str]] = {
    ledger.Make: frozenset({DIRECTOR, PRODUCER, SUPERVISION}),
    ledger.Correct: frozenset({PRODUCER, SUPERVISION}),
    ledger.MovePledge: frozenset({PRODUCER, *FOLLOW_UP}),
    ledger.Import: frozenset({SUPERVISION}),
    ledger.PublishYear: frozenset({SUPERVISION}),
}
LEDGER_ROLES: dict[str, frozenset[str]] = {snake(c.__name__): r for c, r in _LEDGER.items()}

# And for each move of a pledge. Supervision answers for a unit that has no account.
_UNITS = frozenset({UNIT, SUPERVISION})
_FINDS = frozenset({SUPERVISION})
MOVE_ROLES: dict[Move, frozenset[str]] = {
    Move.ACCEPT: _UNITS,
    Move.START: _UNITS,
    Move.CLAIM: _UNITS,
    Move.VERIFY: _FINDS,
    Move.DISPUTE: _FINDS,
    Move.RESCHEDULE: _FINDS,
    Move.BREAK: _FINDS,
    Move.WITHDRAW: frozenset({PRODUCER, SUPERVISION}),
    Move.NOTE: frozenset({PRODUCER, *FOLLOW_UP}),
}
# Of several roles of one account, the one in which it acts.
_FIRST = (SUPERVISION, MEDIA, UNIT, PRODUCER, DIRECTOR)


# The question desk: the same, for its own commands. What only a filer may do (file, ask again,
# rate, withdraw) is left out: the case's number and password are who they are.
_TRIAGE = frozenset({PRODUCER})
_ANSWERS = frozenset({PRODUCER, UNIT})

DESK_ROLES: dict[str, frozenset[str]] = {
    "set_desk": _PRODUCES,
    "accept_case": _ANSWERS,
    "refuse_case": _TRIAGE,
    "forward_case": _TRIAGE,
    "return_case": frozenset({UNIT}),
    "reclassify_case": _TRIAGE,
    "handle_case": _ANSWERS,
    "answer_case": _ANSWERS,
    "show_post": _TRIAGE,
    "hide_post": _TRIAGE,
    "erase_case": _TRIAGE,
}
DESK_ACTS = frozenset[str]().union(*DESK_ROLES.values())
# Who sees the desk (a unit its own cases), and who makes a question or a pledge of a case.
DESK_STAFF = frozenset({PRODUCER, DIRECTOR, UNIT})
PROMOTES = _BOTH

# Message → the roles of a connection that may send it after hello. A preview is the console's own
# picture of an overlay, a replay an overlay that shows a run again.
MESSAGE_ROLES: dict[str, frozenset[str]] = {
    "cast": frozenset({"seat", "viewer"}),
    "command": frozenset({"staff"}),
    "drawn": frozenset({"overlay", "preview", "replay"}),
    "ping": frozenset({"seat", "viewer", "staff", "overlay", "preview", "replay"}),
}


@dataclass(frozen=True)
class DeskReader:
    """An account at the question desk. units: the ids of those it answers for."""

    roles: frozenset[str]
    units: frozenset[str]

    @classmethod
    def of(cls, desk: Desk, roles: frozenset[str], unit: str) -> DeskReader:
        """unit: the Chinese name that the account is bound to, as in the ledger; the desk's unit
        of that name is its own."""
        return cls(roles, frozenset(u.id for u in desk.units if unit and u.name.zh == unit))

    def roles_for(self, case: Case) -> frozenset[str]:
        """The roles in which it sees this case and works on it; none where it may not: a unit has
        its own cases, and nothing of others."""
        mine = self.roles if case.unit in self.units else self.roles - {UNIT}
        return mine & DESK_STAFF


def check_message(name: str, role: str) -> None:
    """Raises NotAllowed unless a connection with this role may send this message."""
    if role not in MESSAGE_ROLES.get(name, frozenset()):
        raise NotAllowed("this message is not for your role")


def check_command(
    name: str,
    roles: frozenset[str],
    table: Mapping[str, frozenset[str]] = COMMAND_ROLES,
) -> None:
    """Raises NotAllowed unless one of `roles` may give this command."""
    allowed = table.get(name, frozenset())
    if not allowed & roles:
        who = " or ".join(sorted(allowed)) or "the server alone"
        raise NotAllowed(f"{name} is for {who}")


def ledger_role(command: ledger.Command, roles: frozenset[str]) -> str:
    """The role in which an account gives a command to the ledger. Raises NotAllowed."""
    return _acts(_LEDGER[type(command)], roles, snake(type(command).__name__))


def move_role(move: Move, pledge: Pledge, roles: frozenset[str], unit: str) -> str:
    """The role in which an account moves this pledge. unit: the one that the account is bound to.
    Raises NotAllowed."""
    return _acts(MOVE_ROLES[move], _of_pledge(pledge, roles, unit), move)


def moves_for(
    moves: Iterable[Move], pledge: Pledge, roles: frozenset[str], unit: str
) -> list[Move]:
    """Those that an account with these roles may make."""
    mine = _of_pledge(pledge, roles, unit)
    return [move for move in moves if MOVE_ROLES[move] & mine]


def _of_pledge(pledge: Pledge, roles: frozenset[str], unit: str) -> frozenset[str]:
    """The roles that count for this pledge: a unit answers for its own, and for no other."""
    return roles if unit and pledge.unit.zh == unit else roles - {UNIT}


def _acts(allowed: frozenset[str], roles: frozenset[str], what: str) -> str:
    role = next((role for role in _FIRST if role in allowed & roles), "")
    if not role:
        raise NotAllowed(f"{what} is for {' or '.join(sorted(allowed))}")
    return role
