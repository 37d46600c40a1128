"""Servers to attack, and the figures of each attack: printed, and kept in artefacts/hostile.txt.

The tests attack in a small size that takes seconds. LIVEVOTE_HOSTILE=full makes it the size of
the bar: minutes, and 12,000 open files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import uvloop

from tests.figures import Say, nothing_stays_open, pytest_asyncio_loop_factories, teller
from tests.hostile.room import House, Room, build

__all__ = ["BUSY", "FULL", "Say", "nothing_stays_open", "pytest_asyncio_loop_factories", "say"]

FULL = os.environ.get("LIVEVOTE_HOSTILE") == "full"
# The short version runs beside other tests, on a machine that has other things to do: it finds what
# hangs or grows, and holds times this much more loosely. The bar itself is the full one's.
BUSY = 1 if FULL else 4
SEATS = 20


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tell a figure."""
    return teller(request, "full" if FULL else "short", "hostile.txt")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server, the same for all attacks of a module. Whatever is done to it: it lives, and no
    traceback stands in its log."""
    built = build(tmp_path_factory.mktemp("hostile"))
    yield built
    alive = built.process.poll() is None
    built.stop()
    assert alive, "the server died"
    assert "Traceback" not in built.log.read_text()


@pytest.fixture(scope="module")
def room(house: House) -> Room:
    room = Room(house)
    uvloop.run(room.prepare(SEATS))
    return room
