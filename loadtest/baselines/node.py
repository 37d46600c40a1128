"""The per-vote design on Node (socketio/), installed from npm into a folder that git ignores."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from loadtest.player import Missing
from loadtest.scenarios import Scenario
from loadtest.subject import Subject, first_line, python, server_process, work_folder

HERE = Path(__file__).parent / "socketio"
INSTALL_S_MAX = 120.0


class SocketIO(Subject):
    """Engine.IO 4 on WebSocket: "40" joins, "42" is an event, its number asks for an answer."""

    path = "/socket.io/?EIO=4&transport=websocket"
    welcome = b"40"
    counted = b"43"
    tick = b'42["tally"'

    def hello(self) -> bytes:
        return b"40"

    def message(self, client: int, seq: int, value: int) -> bytes:
        return f'42{seq}["cast",{{"seq":{seq},"value":{value}}}]'.encode()


def installed() -> None:
    """Install once. Raises Missing."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    if all((HERE / "node_modules" / name).is_dir() for name in wanted):
        return
    if not shutil.which("npm"):
        raise Missing("npm is missing: socket.io and ioredis cannot be installed")
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=HERE, check=True, timeout=INSTALL_S_MAX, capture_output=True)  # noqa: S603
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Missing(f"npm could not install {', '.join(wanted)}: {error}") from None


def start(*options: str) -> Callable[[Scenario], AbstractContextManager[Subject]]:
    @contextmanager
    def started(scenario: Scenario) -> Iterator[Subject]:
        if not shutil.which("node"):
            raise Missing("node is missing: no Socket.IO to compare with")
        installed()
        with work_folder() as folder:
            arguments = python("loadtest.baselines.per_vote", str(folder), *options)
            program = ("--instead", "node", str(HERE / "server.js"))
            with server_process([*arguments, *program], errors=folder / "log") as process:
                yield SocketIO("node", int(first_line(process, "node")), process.pid)

    return started
