"""The store's disk is full, or its answers are lost on their way: ballots are counted once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from livevote.core.ballot import Answer, Ballot
from livevote.errors import StoreDown
from livevote.store.connect import connect
from livevote.store.embedded import EmbeddedServer
from livevote.store.keys import RunKey
from tests.faults.checker import check
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import sealed, voting
from tests.faults.proxy import proxied
from tests.hostile.room import Room, build

BALLOTS = 20_000 if FULL else 2_000
BATCH = 8
CUT_PERCENT = 10
CLIENTS = 500 if FULL else 100
RESUMES_S_MAX = 10.0
DISK_MB = 8


async def test_a_ballot_whose_answer_is_cut_after_the_commit_counts_once(
    tmp_path: Path, say: Say
) -> None:
    child = EmbeddedServer(tmp_path / "store")
    child.start()
    key, path = RunKey("e1", "r1"), tmp_path / "proxy.sock"
    again = 0
    try:
        async with proxied(child.socket, path, 1) as proxy:
            store, _ = await connect(f"unix://{path}")
            await store.move_window(
                key, ("",), phase="open", opened_ms=1, deadline_ms=0, until_ms=0, change=1
            )
            proxy.cut_percent = CUT_PERCENT
            indexes = []
            for first in range(0, BALLOTS, BATCH):
                batch = [
                    Ballot(n.to_bytes(16, "big"), "online", 1, n % 3, 2)
                    for n in range(first, first + BATCH)
                ]
                while True:
                    try:
                        outcomes = await store.commit(key, batch)
                        break
                    except StoreDown:
                        continue
                again += sum(o.answer is Answer.AGAIN for o in outcomes)
                indexes += [o.index for o in outcomes]
            proxy.cut_percent = 0
            entries = [entry async for rows in store.log(key) for entry in rows]
            await store.close()
    finally:
        child.stop()
    say(f"{BALLOTS} ballots, {proxy.cuts} answers cut, {again} answered again, {len(entries)} kept")
    assert again
    assert indexes == [entry.index for entry in entries] == list(range(1, BALLOTS + 1))
    assert len({(entry.voter, entry.seq) for entry in entries}) == BALLOTS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.fail("mounting a small disk needs root")
    path = tmp_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", path], check=True)
    yield path
    subprocess.run(["umount", "-l", path], check=True)


async def test_a_full_disk_loses_nothing_and_voting_resumes_when_it_is_freed(
    small_disk: Path, say: Say
) -> None:
    house = build(small_disk)
    ballast = small_disk / "ballast"
    try:
        room = Room(house)
        await room.prepare(2)
        async with voting(room, CLIENTS, 0.3) as crowd:
            await crowd.more(CLIENTS)
            probe = await room.enter((await room.viewers(1))[0])
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            async with asyncio.timeout(20):
                seq = 0
                while True:
                    seq += 1
                    await probe.say("cast", run=room.run, seq=seq, value=1)
                    answer = await probe.hear("counted", "not_counted")
                    if answer["t"] == "not_counted":
                        break
                    await asyncio.sleep(0.2)
            ballast.unlink()
            freed = time.perf_counter()
            await crowd.more(1)
            back_s = crowd.last_s - freed
            await crowd.more(CLIENTS)
        bundle = await sealed(room)
    finally:
        house.stop()
    say(f"told {answer['code']}; voting again {back_s:.2f} s after the disk had room")
    assert answer["retry"], answer
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
    assert back_s <= RESUMES_S_MAX
