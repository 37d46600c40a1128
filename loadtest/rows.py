"""The table of figures to reach: each row is a question, a formula over figures, and a target.

All are ratios within one run, or absolute where a person notices the figure. NaN is "not
measured": a scenario that was not played, a tool that was missing, an option that is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from loadtest.arithmetic import median

Rounds = dict[str, dict[str, dict[str, list[float]]]]
Get = Callable[[str, str, str], float]


@dataclass(frozen=True)
class Row:
    """at_least: the target is a floor, else a ceiling. target: None is for information."""

    what: str
    unit: str
    measured: Callable[[Get], float]
    target: float | None = None
    at_least: bool = False

    def verdict(self, value: float) -> str:
        if math.isnan(value):
            return "not measured"
        if self.target is None:
            return ""
        good = value >= self.target if self.at_least else value <= self.target
        return "pass" if good else "MISS"


def getter(rounds: Rounds) -> Get:
    """(scenario, variant, figure) → the median of its rounds, NaN where there are none."""
    return lambda scenario, variant, figure: median(
        rounds.get(scenario, {}).get(variant, {}).get(figure, [])
    )


def _ratio(
    over: tuple[str, str, str], under: tuple[str, str, str], factor: float = 1.0
) -> Callable[[Get], float]:
    def measured(get: Get) -> float:
        divisor = get(*under)
        return factor * get(*over) / divisor if divisor else math.nan

    return measured


def _one(scenario: str, variant: str, figure: str) -> Callable[[Get], float]:
    return lambda get: get(scenario, variant, figure)


def _saturation(voters: int) -> tuple[Row, ...]:
    name = f"saturation-{voters}"
    ours, echo = (name, "livevote"), (name, "echo")
    return (
        Row(
            f"durable votes/s ÷ echo, {voters:,} voters",
            "",
            _ratio((*ours, "votes_per_s"), (*echo, "votes_per_s")),
            0.75,
            at_least=True,
        ),
        Row(
            f"  CPU µs per echo ÷ per vote (store included), {voters:,} voters",
            "",
            _ratio((*echo, "cpu_us_per_vote"), (*ours, "cpu_us_per_vote")),
        ),
        Row(f"  durable votes/s, {voters:,} voters", "/s", _one(*ours, "votes_per_s")),
        Row(f"  CPU per vote, {voters:,} voters", "µs", _one(*ours, "cpu_us_per_vote")),
        Row(f"  generator's core, {voters:,} voters", "%", _one(*ours, "generator_percent")),
        Row(
            f"  what the generator reaches, on a bare C echo, {voters:,} voters",
            "/s",
            _one(name, "bare-echo", "votes_per_s"),
        ),
    )


def _against(other: str, name: str, target: float | None) -> Row:
    rate = "votes_per_s"
    return Row(
        f"durable votes/s ÷ {name}",
        "×",
        _ratio(("saturation-1000", "livevote", rate), ("saturation-1000", other, rate)),
        target,
        at_least=True,
    )


def _burst(scenario: str, other: str, name: str, target: float | None) -> Row:
    return Row(
        f"  ÷ {name}",
        "",
        _ratio((scenario, "livevote", "ack_p99_ms"), (scenario, other, "ack_p99_ms")),
        target,
    )


def _fanout(sockets: int) -> Row:
    scenario = f"fanout-{sockets}"
    figure = "cpu_us_per_frame"
    return Row(
        f"broadcast CPU per client ÷ C send loop, {sockets:,} sockets",
        "",
        _ratio((scenario, "livevote", figure), (scenario, "send-loop", figure)),
        1.25,
    )


ROWS = (
    *_saturation(1000),
    *_saturation(4000),
    _against("per-vote", "per-vote design without broadcast", 8),
    _against("per-vote-broadcast", "per-vote design with broadcast", 300),
    _against("node", "the same on Node without broadcast", None),
    _against("node-broadcast", "the same on Node with broadcast", None),
    Row("200 voters in 100 ms: ack p99", "ms", _one("burst", "livevote", "ack_p99_ms"), 15),
    _burst("burst", "per-vote-broadcast", "per-vote design with broadcast", 0.01),
    _burst("burst", "node-broadcast", "the same on Node", None),
    Row(
        "200 voters in 100 ms, 1,000 viewers connected: ack p99",
        "ms",
        _one("burst-audience", "livevote", "ack_p99_ms"),
    ),
    _burst("burst-audience", "per-vote-broadcast", "per-vote design with broadcast", None),
    _burst("burst-audience", "node-broadcast", "the same on Node", None),
    _fanout(5000),
    _fanout(10_000),
    Row(
        "  frames a second to each of 5,000 sockets",
        "Hz",
        _one("fanout-5000", "livevote", "frames_hz"),
    ),
    Row(
        "  frames a second to each of 10,000 sockets",
        "Hz",
        _one("fanout-10000", "livevote", "frames_hz"),
    ),
    Row(
        "ack p99 with frames to 5,000 ÷ without",
        "",
        _ratio(("frames", "livevote", "ack_p99_ms"), ("frames", "livevote-without", "ack_p99_ms")),
        3,
    ),
    Row("  with frames: ack p99", "ms", _one("frames", "livevote", "ack_p99_ms")),
    Row("  with frames: a second to each", "Hz", _one("frames", "livevote", "frames_hz")),
    Row(
        "  at the product's own rate of frames ÷ without",
        "",
        _ratio(
            ("frames", "livevote-own-rate", "ack_p99_ms"),
            ("frames", "livevote-without", "ack_p99_ms"),
        ),
    ),
    Row("  that rate: a second to each", "Hz", _one("frames", "livevote-own-rate", "frames_hz")),
    Row(
        "5,000 sockets, 2,000 votes/s from all: ack p99",
        "ms",
        _one("viewers", "livevote", "ack_p99_ms"),
    ),
    Row(
        "vote sent → overlay pixel changed, p99",
        "ms",
        _one("pixel", "livevote", "pixel_p99_ms"),
        250,
    ),
    Row(
        "memory per idle connection",
        "KB",
        _one("fanout-5000", "livevote", "kb_per_connection"),
        8,
    ),
    Row(
        "two server processes ÷ one, by CPU per vote",
        "×",
        _ratio(
            ("workers", "livevote", "workers_cpu_us_per_vote"),
            ("workers", "livevote-2", "workers_cpu_us_per_vote"),
            2,
        ),
        1.8,
        at_least=True,
    ),
    Row(
        "tally cost at 1 M voters (--quick: 100,000) ÷ at 200",
        "",
        _one("store-cost", "livevote", "tally_ratio"),
        1.2,
    ),
    Row(
        "memory per voter in the store",
        "B",
        _one("store-cost", "livevote", "memory_bytes_per_voter"),
        200,
    ),
    Row("5,000 dropped at once, all back after", "s", _one("storm", "livevote", "back_s"), 30),
    Row("  turned away meanwhile", "", _one("storm", "livevote", "turned_away")),
    Row("soak: the server's memory grows by", "MB/min", _one("soak", "livevote", "rss_mb_per_min")),
)
