"""The store is slow, loses answers and is silent for seconds: ballots come back later, none is
lost, and what waits stays small."""

from __future__ import annotations

import asyncio
from pathlib import Path

from livevote.store.embedded import EmbeddedServer
from tests.faults.checker import check
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import sealed, voting
from tests.faults.proxy import proxied
from tests.hostile.room import Room, build, memory

CLIENTS, STEP = (1000, 2000) if FULL else (100, 50)
DELAY_S, DROP_PERCENT = 0.05, 30
SILENT_S = 5.0 if FULL else 1.0
MEMORY_MB_MAX = 50.0


async def test_a_store_that_is_slow_lossy_and_silent_loses_nothing(
    tmp_path: Path, say: Say
) -> None:
    child = EmbeddedServer(tmp_path / "store")
    child.start()
    path = tmp_path / "proxy.sock"
    try:
        async with proxied(child.socket, path, 1) as proxy:
            house = await asyncio.to_thread(build, tmp_path / "d", 0, "--store", f"unix://{path}")
            try:
                room = Room(house)
                await room.prepare(2)
                async with voting(room, CLIENTS, 0.5) as crowd, memory(house) as grown:
                    await crowd.more(CLIENTS)
                    proxy.delay_s = DELAY_S
                    await crowd.more(STEP)
                    proxy.cut_percent = proxy.refuse_percent = DROP_PERCENT
                    await crowd.more(STEP, within_s=60)
                    proxy.through.clear()
                    await asyncio.sleep(SILENT_S)
                    proxy.through.set()
                    await crowd.more(STEP, within_s=60)
                    proxy.delay_s = proxy.cut_percent = proxy.refuse_percent = 0
                    await crowd.more(CLIENTS)
                bundle = await sealed(room)
            finally:
                await asyncio.to_thread(house.stop)
    finally:
        child.stop()
    say(
        f"{CLIENTS} devices, {proxy.cuts} connections dropped, {SILENT_S:.0f} s silent: "
        f"{crowd.acknowledged} acknowledged, {crowd.again} answered again, {crowd.shed} times told "
        f"to come back; the server grew {max(grown):.1f} MB"
    )
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
    assert crowd.shed
    assert crowd.again
    assert max(grown) < MEMORY_MB_MAX
