"""Several processes that share a port and a store: started, watched and replaced from here.

This parent serves nobody and reads no vote. It keeps the embedded store up,
has one process for each place, and ends with all of them or not at all: the
kernel kills them when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import structlog

from livevote import log as logs
from livevote import server
from livevote.config import Settings
from livevote.core.plain import from_plain, to_plain
from livevote.errors import Failure, StartRefused
from livevote.hub.clock import wall_start_ms
from livevote.hub.company import Place
from livevote.server import Ready
from livevote.store.durability import Durability, Finding
from livevote.store.embedded import EmbeddedServer, die_with_parent
from livevote.wire.codec import from_msgpack, to_msgpack

log = structlog.get_logger()

PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 5.0
# One that lived this long did not die at once.
STEADY_S = 10.0
DEATHS_MAX = 8
# The server's own bounds on its end (intake, beat, sockets), and some more.
STOP_S_MAX = 25.0
STORE_S = 0.05

Announce = Callable[[Ready], None]


def work() -> None:
    """The whole life of one process, as its orders on stdin say; one line when it is up."""
    orders = from_msgpack(sys.stdin.buffer.read())
    settings = from_plain(Settings, orders["settings"])
    logs.set_up(as_json=settings.log_json)

    async def up(running: server.Running) -> None:
        finding = running.finding
        told = [running.url, finding.durability.value, finding.reason, running.first_link]
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    server.serve(settings, up, until_done=False, place=from_plain(Place, orders["place"]))


def supervise(settings: Settings, announce: Announce) -> None:
    """Run until SIGINT or SIGTERM. Raises StartRefused, or Failure where processes die at once
    again and again."""
    server.check(settings)
    with server.embedded(settings) as child, _folder(child) as folder, _port(settings) as port:
        shared = replace(settings, port=port, store=child.url if child else settings.store)
        # The standard loop: the kernel ties a child to the thread that forks, here the main one.
        asyncio.run(_Parent(shared, folder, child).run(announce))


@contextlib.contextmanager
def _folder(child: EmbeddedServer | None) -> Iterator[str]:
    """For the socket between the processes: open to this user only."""
    if child:
        yield str(child.directory)
        return
    with tempfile.TemporaryDirectory(prefix="livevote-") as folder:
        yield folder


@contextlib.contextmanager
def _port(settings: Settings) -> Iterator[int]:
    """The port, held for all while they come and go."""
    # Not shared at first: another server of this user must not get half of our clients.
    with server.listen(settings) as probe:
        port: int = probe.getsockname()[1]
    with server.listen(replace(settings, port=port), shared=True):
        yield port


class _Parent:
    """settings: as the processes get them, with the store's address and the port."""

    def __init__(self, settings: Settings, folder: str, child: EmbeddedServer | None) -> None:
        self._settings = settings
        self._folder = folder
        self._child = child
        self._clock_ms = wall_start_ms()
        self._alive: dict[int, asyncio.subprocess.Process] = {}
        self._ready: dict[int, asyncio.Future[Ready]] = {}
        self._stopping = False

    async def run(self, announce: Announce) -> None:
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[None] = loop.create_future()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked.cancel)
        # A store that cannot be used is said once, not by each process.
        async with server.open_store(self._settings, None) as (store, _):
            places = range(self._settings.workers)
            self._ready = {number: loop.create_future() for number in places}
            tasks = [asyncio.create_task(self._keep(number)) for number in places]
            if self._child:
                tasks.append(asyncio.create_task(server.tend(self._child, store)))
            tasks.append(asyncio.create_task(self._announce(announce)))
            try:
                await self._until(asked, tasks)
            finally:
                await self._stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _until(self, asked: asyncio.Future[None], tasks: list[asyncio.Task[None]]) -> None:
        """Until it is asked for, or a task fails: then its error."""
        waits: set[asyncio.Future[None]] = {asked, *tasks}
        while not asked.done():
            done, waits = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for ended in done - {asked}:
                ended.result()

    async def _announce(self, announce: Announce) -> None:
        ready = await asyncio.gather(*self._ready.values())
        announce(ready[0])

    # --- one place ---

    async def _keep(self, number: int) -> None:
        """A process in this place, and the next when it dies; with growing pauses."""
        deaths, pause_s = 0, PAUSE_S_MIN
        while not self._stopping:
            await self._store_up()
            started = time.monotonic()
            code = await self._live(number)
            if self._stopping:
                return
            if not self._ready[number].done():
                raise StartRefused(f"process {number} did not come up; its own words are above")
            if time.monotonic() - started > STEADY_S:
                deaths, pause_s = 0, PAUSE_S_MIN
            deaths += 1
            log.error("a process died and is replaced", worker=number, status=code)
            if deaths == DEATHS_MAX:
                raise Failure(f"process {number} died {deaths} times, each time at once")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_S_MAX)

    async def _store_up(self) -> None:
        """A process that finds no store at its start would only die."""
        while self._child and not await asyncio.to_thread(self._child.answers):
            await asyncio.sleep(STORE_S)

    async def _live(self, number: int) -> int:
        """Start one and see it end: the code with which it did."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "livevote", "worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A terminal's Ctrl-C is for the parent, which tells them.
            process_group=0,
            preexec_fn=die_with_parent,
        )
        self._alive[number] = process
        if self._stopping:
            process.terminate()
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(ConnectionError):
            process.stdin.write(to_msgpack(self._orders(number)))
            process.stdin.close()
        if line := await process.stdout.readline():
            url, durability, reason, link = json.loads(line)
            log.info("a process is up", worker=number, pid=process.pid)
            if not self._ready[number].done():
                finding = Finding(Durability(durability), reason)
                self._ready[number].set_result(Ready(url, finding, link))
        return await process.wait()

    def _orders(self, number: int) -> dict[str, Any]:
        """On its input, not in its arguments: the store's address may hold a password."""
        place = Place(number, self._settings.workers, self._folder, self._clock_ms)
        return {"settings": to_plain(self._settings), "place": to_plain(place)}

    async def _stop(self) -> None:
        """All at once; each answers what it took."""
        self._stopping = True
        alive = [process for process in self._alive.values() if process.returncode is None]
        for process in alive:
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S_MAX):
                await asyncio.gather(*(process.wait() for process in alive))
        for process in alive:
            if process.returncode is None:
                log.error("a process did not end and is killed", pid=process.pid)
                process.kill()
