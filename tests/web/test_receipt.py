"""Receipts and checkpoints over HTTP: what is answered, to whom, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from livevote.core import chain
from livevote.core.ballot import Entry
from livevote.core.chain import VerifierKey
from livevote.hub.notary import signature_right
from livevote.web.auth import TRIES
from tests.web.clients import PATIENCE_S, House


@asynccontextmanager
async def voted(house: House) -> AsyncIterator[tuple[dict[str, Any], httpx.AsyncClient]]:
    """(what the voter's page asks with, the voter's browser)"""
    studio = await house.episode()
    run = await house.opened(studio)
    named = {"episode": studio.episode.id, "run": run}
    async with house.browser(house.viewer()) as browser:
        answer = await browser.post("/api/vote", json={**named, "seq": 1, "value": 1})
        counted = answer.json()
        assert counted["t"] == "counted"
        yield {**named, "index": counted["index"], "receipt": counted["receipt"]}, browser


async def proven(browser: httpx.AsyncClient, asked: dict[str, Any]) -> dict[str, Any]:
    """The proof, once there is a checkpoint over it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await browser.post("/api/receipt", json=asked)
            told: dict[str, Any] = answer.json()
            if answer.status_code == 200:
                return told
            assert (answer.status_code, told["code"], told["retry"]) == (503, "not_yet", True)
            assert answer.headers["retry-after"] == "1"
            await asyncio.sleep(0.1)


async def test_a_voter_proves_a_ballot_with_nothing_but_the_answer(house: House) -> None:
    async with voted(house) as (asked, browser):
        told = await proven(browser, asked)
        key = VerifierKey.parse((await browser.get("/api/key")).json()["key"])
        episode, run = asked["episode"], asked["run"]
        path = f"/api/episodes/{episode}/runs/{run}/checkpoints"
        listed = (await browser.get(path)).json()
        rest = (await browser.get(path, params={"after": 1})).json()
    assert (told["run"], told["code"]) == (run, "R01")
    assert told["key"] == key.text()
    point = chain.open_note(told["note"], key, signature_right)
    assert point.origin == f"livevote/{episode}/{run}"
    ballot = told["ballot"]
    entry = Entry(**{**ballot, "voter": bytes.fromhex(ballot["voter"])})
    steps = [bytes.fromhex(step) for step in told["path"]]
    leaf = chain.leaf_hash(chain.line(entry))
    assert chain.verify_inclusion(leaf, entry.index - 1, point.size, steps, point.root)
    assert told["note"] in listed["notes"]
    assert listed["next"] == len(listed["notes"])
    assert rest["notes"][: len(listed["notes"]) - 1] == listed["notes"][1:]


async def test_what_does_not_fit_is_refused_and_says_no_more(house: House) -> None:
    wrong: list[dict[str, Any]] = [
        {"episode": "nowhere"},
        {"run": "R99"},
        {"index": 2},
        {"index": 0},
        {"index": 2**63},
        {"receipt": "0" * 12},
        {"receipt": "😀"},
    ]
    async with voted(house) as (right, browser):
        answers = [await browser.post("/api/receipt", json=right | change) for change in wrong]
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(403, "bad_receipt")}
        assert len({answer.text for answer in answers}) == 1
        for bad in ({"index": "1"}, {"receipt": None}, {"run": 1}):
            answer = await browser.post("/api/receipt", json=right | bad)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
        episode = right["episode"]
        path = f"/api/episodes/{episode}/runs/{right['run']}/checkpoints"
        for after in ("-1", "x", "1" * 10, "²"):
            answer = await browser.get(path, params={"after": after})
            assert answer.status_code == 400, after
        answer = await browser.get(f"/api/episodes/{episode}/runs/x/checkpoints")
        assert answer.status_code == 404


async def test_receipts_cannot_be_tried_out(house: House) -> None:
    async with voted(house) as (right, browser):
        asked = right | {"receipt": "0" * 12}
        for _ in range(TRIES["receipt"]):
            assert (await browser.post("/api/receipt", json=asked)).status_code == 403
        answer = await browser.post("/api/receipt", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
