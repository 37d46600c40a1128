"""The audit log's follower: reads a run's ballots in order, and signs how many there are and which.

Nothing on a ballot's way waits for it. It reads what is durable already, some hundred ballots at a
time, and lets everybody else go first in between. What it knows it could lose: chain and tree are
made again from the log, and compared with every checkpoint that was signed before.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from livevote.core.ballot import Entry
from livevote.core.chain import (
    AuditLog,
    Checkpoint,
    VerifierKey,
    leaf_hash,
    line,
    open_note,
    origin,
    sign_note,
)
from livevote.core.command import Report
from livevote.core.model import Run
from livevote.core.phase import Phase
from livevote.errors import BadInput, LogDiffers, NotYet, Refusal, RevisionMismatch, StoreNonsense
from livevote.hub.studio import Studio
from livevote.store.keys import RunKey
from livevote.store.store import Store

log = structlog.get_logger()

KEY_NAME = "livevote"
# From one checkpoint of an open run to the next: a second at most, the work included.
CHECKPOINT_S = 0.8
# Some hundred µs each: nobody else waits longer for their turn.
PIECE = 128
# Stored batches that are fetched together.
CHUNK = 8
# Of all runs that are kept ready for receipts, 64 bytes each: 128 MB. Runs that are under way stay.
BALLOTS_MAX = 2_000_000

OLD_MS = 86_400_000

GROWING = frozenset({Phase.OPEN, Phase.PAUSED, Phase.CLOSING})
INCIDENT = "log_differs"


class Signer:
    """The server's own key. seed: 32 bytes, kept on the store's shelf of keys."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(KEY_NAME, self._private.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> str:
        return sign_note(checkpoint, self.key, self._private.sign)

    def seal(self, text: str) -> str:
        """Any other text that ends with a newline, as a signed note."""
        signed = base64.b64encode(self.key.id + self._private.sign(text.encode())).decode()
        return f"{text}\n— {self.key.name} {signed}\n"

    def open(self, note: str) -> Checkpoint:
        """Raises BadInput where this key did not sign it."""
        return open_note(note, self.key, signature_right)


def signature_right(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True)
class Proof:
    """One ballot, the way from it to a checkpoint's root, and the checkpoint as it was signed."""

    entry: Entry
    path: list[bytes]
    note: str


