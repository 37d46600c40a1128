from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.export.fonts import with_fonts
from livevote.export.paper import Paper
from tests.export.sample import FONTS

ALPHABET = "台州市水利局，。《》（）“”abcdefgh 12%·…"
NOT_FIRST = "，。》）”%…"
NOT_LAST = "《（“"


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    sheet = Paper("t", 0)
    with with_fonts(sheet, FONTS, ALPHABET):
        sheet.add_page()
        sheet.style(10)
        yield sheet


@given(text=st.text(ALPHABET, max_size=80), width=st.floats(12, 80))
def test_lines_fit_and_lose_nothing(paper: Paper, text: str, width: float) -> None:
    lines = paper.wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert line == line.strip() != ""
        assert paper.get_string_width(line) <= width + 0.01


PIECES = ["台州", "台州，", "《水利》", "（一）", "abc ", "abc ，", "abc, ", "12%"]


@given(text=st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(
    paper: Paper, text: str
) -> None:
    lines = paper.wrap(text, 60)
    assert all(line[0] not in NOT_FIRST for line in lines[1:])
    assert all(line[-1] not in NOT_LAST for line in lines[:-1])


def test_words_stay_whole_where_they_can(paper: Paper) -> None:
    width = paper.get_string_width("台州 abcdef")
    assert paper.wrap("台州 abcdef abcdef", width) == ["台州 abcdef", "abcdef"]
    assert paper.wrap("abcdefgh" * 9, 20)[0] != "abcdefgh" * 9


@given(text=st.text(ALPHABET, min_size=1, max_size=40), width=st.floats(8, 40))
def test_cut_text_fits_its_place(paper: Paper, text: str, width: float) -> None:
    cut = paper.cut(text, width)
    assert paper.get_string_width(cut) <= width + 0.01
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
