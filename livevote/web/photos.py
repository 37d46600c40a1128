"""Photos that people file with a question: files named by the SHA-256 of what they hold.

What comes in is never kept as it came (see `photo_child`), and what is kept is
on the disk before a case names it. Whose a photo is, is the desk's business.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from livevote.errors import BadInput
from livevote.hub.files import UNFINISHED, write_whole

BYTES_MAX = 8_000_000
SECONDS = 20
# Each takes a process with up to 768 MB of address space, and most of a core for a moment.
AT_ONCE = 2
# A photo whose case is on its way; one that is still so after that time has none: we died.
NEW = UNFINISHED
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
        """Draw it anew and keep it, for a case that is on its way; its name. Raises BadInput
        (`where` is "photos")."""
        if len(data) > BYTES_MAX:
            raise BadInput(f"a photo has at most {BYTES_MAX // 1_000_000} MB", where="photos")
        if not data.startswith(_STARTS):
            raise BadInput("a photo is a JPEG, PNG or WebP", where="photos")
        async with self._drawing:
            return await asyncio.to_thread(self._keep, data)

    def _keep(self, data: bytes) -> str:
        clean = redrawn(data)
        name = sha256(clean).hexdigest()
        self._write(name + NEW, clean)
        return name

    def confirm(self, names: Iterable[str]) -> None:
        """A case names them now; where two did at the same moment the other may have been first."""
        for name in names:
            with suppress(FileNotFoundError):
                self._path(name + NEW).replace(self._path(name))

    def drop(self, names: Iterable[str]) -> None:
        """The case did not come to be."""
        for name in names:
            self._path(name + NEW).unlink(missing_ok=True)

    def put(self, name: str, clean: bytes) -> None:
        """Write what another server kept. Raises BadInput where it is something else."""
        if sha256(clean).hexdigest() != name:
            raise BadInput("this photo is not what its name says", where="photos")
        self._write(name, clean)

    def read(self, name: str) -> bytes | None:
        for path in (self._path(name), self._path(name + NEW)):
            if NAME.fullmatch(name) and path.is_file():
                return path.read_bytes()
        return None

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            for path in (self._path(name), self._path(name + NEW)):
                path.unlink(missing_ok=True)

    def sweep(self, named: set[str]) -> None:
        """After a start: what was on its way is a case's, or nobody's after a while. What a case
        once had stays, whatever the store that we were started with says of it."""
        before = time.time() - NAMELESS_S
        for path in self._folder.glob(f"*{NEW}"):
            if path.stem in named:
                self.confirm([path.stem])
            elif path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _write(self, file_name: str, clean: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path(file_name), clean)

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
