"""The embedded server: never two on one folder, never one that outlives its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from livevote.errors import StartRefused
from livevote.store.connect import connect
from livevote.store.embedded import EmbeddedServer

PARENT = """
import sys, time
from pathlib import Path
from livevote.store.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int, within_s: float) -> bool:
    """Whether a process is gone, or a zombie that nobody reaped, in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_it_starts_durable_private_and_stops(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "store")
    server.start()
    assert server.alive
    assert server.answers()
    assert server.socket.stat().st_mode & 0o077 == 0
    assert server.directory.stat().st_mode & 0o077 == 0
    pid = server.pid
    server.stop()
    assert gone(pid, 1)
    assert not server.answers()


def test_a_second_server_on_the_folder_refuses_and_names_the_first(tmp_path: Path) -> None:
    first = EmbeddedServer(tmp_path)
    first.start()
    with pytest.raises(StartRefused, match=f"in use by process {os.getpid()}"):
        EmbeddedServer(tmp_path).start()
    first.stop()
    second = EmbeddedServer(tmp_path)
    second.start()
    second.stop()


def test_the_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child, 2)
    # And the folder is free again.
    again = EmbeddedServer(tmp_path)
    again.start()
    again.stop()


async def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    store, _ = await connect(server.url)
    await store.append("e1", 0, [b"one", b"two"])
    os.kill(server.pid, signal.SIGKILL)
    # Not `gone`: its main thread is a zombie a moment before its others have ended, and until
    # then it cannot be reaped and counts as alive.
    async with asyncio.timeout(2):
        while server.alive:
            await asyncio.sleep(0.01)
    await store.close()
    server.spawn()
    while not server.answers():
        assert server.alive, server.last_words()
    store, _ = await connect(server.url)
    assert [e async for e in store.events("e1")] == [b"one", b"two"]
    await store.close()
    server.stop()


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="shorter --data"):
        EmbeddedServer(tmp_path / ("x" * 100)).start()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="cannot use the data directory"):
        EmbeddedServer(tmp_path / "file" / "store").start()


def test_a_damaged_log_is_refused_with_the_servers_last_words(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    server.stop()
    manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("this is no manifest\n")
    with pytest.raises(StartRefused, match="did not start"):
        EmbeddedServer(tmp_path).start()
