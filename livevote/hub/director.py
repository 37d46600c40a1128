"""One episode's commands, in order, one at a time.

A command is decided by core on the state as it is, logged at the revision on
which it was decided, and only then has effects. The store's window is what
lets ballots in, so it is moved first where a move narrows it (pause, close)
and last where it widens it (open, resume) or nothing counts any more (void):
whatever a crash, or a store that went away in between, leaves half done,
`_settle` brings window and log together again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import structlog

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import recount
from livevote.core.command import Asked, Command, decide
from livevote.core.fold import empty, evolve
from livevote.core.model import Episode, Run, Segment
from livevote.core.phase import Phase
from livevote.core.plain import logged_from_plain, logged_to_plain, snake
from livevote.core.result import compute
from livevote.core.rules import Verification
from livevote.core.tally import Tally
from livevote.errors import Refusal, RevisionMismatch, StoreDown, StoreNonsense, WrongPhase
from livevote.store.keys import RunKey
from livevote.store.store import Store, Window
from livevote.wire.codec import from_msgpack, to_msgpack

log = structlog.get_logger()

RETRY_S = 0.5
INSIST_S = 60.0
LOG_KEPT = 200


@dataclass(frozen=True)
class Outside:
    """The rest of the hub, as a director sees it."""

    store: Store
    now_ms: Callable[[], int]
    drained: Callable[[RunKey], Awaitable[None]]
    changed: Callable[[Episode, ev.Event], Awaitable[None]]
    failed: Callable[[BaseException], None]
    # A segment that looks back on a pledge, by the pledge's id. Raises NotFound or WrongPhase.
    look_back: Callable[[str], Segment]


class Director:
    """Owns one episode. `episode` is replaced, never changed; readers take it as it is."""

    def __init__(self, episode_id: str, outside: Outside) -> None:
        self.episode = empty(episode_id)
        self.recent: list[ev.Logged] = []
        self._outside = outside
        self._turn = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # Whether store and log stand where `episode` says, as far as we know.
        self._settled = False
        # Folded, but the rest of the hub was not told of it yet.
        self._untold: list[ev.Logged] = []

    # --- coming and going ---

    async def load(self) -> None:
        """Fold the stored events that are not folded yet, and tell nobody."""
        await self._read()
        self._untold.clear()

    async def follow(self) -> None:
        """Fold and tell what another process has logged. Writes nothing: this is all that a
        director does where it does not lead."""
        async with self._turn:
            await self._read()
            await self._tell()

    async def _read(self) -> None:
        async for data in self._outside.store.events(self.episode.id, self.episode.revision):
            self._evolve(logged_from_plain(from_msgpack(data)))

    async def take_over(self) -> None:
        """Bring the store's windows in line with the log and watch the deadlines from here."""
        async with self._turn:
            await self._settle()

    async def make(self, first: Sequence[ev.Event], by: str) -> None:
        """Write the first events."""
        async with self._turn:
            await self._log(tuple(first), by)
            await self._tell()

    async def history(self) -> tuple[ev.Logged, ...]:
        """All events, from the store."""
        found = [data async for data in self._outside.store.events(self.episode.id)]
        return tuple(logged_from_plain(from_msgpack(data)) for data in found)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    # --- commands ---

    async def command(self, command: Command, by: str, expect: int = 0) -> int:
        """Carry out a command; the new revision. Raises a Refusal and then nothing changed.

        expect: the revision on which the asker decided; 0 is any.
        """
        async with self._turn, self._watched():
            await self._settle()
            if expect and expect != self.episode.revision:
                raise RevisionMismatch(
                    f"the episode is at revision {self.episode.revision}, not {expect}"
                )
            return await self._carry_out(command, by)

    async def _carry_out(self, command: Command, by: str) -> int:
        return await self._conclude(await self._with_facts(command, by), by)

    async def _conclude(self, command: Command, by: str) -> int:
        """Decide on all the facts, log, and let the world know."""
        events = self._decide(command, by)
        await self._narrow(events)
        await self._log(events, by)
        await self._widen(events)
        self._set_timer()
        await self._tell()
        if isinstance(command, cmd.Verify) and not command.matches:
            raise WrongPhase("the recount differs from the tally; nothing was verified")
        return self.episode.revision

    async def _tell(self) -> None:
        """Let the world know of what is logged."""
        while self._untold:
            logged = self._untold[0]
            await self._outside.changed(self.episode, logged.event)
            self._untold.pop(0)

    def _decide(self, command: Command, by: str) -> cmd.Events:
        return decide(self.episode, command, Asked(by, self._outside.now_ms()))

    async def _with_facts(self, command: Command, by: str) -> Command:
        """The command with what only the server knows. What a client put there is ignored."""
        if isinstance(command, cmd.Arm):
            command = replace(command, run=secrets.token_hex(6), ballots_found=0)
            self._decide(command, by)
            window = await self._window(command.run, ("", "armed"), phase="armed")
            return replace(command, ballots_found=window.ballots + window.size)
        if isinstance(command, cmd.LookBackOn):
            return replace(command, segment=self._outside.look_back(command.pledge))
        if isinstance(command, cmd.Close):
            # All that is in the kernel's buffers now arrived before this close: read it first.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return await self._shut(command, self._end_ms(command.run), by)
        if isinstance(command, cmd.Verify):
            self._decide(replace(command, matches=True), by)
            matches, size = await self._recount(command.run)
            return replace(command, matches=matches, size=size)
        if isinstance(command, cmd.Reveal) and (run_now := self.episode.run(command.run)):
            tally = await self._outside.store.tally(self._key(run_now.id))
            return replace(command, result=compute(run_now.rules, run_now.eligible, tally))
        return command

    # --- events and their effects ---

    async def _log(self, events: cmd.Events, by: str) -> None:
        """Append at the revision we hold; the state moves only when the store has it."""
        if not events:
            return
        at_ms = self._outside.now_ms()
        revision = self.episode.revision
        logged = [ev.Logged(revision + i, at_ms, by, e) for i, e in enumerate(events, 1)]
        packed = [to_msgpack(logged_to_plain(one)) for one in logged]
        try:
            await self._outside.store.append(self.episode.id, revision, packed)
        except StoreDown:
            # It may have been written before the line was cut. Look, rather than write twice.
            if not await self._was_appended(revision, packed):
                raise
        except RevisionMismatch:
            self._settled = False  # somebody else writes this log: read it before the next
            raise
        for one in logged:
            self._evolve(one)
            kind = snake(type(one.event).__name__)
            log.info("event", episode=self.episode.id, type=kind, by=by)

    async def _was_appended(self, revision: int, packed: list[bytes]) -> bool:
        found = [data async for data in self._outside.store.events(self.episode.id, revision)]
        return found == packed

    def _evolve(self, logged: ev.Logged) -> None:
        self.episode = evolve(self.episode, logged)
        self.recent = [*self.recent[-(LOG_KEPT - 1) :], logged]
        self._untold.append(logged)

    async def _narrow(self, events: cmd.Events) -> None:
        """Window moves that shut ballots out: before the event is logged."""
        for event in events:
            if isinstance(event, ev.RunPaused):
                await self._pause_window(event.run, ("open", "paused"), self._end_ms(event.run))

    async def _widen(self, events: cmd.Events) -> None:
        """Window moves that let ballots in, and what follows a void or a reveal: after it is
        logged. It cannot be refused any more, so a store that is away is waited for."""
        for event in events:
            if isinstance(event, (ev.RunOpened, ev.RunResumed, ev.RunExtended)):
                run = self.episode.run(event.run)
                if run is not None:
                    await _insist(partial(self._open_window, run))
            elif isinstance(event, ev.RunVoided):
                await _insist(partial(self._void_window, event.run))
            elif isinstance(event, ev.RunRevealed):
                await _insist(partial(self._put_on_board, event.run))

    async def _open_window(self, run: Run) -> None:
        await self._window(
            run.id,
            ("armed", "open", "paused"),
            phase="open",
            opened_ms=run.opened_ms,
            deadline_ms=run.deadline_ms,
            until_ms=0,
            change=int(run.rules.change_allowed),
            viewers=run.rules.viewers_panel,
            later_ms=run.later_ms,
        )

    async def _pause_window(self, run_id: str, allowed: tuple[str, ...], until_ms: int) -> None:
        # It stops everybody at once, viewers too, and so does a close from here.
        await self._window(run_id, allowed, phase="paused", until_ms=until_ms, later_ms=0)

    async def _void_window(self, run_id: str) -> None:
        await self._window(run_id, _ANY, phase="void")

    async def _put_on_board(self, run_id: str) -> None:
        run = self.episode.run(run_id)
        if run and run.result and run.result.figure:
            scaled = int(Fraction(run.result.figure) * 10**run.rules.decimals)
            await self._outside.store.put_on_board(self.episode.id, run.segment, scaled)

    # --- closing ---

    def _set_timer(self) -> None:
        """One timer for the run under way. It carries the run and the time it was set for, so a
        stale one finds nothing to do."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        run = self.episode.run_under_way
        due_ms = _due_ms(run)
        if run is None or not due_ms:
            return
        self._wake_in(max(due_ms - self._outside.now_ms(), 0) / 1000, run.id, due_ms)

    def _wake_in(self, delay_s: float, run_id: str = "", due_ms: int = 0) -> None:
        if self._timer:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay_s, self._spawn, run_id, due_ms)

    def _spawn(self, run_id: str, due_ms: int) -> None:
        task = asyncio.get_running_loop().create_task(self._on_timer(run_id, due_ms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _on_timer(self, run_id: str, due_ms: int) -> None:
        try:
            async with self._turn, self._watched():
                await self._settle()
                run = self.episode.run(run_id)
                if run is None or _due_ms(run) != due_ms:
                    return
                if run.phase is Phase.OPEN:
                    await self._conclude(
                        await self._shut(cmd.Close(run_id), due_ms, "server"), "server"
                    )
                elif run.phase is Phase.CLOSING:
                    await self._finish(run)
        except StoreDown as error:
            log.warning("timer waits for the store", run=run_id, error=str(error))
        except Exception as error:  # nobody awaits a timer: the hub must hear of it
            self._outside.failed(error)

    def _end_ms(self, run_id: str) -> int:
        """The last moment at which a ballot may have arrived when a run is paused or closed now:
        a deadline whose timer is late holds all the same."""
        run = self.episode.run(run_id)
        now_ms = self._outside.now_ms()
        return min(now_ms, run.deadline_ms) if run and run.deadline_ms else now_ms

    async def _shut(self, command: cmd.Close, closed_ms: int, by: str) -> cmd.Close:
        """Shut the store's window at T; the command with the T that holds. An earlier attempt
        that was not logged may have shut it already: then its T stands."""
        command = replace(command, closed_ms=closed_ms)
        self._decide(command, by)
        run = self.episode.run(command.run)
        # Closed from a pause, what came during the pause stays out: until_ms is its beginning.
        paused = run is not None and run.phase is Phase.PAUSED
        until = {} if paused else {"until_ms": closed_ms}
        window = await self._outside.store.move_window(
            self._key(command.run), ("open", "paused"), phase="closing", **until
        )
        if window.phase != "closing":
            raise StoreNonsense(f"run {command.run} is open, its window is {window.phase!r}")
        return command if paused else replace(command, closed_ms=window.until_ms)

    async def _finish(self, run: Run) -> None:
        """Viewers' time and the grace are over: answer what still waits, shut the window for
        good, count."""
        await self._outside.drained(self._key(run.id))
        window = await self._window(run.id, ("closing", "closed"), phase="closed")
        await self._carry_out(cmd.Finish(run.id, window.size), "server")
        if run.rules.verification is Verification.AUTOMATIC:
            await self._verify_by_itself(run)

    async def _verify_by_itself(self, run: Run) -> None:
        try:
            await self._carry_out(cmd.Verify(run.id), "server")
        except WrongPhase as error:
            # It is logged as an incident; a person must look, and the show goes on.
            log.warning("run not verified", run=run.id, error=str(error))

    # --- recount ---

    async def _recount(self, run_id: str) -> tuple[bool, int]:
        """(whether log, tally and sorted set agree, entries in the log)."""
        run = self.episode.run(run_id)
        assert run is not None
        key = self._key(run_id)
        store = self._outside.store
        entries = [entry async for batch in store.log(key) for entry in batch]
        tally = await store.tally(key)
        of_record = await store.counts_of_record(key, run.rules.scale.values)
        try:
            # A million entries take seconds; votes of other runs go on meanwhile.
            recounted = await asyncio.to_thread(recount, entries)
        except Refusal as error:
            log.warning("recount failed", run=run_id, error=str(error))
            return False, len(entries)
        return (
            recounted.same_counts(tally)
            and tally.size == len(entries) == run.size
            and _by_value(tally) == of_record
        ), len(entries)

    # --- after a crash ---

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Around all that writes. Where the store goes away nobody knows how far it came: that
        is settled as soon as the store is back. One that answers nonsense stops the server."""
        try:
            yield
        except StoreDown:
            self._settled = False
            self._wake_in(RETRY_S)
            raise
        except StoreNonsense as error:
            self._outside.failed(error)
            raise

    async def _settle(self) -> None:
        """Read what the log has and we do not, and bring window and log together."""
        if self._settled:
            return
        await self._read()
        for run in self.episode.runs:
            await self._recover(run)
        self._settled = True
        self._set_timer()
        await self._tell()

    async def _recover(self, run: Run) -> None:
        """Bring the store's window to where the log says the run is."""
        found = (await self._window(run.id, ())).phase
        if run.phase is Phase.ARMED:
            await self._window(run.id, ("", "armed"), phase="armed")
        elif run.phase in (Phase.OPEN, Phase.PAUSED) and found == "closing":
            # Closed, but it was not logged any more.
            shut = await self._shut(cmd.Close(run.id), self._outside.now_ms(), "server")
            await self._conclude(shut, "server")
        elif run.phase is Phase.OPEN:
            await self._open_window(run)
        elif run.phase is Phase.PAUSED and found == "open":
            await self._pause_window(run.id, ("open",), self.episode.changed_ms)
        elif run.phase is Phase.CLOSING and found in ("open", "paused"):
            ends = {"until_ms": run.closed_ms, "later_ms": run.later_ms}
            await self._window(run.id, (found,), phase="closing", **ends)
        elif run.phase is Phase.CLOSED and run.rules.verification is Verification.AUTOMATIC:
            await self._verify_by_itself(run)
        elif run.phase is Phase.REVEALED:
            await self._put_on_board(run.id)
        elif run.phase is Phase.VOID:
            await self._void_window(run.id)

    # --- inside ---

    def _key(self, run_id: str) -> RunKey:
        return RunKey(self.episode.id, run_id)

    async def _window(self, run_id: str, allowed: tuple[str, ...], **fields: Any) -> Window:
        window = await self._outside.store.move_window(self._key(run_id), allowed, **fields)
        if allowed and not window.moved:
            raise StoreNonsense(
                f"run {run_id}: the store's window is {window.phase!r}, not one of {allowed}"
            )
        return window


async def _insist(step: Callable[[], Awaitable[None]]) -> None:
    """Repeat a step that must happen while the store is away, for at most a minute."""
    for _ in range(int(INSIST_S / RETRY_S)):
        try:
            return await step()
        except StoreDown:
            await asyncio.sleep(RETRY_S)
    return await step()


_ANY = ("", "armed", "open", "paused", "closing", "closed", "void")


def _due_ms(run: Run | None) -> int:
    """When the server itself must act on this run; 0 for never."""
    if run is None:
        return 0
    if run.phase is Phase.OPEN:
        return run.deadline_ms
    if run.phase is Phase.CLOSING:
        return run.closed_ms + run.later_ms + run.rules.grace_ms
    return 0


def _by_value(tally: Tally) -> dict[int, int]:
    """value → ballots, all panels together: what the sorted set can show."""
    counts: dict[int, int] = {}
    for row in tally.counts.values():
        for value, count in row.items():
            counts[value] = counts.get(value, 0) + count
    return counts
