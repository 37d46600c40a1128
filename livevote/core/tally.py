"""Exact counts: how many ballots of each panel stand on each value. Integers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tally:
    """Counts per panel and value. `size` is the number of log entries behind it: it orders
    frames of the same run, never going back even where a count does."""

    counts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    size: int = 0

    def panel(self, panel: str) -> Mapping[int, int]:
        """value → count of one panel; values without ballots are absent."""
        return self.counts.get(panel, {})

    def n(self, panel: str) -> int:
        """How many voters of this panel have a ballot."""
        return sum(self.panel(panel).values())

    def same_counts(self, other: Tally) -> bool:
        """Whether both count the same, whatever their size and the order of their panels."""
        return _clean(self.counts) == _clean(other.counts)


def _clean(counts: Mapping[str, Mapping[int, int]]) -> dict[str, dict[int, int]]:
    kept = {
        panel: {value: count for value, count in row.items() if count}
        for panel, row in counts.items()
    }
    return {panel: row for panel, row in kept.items() if row}


def count(ballots: Iterable[tuple[str, int]], size: int = 0) -> Tally:
    """Count (panel, value) pairs, one per voter."""
    counts: dict[str, dict[int, int]] = {}
    for panel, value in ballots:
        row = counts.setdefault(panel, {})
        row[value] = row.get(value, 0) + 1
    return Tally(counts, size)
