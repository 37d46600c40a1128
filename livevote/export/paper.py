"""A sheet of A4 to draw on: the look's colours, Chinese lines that break well, text that is cut
to its place. What is drawn is the business of `pdf` and `seats`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from livevote.export.fonts import FAMILY

Colour = tuple[int, int, int]

# The tokens of static/shared/tokens.css, for paper.
INK: Colour = (0x0E, 0x17, 0x26)
QUIET: Colour = (0x55, 0x5F, 0x70)
LINE: Colour = (0xC9, 0xCF, 0xD9)
GROUND: Colour = (0xF1, 0xF3, 0xF7)
ACCENT: Colour = (0x17, 0x69, 0xE0)
GOLD: Colour = (0xE3, 0xB3, 0x41)
GOOD: Colour = (0x15, 0x8F, 0x7B)
MID: Colour = (0xD9, 0x9A, 0x1C)
POOR: Colour = (0xB4, 0x47, 0x5E)

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARK_HEIGHT = 10.0
LEADING = 1.5
MM_PER_POINT = 25.4 / 72

_OPEN = "（《「『“‘(\\["
_CLOSE_WIDE = "，。、；：！？）》」』”’…"
_CLOSE = f"{_CLOSE_WIDE}%,.;:!?)\\]"
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
# What stays together on a line: a Chinese character or a Latin word, with its punctuation.
PIECE = re.compile(
    rf" |[{_OPEN}]*(?:[{_CJK}]|[^ {_OPEN}{_CLOSE}{_CJK}]+)?[{_CLOSE}]*(?: [{_CLOSE_WIDE}]+)*"
)


class Paper(FPDF):
    """Units are millimetres, sizes of type are points. (0, 0) is the top left corner."""

    def __init__(self, title: str, made_ms: int, mark: str = "") -> None:
        """mark: stands in a band at the top of every page."""
        super().__init__(format="A4", unit="mm")
        self._band = mark
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.c_margin = 0
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_creator("livevote")
        self.set_creation_date(datetime.fromtimestamp(made_ms // 1000, UTC))

    def header(self) -> None:
        if self._band:
            self.box(0, 0, PAGE_WIDTH, MARK_HEIGHT, MID)
            self.style(11, bold=True)
            self.put(0, 1.6, self._band, PAGE_WIDTH, "C")

    def style(self, size: float, *, bold: bool = False, colour: Colour = INK) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    @property
    def leading(self) -> float:
        """The height of a line in the style that is set."""
        return self.font_size_pt * MM_PER_POINT * LEADING

    def put(self, x: float, y: float, text: str, width: float = 0, align: str = "L") -> None:
        """One line at (x, y), cut with … where it is wider than `width`."""
        if width:
            text = self.cut(text, width)
        self.set_xy(x, y)
        self.cell(
            width or self.get_string_width(text) + 1,
            self.leading,
            text,
            align=align,
            new_x=XPos.LEFT,
            new_y=YPos.TOP,
        )

    def cut(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def wrap(self, text: str, width: float) -> list[str]:
        """Lines no wider than `width`, broken between words or Chinese characters, never before
        a closing mark or after an opening one."""
        lines: list[str] = []
        line = ""
        for piece in self._pieces(" ".join(text.split()), width):
            if line and self.get_string_width((line + piece).rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece if line else piece.lstrip()
        return [*lines, line.rstrip()] if line else lines

    def _pieces(self, text: str, width: float) -> list[str]:
        found: list[str] = []
        for piece in PIECE.findall(text):
            if self.get_string_width(piece) > width:
                found.extend(piece)  # a word longer than a line breaks anywhere
            elif piece:
                found.append(piece)
        return found

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        if width > 0 and height > 0:
            self.set_fill_color(*colour)
            self.rect(x, y, width, height, style="F")

    def rule(self, x: float, y: float, width: float, colour: Colour = LINE) -> None:
        self.box(x, y, width, 0.25, colour)

    def bytes(self) -> bytes:
        return bytes(self.output())
