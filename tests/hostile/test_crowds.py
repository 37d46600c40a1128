"""Crowds at the door and inside: half-open connections, readers that stall, no descriptors left."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import math
import random
import resource
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import uvloop

from livevote.web.http import OWING_MAX
from tests.hostile.conftest import BUSY, FULL, Say
from tests.hostile.room import HELLO, VIEWER_PROBE_S, House, Line, Room, percentile, probes
from tests.hostile.wire import Cut, Door, Peer, knock, request

# --- at the door ---

HALF_OPEN = 2_000 if FULL else 400
FROM_ONE = 5_000 if FULL else 1_000
DRIPPING = 20
# The limit is 5 s; the rest is for a loop that has thousands of them to end at once.
CLOSED_S_MAX = 5.0 + 1.0 * BUSY
LET_IN_S_MAX = 1.0 * BUSY
ATTACKED = "127.0.6.6"
UPGRADED = "one address, upgraded"
DRIP_S = 0.7
WALKING = 8
BEYOND = 200
# As static/shared/line.js has it.
BACKOFF_S = 0.25


def half_requests(door: Door) -> list[bytes]:
    """What those say who never come to the point; all but the first are the beginning of
    something."""
    return [
        b"",
        b"GET /socket HT",
        request(door)[:-2],
        b"POST /api/vote HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{",
        b"POST /api/vote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]


async def held_s(peer: Peer) -> float:
    """For how long the server keeps a connection from now on; infinite where it outlasts us."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(2 * CLOSED_S_MAX):
            return await peer.ended() - began
    except TimeoutError:
        return math.inf


