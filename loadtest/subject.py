"""Something that is measured: a server process that takes votes, and how one talks to it.

livevote itself is in livevote_server.py, what it is compared with in baselines/.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loadtest.frames import Cast, Client, Heard, frame, upgrade
from loadtest.machine import SERVER_CORE, pinned
from loadtest.scenarios import Scenario

END_S_MAX = 15.0
ROOT = Path(__file__).parent.parent


class Void(Exception):
    """The run counts for nothing: what was counted is not what was cast."""


@contextmanager
def server_process(
    arguments: Sequence[str], *, core: int | None = SERVER_CORE, errors: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server of ours while it is needed; pinned, with a pipe to its words."""
    with (errors or Path("/dev/null")).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            arguments,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=None if core is None else pinned(core),
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=END_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def first_line(process: subprocess.Popen[bytes], name: str) -> str:
    assert process.stdout
    line = process.stdout.readline().decode().strip()
    if not line:
        raise RuntimeError(f"{name} did not start")
    return line


@contextmanager
def work_folder() -> Iterator[Path]:
    """Short: a unix socket's path must fit in 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="lv") as name:
        yield Path(name)


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


@dataclass
class Ballots:
    """What the audience was told: counted ballots, and each voter's last one."""

    planned: Counter[int] = field(default_factory=Counter)
    counted: int = 0
    refused: int = 0
    unanswered: int = 0
    last: dict[int, int] = field(default_factory=dict)
    _values: dict[int, list[int]] = field(default_factory=dict)

    def plan(self, client: int, value: int) -> int:
        """Note what this voter will send; its sequence number."""
        self.planned[client] += 1
        self._values.setdefault(client, []).append(value)
        return self.planned[client]

    def note(self, heard: Sequence[Heard], sent: int) -> None:
        """Of one round; each voter's answers come in the order of what they sent. What was
        planned and not sent before the window ended is forgotten."""
        for answer in heard:
            value = self._values[answer.client].pop(0)
            if answer.counted:
                self.counted += 1
                self.last[answer.client] = value
            else:
                self.refused += 1
        self.unanswered += sent - len(heard)
        self._values.clear()

    def tally(self) -> Counter[int]:
        return Counter(self.last.values())


class Subject:
    """Talked to in livevote's JSON, unless a subclass says otherwise."""

    path = "/"
    protocol = ""
    welcome = b'{"t":"hello"'
    counted = b'{"t":"cast"'
    refusal = b""
    tick = b'{"t":"tally"'

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name = name
        self.port = port
        self.pid = pid
        self.ballots = Ballots()

    @property
    def markers(self) -> list[bytes]:
        return [self.welcome, self.counted, self.refusal, self.tick]

    def clients(self, scenario: Scenario) -> list[Client]:
        offered = {"Sec-WebSocket-Protocol": self.protocol} if self.protocol else {}
        request = upgrade(self.path, self.port, offered)
        return [Client(request, frame(self.hello(), b"helo"))] * scenario.sockets

    def hello(self) -> bytes:
        return _json({"t": "hello", "v": 1, "channel": "voter"})

    def message(self, client: int, seq: int, value: int) -> bytes:
        return _json({"t": "cast", "run": "0" * 16, "seq": seq, "value": value})

    def cast(self, chance: random.Random, client: int, due_us: int = 0) -> Cast:
        """The next ballot of this client, with a seeded value and mask."""
        value = chance.choice((1, 1, 2, 3))
        seq = self.ballots.plan(client, value)
        return Cast(client, due_us, frame(self.message(client, seq, value), chance.randbytes(4)))

    def verdict(self) -> str:
        """At the end of a scenario: a sentence on what was checked. Raises Void."""
        return ""


def _json(plain: dict[str, object]) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode()
