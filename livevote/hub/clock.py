"""The server's clock: it never steps, and it knows when the process was held up.

Time is the wall clock at start carried on by the monotonic clock, so an
operator who sets the machine's clock during a vote moves no deadline.
"""

from __future__ import annotations

import asyncio
import time

TICK_S = 0.025
STALL_MS_MIN = 100


def wall_start_ms() -> float:
    """The wall clock at the moment when the monotonic clock was 0."""
    return time.time() * 1000 - time.monotonic() * 1000


class Clock:
    """Milliseconds since 1970. start_ms: where the monotonic clock was 0; processes of one server
    are given the same, so that they agree although the machine's clock was set in between."""

    def __init__(self, start_ms: float | None = None) -> None:
        self._start_ms = wall_start_ms() if start_ms is None else start_ms
        # Written by the tick, read by whoever stamps a ballot.
        self._last_tick_ms = self.now_ms()
        self._stalled_since_ms = 0
        self._ticking: asyncio.TimerHandle | None = None

    def now_ms(self) -> int:
        return int(self._start_ms + time.monotonic() * 1000)

    def arrival_ms(self) -> int:
        """When bytes that are being read now may have arrived.

        After a stall everything that waited in the kernel is read late. It may have come at
        any moment of the stall, so it is stamped with the start: the voter gets the benefit.
        """
        now = self.now_ms()
        # The loop may read sockets before it comes to the tick that was held up as well.
        if self._ticking and now - self._last_tick_ms > STALL_MS_MIN:
            return self._last_tick_ms
        return self._stalled_since_ms or now

    def start(self) -> None:
        """Watch for stalls; needs a running loop."""
        self._last_tick_ms = self.now_ms()
        self._tick()

    def stop(self) -> None:
        if self._ticking:
            self._ticking.cancel()
            self._ticking = None

    def _tick(self) -> None:
        now = self.now_ms()
        late = now - self._last_tick_ms > STALL_MS_MIN
        # Kept until the next tick that is on time: by then what waited has been read.
        self._stalled_since_ms = self._last_tick_ms if late else 0
        self._last_tick_ms = now
        self._ticking = asyncio.get_running_loop().call_later(TICK_S, self._tick)
