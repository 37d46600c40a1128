"""How one process is, as the others are told: enough to say how the whole server is.

Delays go as counts, not as percentiles: counts can be added up. Never a vote
or a voter; seats are named only as present and as having voted, as staff sees
them anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from livevote.hub.stats import Stats, percentile
from livevote.hub.studio import Member, Studio

# [family, sample, labels, value] of each metric.
Sample = list[Any]


@dataclass(frozen=True)
class Part:
    """Plain all through, so that it passes between processes as it is. studios: by episode.
    ack, commit: [ms, how many] of the last 30 s."""

    studios: dict[str, dict[str, Any]]
    ack: list[list[float]]
    commit: list[list[float]]
    waiting: int
    rejects: dict[str, int]
    up: bool
    samples: list[Sample] = field(default_factory=list)


def part(studios: Iterable[Studio], stats: Stats, waiting: int, now_ms: int) -> Part:
    """This process."""
    return Part(
        studios={s.episode.id: _studio(s, now_ms) for s in list(studios) if s.members or s.voted},
        ack=stats.ack.recent(),
        commit=stats.commit.recent(),
        waiting=waiting,
        rejects=dict(stats.rejects),
        up=stats.store_up,
    )


def _studio(studio: Studio, now_ms: int) -> dict[str, Any]:
    return {
        # Of a seat's tablets in several processes the one that came last stays.
        "online": {member.who: member.entered_ns for member in studio.of_role("seat")},
        "viewers": sum(1 for _ in studio.of_role("viewer")),
        "overlays": [_overlay(member, now_ms) for member in studio.of_role("overlay")],
        "run": studio.voted_run,
        "voted": sorted(studio.voted),
    }


def _overlay(member: Member, now_ms: int) -> dict[str, Any]:
    drawn = member.drawn
    return {
        "host": drawn.host if drawn else "",
        "agent": drawn.agent if drawn else "",
        "width": drawn.width if drawn else 0,
        "height": drawn.height if drawn else 0,
        "fps": drawn.fps if drawn else 0,
        "size": drawn.size if drawn else 0,
        "age_ms": now_ms - member.drawn_ms if drawn else -1,
        "frame_age_ms": now_ms - member.framed_ms if member.framed_ms >= 0 else -1,
        "up_ms": now_ms - member.entered_ms,
    }


# An overlay that is silent for longer is gone or hangs; a heartbeat comes every 2 s.
SILENT_MS = 5000


def has_stopped(overlay: dict[str, Any]) -> bool:
    """Whether an overlay has stopped drawing: its host gives it no frames, or it is silent."""
    if overlay["age_ms"] < 0:
        return bool(overlay["up_ms"] > SILENT_MS)
    return bool(overlay["age_ms"] > SILENT_MS or overlay["fps"] == 0)


class Whole:
    """All parts of a server together."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = list(parts)

    def of(self, episode: str) -> list[dict[str, Any]]:
        """What each process has of an episode."""
        return [part.studios[episode] for part in self._parts if episode in part.studios]

    @property
    def waiting(self) -> int:
        return sum(part.waiting for part in self._parts)

    @property
    def rejects(self) -> dict[str, int]:
        return dict(sum((Counter(part.rejects) for part in self._parts), Counter()))

    @property
    def up(self) -> bool:
        return all(part.up for part in self._parts)

    def ack_ms(self, percent: int) -> float:
        return self._percentile(percent, lambda part: part.ack)

    def commit_ms(self, percent: int) -> float:
        return self._percentile(percent, lambda part: part.commit)

    def _percentile(self, percent: int, delays: Callable[[Part], list[list[float]]]) -> float:
        counts: Counter[float] = Counter()
        for one in self._parts:
            for took_ms, count in delays(one):
                counts[took_ms] += int(count)
        return percentile(counts, percent)
