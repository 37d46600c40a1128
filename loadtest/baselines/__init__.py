"""What livevote is compared with, written for the purpose. SUBJECTS names them all.

Each takes the same frames from the same generator. One whose tool is not here raises Missing with
the tool's name, and the report says so.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from loadtest.baselines import node
from loadtest.player import compiled
from loadtest.scenarios import Scenario
from loadtest.subject import Subject, first_line, python, server_process, work_folder

HERE = Path(__file__).parent


class Echo(Subject):
    protocol = "livevote.json"


class PerVote(Subject):
    counted = b'{"t":"counted"'


class SendLoop(Subject):
    """The bare server, which also sends when told to by `process`."""

    process: subprocess.Popen[bytes]


@contextmanager
def echo(scenario: Scenario) -> Iterator[Subject]:
    """The transport alone: every message comes back."""
    with server_process(python("loadtest.baselines.echo")) as process:
        yield Echo("echo", int(first_line(process, "echo")), process.pid)


@contextmanager
def bare(scenario: Scenario) -> Iterator[SendLoop]:
    """C and epoll: the limit of the machine, for echo and for sending to all."""
    with server_process([str(compiled(HERE / "bare.c"))]) as process:
        subject = SendLoop("bare", int(first_line(process, "bare")), process.pid)
        subject.process = process
        yield subject


def per_vote(*options: str) -> Callable[[Scenario], AbstractContextManager[Subject]]:
    """The tutorial's design in Python: one store call a vote."""

    @contextmanager
    def start(scenario: Scenario) -> Iterator[Subject]:
        with work_folder() as folder:
            arguments = python("loadtest.baselines.per_vote", str(folder), *options)
            with server_process(arguments, errors=folder / "log") as process:
                yield PerVote("per-vote", int(first_line(process, "per-vote")), process.pid)

    return start


SUBJECTS: dict[str, Callable[[Scenario], AbstractContextManager[Subject]]] = {
    "echo": echo,
    "bare-echo": bare,
    "send-loop": bare,
    "per-vote": per_vote(),
    "per-vote-broadcast": per_vote("--broadcast"),
    "node": node.start(),
    "node-broadcast": node.start("--broadcast"),
}
