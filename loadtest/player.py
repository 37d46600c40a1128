"""The generator as a child process: compiled when needed, on a core of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from loadtest.frames import Cast, Client, Heard, read_heard, write_casts, write_clients
from loadtest.machine import GENERATOR_CORE, pinned

SOURCE = Path(__file__).with_name("player.c")
_PROGRAMS = TemporaryDirectory(prefix="lvload")


class Missing(Exception):
    """A tool that is not here. The message names it and what it was needed for."""


@cache
def compiled(source: Path) -> Path:
    """The program of a C file, compiled once, into a folder that goes with us. Raises Missing."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        raise Missing(f"gcc is missing: {source.name} cannot be compiled")
    program = Path(_PROGRAMS.name) / source.stem
    subprocess.run([compiler, "-O2", "-o", str(program), str(source)], check=True)  # noqa: S603
    return program


class Player:
    """Plays for one server. Use as a context manager."""

    def __init__(self, port: int, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [str(compiled(SOURCE)), "127.0.0.1", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=pinned(GENERATOR_CORE),
        )
        self.pid = self._process.pid

    def __enter__(self) -> Player:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def clients(self, clients: Sequence[Client], markers: Sequence[bytes]) -> None:
        """Who there is, and how payloads begin: welcome, answer, refusal, tick."""
        path = self._folder / "clients"
        write_clients(path, clients)
        self._ask(f"clients {path}")
        self._ask("markers " + " ".join(marker.hex() or "-" for marker in markers))

    def connect(
        self, spread_ms: int = 0, at_once: int = 64, limit_ms: int = 60_000, seed: int = 1
    ) -> dict[str, int]:
        return self._ask(f"connect {spread_ms} {at_once} {limit_ms} {seed}")

    def load(self, casts: Sequence[Cast]) -> None:
        """What `play` plays next."""
        write_casts(self._folder / "casts", casts)

    def play(self, *, closed_loop: bool, window_ms: int, drain_ms: int) -> dict[str, int]:
        """Raises RuntimeError where the generator ended."""
        mode = "closed" if closed_loop else "timed"
        return self._ask(f"play {self._folder / 'casts'} {mode} {window_ms} {drain_ms}")

    def heard(self) -> list[Heard]:
        """The answers of what was played last."""
        return list(read_heard(self._folder / "casts.out"))

    def listen(self, seconds: float) -> dict[str, int]:
        return self._ask(f"listen {int(seconds * 1000)}")

    def start_listening(self, seconds: float) -> None:
        self._tell(f"listen {int(seconds * 1000)}")

    def answer(self) -> dict[str, int]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load generator ended with {self._process.wait()}")
        said: dict[str, Any] = json.loads(line)
        return said

    def drop(self) -> int:
        return self._ask("drop")["dropped"]

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def _ask(self, line: str) -> dict[str, int]:
        self._tell(line)
        return self.answer()
