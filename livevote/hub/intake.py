"""Group commit: many ballots, one trip to the store.

A ballot waits here until its batch is durable. Nothing in this module knows
about sockets or Redis. One batch is in flight; whatever arrives meanwhile is
the next, so the batch size tunes itself to the store and needs no timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from typing import Generic, TypeVar

from livevote.core.ballot import REFUSALS, Answer, Ballot, Outcome
from livevote.errors import Busy, Refusal, StoreDown
from livevote.hub.stats import Stats
from livevote.store.keys import RunKey

BATCH_MAX = 1024
WAITING_MAX = 50_000
RETRY_AFTER_MS = 400

# Asking the enumeration for a member, or for its hash, takes longer than all else.
_COUNTED, _AGAIN = Answer.COUNTED, Answer.AGAIN

T = TypeVar("T")
Commit = Callable[[RunKey, Sequence[Ballot]], Awaitable[list[Outcome]]]
Tell = Callable[[RunKey, list[Ballot], list[Outcome]], Sequence[T | Refusal]]
"""Of a batch that is durable: what each of its voters is told."""
Done = Callable[[T | Refusal], None]

# The number counts all that were submitted. A plain tuple: made for every ballot.
_Waiting = tuple[int, Ballot, Done[T]]


class Intake(Generic[T]):
    """Takes ballots, answers each exactly once: with what `tell` makes of it once it is durable, or
    the Refusal to tell the voter."""

    def __init__(
        self, commit: Commit, tell: Tell[T], stats: Stats, now_ms: Callable[[], int]
    ) -> None:
        self._commit = commit
        self._tell = tell
        self._stats = stats
        self._now_ms = now_ms
        self._queues: dict[RunKey, deque[_Waiting[T]]] = {}
        self._count = 0
        self._submitted = 0
        # The run of the batch that is at the store, and the number of its first ballot.
        self._in_flight: tuple[RunKey, int] | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Condition()
        self._closed = False

    @property
    def waiting(self) -> int:
        return self._count

    def submit(self, run: RunKey, ballot: Ballot, done: Done[T]) -> None:
        """Queue a ballot; `done` is called once, later. Raises Busy when the queue is full."""
        if self._closed:
            raise Busy("the server is stopping", retry_after_ms=1000)
        if self._count >= WAITING_MAX:
            raise Busy("too many ballots at once", retry_after_ms=RETRY_AFTER_MS)
        self._submitted += 1
        queue = self._queues.get(run)
        if queue is None:
            queue = self._queues[run] = deque()
            self._wake.set()
        queue.append((self._submitted, ballot, done))
        self._count += 1

    async def drained(self, run: RunKey) -> None:
        """Wait until nothing that was submitted for this run so far is unanswered. What comes
        after is not waited for: a stream of late ballots must not keep a run from closing."""
        newest = self._submitted
        async with self._idle:
            await self._idle.wait_for(lambda: self._oldest(run) > newest)

    def _oldest(self, run: RunKey) -> float:
        """The number of the run's first ballot that has no answer; infinite where none waits."""
        if self._in_flight and self._in_flight[0] == run:
            return self._in_flight[1]
        queue = self._queues.get(run)
        return queue[0][0] if queue else inf

    async def work(self) -> None:
        """The commit loop: runs until stopped, then answers what it holds."""
        while not (self._closed and not self._queues):
            if not self._queues:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._commit_next()

    async def stop(self) -> None:
        """Take nothing more. `work` ends when all that was taken is answered."""
        self._closed = True
        self._wake.set()

    async def _commit_next(self) -> None:
        run, queue = next(iter(self._queues.items()))
        batch = [queue.popleft() for _ in range(min(len(queue), BATCH_MAX))]
        # Runs take turns: what is left of this one goes to the end.
        del self._queues[run]
        if queue:
            self._queues[run] = queue
        self._in_flight = run, batch[0][0]
        try:
            await self._commit_batch(run, batch)
        finally:
            self._count -= len(batch)
            self._in_flight = None
            async with self._idle:
                self._idle.notify_all()

    async def _commit_batch(self, run: RunKey, batch: list[_Waiting[T]]) -> None:
        started = self._now_ms()
        ballots = [ballot for _, ballot, _ in batch]
        try:
            outcomes = await self._commit(run, ballots)
        except StoreDown as error:
            # Nobody knows whether these were written. The devices send them again with the
            # same sequence numbers and the store answers each once.
            self._stats.store_up = False
            self._answer(batch, [error] * len(batch))
            return
        self._stats.store_up = True
        self._stats.committed(self._now_ms() - started)
        self._stats.ballots_counted += sum(outcome.answer is _COUNTED for outcome in outcomes)
        self._answer(batch, self._tell(run, ballots, outcomes))

    def _answer(self, batch: list[_Waiting[T]], answers: Sequence[T | Refusal]) -> None:
        now = self._now_ms()
        took_ms = []
        for (_, ballot, done), answer in zip(batch, answers, strict=True):
            if isinstance(answer, Refusal):
                self._stats.rejects[answer.code] += 1
            else:
                took_ms.append(now - ballot.received_ms)
            done(answer)
        self._stats.ack.add(took_ms)


def refusal_of(outcome: Outcome) -> Refusal | None:
    """What to tell the voter of a ballot that the store did not count."""
    answer = outcome.answer
    return None if answer is _COUNTED or answer is _AGAIN else REFUSALS[answer]()
