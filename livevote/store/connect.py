"""From an address to a connected store."""

from __future__ import annotations

from redis import exceptions as rex
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from livevote.errors import Refusal, StartRefused
from livevote.store.durability import Durability, Finding, examine
from livevote.store.store import Store

COMMAND_TIMEOUT_S = 5.0
VERSION_MIN = (7, 0)


def client_for(url: str, timeout_s: float | None = COMMAND_TIMEOUT_S) -> Redis:
    """redis://, rediss:// or unix:// to a client. timeout_s: for a connection or an answer.

    Its own retries are off: it repeats a write whose reply was cut without
    saying so. Ours are safe to repeat, and the voter's device does it.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        # More commands than this wait for a connection, as long as for an answer.
        max_connections=32,
        timeout=timeout_s,
        protocol=2,
    )
    return Redis.from_pool(pool)


async def connect(url: str, *, accept_not_durable: bool = False) -> tuple[Store, Finding]:
    """A store with our functions loaded, and what is known of its durability.

    Raises StartRefused where it cannot be reached, is too old, or would lose
    acknowledged votes and the operator did not insist.
    """
    try:
        client = client_for(url)
    except ValueError as error:
        raise StartRefused(f"--store {url!r}: {error}") from None
    try:
        await _check_version(client, url)
        finding = await examine(client)
        if finding.durability is Durability.NOT_DURABLE and not accept_not_durable:
            raise StartRefused(
                f"the store would lose acknowledged votes: {finding.reason}; "
                "or start with --accept-not-durable, which shows NOT DURABLE everywhere"
            )
        store = Store(client)
        await store.load_functions()
    except (rex.RedisError, OSError) as error:
        await client.aclose()
        raise StartRefused(f"no store at {url}: {error}") from None
    except Refusal as error:
        await client.aclose()
        raise StartRefused(f"the store at {url} cannot be used: {error}") from None
    except StartRefused:
        await client.aclose()
        raise
    return store, finding


async def _check_version(client: Redis, url: str) -> None:
    info = await client.info("server")
    # Valkey reports the Redis version it is compatible with, 7.2 or higher.
    version = str(info["redis_version"])
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < VERSION_MIN:
        raise StartRefused(f"the store at {url} is version {version}; 7.0 or later is needed")
