"""Every export as the text that somebody could read in it."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

from python_calamine import load_workbook

from livevote.export import FORMATS
from livevote.export.material import Material
from tests.export.sample import FONTS


def _poppler(program: str) -> str:
    """Debian's poppler-utils. Missing is a failure, not a skip."""
    found = shutil.which(program)
    assert found, f"{program} is missing: run scripts/setup test"
    return found


def made(name: str, material: Material) -> bytes:
    return FORMATS[name].make(material, FONTS)


def text_of(name: str, data: bytes) -> str:
    if name == "xlsx":
        return "\n".join("\t".join(row) for rows in sheets(data).values() for row in rows)
    if name == "pdf":
        return pdf_text(data)
    if name in ("bundle", "public"):
        return "\n".join(content.decode() for content in unzipped(data).values())
    return data.decode("utf-8-sig")


def sheets(data: bytes) -> dict[str, list[list[str]]]:
    book = load_workbook(io.BytesIO(data))
    return {
        name: [[_cell(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


def _cell(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pdf_text(data: bytes) -> str:
    done = subprocess.run(
        [_poppler("pdftotext"), "-layout", "-", "-"], input=data, capture_output=True, check=True
    )
    return done.stdout.decode()


def pdf_page(data: bytes, folder: Path, dpi: int, page: int = 1) -> Path:
    """One page as a picture in shades of grey."""
    options = f"-gray -singlefile -r {dpi} -f {page} -".split()
    subprocess.run([_poppler("pdftoppm"), *options, str(folder / "page")], input=data, check=True)
    return folder / "page.pgm"
