"""Whether a server keeps what it acknowledged. Asked at start, shown everywhere after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from redis import exceptions as rex

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Durability(StrEnum):
    DURABLE = "durable"
    NOT_DURABLE = "not_durable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """reason: "" when durable, else what is wrong and what to set."""

    durability: Durability
    reason: str = ""


_WANTED = {
    "appendonly": ("yes", "the append-only log is off: set `appendonly yes`"),
    "appendfsync": (
        "always",
        "acknowledged votes can be lost for a second: set `appendfsync always`",
    ),
    "maxmemory-policy": (
        "noeviction",
        "the server may delete votes when memory is short: set `maxmemory-policy noeviction`",
    ),
}


async def examine(client: Redis) -> Finding:
    """Read the server's configuration. Managed services that hide CONFIG give UNKNOWN."""
    wrong: list[str] = []
    for name, (wanted, reason) in _WANTED.items():
        try:
            found = await client.config_get(name)
        except rex.ResponseError as error:
            return Finding(
                Durability.UNKNOWN, f"the server hides its configuration ({error}); ask its keeper"
            )
        value = {_text(k): _text(v) for k, v in found.items()}.get(name)
        if value is None:
            return Finding(Durability.UNKNOWN, f"the server does not say what {name} is")
        if value != wanted:
            wrong.append(reason)
    return (
        Finding(Durability.NOT_DURABLE, "; ".join(wrong)) if wrong else Finding(Durability.DURABLE)
    )


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
