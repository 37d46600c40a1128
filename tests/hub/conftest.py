from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from livevote.store.connect import client_for
from livevote.store.embedded import EmbeddedServer
from tests.hub.room import Desk, Line, Room, Time, nothing_waits

# Property tests measure what is right, not how fast a shared machine is today.
settings.register_profile("livevote", deadline=None, max_examples=60)
settings.load_profile("livevote")


@pytest.fixture(scope="session")
def child() -> Iterator[EmbeddedServer]:
    """The store of all these tests. In a folder with a short path: the socket's must be short."""
    with tempfile.TemporaryDirectory(prefix="lv") as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def client(child: EmbeddedServer) -> AsyncIterator[Redis]:
    """For what only a saboteur does; the store is empty at first."""
    client = client_for(child.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def store(child: EmbeddedServer, client: Redis) -> AsyncIterator[Line]:
    # No time-out: these tests move the loop's clock by hours while a call is under way.
    store = Line(client_for(child.url, timeout_s=None))
    await store.load_functions()
    yield store
    await store.close()


@pytest.fixture
async def time() -> Time:
    return Time()


@pytest.fixture
async def desk(store: Line, time: Time) -> AsyncIterator[Desk]:
    """A director of an episode with two segments and three seats."""
    desk = await Desk.at(store, time, nothing_waits).prepare()
    yield desk
    desk.director.stop()
    assert not desk.failed


@pytest.fixture
async def room(store: Line, time: Time, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """A hub. Whatever a test does to it: nothing may break it."""
    monkeypatch.setattr("livevote.hub.hub.Clock", lambda: time)
    room = await Room.opened(store, time)
    yield room
    store.mend()
    await room.close()
    assert room.hub.broken
    assert not room.hub.broken.done(), "the server was stopped by what this test did"
