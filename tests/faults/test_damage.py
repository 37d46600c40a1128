"""The log's files are cut, zeroed and changed on the disk: a server starts on what they held at an
earlier moment, or says what is wrong, and never counts otherwise without a word."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis

from livevote import doctor
from livevote.errors import StartRefused
from livevote.store.embedded import EmbeddedServer
from livevote.store.files import FOLDER, INCREMENT, manifest
from tests.faults.conftest import FULL, Say
from tests.store.folder import make

# Some seconds of voting: what is younger than two is not noted yet.
BALLOTS = 400 if FULL else 240
DAMAGES = 200 if FULL else 15

READ: dict[bytes, Callable[[Any, bytes], Any]] = {
    b"stream": lambda client, key: client.xrange(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    b"hash": lambda client, key: sorted(client.hgetall(key).items()),
    b"string": lambda client, key: client.get(key),
}


def digest(client: Any) -> str:
    """Of all that a store holds, its functions too."""
    found = hashlib.sha256(client.execute_command("FUNCTION", "DUMP"))
    for key in sorted(client.scan_iter(count=1000)):
        found.update(repr((key, READ[client.type(key)](client, key))).encode())
    return found.hexdigest()


def moments(data: Path, folder: Path) -> list[str]:
    """The digests of what the store held before the first transaction, and after each."""
    [log] = [file.path for file in manifest(data / "store") if file.kind == INCREMENT]
    content = log.read_bytes()
    server = EmbeddedServer(folder)
    server.start()
    with (
        Redis(unix_socket_path=str(server.socket)) as client,
        socket.socket(socket.AF_UNIX) as raw,
    ):
        raw.connect(str(server.socket))
        found = [digest(client)]
        begun = 0
        for end in transactions(content):
            raw.sendall(content[begun:end] + b"*2\r\n$4\r\nECHO\r\n$7\r\nit went\r\n")
            answer = b""
            while b"it went" not in answer:
                answer += raw.recv(65536)
            begun = end
            found.append(digest(client))
    server.stop()
    return found


def transactions(content: bytes) -> Iterator[int]:
    """Where each ends."""
    at, within = 0, False
    while at < len(content):
        count, at = number(content, at)
        words = []
        for _ in range(count):
            length, at = number(content, at)
            words.append(content[at : at + length])
            at += length + 2
        within = words[0] == b"MULTI" or (within and words[0] != b"EXEC")
        if not within:
            yield at


def number(content: bytes, at: int) -> tuple[int, int]:
    end = content.index(b"\r\n", at)
    return int(content[at + 1 : end]), end + 2


def damage(store: Path, chance: random.Random) -> str:
    """Do one thing to one file, mostly to the one that grows; what it was."""
    files = sorted((store / FOLDER).iterdir(), key=lambda path: path.stat().st_size)
    path = files[-1] if chance.random() < 0.9 else chance.choice(files)
    content = bytearray(path.read_bytes())
    kind = chance.choice(("cut", "zeros at the end", "a bit"))
    place = chance.randrange(len(content))
    if kind == "cut":
        del content[place:]
    elif kind == "a bit":
        content[place] ^= 1 << chance.randrange(8)
    else:
        length = min(len(content), chance.choice((8, 512, 4096)))
        content[-length:] = bytes(length)
    path.write_bytes(content)
    return kind


def outcome(store: Path, earlier: list[str]) -> str:
    """What a start makes of it."""
    server = EmbeddedServer(store)
    try:
        server.start()
    except StartRefused as error:
        return "refused" if "livevote doctor" in str(error) else "silent about the way back"
    with Redis(unix_socket_path=str(server.socket)) as client:
        found = digest(client)
    server.stop()
    if found == earlier[-1]:
        return "whole"
    return "an earlier moment" if found in earlier else "another"


async def test_a_damaged_log_is_an_earlier_moment_or_refused_and_never_another_count(
    tmp_path: Path, say: Say
) -> None:
    sound = tmp_path / "sound"
    await asyncio.to_thread(make, sound, BALLOTS)
    earlier = moments(sound, tmp_path / "again")
    found: Counter[str] = Counter()
    for seed in range(DAMAGES):
        copies = [tmp_path / name for name in ("a", "b")]
        for copy in copies:
            shutil.copytree(sound, copy, ignore=shutil.ignore_patterns("*.sock"))
            kind = damage(copy / "store", random.Random(seed))
        ended = outcome(copies[0] / "store", earlier)
        if ended == "another":
            report = await asyncio.to_thread(doctor.examine, copies[1])
            ended = "named by the doctor" if report.code == 1 else f"silent ({kind}, seed {seed})"
        found[ended] += 1
        for copy in copies:
            shutil.rmtree(copy)
    say(f"{DAMAGES} damages: {', '.join(f'{word} {times}' for word, times in found.items())}")
    assert [word for word in found if word.startswith("silent")] == []
    assert found["refused"]
