"""The pledge ledger of this server, beside the catalogue: commands one at a time, one log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, tzinfo

from livevote.core import event as ev
from livevote.core import ledger as core
from livevote.core.ledger import Asked, Command, Ledger
from livevote.core.plain import logged_from_plain, logged_to_plain
from livevote.errors import RevisionMismatch, StoreDown
from livevote.export.pledges import Account
from livevote.hub.evidence import Evidence
from livevote.store.store import Store
from livevote.wire.codec import from_msgpack, to_msgpack

LOG = "ledger"


class LedgerDesk:
    """Owns the ledger. `state` is replaced, never changed. zone: in which a day begins."""

    def __init__(
        self, store: Store, now_ms: Callable[[], int], zone: tzinfo, evidence: Evidence
    ) -> None:
        self.state = Ledger()
        self.evidence = evidence
        self.zone = zone
        self._store = store
        self._now_ms = now_ms
        self._turn = asyncio.Lock()

    @property
    def today(self) -> date:
        """By the server's clock, in its zone."""
        return datetime.fromtimestamp(self._now_ms() / 1000, self.zone).date()

    async def load(self) -> bool:
        """Fold what was written since; whether there was anything."""
        async with self._turn:
            found = [data async for data in self._store.events(LOG, self.state.revision)]
            self._fold(found)
            return bool(found)

    async def history(self) -> tuple[ev.Logged, ...]:
        """All events, from the store. Raises StoreDown."""
        return tuple([logged_from_plain(from_msgpack(d)) async for d in self._store.events(LOG)])

    async def account(self, tz: str) -> Account:
        """What files are made from. tz: in which times are written. Raises StoreDown."""
        ledger, history = self.state, await self.history()
        # What happened while the log was read belongs to the next file.
        events = tuple(e for e in history if e.revision <= ledger.revision)
        return Account(ledger, events, self.today, self._now_ms(), tz)

    async def command(self, command: Command, by: str, role: str) -> int:
        """Carry out a command; the new revision. Raises its Refusal, and then nothing changed."""
        async with self._turn:
            if isinstance(command, core.MovePledge):
                files = [await asyncio.to_thread(self.evidence.known, f) for f in command.files]
                command = replace(command, files=tuple(files))
            asked = Asked(by, role, self._now_ms(), self.today)
            await self._log(core.decide(self.state, command, asked), asked)
            return self.state.revision

    def _fold(self, packed: list[bytes]) -> None:
        if packed:
            events = [logged_from_plain(from_msgpack(data)) for data in packed]
            self.state = core.fold(self.state, events)

    async def _log(self, events: core.Events, asked: Asked) -> None:
        if not events:
            return
        before = self.state.revision
        packed = [
            to_msgpack(logged_to_plain(ev.Logged(before + i, asked.now_ms, asked.by, event)))
            for i, event in enumerate(events, 1)
        ]
        try:
            await self._store.append(LOG, before, packed)
        except (StoreDown, RevisionMismatch):
            # It may have been written before the line was cut. Look, rather than write twice.
            found = [data async for data in self._store.events(LOG, before)]
            self._fold(found)
            if found[: len(packed)] != packed:
                raise
        else:
            self._fold(packed)
