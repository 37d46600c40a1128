"""What shows publish beside their results: licence, cards, budgets. Publications one at a time."""

from __future__ import annotations

from collections.abc import Callable

from livevote.core import disclosure as core
from livevote.core.disclosure import Disclosure, Publication
from livevote.hub.folded import FoldedLog
from livevote.store.store import Store

LOG = "disclosure"


class DisclosureDesk(FoldedLog[Disclosure]):
    """Owns what is published."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        super().__init__(store, LOG, Disclosure(), core.fold, now_ms)

    async def publish(self, show: str, wanted: Publication, by: str) -> int:
        """How many things it changed. Raises BadInput."""
        async with self._turn:
            events = core.decide(self.state, show, wanted)
            if events:
                await self._log_all(events, by)
            return len(events)
