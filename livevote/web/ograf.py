"""The drawing for other hosts: the OGraf package under /ograf and as a zip, and a template for SPX.

The package is files of static/ and the theme's as they are, with the manifest at its root. Nothing
of an episode is in it: what is drawn comes later, by an overlay link.
"""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from livevote.web.assets import Assets
from livevote.web.roles import Gate

MANIFEST = "livevote.ograf.json"
ZIP = "livevote.zip"
SPX = "livevote-spx.html"
# What there is for graphics machines, by address.
PATHS = tuple(f"/ograf/{name}" for name in (MANIFEST, ZIP, SPX))
# What the graphic imports and loads; of the fonts the licence too.
PARTS = ("ograf", "overlay", "shared", "vendor/noto-sans-sc-5.3.1")
THEME = "theme/"
# A fixed date: the same files make the same bytes.
DATE = (2026, 1, 1, 0, 0, 0)


def package(folder: Path, theme: Path) -> dict[str, Path]:
    """The package's files, by their name in it. folder: static/. theme: the folder of the look."""
    files: dict[str, Path] = {}
    for part in PARTS:
        files |= _below(folder / part, f"{part}/")
    return {MANIFEST: files.pop(f"ograf/{MANIFEST}"), **files, **_below(theme, THEME)}


def _below(folder: Path, prefix: str) -> dict[str, Path]:
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".html"
    }


def zipped(files: dict[str, Path]) -> bytes:
    """As a file to take to a renderer; every name in it lies below livevote/."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(f"livevote/{name}", DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    return out.getvalue()


def spx_template(folder: Path, base: str) -> str:
    """The overlay page as one file for SPX's own folder, which reads a template's definition
    without fetching scripts: the plain ones are put into it, the rest comes from `base`."""
    page = (folder / "overlay" / "index.html").read_text()

    def inlined(found: re.Match[str]) -> str:
        return f"<script>\n{(folder / found[1]).read_text()}</script>"

    page = re.sub(r'<script src="/static/([^"]+)"></script>', inlined, page)
    return re.sub(r'="/(static|theme)/', rf'="{base}/\1/', page)


class Ograf:
    """One per process. assets: of static/, which is `folder`; looks: of the folder `theme`. base:
    this server as others reach it."""

    def __init__(self, assets: Assets, looks: Assets, folder: Path, theme: Path, base: str) -> None:
        self._assets = assets
        self._looks = looks
        self._folder = folder
        self._base = base
        self._files = package(folder, theme)
        self._zip: bytes | None = None

    async def file(self, request: Request) -> Response:
        name = request.path_params["path"]
        if name == ZIP:
            return _download(await self._zipped(), ZIP, "application/zip")
        if name == SPX:
            text = spx_template(self._folder, self._base)
            return _download(text.encode(), SPX, "text/html")
        if name not in self._files:
            raise HTTPException(404)
        if name.startswith(THEME):
            return self._looks.answer(request, name.removeprefix(THEME))
        return self._assets.answer(request, f"ograf/{MANIFEST}" if name == MANIFEST else name)

    async def _zipped(self) -> bytes:
        if self._zip is None:
            self._zip = await asyncio.to_thread(zipped, self._files)
        return self._zip

    def routes(self, gate: Gate) -> list[BaseRoute]:
        return [gate.route("GET", "/ograf/{path:path}", self.file)]


def _download(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-cache",
    }
    return Response(data, headers=headers, media_type=media_type)
