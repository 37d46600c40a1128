"""No ballot is acknowledged before the disk has it: what server and store write and flush, in the
order in which it happens (trace.c)."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from livevote.store.files import mentioned
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import voting
from tests.faults.preload import compiled
from tests.hostile.room import Room, build
from tests.servers import redis_server

VOTES, CLIENTS = (1000, 50) if FULL else (200, 20)

HEAD = struct.Struct("iiii")
FLUSH = ord("s")
_TOLD = re.compile(rb'"t":"counted"[^{}]*?"index":(\d+)')


@dataclass
class Order:
    """told: indexes of ballots whose acknowledgement was written; too_early: those of them that
    were not on the disk yet. flushes: of the file that holds ballots."""

    told: set[int] = field(default_factory=set)
    too_early: set[int] = field(default_factory=set)
    flushes: int = 0


def order(trace: Path) -> Order:
    """Follow the log's file from write to flush, and the acknowledgements."""
    found = Order()
    durable = 0
    written: dict[tuple[int, int], int] = {}
    for pid, kind, file, data in records(trace.read_bytes()):
        if kind == FLUSH:
            if (pid, file) in written:
                durable = max(durable, written[pid, file])
                found.flushes += 1
            continue
        ballots = [said.ballots for said in mentioned(data).values()]
        if any(ballots) and data.startswith(b"*"):
            written[pid, file] = max(*ballots, written.get((pid, file), 0))
        told = {int(index) for index in _TOLD.findall(data)}
        found.told |= told
        found.too_early |= {index for index in told if index > durable}
    return found


def records(trace: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    at = 0
    while at < len(trace):
        pid, kind, file, length = HEAD.unpack_from(trace, at)
        at += HEAD.size
        yield pid, kind, file, trace[at : at + length]
        at += length


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trace of all that is started from here on."""
    file = tmp_path / "trace"
    library = compiled("trace.c", tmp_path)
    monkeypatch.setenv("TRACE_FILE", str(file))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    return file


async def voted(data: Path, *options: str) -> None:
    """So many ballots are acknowledged by a server that is traced."""
    house = build(data, 0, *options)
    try:
        room = Room(house)
        await room.prepare(2)
        async with voting(room, CLIENTS, 0.2) as crowd:
            await crowd.more(VOTES, 120)
    finally:
        await asyncio.to_thread(house.stop)


async def test_no_ballot_is_acknowledged_before_the_disk_has_it(
    tmp_path: Path, trace: Path, say: Say
) -> None:
    await voted(tmp_path / "d")
    found = order(trace)
    say(f"{len(found.told)} acknowledged, {found.flushes} flushes, {len(found.too_early)} early")
    assert len(found.told) >= VOTES
    assert found.flushes
    assert found.too_early == set()


async def test_a_store_that_flushes_once_a_second_is_seen_to_answer_too_early(
    tmp_path: Path, trace: Path
) -> None:
    """That the trace would show it."""
    with redis_server(tmp_path / "r", "--appendfsync", "everysec") as url:
        await voted(tmp_path / "d", "--store", url, "--accept-not-durable")
    assert order(trace).too_early
