"""What a ballot costs the store: memory, log on disk, CPU on both sides, and what a tally costs.

    .venv/bin/python -m loadtest.store_cost [--quick]

Starts an embedded store in a folder of its own and commits ballots of distinct
voters through Store.commit, one batch at a time as the intake does, with the
log fsynced before every answer. Nothing here knows about sockets or the hub.

CPU is the kernel's accounting of the store's process and of this one (encoding,
the client, decoding), without the making of the ballots. Memory is the
server's own MEMORY USAGE, every element sampled. Every run is recounted from
its log at the end; a recount that differs from the tally makes the whole void.
"""

from __future__ import annotations

import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import uvloop
from redis.asyncio import Redis

from livevote.core.ballot import Answer, Ballot, recount
from livevote.store.connect import client_for, connect
from livevote.store.embedded import EmbeddedServer
from livevote.store.keys import RunKey
from livevote.store.store import BATCH_MAX, Store

VALUES = (0, 60, 100)
RECEIVED_MS = 1_750_000_000_000


@dataclass(frozen=True)
class Sizes:
    """How much is measured. ballots: batch size → ballots. voters: sizes of the runs whose tally
    is pulled, the last one also weighed. tallies: pulls of each."""

    ballots: dict[int, int]
    voters: tuple[int, ...]
    tallies: int


# A second or so for each batch size; a small batch waits for the disk most of the time.
FULL = Sizes({1: 2_000, 16: 16_000, 128: 64_000, 1024: 64_000}, (200, 10_000, 1_000_000), 2_000)
QUICK = Sizes({1: 250, 16: 2_000, 128: 8_000, 1024: 8_000}, (200, 10_000, 100_000), 400)


class Void(Exception):
    """The store's figures do not agree with its own log: nothing measured here counts."""


@dataclass
class Cpu:
    """CPU seconds since made, from the kernel's accounting."""

    pid: int

    def __post_init__(self) -> None:
        self._store_s = self._now_s()
        self._ours_s = time.process_time()

    def _now_s(self) -> float:
        """Nanoseconds on a core, of all threads there are: finer than the ticks of `stat`."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    @property
    def store_s(self) -> float:
        return self._now_s() - self._store_s

    @property
    def ours_s(self) -> float:
        return time.process_time() - self._ours_s


def voter(number: int) -> bytes:
    """16 bytes that look drawn at random, as pseudonyms do, and never repeat."""
    mixed = (number * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64
    return mixed.to_bytes(8, "big") + (mixed * 0xD1B54A32D192ED03 % 2**64).to_bytes(8, "little")


def batches(count: int, size: int) -> Iterator[list[Ballot]]:
    """`count` ballots of as many voters, three in ten of them viewers."""
    for first in range(0, count, size):
        yield [
            Ballot(
                voter(number),
                "online" if number % 10 < 3 else "studio",
                1,
                VALUES[number % 3],
                RECEIVED_MS + number,
            )
            for number in range(first, min(first + size, count))
        ]


class Bench:
    """One store under test."""

    def __init__(self, server: EmbeddedServer, store: Store, client: Redis) -> None:
        self._server = server
        self._store = store
        self._client = client

    async def open_run(self, name: str) -> RunKey:
        run = RunKey("cost", name)
        window = {"opened_ms": 1, "deadline_ms": 0, "until_ms": 0, "change": 1}
        await self._store.move_window(run, [""], phase="open", **window)
        return run

    async def commit(self, run: RunKey, batch: list[Ballot]) -> None:
        for outcome in await self._store.commit(run, batch):
            if outcome.answer is not Answer.COUNTED:
                raise Void(f"a first ballot was answered {outcome}")

    async def batch_cost(self, size: int, count: int) -> dict[str, float]:
        """CPU, rate and log bytes per ballot at one batch size."""
        run = await self.open_run(f"batch{size}")
        made = list(batches(count, size))
        log_bytes = await self._log_bytes()
        cpu, started = Cpu(self._server.pid), time.perf_counter()
        for batch in made:
            await self.commit(run, batch)
        took_s, store_s, ours_s = time.perf_counter() - started, cpu.store_s, cpu.ours_s
        log_bytes = await self._log_bytes() - log_bytes
        await self.check(run, count)
        return {
            f"store_us_b{size}": store_s / count * 1e6,
            f"ours_us_b{size}": ours_s / count * 1e6,
            f"votes_s_b{size}": count / took_s,
            f"disk_bytes_b{size}": log_bytes / count,
        }

    async def _log_bytes(self) -> int:
        return int((await self._client.info("persistence"))["aof_current_size"])

    async def fill(self, name: str, count: int) -> RunKey:
        run = await self.open_run(name)
        for batch in batches(count, BATCH_MAX):
            await self.commit(run, batch)
        return run

    async def memory(self, run: RunKey, count: int) -> dict[str, float]:
        """Bytes per voter: where a voter's ballot stands, and its entry in the log."""
        ballots, marks, log = [
            int(await self._client.memory_usage(key, samples=0) or 0) / count
            for key in (run.ballots, run.marks, run.log)
        ]
        return {
            "memory_bytes_per_voter": ballots + marks,
            "memory_bytes_ballots": ballots,
            "memory_bytes_marks": marks,
            "memory_bytes_log": log,
        }

    async def tally_cost(self, runs: dict[int, RunKey], calls: int) -> dict[str, float]:
        """Median time of Store.tally for each run, taking turns so that all meet the same noise."""
        took: dict[int, list[float]] = {size: [] for size in runs}
        for _ in range(calls):
            for size, run in runs.items():
                started = time.perf_counter()
                await self._store.tally(run)
                took[size].append(time.perf_counter() - started)
        medians = {size: statistics.median(found) * 1e6 for size, found in took.items()}
        least, most = min(runs), max(runs)
        return {
            **{f"tally_us_{size}": median for size, median in medians.items()},
            "tally_ratio": medians[most] / medians[least],
        }

    async def check(self, run: RunKey, count: int) -> None:
        """Log, histogram and sorted set of a run say the same, and nothing is missing."""
        tally = await self._store.tally(run)
        entries = [entry async for batch in self._store.log(run) for entry in batch]
        again = recount(entries)
        by_value = await self._store.counts_of_record(run, VALUES)
        if not (again.same_counts(tally) and tally.size == count == sum(by_value.values())):
            raise Void(f"{run}: the recount and the tally differ")


