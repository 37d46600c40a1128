"""Noto Sans SC for PDFs and pictures: the few glyphs that are needed, out of the web font's slices.

The pages' font comes in a hundred variable WOFF2 slices; a PDF wants one TTF
per weight. The glyphs are drawn at the weight, out of the slices that hold
them, into a small font made in memory. (Adding each slice to the PDF as a
fallback font would embed dozens of fonts and cut every line into pieces.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont

FAMILY = "Noto Sans SC"
WEIGHTS = {"": 400, "B": 700}

# The mark that Chinese printing sets for a type it does not have.
MISSING = "〓"


@contextmanager
def with_fonts(pdf: FPDF, folder: Path, text: str) -> Iterator[None]:
    """Give `pdf` the family for all characters of `text`. The font files live until the end of
    the block: write the PDF inside it."""
    glyphs = Glyphs(folder, text)
    with TemporaryDirectory(prefix="livevote-fonts-") as scratch:
        for style, weight in WEIGHTS.items():
            path = Path(scratch) / f"{weight}.ttf"
            path.write_bytes(glyphs.ttf(weight))
            pdf.add_font(FAMILY, style, path)
        try:
            yield
        finally:
            for font in pdf.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()


class Glyphs:
    """The glyphs of some characters at any weight."""

    def __init__(self, folder: Path, text: str) -> None:
        self._slices: list[tuple[TTFont, dict[int, str]]] = []
        ranges = json.loads((folder / "unicode.json").read_text())
        wanted = {ord(char) for char in text + MISSING if char >= " "}
        self.missing = set(wanted)
        for name, covers in sorted(ranges.items()):
            here = wanted & self.missing & _code_points(covers)
            if not here:
                continue
            path = folder / "files" / f"noto-sans-sc-{name.strip('[]')}-wght-normal.woff2"
            font = TTFont(BytesIO(path.read_bytes()))
            cmap = font.getBestCmap()
            held = {code: cmap[code] for code in sorted(here) if code in cmap}
            self._slices.append((font, held))
            self.missing -= held.keys()

    def ttf(self, weight: int) -> bytes:
        """A TTF with these glyphs. The same characters give the same bytes."""
        out = BytesIO()
        self._font(weight).save(out)
        return out.getvalue()

    def _font(self, weight: int) -> Any:
        names, glyphs, metrics = [".notdef"], {}, {}
        cmap: dict[int, str] = {}
        for font, held in self._slices:
            drawn = font.getGlyphSet(location={"wght": weight})
            for code, source in held.items():
                name = f"u{code:04X}"
                cmap[code] = name
                names.append(name)
                glyphs[name], metrics[name] = _draw(drawn, source)
        # What no slice has is printed as the mark, and can still be copied as itself.
        mark = cmap[ord(MISSING)]
        glyphs[".notdef"], metrics[".notdef"] = glyphs[mark], metrics[mark]
        cmap.update(dict.fromkeys(sorted(self.missing), mark))
        return _build(names, cmap, glyphs, metrics, self._slices[0][0], weight)


def _code_points(ranges: str) -> set[int]:
    """CSS ranges, "U+4e00-4e03,U+4e07", as code points."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _draw(glyphs: Any, name: str) -> tuple[Any, tuple[int, int]]:
    """(outline, (advance, left side bearing)) of a glyph at the glyph set's weight."""
    outline = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(outline)
    pen = TTGlyphPen(None)
    outline.replay(pen)
    glyph = pen.glyph()
    glyph.recalcBounds(None)
    return glyph, (round(glyphs[name].width), getattr(glyph, "xMin", 0))


def _build(
    names: list[str],
    cmap: dict[int, str],
    glyphs: dict[str, Any],
    metrics: dict[str, tuple[int, int]],
    source: TTFont,
    weight: int,
) -> Any:
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=source["hhea"].ascent, descent=source["hhea"].descent)
    style = "Bold" if weight > 500 else "Regular"
    builder.setupNameTable(
        {"familyName": FAMILY, "styleName": style, "fullName": f"{FAMILY} {style}"}
    )
    os2 = source["OS/2"]
    builder.setupOS2(usWeightClass=weight, sCapHeight=os2.sCapHeight, sxHeight=os2.sxHeight)
    builder.setupPost()
    builder.updateHead(created=source["head"].created, modified=source["head"].modified)
    return builder.font


def characters(texts: Iterable[object]) -> str:
    """All characters of texts and of what is inside maps and lists."""
    found: set[str] = set()
    for item in texts:
        if isinstance(item, str):
            found.update(item)
        elif isinstance(item, dict):
            found.update(characters(item.values()))
        elif isinstance(item, (list, tuple)):
            found.update(characters(item))
    return "".join(sorted(found))
