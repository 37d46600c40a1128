"""The files under /static, compressed once at start and kept in memory.

Ten thousand phones open the page in the same minute, many on a poor network:
each gets ready bytes, and on the next visit only learns that nothing changed.
"""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

TEXT = {".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt"}
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2"}
# Vendored files stand under their version; ours are asked for again at each visit.
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class Asset:
    """One file. bodies: by content encoding, smallest first; "" is as it is."""

    media_type: str
    etag: str
    cache: str
    bodies: dict[str, bytes]


class Assets:
    """All files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _asset(path, "vendor" in path.parts)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    async def serve(self, request: Request) -> Response:
        return self.answer(request, request.path_params["path"])

    def answer(self, request: Request, name: str) -> Response:
        asset = self._assets.get(name)
        if asset is None:
            raise HTTPException(404)
        headers = {
            "etag": asset.etag,
            "cache-control": asset.cache,
            "vary": "accept-encoding",
            # Graphics machines load the drawing into pages of their own; nothing here is a secret.
            "access-control-allow-origin": "*",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        accepted = request.headers.get("accept-encoding", "")
        encoding = next(name for name in asset.bodies if name in accepted)
        if encoding:
            headers["content-encoding"] = encoding
        return Response(asset.bodies[encoding], headers=headers, media_type=asset.media_type)


def _asset(path: Path, vendored: bool) -> Asset:
    data = path.read_bytes()
    bodies = {"": data}
    if path.suffix in TEXT:
        packed = {"br": brotli.compress(data), "gzip": gzip.compress(data, 9, mtime=0)}
        bodies = {**packed, **bodies}
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return Asset(
        guessed or "application/octet-stream",
        f'"{sha256(data).hexdigest()[:20]}"',
        FOR_GOOD if vendored else ASK_AGAIN,
        bodies,
    )
