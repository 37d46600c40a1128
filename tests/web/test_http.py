"""Connections that owe a request: how long they may, and how many."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from livevote.web import http as module
from tests.web.clients import PATIENCE_S, House

HEAD = b"GET /health/live HTTP/1.1\r\nhost: x\r\n"


@asynccontextmanager
async def knock(house: House, *said: bytes) -> AsyncIterator[socket.socket]:
    port = int(house.up.url.rpartition(":")[2])
    with socket.socket() as sock:
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port))
        for part in said:
            await loop.sock_sendall(sock, part)
        yield sock


async def answer(sock: socket.socket) -> bytes:
    """What comes; empty when the connection is cut."""
    loop = asyncio.get_running_loop()
    try:
        return await asyncio.wait_for(loop.sock_recv(sock, 65_536), PATIENCE_S)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("said", [b"", b"G", HEAD], ids=["nothing", "a letter", "half a head"])
async def test_a_head_that_never_ends_is_cut(
    house: House, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(module, "HEAD_S", 0.05)
    async with knock(house, said) as sock:
        assert await answer(sock) == b""


async def test_a_body_that_never_ends_is_cut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.05)
    head = b"POST /api/login HTTP/1.1\r\nhost: x\r\norigin: %b\r\ncontent-length: 99\r\n\r\n{"
    head %= house.up.url.encode()
    async with knock(house, head) as sock:
        assert await answer(sock) == b""


async def test_a_second_head_on_the_same_connection_has_its_deadline_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    async with knock(house, HEAD, b"\r\n") as sock:
        assert (await answer(sock)).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(module, "HEAD_S", 0.05)
        await loop.sock_sendall(sock, HEAD)
        assert await answer(sock) == b""


async def test_of_too_many_that_say_nothing_the_oldest_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OWING_MAX", 2)
    async with knock(house) as first, knock(house) as second, knock(house) as third:
        assert await answer(first) == b""
        loop = asyncio.get_running_loop()
        for sock in (second, third):
            await loop.sock_sendall(sock, HEAD + b"\r\n")
            assert (await answer(sock)).startswith(b"HTTP/1.1 200")


async def test_who_asked_or_upgraded_owes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OWING_MAX", 1)
    await house.episode()
    async with house.line("voter", house.viewer()) as line:
        await line.hear("welcome")
        async with knock(house), knock(house), knock(house):
            await line.all_now()
