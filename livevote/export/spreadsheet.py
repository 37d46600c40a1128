"""Bytes of a file that people filled in → rows of text: XLSX, XLS, ODS, or CSV in the encodings
and with the separators that spreadsheets write."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

from livevote.errors import BadInput
from livevote.export.sheets_csv import original

BYTES_MAX = 2_000_000
CELL_MAX = 4_000

SECONDS = 20
_CHILD = Path(__file__).with_name("sheet_child.py")
# A ZIP (XLSX, ODS) and a compound file (XLS).
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
# A BOM says the encoding; Chinese Windows writes GB 18030 without one.
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",;\t"


def read(data: bytes) -> list[list[str]]:
    """All rows, the first one first; empty rows are empty lists, so that row numbers are those
    the spreadsheet shows. Raises BadInput."""
    if len(data) > BYTES_MAX:
        raise BadInput(
            f"文件超过 {BYTES_MAX // 1_000_000} MB。 The file is too large.", where="file"
        )
    if not data.strip():
        raise BadInput("文件是空的。 The file is empty.", where="file")
    found = _spreadsheet(data) if data.startswith(_SPREADSHEETS) else _csv(data)
    cleaned = [[_cell(cell) for cell in row] for row in found]
    return [row if any(row) else [] for row in cleaned]


def _cell(text: str) -> str:
    """One line, and longer than any text may be where it is too long."""
    return " ".join(text.split())[:CELL_MAX]


def _spreadsheet(data: bytes) -> list[list[str]]:
    try:
        # In a process with little memory: see sheet_child.
        child = subprocess.run(  # noqa: S603 (our own file, no shell)
            [sys.executable, "-I", str(_CHILD)], input=data, capture_output=True, timeout=SECONDS
        )
        child.check_returncode()
        rows: list[list[str]] = json.loads(child.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise BadInput(
            "表格无法读取：请另存为 XLSX 或 CSV，去掉多余的行列后再试。"
            " This spreadsheet cannot be read: save it as XLSX or CSV without stray cells.",
            where="file",
        ) from None
    return rows


def _csv(data: bytes) -> list[list[str]]:
    text = _text(data)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    except csv.Error as error:
        raise BadInput(f"CSV 无法读取。 This is not CSV: {error}", where="file") from None
    # The apostrophe that our own CSV puts before a formula comes off again.
    return [[original(cell) for cell in row] for row in rows]


def _text(data: bytes) -> str:
    named = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "")
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput(
        "编码无法识别：请另存为 UTF-8 的 CSV 或 XLSX。"
        " The text cannot be read: save it as UTF-8 CSV or as XLSX.",
        where="file",
    )


def _separator(text: str) -> str:
    """The one that cuts most of the first rows into the same number of cells."""

    def agreement(separator: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        widths = Counter(len(row) for row in islice(rows, 20) if len(row) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_SEPARATORS, key=agreement)
