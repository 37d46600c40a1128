"""Photos that people file with a question: files named by the SHA-256 of what they hold.

What comes in is never kept as it came (see `photo_child`), and what is kept is
on the disk before anything names it. Whose a photo is, is the desk's business.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from livevote.errors import BadInput

BYTES_MAX = 8_000_000
SECONDS = 20
# Each takes a process with up to 768 MB of address space, and most of a core for a moment.
AT_ONCE = 2
# Kept, and not named by a case in that time: the server died in between.
NAMELESS_S = 600

NAME = re.compile(r"[0-9a-f]{64}")
_CHILD = Path(__file__).with_name("photo_child.py")
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


class Photos:
    """All photos below a folder, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drawing = asyncio.Semaphore(AT_ONCE)

    async def keep(self, data: bytes) -> str:
        """Draw it anew and keep it; its name. Raises BadInput (`where` is "photos")."""
        if len(data) > BYTES_MAX:
            raise BadInput(f"a photo has at most {BYTES_MAX // 1_000_000} MB", where="photos")
        if not data.startswith(_STARTS):
            raise BadInput("a photo is a JPEG, PNG or WebP", where="photos")
        async with self._drawing:
            return await asyncio.to_thread(self._keep, data)

    def _keep(self, data: bytes) -> str:
        clean = redrawn(data)
        name = sha256(clean).hexdigest()
        self.put(name, clean)
        return name

    def put(self, name: str, clean: bytes) -> None:
        """Write a photo that was drawn by us, durably. Raises BadInput where it is another one."""
        if sha256(clean).hexdigest() != name:
            raise BadInput("this photo is not what its name says", where="photos")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f"{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            file.write(clean)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path(name))
        _sync(self._folder)

    def read(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes() if NAME.fullmatch(name) else None
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            if NAME.fullmatch(name):
                self._path(name).unlink(missing_ok=True)

    def sweep(self, named: set[str]) -> None:
        """Remove what no case names, and what was left half written."""
        if not self._folder.is_dir():
            return
        before = time.time() - NAMELESS_S
        for path in self._folder.iterdir():
            if path.name not in named and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name


def redrawn(data: bytes) -> bytes:
    """The picture as a plain JPEG. Raises BadInput."""
    try:
        # In a process with little memory: see photo_child.
        child = subprocess.run(  # noqa: S603 (our own file, no shell)
            [sys.executable, "-I", str(_CHILD)], input=data, capture_output=True, timeout=SECONDS
        )
        child.check_returncode()
    except subprocess.SubprocessError:
        raise BadInput("this picture cannot be read", where="photos") from None
    return child.stdout


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
