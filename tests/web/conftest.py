from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import uvloop

from livevote.config import Settings
from livevote.server import running
from livevote.store.connect import client_for
from livevote.store.embedded import EmbeddedServer
from livevote.web import pages
from livevote.web.assets import Assets
from tests.web.clients import House


@pytest.fixture(scope="session")
def child() -> Iterator[EmbeddedServer]:
    """The store of all these tests. In a folder with a short path: the socket's must be short."""
    with tempfile.TemporaryDirectory(prefix="lv") as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def packed() -> Iterator[None]:
    """The files of the pages, read and compressed once for all servers of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "Assets", cache(Assets))
        yield


@pytest.fixture
async def fresh(child: EmbeddedServer, packed: None) -> EmbeddedServer:
    """The store, empty."""
    client = client_for(child.url)
    await client.flushall()
    await client.aclose()
    return child


@pytest.fixture
async def house(
    fresh: EmbeddedServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> AsyncIterator[House]:
    """A server on an empty store. Whatever a test does to it: nothing may break it, and no
    request may end in a traceback."""
    async with running(Settings(port=0, data=tmp_path), fresh) as up:
        yield House(up)
        assert up.hub.broken
        assert not up.hub.broken.done(), "the server was stopped by what this test did"
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, [record.getMessage() for record in errors]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop on which the server runs: its transports are not quite asyncio's."""
    return {"uvloop": uvloop.new_event_loop}
