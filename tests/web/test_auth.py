"""Tokens and cookies: what a signature proves, and everything that proves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.responses import Response

from livevote.core import command as cmd
from livevote.core.case import Kind, Unit
from livevote.core.desk import FileCase, SetDesk
from livevote.core.names import Names
from livevote.hub.roles import DIRECTOR, OWNER, PRODUCER
from livevote.web import auth
from livevote.web.auth import DAY_S, MAX_AGE_S
from tests.web.clients import House


async def proven(house: House, cookies: dict[str, str]) -> dict[str, Any]:
    """What the server takes the holder of these cookies for."""
    async with house.browser(cookies) as browser:
        answer = await browser.get("/api/session")
        assert answer.status_code == 200, answer.text
        session = answer.json()
        return {kind: session[kind] for kind in ("account", "seat", "viewer")}


NOBODY = {"account": None, "seat": None, "viewer": False}


def signed(key: bytes, kind: str, payload: Any, **how: Any) -> str:
    made = URLSafeTimedSerializer(key, salt=f"livevote {kind}", **how).dumps(payload)
    return made if isinstance(made, str) else made.decode()


def bad_tokens(key: bytes, kind: str, payload: list[Any]) -> Iterator[tuple[str, str]]:
    """Ways to make a token that this server has not made for this purpose."""
    good = signed(key, kind, payload)
    body, at, signature = good.split(".")
    other_end = "A" if signature[0] != "A" else "B"
    bare = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    jwt = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    yield from {
        "empty": "",
        "a word": "letmein",
        "dots": "...",
        "its payload alone": body,
        "without a signature": f"{body}.{at}.",
        "without a time": f"{body}.{signature}",
        "another signature": f"{body}.{at}.{other_end}{signature[1:]}",
        "a signature cut short": good[:-1],
        "something after it": f"{good}x",
        "another time": f"{body}.zzzzzz.{signature}",
        "another body": f"{signed(key, kind, ['someone'])}.{at}.{signature}",
        "another key": signed(b"x" * 32, kind, payload),
        "an empty key": signed(b"", kind, payload),
        "another salt": signed(key, f"{kind}x", payload),
        "another hash": signed(key, kind, payload, signer_kwargs={"digest_method": hashlib.md5}),
        "another derivation": signed(key, kind, payload, signer_kwargs={"key_derivation": "hmac"}),
        "alg none": f"{jwt}.{bare}.",
        "alg none, our form": f"{bare}.{at}.none",
        "a bomb": "." + base64.urlsafe_b64encode(zlib.compress(b"0" * 1_000_000)).decode(),
        "far too long": good + "A" * 5000,
        "not ASCII": "é",
        "right key, a text": signed(key, kind, "owner"),
        "right key, a map": signed(key, kind, {"0": payload[0]}),
        "right key, nothing": signed(key, kind, []),
        "right key, too much": signed(key, kind, [*payload, 1]),
        "right key, wrong types": signed(key, kind, [True for _ in payload]),
    }.items()
    for other in MAX_AGE_S:
        if other != kind:
            yield f"the kind {other}", signed(key, other, payload)


async def payloads(house: House) -> dict[str, list[Any]]:
    """What good tokens of an account, a seat and so on hold."""
    studio = await house.episode()
    await house.seat(studio, "A-01")
    owner = house.up.auth.accounts.find("owner")
    assert owner
    return {
        "staff": ["owner", owner.generation],
        "seat": [studio.episode.id, "A-01", 1],
        "viewer": ["phone"],
        "claim": ["owner", owner.generation],
        "overlay": [studio.episode.id],
        "replay": [studio.episode.id],
        "case": ["Q000001"],
    }


@pytest.mark.parametrize("kind", ["staff", "seat", "viewer"])
async def test_no_forged_cookie_proves_anything(house: House, kind: str) -> None:
    payload = (await payloads(house))[kind]
    key = house.hub.keys.cookie
    good = await proven(house, {f"lv_{kind}": signed(key, kind, payload)})
    assert good != NOBODY, "the forgeries below are next to something that would be taken"
    for how, token in bad_tokens(key, kind, payload):
        async with house.browser(cookie=f"lv_{kind}=".encode() + token.encode()) as browser:
            answer = await browser.get("/api/session")
            session = answer.json()
            assert {name: session[name] for name in NOBODY} == NOBODY, how
            assert (await browser.get("/api/shows")).status_code == 401, how
            assert (await browser.get("/api/poll")).status_code == 401, how


async def test_no_forged_link_claims_an_account(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(auth.TRIES, "claim", 1000)
    payload = (await payloads(house))["claim"]
    async with house.browser() as browser:
        for how, token in bad_tokens(house.hub.keys.cookie, "claim", payload):
            body = {"token": token, "password": "a long password"}
            answer = await browser.post("/api/claim", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), how
    owner = house.up.auth.accounts.find("owner")
    assert owner
    assert not owner.claimed


async def test_no_forged_cookie_opens_a_question(house: House) -> None:
    desk, key = house.hub.desk, house.hub.keys.cookie
    await desk.load()
    await desk.command(SetDesk((Unit("water", Names("水利局")),)), "test")
    case = await desk.file(FileCase(Kind.ENQUIRY, "water", "河水", "为何？"), "")
    good = signed(key, "case", [case])
    for how, token in [("", good), *bad_tokens(key, "case", [case])]:
        async with house.browser(cookie=b"lv_case=" + token.encode()) as browser:
            answer = await browser.get("/questions/mine")
            assert (answer.status_code, "河水" in answer.text) == (
                (303, False) if how else (200, True)
            ), how


PICTURES = ("overlay", "replay")


async def test_each_token_of_a_picture_opens_its_own(house: House) -> None:
    for kind in PICTURES:
        token = signed(house.hub.keys.cookie, kind, (await payloads(house))[kind])
        async with house.line("overlay", token=token) as line:
            assert (await line.hear("welcome"))["you"]["role"] == kind


@pytest.mark.parametrize("kind", PICTURES)
async def test_no_forged_token_opens_an_overlay(house: House, kind: str) -> None:
    payload = (await payloads(house))[kind]
    key = house.hub.keys.cookie
    async with house.line("overlay", token=signed(key, kind, payload)) as line:
        await line.hear("state")
    own = {f"the kind {other}" for other in PICTURES}
    for how, token in bad_tokens(key, kind, payload):
        if how in own:
            continue  # no forgery: see above
        if len(token) > 200:
            continue  # the message itself is refused, see test_socket
        async with house.line("overlay", token=token) as line:
            assert await line.closed() == 4401, how


async def test_an_overlay_token_is_no_cookie_and_a_cookie_is_no_token(house: House) -> None:
    studio = await house.episode()
    token = house.up.auth.overlay_token(studio.episode.id)
    cookies = {f"lv_{kind}": token for kind in MAX_AGE_S}
    assert await proven(house, cookies) == NOBODY
    [staff] = (await house.staff(DIRECTOR)).values()
    async with house.line("overlay", token=staff) as line:
        assert await line.closed() == 4401
    async with house.line("staff", token=token) as line:
        assert await line.closed() == 4401


@pytest.mark.parametrize("kind", MAX_AGE_S)
async def test_a_token_ends_by_its_age(
    house: House, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = (await payloads(house))[kind]
    read = house.up.auth._read
    types = tuple(type(part) for part in payload)
    now = int(time.time())

    def made_at(moment: int) -> str:
        with monkeypatch.context() as clock:
            clock.setattr(TimestampSigner, "get_timestamp", lambda self: moment)
            return signed(house.hub.keys.cookie, kind, payload)

    assert read(kind, made_at(now - MAX_AGE_S[kind] + 60), types) == payload
    assert read(kind, made_at(now - MAX_AGE_S[kind] - 60), types) is None
    assert read(kind, made_at(now + 5 * 3600), types) == payload, "the clock was set back"
    assert read(kind, made_at(now + DAY_S), types) is None, "from the future"


async def test_old_cookies_and_links_end_on_the_wire_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await payloads(house)
    owner = house.up.auth.accounts.find("owner")
    assert owner
    with monkeypatch.context() as clock:
        long_ago = int(time.time()) - 8 * DAY_S
        clock.setattr(TimestampSigner, "get_timestamp", lambda self: long_ago)
        cookies = house.cookie(lambda response: house.up.auth.set_staff(response, owner))
        link = house.up.auth.claim_token(owner)
    assert await proven(house, cookies) == NOBODY
    async with house.browser() as browser:
        body = {"token": link, "password": "a long password"}
        answer = await browser.post("/api/claim", json=body)
        assert answer.status_code == 403
        assert "too old" in answer.json()["message"]


# --- generations ---


async def test_a_renewed_account_ends_its_cookies(house: House) -> None:
    before = await house.staff(DIRECTOR, name="desk")
    assert (await proven(house, before))["account"] == {
        "name": "desk",
        "roles": [DIRECTOR],
        "unit": "",
    }
    after = await house.staff(PRODUCER, name="desk")
    assert await proven(house, before) == NOBODY
    assert (await proven(house, after))["account"] == {
        "name": "desk",
        "roles": [PRODUCER],
        "unit": "",
    }


async def test_a_removed_account_ends_its_cookies_even_when_it_is_made_again(house: House) -> None:
    accounts = house.up.auth.accounts
    before = await house.staff(DIRECTOR, name="desk")
    old = accounts.find("desk")
    assert old
    link = house.up.auth.claim_token(old)
    await accounts.remove("desk")
    assert await proven(house, before) == NOBODY
    await accounts.put("desk", (OWNER,))
    assert await proven(house, before) == NOBODY
    async with house.browser() as browser:
        body = {"token": link, "password": "a long password"}
        assert (await browser.post("/api/claim", json=body)).status_code == 403


@pytest.mark.parametrize("end", ["renewed", "claimed", "removed"])
async def test_a_console_is_cut_off_with_its_account(house: House, end: str) -> None:
    await house.episode()
    accounts = house.up.auth.accounts
    cookies = await house.staff(DIRECTOR, name="desk")
    other = await house.staff(DIRECTOR, name="other")
    async with house.line("staff", cookies) as line, house.line("staff", other) as beside:
        await line.hear("state")
        await beside.hear("state")
        desk = accounts.find("desk")
        assert desk
        if end == "renewed":
            await accounts.put("desk", (PRODUCER,))
        elif end == "claimed":
            await accounts.claim("desk", desk.generation, "a long password")
        else:
            await accounts.remove("desk")
        assert await line.closed() == 4409
        assert (await beside.order("blank"))["t"] == "done"


async def test_a_seat_issued_anew_leaves_its_old_cookie_with_nothing(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    old = await house.seat(studio, "A-01")
    await house.order(studio, cmd.ReissueSeat("A-01"))
    async with house.browser(old) as browser:
        for answer in (
            await browser.get("/api/poll"),
            await browser.post("/api/vote", json={"run": run, "seq": 1, "value": 1}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    async with house.line("voter", old) as line:
        assert await line.closed() == 4409
    assert studio.tally.size == 0


# --- cookies ---


def attributes(answer: httpx.Response) -> dict[str, str]:
    [header] = answer.headers.get_list("set-cookie")
    _, *parts = header.lower().split("; ")
    return dict(part.partition("=")[::2] for part in parts)


async def test_cookies_are_for_this_site_alone_and_not_for_scripts(house: House) -> None:
    studio = await house.episode()
    generation, code = house.hub.seat_code(studio, "A-01")
    seat = {"episode": studio.episode.id, "seat": "A-01", "generation": generation, "code": code}
    owner = house.up.auth.accounts.find("owner")
    assert owner
    claim = {"token": house.up.auth.claim_token(owner), "password": "a long password"}
    async with house.browser() as browser:
        for kind, path, body in (
            ("viewer", "/api/viewer", {}),
            ("seat", "/api/seat", seat),
            ("staff", "/api/claim", claim),
        ):
            answer = await browser.post(path, json=body)
            assert answer.headers["set-cookie"].startswith(f"lv_{kind}=")
            expected = {
                "httponly": "",
                "max-age": str(MAX_AGE_S[kind]),
                "path": "/",
                "samesite": "strict",
            }
            assert attributes(answer) == expected
            assert answer.headers["cache-control"] == "no-store"
        out = await browser.post("/api/logout")
        assert attributes(out)["max-age"] == "0"
        assert browser.cookies.get("lv_staff") is None


@pytest.mark.parametrize("secure", [True, False])
async def test_over_https_cookies_travel_over_https_only(house: House, secure: bool) -> None:
    response = Response()
    auth.Auth(b"key", house.up.auth.accounts, secure=secure, work=house.up.auth.work).set_viewer(
        response
    )
    assert ("; secure" in response.headers["set-cookie"].lower()) == secure


# --- limits ---


async def test_too_many_tries_to_sign_in_are_told_when_to_come_back(house: House) -> None:
    body = {"name": "owner", "password": "a wrong one"}
    async with house.browser() as browser:
        answers = [await browser.post("/api/login", json=body) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [503]
    refusal = answers[-1].json()
    assert (refusal["code"], refusal["retry"], refusal["retry_after_ms"]) == ("busy", True, 60_000)
    assert answers[-1].headers["retry-after"] == "60"
    async with house.browser(None, **{"x-forwarded-for": "192.0.2.9"}) as elsewhere:
        other = {"name": "someone", "password": "a wrong one"}
        assert (await elsewhere.post("/api/login", json=other)).status_code == 403


async def test_one_name_is_not_tried_from_many_addresses(house: House) -> None:
    async with house.browser() as browser:
        codes = []
        for number in range(11):
            body = {"name": "owner", "password": f"try number {number}"}
            from_afar = {"x-forwarded-for": f"192.0.2.{number}"}
            answer = await browser.post("/api/login", json=body, headers=from_afar)
            codes.append(answer.status_code)
    assert codes == [403] * 10 + [503]


async def test_links_and_seat_codes_cannot_be_tried_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await house.episode()
    monkeypatch.setitem(auth.TRIES, "viewer", 20)
    seat = {"episode": studio.episode.id, "seat": "A-01", "generation": 1, "code": "0" * 32}
    claim = {"token": "x", "password": "a long password"}
    for kind, path, body, first in (
        ("claim", "/api/claim", claim, 403),
        ("seat", "/api/seat", seat, 403),
        ("viewer", "/api/viewer", {}, 204),
    ):
        async with house.browser() as browser:
            for _ in range(auth.TRIES[kind]):
                assert (await browser.post(path, json=body)).status_code == first
                browser.cookies.clear()
            answer = await browser.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "busy"), kind


async def test_a_viewer_that_has_a_cookie_costs_no_try(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(auth.TRIES, "viewer", 1)
    async with house.browser() as browser:
        for _ in range(3):
            assert (await browser.post("/api/viewer")).status_code == 204
