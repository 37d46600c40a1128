"""An address that a peer only claims is believed of the trusted proxy alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from livevote.config import Settings
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from tests.web.clients import House

CLAIMS = 1_000


@pytest.fixture
async def house(fresh: EmbeddedServer) -> AsyncIterator[House]:
    async with running(Settings(port=0, trusted_proxy="192.0.2.1"), fresh) as up:
        yield House(up)


async def test_a_thousand_claimed_addresses_change_nothing(house: House) -> None:
    body = {"token": "x", "password": "a long password"}
    statuses = []
    async with house.browser() as browser:
        for number in range(CLAIMS):
            claim = f"198.51.{number // 250}.{number % 250 + 1}"
            headers = {"x-forwarded-for": f"{claim}, 192.0.2.1", "x-real-ip": claim}
            answer = await browser.post("/api/claim", json=body, headers=headers)
            statuses.append(answer.status_code)
        # 127.0.0.1 is who we are, whatever we say: metrics stay open, cookies stay as they are.
        headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
        assert (await browser.get("/metrics", headers=headers)).status_code == 200
        assert (await browser.get("/api/session", headers=headers)).json()["secure"] is False
    # Ten tries a minute of one address; a claimed one would have had ten of its own.
    assert statuses[:10] == [403] * 10
    assert statuses.count(403) <= 20, "they took less than two minutes"
    assert set(statuses) == {403, 503}
