from __future__ import annotations

from typing import Any

from fpdf import FPDF
from fpdf.fonts import TTFFont

from livevote.export.fonts import FAMILY, MISSING, characters, with_fonts
from tests.export.sample import FONTS

# Latin, an accent made of two outlines, simplified, traditional and rare Chinese, marks.
TEXT = "Aé台州臺灣龘·…✓○×"


def fonts_for(text: str) -> dict[str, dict[int, str]]:
    pdf = FPDF()
    with with_fonts(pdf, FONTS, text):
        return {
            key: dict(font.cmap) for key, font in pdf.fonts.items() if isinstance(font, TTFFont)
        }


def test_both_weights_have_every_character_and_no_other() -> None:
    found = fonts_for(TEXT)
    assert len(found) == 2
    for cmap in found.values():
        assert set(cmap) == {ord(char) for char in TEXT + MISSING}
        assert len(set(cmap.values())) == len(cmap)


def test_what_no_slice_has_is_printed_as_the_mark() -> None:
    for cmap in fonts_for("台\U0001f600").values():
        assert cmap[0x1F600] == cmap[ord(MISSING)] != cmap[ord("台")]


def test_bold_is_bolder() -> None:
    widths: dict[str, Any] = {}
    pdf = FPDF()
    with with_fonts(pdf, FONTS, "W"):
        for style in ("", "B"):
            pdf.set_font(FAMILY, style, 10)
            widths[style] = pdf.get_string_width("W")
    assert widths["B"] > widths[""]


def test_only_what_is_printed_is_embedded() -> None:
    def size(printed: str) -> int:
        pdf = FPDF()
        with with_fonts(pdf, FONTS, "".join(map(chr, range(0x4E00, 0x4E00 + 300)))):
            pdf.add_page()
            pdf.set_font(FAMILY, "", 10)
            pdf.cell(text=printed)
            return len(pdf.output())

    assert size("一丁") < 7_000 < 15_000 < size("".join(map(chr, range(0x4E00, 0x4E00 + 300))))


def test_all_characters_of_nested_texts() -> None:
    assert characters(["ba", {"x": ("台", 7, None), "y": ["c"]}]) == "abc台"
