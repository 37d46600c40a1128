"""Server and store are killed, stalled and full while devices vote: what was acknowledged stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from livevote.core.plain import to_plain
from livevote.demo.episode import rules
from livevote.store.keys import RunKey
from tests.e2e.test_crash import store_pid
from tests.faults.checker import check
from tests.faults.conftest import FULL, Say
from tests.faults.crowd import Crowd, sealed, voting
from tests.hostile.room import House, Room, build

CLIENTS = 1000 if FULL else 100
EVERY_S = 0.5
KILLS = 20 if FULL else 3
# The bar is 3 s, for the full size. The short one runs among all the tests, on a machine
# that may be busy, where a start alone takes some seconds: there only the count is at stake.
BACK_S_MAX = 3.0 if FULL else 20.0
CLOSINGS, FIRING = (100, 1000) if FULL else (10, 100)
STALL_S = 1.0


async def successor(data: Path, old: int) -> None:
    """Until another store runs: answers that were on their way at the kill say nothing."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(AssertionError):
                if store_pid(data) != old:
                    return
            await asyncio.sleep(0.02)


async def frozen_untold(house: House, size: Callable[[], int], crowd: Crowd) -> None:
    """Stop the server at a moment when the store has counted a ballot of which nobody was told: by
    chance alone a kill would seldom meet one. size: ballots that the store has counted."""
    async with asyncio.timeout(20):
        while True:
            os.kill(house.pid, signal.SIGSTOP)
            # What it has sent is heard meanwhile, and the store ends what it was asked.
            await asyncio.sleep(0.02)
            if await asyncio.to_thread(size) > crowd.acknowledged:
                return
            os.kill(house.pid, signal.SIGCONT)
            await crowd.more(1)


async def again_s(crowd: Crowd, since: float) -> float:
    """From the kill to the next acknowledgement."""
    await crowd.more(1)
    return crowd.last_s - since


async def test_nothing_acknowledged_is_lost_when_server_and_store_are_killed(
    tmp_path: Path, say: Say
) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert files >= CLIENTS + 200, f"ulimit -n is {files}"
    house = build(tmp_path)
    chance = random.Random(1)
    took: dict[str, list[float]] = {"server": [], "store": []}
    try:
        room = Room(house)
        await room.prepare(2)
        tally = RunKey(room.episode, room.run).tally

        def counted() -> int:
            with Redis(unix_socket_path=str(tmp_path / "store" / "store.sock")) as store:
                return int(store.hget(tally, "size") or 0)

        async with voting(room, CLIENTS, EVERY_S) as crowd:
            began = time.perf_counter()
            for _ in range(KILLS):
                for what in ("server", "store"):
                    await crowd.more(int(CLIENTS * (0.5 + chance.random())))
                    if what == "server":
                        await frozen_untold(house, counted, crowd)
                    killed = time.perf_counter()
                    if what == "store":
                        old = store_pid(tmp_path)
                        os.kill(old, signal.SIGKILL)
                        await successor(tmp_path, old)
                    else:
                        house.kill()
                        house = await asyncio.to_thread(build, tmp_path, house.door.port)
                    took[what].append(await again_s(crowd, killed))
            await crowd.more(CLIENTS)
            rate = crowd.acknowledged / (time.perf_counter() - began)
        bundle = await sealed(room)
    finally:
        house.stop()
    say(
        f"{CLIENTS} devices, {crowd.acknowledged} acknowledged ({rate:.0f}/s with the outages), "
        f"{KILLS}+{KILLS} kills, {crowd.again} answered again; voting again after "
        f"{_pause(took['server'])} (server), {_pause(took['store'])} (store)"
    )
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
    assert crowd.again, "no answer was lost on its way: it says nothing"
    assert max(*took["server"], *took["store"]) <= BACK_S_MAX


def _pause(took_s: list[float]) -> str:
    return f"{statistics.median(took_s):.2f} s, at most {max(took_s):.2f} s"


async def test_each_of_those_who_fire_across_the_close_is_told_counted_or_late(
    tmp_path: Path, say: Say
) -> None:
    counted = late = 0
    house = build(tmp_path)
    try:
        room = Room(house)
        await room.prepare(2)
        for number in range(CLOSINGS):
            if number:
                await _another(room)
            async with voting(room, FIRING, 0.05) as crowd:
                await crowd.more(FIRING)
                await room.do("close", run=room.run)
                async with asyncio.timeout(20):
                    while not all(device.ended for device in crowd.devices):
                        await asyncio.sleep(0.02)
            bundle = await sealed(room)
            assert check(bundle, crowd.notes) == []
            await _receipts_again(room, crowd)
            counted += crowd.acknowledged
            late += sum(len(notes.late) for notes in crowd.notes)
    finally:
        house.stop()
    say(f"{CLOSINGS} closings, {FIRING} devices: {counted} counted, {late} late, none both")
    assert late >= CLOSINGS