async def _measure(server: EmbeddedServer, sizes: Sizes) -> dict[str, float]:
    store, _ = await connect(server.url)
    client = client_for(server.url, timeout_s=60)  # sampling every element takes a while
    bench = Bench(server, store, client)
    found: dict[str, float] = {}
    try:
        await bench.fill("warm-up", 20 * BATCH_MAX)
        for size, count in sizes.ballots.items():
            found |= await bench.batch_cost(size, count)
        runs = {count: await bench.fill(f"voters{count}", count) for count in sizes.voters}
        most = max(runs)
        found["voters"] = float(most)
        found |= await bench.memory(runs[most], most)
        found |= await bench.tally_cost(runs, sizes.tallies)
        for count, run in runs.items():
            await bench.check(run, count)
    finally:
        await client.aclose()
        await store.close()
    return found


def measure(quick: bool) -> dict[str, float]:
    """All figures, by name: the ending says the unit, `_b128` the batch size. To be called from
    the main thread. Raises Void where a recount differs from its tally."""
    return measured(QUICK if quick else FULL)


def measured(sizes: Sizes) -> dict[str, float]:
    """The same for any sizes."""
    with tempfile.TemporaryDirectory(prefix="lv") as data:
        server = EmbeddedServer(Path(data))
        server.start()
        try:
            return uvloop.run(_measure(server, sizes))
        finally:
            server.stop()


@click.command()
@click.option("--quick", is_flag=True, help="An eighth of the ballots, 100,000 voters at most.")
def main(quick: bool) -> None:
    """Measure what a ballot costs the store."""
    found = measure(quick)
    click.echo(f"{platform.platform()}, Python {platform.python_version()}")
    click.echo("batch   store µs   ours µs   votes/s   log on disk, B   (per ballot)")
    for size in FULL.ballots:
        store_us, ours_us = found[f"store_us_b{size}"], found[f"ours_us_b{size}"]
        rate, disk = found[f"votes_s_b{size}"], found[f"disk_bytes_b{size}"]
        click.echo(f"{size:5}   {store_us:8.1f}   {ours_us:7.1f}   {rate:7.0f}   {disk:14.0f}")
    click.echo(
        f"memory per voter at {found['voters']:,.0f}: {found['memory_bytes_per_voter']:.0f} B "
        f"(sorted set {found['memory_bytes_ballots']:.0f}, "
        f"marks {found['memory_bytes_marks']:.0f}), "
        f"and {found['memory_bytes_log']:.0f} B of log per ballot"
    )
    tallies = {int(k[9:]): v for k, v in found.items() if k.startswith("tally_us_")}
    shown = "   ".join(f"{count:,} voters {took:.0f} µs" for count, took in tallies.items())
    click.echo(f"tally: {shown}   ratio {found['tally_ratio']:.2f}")
    click.echo("recount = tally")


if __name__ == "__main__":
    main()
