"""The sentences are those of the public page: one case file holds them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from livevote.core.plain import from_plain
from livevote.core.rules import Rules
from livevote.export.rules_text import LANGS, rules_in_words
from tests.core import examples

CASES = json.loads((Path(__file__).parents[1] / "web/rules_in_words.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("lang", LANGS)
def test_rules_in_words(case: dict[str, Any], lang: str) -> None:
    assert rules_in_words(from_plain(Rules, case["rules"]), lang) == case[lang]


@settings(max_examples=25)
@given(rules=examples.rules())
def test_any_rules_can_be_said_in_as_many_sentences_in_both_languages(rules: Rules) -> None:
    zh, en = (rules_in_words(rules, lang) for lang in LANGS)
    assert len(zh) == len(en)
    assert all(zh)
    assert all(en)
