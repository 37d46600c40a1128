"""Feeds for machines that cannot draw the overlay: what they pull, and what they are told.

Made at most once per beat for all who ask, from memory: a store that is away
leaves the last that was known, marked stale. Nothing here knows HTTP or a
file's format.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from livevote.core.fold import empty
from livevote.core.model import Episode, Run
from livevote.core.tally import Tally
from livevote.errors import Busy, StoreDown
from livevote.hub import flat, view
from livevote.hub.beat import BEAT_S, COUNTING
from livevote.hub.fanout import Audience, Fanout, Outbox
from livevote.hub.flat import Fields, Moment
from livevote.hub.stats import Stats
from livevote.hub.studio import Studio
from livevote.wire.codec import Codec

log = structlog.get_logger()

CHANNEL = "feed"
# Parts of the channel: what everybody may know, and what the overlay knows too.
PUBLIC, KEYED = "", "keyed"
# A tally that the store was not asked for in this time is no longer live.
STALE_MS = 2_000
# A listener hears the same again after this time, so that no proxy takes the line for dead.
AGAIN_MS = 10_000
BEAT_MS = round(BEAT_S * 1000)


@dataclass(slots=True)
class Told:
    """Flat fields as what a fan-out shows."""

    fields: Fields

    def plain(self) -> dict[str, Any]:
        return dict(self.fields)


# The beat, the episode and the tally as they were, and whether that was stale.
Sources = tuple[int, Episode, Tally, bool] | None


@dataclass(eq=False)
class Page:
    """What an audience may pull in one beat. sources: what it was made from, to know it by. forms:
    its bytes, by whoever makes them first."""

    moment: Moment
    mark: str
    sources: Sources
    current: Fields
    rows: list[Fields]
    segments: list[Fields]
    forms: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, moment: Moment, sources: Sources = None) -> Page:
        return cls(
            moment,
            moment.mark,
            sources,
            flat.current(moment),
            flat.rows(moment),
            flat.segments(moment),
        )


class Feed:
    """All feeds of one process. pull: brings a studio's count up to the store's."""

    def __init__(
        self,
        fanout: Fanout,
        stats: Stats,
        studios: Callable[[], Iterable[Studio]],
        now_ms: Callable[[], int],
        pull: Callable[[Studio, Run], Awaitable[None]],
    ) -> None:
        self._fanout = fanout
        self._stats = stats
        self._studios = studios
        self._now_ms = now_ms
        self._pull = pull
        self._pages: dict[tuple[str, str], Page] = {}
        # What each audience was told last, and when.
        self._told: dict[Audience, tuple[str, int]] = {}
        self._stopped = False

    # --- pulled ---

    async def pulled(self, studio: Studio | None, part: str) -> Page:
        """For one who asks now. studio: None where no episode is on. Raises nothing: without a
        store this is the last that is known."""
        if studio is None:
            return Page.of(Moment(empty(""), None, self._now_ms(), not self._stats.store_up))
        watched = studio.watched(self._now_ms())
        studio.read_ms = self._now_ms()
        run = studio.episode.run_shown
        if run and (not watched or studio.tally_run != run.id) and self._stats.store_up:
            try:
                await self._pull(studio, run)
            except StoreDown:
                # The beat finds out when it is back.
                self._stats.store_up = False
        return self.page(studio, part)

    def page(self, studio: Studio, part: str) -> Page:
        """The page of this beat; made once, for everybody who asks in it."""
        key = studio.episode.id, part
        last, now_ms = self._pages.get(key), self._now_ms()
        sources = now_ms // BEAT_MS, studio.episode, studio.tally, self._is_stale(studio, now_ms)
        if last and _same(last.sources, sources):
            return last
        try:
            page = Page.of(_moment(studio, part, now_ms, sources[3]), sources)
        except Exception as error:
            # On air an old figure that says so is better than none.
            reason = f"{type(error).__name__}: {error}"
            log.error("feed failed", episode=key[0], error=reason)  # noqa: TRY400
            return _stale(last or Page.of(Moment(empty(key[0]), None, now_ms, True)))
        self._pages[key] = page
        return page

    def _is_stale(self, studio: Studio, now_ms: int) -> bool:
        run = studio.episode.run_shown
        counting = run is not None and run.phase in COUNTING
        return not self._stats.store_up or (counting and now_ms - studio.pulled_ms > STALE_MS)

    # --- told ---

    async def subscription(self, studio: Studio, part: str, codec: Codec) -> Outbox:
        """A listener's way out, with the newest page in it. Whoever takes it must enter it."""
        page = await self.pulled(studio, part)
        outbox = Outbox(codec, Audience(studio.episode.id, CHANNEL, part))
        outbox.show(CHANNEL, codec.frame(page.current))
        return outbox

    async def work(self) -> None:
        """Runs until stopped. Never waits for the store: the beat does, and listeners must hear
        that it is away."""
        while not self._stopped:
            await self.once()
            await asyncio.sleep(BEAT_S)

    def stop(self) -> None:
        self._stopped = True

    async def once(self) -> None:
        """Tell each audience what it has not heard yet."""
        heard: dict[Audience, tuple[str, int]] = {}
        for studio in list(self._studios()):
            for audience in self._fanout.audiences(studio.episode.id, CHANNEL):
                page = self.page(studio, audience.part)
                mark, at_ms = self._told.get(audience, ("", 0))
                if page.mark != mark or self._now_ms() - at_ms >= AGAIN_MS:
                    await self._fanout.show(audience, CHANNEL, Told(page.current))
                    mark, at_ms = page.mark, self._now_ms()
                heard[audience] = mark, at_ms
        self._told = heard


def _moment(studio: Studio, part: str, now_ms: int, stale: bool) -> Moment:
    run = studio.episode.run_shown
    if run is None:
        return Moment(studio.episode, None, now_ms, stale)
    tally = studio.tally if studio.tally_run == run.id else Tally()
    full, turnout = view.tally_frames(run, tally)
    return Moment(studio.episode, full if part == KEYED else turnout, now_ms, stale)


def _same(one: Sources, other: Sources) -> bool:
    """By identity: neither an episode nor a tally is ever changed, and to compare them is slow."""
    if one is None or other is None:
        return False
    return one[::3] == other[::3] and one[1] is other[1] and one[2] is other[2]


def full() -> Busy:
    """What a listener is told for whom there is no place."""
    return Busy("too many listen to the feeds; pull them instead", retry_after_ms=5_000)


def _stale(page: Page) -> Page:
    """A page once more, as the last that was known."""
    if page.moment.stale:
        return page
    late = {"stale": True}
    return replace(
        page,
        moment=replace(page.moment, stale=True),
        mark=f"{page.mark}!",
        current=page.current | late,
        rows=[row | late for row in page.rows],
        segments=[row | late for row in page.segments],
        forms={},
    )
