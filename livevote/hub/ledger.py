"""The pledge ledger of this server, beside the catalogue: commands one at a time, one log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, tzinfo

from livevote.core import event as ev
from livevote.core import ledger as core
from livevote.core.ledger import Asked, Command, Ledger
from livevote.export.pledges import Account
from livevote.hub.evidence import Evidence
from livevote.hub.folded import FoldedLog
from livevote.store.store import Store

LOG = "ledger"


class LedgerDesk(FoldedLog[Ledger]):
    """Owns the ledger. zone: in which a day begins."""

    def __init__(
        self, store: Store, now_ms: Callable[[], int], zone: tzinfo, evidence: Evidence
    ) -> None:
        super().__init__(store, LOG, Ledger(), core.fold, now_ms)
        self.evidence = evidence
        self.zone = zone

    @property
    def today(self) -> date:
        """By the server's clock, in its zone."""
        return datetime.fromtimestamp(self._now_ms() / 1000, self.zone).date()

    async def history(self) -> tuple[ev.Logged, ...]:
        """All events, from the store. Raises StoreDown."""
        return tuple(await self._read(0))

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
            events = core.decide(self.state, command, asked)
            if events:
                await self._log_all(events, by)
            return self.state.revision
