"""Who may do what: tables for commands and for messages. What is in neither, nobody may do.

The server's own commands (finish, report, join_seat) are left out on purpose.
"""

from __future__ import annotations

from livevote.core import command as cmd
from livevote.core.plain import snake
from livevote.errors import NotAllowed

OWNER, DIRECTOR, PRODUCER, VERIFIER = "owner", "director", "producer", "verifier"
OVERLAY = "overlay"
STAFF = (DIRECTOR, PRODUCER, VERIFIER)
# In the table of requests: no cookie is needed; a seat or a viewer of the episode.
ANYONE, VOTERS = "anyone", "voters"
# A control panel: the handler asks for its key, and no cookie is read.
PANELS = "panels"
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


# Message → the roles of a connection that may send it after hello. A preview is the console's own
# picture of an overlay, a replay an overlay that shows a run again.
MESSAGE_ROLES: dict[str, frozenset[str]] = {
    "cast": frozenset({"seat", "viewer"}),
    "command": frozenset({"staff"}),
    "drawn": frozenset({"overlay", "preview", "replay"}),
    "ping": frozenset({"seat", "viewer", "staff", "overlay", "preview", "replay"}),
}


def check_message(name: str, role: str) -> None:
    """Raises NotAllowed unless a connection with this role may send this message."""
    if role not in MESSAGE_ROLES.get(name, frozenset()):
        raise NotAllowed("this message is not for your role")


def check_command(name: str, roles: frozenset[str]) -> None:
    """Raises NotAllowed unless one of `roles` may give this command."""
    allowed = COMMAND_ROLES.get(name, frozenset())
    if not allowed & roles:
        who = " or ".join(sorted(allowed)) or "the server alone"
        raise NotAllowed(f"{name} is for {who}")