async def _another(room: Room) -> None:
    """A new episode with an open run, in which the next devices vote."""
    name = {"zh": "试验", "en": "Trial"}
    shows = await room.post("/api/shows", {"name": name})
    episode = await room.post("/api/episodes", {"show": shows["id"], "title": name})
    room.episode = episode["id"]
    await room.do("set_rules", rules=to_plain(rules(grace_ms=0)))
    await room.do("set_rundown", segments=[{"id": "s1", "unit": name}])
    await room.post("/api/on", {"episode": room.episode})
    await room.do("arm", segment="s1")
    room.run = (await room.view())["runs"][0]["id"]
    await room.do("open", run=room.run)


async def _receipts_again(room: Room, crowd: Crowd) -> None:
    """After the close, an accepted ballot that is sent again gets its receipt."""
    for device in [d for d in crowd.devices if d.notes.counted][:5]:
        seq, value, index = device.notes.counted[-1]
        line = await room.enter(device.cookie)
        await line.say("cast", run=room.run, seq=seq, value=value)
        answer = await line.hear("counted", "not_counted")
        assert (answer["t"], answer.get("index"), answer.get("again")) == ("counted", index, True)
        line.shut()


async def test_ballots_that_reached_a_stalled_server_before_the_close_count(
    tmp_path: Path, say: Say
) -> None:
    house = build(tmp_path)
    try:
        room = Room(house)
        await room.prepare(2)
        lines = [await room.enter(cookie) for cookie in await room.viewers(CLIENTS // 2)]
        os.kill(house.pid, signal.SIGSTOP)
        began = time.perf_counter()
        for line in lines:
            await line.say("cast", run=room.run, seq=1, value=1)
        closing = asyncio.create_task(room.do("close", run=room.run))
        await asyncio.sleep(STALL_S)
        os.kill(house.pid, signal.SIGCONT)
        stalled_s = time.perf_counter() - began
        answers = [await line.hear("counted", "not_counted") for line in lines]
        await closing
    finally:
        _stop(house)
    counted = sum(answer["t"] == "counted" for answer in answers)
    say(f"stalled {stalled_s:.2f} s at the close: {counted} of {len(lines)} counted")
    assert counted == len(lines)


def _stop(house: House) -> None:
    os.kill(house.pid, signal.SIGCONT)
    house.stop()


async def test_a_store_out_of_memory_refuses_whole_and_recovers(tmp_path: Path, say: Say) -> None:
    house = build(tmp_path)
    try:
        room = Room(house)
        await room.prepare(2)
        store = Redis(unix_socket_path=str(tmp_path / "store" / "store.sock"))
        async with voting(room, CLIENTS, EVERY_S) as crowd:
            await crowd.more(CLIENTS)
            store.config_set("maxmemory", "1mb")
            probe = await room.enter((await room.viewers(1))[0])
            await probe.say("cast", run=room.run, seq=1, value=1)
            answer = await probe.hear("counted", "not_counted")
            freed = time.perf_counter()
            store.config_set("maxmemory", "0")
            await crowd.more(CLIENTS)
            back_s = crowd.last_s - freed
        bundle = await sealed(room)
        store.close()
    finally:
        house.stop()
    say(f"told {answer.get('code')}; {CLIENTS} more acknowledged {back_s:.2f} s after memory came")
    assert (answer["t"], answer["code"], answer["retry"]) == ("not_counted", "store_down", True)
    assert check(bundle, crowd.notes) == []


async def test_functions_that_are_flushed_come_back_without_a_vote_error(
    tmp_path: Path, say: Say
) -> None:
    house = build(tmp_path)
    try:
        room = Room(house)
        await room.prepare(2)
        with Redis(unix_socket_path=str(tmp_path / "store" / "store.sock")) as store:
            async with voting(room, CLIENTS, EVERY_S) as crowd:
                for _ in range(KILLS):
                    await crowd.more(CLIENTS // 2)
                    store.execute_command("FUNCTION", "FLUSH")
                await crowd.more(CLIENTS)
        bundle = await sealed(room)
    finally:
        house.stop()
    say(f"flushed {KILLS} times, {crowd.acknowledged} acknowledged")
    assert check(bundle, crowd.notes) == []
    assert [device.turned for device in crowd.devices if device.turned] == []
