"""Which servers livevote starts on, and what it says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from livevote.errors import StartRefused
from livevote.store.connect import client_for, connect
from livevote.store.durability import Durability
from tests.servers import redis_server


async def test_a_durable_server_is_taken(store_url: str) -> None:
    store, finding = await connect(store_url)
    await store.close()
    assert (finding.durability, finding.reason) == (Durability.DURABLE, "")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--appendfsync", "everysec"), "appendfsync always"),
        (("--appendonly", "no"), "appendonly yes"),
        (("--maxmemory-policy", "allkeys-lru"), "maxmemory-policy noeviction"),
    ],
)
async def test_a_server_that_loses_votes_is_refused_unless_the_operator_insists(
    tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    with redis_server(tmp_path, *options) as url:
        with pytest.raises(StartRefused, match=word):
            await connect(url)
        store, finding = await connect(url, accept_not_durable=True)
        await store.close()
        assert finding.durability is Durability.NOT_DURABLE
        assert word in finding.reason


async def test_a_server_that_hides_its_configuration_is_unknown(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--rename-command", "CONFIG", "") as url:
        store, finding = await connect(url)
        await store.close()
        assert finding.durability is Durability.UNKNOWN


async def test_nobody_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="no store at"):
        await connect(f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(StartRefused, match="--store"):
        await connect("http://example.org")


async def test_the_library_repeats_nothing_by_itself(store_url: str) -> None:
    client: Redis = client_for(store_url)
    retry = client.get_retry()
    assert retry is not None
    assert retry.get_retries() == 0
    await client.aclose()
