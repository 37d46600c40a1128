"""Every role against every command: an exact table, and nothing beside it."""

from __future__ import annotations

import itertools

import pytest

from livevote.core.case import Case, Desk, Kind, Unit
from livevote.core.names import Names
from livevote.core.plain import COMMANDS, LEDGER_COMMANDS
from livevote.core.pledge import Move, Pledge
from livevote.errors import NotAllowed
from livevote.hub.roles import (
    ACCOUNT_ROLES,
    COMMAND_ROLES,
    DESK_ROLES,
    LEDGER_ROLES,
    MOVE_ROLES,
    DeskReader,
    check_command,
    move_role,
    moves_for,
)

# What each role may do. Written out again, so that a change of the table is seen to be one.
DIRECTOR = {
    *("insert_segment", "edit_segment", "set_pledge", "reissue_seat", "choose_segment"),
    "look_back_on",
    *("arm", "open", "extend", "pause", "resume", "close", "reveal"),
    *("ask_void", "drop_void", "confirm_void"),
    *("ask_correction", "drop_correction", "confirm_correction"),
    *("cue", "take", "out", "blank", "restore"),
}
PRODUCER = {
    *("set_title", "set_rundown", "insert_segment", "edit_segment", "set_pledge"),
    "look_back_on",
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


# --- the ledger ---

PLEDGE = Pledge("p1", Names("台州市水利局"), "打通断头河", "2026-12-31")
OTHER = "台州市住建局"

MOVES_OF: dict[str, set[str]] = {
    "supervision": {move.value for move in Move},
    "media": {"note"},
    "unit": {"accept", "start", "claim", "note"},
    "producer": {"withdraw", "note"},
}


@pytest.mark.parametrize("role", [*ACCOUNT_ROLES, "", "admin", "server"])
def test_a_role_moves_a_pledge_as_is_written_and_not_otherwise(role: str) -> None:
    roles = frozenset({role})
    assert set(moves_for(Move, PLEDGE, roles, PLEDGE.unit.zh)) == MOVES_OF.get(role, set())
    for move in Move:
        if move in MOVES_OF.get(role, set()):
            assert move_role(move, PLEDGE, roles, PLEDGE.unit.zh) == role
        else:
            with pytest.raises(NotAllowed):
                move_role(move, PLEDGE, roles, PLEDGE.unit.zh)


@pytest.mark.parametrize("unit", ["", OTHER, "台州市水利", "Water"])
def test_a_unit_answers_for_its_own_pledges_only(unit: str) -> None:
    assert moves_for(Move, PLEDGE, frozenset({"unit"}), unit) == []
    with pytest.raises(NotAllowed):
        move_role(Move.CLAIM, PLEDGE, frozenset({"unit"}), unit)
    # Its other roles stay what they are.
    assert move_role(Move.NOTE, PLEDGE, frozenset({"unit", "media"}), unit) == "media"


def test_every_command_and_move_of_the_ledger_is_somebodys() -> None:
    assert set(LEDGER_ROLES) == set(LEDGER_COMMANDS)
    assert set(MOVE_ROLES) == set(Move)
    given = {role for roles in (*LEDGER_ROLES.values(), *MOVE_ROLES.values()) for role in roles}
    assert given <= set(ACCOUNT_ROLES)
    assert LEDGER_ROLES["move_pledge"] == frozenset().union(*MOVE_ROLES.values())


# --- the question desk ---

DESK = Desk(
    units=(
        Unit("water", Names(PLEDGE.unit.zh, "Water")),
        Unit("roads", Names(OTHER, "Roads")),
        Unit("u03", Names("", "Water")),
    )
)
AT_DESK = {
    "producer": {
        *("set_desk", "accept_case", "refuse_case", "forward_case", "reclassify_case"),
        *("handle_case", "answer_case", "show_post", "hide_post", "erase_case"),
    },
    "unit": {"accept_case", "return_case", "handle_case", "answer_case"},
}


def of(unit: str) -> Case:
    return Case("Q000001", Kind.ENQUIRY, unit, "t", 0, 0, ())


@pytest.mark.parametrize("role", [*ACCOUNT_ROLES, "", "admin", "server"])
def test_a_role_works_at_the_desk_as_is_written_and_not_otherwise(role: str) -> None:
    given = {name for name, roles in DESK_ROLES.items() if role in roles}
    assert given == AT_DESK.get(role, set())
    reader = DeskReader.of(DESK, frozenset({role}), PLEDGE.unit.zh if role == "unit" else "")
    seen = [unit.id for unit in DESK.units if reader.roles_for(of(unit.id))]
    everything = [unit.id for unit in DESK.units]
    assert seen == {"producer": everything, "director": everything, "unit": ["water"]}.get(role, [])


@pytest.mark.parametrize("unit", ["", "water", "Water", "台州市水利", "nobody"])
def test_an_account_that_names_no_unit_of_the_desk_sees_no_case(unit: str) -> None:
    reader = DeskReader.of(DESK, frozenset({"unit", "supervision", "owner"}), unit)
    assert not any(reader.roles_for(of(asked)) for asked in ("water", "roads", "u03", "", unit))


def test_a_unit_that_also_directs_sees_all_and_works_on_its_own() -> None:
    reader = DeskReader.of(DESK, frozenset({"unit", "director"}), PLEDGE.unit.zh)
    assert reader.roles_for(of("water")) == {"unit", "director"}
    assert reader.roles_for(of("roads")) == {"director"}
