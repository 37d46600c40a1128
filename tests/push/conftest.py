"""Hosts of the tests' own: they say what they are told to and keep what they heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from livevote.push import amcp, obs

# Long enough for a busy machine; the tests that wait for the limit set their own.
WITHIN_S = 10.0

SALT = "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI="
CHALLENGE = "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="


class Caspar:
    """Answers the first line of a connection with the bytes it was given, then hangs up unless it
    is to hold the line."""

    def __init__(self, port: int, answer: bytes, hold: bool) -> None:
        self.to = amcp.Target("127.0.0.1", port, 1, 20)
        self.heard = b""
        self._answer = answer
        self._hold = hold

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = await reader.readuntil(b"\r\n")
        writer.write(self._answer)
        if self._hold:
            await reader.read()
        writer.close()
        await writer.wait_closed()


class Obs:
    """The server's side of obs-websocket 5: hello, identified, then an answer to each request."""

    def __init__(self, port: int, password: str, answers: dict[str, dict[str, Any]]) -> None:
        self.to = obs.Target("127.0.0.1", port, "Main", "livevote")
        self.heard: list[str] = []
        self.subprotocol: str | None = None
        self._password = password
        self._answers = answers

    async def serve(self, line: ServerConnection) -> None:
        self.subprotocol = line.subprotocol
        hello: dict[str, Any] = {"obsWebSocketVersion": "5.6.3", "rpcVersion": 1}
        if self._password:
            hello["authentication"] = {"challenge": CHALLENGE, "salt": SALT}
        await self._say(line, 0, hello)
        identify = await self._hear(line)
        if self._password and identify.get("authentication") != self._password:
            await line.close(4009, "Authentication failed.")
            return
        await self._say(line, 2, {"negotiatedRpcVersion": 1})
        while True:
            await self._answer(line, await self._hear(line))

    async def _answer(self, line: ServerConnection, asked: dict[str, Any]) -> None:
        name = asked["requestType"]
        status = {"result": True, "code": 100}
        answer = {"requestType": name, "requestId": asked["requestId"], "requestStatus": status}
        await self._say(line, 7, {**answer, **self._answers.get(name, {})})

    async def _say(self, line: ServerConnection, op: int, data: dict[str, Any]) -> None:
        await line.send(json.dumps({"op": op, "d": data}))

    async def _hear(self, line: ServerConnection) -> dict[str, Any]:
        text = await line.recv()
        assert isinstance(text, str)
        self.heard.append(text)
        data: dict[str, Any] = json.loads(text)["d"]
        return data


MakeCaspar = Callable[..., AbstractAsyncContextManager[Caspar]]
MakeObs = Callable[..., AbstractAsyncContextManager[Obs]]


@pytest.fixture
def caspar() -> MakeCaspar:
    @asynccontextmanager
    async def made(answer: bytes, hold: bool = False) -> AsyncIterator[Caspar]:
        found: list[Caspar] = []
        serving: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            serving.add(task)
            # The client may be gone, with our answer unread.
            with suppress(OSError, EOFError):
                await found[0].serve(reader, writer)

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            found.append(Caspar(server.sockets[0].getsockname()[1], answer, hold))
            yield found[0]
            await asyncio.gather(*serving)

    return made


@asynccontextmanager
async def obs_like(serve_one: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[int]:
    """The port of a WebSocket server that does this with each connection."""

    async def serving(line: ServerConnection) -> None:
        try:
            await serve_one(line)
        except ConnectionClosed:
            return

    async with serve(
        serving,
        "127.0.0.1",
        0,
        subprotocols=["obswebsocket.json"],  # type: ignore[list-item]
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.fixture
def obs_host() -> MakeObs:
    @asynccontextmanager
    async def made(
        authentication: str = "", answers: dict[str, dict[str, Any]] | None = None
    ) -> AsyncIterator[Obs]:
        found: list[Obs] = []
        item = {"GetSceneItemId": {"responseData": {"sceneItemId": 12}}}

        async def serving(line: ServerConnection) -> None:
            await found[0].serve(line)

        async with obs_like(serving) as port:
            found.append(Obs(port, authentication, {**item, **(answers or {})}))
            yield found[0]

    return made


@pytest.fixture
def free_port(unused_tcp_port: int) -> int:
    return unused_tcp_port
