"""What the server knows of itself: rates, delays, refusals. Never who, never for what."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

SAMPLES_MAX = 2000
BUCKETS_MS = (1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0)
WINDOW_MS = 30_000


class Delays:
    """The newest delays, for percentiles over the last 30 s (at most 2,000 samples); and how many
    there ever were of each length.

    buckets: how many of each of BUCKETS_MS, and of what is longer. sum_ms: of all.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._samples: deque[tuple[int, float]] = deque(maxlen=SAMPLES_MAX)
        self.buckets = [0] * (len(BUCKETS_MS) + 1)
        self.sum_ms = 0.0

    def add(self, took_ms: Sequence[float]) -> None:
        now = self._now_ms()
        # Of a batch many took as long: whole milliseconds.
        for took, count in Counter(took_ms).items():
            self._samples.extend([(now, took)] * min(count, SAMPLES_MAX))
            self.buckets[bisect_left(BUCKETS_MS, took)] += count
        self.sum_ms += sum(took_ms)

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

    def committed(self, took_ms: float) -> None:
        self.commit.add((took_ms,))
        self.batches += 1


def make(now_ms: Callable[[], int]) -> Stats:
    return Stats(Delays(now_ms), Delays(now_ms))
