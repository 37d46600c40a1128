"""Servers to attack, and the figures of each attack: printed, and kept in artefacts/hostile.txt.

The tests attack in a small size that takes seconds. LIVEVOTE_HOSTILE=full makes it the size of
the bar: minutes, and 12,000 open files.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest
import uvloop

from tests.e2e.conftest import ARTEFACTS
from tests.hostile.room import House, Room, build
from tests.hostile.wire import shut_all

FULL = os.environ.get("LIVEVOTE_HOSTILE") == "full"
SEATS = 20

Say = Callable[[str], None]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tell a figure."""
    ARTEFACTS.mkdir(exist_ok=True)
    name = request.node.originalname.removeprefix("test_")

    def said(figure: str) -> None:
        line = f"{name} ({'full' if FULL else 'short'}): {figure}"
        print(line)
        with (ARTEFACTS / "hostile.txt").open("a") as file:
            file.write(line + "\n")

    return said


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


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    yield
    shut_all()
