"""Whoever makes a second account for themselves, to be two people, can be seen to have done so."""

from __future__ import annotations

from typing import Any

import pytest

from livevote.errors import StoreDown
from livevote.hub.roles import OWNER, VERIFIER
from livevote.web import accounts as module
from tests.web.clients import House

PASSWORD = "a long password"


async def sign_ins(house: House) -> list[tuple[str, dict[str, Any]]]:
    """(by, event) of all sign-ins in the log, as an owner reads it."""
    async with house.browser(await house.staff(OWNER, name="reader")) as browser:
        log = (await browser.get("/api/accounts/log")).json()
    assert PASSWORD not in str(log)
    kinds = ("signed_in", "sign_in_refused")
    return [(e["by"], e["event"]) for e in log if e["event"]["type"] in kinds]


async def claimed(house: House, name: str) -> None:
    account = await house.up.auth.accounts.put(name, [VERIFIER])
    await house.up.auth.accounts.claim(name, account.generation, PASSWORD)


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


async def test_sign_ins_are_logged_right_or_wrong_and_never_what_was_typed(house: House) -> None:
    await claimed(house, "desk")
    tries = (("desk", PASSWORD, 200), ("desk", "wrong " + PASSWORD, 403), (PASSWORD, "desk", 403))
    async with house.browser() as browser:
        for name, password, status in tries:
            answer = await browser.post("/api/login", json={"name": name, "password": password})
            assert answer.status_code == status
    assert await sign_ins(house) == [
        ("desk", {"type": "signed_in", "account": "desk"}),
        ("server", {"type": "sign_in_refused", "account": "desk", "unlogged": 0}),
        ("server", {"type": "sign_in_refused", "account": "", "unlogged": 0}),
    ]


async def test_guessing_does_not_fill_the_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = house.hub.clock.now_ms()
    monkeypatch.setattr(house.hub.clock, "now_ms", lambda: now_ms)
    for _ in range(module.REFUSALS_LOGGED_A_MINUTE + 5):
        await house.hub.company.ask("note_sign_in", "", False)
    assert len(await sign_ins(house)) == module.REFUSALS_LOGGED_A_MINUTE
    now_ms += 60_000
    await house.hub.company.ask("note_sign_in", "", False)
    assert (await sign_ins(house))[-1][1]["unlogged"] == 5


async def test_nobody_comes_in_who_cannot_be_logged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await claimed(house, "desk")

    async def down(*_: object) -> int:
        raise StoreDown("the line is cut", retry_after_ms=500)

    monkeypatch.setattr(house.hub.store, "append", down)
    async with house.browser() as browser:
        for password, code in ((PASSWORD, "store_down"), ("wrong password", "not_allowed")):
            body = {"name": "desk", "password": password}
            answer = await browser.post("/api/login", json=body)
            assert answer.json()["code"] == code
            assert "lv_staff" not in browser.cookies