async def told_s(peer: Peer, codes: Counter[int]) -> float:
    """The same for one who was let in and said no hello: until he is told the reason."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(2 * CLOSED_S_MAX):
            await peer.head()
            codes[await peer.close_code()] += 1
            return time.perf_counter() - began
    except Cut:
        return time.perf_counter() - began
    except TimeoutError:
        return math.inf


async def dripping_s(peer: Peer, line: bytes) -> float:
    """The same for one who sends a byte now and then, so as to look alive."""

    async def drip() -> None:
        for byte in line:
            await peer.send(bytes([byte]))
            await asyncio.sleep(DRIP_S)

    dripping = asyncio.create_task(drip())
    try:
        return await held_s(peer)
    finally:
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def crowd(room: Room, codes: Counter[int]) -> dict[str, list[float]]:
    """All who stand in the door at once; what they are → for how long each was kept."""
    halves = half_requests(room.door)
    found: dict[str, list[float]] = {}

    async def stand(kind: str, said: bytes, source: str) -> None:
        try:
            peer = await knock(room.door, source)
            await peer.send(said)
        except Cut:
            kept_s = 0.0
        else:
            if kind == "dripping":
                kept_s = await dripping_s(peer, request(room.door)[3:])
            elif kind == UPGRADED:
                kept_s = await told_s(peer, codes)
            else:
                kept_s = await held_s(peer)
            peer.shut()
        found.setdefault(kind, []).append(kept_s)

    standing = [
        stand(f"half-open {i % len(halves)}", halves[i % len(halves)], f"127.0.3.{1 + i % 250}")
        for i in range(HALF_OPEN)
    ]
    standing += [
        stand(UPGRADED, request(room.door), ATTACKED)
        if i % 2
        else stand("one address, silent", b"", ATTACKED)
        for i in range(FROM_ONE)
    ]
    standing += [stand("dripping", b"GET", f"127.0.4.{1 + i}") for i in range(DRIPPING)]
    await asyncio.gather(*standing)
    return found


async def walk_past(room: Room, over: threading.Event) -> tuple[list[float], int]:
    """Tablets that come in, some at a time, until it is over: how long each took, and how often
    one had to try again. Half are behind the address that attacks: a studio has only one."""
    took: list[float] = []
    turned = 0

    async def enter(number: int) -> None:
        nonlocal turned
        began = time.perf_counter()
        while True:
            try:
                source = "127.0.0.1" if number % 2 else ATTACKED
                line = await room.enter(room.seats[number], source=source)
                break
            except Cut:
                turned += 1
                await asyncio.sleep(random.random() * BACKOFF_S)
        took.append(time.perf_counter() - began)
        line.shut()

    while not over.is_set():
        async with asyncio.timeout(2 * CLOSED_S_MAX):
            await asyncio.gather(*map(enter, range(WALKING)))
        await asyncio.sleep(0.1)
    return took, turned


async def test_a_crowd_that_comes_to_no_point_is_sent_off_and_tablets_walk_past_it(
    room: Room, say: Say
) -> None:
    codes: Counter[int] = Counter()
    over = threading.Event()
    # With a loop of their own: what the crowd costs us is not the server's doing.
    walking = asyncio.create_task(asyncio.to_thread(lambda: uvloop.run(walk_past(room, over))))
    kept = await crowd(room, codes)
    over.set()
    took, turned = await walking
    longest = {kind: f"{max(times):.1f}" for kind, times in sorted(kept.items())}
    say(
        f"{HALF_OPEN} half-open and {FROM_ONE} from one address; kept for at most (s): {longest}; "
        f"codes for no hello {dict(codes)}; "
        f"{len(took)} tablets: {turned} tried again, max {max(took) * 1000:.0f} ms"
    )
    assert max(took) < LET_IN_S_MAX
    late = {kind: max(times) for kind, times in kept.items() if max(times) > CLOSED_S_MAX}
    assert not late
    assert set(codes) == {4408}


async def test_bodies_that_never_come_take_no_more_places_than_heads_that_do_not(
    house: House, room: Room, say: Say
) -> None:
    """A body has longer than a head, for a spreadsheet over a bad line; not without number."""
    said = request(room.door).split(b"\r\n")
    head = [b"POST /api/seat HTTP/1.1", *said[1:3], b"Content-Length: 900", b"", b"{"]
    before = house.descriptors()
    slow = []
    for i in range(OWING_MAX + BEYOND):
        with contextlib.suppress(Cut):
            slow.append(await knock(room.door, f"127.0.3.{1 + i % 250}"))
            await slow[-1].send(b"\r\n".join(head))
    took_s = await (await room.enter(room.seats[0])).round_trip_s()
    held = house.descriptors() - before
    say(f"{len(slow)} slow bodies: {held} held; the round trip of a tablet {took_s * 1000:.0f} ms")
    assert held >= OWING_MAX / 2, "they were not held at all: the test says nothing"
    assert held <= OWING_MAX + 10


# --- inside, not reading ---

STALLED = 20
GOOD = 500 if FULL else 100
GOOD_S = 4.0
FREED_S_MAX = 6.0 * BUSY
STALL_S_MAX = 20.0 * BUSY
# On a busy machine of two cores a percentile of some seconds is not steady to 20 %.
SLACK_S = 0.0 if FULL else 1.0


def unread(line: Line) -> int:
    """The bytes that wait in the kernel for a client who does not read."""
    return int.from_bytes(fcntl.ioctl(line.sock, termios.FIONREAD, bytes(4)), sys.byteorder)


@asynccontextmanager
async def frames(room: Room) -> AsyncIterator[None]:
    """A new state for everybody, ten times a second while the block runs."""

    async def change() -> None:
        for turn in count():
            text = f"{turn} " + "年底前封堵全部排污口" * 16
            await room.do("set_pledge", segment="s1", pledge=text)
            await asyncio.sleep(0.1)

    changing = asyncio.create_task(change())
    try:
        yield
        assert not changing.done(), changing.result()
    finally:
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)


async def freed_s(house: House, lines: list[Line], files: int) -> float:
    """From the moment at which the first of them got nothing more until the server holds no more
    than so many files; infinite where that takes too long."""
    got = dict.fromkeys(lines, 0)
    last = dict.fromkeys(lines, 0.0)
    began = time.perf_counter()
    while (now := time.perf_counter()) - began < STALL_S_MAX:
        for line in lines:
            if (size := unread(line)) > got[line]:
                got[line], last[line] = size, now
        if house.descriptors() <= files:
            return now - min(last.values())
        await asyncio.sleep(0.05)
    return math.inf


async def good_p99_s(lines: list[Line]) -> float:
    async with probes(lines, VIEWER_PROBE_S) as took:
        await asyncio.sleep(GOOD_S)
    return percentile(took, 99)


async def test_overlays_that_stall_are_freed_and_hold_nobody_up(
    house: House, room: Room, say: Say
) -> None:
    cookies = await room.viewers(GOOD // 2)
    good = [await room.enter(cookies[i // 2], source=f"127.0.5.{1 + i % 250}") for i in range(GOOD)]
    token = await room.overlay_token()
    files = house.descriptors() + 1  # and one for the command that is under way
    async with frames(room):
        without_s = await good_p99_s(good)
        stalled = [
            await room.enter(token=token, channel="overlay", receive_bytes=2048)
            for _ in range(STALLED)
        ]
        freeing = asyncio.create_task(freed_s(house, stalled, files))
        with_s = await good_p99_s(good)
        kept_s = await freeing
    say(
        f"{STALLED} beside {GOOD}: good p99 {with_s * 1000:.1f} ms, without "
        f"{without_s * 1000:.1f} ms; freed {kept_s:.1f} s after the stall"
    )
    assert kept_s <= FREED_S_MAX
    assert with_s <= 1.2 * without_s + SLACK_S


# --- no descriptors left ---

FILES = 256
TOO_MANY = 400
SERVED_MS_MAX = 250.0 * BUSY
RECOVERED_S_MAX = 2.0 * BUSY


async def test_without_descriptors_those_inside_are_served_and_the_door_opens_again(
    house: House, room: Room, say: Say
) -> None:
    cookies = await room.viewers(TOO_MANY // 4)
    tablets = [await room.enter(seat) for seat in room.seats[:8]]
    before = resource.prlimit(house.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(house.pid, resource.RLIMIT_NOFILE, (FILES, before[1]))
    try:
        async with probes(tablets) as took:
            attackers = [
                await push_in(room, cookies[i // 4], f"127.0.7.{1 + i % 250}")
                for i in range(TOO_MANY)
            ]
            await asyncio.sleep(2)
            opened = house.descriptors()
        for peer in attackers:
            peer.reset()
        began = time.perf_counter()
        while True:
            try:
                async with asyncio.timeout(RECOVERED_S_MAX):
                    await room.enter(room.seats[10])
                break
            except (Cut, TimeoutError):
                assert time.perf_counter() - began < 5 * RECOVERED_S_MAX, "it did not recover"
                await asyncio.sleep(0.05)
        recovered_s = time.perf_counter() - began
    finally:
        resource.prlimit(house.pid, resource.RLIMIT_NOFILE, before)
    say(
        f"{opened} of {FILES} descriptors taken; round trips of those inside max "
        f"{max(took) * 1000:.0f} ms; a tablet is in {recovered_s:.2f} s after the attack"
    )
    assert opened > FILES - 16, "the attack took too few: the test says nothing"
    assert max(took) * 1000 <= SERVED_MS_MAX
    assert recovered_s <= RECOVERED_S_MAX


async def push_in(room: Room, cookie: str, source: str) -> Peer:
    """A viewer with everything that is asked for, who does not wait for an answer."""
    peer = await knock(room.door, source)
    with contextlib.suppress(Cut):  # no descriptor for this one
        await peer.send(request(room.door, cookie))
        await asyncio.sleep(0.002)
        await peer.send(HELLO)
    return peer
