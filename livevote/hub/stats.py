"""What the server knows of itself: rates, delays, refusals. Never who, never for what."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SAMPLES_MAX = 2000
WINDOW_MS = 30_000


class Delays:
    """The newest delays, for percentiles over the last 30 s (at most 2,000 samples)."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._samples: deque[tuple[int, float]] = deque(maxlen=SAMPLES_MAX)

    def add(self, took_ms: float) -> None:
        self._samples.append((self._now_ms(), took_ms))

    def recent(self) -> list[list[float]]:
        """[ms to a tenth, how many took that long], of those that percentiles are of."""
        since = self._now_ms() - WINDOW_MS
        counts = Counter(round(took, 1) for at, took in self._samples if at >= since)
        return [[took_ms, count] for took_ms, count in counts.items()]

    def percentile(self, percent: int) -> float:
        """In ms, 0.0 without recent samples."""
        return percentile({took_ms: int(count) for took_ms, count in self.recent()}, percent)


def percentile(counts: Mapping[float, int], percent: int) -> float:
    """Of delays and how often each was; nearest rank, 0.0 of none."""
    rank = max(1, -(-sum(counts.values()) * percent // 100))
    for took_ms in sorted(counts):
        rank -= counts[took_ms]
        if rank <= 0:
            return took_ms
    return 0.0


@dataclass
class Stats:
    """One per hub. Counters only grow."""

    ack: Delays
    commit: Delays
    ballots_counted: int = 0
    batches: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    frames: int = 0
    store_up: bool = True
    on_ack: Callable[[float], None] = lambda seconds: None
    on_commit: Callable[[float], None] = lambda seconds: None

    def acked(self, took_ms: float) -> None:
        self.ack.add(took_ms)
        self.on_ack(took_ms / 1000)

    def committed(self, took_ms: float) -> None:
        self.commit.add(took_ms)
        self.batches += 1
        self.on_commit(took_ms / 1000)


def make(now_ms: Callable[[], int]) -> Stats:
    return Stats(Delays(now_ms), Delays(now_ms))
