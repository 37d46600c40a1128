"""The 100 ms tick: pull the count, put one frame before everyone whose screen shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from math import ceil

import structlog

from livevote.core.command import Report
from livevote.core.model import Episode, Run
from livevote.core.phase import Phase
from livevote.errors import Refusal, StoreDown
from livevote.hub import view
from livevote.hub.company import Company
from livevote.hub.fanout import Audience, Fanout
from livevote.hub.intake import Intake
from livevote.hub.part import Part, Whole, has_stopped, part
from livevote.hub.stats import Stats
from livevote.hub.studio import Studio, Voter
from livevote.hub.warnings import Facts, warnings
from livevote.store.store import Store
from livevote.wire.outbound import Counted, Ops

log = structlog.get_logger()

BEAT_S = 0.1
# Overlays, staff and tablets on every beat. Phones, which may be thousands and show turnout
# only, on every second; on fewer, down to one a second, where writing to them all would take
# more than this share of the time.
PHONES_EVERY_MIN, PHONES_EVERY_MAX = 2, 10
PHONES_SHARE = 0.25
SCREENS = frozenset({"staff", "overlay", "tablets", "phones"})
OPS_EVERY = 5
# Where nothing is counted the store is asked whether it is there, so that feeds can say so.
PING_EVERY = 10

COUNTING = frozenset({Phase.OPEN, Phase.PAUSED, Phase.CLOSING})


class Beat:
    """Sends tallies and ops. One per hub; touched only by its own task."""

    def __init__(
        self,
        store: Store,
        fanout: Fanout,
        intake: Intake[Counted],
        stats: Stats,
        durability: tuple[str, str],
        studios: Callable[[], Iterable[Studio]],
        now_ms: Callable[[], int],
        company: Company,
        on: Callable[[], Episode | None],
    ) -> None:
        """on: the episode that voters land in."""
        self._store = store
        self._fanout = fanout
        self._intake = intake
        self._stats = stats
        self._durability = durability
        self._studios = studios
        self._now_ms = now_ms
        self._company = company
        self._on = on
        self._down_since_ms = 0
        # Phones have a frame on each so-manieth beat.
        self.phones_every = PHONES_EVERY_MIN
        self._stopped = False

    async def work(self) -> None:
        """Runs until stopped. A beat that takes too long makes the next one late, not two."""
        loop = asyncio.get_running_loop()
        count = 0
        while not self._stopped:
            started = loop.time()
            await self.once(count)
            count += 1
            await asyncio.sleep(max(BEAT_S - (loop.time() - started), 0.01))

    def stop(self) -> None:
        """End after the beat that is under way. Not by cancelling: a call to the store that is
        cut off in the middle may take the cancellation for its own time-out."""
        self._stopped = True

    async def once(self, count: int) -> None:
        """One beat. count: which, for the slower ones."""
        for studio in list(self._studios()):
            if not studio.watched(self._now_ms()) and not studio.dirty:
                continue
            asked_ms = self._now_ms()
            try:
                await self._tally(studio, count)
            except StoreDown:
                self._note_down(asked_ms)
            if count % OPS_EVERY == 0:
                await self._ops(studio)
        if count % PING_EVERY == PING_EVERY - 1:
            await self._look()
        await self._note_up()

    async def _tally(self, studio: Studio, count: int) -> None:
        run = studio.episode.run_shown
        if run is None or run.phase in (Phase.VOID, Phase.ARMED):
            studio.dirty = False
            return
        if run.phase in COUNTING or studio.dirty or studio.tally_run != run.id:
            await self.pull(studio, run)
        await self._send(studio, run, phones=count % self.phones_every == 0)

    async def pull(self, studio: Studio, run: Run) -> None:
        """Bring the studio's count up to the store's."""
        if run.id != studio.tally_run:
            studio.watch(run.id)
            seats = studio.seat_of()
            found = await self._store.voted(studio.run_key(run), list(seats))
            labels = zip(seats.values(), found, strict=True)
            if studio.voted_run == run.id:
                studio.voted |= {label for label, voted in labels if voted}
        tally = await self._store.tally(studio.run_key(run))
        studio.pulled_ms = self._now_ms()
        if studio.note_tally(run.id, tally):
            studio.unsent = set(SCREENS)

    async def _send(self, studio: Studio, run: Run, *, phones: bool) -> None:
        """One frame to all that have not seen this tally; the few before the many."""
        due = studio.unsent if phones else studio.unsent - {"phones"}
        if not due:
            return
        studio.unsent = studio.unsent - due
        full, turnout = view.tally_frames(run, studio.tally)
        for channel in ("staff", "overlay"):
            for audience in self._audiences(studio, channel) if channel in due else ():
                await self._fanout.show(audience, "tally", full)
        online = studio.panel_of(Voter("viewer", ""))
        voters = self._audiences(studio, "voter")
        if "tablets" in due:
            for audience in voters:
                if audience.part != online:
                    await self._fanout.show(audience, "tally", turnout)
        if "phones" in due:
            started_ms = self._now_ms()
            for audience in voters:
                if audience.part == online:
                    await self._fanout.show(audience, "tally", turnout)
            self._adapt(self._now_ms() - started_ms)

    def _audiences(self, studio: Studio, channel: str) -> list[Audience]:
        return self._fanout.audiences(studio.episode.id, channel)

    def _adapt(self, took_ms: int) -> None:
        """So many beats to the phones' next frame that writing it takes its share of the time."""
        beats = ceil(took_ms / 1000 / BEAT_S / PHONES_SHARE)
        self.phones_every = min(max(beats, PHONES_EVERY_MIN), PHONES_EVERY_MAX)

    async def _ops(self, studio: Studio) -> None:
        message: Ops | None = None
        for audience in self._fanout.audiences(studio.episode.id, "staff"):
            message = message or self.ops(studio)
            await self._fanout.show(audience, "ops", message)

    def part(self) -> Part:
        """How this process is."""
        return part(self._studios(), self._stats, self._intake.waiting, self._now_ms())

    def ops(self, studio: Studio) -> Ops:
        """How the server and this episode's audience are, in all processes together."""
        episode = studio.episode
        whole = Whole([self.part(), *self._company.parts])
        here = whole.of(episode.id)
        online = {seat for one in here for seat in one["online"]}
        run = episode.run_shown
        voted = studio.voted if run and run.id == studio.tally_run else set()
        labels = [seat.label for seat in episode.seats]
        overlays = [overlay for one in here for overlay in one["overlays"]]
        durability, reason = self._durability
        differing = tuple(sorted(studio.differing))
        stopped = sum(has_stopped(overlay) for overlay in overlays)
        on = self._on()
        facts = Facts(
            durability,
            whole.up,
            len(overlays),
            len(labels),
            len(online),
            differing,
            stopped,
            on.title if on and on.rehearsal_of else None,
        )
        return Ops(
            now=self._now_ms(),
            seats_online=len(online),
            seats_voted=len(voted),
            missing=[label for label in labels if label not in voted],
            absent=[label for label in labels if label not in online],
            viewers=sum(one["viewers"] for one in here),
            overlays=overlays,
            ack_p50_ms=whole.ack_ms(50),
            ack_p95_ms=whole.ack_ms(95),
            waiting=whole.waiting,
            rejects=whole.rejects,
            store={
                "durability": durability,
                "reason": reason,
                "up": whole.up,
                "commit_p95_ms": whole.commit_ms(95),
            },
            warnings=[warning.plain() for warning in warnings(episode, facts)],
        )

    async def _look(self) -> None:
        asked_ms = self._now_ms()
        if not any(studio.fed(asked_ms) for studio in self._studios()):
            return
        try:
            await self._store.ping()
        except StoreDown:
            self._note_down(asked_ms)

    def _note_down(self, since_ms: int) -> None:
        self._stats.store_up = False
        if not self._down_since_ms:
            self._down_since_ms = since_ms
            log.error("store does not answer")

    async def _note_up(self) -> None:
        """Once the store answers again, say for how long it did not."""
        if not self._stats.store_up:
            # The intake may have met it where the beat had nothing to ask.
            self._note_down(self._now_ms())
        if not self._down_since_ms:
            return
        try:
            await self._store.ping()
            took_s = (self._now_ms() - self._down_since_ms) / 1000
            if self._company.leads:
                await self._report(took_s)
        except Refusal:
            return
        self._down_since_ms = 0
        self._stats.store_up = True
        log.warning("store answers again", after_s=took_s)

    async def _report(self, took_s: float) -> None:
        for studio in list(self._studios()):
            run = studio.episode.run_under_way
            if run is not None:
                text = f"the store did not answer for {took_s:.1f} s during run {run.code}"
                await studio.director.command(Report("store_down", text, run.id), "server")
