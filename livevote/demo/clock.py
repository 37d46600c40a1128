"""The demonstration's clock: it begins some days ago, so that a pledge can come due in a minute."""

from __future__ import annotations

from livevote.hub.clock import Clock, wall_start_ms

DAY_MS = 86_400_000


class DemoClock(Clock):
    """Runs as many days behind the wall clock as it was told, and comes nearer; never back."""

    def __init__(self, days_ago: int) -> None:
        super().__init__(wall_start_ms() - days_ago * DAY_MS)

    @property
    def days_ago(self) -> int:
        """How many days it is behind."""
        return round((wall_start_ms() - self._start_ms) / DAY_MS)

    def go_on_to(self, days_ago: int) -> None:
        """Now it is so many days ago. Only while no run is under way: what it would stamp would
        be late by days."""
        self._start_ms = max(self._start_ms, wall_start_ms() - days_ago * DAY_MS)
        # The time that was left out is no stall.
        self._last_tick_ms = self.now_ms()
