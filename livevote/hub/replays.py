"""Replays: a run that is over, shown again to overlays that came for it.

What plays is one small record on a shelf of the store, beside the episode and
never in it. Every process reads it and makes its own frames by the clock they
share; so there is nobody to ask, and after a restart it goes on. Nobody can
vote here: voters' channels do not know this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from livevote.core.model import Graphic, GraphicKind
from livevote.core.plain import from_plain, to_plain
from livevote.core.replay import Playhead, Recording, length_ms, moved
from livevote.errors import NotFound, StoreDown
from livevote.hub import view
from livevote.hub.fanout import Fanout
from livevote.hub.studio import Studio
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack
from livevote.wire.outbound import State, TallyFrame

CHANNEL = "replay"
SHELF = "replays"
BEAT_S = 0.1
# Another process may have been told what this one was not: looked for on every so many beats.
READ_EVERY = 3
# Changes of one take are told apart by its serial and the episode's revision, in that order.
REVISIONS = 1_000_000


@dataclass(eq=False)
class _Screen:
    """One episode's replay in this process, while somebody watches it."""

    head: Playhead | None = None
    recording: Recording | None = None
    # What was told last: all of the state but its clock, and the tally.
    told: Any = None
    told_tally: TallyFrame | None = None


class Replays:
    """All replays of one process. Frames are made by its own task."""

    def __init__(
        self,
        store: Store,
        fanout: Fanout,
        studios: Callable[[], Iterable[Studio]],
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._fanout = fanout
        self._studios = studios
        self._now_ms = now_ms
        self._screens: dict[str, _Screen] = {}
        self._turn = asyncio.Lock()
        self._stopped = False

    # --- what staff wishes ---

    async def move(
        self,
        studio: Studio,
        run_id: str,
        kind: GraphicKind,
        speed: int,
        playing: bool,
        position_ms: int | None = None,
    ) -> Playhead:
        """Show a run again. Raises NotFound, WrongPhase, BadInput or StoreDown."""
        run = studio.episode.run(run_id)
        if run is None:
            raise NotFound("there is no such run in this episode", where="run")
        async with self._turn:
            before = await self.head(studio)
            head = moved(before, run, kind, speed, playing, position_ms, self._now_ms())
            await self._store.put(SHELF, studio.episode.id, to_msgpack(to_plain(head)))
        await self._heed(studio, head)
        return head

    async def end(self, studio: Studio) -> None:
        """Show nothing any more. Raises StoreDown."""
        async with self._turn:
            await self._store.remove(SHELF, studio.episode.id)
        await self._heed(studio, None)

    async def head(self, studio: Studio) -> Playhead | None:
        """What plays, whichever process was told. Raises StoreDown."""
        record = await self._store.get(SHELF, studio.episode.id)
        return from_plain(Playhead, from_msgpack(record)) if record else None

    # --- frames ---

    async def work(self) -> None:
        """Runs until stopped."""
        count = 0
        while not self._stopped:
            await self.once(count)
            count += 1
            await asyncio.sleep(BEAT_S)

    def stop(self) -> None:
        self._stopped = True

    async def once(self, count: int) -> None:
        """One beat: what has changed, to those who watch."""
        watched = [s for s in list(self._studios()) if self._watched(s)]
        for episode_id in self._screens.keys() - {s.episode.id for s in watched}:
            del self._screens[episode_id]
        for studio in watched:
            try:
                if count % READ_EVERY == 0 or studio.episode.id not in self._screens:
                    await self._heed(studio, await self.head(studio))
                else:
                    await self._show(studio)
            except StoreDown:
                continue  # the last picture stays; the beat says that the store is away

    def _watched(self, studio: Studio) -> bool:
        return bool(self._fanout.audiences(studio.episode.id, CHANNEL))

    async def greeting(self, studio: Studio) -> list[State | TallyFrame]:
        """For who comes in now. Raises StoreDown."""
        screen = self._screens.setdefault(studio.episode.id, _Screen())
        await self._load(studio, screen, await self.head(studio))
        state, tally = self._frames(studio, screen)
        return [state, tally] if tally else [state]

    async def _heed(self, studio: Studio, head: Playhead | None) -> None:
        if self._watched(studio):
            screen = self._screens.setdefault(studio.episode.id, _Screen())
            await self._load(studio, screen, head)
            await self._show(studio)

    async def _load(self, studio: Studio, screen: _Screen, head: Playhead | None) -> None:
        """Have the recording of what plays."""
        run = studio.episode.run(head.run) if head else None
        if run and not (screen.recording and screen.recording.run.id == run.id):
            made = Recording(studio.episode.id, run, await studio.director.history())
            async for batch in self._store.log(studio.run_key(run)):
                made.add(batch)
            made.added()
            screen.recording = made
        screen.head = head

    async def _show(self, studio: Studio) -> None:
        screen = self._screens[studio.episode.id]
        state, tally = self._frames(studio, screen)
        told = (state.epoch, state.rev, state.view["blanked"], state.view["replay"]["playing"])
        for audience in self._fanout.audiences(studio.episode.id, CHANNEL):
            if told != screen.told:
                await self._fanout.show(audience, "state", state)
            if tally and (told != screen.told or tally != screen.told_tally):
                await self._fanout.show(audience, "tally", tally)
        screen.told, screen.told_tally = told, tally

    def _frames(self, studio: Studio, screen: _Screen) -> tuple[State, TallyFrame | None]:
        """The whole picture of this moment."""
        now_ms, head, recording = self._now_ms(), screen.head, screen.recording
        live = studio.episode
        if not head or not recording or live.run_under_way:
            clock = {"now_ms": now_ms, "at_ms": now_ms, "speed": 1, "playing": False}
            return State("replay", 0, now_ms, view.replay(live, None, clock)), None
        run = recording.run
        length = length_ms(run)
        position_ms = head.position(now_ms, length)
        at_ms = run.opened_ms + position_ms
        clock = {
            "now_ms": now_ms,
            "at_ms": at_ms,
            "speed": head.speed,
            "playing": head.playing and position_ms < length,
        }
        # As it was; but blanked is what the director blanks now.
        episode = replace(recording.episode(at_ms), blanked=live.blanked)
        segment = "" if head.kind is GraphicKind.BOARD else run.segment
        shown = view.replay(episode, Graphic(head.kind, segment), clock)
        rev = head.serial * REVISIONS + episode.revision
        state = State(f"replay {head.take}", rev, now_ms, shown)
        then = episode.run(run.id)
        assert then
        return state, view.tally_frames(then, recording.tally(at_ms))[0]