class Ledger:
    """One run's chain and tree, and the checkpoints over them, as far as they were read here."""

    def __init__(self, store: Store, run: RunKey, signer: Signer) -> None:
        self._store = store
        self._run = run
        self._signer = signer
        self._turn = asyncio.Lock()
        # Why nothing is signed or proven of this run any more.
        self.differs = ""
        self._start()

    def _start(self) -> None:
        self._log = AuditLog(origin(self._run.episode, self._run.run))
        # How many checkpoints there are, and the newest of them that was found right.
        self._count = 0
        self.note = ""
        self.newest: Checkpoint | None = None
        # Stored checkpoints that the log was not read up to yet.
        self._due: deque[tuple[str, Checkpoint]] = deque()

    @property
    def size(self) -> int:
        """Ballots read."""
        return self._log.size

    @property
    def covered(self) -> int:
        """Ballots under a checkpoint."""
        return self.newest.size if self.newest else 0

    async def read(self) -> None:
        """Read on, as far as there are checkpoints. Raises StoreDown or LogDiffers."""
        async with self._turn:
            await self._read(to_end=False)

    async def sign(self, now_ms: int, *, if_older_than_ms: int) -> None:
        """Read on to the end of the log, and sign and store a checkpoint over it: where there are
        new ballots, or the newest is too old. Only where this process leads. Raises StoreDown or
        LogDiffers."""
        async with self._turn:
            await self._read(to_end=True)
            newest = self.newest
            if newest and newest.size == self.size and newest.time_ms >= if_older_than_ms:
                return
            await self._append(self._log.checkpoint(now_ms))

    async def _append(self, point: Checkpoint) -> None:
        note = self._signer.sign(point)
        try:
            await self._store.append_checkpoint(self._run, self._count + 1, note.encode())
        except Refusal as error:
            # Nobody knows whether it is there, or somebody else signs: find out from the start.
            self._start()
            if not isinstance(error, RevisionMismatch):
                raise
            return
        self._found_right(note, point)

    async def _read(self, *, to_end: bool) -> None:
        if self.differs:
            raise LogDiffers
        try:
            await self._read_on(to_end=to_end)
        except (BadInput, StoreNonsense) as error:
            self.differs = str(error)
            raise LogDiffers from error

    async def _read_on(self, *, to_end: bool) -> None:
        # Checkpoints first: a log always holds what was signed of it.
        async for note in self._store.checkpoints(self._run, self._count + len(self._due)):
            self._due.append(self._opened(note))
        self._compare()
        if to_end or self._due:
            async for batch in self._store.log(self._run, self.size, CHUNK):
                await self._extend([e for e in batch if e.index > self.size], to_end=to_end)
                if not to_end and not self._due:
                    return
        if self._due:
            size = self._due[0][1].size
            raise BadInput(f"a checkpoint was signed over {size} ballots, the log has {self.size}")

    def _opened(self, note: bytes) -> tuple[str, Checkpoint]:
        try:
            text = note.decode()
        except UnicodeDecodeError:
            raise BadInput("a checkpoint is no text") from None
        return text, self._signer.open(text)

    async def _extend(self, batch: list[Entry], *, to_end: bool) -> None:
        place = 0
        # Who does not sign reads no further than was signed: the next checkpoint may be of fewer.
        while place < len(batch) and (to_end or self._due):
            room = self._due[0][1].size - self.size if self._due else PIECE
            piece = batch[place : place + min(room, PIECE)]
            self._log.extend(piece)
            place += len(piece)
            self._compare()
            await asyncio.sleep(0)

    def _compare(self) -> None:
        """The checkpoints that are due at this size, or should have been."""
        while self._due and self._due[0][1].size <= self.size:
            note, point = self._due.popleft()
            if self._log.checkpoint(point.time_ms) != point:
                raise BadInput(
                    f"checkpoint {self._count + 1}, over {point.size} ballots, was signed over "
                    "another log"
                )
            self._found_right(note, point)

    def _found_right(self, note: str, point: Checkpoint) -> None:
        self._count += 1
        self.note, self.newest = note, point

    def prove(self, entry: Entry) -> Proof:
        """Raises NotYet, or LogDiffers where the log had another ballot there when it was read."""
        if self.differs:
            raise LogDiffers
        place, size = entry.index - 1, self.covered
        if place >= size:
            raise NotYet(retry_after_ms=1000)
        if self._log.tree.leaf(place) != leaf_hash(line(entry)):
            self.differs = f"ballot {entry.index} is another than before"
            raise LogDiffers
        return Proof(entry, self._log.tree.inclusion(place, size), self.note)


