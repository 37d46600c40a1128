"""PROTOCOL.md says what the code does: its tables are made from the code and compared."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields

import pytest

from livevote import errors
from livevote.core.phase import Phase
from livevote.core.plain import COMMANDS
from livevote.hub.roles import ACCOUNT_ROLES, COMMAND_ROLES
from livevote.wire.inbound import CHANNELS
from tests import protocol_tables as made
from tests.protocol_tables import PROTOCOL, SERVER_FACTS, TABLES, filled

TEXT = PROTOCOL.read_text()


def between(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", TEXT, re.DOTALL)
    assert found, f"PROTOCOL.md has lost its mark <!-- {name} -->"
    return found[1]


@pytest.mark.parametrize("name", TABLES)
def test_the_table_in_protocol_md_is_what_the_code_says(name: str) -> None:
    assert between(name) == TABLES[name](), "run: python -m tests.protocol_tables"


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("stale", ["", "| code |\n|---|\n| 1000 |\n"])
def test_filling_replaces_a_stale_table_and_nothing_else(name: str, stale: str) -> None:
    old = TEXT.replace(between(name), stale).replace("# Protocol", "# 协议")
    assert filled(old) == TEXT.replace(between(name), TABLES[name]()).replace(
        "# Protocol", "# 协议"
    )


def test_a_document_without_a_mark_is_not_half_filled() -> None:
    with pytest.raises(KeyError, match="closes"):
        filled(TEXT.replace("<!-- closes -->", ""))


def test_every_table_has_a_row_for_everything() -> None:
    for name, table in TABLES.items():
        rows = table().splitlines()[2:]
        assert len(rows) == len(set(rows)) >= 5, name
        columns = {len(re.split(r"(?<!\\)\|", row)) for row in rows}
        assert len(columns) == 1, name


def test_refusals_have_codes_of_their_own() -> None:
    codes = [cls.code for cls in errors.refusals()]
    assert len(set(codes)) == len(codes)
    assert {cls.http_status for cls in errors.refusals()} <= {400, 401, 403, 404, 409, 429, 503}


def test_roles_are_given_for_commands_and_accounts_that_exist() -> None:
    assert set(COMMAND_ROLES) <= set(COMMANDS)
    for name, roles in COMMAND_ROLES.items():
        assert roles, name
        assert roles <= set(ACCOUNT_ROLES), name


@pytest.mark.parametrize("name", SERVER_FACTS)
def test_what_the_document_leaves_out_clients_can_leave_out(name: str) -> None:
    with_default = {f.name for f in fields(COMMANDS[name]) if f.default is not MISSING}
    assert SERVER_FACTS[name] <= with_default


def test_the_phases_and_channels_in_the_text_are_those_of_the_code() -> None:
    listed = re.search(r"`phase`: `([a-z ]+)`", TEXT)
    assert listed
    assert set(listed[1].split()) == set(Phase) - {Phase.DRAFT}
    assert "`channel` is " + ", ".join(f"`{c}`" for c in CHANNELS[:-1]) in TEXT


def test_a_message_without_words_cannot_be_documented() -> None:
    @dataclass
    class Silent:
        run: str

    with pytest.raises(ValueError, match="Silent needs a docstring"):
        made._doc(Silent)


def test_only_the_first_sentence_describes_a_command() -> None:
    assert made._first_sentence("Close now. T is given.") == "Close now."
    assert made._first_sentence("Extend by 1.5 s at least.") == "Extend by 1.5 s at least."
