"""The results as one CSV file that Chinese Excel opens as it is: UTF-8 with BOM, CRLF.

Text that a spreadsheet would run as a formula gets an apostrophe in front
(OWASP, "CSV Injection"); numbers are ours and stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from livevote.export.material import Material
from livevote.export.tables import Cell, Row, summary

# The last four are the full-width forms that an East Asian Excel takes for the same.
RISKY = frozenset("=+-@\t\r\n＝＋－＠")


def make(material: Material, fonts: Path) -> bytes:
    table = summary(material)
    return csv_bytes([table.columns, *table.rows])


def csv_bytes(rows: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def cell_text(cell: Cell) -> str:
    return neutral(cell) if isinstance(cell, str) else str(cell)


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula. `original` gives it back, also where the
    text itself begins with an apostrophe."""
    return f"'{text}" if text.lstrip("'")[:1] in RISKY and text.strip("'") else text


def original(text: str) -> str:
    """What `neutral` was given."""
    return text[1:] if text.startswith("'") and neutral(text) != text else text
