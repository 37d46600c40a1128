from __future__ import annotations

from pathlib import Path

import pytest
import segno
from PIL import Image

from livevote.core.names import Names
from livevote.export.cards import SeatCard
from livevote.export.seats import CODE, INSET, QUIET_MODULES, seat_sheets
from tests.export.reading import pdf_page, pdf_text
from tests.export.sample import FONTS, before

EPISODE = before().episode
PANEL = Names("现场群众代表", "Studio citizens")


def card(label: str) -> SeatCard:
    link = f"https://vote.example.org/seat#e1.{label}.1.0123456789abcdef0123456789abcdef"
    return SeatCard(label, label[0], PANEL, link)


def test_eight_cards_to_a_page_each_with_its_words() -> None:
    data = seat_sheets(EPISODE, [card(f"A-{n:02d}") for n in range(1, 18)], FONTS)
    pages = pdf_text(data).split("\f")
    assert [page.count("Studio citizens") for page in pages] == [8, 8, 1, 0]
    for text in ("A-01", "A-08", "现场群众代表", "台州全媒体问政", "五水共治", "一席一票"):
        assert text in pages[0]
    assert "A-17" in pages[2]


@pytest.mark.parametrize("label", ["A-01", "贵宾席第十二排左03"])
def test_the_code_is_the_link_module_by_module(label: str, tmp_path: Path) -> None:
    dpi = 300
    data = seat_sheets(EPISODE, [card(label)], FONTS)
    picture = Image.open(pdf_page(data, tmp_path, dpi))
    matrix = segno.make(card(label).link, error="m", micro=False).matrix
    module = CODE / (len(matrix) + 2 * QUIET_MODULES)
    left, top = 105 - INSET - CODE, INSET

    def dark(column: float, row: float) -> bool:
        place = tuple(
            round((start + (QUIET_MODULES + at + 0.5) * module) / 25.4 * dpi)
            for start, at in ((left, column), (top, row))
        )
        return int(str(picture.getpixel((place[0], place[1])))) < 128

    for row, bits in enumerate(matrix):
        for column, bit in enumerate(bits):
            assert dark(column, row) == bool(bit), (column, row)
    for edge in range(-QUIET_MODULES, len(matrix) + QUIET_MODULES):
        for quiet in range(1, QUIET_MODULES + 1):
            assert not dark(edge, -quiet)
            assert not dark(-quiet, edge)


def test_the_same_cards_give_the_same_bytes() -> None:
    cards = [card("A-01"), card("B-02")]
    assert seat_sheets(EPISODE, cards, FONTS) == seat_sheets(EPISODE, cards, FONTS)
    assert seat_sheets(EPISODE, cards, FONTS) != seat_sheets(EPISODE, cards[:1], FONTS)


def test_the_link_is_only_in_the_code() -> None:
    """Text that is copied out of the sheet gives no seat away."""
    data = seat_sheets(EPISODE, [card("A-01")], FONTS)
    assert "0123456789abcdef" not in pdf_text(data)
    assert b"0123456789abcdef" not in data
