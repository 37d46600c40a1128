"""Cards with the seats' QR codes: A4, two by four, cut along the dotted lines.

Whoever scans a card's code takes the seat, so a sheet is as secret as a bundle of keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import segno

from livevote.core.model import Episode
from livevote.core.names import Names
from livevote.export.cards import SeatCard
from livevote.export.fonts import characters, with_fonts
from livevote.export.paper import (
    GOLD,
    INK,
    LINE,
    MID,
    MM_PER_POINT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QUIET,
    Paper,
)
from livevote.export.words import REHEARSAL, both

COLUMNS, ROWS = 2, 4
CARD_WIDTH, CARD_HEIGHT = PAGE_WIDTH / COLUMNS, PAGE_HEIGHT / ROWS
# Printers leave about 5 mm of the sheet's edge white.
INSET = 9.0
CODE = 46.0
QUIET_MODULES = 4
LABEL_SIZES = (34.0, 28.0, 22.0, 17.0, 13.0, 10.0)

BLOCK = Names("区", "Block")
SEAT = Names("席位", "Seat")
HOW = (
    "用本席平板扫码入座；一席一票，请勿转让或拍照。",
    "Scan with this seat's tablet. One seat, one ballot: do not share it.",
)


def seat_sheets(episode: Episode, cards: Sequence[SeatCard], fonts: Path) -> bytes:
    paper = Paper(f"{both(episode.title)} · {both(SEAT)}", episode.changed_ms)
    text = characters(
        (
            *(card.label + card.block + both(card.panel_name) for card in cards),
            *map(both, (episode.show, episode.title, BLOCK, SEAT, REHEARSAL)),
            *HOW,
            "…·",
        )
    )
    with with_fonts(paper, fonts, text):
        for place, card in enumerate(cards):
            row, column = divmod(place % (COLUMNS * ROWS), COLUMNS)
            if not row and not column:
                paper.add_page()
                _cut_lines(paper)
            _card(paper, episode, card, column * CARD_WIDTH, row * CARD_HEIGHT)
        return paper.bytes()


def _cut_lines(paper: Paper) -> None:
    paper.set_draw_color(*LINE)
    paper.set_line_width(0.2)
    paper.set_dash_pattern(dash=1, gap=1.5)
    paper.line(CARD_WIDTH, 0, CARD_WIDTH, PAGE_HEIGHT)
    for row in range(1, ROWS):
        paper.line(0, row * CARD_HEIGHT, PAGE_WIDTH, row * CARD_HEIGHT)
    paper.set_dash_pattern()


def _card(paper: Paper, episode: Episode, card: SeatCard, x: float, y: float) -> None:
    left, top = x + INSET, y + INSET
    width = CARD_WIDTH - 2 * INSET - CODE - 3
    paper.box(left, top, 10, 1, GOLD)
    paper.style(8, colour=QUIET)
    paper.put(left, top + 2, both(SEAT), width)
    size = _fitting(paper, card.label, width)
    paper.style(size, bold=True)
    paper.put(left, top + 5 + (LABEL_SIZES[0] - size) * MM_PER_POINT, card.label, width)
    paper.style(9)
    block = f"{both(BLOCK)} {card.block}" if card.block else ""
    at = top + 21
    for text in filter(None, (block, card.panel_name.zh, card.panel_name.en)):
        paper.put(left, at, text, width)
        at += 4.8
    _foot(paper, episode, left, top + 36, width)
    if episode.rehearsal_of:
        # On each card: they are cut apart.
        paper.box(x, y + CARD_HEIGHT - 8, CARD_WIDTH, 8, MID)
        paper.style(11, bold=True)
        paper.put(x, y + CARD_HEIGHT - 6.8, both(REHEARSAL), CARD_WIDTH, "C")
    _code(paper, card.link, x + CARD_WIDTH - INSET - CODE, top)
    at = top + CODE + 1.5
    paper.style(7.5, colour=QUIET)
    for text in HOW:
        paper.put(left, at, text, CARD_WIDTH - 2 * INSET)
        at += 4.2


def _foot(paper: Paper, episode: Episode, x: float, y: float, width: float) -> None:
    paper.style(7.5, colour=QUIET)
    paper.put(x, y, episode.show.zh, width)
    paper.style(7.5, bold=True)
    paper.put(x, y + 4.2, episode.title.zh, width)


def _fitting(paper: Paper, text: str, width: float) -> float:
    """The largest size of type in which the text fits."""
    for size in LABEL_SIZES:
        paper.style(size, bold=True)
        if paper.get_string_width(text) <= width:
            return size
    return LABEL_SIZES[-1]


def _code(paper: Paper, link: str, x: float, y: float) -> None:
    """The QR code with its quiet zone, as black runs of modules: sharp at every size."""
    matrix = segno.make(link, error="m", micro=False).matrix
    module = CODE / (len(matrix) + 2 * QUIET_MODULES)
    x, y = x + QUIET_MODULES * module, y + QUIET_MODULES * module
    paper.set_fill_color(*INK)
    for row, bits in enumerate(matrix):
        for first, length in _runs(bits):
            # A hair higher than a module, so that no white shows between rows on a screen.
            paper.rect(
                x + first * module, y + row * module, length * module, module * 1.02, style="F"
            )


def _runs(bits: Sequence[int]) -> list[tuple[int, int]]:
    """(first, length) of each run of dark modules."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(bits):
        if dark and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((place, 1))
    return found
