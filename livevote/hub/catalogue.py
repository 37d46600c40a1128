"""Shows and episodes of this server, and the episode that is on. Commands one at a time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from livevote.core import catalogue as core
from livevote.core import event as ev
from livevote.core.catalogue import Catalogue
from livevote.core.names import Names
from livevote.core.plain import logged_from_plain, logged_to_plain
from livevote.errors import RevisionMismatch, StoreDown
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack

LOG = "catalogue"
OF_ACCOUNTS = (
    ev.AccountSet,
    ev.AccountClaimed,
    ev.AccountRemoved,
    ev.SignedIn,
    ev.SignInRefused,
    ev.ControlKeyMade,
    ev.ControlKeyRevoked,
)


class CatalogueDesk:
    """Owns the catalogue. `state` is replaced, never changed."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self.state = Catalogue()
        self._store = store
        self._now_ms = now_ms
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Fold what was written since."""
        async with self._turn:
            found = [
                logged_from_plain(from_msgpack(data))
                async for data in self._store.events(LOG, self.state.revision)
            ]
            if found:
                self.state = core.fold(self.state, found)

    async def make_show(self, name: Names, by: str) -> str:
        """The new show's id. Raises BadInput."""
        async with self._turn:
            core.room_for_show(self.state)
            show = secrets.token_hex(4)
            await self._log(ev.ShowMade(show, core.named(name, "name")), by)
            return show

    async def list_episode(
        self,
        show: str,
        title: Names,
        by: str,
        rehearsal_of: str = "",
        begin: Callable[[ev.EpisodeListed], Awaitable[None]] | None = None,
    ) -> ev.EpisodeListed:
        """Put a new episode in a show. begin: writes the episode's own first events, before the
        line that lists it, so that whatever is listed is whole. Raises NotFound or BadInput."""
        async with self._turn:
            core.room_for_episode(self.state)
            self.state.show(show)
            name = core.named(title, "title")
            listed = ev.EpisodeListed(secrets.token_hex(4), show, name, rehearsal_of)
            if begin:
                await begin(listed)
            await self._log(listed, by)
            return listed

    async def retitle(self, episode: str, title: Names, by: str) -> None:
        async with self._turn:
            await self._log(ev.EpisodeRetitled(episode, title), by)

    async def switch(self, episode: str, by: str) -> str:
        """Put an episode on, "" for none; the one that was on. Raises NotFound."""
        async with self._turn:
            if episode:
                self.state.episode(episode)
            before = self.state.on
            if before != episode:
                await self._log(ev.EpisodeSwitched(episode), by)
            return before

    async def note(self, event: ev.Event, by: str) -> None:
        """Log what changes nothing here but must be found afterwards: accounts and sign-ins."""
        async with self._turn:
            await self._log(event, by)

    async def account_log(self) -> list[ev.Logged]:
        """All changes of accounts and all sign-ins, oldest first. Raises StoreDown."""
        found = [logged_from_plain(from_msgpack(data)) async for data in self._store.events(LOG, 0)]
        return [logged for logged in found if isinstance(logged.event, OF_ACCOUNTS)]

    async def _log(self, event: ev.Event, by: str) -> None:
        logged = ev.Logged(self.state.revision + 1, self._now_ms(), by, event)
        packed = to_msgpack(logged_to_plain(logged))
        try:
            await self._store.append(LOG, self.state.revision, [packed])
        except (StoreDown, RevisionMismatch):
            # A write whose answer was lost, this one or the one before, may be there after all.
            revision = self.state.revision
            found = [data async for data in self._store.events(LOG, revision)]
            self.state = core.fold(self.state, [logged_from_plain(from_msgpack(d)) for d in found])
            if packed not in found:
                raise
        else:
            self.state = core.fold(self.state, [logged])
