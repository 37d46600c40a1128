"""The clock is set two hours ahead and back, of server and store, while people vote.

realtime.c stands between both programs and the kernel's CLOCK_REALTIME; it steps as a machine's
clock does when somebody sets it, and CLOCK_MONOTONIC goes on. The machine's own is not touched.
"""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
import struct
import subprocess
import time
import urllib.request
import zipfile
from email.utils import parsedate_to_datetime
from pathlib import Path

from redis import Redis

from tests.faults.checker import check
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import sealed, voting
from tests.hostile.room import Room, build

CLIENTS = 500 if FULL else 60
STEPS_H = (2, -2, 0)
HOUR_S = 3600
EXACT_S = 60.0


def shim(folder: Path) -> Path:
    """realtime.c, compiled."""
    compiler = shutil.which("cc")
    assert compiler, "a C compiler is missing: run scripts/setup test"
    library = folder / "realtime.so"
    source = Path(__file__).with_name("realtime.c")
    words = [
        compiler,
        "-O2",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        "-o",
        str(library),
        str(source),
    ]
    subprocess.run(words, check=True)
    return library


def set_clock(file: Path, hours: int) -> None:
    # In place: the processes have the file mapped.
    with file.open("r+b" if file.exists() else "wb") as out:
        out.write(struct.pack("q", hours * HOUR_S))


def off_by_s(room: Room, store: Redis) -> tuple[float, float]:
    """How far the clocks of server and store are from this machine's, as they say themselves."""
    with urllib.request.urlopen(f"{room.door.url}/episodes") as answer:
        server_s = parsedate_to_datetime(answer.headers["date"]).timestamp()
    store_s, _ = store.time()
    return server_s - time.time(), store_s - time.time()


async def both_moved(room: Room, store: Redis, hours: int) -> tuple[float, float]:
    """The same when both have seen it: the server writes its date anew once a second."""
    async with asyncio.timeout(5):
        while True:
            offsets = await asyncio.to_thread(off_by_s, room, store)
            if all(abs(offset - hours * HOUR_S) < EXACT_S for offset in offsets):
                return offsets
            await asyncio.sleep(0.1)


async def test_a_clock_that_is_set_two_hours_off_moves_no_vote(tmp_path: Path, say: Say) -> None:
    file = tmp_path / "offset"
    set_clock(file, 0)
    env = {"LD_PRELOAD": str(shim(tmp_path)), "CLOCK_OFFSET": str(file)}
    house = build(tmp_path, env=env)
    moved = []
    try:
        room = Room(house)
        await room.prepare(2)
        with Redis(unix_socket_path=str(tmp_path / "store" / "store.sock")) as store:
            async with voting(room, CLIENTS, 0.5) as crowd:
                await crowd.more(CLIENTS)
                for hours in STEPS_H:
                    set_clock(file, hours)
                    await crowd.more(CLIENTS)
                    moved.append(await both_moved(room, store, hours))
                    for device in crowd.devices[::3]:
                        device.cut()  # who comes back shows a cookie of another time
                    await room.do("set_title", title={"zh": f"{hours} h"})
                    await crowd.more(2 * CLIENTS)
        bundle = await sealed(room)
    finally:
        house.stop()
    apart_s = stamps_s(bundle)
    steps = ", ".join(
        f"{server / HOUR_S:+.2f} h / {store / HOUR_S:+.2f} h" for server, store in moved
    )
    say(
        f"server / store off by {steps}: {crowd.acknowledged} acknowledged, {crowd.again} answered "
        f"again; the log's stamps are {apart_s:.1f} s apart"
    )
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
    assert apart_s < HOUR_S


def stamps_s(bundle: bytes) -> float:
    """From the first to the last ballot, by the log."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("ballots.csv")]
        rows = csv.DictReader(io.StringIO(archive.read(name).decode()))
        stamps = [int(row["received_ms"]) for row in rows]
    return (max(stamps) - min(stamps)) / 1000
