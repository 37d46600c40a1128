"""Who may do what: tables for commands and for messages. What is in neither, nobody may do.

The server's own commands (finish, report, join_seat) are left out on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping

from livevote.core import command as cmd
from livevote.core.plain import snake
from livevote.errors import NotAllowed

OWNER, DIRECTOR, PRODUCER, VERIFIER = "owner", "director", "producer", "verifier"
OVERLAY = "overlay"
STAFF = (DIRECTOR, PRODUCER, VERIFIER)
# In the table of requests: no cookie is needed; a seat or a viewer of the episode.
ANYONE, VOTERS = "anyone", "voters"
ACCOUNT_ROLES = (OWNER, DIRECTOR, PRODUCER, VERIFIER, OVERLAY)

_DIRECTS = frozenset({DIRECTOR})
_PRODUCES = frozenset({PRODUCER})
_BOTH = frozenset({DIRECTOR, PRODUCER})

_TABLE: dict[type[cmd.Command], frozenset[str]] = {
    cmd.SetTitle: _PRODUCES,
    cmd.SetRundown: _PRODUCES,
    cmd.InsertSegment: _BOTH,
    cmd.EditSegment: _BOTH,
    cmd.SetPledge: _BOTH,
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


# The question desk: the same, for its own commands. What only a filer may do (file, ask again,
# rate, withdraw) is left out: the case's number and password are who they are.
_TRIAGE = frozenset({PRODUCER})
_ANSWERS = frozenset({PRODUCER})

DESK_ROLES: dict[str, frozenset[str]] = {
    "set_desk": _PRODUCES,
    "accept_case": _TRIAGE,
    "refuse_case": _TRIAGE,
    "forward_case": _ANSWERS,
    "reclassify_case": _TRIAGE,
    "handle_case": _ANSWERS,
    "answer_case": _ANSWERS,
    "show_post": _TRIAGE,
    "hide_post": _TRIAGE,
    "erase_case": _TRIAGE,
}
DESK_ACTS = frozenset[str]().union(*DESK_ROLES.values())
# Who sees the desk, and who makes a question or a pledge of a case.
DESK_STAFF = frozenset({PRODUCER, DIRECTOR})
PROMOTES = _BOTH

# Message → the roles of a connection that may send it after hello. A preview is the console's own
# picture of an overlay.
MESSAGE_ROLES: dict[str, frozenset[str]] = {
    "cast": frozenset({"seat", "viewer"}),
    "command": frozenset({"staff"}),
    "drawn": frozenset({"overlay", "preview"}),
    "ping": frozenset({"seat", "viewer", "staff", "overlay", "preview"}),
}


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
