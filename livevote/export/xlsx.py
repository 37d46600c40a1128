"""All sheets as one XLSX workbook. Text cells are text: never formulas, never links."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from livevote.export.material import Material
from livevote.export.tables import Cell, Table, tables
from livevote.export.words import both

WIDTH_MIN, WIDTH_MAX = 8, 48
CELL_MAX = 32_767  # what Excel can hold

# Code points that XML 1.0 cannot hold and XlsxWriter would write all the same.
_NOT_XML = re.compile("[\ufffe\uffff]")


def make(material: Material, fonts: Path) -> bytes:
    episode = material.episode
    title = f"{both(episode.show)} · {both(episode.title)}"
    return workbook(tables(material), title, episode.changed_ms)


def workbook(
    sheets: tuple[Table, ...], title: str, made_ms: int, *, to_fill_in: bool = False
) -> bytes:
    """made_ms: written as the time of making, so that the same content is the same file.
    to_fill_in: what people type will be text, so that seat 3-4 does not become a date."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": title, "created": datetime.fromtimestamp(made_ms // 1000, UTC)})
    formats = _Formats(book)
    for table in sheets:
        sheet = book.add_worksheet(both(table.title))
        _sheet(sheet, table, formats, formats.text if to_fill_in else None)
    book.close()
    return out.getvalue()


class _Formats:
    """The looks of cells; figures with as many decimals as they were aired with."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._decimals: dict[int, Any] = {}
        plain = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "top"}
        self.text = book.add_format({**plain, "text_wrap": True, "num_format": "@"})
        self.whole = book.add_format({**plain, "num_format": "0"})
        self.header = book.add_format(
            {**plain, "bold": True, "text_wrap": True, "bg_color": "#E8ECF3", "bottom": 2}
        )
        self._plain = plain

    def figure(self, decimals: int) -> Any:
        if decimals not in self._decimals:
            places = "0." + "0" * decimals if decimals else "0"
            self._decimals[decimals] = self._book.add_format({**self._plain, "num_format": places})
        return self._decimals[decimals]


def _sheet(sheet: Any, table: Table, formats: _Formats, unfilled: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(table.columns):
        sheet.set_column(column, column, _width(table, column), unfilled)
        sheet.write_string(0, column, title, formats.header)
    for row, cells in enumerate(table.rows, 1):
        for column, cell in enumerate(cells):
            _write(sheet, row, column, cell, formats)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    if isinstance(cell, str):
        text = _NOT_XML.sub("\ufffd", cell)[:CELL_MAX]
        sheet.write_string(row, column, text, formats.text)
    elif isinstance(cell, Decimal):
        decimals = max(-int(cell.as_tuple().exponent), 0)
        sheet.write_number(row, column, float(cell), formats.figure(decimals))
    else:
        sheet.write_number(row, column, cell, formats.whole)


def _width(table: Table, column: int) -> int:
    """Wide enough for the longest line of the column; Chinese takes two places."""
    texts = (table.columns[column], *(str(row[column]) for row in table.rows))
    return min(max(WIDTH_MIN, *(_places(text) + 2 for text in texts)), WIDTH_MAX)


def _places(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
