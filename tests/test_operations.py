"""OPERATIONS.md says what the code does."""

from __future__ import annotations

import re
from dataclasses import fields

from livevote.cli import doctor, push
from livevote.config import SETTINGS, Settings
from tests.settings_table import OPERATIONS, filled

TEXT = OPERATIONS.read_text()


def test_the_table_of_settings_is_what_the_code_says() -> None:
    assert filled(TEXT) == TEXT, "run: python -m tests.settings_table"


def test_every_row_has_its_typed_field_with_the_same_default() -> None:
    typed = {f.name: f for f in fields(Settings)}
    assert list(typed) == [row.name for row in SETTINGS]
    assert Settings() == Settings(**{row.name: row.default for row in SETTINGS})


def test_options_named_in_the_text_exist() -> None:
    known = {row.flag for row in SETTINGS} | {"--help", "--version", "--once"}
    for option in (*push.params, *doctor.params):
        known |= {*option.opts, *option.secondary_opts}
    assert set(re.findall(r"(?<!-)--[a-z][a-z-]+", TEXT)) <= known
