"""The server's clock: it never steps, and it knows when the process was held up."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest

from livevote.hub.clock import TICK_S, Clock
from tests.hub.room import PATIENCE_S, soon, until

STALL_S = 0.25


@pytest.fixture
async def clock() -> AsyncIterator[Clock]:
    clock = Clock()
    clock.start()
    yield clock
    clock.stop()


async def ticks(count: int = 3) -> None:
    """Let the clock tick."""
    for _ in range(count):
        await asyncio.sleep(TICK_S)


def test_it_is_the_time_of_day() -> None:
    before = time.time() * 1000
    now = Clock().now_ms()
    assert before - 5 <= now <= time.time() * 1000 + 5


@pytest.mark.parametrize("step_s", [-7200, 7200])
def test_setting_the_machines_clock_moves_no_deadline(
    monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    clock = Clock()
    before = clock.now_ms()
    real = time.time()
    monkeypatch.setattr("time.time", lambda: real + step_s)
    assert 0 <= clock.now_ms() - before < 1000


def test_it_goes_on_with_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    before = clock.now_ms()
    real = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: real() + 90)
    assert 90_000 <= clock.now_ms() - before < 91_000


async def test_bytes_that_are_read_in_time_arrive_now(clock: Clock) -> None:
    await until(lambda: clock.now_ms() - clock.arrival_ms() <= 5, "a loop that keeps up")
    await ticks()
    await until(lambda: clock.now_ms() - clock.arrival_ms() <= 5, "a loop that keeps up")


async def test_what_waited_through_a_stall_arrived_at_its_start(clock: Clock) -> None:
    await ticks()
    before = clock.now_ms()
    time.sleep(STALL_S)  # noqa: ASYNC251 - this is the stall
    await asyncio.sleep(0)  # the tick that was held up
    arrival = clock.arrival_ms()
    assert before - PATIENCE_S * 1000 <= arrival <= before
    assert clock.now_ms() - arrival >= STALL_S * 1000


async def test_what_is_read_before_the_tick_arrived_at_the_start_of_the_stall_too(
    clock: Clock,
) -> None:
    """After a stall the loop may come to the sockets first and to the clock's own tick later."""
    await ticks()
    before = clock.now_ms()
    time.sleep(STALL_S)  # noqa: ASYNC251 - this is the stall
    assert before - PATIENCE_S * 1000 <= clock.arrival_ms() <= before


async def test_bytes_that_came_in_a_stall_are_stamped_with_its_start(clock: Clock) -> None:
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=near)

    async def stamp() -> int:
        await reader.readexactly(1)
        return clock.arrival_ms()

    stamped = asyncio.create_task(stamp())
    await ticks()
    before = clock.now_ms()
    far.send(b"x")
    time.sleep(STALL_S)  # noqa: ASYNC251 - this is the stall
    assert await soon(stamped) <= before
    writer.close()
    far.close()
    await writer.wait_closed()


async def test_a_stall_is_over_when_a_tick_is_on_time_again(clock: Clock) -> None:
    await ticks()
    time.sleep(STALL_S)  # noqa: ASYNC251 - this is the stall
    assert clock.now_ms() - clock.arrival_ms() >= STALL_S * 1000
    await until(lambda: clock.now_ms() - clock.arrival_ms() <= 5, "the end of the stall")


async def test_a_clock_that_does_not_watch_takes_no_pause_for_a_stall() -> None:
    clock = Clock()
    time.sleep(STALL_S)  # noqa: ASYNC251 - nobody watches
    assert clock.now_ms() - clock.arrival_ms() < STALL_S * 500


async def test_a_stopped_clock_ticks_no_more(clock: Clock) -> None:
    clock.stop()
    time.sleep(STALL_S)  # noqa: ASYNC251 - nobody watches any more
    await ticks()
    assert clock.now_ms() - clock.arrival_ms() < STALL_S * 500


async def test_a_clock_can_be_stopped_before_it_was_started() -> None:
    Clock().stop()
