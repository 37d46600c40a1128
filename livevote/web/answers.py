"""Requests in, answers out: JSON bodies, refusals with their status, bounds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from livevote.errors import BadInput, Refusal
from livevote.wire.codec import from_json, to_json

BODY_MAX = 1_000_000

Handler = Callable[[Request], Awaitable[Response]]


def json(content: Any, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(to_json(content), status, headers, "application/json")


def nothing() -> Response:
    return Response(status_code=204, headers={"cache-control": "no-store"})


def refusal_plain(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "message": str(refusal),
        "where": refusal.where,
        "retry": refusal.again,
        "retry_after_ms": refusal.retry_after_ms,
    }


async def on_refusal(request: Request, error: Exception) -> Response:
    """Starlette's handler for every Refusal."""
    assert isinstance(error, Refusal)
    response = json(refusal_plain(error), error.http_status)
    if error.retry_after_ms:
        response.headers["retry-after"] = str(-(-error.retry_after_ms // 1000))
    return response


async def body(request: Request, limit: int = BODY_MAX) -> bytes:
    """The body, read no further than `limit` bytes. Raises BadInput."""
    data = bytearray()
    try:
        async for chunk in request.stream():
            data += chunk
            if len(data) > limit:
                raise BadInput(f"the body is larger than {limit} bytes", where="body")
    except ClientDisconnect:
        # Nobody hears this any more; it is no fault of ours either.
        raise BadInput("the body was cut off", where="body") from None
    return bytes(data)


def text(plain: dict[str, Any], name: str) -> str:
    """A field that may be left out. Raises BadInput."""
    found = plain.get(name, "")
    if not isinstance(found, str):
        raise BadInput("expected str", where=name)
    return found


async def fields(request: Request, **types: type) -> dict[str, Any]:
    """The JSON body's fields, each of its type. Raises BadInput with the field."""
    plain = from_json(await body(request) or b"{}")
    if not isinstance(plain, dict):
        raise BadInput("the body is a map", where="body")
    for name, kind in types.items():
        if name not in plain:
            raise BadInput("missing", where=name)
        if type(plain[name]) is not kind:
            raise BadInput(f"expected {kind.__name__}", where=name)
    return plain
