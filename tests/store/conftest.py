from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from livevote.store.connect import client_for, connect
from livevote.store.embedded import EmbeddedServer
from livevote.store.store import Store
from tests.servers import redis_server


@pytest.fixture(scope="session", params=["embedded Valkey", "Debian's Redis"])
def store_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("store")
    if request.param == "Debian's Redis":
        with redis_server(folder) as url:
            yield url
        return
    server = EmbeddedServer(folder)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
async def client(store_url: str) -> AsyncIterator[Redis]:
    """For what only a saboteur does; the store is empty at first."""
    client = client_for(store_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def store(store_url: str, client: Redis) -> AsyncIterator[Store]:
    store, _ = await connect(store_url)
    yield store
    await store.close()
