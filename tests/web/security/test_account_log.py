"""Whoever makes a second account for themselves, to be two people, can be seen to have done so."""

from __future__ import annotations

from livevote.hub.roles import OWNER, VERIFIER
from tests.web.clients import House


async def test_changes_of_accounts_are_logged_with_who_and_when(house: House) -> None:
    before = house.hub.clock.now_ms()
    async with house.browser(await house.staff(OWNER, name="boss")) as browser:
        made = await browser.post("/api/accounts", json={"name": "second", "roles": [VERIFIER]})
        assert made.status_code == 200
        second = house.up.auth.accounts.find("second")
        assert second
        await house.up.auth.accounts.claim("second", second.generation, "a long password")
        assert (await browser.delete("/api/accounts/second")).status_code == 204
        log = (await browser.get("/api/accounts/log")).json()
    found = [(e["by"], e["event"]["type"]) for e in log if e["event"]["account"] == "second"]
    assert found == [
        ("boss", "account_set"),
        ("second", "account_claimed"),
        ("boss", "account_removed"),
    ]
    assert all(e["at_ms"] >= before for e in log if e["event"]["account"] == "second")
    assert "a long password" not in str(log)
