"""What is played, as a table. Nothing here measures; run.py does, by `kind`.

burst       every voter presses once within `span_ms`
saturation  closed loop: every voter sends their next choice on the answer to the last
viewers     `votes_per_s` from all sockets, each in turn
fanout      frames to all sockets while a few of them vote
frames      the same votes with and without frames to everybody else
storm       all dropped at once, back within `span_ms`
soak        viewers for longer, with the server's memory
workers     saturation on one server process and on two
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """sockets: connections. voters: how many of them vote; the rest only watch. role: with which
    cookie the voters come (their message rates are those of hub/admission.py). votes_each: a
    round. against: baselines measured in turn with livevote."""

    name: str
    what: str
    kind: str
    sockets: int
    voters: int
    against: tuple[str, ...] = ()
    role: str = "viewer"
    votes_each: int = 1
    votes_per_s: int = 0
    seconds: float = 0.0
    span_ms: int = 0


SCENARIOS = (
    Scenario(
        "burst",
        "the whole studio presses within 100 ms",
        "burst",
        sockets=200,
        voters=200,
        against=("per-vote-broadcast", "node-broadcast"),
        role="seat",
        span_ms=100,
    ),
    Scenario(
        "burst-audience",
        "the same while 1,000 viewers are connected",
        "burst",
        sockets=1200,
        voters=200,
        against=("per-vote-broadcast", "node-broadcast"),
        role="seat",
        span_ms=100,
    ),
    Scenario(
        "saturation-1000",
        "1,000 distinct voters as fast as they are answered",
        "saturation",
        sockets=1000,
        voters=1000,
        against=(
            "echo",
            "bare-echo",
            "per-vote",
            "node",
            "per-vote-broadcast",
            "node-broadcast",
        ),
        role="seat",
        votes_each=34,
    ),
    Scenario(
        "saturation-4000",
        "4,000 distinct voters as fast as they are answered",
        "saturation",
        sockets=4000,
        voters=4000,
        against=("echo", "bare-echo"),
        votes_each=16,
    ),
    Scenario(
        "viewers",
        "5,000 sockets, 2,000 votes a second from all of them",
        "viewers",
        sockets=5000,
        voters=5000,
        votes_per_s=2000,
        seconds=4,
    ),
    Scenario(
        "frames",
        "2,000 votes a second from 200 seats, frames to 5,000 others or to nobody else",
        "frames",
        sockets=5200,
        voters=200,
        role="seat",
        votes_per_s=2000,
        seconds=3,
    ),
    Scenario(
        "fanout-5000",
        "frames to 5,000 sockets, 10 a second",
        "fanout",
        sockets=5000,
        voters=100,
        against=("send-loop",),
        votes_per_s=50,
        seconds=3,
    ),
    Scenario(
        "fanout-10000",
        "frames to 10,000 sockets, 10 a second",
        "fanout",
        sockets=10_000,
        voters=100,
        against=("send-loop",),
        votes_per_s=50,
        seconds=3,
    ),
    Scenario(
        "storm",
        "5,000 sockets dropped at once, back with jitter",
        "storm",
        sockets=5000,
        voters=5000,
        votes_per_s=2000,
        seconds=2,
        span_ms=5000,
    ),
    Scenario(
        "soak",
        "1,000 viewers, 400 votes a second",
        "soak",
        sockets=1000,
        voters=1000,
        votes_per_s=400,
        seconds=20,
    ),
    Scenario(
        "workers",
        "1,000 distinct voters on one server process and on two",
        "workers",
        sockets=1000,
        voters=1000,
        role="seat",
        votes_each=34,
    ),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
