"""Files to take home: what the tables, reports and bundles of an episode are made by.

Everything here is a function from `Material` to bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livevote.export import bundle, public, sheets_csv, sheets_json, xlsx
from livevote.export.material import Material


def _pdf(material: Material, fonts: Path) -> bytes:
    # Here: its libraries take a quarter of a server's start, and a server that died in a vote is
    # waited for. The export's own thread loads them.
    from livevote.export import pdf

    return pdf.make(material, fonts)


@dataclass(frozen=True)
class Format:
    """suffix: how a file name ends after the episode's id. make: (material, folder of the
    fonts) → the file."""

    suffix: str
    media_type: str
    make: Callable[[Material, Path], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format("results.csv", "text/csv; charset=utf-8", sheets_csv.make),
    "xlsx": Format(
        "record.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        xlsx.make,
    ),
    "json": Format("record.json", "application/json", sheets_json.make),
    "pdf": Format("report.pdf", "application/pdf", _pdf),
    "bundle": Format("bundle.zip", "application/zip", bundle.make),
    "public": Format("public.zip", "application/zip", public.make),
}
