"""The embedded store's files, read without a server: which there are, and how far they are whole.

The log has no checksum, so this finds what is cut off or no longer commands; a changed value is
for the chain to find. Nothing in this module writes, except `cut`, and that is for copies.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from livevote.errors import BadInput

FOLDER = "appendonlydir"
MANIFEST = f"{FOLDER}/appendonly.aof.manifest"
BASE, HISTORY, INCREMENT = "b", "h", "i"

_LINE = re.compile(r"file (\S+) seq (\d+) type ([bhi])")
_COUNT = re.compile(rb"([*$])(\d{1,10})\r\n")
_HEAD_MAX = 13  # a mark, ten digits, the line's end
# How a transaction ends. In what a power cut tears, no second one can end.
_END = b"$4\r\nEXEC\r\n"
# What a part that is cut off still says: batches by their last ballot, checkpoints by their size.
_BATCH = re.compile(rb"lv:\{([\w-]+)\.([\w-]+)\}:log\r\n\$\d+\r\n(\d{1,18})-0\r\n")
_SIGNED = re.compile(rb"livevote/([\w-]+)/([\w-]+)\n(\d{1,18})\n")


@dataclass(frozen=True)
class File:
    """One file of the manifest. kind: BASE, HISTORY or INCREMENT."""

    path: Path
    seq: int
    kind: str


@dataclass(frozen=True)
class Scan:
    """How far a file is whole. whole: bytes up to the end of its last whole transaction. torn: the
    rest can be a write that a power cut tore, for nothing whole comes after. why: what is wrong
    there; "" where nothing is."""

    size: int
    whole: int
    torn: bool = False
    why: str = ""


@dataclass(frozen=True)
class Mentioned:
    """What a piece of a log says of a run: its last ballot's index, and the size of the largest
    checkpoint."""

    ballots: int = 0
    signed: int = 0


def manifest(store: Path) -> list[File]:
    """The files that make up the log, in the order in which they are read. Raises BadInput where
    the manifest does not say so, or names a file that is not there; OSError where it cannot be
    read."""
    path = store / MANIFEST
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        raise BadInput(f"{MANIFEST} is missing: nothing says which files are the log") from None
    except UnicodeDecodeError:
        raise BadInput(f"{MANIFEST} is no text") from None
    found = []
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line.strip())
        if not match or "/" in match[1]:
            raise BadInput(f"{MANIFEST}, line {number}, names no file: {line[:80]!r}")
        found.append(File(store / FOLDER / match[1], int(match[2]), match[3]))
    live = [file for file in found if file.kind != HISTORY]
    _check_order(live)
    for file in live:
        if not file.path.is_file():
            raise BadInput(f"{FOLDER}/{file.path.name} is in the manifest and missing on the disk")
    return live


def _check_order(live: list[File]) -> None:
    increments = [file.seq for file in live if file.kind == INCREMENT]
    if not live or sum(file.kind == BASE for file in live) > 1:
        raise BadInput(f"{MANIFEST} does not name one base file and what came after it")
    if any(second != first + 1 for first, second in pairwise(increments)):
        raise BadInput(f"{MANIFEST} leaves a file out: its numbers are {increments}")


def scan(path: Path) -> Scan:
    """Read a file of commands to the end, or to the first thing that is none."""
    size = path.stat().st_size
    if not size:
        return Scan(0, 0)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        whole, within = 0, False
        why = ""
        try:
            for name, end in _commands(data):
                if name in (b"MULTI", b"EXEC") and within is (name == b"MULTI"):
                    raise BadInput(f"{name.decode()} where none can be")
                within = name == b"MULTI" or (within and name != b"EXEC")
                whole = whole if within else end
        except BadInput as error:
            why = str(error)
        if not why and within:
            why = "the last transaction has no end"
        return Scan(size, whole, bool(why) and data.find(_END, whole) < 0, why)


def _commands(data: mmap.mmap) -> Iterator[tuple[bytes, int]]:
    """Each command's name in capitals, and where it ends. Raises BadInput at the first that is
    none."""
    at, size = 0, len(data)
    while at < size:
        if data[at : at + 1] == b"#":  # a note of the server's
            line_end = data.find(b"\n", at)
            at = line_end + 1 if line_end >= 0 else size
            continue
        count, place = _number(data, at, b"*")
        if not count:
            raise BadInput(f"byte {at} begins a command without words")
        name = b""
        for word in range(count):
            length, place = _number(data, place, b"$")
            if not word:
                name = data[place : place + min(length, 32)].upper()
            place += length + 2
            if place > size:
                raise BadInput(f"the command at byte {at} goes on after the end of the file")
            if data[place - 2 : place] != b"\r\n":
                raise BadInput(f"the command at byte {at} is broken at byte {place - 2}")
        yield name, place
        at = place


def _number(data: mmap.mmap, at: int, mark: bytes) -> tuple[int, int]:
    match = _COUNT.match(data[at : at + _HEAD_MAX])
    if not match or match[1] != mark:
        raise BadInput(f"byte {at} begins no command")
    return int(match[2]), at + match.end()


def cut(path: Path, size: int) -> bytes:
    """Shorten a file, for good; what was cut off."""
    with path.open("r+b") as file:
        file.seek(size)
        rest = file.read()
        file.truncate(size)
    return rest


def mentioned(piece: bytes) -> dict[tuple[str, str], Mentioned]:
    """(episode, run) → what this piece of a log says of it, whole or not."""
    found: dict[tuple[str, str], Mentioned] = {}
    for match in _BATCH.finditer(piece):
        run, last = (match[1].decode(), match[2].decode()), int(match[3])
        before = found.get(run, Mentioned())
        found[run] = Mentioned(max(before.ballots, last), before.signed)
    for match in _SIGNED.finditer(piece):
        run, size = (match[1].decode(), match[2].decode()), int(match[3])
        before = found.get(run, Mentioned())
        found[run] = Mentioned(before.ballots, max(before.signed, size))
    return found


def written_by(base: Path) -> str:
    """The version of the server that wrote a base file; "" where it does not say."""
    with base.open("rb") as file:
        head = file.read(512)
    match = re.search(rb"valkey-ver(.)", head, re.DOTALL)
    if not match:
        return ""
    return head[match.end() : match.end() + match[1][0]].decode(errors="replace")
