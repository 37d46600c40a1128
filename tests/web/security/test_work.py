"""A viewer's proof of work: taken once, in time, for its own episode, and only if we asked it."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import altcha
import httpx
import pytest

from livevote.config import Settings
from livevote.errors import BadWork, Busy
from livevote.hub.studio import Studio
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web import auth
from livevote.web import work as module
from livevote.web.work import Work
from tests.web.clients import House

TRIES = 50
ATTEMPTS = 1000
SEED = 33


@pytest.fixture
async def strict(fresh: EmbeddedServer, packed: None) -> AsyncIterator[House]:
    """A server that asks viewers for work."""
    async with running(Settings(port=0, viewer_work=TRIES), fresh) as up:
        yield House(up)


def work_of(house: House, late_ms: int = 0, key: bytes = b"") -> Work:
    """The server's own, at another time or with another key."""
    store, clock = house.hub.store, house.hub.clock
    return Work(
        key or house.hub.keys.cookie, TRIES, store.use_once, lambda: clock.now_ms() + late_ms
    )


def solved(plain: dict[str, Any], **changed: Any) -> str:
    challenge = altcha.Challenge.from_dict(plain)
    solution = altcha.solve_challenge(challenge)
    assert solution
    sent = altcha.Payload(challenge, solution).to_dict()
    sent["challenge"]["parameters"] |= changed
    return base64.b64encode(json.dumps(sent).encode()).decode()


async def ask(browser: httpx.AsyncClient, episode: str = "") -> dict[str, Any]:
    answer = await browser.get("/api/challenge", params={"episode": episode})
    assert answer.status_code == 200, answer.text
    plain: dict[str, Any] = answer.json()
    return plain


async def join(browser: httpx.AsyncClient, solution: str, episode: str = "") -> tuple[int, str]:
    """(status, code and what is wrong)"""
    answer = await browser.post("/api/viewer", json={"episode": episode, "altcha": solution})
    told = answer.json() if answer.content else {"code": "", "where": ""}
    assert ("lv_viewer" in answer.cookies) == (answer.status_code == 204)
    return answer.status_code, f"{told['code']} {told['where']}".strip()


async def test_a_viewer_comes_in_by_work_and_into_that_episode_only(strict: House) -> None:
    first, second = await strict.episode(), await strict.episode()  # the second is on
    async with strict.browser() as browser:
        assert (await browser.get("/api/session")).json()["work"] is True
        assert (await browser.post("/api/viewer")).json()["code"] == "work_needed"
        assert "lv_viewer" not in browser.cookies
        assert await join(browser, solved(await ask(browser))) == (204, "")
        assert (await browser.get("/api/session")).json()["viewer"] is True
        assert (await browser.get("/api/poll")).status_code == 200
        there = await browser.get("/api/poll", params={"episode": first.episode.id})
        assert there.json()["code"] == "not_signed_in"
        # The same viewer goes over to the other episode, by work of its own.
        before = browser.cookies["lv_viewer"]
        await strict.hub.switch(first.episode.id, "test")
        assert (await browser.get("/api/session")).json()["viewer"] is False
        assert await join(browser, solved(await ask(browser))) == (204, "")
        assert (await browser.get("/api/poll")).status_code == 200
        assert viewer_of(strict, before) == viewer_of(strict, browser.cookies["lv_viewer"])
    assert second.episode.id != first.episode.id


def viewer_of(house: House, token: str) -> str:
    payload = house.up.auth._signers["viewer"].loads(token)
    return str(payload[0])


async def test_a_cookie_from_before_work_was_asked_opens_nothing(strict: House) -> None:
    studio = await strict.episode()
    async with strict.browser(strict.viewer()) as browser:
        assert (await browser.get("/api/poll")).json()["code"] == "not_signed_in"
    async with strict.line("voter", strict.viewer()) as line:
        assert await line.closed() == 4401
    async with strict.line("voter", await strict.seat(studio, "A-01")) as line:
        assert (await line.hear("welcome"))["you"]["seat"] == "A-01"


async def test_nothing_is_asked_where_the_setting_is_off(house: House) -> None:
    await house.episode()
    async with house.browser() as browser:
        assert (await browser.get("/api/session")).json()["work"] is False
        assert (await browser.get("/api/challenge")).json()["code"] == "not_found"
        assert (await browser.post("/api/viewer")).status_code == 204
        assert (await browser.get("/api/poll")).status_code == 200


def forged(plain: dict[str, Any], other: str, chance: random.Random) -> str:
    """A solution of a challenge that we have not made as it is."""
    easier: dict[str, Any] = {
        "episode": {"data": {"episode": other}},
        "later": {"expiresAt": plain["parameters"]["expiresAt"] + 3600},
        "easier": {"keyPrefix": ""},
        "again": {"nonce": chance.randbytes(16).hex()},
    }[chance.choice(["episode", "later", "easier", "again"])]
    return solved(plain, **easier)


