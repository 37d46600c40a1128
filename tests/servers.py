"""Real servers for the tests: Debian's redis-server beside our embedded Valkey."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[str]:
    """Debian's Redis on a unix socket in `folder`, durable unless `options` say otherwise."""
    binary = shutil.which("redis-server")
    assert binary, "redis-server is missing: run scripts/setup test"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "redis.sock"
    arguments = ("--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", "")
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    process = subprocess.Popen([binary, *arguments, *durable, *options], stdout=subprocess.DEVNULL)
    try:
        _wait(path, process)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(path: Path, process: subprocess.Popen[bytes]) -> None:
    client = Redis(unix_socket_path=str(path))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, "redis-server ended at once"
        try:
            if path.exists() and client.ping():
                client.close()
                return
        except (OSError, RedisConnectionError):
            pass
        time.sleep(0.02)
    raise AssertionError("redis-server was not ready in 20 s")
