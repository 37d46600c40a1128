"""How many may come in, and how fast each may speak. Every limit says what happens at it.

Studio seats have places of their own: a crowd of viewers can never keep a
tablet out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limit:
    """places: connections of this role at once (then close 4503). rate, burst: messages a
    second and at once (then close 4429). bytes_max: one message (then close 1009)."""

    places: int
    rate: int
    burst: int
    bytes_max: int


LIMITS: dict[str, Limit] = {
    "seat": Limit(places=10_000, rate=20, burst=40, bytes_max=1024),
    "viewer": Limit(places=12_000, rate=5, burst=20, bytes_max=1024),
    "overlay": Limit(places=64, rate=10, burst=20, bytes_max=2048),
    "preview": Limit(places=128, rate=10, burst=20, bytes_max=2048),
    "replay": Limit(places=64, rate=10, burst=20, bytes_max=2048),
    # Feeds: whoever listens in public cannot take the place of a machine that holds a key.
    "listener": Limit(places=256, rate=5, burst=20, bytes_max=1024),
    "machine": Limit(places=64, rate=5, burst=20, bytes_max=1024),
    "staff": Limit(places=64, rate=30, burst=60, bytes_max=65_536),
}

# Sockets from one address, tablets not counted: a carrier or a school shares one.
UPGRADES_PER_ADDRESS = 6_000
# One viewer may have a few tabs open, not thousands.
SOCKETS_PER_VIEWER = 4
MESSAGE_MAX = max(limit.bytes_max for limit in LIMITS.values())


@dataclass
class Doorkeeper:
    """Counts who is in. One per process."""

    _roles: Counter[str] = field(default_factory=Counter)
    _viewers: Counter[bytes] = field(default_factory=Counter)
    _addresses: Counter[str] = field(default_factory=Counter)

    def upgrade(self, address: str) -> bool:
        """Count a socket that is not a tablet's; False where its address has too many."""
        if self._addresses[address] >= UPGRADES_PER_ADDRESS:
            return False
        self._addresses[address] += 1
        return True

    def gone(self, address: str) -> None:
        """A socket that was counted is no more."""
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def enter(self, role: str, viewer: bytes = b"") -> bool:
        """Take a place; False where there is none."""
        full = self._roles[role] >= LIMITS[role].places
        if full or (viewer and self._viewers[viewer] >= SOCKETS_PER_VIEWER):
            return False
        self._roles[role] += 1
        if viewer:
            self._viewers[viewer] += 1
        return True

    def leave(self, role: str, viewer: bytes = b"") -> None:
        self._roles[role] -= 1
        if viewer:
            self._viewers[viewer] -= 1
            if not self._viewers[viewer]:
                del self._viewers[viewer]

    def inside(self) -> dict[str, int]:
        """role → connections, for metrics."""
        return {role: self._roles[role] for role in LIMITS}


class Pace:
    """A bound on one connection's frames: the generic cell rate algorithm (ITU-T I.371), which is
    a token bucket that is one number."""

    __slots__ = ("_ahead_ms", "_each_ms", "_next_ms", "_now_ms")

    def __init__(self, limit: Limit, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._each_ms = 1000 / limit.rate
        # How far ahead of time a frame of a burst may be.
        self._ahead_ms = (limit.burst - 1) * self._each_ms
        # When the next frame would be on time.
        self._next_ms = 0.0

    def allows(self) -> bool:
        now = self._now_ms()
        due = self._next_ms
        if due - now > self._ahead_ms:
            return False
        self._next_ms = (due if due > now else now) + self._each_ms
        return True
