"""The share picture: one segment's result as a PNG for feeds of Weibo and WeChat.

Drawn as the record says it and in the face that is on air; it computes nothing.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from livevote.export.face import SIZES, Face
from livevote.export.fonts import Glyphs, characters
from livevote.export.paper import GOLD, PIECE, Colour

# The dark tokens of static/shared/tokens.css.
GROUND: Colour = (0x0E, 0x17, 0x26)
RAISED: Colour = (0x18, 0x24, 0x3A)
TEXT: Colour = (0xE8, 0xEC, 0xF3)
QUIET: Colour = (0xA7, 0xB3, 0xC7)
EDGE: Colour = (0x66, 0x74, 0x8C)
LEVELS: dict[str, Colour] = {
    "good": (0x4C, 0xC9, 0xB0),
    "mid": (0xF0, 0xB9, 0x4A),
    "poor": (0xF2, 0x91, 0xA5),
}
MARGIN = 64


def png(face: Face, size: str, fonts: Path) -> bytes:
    """size: of SIZES. The same face gives the same bytes."""
    picture = _Picture(SIZES[size], fonts, face)
    wide = size == "wide"
    left, right = MARGIN, picture.width - MARGIN
    column = int((right - left) * 0.56) if wide and face.bars else right - left
    picture.box(0, 0, 12, picture.height, GOLD)
    top = picture.lines(left, MARGIN - 8, face.over, 30, column, QUIET, lines=1)
    top = picture.lines(left, top + 14, face.unit, 50 if wide else 60, column, TEXT, True, lines=2)
    if face.post:
        top = picture.lines(left, top + 2, face.post, 30 if wide else 34, column, QUIET, lines=1)
    top = _figure(picture, face, (left, top + (10 if wide else 44)), column, 116 if wide else 140)
    for line in face.turnout:
        top = picture.lines(left, top + 2, line, 28 if wide else 34, column, TEXT, lines=1)
    bottom = picture.height - MARGIN + 16 - 32 * len(face.foot)
    for place, line in enumerate(face.foot):
        picture.lines(left, bottom + 32 * place, line, 22, right - left, QUIET, lines=1)
    if face.bars and wide:
        _bars(picture, face, (left + column + 48, MARGIN + 44, right, bottom - 24))
    elif face.bars:
        _bars(picture, face, (left, top + 48, right, bottom - 24))
    return picture.bytes()


def _figure(picture: _Picture, face: Face, place: tuple[int, int], width: int, size: int) -> int:
    """The figure with its measure and level, all on one line; below it."""
    left, top = place
    if not face.figure:
        return picture.lines(left, top, face.note, 36, width, TEXT, lines=3)
    picture.put(left, top, face.figure, size, GOLD, bold=True)
    at = left + picture.measure(face.figure, size, bold=True) + 18
    base = top + size

    def beside(small: int) -> int:
        name = picture.measure(face.level_name, small, bold=True)
        return picture.measure(face.measure, small) + 24 + (round(1.1 * small) + name)

    small = next((s for s in (44, 38, 32, 26) if at + beside(s) <= left + width), 22)
    picture.put(at, base - small, face.measure, small, TEXT)
    if face.level_name:
        at += picture.measure(face.measure, small) + 24
        colour = LEVELS.get(face.level, TEXT)
        _shape(picture, face.level, at, base - round(0.8 * small), round(0.78 * small), colour)
        at += round(1.1 * small)
        room = left + width - at
        picture.lines(at, base - small, face.level_name, small, room, colour, True, lines=1)
    return base + 18


def _shape(picture: _Picture, level: str, x: int, y: int, size: int, colour: Colour) -> None:
    """A tick, a ring, a cross: the level for those who do not see the colour."""
    draw = picture.draw
    if level == "good":
        points = [(x, y + size * 0.55), (x + size * 0.38, y + size * 0.9), (x + size, y + 4)]
        draw.line(points, fill=colour, width=7, joint="curve")
    elif level == "mid":
        draw.ellipse((x, y, x + size, y + size), outline=colour, width=6)
    else:
        draw.line((x, y, x + size, y + size), fill=colour, width=7)
        draw.line((x, y + size, x + size, y), fill=colour, width=7)


def _bars(picture: _Picture, face: Face, place: tuple[int, int, int, int]) -> None:
    """All of them, in (left, top, right, bottom): a bar below its name, or beside it where there
    are many."""
    left, top, right, bottom = place
    width = right - left
    top = picture.lines(left, top, face.panel, 26, width, QUIET, lines=2) + 14
    step = min(76, (bottom - top) // len(face.bars))
    said = [f"{bar.count} · {bar.percent} %" if bar.percent else "0" for bar in face.bars]
    size = min(26, max(14, step - 10))
    space = max(picture.measure(text, size) for text in said) + 16
    beside = step < 60
    names = max(picture.measure(bar.name, size) for bar in face.bars) + 16
    names = min(names, int(width * 0.4)) if beside else width - space
    for bar, text in zip(face.bars, said, strict=True):
        picture.lines(left, top, bar.name, size, names - 8, TEXT, lines=1)
        picture.put(right - picture.measure(text, size), top, text, size, TEXT)
        x, y = (left + names, top + size // 3) if beside else (left, top + 40)
        full = width - names - space if beside else width
        picture.box(x, y, full, 14, RAISED)
        picture.box(x, y, round(full * float(bar.percent or 0) / 100), 14, QUIET)
        top += step


class _Picture:
    """A ground to draw on, and its types: only the glyphs of this face."""

    def __init__(self, size: tuple[int, int], fonts: Path, face: Face) -> None:
        self.width, self.height = size
        self._image = Image.new("RGB", size, GROUND)
        self.draw = ImageDraw.Draw(self._image)
        glyphs = Glyphs(fonts, characters((*_texts(face), "…·%0123456789")))
        self._files = {bold: glyphs.ttf(700 if bold else 400) for bold in (False, True)}
        self._types: dict[tuple[int, bool], ImageFont.FreeTypeFont] = {}

    def _type(self, size: int, bold: bool) -> ImageFont.FreeTypeFont:
        if (size, bold) not in self._types:
            file = BytesIO(self._files[bold])
            self._types[size, bold] = ImageFont.truetype(
                file, size, layout_engine=ImageFont.Layout.BASIC
            )
        return self._types[size, bold]

    def measure(self, text: str, size: int, *, bold: bool = False) -> int:
        return round(self._type(size, bold).getlength(text))

    def put(self, x: int, y: int, text: str, size: int, colour: Colour, bold: bool = False) -> None:
        """One line; y is the top of its capitals' box."""
        self.draw.text((x, y + size), text, fill=colour, font=self._type(size, bold), anchor="ls")

    def lines(
        self,
        x: int,
        y: int,
        text: str,
        size: int,
        width: int,
        colour: Colour,
        bold: bool = False,
        *,
        lines: int,
    ) -> int:
        """Text in at most so many lines, smaller where it is long and cut at the end; where the
        next line goes."""
        for smaller in (size, round(size * 0.85), round(size * 0.7)):
            found = self._wrapped(text, smaller, width, bold)
            if len(found) <= lines:
                break
        if len(found) > lines:
            found = [*found[: lines - 1], self._cut("".join(found[lines - 1 :]), smaller, width)]
        for line in found:
            self.put(x, y, line, smaller, colour, bold)
            y += round(smaller * 1.35)
        return y

    def _wrapped(self, text: str, size: int, width: int, bold: bool) -> list[str]:
        found: list[str] = []
        line = ""
        for piece in PIECE.findall(" ".join(text.split())):
            if line and self.measure((line + piece).rstrip(), size, bold=bold) > width:
                found.append(line.rstrip())
                line = ""
            line += piece if line else piece.lstrip()
        return [*found, line.rstrip()] if line else found

    def _cut(self, text: str, size: int, width: int) -> str:
        while text and self.measure(f"{text}…", size, bold=True) > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def box(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        if width > 0:
            self.draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)

    def bytes(self) -> bytes:
        out = BytesIO()
        self._image.save(out, "PNG", optimize=True)
        return out.getvalue()


def _texts(face: Face) -> tuple[str, ...]:
    bars = (bar.name for bar in face.bars)
    plain = (face.over, face.unit, face.post, face.figure, face.measure, face.level_name)
    return (*plain, face.note, *face.turnout, face.panel, *bars, *face.foot)
