"""What the log's files held, noted beside them: the log has no checksum of its own.

Once a second the SHA-256 of what the files have held for at least a second is written to a file
of its own. The log must still begin with it at the next start, so that a bit that changes on the
disk, or a length that then looks like the tear of a power cut, drops no vote without a word. What
is younger than the last note is for the chain and its checkpoints to find. A base file has a
checksum within. What is in the log is not known here.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from livevote.errors import BadInput
from livevote.store.files import INCREMENT, manifest

if TYPE_CHECKING:
    from hashlib import _Hash

NAME = "sums"
# A line is some 120 bytes, once a second while something is written: an hour of voting.
SIZE_MAX = 1 << 19
PIECE = 1 << 20

_LINE = re.compile(r"(\S+) (\d+) ([0-9a-f]{64})")


@dataclass
class Sum:
    """How far a file was read, and the hash of that. seen: its size a note ago."""

    size: int = 0
    seen: int = 0
    hash: _Hash = field(default_factory=hashlib.sha256)

    def read(self, path: Path, size: int) -> None:
        """On to this size, or to the file's end."""
        with path.open("rb") as file:
            file.seek(self.size)
            while self.size < size and (piece := file.read(min(PIECE, size - self.size))):
                self.hash.update(piece)
                self.size += len(piece)


class Sums:
    """Of one store's folder. `note` may be called from any thread."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._path = store / NAME
        self._sums: dict[str, Sum] = {}
        self._turn = threading.Lock()

    def check(self) -> None:
        """Compare the log with what was noted of it, and go on from there. Raises BadInput where
        a file does not begin with what it held, or as the manifest does; OSError."""
        found = {}
        noted = self._noted()
        for path in self._increments():
            size, digest = noted.get(path.name, (0, hashlib.sha256().hexdigest()))
            there = path.stat().st_size
            if there < size:
                raise BadInput(
                    f"{path.name} had {size} bytes when it was last noted, and now has {there}"
                )
            found[path.name] = Sum(seen=size)
            found[path.name].read(path, size)
            if found[path.name].hash.hexdigest() != digest:
                raise BadInput(
                    f"{path.name} was changed on the disk: its first {size} bytes are not those "
                    "that were noted"
                )
        self._sums = found

    @property
    def size(self) -> int:
        """Bytes that were compared or noted, of all files."""
        return sum(one.size for one in self._sums.values())

    def start_over(self) -> None:
        """Forget what was read: a store that died may have cut its last write off when it came
        back."""
        with self._turn:
            self._sums = {}

    def note(self, *, all_of_it: bool = False) -> None:
        """Note what has been in the files since the last time; all_of_it: to the end, for a store
        that has stopped. Raises BadInput or OSError; then the next note has it."""
        with self._turn:
            self._read_on(all_of_it=all_of_it)

    def _read_on(self, *, all_of_it: bool) -> None:
        before, self._sums = self._sums, {}
        grown = False
        for path in self._increments():
            one = self._sums[path.name] = before.get(path.name) or Sum()
            there = path.stat().st_size
            size = one.size
            # What came since the last note may be on its way to the disk still.
            one.read(path, there if all_of_it else min(one.seen, there))
            one.seen = there
            grown |= one.size > size
        if grown or len(before) > len(self._sums):
            self._write()

    def _increments(self) -> list[Path]:
        """None in a folder in which no store ever ran."""
        if not (self._store / "appendonlydir").is_dir():
            return []
        return [file.path for file in manifest(self._store) if file.kind == INCREMENT]

    def _noted(self) -> dict[str, tuple[int, str]]:
        """File → its last note. What a power cut left of a line is none."""
        try:
            lines = self._path.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return {}
        found = [match for line in lines if (match := _LINE.fullmatch(line))]
        return {match[1]: (int(match[2]), match[3]) for match in found}

    def _write(self) -> None:
        """Not flushed to the disk: a note that a power cut takes is missing, and nothing else."""
        lines = "".join(
            f"{name} {one.size} {one.hash.hexdigest()}\n" for name, one in self._sums.items()
        )
        if self._path.exists() and self._path.stat().st_size < SIZE_MAX:
            with self._path.open("a") as file:
                file.write(lines)
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_text(lines)
        os.replace(fresh, self._path)