async def test_none_of_a_thousand_false_solutions_is_taken(
    strict: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(auth.TRIES, "viewer", 10 * ATTEMPTS)
    other, here = await strict.episode(), await strict.episode()
    chance = random.Random(SEED)
    found: Counter[tuple[str, int, str]] = Counter()
    ours = work_of(strict)
    async with strict.browser() as browser:
        good = solved(await ask(browser))
        assert await join(browser, good) == (204, ""), "what is replayed below was taken once"
        browser.cookies.clear()

        def attempt(kind: str) -> str:
            if kind == "replay":
                return good
            if kind == "expired":
                return solved(work_of(strict, -module.LIFE_S * 1000 - 2000).challenge(id_of(here)))
            if kind == "cross-show":
                return solved(ours.challenge(id_of(other)))
            if kind == "another key":
                return solved(work_of(strict, key=chance.randbytes(32)).challenge(id_of(here)))
            return forged(ours.challenge(id_of(here)), id_of(other), chance)

        kinds = ["replay", "expired", "cross-show", "another key", "forged"]
        for number in range(ATTEMPTS):
            kind = kinds[number % len(kinds)]
            found[kind, *await join(browser, attempt(kind))] += 1
    assert found == {
        ("replay", 403, "bad_work used"): ATTEMPTS // 5,
        ("expired", 403, "bad_work expired"): ATTEMPTS // 5,
        ("cross-show", 403, "bad_work episode"): ATTEMPTS // 5,
        ("another key", 403, "bad_work signature"): ATTEMPTS // 5,
        ("forged", 403, "bad_work signature"): ATTEMPTS // 5,
    }


def id_of(studio: Studio) -> str:
    return studio.episode.id


async def test_what_is_no_solution_is_refused_and_breaks_nothing(strict: House) -> None:
    here = id_of(await strict.episode())
    plain = work_of(strict).challenge(here)
    wrong = json.loads(base64.b64decode(solved(plain)))
    bodies: list[Any] = [1, [], {}, {"challenge": []}, {"challenge": {"parameters": []}}]
    bodies += [{"challenge": plain}, {"challenge": plain, "solution": []}, "x", None]
    for counter in (-1, 2**32, "1", None, 1.5, [1], wrong["solution"]["counter"] + 1):
        bodies.append({**wrong, "solution": {**wrong["solution"], "counter": counter}})
    for key in ("", None, 7, "00" * 32):
        bodies.append({**wrong, "solution": {**wrong["solution"], "derivedKey": key}})
    signatures: list[Any] = ["", None, 7, "00" * 32, []]
    for signature in signatures:
        bodies.append({**wrong, "challenge": {**plain, "signature": signature}})
    texts = [base64.b64encode(json.dumps(body).encode()).decode() for body in bodies]
    texts += ["x", "=", "é", "A" * 5000, base64.b64encode(b"[" * 1000).decode()]
    async with strict.browser() as browser:
        for text in texts:
            status, told = await join(browser, text)
            assert (status, told.split()[0]) == (403, "bad_work"), text
        for field, value in (("altcha", 1), ("episode", [])):
            answer = await browser.post("/api/viewer", json={field: value})
            assert answer.json()["code"] == "bad_input"
        nowhere = await browser.post("/api/viewer", json={"episode": "nowhere"})
        assert nowhere.json()["code"] == "not_found"


async def test_of_many_who_send_one_solution_at_once_one_is_taken(strict: House) -> None:
    here = id_of(await strict.episode())
    solution = solved(work_of(strict).challenge(here))
    results = await asyncio.gather(
        *(work_of(strict).redeem(solution, here) for _ in range(50)), return_exceptions=True
    )
    assert results.count(None) == 1
    assert {r.where for r in results if isinstance(r, BadWork)} == {"used"}


async def test_time_is_the_servers_and_used_ones_do_not_stay_for_good(
    strict: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = id_of(await strict.episode())
    solution = solved(work_of(strict).challenge(here))
    with pytest.raises(BadWork) as late:
        await work_of(strict, module.LIFE_S * 1000 + 2000).redeem(solution, here)
    assert late.value.where == "expired"
    monkeypatch.setattr(module, "USED_MAX", 1)
    await work_of(strict).redeem(solution, here)
    another = solved(work_of(strict).challenge(here))
    with pytest.raises(Busy):
        await work_of(strict).redeem(another, here)
    # A quarter of an hour later the first has gone, and there is room.
    later = work_of(strict, 1_000_000)
    await later.redeem(solved(later.challenge(here)), here)


async def test_checking_costs_the_server_little(strict: House) -> None:
    here = id_of(await strict.episode())
    ours = work_of(strict)
    solution = solved(ours.challenge(here))
    began = time.perf_counter()
    for _ in range(300):
        ours._solved(solution)
    each_us = (time.perf_counter() - began) / 300 * 1e6
    print(f"one solution is checked in {each_us:.0f} µs")
    assert each_us < 5000
