"""Tokens that were not given out, or no longer hold: none is taken, none leaves a trace."""

from __future__ import annotations

import base64
import json
import random
import time
from typing import Any

import httpx
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from livevote.core import command as cmd
from livevote.hub.roles import DIRECTOR
from livevote.web.auth import MAX_AGE_S
from tests.web.clients import House

TOKENS = 10_000
SEED = 28


def signed(key: bytes, kind: str, payload: object) -> str:
    return str(URLSafeTimedSerializer(key, salt=f"livevote {kind}").dumps(payload))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(payload: object) -> str:
    """As of a format that lets the token choose its algorithm."""
    head = b64(json.dumps({"alg": "none"}).encode())
    return f"{head}.{b64(json.dumps(payload).encode())}."


def mutated(token: str, chance: random.Random) -> str:
    """Never the token itself, nor another writing of the same bytes: that would be no forgery."""
    place = chance.randrange(len(token) - 1)  # the last letter has bits that mean nothing
    letters = [c for c in "abcdefghijklmnopqrstuvwxyzABCXYZ0189-_." if c != token[place]]
    return token[:place] + chance.choice(letters) + token[place + 1 :]


def forged(
    how: int,
    key: bytes,
    kind: str,
    other: str,
    payload: list[Any],
    expired: dict[str, str],
    chance: random.Random,
) -> str:
    """One of six ways to make a token that must not be taken for one of this kind."""
    if how == 0:
        return mutated(signed(key, kind, payload), chance)
    if how == 1:
        return signed(chance.randbytes(32), kind, payload)
    if how == 2:
        return unsigned(payload)
    if how == 3:
        return signed(key, other, payload)
    if how == 4:
        return expired[kind]
    return b64(chance.randbytes(chance.randrange(1, 200)))


async def test_ten_thousand_bad_tokens_are_worth_nothing(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    studio = await house.episode()
    old_seat = await house.seat(studio, "A-01")
    old_staff = await house.staff(DIRECTOR, name="desk")
    desk = await house.up.auth.accounts.put("desk", (DIRECTOR,))  # the generation before is over
    good: dict[str, list[Any]] = {
        "staff": ["desk", desk.generation],
        "seat": [studio.episode.id, "A-01", 1],
        "viewer": ["phone"],
        "overlay": [studio.episode.id],
        "claim": ["desk", desk.generation],
    }
    key, read = house.hub.keys.cookie, house.up.auth._read
    chance = random.Random(SEED)
    kinds = list(good)
    taken, tried = [], 0
    with pytest.MonkeyPatch.context() as clock:
        long_ago = int(time.time()) - max(MAX_AGE_S.values()) - 60
        clock.setattr(TimestampSigner, "get_timestamp", lambda self: long_ago)
        expired = {kind: signed(key, kind, payload) for kind, payload in good.items()}
    for number in range(TOKENS):
        kind = kinds[number % len(kinds)]
        payload = good[kind]
        other = chance.choice([k for k in kinds if k != kind])
        token = forged(number // len(kinds) % 6, key, kind, other, payload, expired, chance)
        tried += 1
        if read(kind, token, tuple(type(part) for part in payload)) is not None:
            taken.append((kind, token))
    assert (tried, taken) == (TOKENS, [])
    for kind, payload in good.items():
        fits = tuple(type(part) for part in payload)
        assert read(kind, signed(key, kind, payload), fits) == payload, "else nothing was shown"

    # And over the wire: what a route makes of some of each, and of the generation before.
    await house.order(studio, cmd.ReissueSeat("A-01"))
    secrets = [*expired.values(), *old_seat.values(), *old_staff.values()]
    async with httpx.AsyncClient(base_url=house.up.url) as client:
        for token in secrets:
            cookie = "; ".join(f"lv_{kind}={token}" for kind in good)
            answer = await client.get("/api/shows", headers={"cookie": cookie})
            assert answer.status_code == 401
            answer = await client.get("/api/poll", headers={"cookie": cookie})
            assert answer.status_code in (401, 403)
    told = "".join(capfd.readouterr())
    assert "Traceback" not in told
    assert not [token for token in secrets if token in told], "a token in the log"


async def test_a_seat_of_another_show_is_no_seat_of_this_one(house: House) -> None:
    first = await house.episode()
    tablet = await house.seat(first, "A-01")
    second = await house.episode()
    run = await house.opened(second)
    async with house.browser(tablet) as browser:
        body = {"episode": second.episode.id, "run": run, "seq": 1, "value": 1}
        answer = await browser.post("/api/vote", json=body)
    assert answer.status_code == 401
    assert second.tally.size == 0
