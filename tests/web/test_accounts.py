"""Accounts: made by an owner, claimed once by a link, ended at once, never without an owner."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from livevote.config import Settings
from livevote.errors import BadInput, NotAllowed, NotFound
from livevote.hub.roles import DIRECTOR, OWNER, PRODUCER, VERIFIER
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web import accounts as module
from tests.web.clients import House

PASSWORD = "correct horse battery"
ALL_ROLES = [OWNER, DIRECTOR, PRODUCER, VERIFIER]


def token_of(link: str) -> str:
    return link.partition("#")[2]


async def claim(browser: httpx.AsyncClient, link: str, password: str = PASSWORD) -> httpx.Response:
    body = {"token": token_of(link), "password": password}
    return await browser.post("/api/claim", json=body)


async def login(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await browser.post("/api/login", json={"name": name, "password": password})


def told(answer: httpx.Response) -> dict[str, Any]:
    """A refusal, without its words."""
    plain: dict[str, Any] = answer.json()
    return {"status": answer.status_code, "code": plain["code"], "where": plain["where"]}


async def test_from_the_first_link_to_a_second_person_and_out_again(house: House) -> None:
    async with house.browser() as first, house.browser() as second:
        answer = await claim(first, house.up.first_link)
        assert answer.json() == {"name": "owner", "roles": ALL_ROLES}
        made = await first.post("/api/accounts", json={"name": "desk", "roles": [DIRECTOR]})
        assert made.json()["name"] == "desk"
        assert made.json()["link"].startswith(f"{house.up.url}/login#")
        listed = await first.get("/api/accounts")
        assert listed.json() == [
            {"name": "desk", "roles": [DIRECTOR], "claimed": False, "unit": ""},
            {"name": "owner", "roles": ALL_ROLES, "claimed": True, "unit": ""},
        ]
        answer = await claim(second, made.json()["link"])
        assert answer.json() == {"name": "desk", "roles": [DIRECTOR]}
        assert (await second.get("/api/shows")).status_code == 200
        assert (await second.post("/api/logout")).status_code == 204
        assert (await second.get("/api/shows")).status_code == 401
        answer = await login(second, "desk", PASSWORD)
        assert answer.json() == {"name": "desk", "roles": [DIRECTOR]}
        assert (await second.get("/api/shows")).status_code == 200
        assert (await first.delete("/api/accounts/desk")).status_code == 204
        assert (await second.get("/api/shows")).status_code == 401
        assert (await login(second, "desk", PASSWORD)).status_code == 403


async def test_a_link_claims_once_and_the_newest_one_only(house: House) -> None:
    async with house.browser() as browser:
        await claim(browser, house.up.first_link)
        again = await claim(browser, house.up.first_link, "another password")
        assert told(again) == {"status": 403, "code": "not_allowed", "where": ""}
        links = [
            (await browser.post("/api/accounts", json={"name": "desk", "roles": [DIRECTOR]})).json()
            for _ in range(2)
        ]
        assert told(await claim(browser, links[0]["link"]))["status"] == 403
        assert (await claim(browser, links[1]["link"])).status_code == 200


async def test_two_people_with_the_same_link_and_one_account(house: House) -> None:
    async with house.browser() as one, house.browser() as other:
        answers = await asyncio.gather(
            claim(one, house.up.first_link, "the first password"),
            claim(other, house.up.first_link, "the second password"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        won = answers.index(next(a for a in answers if a.status_code == 200))
        passwords = ["the first password", "the second password"]
        assert (await login(one, "owner", passwords[won])).status_code == 200
        assert (await login(one, "owner", passwords[1 - won])).status_code == 403


async def test_a_renewed_link_ends_the_password_that_was(house: House) -> None:
    async with house.browser(await house.everyone()) as owner, house.browser() as desk:
        made = await owner.post("/api/accounts", json={"name": "desk", "roles": [DIRECTOR]})
        await claim(desk, made.json()["link"])
        again = await owner.post("/api/accounts", json={"name": "desk", "roles": [PRODUCER]})
        assert (await desk.get("/api/shows")).status_code == 401
        assert (await login(desk, "desk", PASSWORD)).status_code == 403
        answer = await claim(desk, again.json()["link"], "a new password")
        assert answer.json() == {"name": "desk", "roles": [PRODUCER]}


async def test_sign_in_does_not_tell_what_was_wrong(house: House) -> None:
    async with house.browser() as browser:
        await claim(browser, house.up.first_link)
        await house.staff(DIRECTOR, name="unclaimed")
        answers = [
            await login(browser, name, password)
            for name, password in (
                ("owner", "a wrong password"),
                ("owner", ""),
                ("owner", PASSWORD + "x"),
                ("owner", PASSWORD * 100),
                ("unclaimed", ""),
                ("nobody", PASSWORD),
                ("", PASSWORD),
            )
        ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert "set-cookie" not in {name for answer in answers for name in answer.headers}


async def test_what_is_wrong_with_an_account_is_told_where(house: House) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("/api/accounts", {}, "name"),
        ("/api/accounts", {"name": 1, "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "", "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "a b", "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "a/b", "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "a\n", "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "x" * 41, "roles": [DIRECTOR]}, "name"),
        ("/api/accounts", {"name": "desk"}, "roles"),
        ("/api/accounts", {"name": "desk", "roles": DIRECTOR}, "roles"),
        ("/api/accounts", {"name": "desk", "roles": []}, "roles"),
        ("/api/accounts", {"name": "desk", "roles": ["king"]}, "roles"),
        ("/api/accounts", {"name": "desk", "roles": [DIRECTOR, None]}, "roles"),
        ("/api/login", {"name": "owner"}, "password"),
        ("/api/login", {"name": ["owner"], "password": "x"}, "name"),
        ("/api/claim", {"password": PASSWORD}, "token"),
        ("/api/claim", {"token": token_of(house.up.first_link), "password": "short"}, "password"),
        ("/api/claim", {"token": token_of(house.up.first_link), "password": "x" * 201}, "password"),
    ]
    async with house.browser(await house.everyone()) as owner:
        for path, body, where in wrong:
            answer = await owner.post(path, json=body)
            assert told(answer) == {"status": 400, "code": "bad_input", "where": where}, body
    assert [account.name for account in house.up.auth.accounts.all()] == ["everyone", "owner"]


async def test_names_in_chinese_are_names(house: House) -> None:
    async with house.browser(await house.everyone()) as owner:
        made = await owner.post("/api/accounts", json={"name": "导播-1", "roles": [DIRECTOR]})
        assert made.json()["name"] == "导播-1"
        assert (await owner.delete("/api/accounts/导播-1")).status_code == 204
        answer = await owner.delete("/api/accounts/导播-1")
        assert told(answer) == {"status": 404, "code": "not_found", "where": ""}


async def test_one_owner_stays(house: House) -> None:
    accounts = house.up.auth.accounts
    for remove in (accounts.remove("owner"), accounts.put("owner", (DIRECTOR,))):
        with pytest.raises(BadInput, match="one account must stay owner"):
            await remove
    await accounts.put("second", (OWNER,))
    await accounts.put("owner", (DIRECTOR,))
    with pytest.raises(BadInput):
        await accounts.remove("second")
    await accounts.remove("owner")
    assert [(a.name, a.roles) for a in accounts.all()] == [("second", (OWNER,))]


async def test_there_is_an_end_to_the_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACCOUNTS_MAX", 2)
    accounts = house.up.auth.accounts
    await accounts.put("desk", (DIRECTOR,))
    with pytest.raises(BadInput, match="at most 2 accounts"):
        await accounts.put("third", (DIRECTOR,))
    await accounts.put("desk", (PRODUCER,))  # one that is there can still be renewed


async def test_accounts_outlive_the_server_and_hold_no_password(fresh: EmbeddedServer) -> None:
    async with running(Settings(port=0), fresh) as up:
        owner = up.auth.accounts.all()[0]
        await up.auth.accounts.claim("owner", owner.generation, PASSWORD)
        await up.auth.accounts.put("desk", (DIRECTOR,))
        await up.auth.accounts.put("gone", (DIRECTOR,))
        await up.auth.accounts.remove("gone")
        records = [
            await up.hub.store.get(module.SHELF, name)
            for name in await up.hub.store.names(module.SHELF)
        ]
        assert all(PASSWORD.encode() not in (record or b"") for record in records)
        assert any(b"$argon2id$" in (record or b"") for record in records)
    async with running(Settings(port=0), fresh) as up:
        assert up.first_link == "", "somebody claimed already"
        found = [(a.name, a.roles, a.claimed) for a in up.auth.accounts.all()]
        assert found == [("desk", (DIRECTOR,), False), ("owner", tuple(ALL_ROLES), True)]
        assert (await up.auth.accounts.sign_in("owner", PASSWORD)).name == "owner"
        with pytest.raises(NotAllowed):
            await up.auth.accounts.sign_in("owner", PASSWORD[:-1])
        with pytest.raises(NotFound):
            await up.auth.accounts.remove("gone")


async def test_the_first_link_is_given_until_it_is_used(fresh: EmbeddedServer) -> None:
    async with running(Settings(port=0), fresh) as up:
        first = up.first_link
    async with running(Settings(port=0), fresh) as up:
        assert up.first_link.startswith(f"{up.url}/login#")
        house = House(up)
        async with house.browser() as browser:
            # The link of an earlier start is as good as this one, until one of them is used.
            assert (await claim(browser, first)).status_code == 200
            assert (await claim(browser, up.first_link)).status_code == 403
