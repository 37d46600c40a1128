"""Files to take home: what the tables, reports and bundles of an episode are made by.

Everything here is a function from `Material` to bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livevote.export import bundle, pdf, public, sheets_csv, sheets_json, xlsx
from livevote.export.material import Material


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
    "pdf": Format("report.pdf", "application/pdf", pdf.make),
    "bundle": Format("bundle.zip", "application/zip", bundle.make),
    "public": Format("public.zip", "application/zip", public.make),
}
