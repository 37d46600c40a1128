"""Minutes of everything at once: store and server killed, both stalled, connections cut, a slow
line between them, in an order that a printed seed makes again (LIVEVOTE_SEED=... does).

The log of a run is in the server's memory too, some 64 bytes a ballot, so that receipts are proven
at once: people vote as often here as in a show, and the slope has that in it.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from livevote.store.embedded import EmbeddedServer
from tests.faults.checker import check
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import Crowd, sealed, voting
from tests.faults.proxy import Proxy, proxied
from tests.hostile.room import House, Room, build

LENGTH_S = 240.0 if FULL else 8.0
TABLETS, PHONES = (200, 2000) if FULL else (10, 60)
EVERY_S = 20.0 if FULL else 0.5
# As pages do. The line to the store runs in this process too: a crowd that knocks twice a second
# would leave it no time.
SLOWEST_S = 4.0
GAP_S = (3.0, 8.0) if FULL else (0.5, 1.0)
# The server's last life must be long enough to have a slope.
LAST_KILL = 0.4
SETTLE_S = 30.0
SLOPE_MB_A_MINUTE_MAX = 1.0
FAULTS = ("kill the store", "kill the server", "stall the store", "stall the server", "cut", "slow")


@dataclass(frozen=True)
class Fault:
    """size: 0 to 1, of what it is."""

    at_s: float
    kind: str
    size: float


def plan(seed: int, length_s: float) -> list[Fault]:
    """The same for the same seed. Each kind comes once before any comes again."""
    chance = random.Random(seed)
    found: list[Fault] = []
    at_s = 0.0
    while True:
        kinds = [k for k in FAULTS if k != "kill the server" or at_s < LAST_KILL * length_s]
        # Kills first: in a short soak, later ones are no more possible.
        for kind in sorted(chance.sample(kinds, len(kinds)), key=lambda k: k != "kill the server"):
            at_s += chance.uniform(*GAP_S)
            if at_s > length_s:
                return found
            found.append(Fault(at_s, kind, chance.random()))


class Soak:
    """What is done to server and store. house: the server that lives now, since `born_s`."""

    def __init__(self, house: House, data: Path, child: EmbeddedServer, proxy: Proxy) -> None:
        self.house, self.born_s = house, time.perf_counter()
        self._data, self._child, self._proxy = data, child, proxy

    async def do(self, fault: Fault, crowd: Crowd) -> None:
        if fault.kind == "kill the store":
            os.kill(self._child.pid, signal.SIGKILL)
            while self._child.alive:
                await asyncio.sleep(0.01)
            self._child.spawn()
        elif fault.kind == "kill the server":
            await asyncio.to_thread(self.house.kill)
            self.house = await asyncio.to_thread(
                build, self._data, self.house.door.port, "--store", self.store_url
            )
            self.born_s = time.perf_counter()
        elif fault.kind.startswith("stall"):
            pid = self.house.pid if fault.kind == "stall the server" else self._child.pid
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(0.2 + fault.size)
            os.kill(pid, signal.SIGCONT)
        elif fault.kind == "cut":
            for device in crowd.devices[:: 2 + int(8 * fault.size)]:
                device.cut()
        else:
            self._proxy.delay_s = 0.2 * fault.size
            await asyncio.sleep(1)
            self._proxy.delay_s = 0.0

    @property
    def store_url(self) -> str:
        return f"unix://{self._data / 'proxy.sock'}"


def test_a_seed_makes_the_same_faults_again() -> None:
    assert plan(7, 240) == plan(7, 240) != plan(8, 240)
    assert {fault.kind for fault in plan(7, 240)} == set(FAULTS)


async def test_minutes_of_random_faults_leave_every_ballot_where_it_was_acknowledged(
    tmp_path: Path, say: Say
) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert files >= TABLETS + PHONES + 200, f"ulimit -n is {files}"
    seed = int(os.environ.get("LIVEVOTE_SEED") or random.randrange(10**6))
    print(f"LIVEVOTE_SEED={seed}")
    faults = plan(seed, LENGTH_S)
    data = tmp_path / "d"
    child = EmbeddedServer(tmp_path / "store")
    data.mkdir()
    child.start()
    soak: Soak | None = None
    samples: list[tuple[float, float]] = []
    try:
        async with proxied(child.socket, data / "proxy.sock", seed) as proxy:
            house = await asyncio.to_thread(
                build, data, 0, "--store", f"unix://{data / 'proxy.sock'}"
            )
            soak = Soak(house, data, child, proxy)
            room = Room(house)
            await room.prepare(TABLETS)
            async with voting(room, PHONES, EVERY_S, room.seats, SLOWEST_S) as crowd:
                await crowd.more(PHONES // 10)
                began = time.perf_counter()
                for fault in faults:
                    while (left_s := fault.at_s - (time.perf_counter() - began)) > 0:
                        await asyncio.sleep(min(1.0, left_s))
                        samples.append((time.perf_counter(), soak.house.memory_mb()))
                    await soak.do(fault, crowd)
                await crowd.more(PHONES // 10)
            bundle = await sealed(room)
    finally:
        if soak:
            await asyncio.to_thread(soak.house.stop)
        child.stop()
    kinds = Counter(fault.kind for fault in faults)
    say(
        f"seed {seed}, {LENGTH_S:.0f} s, {TABLETS} tablets and {PHONES} phones; "
        f"{', '.join(f'{kind} {times}' for kind, times in sorted(kinds.items()))}; "
        f"{crowd.acknowledged} acknowledged, {crowd.again} answered again, {crowd.shed} told to "
        f"come back; memory {slope(samples, soak.born_s)}"
    )
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
    if FULL:
        assert slope_mb_a_minute(samples, soak.born_s) < SLOPE_MB_A_MINUTE_MAX


def slope(samples: list[tuple[float, float]], born_s: float) -> str:
    if not FULL:
        return "not judged in so short a time"
    return f"{slope_mb_a_minute(samples, born_s):+.2f} MB a minute"


def slope_mb_a_minute(samples: list[tuple[float, float]], born_s: float) -> float:
    """Of the last life of the server, from when all are back."""
    settled = [(at_s, mb) for at_s, mb in samples if at_s > born_s + SETTLE_S]
    return 60 * statistics.linear_regression(*zip(*settled, strict=True)).slope
