"""Requests in, answers out: bounds and refusals, whatever the route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from livevote import errors
from livevote.web import answers
from livevote.wire.codec import from_json
from tests.web.clients import House


def request(*chunks: bytes) -> Request:
    """One whose body comes in these pieces."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


@pytest.mark.parametrize("refusal", errors.refusals(), ids=lambda cls: str(cls.code))
async def test_every_refusal_says_what_where_and_whether_to_come_back(
    refusal: type[errors.Refusal],
) -> None:
    answer = await answers.on_refusal(request(b""), refusal("so", where="here", retry_after_ms=1))
    assert answer.status_code == refusal.http_status
    assert from_json(bytes(answer.body)) == {
        "code": refusal.code,
        "message": "so",
        "where": "here",
        "retry": refusal.again,
        "retry_after_ms": 1,
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("after_ms", "header"), [(0, None), (1, "1"), (999, "1"), (60_000, "60")])
async def test_retry_after_is_in_whole_seconds_and_never_too_soon(
    after_ms: int, header: str | None
) -> None:
    answer = await answers.on_refusal(request(b""), errors.Busy(retry_after_ms=after_ms))
    assert answer.headers.get("retry-after") == header


async def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert await answers.body(request(b"ab", b"cd"), limit=4) == b"abcd"
    with pytest.raises(errors.BadInput) as caught:
        await answers.body(request(b"ab", b"cde"), limit=4)
    assert caught.value.where == "body"


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    asked = request(b"x" * 10, b"y" * 10, b"never asked for")
    with pytest.raises(errors.BadInput):
        await answers.body(asked, limit=15)
    assert await asked.receive() == {
        "type": "http.request",
        "body": b"never asked for",
        "more_body": False,
    }


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "n"),
        (b"{}", "n"),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"[1]", "body"),
        (b"null", "body"),
        (b'"n"', "body"),
        (b'{"n": "1"}', "n"),
        (b'{"n": 1.0}', "n"),
        (b'{"n": true}', "n"),
        (b'{"n": null}', "n"),
        (b'{"n": 123456789012345678901234567890}', "n"),
        (b'{"n": 1}', "s"),
        (b'{"n": 1, "s": 1}', "s"),
        (b'{"n": 1, "s": ["s"]}', "s"),
    ],
)
async def test_a_body_of_the_wrong_form_is_told_where(data: bytes, where: str) -> None:
    with pytest.raises(errors.BadInput) as caught:
        await answers.fields(request(data), n=int, s=str)
    assert caught.value.where == where


async def test_fields_that_are_not_asked_for_are_given_too() -> None:
    given = await answers.fields(request(b'{"n": 1, "s": "", "more": [1]}'), n=int, s=str)
    assert given == {"n": 1, "s": "", "more": [1]}


async def test_a_body_without_a_length_is_held_to_the_limit(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (answers.BODY_MAX // 2)

    async with house.browser() as anyone:
        answer = await anyone.post("/api/vote", content=endless())
        assert answer.status_code == 400
        assert answer.json()["where"] == "body"
        # What was not read is not taken for the next request.
        again = await anyone.get("/api/session")
        assert again.status_code == 200
