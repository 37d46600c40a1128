"""Evidence of pledges: files beside the store, each under the SHA-256 of its content.

A file is what its content says it is, never what its name says. The same content is kept once;
nothing is ever changed or removed here. Calls block: run them in a thread.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from pathlib import Path

from livevote.core.pledge import File
from livevote.errors import BadInput, NotFound, StoreDown
from livevote.hub.files import write_whole

BYTES_MAX = 20_000_000
# The votes of the next show need the disk more.
FREE_MIN = 1_000_000_000
_NAME = re.compile(r"[0-9a-f]{64}")

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX = f"{_OFFICE}wordprocessingml.document", f"{_OFFICE}spreadsheetml.sheet"
TYPES = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    DOCX: "docx",
    XLSX: "xlsx",
}


def type_of(data: bytes) -> str:
    """One of TYPES, by the content. Raises BadInput for anything else."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and not data[8:12].startswith(b"qt"):
        return "video/mp4"
    if data.startswith(b"PK\x03\x04") and (found := _office(data)):
        return found
    raise BadInput(
        "evidence is a PDF, a picture (JPEG, PNG, WebP), an MP4, or a Word or Excel file "
        "without macros; this is none of them by its content",
        where="file",
    )


def _office(data: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ""
    if "[Content_Types].xml" not in names or any("vbaProject" in name for name in names):
        return ""
    folders = {name.partition("/")[0] for name in names}
    return DOCX if "word" in folders else XLSX if "xl" in folders else ""


class Evidence:
    """The folder. Made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> File:
        """Keep a file; when this returns it is on disk. Raises BadInput, or StoreDown where the
        disk is nearly full."""
        if not 0 < len(data) <= BYTES_MAX:
            raise BadInput(f"a file has 1 to {BYTES_MAX // 1_000_000} MB", where="file")
        kind = type_of(data)
        name = hashlib.sha256(data).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        if not path.exists():
            if shutil.disk_usage(self._folder).free < FREE_MIN + len(data):
                raise StoreDown("the disk is nearly full: no evidence is taken until it has room")
            write_whole(path, data)
        return File(name, "", kind, len(data))

    def path(self, sha256: str) -> Path:
        """Where a file lies. Raises NotFound."""
        path = self._folder / sha256
        if not _NAME.fullmatch(sha256) or not path.is_file():
            raise NotFound("there is no such file in the evidence folder", where="files")
        return path

    def known(self, file: File) -> File:
        """The same with the type and size of what is kept. Raises NotFound."""
        path = self.path(file.sha256)
        data = path.read_bytes()
        return File(file.sha256, file.name, type_of(data), len(data))
