"""Reads one spreadsheet on stdin and writes its rows as JSON on stdout. A program of its own,
run by `spreadsheet`; it imports nothing of ours.

A spreadsheet is read as a dense grid, and a file of 1 KB can name a cell a
million rows down: what goes wrong here ends this process and not the server.
"""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO
from typing import Any

MEMORY = 768 << 20
SECONDS = 10
ROWS_MAX = 5_100
CELL_MAX = 4_000
TEXT_MAX = 20_000_000
COLUMNS_MAX = 200


def text(cell: Any) -> str:
    """A cell as a person reads it: 12.0 is 12, and a sum that is 0.30000000000000004 is 0.3, as
    spreadsheets show their 15 digits."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    return str(cell)[:CELL_MAX]


def rows(data: bytes) -> list[list[str]]:
    """The first visible sheet that holds anything."""
    from python_calamine import SheetVisibleEnum, load_workbook

    book = load_workbook(BytesIO(data))
    for sheet in book.sheets_metadata:
        if sheet.visible is not SheetVisibleEnum.Visible:
            continue
        found = book.get_sheet_by_name(sheet.name)
        if not found.height:
            continue
        if found.total_height > ROWS_MAX or found.total_width > COLUMNS_MAX:
            raise ValueError(f"{found.total_height} rows, {found.total_width} columns")
        grid = [[text(cell) for cell in row] for row in found.to_python(skip_empty_area=False)]
        if sum(len(cell) for row in grid for cell in row) > TEXT_MAX:
            raise ValueError("too much text")
        return grid
    return []


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(rows(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