class Notary:
    """All runs. `work` is for the one process that leads; proofs are given everywhere."""

    def __init__(
        self, store: Store, studios: Callable[[], Iterable[Studio]], now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._studios = studios
        self._now_ms = now_ms
        self._signer: Signer | None = None
        # The one that was asked for last is at the end.
        self._ledgers: dict[RunKey, Ledger] = {}
        # Runs that are over and wholly under a checkpoint, and those that were told of.
        self._sealed: set[RunKey] = set()
        self._told: set[RunKey] = set()
        self._stopped = asyncio.Event()

    def take_key(self, seed: bytes) -> None:
        self._signer = Signer(seed)

    @property
    def signer(self) -> Signer:
        assert self._signer, "the hub is not loaded"
        return self._signer

    @property
    def key(self) -> str:
        """The verifier key."""
        return self.signer.key.text()

    # --- proofs ---

    async def notes(self, run: RunKey, after: int = 0, limit: int = 0) -> list[str]:
        """The stored checkpoints after a place, oldest first; limit 0 is all."""
        found: list[str] = []
        async for note in self._store.checkpoints(run, after):
            found.append(note.decode())
            if len(found) == limit:
                break
        return found

    async def prove(self, run: RunKey, entry: Entry) -> Proof:
        """Under the newest checkpoint. Raises NotYet, StoreDown or LogDiffers."""
        ledger = self._ledger(run)
        if entry.index > ledger.covered:
            await ledger.read()
        proof = ledger.prove(entry)
        self._make_room()
        return proof

    def _ledger(self, run: RunKey) -> Ledger:
        found = self._ledgers.pop(run, None) or Ledger(self._store, run, self.signer)
        self._ledgers[run] = found
        return found

    def _make_room(self) -> None:
        held = sum(ledger.size for ledger in self._ledgers.values())
        for run, ledger in list(self._ledgers.items())[:-1]:
            if held <= BALLOTS_MAX:
                return
            # One that differs is kept: it must not be forgotten.
            if run in self._sealed and not ledger.differs:
                held -= ledger.size
                del self._ledgers[run]

    # --- signing ---

    async def work(self) -> None:
        """Until stopped: follow what is under way, and beside it, for it may take long after a
        restart, what ended without a last checkpoint."""
        await asyncio.gather(self._repeat(growing=True), self._repeat(growing=False))

    async def _repeat(self, *, growing: bool) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopped.is_set():
            due = loop.time() + CHECKPOINT_S
            await self._round(growing=growing)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()

    async def round(self) -> None:
        """Once over all runs."""
        await self._round(growing=True)
        await self._round(growing=False)

    async def _round(self, *, growing: bool) -> None:
        """Once over those that are under way or over. Where the store is away the next round does
        it."""
        for studio in list(self._studios()):
            for run in studio.episode.runs:
                key = studio.run_key(run)
                if not run.opened_ms or (run.phase in GROWING) is not growing:
                    continue
                if key not in self._sealed or self._differs(key):
                    await self._follow(studio, run, key)

    def _differs(self, key: RunKey) -> bool:
        return key in self._ledgers and bool(self._ledgers[key].differs)

    async def _follow(self, studio: Studio, run: Run, key: RunKey) -> None:
        try:
            if await self._is_old(run, key):
                self._sealed.add(key)
                return
            ledger = self._ledger(key)
            now_ms = self._now_ms()
            if run.phase in GROWING:
                await ledger.sign(now_ms, if_older_than_ms=now_ms)
                return
            window = await self._store.move_window(key, ())
            if window.phase in ("closed", "void"):
                await ledger.sign(now_ms, if_older_than_ms=run.finished_ms)
                if ledger.covered >= window.size:
                    self._sealed.add(key)
                    self._make_room()
        except LogDiffers:
            await self._alarm(studio, run, key)
        except Refusal as error:
            log.warning("no checkpoint yet", run=run.id, error=str(error))

    async def _is_old(self, run: Run, key: RunKey) -> bool:
        """Whether a run ended long ago and has a checkpoint: that is compared with its log when
        somebody asks for a proof, and not at every start."""
        ended_ms = run.finished_ms or run.opened_ms
        if run.phase in GROWING or key in self._ledgers or ended_ms > self._now_ms() - OLD_MS:
            return False
        return await self._store.newest_checkpoint(key) is not None

    async def _alarm(self, studio: Studio, run: Run, key: RunKey) -> None:
        """Once: the director, the journal and the exports are told."""
        if key in self._told:
            return
        ledger = self._ledgers[key]
        studio.differing.add(run.code)
        log.error("log differs from its checkpoints", run=run.id, why=ledger.differs)
        text = f"run {run.code}: {ledger.differs}; no checkpoint is signed any more"
        with suppress(Refusal):
            await studio.director.command(Report(INCIDENT, text, run.id), "server")
            self._told.add(key)
