"""Proof of work: what a viewer's browser computes before it gets a cookie for an episode.

It makes cookies by the thousand cost something. It does not know who asks, and one person with
patience still gets several: it deters, and is no count of people. The format is ALTCHA's (version
2, SHA-256); the browser's half is static/vote/solve.js.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import altcha

from livevote.errors import BadWork, Busy, WorkNeeded

ALGORITHM = "SHA-256"
# An old phone needs some seconds; whoever locks it meanwhile has time to come back.
LIFE_S = 300
SOLUTION_MAX = 2000
# Used challenges that are kept at a time: some 20 MB of the store. Each took its work.
USED_MAX = 200_000

# As the store's use_once.
UseOnce = Callable[[str, bytes, int, int, int], Awaitable[bool | None]]


class Work:
    """Asks and checks. tries: the most hashes that a browser makes, on average half of them; 0
    asks for nothing. now_ms: the server's clock, the same in all its processes."""

    def __init__(
        self, key: bytes, tries: int, use_once: UseOnce, now_ms: Callable[[], int]
    ) -> None:
        self._key = hmac.digest(key, b"livevote work", "sha256")
        self._tries = tries
        self._use_once = use_once
        self._now_ms = now_ms

    @property
    def asked(self) -> bool:
        return self._tries > 0

    def challenge(self, episode: str) -> dict[str, Any]:
        """A signed challenge that opens this episode and no other, for LIFE_S."""
        made = altcha.create_challenge(
            ALGORITHM,
            cost=1,
            counter=secrets.randbelow(self._tries),
            expires_at=self._now_ms() // 1000 + LIFE_S,
            data={"episode": episode},
            hmac_secret=self._key,
        )
        return made.to_dict()

    async def redeem(self, solution: str, episode: str) -> None:
        """Take a solution, once. Raises WorkNeeded without one, BadWork (`where` names what is
        wrong with it), Busy or StoreDown."""
        if not solution:
            raise WorkNeeded
        asked = self._solved(solution)
        now_ms = self._now_ms()
        until_ms = int(asked.expires_at or 0) * 1000
        if until_ms < now_ms:
            raise BadWork("this challenge is too old; ask for a new one", where="expired")
        if asked.data != {"episode": episode}:
            raise BadWork("this challenge is of another episode", where="episode")
        new = await self._use_once("work", bytes.fromhex(asked.nonce), until_ms, now_ms, USED_MAX)
        if new is None:
            raise Busy("too many new viewers at once; wait a minute", retry_after_ms=60_000)
        if not new:
            raise BadWork("this challenge was used before; ask for a new one", where="used")

    def _solved(self, solution: str) -> altcha.ChallengeParameters:
        """What was asked, where we asked it and this solves it."""
        try:
            if len(solution) > SOLUTION_MAX:
                raise ValueError("too long")
            payload = altcha.Payload.from_base64(solution)
            found = altcha.verify_solution(payload, self._key)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadWork("this is no solution", where="altcha") from None
        if found.expired:
            raise BadWork("this challenge is too old; ask for a new one", where="expired")
        if found.invalid_signature:
            raise BadWork("this server did not ask this", where="signature")
        if not found.verified:
            raise BadWork("this does not solve it", where="solution")
        return payload.challenge.parameters
