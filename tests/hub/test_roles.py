"""Every role against every command: an exact table, and nothing beside it."""

from __future__ import annotations

import itertools

import pytest

from livevote.core.plain import COMMANDS
from livevote.errors import NotAllowed
from livevote.hub.roles import ACCOUNT_ROLES, COMMAND_ROLES, check_command

# What each role may do. Written out again, so that a change of the table is seen to be one.
DIRECTOR = {
    *("insert_segment", "edit_segment", "set_pledge", "reissue_seat", "choose_segment"),
    *("arm", "open", "extend", "pause", "resume", "close", "reveal"),
    *("ask_void", "drop_void", "confirm_void"),
    *("ask_correction", "drop_correction", "confirm_correction"),
    *("cue", "take", "out", "blank", "restore"),
}
PRODUCER = {
    *("set_title", "set_rundown", "insert_segment", "edit_segment", "set_pledge"),
    *("set_roster", "set_rules", "reissue_seat"),
    *("ask_void", "drop_void", "confirm_void"),
    *("ask_correction", "drop_correction", "confirm_correction"),
}
VERIFIER = {"verify", "confirm_void", "confirm_correction"}
MAY = {"director": DIRECTOR, "producer": PRODUCER, "verifier": VERIFIER}
SERVERS_OWN = {"finish", "report", "join_seat", "forget"}


def allowed(command: str, *roles: str) -> bool:
    try:
        check_command(command, frozenset(roles))
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("role", [*ACCOUNT_ROLES, "", "admin", "server"])
def test_a_role_may_do_what_is_written_and_nothing_else(role: str) -> None:
    found = {command for command in COMMANDS if allowed(command, role)}
    assert found == MAY.get(role, set())


@pytest.mark.parametrize("command", COMMANDS)
def test_roles_add_up_and_take_nothing_from_each_other(command: str) -> None:
    for first, second in itertools.combinations(ACCOUNT_ROLES, 2):
        assert allowed(command, first, second) == (
            allowed(command, first) or allowed(command, second)
        )


@pytest.mark.parametrize("command", [*sorted(SERVERS_OWN), "", "drop_table", "Open", "open "])
def test_nobody_gives_the_servers_own_commands_or_unknown_ones(command: str) -> None:
    assert not allowed(command, *ACCOUNT_ROLES)


def test_every_command_is_somebodys() -> None:
    assert set(COMMAND_ROLES) == set(COMMANDS) - SERVERS_OWN
    assert all(COMMAND_ROLES.values())


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not any(allowed(command) for command in COMMANDS)


def test_the_refusal_says_whose_the_command_is() -> None:
    with pytest.raises(NotAllowed, match=r"^set_pledge is for director or producer$"):
        check_command("set_pledge", frozenset({"verifier"}))
    with pytest.raises(NotAllowed, match=r"^finish is for the server alone$"):
        check_command("finish", frozenset({"director"}))


def test_no_single_role_can_both_ask_and_verify() -> None:
    """Whoever opens and closes votes does not also say that the count is right."""
    assert not allowed("verify", "director")
    assert not allowed("verify", "producer")
    assert not allowed("close", "verifier")
