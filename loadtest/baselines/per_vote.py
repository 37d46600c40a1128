"""The design that most tutorials show: each vote is one call to the store, and the tally after it
is read and (with --broadcast) sent to everybody at once.

Starlette's WebSocketRoute on uvicorn, redis-py's asyncio client, an embedded Valkey with
appendfsync always, so that an answer is as durable as livevote's. The voter is answered before
the broadcast, which is kind to this design.

    python -m loadtest.baselines.per_vote FOLDER [--broadcast]      prints its port
    python -m loadtest.baselines.per_vote FOLDER [--broadcast] --instead PROGRAM ARGUMENT …
                             only the store is ours; PROGRAM takes our place, with the store's path
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from livevote.store.embedded import EmbeddedServer

POOL = 64


class Votes:
    """The application. One per process."""

    def __init__(self, path: Path, *, broadcast: bool) -> None:
        pool: Any = BlockingConnectionPool.from_url(
            f"unix://{path}", max_connections=POOL, decode_responses=True
        )
        self._store: Any = Redis(connection_pool=pool)
        self._broadcast = broadcast
        self._sockets: set[WebSocket] = set()

    async def talk(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self._sockets.add(websocket)
        voter = f"voter {id(websocket)}"
        try:
            await websocket.send_text(await websocket.receive_text())  # hello
            while True:
                await self._cast(websocket, voter, orjson.loads(await websocket.receive_text()))
        except WebSocketDisconnect:
            pass
        finally:
            self._sockets.discard(websocket)

    async def _cast(self, websocket: WebSocket, voter: str, cast: dict[str, Any]) -> None:
        async with self._store.pipeline(transaction=True) as call:
            call.hset("ballots", voter, cast["value"])
            call.hincrby("tally", str(cast["value"]), 1)
            call.hgetall("tally")
            _, _, tally = await call.execute()
        counted = {"t": "counted", "seq": cast["seq"], "value": cast["value"]}
        await websocket.send_text(orjson.dumps(counted).decode())
        if self._broadcast:
            frame = orjson.dumps({"t": "tally", "counts": tally}).decode()
            for other in list(self._sockets):
                await other.send_text(frame)


def main() -> None:
    folder, *options = sys.argv[1:]
    store = EmbeddedServer(Path(folder) / "store")
    store.start()
    if "--instead" in options:
        at = options.index("--instead")
        program = options[at + 1 :]
        # The store stays our child, whoever we are: the kernel ends it with us.
        os.execvp(program[0], [*program, str(store.socket), *options[:at]])  # noqa: S606
    votes = Votes(store.socket, broadcast="--broadcast" in options)
    app = Starlette(routes=[WebSocketRoute("/", votes.talk)])
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, access_log=False
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    store.stop()


if __name__ == "__main__":
    main()
