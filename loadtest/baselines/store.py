"""The store alone, by its own benchmark program: how many durable writes a second it takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from statistics import median

from livevote.store.embedded import EmbeddedServer
from loadtest.machine import GENERATOR_CORE, SERVER_CORE, pinned
from loadtest.player import Missing
from loadtest.subject import work_folder

ROUNDS = 3


def sets_per_s(count: int = 20_000) -> dict[str, float]:
    """SET with appendfsync always, 50 clients, one at a time and 32 at a time. Raises Missing."""
    program = shutil.which("valkey-benchmark") or shutil.which("redis-benchmark")
    if not program:
        raise Missing("valkey-benchmark and redis-benchmark are missing (Debian: redis-tools)")
    with work_folder() as folder:
        store = EmbeddedServer(folder / "store")
        store.start()
        try:
            os.sched_setaffinity(store.pid, {SERVER_CORE})
            rates = {
                f"sets_per_s_pipeline_{depth}": median(
                    _once(program, store, count, depth) for _ in range(ROUNDS)
                )
                for depth in (1, 32)
            }
        finally:
            store.stop()
    return rates


def _once(program: str, store: EmbeddedServer, count: int, depth: int) -> float:
    done = subprocess.run(  # noqa: S603 - the store's own program
        [
            *(program, "-s", str(store.socket), "-t", "set", "-q", "-c", "50"),
            *("-n", str(count), "-P", str(depth), "-r", "4000"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        preexec_fn=pinned(GENERATOR_CORE),
    )
    return float(re.findall(r"SET: ([\d.]+) requests per second", done.stdout)[-1])
